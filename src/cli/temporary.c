// SPDX-License-Identifier: BSD-3-Clause
/*
 * Temporary files: see temporary.h.
 *
 * The one global of the command line is here: the name a signal handler must remove. It changes
 * only while the signals are blocked, and only the main thread receives them, so the handler never
 * sees a name that is not (or no longer) a file of ours.
 */
#include "cli/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkostemp makes six characters of the X. */
static const char pattern[] = ".zipnn-partial-XXXXXX";

static _Atomic(const char *) unfinished;

/* What would end zipnn and comes from without: crashes of its own must leave their core. */
static const int ending_signals[] = {
    SIGHUP,  SIGINT,    SIGQUIT, SIGTERM, SIGALRM,   SIGUSR1, SIGUSR2,
    SIGPROF, SIGVTALRM, SIGXCPU, SIGIO,   SIGSTKFLT, SIGPWR,
};

#define SIGNAL_COUNT (sizeof(ending_signals) / sizeof(ending_signals[0]))

/* Only async-signal-safe calls. The handler is reset on entry, so the second signal ends us. */
static void remove_unfinished(int number)
{
	const char *path = atomic_load(&unfinished);

	if (path != NULL)
		unlink(path);
	raise(number);
}

void temporary_catch_signals(void)
{
	struct sigaction handler = {.sa_handler = remove_unfinished};
	struct sigaction before;

	handler.sa_flags = (int)SA_RESETHAND;
	sigfillset(&handler.sa_mask);
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		/* Who starts us with nohup wants the signal ignored; a profiler needs its own. */
		if (sigaction(ending_signals[i], NULL, &before) == 0 &&
		    before.sa_handler == SIG_DFL)
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

static void forget(char *path)
{
	atomic_store(&unfinished, NULL);
	free(path);
}

bool temporary_is_name(const char *name)
{
	return strlen(name) == strlen(pattern) &&
	       strncmp(name, pattern, strcspn(pattern, "X")) == 0;
}

char *temporary_create(const char *name, int *fd, int *error)
{
	const char *slash = strrchr(name, '/');
	size_t folder = slash == NULL ? 0 : (size_t)(slash - name) + 1;
	char *path = malloc(folder + sizeof(pattern));
	sigset_t before;

	*error = ENOMEM;
	if (path == NULL)
		return NULL;
	memcpy(path, name, folder);
	memcpy(path + folder, pattern, sizeof(pattern));
	block_signals(&before);
	*fd = mkostemp(path, O_CLOEXEC);
	*error = errno;
	if (*fd >= 0)
		atomic_store(&unfinished, path);
	restore_signals(&before);
	if (*fd >= 0)
		return path;
	free(path);
	return NULL;
}

void temporary_remove(char *path)
{
	sigset_t before;

	block_signals(&before);
	unlink(path);
	forget(path);
	restore_signals(&before);
}

static int give_name(const char *path, const char *name, bool replace)
{
	if (replace)
		return rename(path, name) == 0 ? 0 : errno;
	if (renameat2(AT_FDCWD, path, AT_FDCWD, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* This file system (NFS, for one) cannot do that, but a link never replaces anything. */
	if (link(path, name) != 0)
		return errno;
	unlink(path);
	return 0;
}

int temporary_rename(char *path, const char *name, bool replace)
{
	sigset_t before;
	int error;

	block_signals(&before);
	error = give_name(path, name, replace);
	if (error == 0)
		forget(path);
	restore_signals(&before);
	return error;
}
