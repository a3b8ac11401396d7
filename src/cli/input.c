// SPDX-License-Identifier: BSD-3-Clause
/* Reading, in full and with the offset of what is wrong: see input.h. */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/pipe.h"
#include "zipnn.h"

static bool open_path(struct input *input, struct failure *failure, const char *path,
		      enum input_kind kind)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;

	/* What was a file when a folder was read may be a pipe by now. */
	if (kind != INPUT_ANY)
		flags |= O_NONBLOCK;
	if (kind == INPUT_FOUND)
		flags |= O_NOFOLLOW;
	input->fd = open(path, flags);
	if (input->fd < 0) {
		failure_errno(failure, path, NO_OFFSET, "cannot open", errno);
		return false;
	}
	/* Reading waits. */
	fcntl(input->fd, F_SETFL, flags & ~O_NONBLOCK);
	return true;
}

bool input_open(struct input *input, struct failure *failure, const char *path,
		enum input_kind kind)
{
	bool is_stdin = strcmp(path, "-") == 0;

	input->name = is_stdin ? "stdin" : path;
	input->offset = 0;
	input->start = input->end = 0;
	if (is_stdin)
		input->fd = STDIN_FILENO;
	else if (!open_path(input, failure, path, kind))
		return false;
	pipe_enlarge(input->fd);
	if (fstat(input->fd, &input->stat) != 0) {
		failure_errno(failure, input->name, NO_OFFSET, "cannot examine", errno);
	} else if (S_ISDIR(input->stat.st_mode)) {
		failure_set(failure, input->name, NO_OFFSET,
			    "is a folder; use -r for all the files in it");
	} else if (kind == INPUT_FOUND && !S_ISREG(input->stat.st_mode)) {
		failure_set(failure, input->name, NO_OFFSET,
			    "is no longer a regular file; run zipnn again when nothing changes it");
	} else {
		return true;
	}
	input_close(input);
	return false;
}

void input_close(struct input *input)
{
	if (input->fd != STDIN_FILENO)
		close(input->fd);
}

/* One read of at most size bytes: 0 at the end, -1 failed. */
static ssize_t read_some(struct input *input, struct failure *failure, void *dst, size_t size)
{
	ssize_t got;

	do {
		got = read(input->fd, dst, size);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		failure_errno(failure, input->name, input->offset, "cannot read", errno);
	return got;
}

ssize_t input_read(struct input *input, struct failure *failure, void *dst, size_t size)
{
	uint8_t *to = dst;
	size_t done = 0;

	while (done < size) {
		size_t ready = input->end - input->start;
		size_t missing = size - done;
		ssize_t got;

		if (ready > 0) {
			size_t step = ready < missing ? ready : missing;

			memcpy(to + done, input->buffer + input->start, step);
			input->start += step;
			input->offset += step;
			done += step;
			continue;
		}
		if (missing >= INPUT_BUFFER_SIZE) {
			got = read_some(input, failure, to + done, missing);
			if (got > 0) {
				input->offset += (size_t)got;
				done += (size_t)got;
			}
		} else {
			got = read_some(input, failure, input->buffer, INPUT_BUFFER_SIZE);
			input->start = 0;
			input->end = got > 0 ? (size_t)got : 0;
		}
		if (got < 0)
			return -1;
		if (got == 0)
			break;
	}
	return (ssize_t)done;
}

bool input_read_all(struct input *input, struct failure *failure, void *dst, size_t size)
{
	ssize_t got = input_read(input, failure, dst, size);

	if (got < 0)
		return false;
	if ((size_t)got < size) {
		failure_code(failure, input->name, input->offset, "the data ends here",
			     ZIPNN_ERROR_TRUNCATED);
		return false;
	}
	return true;
}

bool input_seekable_size(struct input *input, struct failure *failure, uint64_t *size)
{
	off_t end = lseek(input->fd, 0, SEEK_END);

	if (end < 0 && errno == ESPIPE) {
		failure_set(failure, input->name, NO_OFFSET,
			    "cannot be read at any place but the next; -l and --range need a "
			    "file, not a pipe");
		return false;
	}
	if (end < 0) {
		failure_errno(failure, input->name, NO_OFFSET, "cannot seek", errno);
		return false;
	}
	*size = (uint64_t)end;
	return true;
}

bool input_read_at(struct input *input, struct failure *failure, void *dst, size_t size,
		   uint64_t offset)
{
	uint8_t *to = dst;
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(input->fd, to + done, size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			failure_errno(failure, input->name, offset + done, "cannot read", errno);
			return false;
		}
		if (got == 0) {
			failure_code(failure, input->name, offset + done, "the data ends here",
				     ZIPNN_ERROR_TRUNCATED);
			return false;
		}
		done += (size_t)got;
	}
	return true;
}
