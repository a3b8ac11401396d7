// SPDX-License-Identifier: BSD-3-Clause
/* zipnn bench: codecs side by side on the user's own files. */
#ifndef ZIPNN_CLI_BENCH_BENCH_H
#define ZIPNN_CLI_BENCH_BENCH_H

#include "cli/message.h"

/* Run with the arguments after `bench`. Errors are printed and counted in the console. */
void bench_run(struct console *console, int argc, char **argv);

#endif
