// SPDX-License-Identifier: BSD-3-Clause
/*
 * Output files: see output.h.
 *
 * The one global of the command line is here: the name a signal handler must remove. It changes
 * only while the signals are blocked, and only the main thread receives them, so the handler never
 * sees a name that is not (or no longer) a file of ours.
 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pipe.h"

static _Atomic(const char *) unfinished;

static const int ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

#define SIGNAL_COUNT (sizeof(ending_signals) / sizeof(ending_signals[0]))

/* Only async-signal-safe calls. The handler is reset on entry, so the second signal ends us. */
static void remove_unfinished(int number)
{
	const char *path = atomic_load(&unfinished);

	if (path != NULL)
		unlink(path);
	raise(number);
}

void output_catch_signals(void)
{
	struct sigaction handler = {.sa_handler = remove_unfinished};
	struct sigaction before;

	handler.sa_flags = (int)SA_RESETHAND;
	sigfillset(&handler.sa_mask);
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		/* Who starts us with nohup wants the signal ignored. */
		if (sigaction(ending_signals[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &handler, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static void block_signals(sigset_t *before)
{
	sigset_t ending;

	sigemptyset(&ending);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		sigaddset(&ending, ending_signals[i]);
	pthread_sigmask(SIG_BLOCK, &ending, before);
}

static void restore_signals(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* With the signals blocked: the temporary file is there no more. */
static void forget_temporary(struct output *output)
{
	atomic_store(&unfinished, NULL);
	free(output->temporary);
	output->temporary = NULL;
}

void output_discard(struct output *output)
{
	sigset_t before;

	if (output->fd >= 0 && !output->is_stdout)
		close(output->fd);
	output->fd = -1;
	if (output->temporary == NULL)
		return;
	block_signals(&before);
	unlink(output->temporary);
	forget_temporary(output);
	restore_signals(&before);
}

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static bool open_temporary(struct output *output, struct failure *failure)
{
	static const char pattern[] = OUTPUT_TEMPORARY_PREFIX "XXXXXX";
	size_t folder = folder_length(output->name);
	sigset_t before;
	int error;

	output->temporary = malloc(folder + sizeof(pattern));
	if (output->temporary == NULL) {
		failure_errno(failure, output->name, NO_OFFSET, "cannot create", ENOMEM);
		return false;
	}
	memcpy(output->temporary, output->name, folder);
	memcpy(output->temporary + folder, pattern, sizeof(pattern));
	block_signals(&before);
	output->fd = mkostemp(output->temporary, O_CLOEXEC);
	error = errno;
	if (output->fd >= 0)
		atomic_store(&unfinished, output->temporary);
	else
		forget_temporary(output);
	restore_signals(&before);
	if (output->fd < 0) {
		failure_errno(failure, output->name, NO_OFFSET, "cannot create", error);
		return false;
	}
	return true;
}

static bool open_device(struct output *output, struct failure *failure)
{
	output->fd = open(output->name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (output->fd >= 0) {
		pipe_enlarge(output->fd);
		return true;
	}
	failure_errno(failure, output->name, NO_OFFSET, "cannot open", errno);
	return false;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return S_ISREG(a->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* After the output is open: is it a place to write binary data to? */
static bool accept_target(struct output *output, struct failure *failure, const struct stat *source)
{
	struct stat target;

	if (isatty(output->fd) && !output->force) {
		failure_set(failure, output->name, NO_OFFSET,
			    "is a terminal and the data are binary; redirect it, use -o FILE, or "
			    "force it with -f");
	} else if (fstat(output->fd, &target) == 0 && is_same_file(&target, source)) {
		failure_set(failure, output->name, NO_OFFSET,
			    "is the source too; name another output");
	} else {
		return true;
	}
	output_discard(output);
	return false;
}

bool output_open(struct output *output, struct failure *failure, const char *path, bool force,
		 const struct stat *source)
{
	struct stat target;
	bool exists;

	*output = (struct output){
	    .name = path, .fd = -1, .is_stdout = strcmp(path, "-") == 0, .force = force};
	if (output->is_stdout) {
		output->name = "stdout";
		output->fd = STDOUT_FILENO;
		pipe_enlarge(output->fd);
		return accept_target(output, failure, source);
	}
	exists = stat(path, &target) == 0;
	if (exists && S_ISDIR(target.st_mode)) {
		failure_set(failure, path, NO_OFFSET, "is a folder; name a file in it");
		return false;
	}
	if (exists && is_same_file(&target, source)) {
		failure_set(failure, path, NO_OFFSET, "is the source too; name another output");
		return false;
	}
	if (exists && S_ISBLK(target.st_mode) && !force) {
		failure_set(failure, path, NO_OFFSET,
			    "is a disk; use -f to overwrite what is on it");
		return false;
	}
	if (exists && !S_ISREG(target.st_mode))
		return open_device(output, failure) && accept_target(output, failure, source);
	/* A symbolic link that leads nowhere counts as existing: it would be replaced. */
	if (!force && lstat(path, &target) == 0) {
		failure_set(failure, path, NO_OFFSET, "already exists; use -f to overwrite it");
		return false;
	}
	return open_temporary(output, failure);
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

/*
 * Take over what the source has; else be like any new file. The owner can often not be kept: then
 * the group gets no more than everybody, because it is another group.
 */
static void set_attributes(const struct output *output, struct console *console,
			   const struct stat *source)
{
	mode_t mode;

	if (source == NULL) {
		mode = umask(0);
		umask(mode);
		mode = 0666 & ~mode;
	} else {
		mode = source->st_mode & 0777;
		if (fchown(output->fd, source->st_uid, source->st_gid) != 0 &&
		    fchown(output->fd, (uid_t)-1, source->st_gid) != 0)
			mode &= 0707 | (mode & 0007) << 3;
	}
	if (fchmod(output->fd, mode) != 0)
		console_warning(console, output->name, "the mode could not be kept: %s",
				strerror(errno));
	if (source != NULL) {
		const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, source->st_mtim};

		if (futimens(output->fd, times) != 0)
			console_warning(console, output->name, "the time could not be kept: %s",
					strerror(errno));
	}
}

/*
 * Give the temporary file its final name. Without force nothing that exists may be replaced, not
 * even what appeared meanwhile. Returns 0 or an errno.
 */
static int give_name(const struct output *output)
{
	if (output->force)
		return rename(output->temporary, output->name) == 0 ? 0 : errno;
	if (renameat2(AT_FDCWD, output->temporary, AT_FDCWD, output->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* This file system (NFS, for one) cannot do that, but a link never replaces anything. */
	if (link(output->temporary, output->name) != 0)
		return errno;
	unlink(output->temporary);
	return 0;
}

static bool sync_folder(const struct output *output, struct failure *failure)
{
	size_t length = folder_length(output->name);
	char *folder = length == 0 ? strdup(".") : strndup(output->name, length);
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

bool output_commit(struct output *output, struct failure *failure, struct console *console,
		   const struct stat *source, bool durable)
{
	sigset_t before;
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
	if (durable && fsync(fd) != 0)
		return fail_commit(output, failure, "cannot sync to disk", errno);
	output->fd = -1;
	if (close(fd) != 0)
		return fail_commit(output, failure, "cannot complete", errno);
	block_signals(&before);
	error = give_name(output);
	if (error == 0)
		forget_temporary(output);
	restore_signals(&before);
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
