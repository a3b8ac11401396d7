// SPDX-License-Identifier: BSD-3-Clause
/* Output files: see output.h. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cli/pipe.h"
#include "cli/temporary.h"

void output_discard(struct output *output)
{
	if (output->fd >= 0 && !output->is_stdout)
		close(output->fd);
	output->fd = -1;
	if (output->temporary != NULL)
		temporary_remove(output->temporary);
	output->temporary = NULL;
}

static bool open_temporary(struct output *output, struct failure *failure)
{
	int error;

	output->temporary = temporary_create(output->name, &output->fd, &error);
	if (output->temporary == NULL)
		failure_errno(failure, output->name, NO_OFFSET, "cannot create", error);
	return output->temporary != NULL;
}

static bool refuse(struct output *output, struct failure *failure, const char *why)
{
	failure_set(failure, output->name, NO_OFFSET, "%s", why);
	output_discard(output);
	return false;
}

/* A disk may have several names. */
static bool is_same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return S_ISREG(a->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Do stdout or stderr go to this file? Then it must not get another in its place. */
static bool is_open_as(int fd, const struct stat *target)
{
	struct stat here;

	return fstat(fd, &here) == 0 && is_same_file(target, &here);
}

/* After the output is open: is it a place to write binary data to? */
static bool accept_target(struct output *output, struct failure *failure, const struct stat *source)
{
	struct stat target;

	pipe_enlarge(output->fd);
	if (isatty(output->fd) && !output->force)
		return refuse(output, failure,
			      "is a terminal and the data are binary; redirect it, use -o FILE, or "
			      "force it with -f");
	if (fstat(output->fd, &target) == 0 && is_same_file(&target, source))
		return refuse(output, failure, "is the source too; name another output");
	return true;
}

static bool open_stdout(struct output *output, struct failure *failure, const struct stat *source)
{
	output->name = "stdout";
	output->is_stdout = true;
	output->fd = STDOUT_FILENO;
	return accept_target(output, failure, source);
}

static bool accept_disk(struct output *output, struct failure *failure, const struct stat *target)
{
	return !S_ISBLK(target->st_mode) || output->force ||
	       refuse(output, failure, "is a disk; use -f to overwrite what is on it");
}

/* A pipe or a device; but between looking and opening the name may have gone to something else. */
static bool open_special(struct output *output, struct failure *failure, const struct stat *source)
{
	struct stat target;

	output->fd = open(output->name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (output->fd < 0) {
		failure_errno(failure, output->name, NO_OFFSET, "cannot open", errno);
		return false;
	}
	if (fstat(output->fd, &target) != 0 || S_ISREG(target.st_mode))
		return refuse(output, failure,
			      "was no file when zipnn began; run zipnn again when nothing "
			      "changes it");
	return accept_disk(output, failure, &target) && accept_target(output, failure, source);
}

/*
 * May a new file get this name? What stands there is not followed and not written to: only with
 * force a file or a symbolic link is replaced.
 */
static bool accept_name(struct output *output, struct failure *failure)
{
	struct stat target;

	if (lstat(output->name, &target) != 0) {
		if (errno == ENOENT)
			return true;
		/* Above all a name that is too long, of which the temporary one tells nothing. */
		failure_errno(failure, output->name, NO_OFFSET, "cannot create", errno);
		return false;
	}
	if (!S_ISREG(target.st_mode) && !S_ISLNK(target.st_mode))
		return refuse(output, failure,
			      "already exists and is no file that could be overwritten; name "
			      "another output with -o");
	return output->force || refuse(output, failure, "already exists; use -f to overwrite it");
}

/* What is not replaced by a new file. target: what stands there. */
static bool open_existing(struct output *output, struct failure *failure,
			  const struct output_place *place, const struct stat *target,
			  const struct stat *source)
{
	if (S_ISDIR(target->st_mode))
		return refuse(output, failure, "is a folder; name a file in it");
	if (place->only_file)
		return refuse(output, failure, OUTPUT_KEEPS_SOURCE);
	if (!S_ISREG(target->st_mode))
		return accept_disk(output, failure, target) &&
		       open_special(output, failure, source);
	if (is_open_as(STDOUT_FILENO, target))
		return open_stdout(output, failure, source);
	return refuse(output, failure, "is where the messages go; name another output");
}

bool output_open(struct output *output, struct failure *failure, const struct output_place *place,
		 const struct stat *source)
{
	struct stat target;

	*output = (struct output){.name = place->path, .fd = -1, .force = place->force};
	if (strcmp(place->path, "-") == 0)
		return open_stdout(output, failure, source);
	if (stat(place->path, &target) == 0) {
		if (is_same_file(&target, source))
			return refuse(output, failure, "is the source too; name another output");
		/* Only where the user named it: it may be a link that someone else made. */
		if (place->named &&
		    (!S_ISREG(target.st_mode) || is_open_as(STDOUT_FILENO, &target) ||
		     is_open_as(STDERR_FILENO, &target)))
			return open_existing(output, failure, place, &target, source);
	}
	return accept_name(output, failure) && open_temporary(output, failure);
}

bool output_write(struct output *output, struct failure *failure, const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size > 0) {
		ssize_t wrote = write(output->fd, from, size);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			failure_errno(failure, output->name, output->written, "cannot write",
				      errno);
			return false;
		}
		from += wrote;
		size -= (size_t)wrote;
		output->written += (size_t)wrote;
	}
	return true;
}

