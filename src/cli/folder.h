// SPDX-License-Identifier: BSD-3-Clause
/* A folder with all that is in it: which files the mode of the session is for. */
#ifndef ZIPNN_CLI_FOLDER_H
#define ZIPNN_CLI_FOLDER_H

#include "cli/list.h"
#include "cli/session.h"

/* What is done with such a file. It was regular when its folder was read. */
typedef void folder_run(struct session *session, const char *path, struct listing *sum);

/* In order of names, so that two runs print the same. Links in the tree are not followed. */
void folder_walk(struct session *session, char *path, struct listing *sum, folder_run *run);

#endif
