// SPDX-License-Identifier: BSD-3-Clause
/* One operand of the command line: a file, stdin, or with -r a folder. */
#ifndef ZIPNN_CLI_OPERAND_H
#define ZIPNN_CLI_OPERAND_H

#include "cli/list.h"
#include "cli/session.h"

/* Do with it what the options say. Errors and warnings are printed and counted in the console. */
void operand_run(struct session *session, const char *path, struct listing *sum);

#endif
