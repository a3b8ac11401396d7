// SPDX-License-Identifier: BSD-3-Clause
/*
 * The file under a temporary name that becomes an output: there is one at a time, and whatever ends
 * zipnn, except SIGKILL and a crash, removes it.
 */
#ifndef ZIPNN_CLI_TEMPORARY_H
#define ZIPNN_CLI_TEMPORARY_H

#include <stdbool.h>

/*
 * Once, before any thread and any output: signals that end zipnn remove the unfinished file first;
 * a closed pipe and a file size limit become errors of write instead of signals.
 */
void temporary_catch_signals(void);

/* Is this the name, without a folder, that such a file has? */
bool temporary_is_name(const char *name);

/*
 * Create one in the folder of `name`, open for writing. Returns its path, or NULL and an errno.
 * Exactly one of the next two takes the path back.
 */
char *temporary_create(const char *name, int *fd, int *error);
void temporary_remove(char *path);

/*
 * Give it its name. Without replace nothing that exists is replaced, not even what appeared
 * meanwhile. Returns 0, or an errno: then the path is still the caller's.
 */
int temporary_rename(char *path, const char *name, bool replace);

#endif
