// SPDX-License-Identifier: BSD-3-Clause
/*
 * What happens to one operand: folders are walked (folder.c); a file is opened, given an output,
 * coded, its output completed, and only then, with --rm, its source removed.
 */
#include "cli/operand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/folder.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/stream.h"
#include "cli/suffix.h"

/*
 * Where the output of a path goes, to be freed. NULL, after a message: nowhere. "-" stays "-": only
 * stdin has no name to make another from.
 */
static char *output_path(struct session *session, const char *path)
{
	const struct options *options = &session->options;
	size_t length = strlen(path);
	char *output;

	if (options->output != NULL || strcmp(path, "-") == 0) {
		output = strdup(options->output != NULL ? options->output : "-");
	} else if (options->mode == MODE_COMPRESS) {
		if (has_suffix(path) && !options->force) {
			console_warning(&session->console, path,
					"has the suffix " SUFFIX " already, skipped; use -f, -o "
					"or -c to compress it again");
			return NULL;
		}
		output = malloc(length + sizeof(SUFFIX));
		if (output != NULL) {
			memcpy(output, path, length);
			memcpy(output + length, SUFFIX, sizeof(SUFFIX));
		}
	} else {
		if (!has_suffix(path)) {
			console_error(
			    &session->console, path,
			    "has not the suffix " SUFFIX
			    ", so the output has no name; give it one with -o, or use -c");
			return NULL;
		}
		output = strndup(path, length - SUFFIX_LENGTH);
	}
	if (output == NULL)
		console_error(&session->console, path, "out of memory; run zipnn on fewer files");
	return output;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Has the source not changed since it was opened, and is path still this very file? */
static bool is_unchanged(const struct input *input)
{
	const struct stat *opened = &input->stat;
	struct stat now;

	/* A writer can put the time of the data back, but not that of the inode. */
	return lstat(input->name, &now) == 0 && now.st_dev == opened->st_dev &&
	       now.st_ino == opened->st_ino && now.st_size == opened->st_size &&
	       is_same_time(&now.st_mtim, &opened->st_mtim) &&
	       is_same_time(&now.st_ctim, &opened->st_ctim);
}

static void remove_source(struct session *session, const struct input *input)
{
	if (!is_unchanged(input))
		console_warning(&session->console, input->name,
				"is a symbolic link or changed while it was read: not removed; "
				"look at it, then remove it yourself");
	else if (unlink(input->name) != 0)
		console_error(&session->console, input->name,
			      "cannot remove: %s; the output is complete, remove the source "
			      "yourself",
			      strerror(errno));
}

static void print_summary(struct session *session, const struct stream *stream)
{
	const struct options *options = &session->options;
	unsigned long long raw = stream->totals.raw;
	unsigned long long coded = stream->totals.coded;
	const char *name = stream->input->name;

	if (stream->output == NULL) {
		console_note(&session->console, "%-20s : %10llu B, sound", name, raw);
		return;
	}
	/* As zstd does: who reads the data on stdout wants no talk beside it. */
	if (stream->output->is_stdout && !options->verbose)
		return;
	if (options->mode == MODE_DECOMPRESS)
		console_note(&session->console, "%-20s : %10llu B, %s", name, raw,
			     stream->output->name);
	else
		console_note(&session->console, "%-20s : %6.2f%%   (%10llu B => %10llu B, %s)",
			     name, raw > 0 ? 100.0 * (double)coded / (double)raw : 100.0, raw,
			     coded, stream->output->name);
}

static bool run_stream(struct stream *stream)
{
	const struct options *options = &stream->session->options;
	const struct stat *source = &stream->input->stat;
	uint64_t total = S_ISREG(source->st_mode) ? (uint64_t)source->st_size : 0;
	bool shown = options->progress &&
		     (stream->output == NULL || !stream->output->is_stdout || options->verbose);

	if (options->has_range)
		total = options->range_length;
	progress_start(&stream->progress, &stream->session->console, shown, stream->input->name,
		       total);
	if (options->mode == MODE_COMPRESS)
		return compress_stream(stream);
	if (options->has_range)
		return decompress_range(stream);
	return decompress_stream(stream);
}

/* Would --rm lose something, or has the output no place? Then say so. */
static bool accept_source(struct session *session, const struct input *input, const char *path)
{
	const struct options *options = &session->options;

	if (S_ISREG(input->stat.st_mode))
		return true;
	if (options->remove) {
		console_error(&session->console, input->name, OUTPUT_KEEPS_SOURCE);
		return false;
	}
	if (options->output == NULL && strcmp(path, "-") != 0) {
		console_error(&session->console, input->name,
			      "is no regular file, so the output has no place; give it one with "
			      "-o, or use -c");
		return false;
	}
	return true;
}

/* Code the open input to the output at path. */
static void transfer(struct session *session, struct input *input, const char *path)
{
	const struct options *options = &session->options;
	struct console *console = &session->console;
	struct output output;
	struct stream stream = {.session = session, .input = input, .output = &output};
	const struct output_place place = {
	    .path = path,
	    .named = options->output != NULL,
	    .force = options->force,
	    .only_file = options->remove,
	};
	/* What stdin was redirected from is not ours to copy; a pipe or a device has no such
	 * things. */
	bool from_file = input->fd != STDIN_FILENO && S_ISREG(input->stat.st_mode);

	if (!accept_source(session, input, path))
		return;
	if (!output_open(&output, &stream.failure, &place, &input->stat)) {
		console_failure(console, &stream.failure);
		return;
	}
	if (!run_stream(&stream)) {
		output_discard(&output);
		console_failure(console, &stream.failure);
		return;
	}
	console_clear_bar(console);
	if (!output_commit(&output, &stream.failure, console, from_file ? input : NULL,
			   options->remove)) {
		console_failure(console, &stream.failure);
		return;
	}
	print_summary(session, &stream);
	if (options->remove)
		remove_source(session, input);
}

static void test(struct session *session, struct input *input)
{
	struct stream stream = {.session = session, .input = input};

	if (!run_stream(&stream)) {
		console_failure(&session->console, &stream.failure);
		return;
	}
	console_clear_bar(&session->console);
	print_summary(session, &stream);
}

static void run_open_file(struct session *session, struct input *input, const char *path,
			  struct listing *sum)
{
	struct failure failure;
	char *output;

	if (isatty(input->fd) && !session->options.force) {
		console_error(&session->console, input->name,
			      "is a terminal, no data come from it; name a FILE, or see zipnn "
			      "--help");
	} else if (session->options.mode == MODE_LIST) {
		if (!list_file(session, input, &failure, sum))
			console_failure(&session->console, &failure);
	} else if (session->options.mode == MODE_TEST) {
		test(session, input);
	} else {
		output = output_path(session, path);
		if (output != NULL)
			transfer(session, input, output);
		free(output);
	}
}

/* What may be named. A pipe that would be refused later is not worth waiting for. */
static enum input_kind kind_of_operand(const struct options *options)
{
	if (options->mode == MODE_LIST || options->has_range || options->remove)
		return INPUT_FROM_FILE;
	return options->mode == MODE_TEST || options->output != NULL ? INPUT_ANY : INPUT_FROM_FILE;
}

static void run_file(struct session *session, const char *path, enum input_kind kind,
		     struct listing *sum)
{
	struct failure failure;
	struct input input;

	if (!input_open(&input, &failure, path, kind)) {
		console_failure(&session->console, &failure);
		return;
	}
	run_open_file(session, &input, path, sum);
	input_close(&input);
}

static void run_found(struct session *session, const char *path, struct listing *sum)
{
	run_file(session, path, INPUT_FOUND, sum);
}

void operand_run(struct session *session, const char *path, struct listing *sum)
{
	struct stat info;

	if (session->options.recursive && strcmp(path, "-") != 0 && stat(path, &info) == 0 &&
	    S_ISDIR(info.st_mode)) {
		char *copy = strdup(path);

		if (copy == NULL) {
			console_error(&session->console, path, "out of memory; end other programs");
			return;
		}
		folder_walk(session, copy, sum, run_found);
		free(copy);
	} else {
		run_file(session, path, kind_of_operand(&session->options), sum);
	}
}