/* Then the bits of the group are the most that any of the ACL's users and groups may. */
static bool has_acl(int fd)
{
	return fgetxattr(fd, "system.posix_acl_access", NULL, 0) > 0;
}

/*
 * Take over what the source has; else be like any new file. The owner can often not be kept: then
 * the group gets no more than everybody, because it is another group.
 */
static void set_attributes(const struct output *output, struct console *console,
			   const struct input *source)
{
	mode_t mode;

	if (source == NULL) {
		mode = umask(0);
		umask(mode);
		mode = 0666 & ~mode;
	} else {
		mode = source->stat.st_mode & 0777;
		if (fchown(output->fd, source->stat.st_uid, source->stat.st_gid) != 0 &&
		    fchown(output->fd, (uid_t)-1, source->stat.st_gid) != 0)
			mode &= 0707 | (mode & 0007) << 3;
		if (has_acl(source->fd))
			mode &= 0707;
	}
	if (fchmod(output->fd, mode) != 0)
		console_warning(console, output->name, "the mode could not be kept: %s",
				strerror(errno));
	if (source != NULL) {
		const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, source->stat.st_mtim};

		if (futimens(output->fd, times) != 0)
			console_warning(console, output->name, "the time could not be kept: %s",
					strerror(errno));
	}
}

static bool sync_folder(const struct output *output, struct failure *failure)
{
	const char *slash = strrchr(output->name, '/');
	char *folder =
	    slash == NULL ? strdup(".") : strndup(output->name, (size_t)(slash - output->name) + 1);
	int fd = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);

	if (!done)
		failure_errno(failure, output->name, NO_OFFSET,
			      "is written, but its folder cannot be synced to disk", errno);
	if (fd >= 0)
		close(fd);
	free(folder);
	return done;
}

static bool fail_commit(struct output *output, struct failure *failure, const char *what, int error)
{
	failure_errno(failure, output->name, NO_OFFSET, what, error);
	output_discard(output);
	return false;
}

static bool exists(const struct output *output)
{
	struct stat target;

	return lstat(output->name, &target) == 0;
}

bool output_commit(struct output *output, struct failure *failure, struct console *console,
		   const struct input *source, bool durable)
{
	int fd = output->fd;
	int error;

	if (output->temporary == NULL) {
		output->fd = -1;
		/* Stdout takes the next file too; main closes it. */
		if (output->is_stdout || close(fd) == 0)
			return true;
		return fail_commit(output, failure, "cannot complete", errno);
	}
	set_attributes(output, console, source);
	/* A crash of the machine must leave the old file or the new one, not an empty one. */
	if ((durable || exists(output)) && fsync(fd) != 0)
		return fail_commit(output, failure, "cannot sync to disk", errno);
	output->fd = -1;
	if (close(fd) != 0)
		return fail_commit(output, failure, "cannot complete", errno);
	error = temporary_rename(output->temporary, output->name, output->force);
	if (error == 0)
		output->temporary = NULL;
	if (error == EEXIST) {
		failure_set(failure, output->name, NO_OFFSET,
			    "appeared while zipnn was at work; use -f to overwrite it");
		output_discard(output);
		return false;
	}
	if (error != 0)
		return fail_commit(output, failure, "cannot rename the finished file to this",
				   error);
	return !durable || sync_folder(output, failure);
}
