// SPDX-License-Identifier: BSD-3-Clause
/* What zipnn says of itself, on stdout. */
#ifndef ZIPNN_CLI_HELP_H
#define ZIPNN_CLI_HELP_H

#include <stdbool.h>

void print_help(void);

/* verbose: with the version of libzstd too. */
void print_version(bool verbose);

#endif
