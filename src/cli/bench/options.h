// SPDX-License-Identifier: BSD-3-Clause
/* The command line of zipnn bench. */
#ifndef ZIPNN_CLI_BENCH_OPTIONS_H
#define ZIPNN_CLI_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/bench/codec.h"
#include "cli/message.h"

/* More block sizes or codecs than these are a mistake. */
#define BENCH_MAX_BLOCK_SIZES 16u
#define BENCH_MAX_CODECS 16u

struct bench_options {
	bool help;
	bool json;
	bool best;
	bool stages;        /* where zipnn's time goes, instead of the codecs */
	const char *blosc2; /* the library to load; NULL: none */
	double seconds;     /* for each file and block size, shared by the codecs */
	size_t cold_size;   /* the working set is at least this large */
	size_t block_sizes[BENCH_MAX_BLOCK_SIZES];
	size_t block_size_count;
	const struct codec *codecs[BENCH_MAX_CODECS];
	size_t codec_count;
	bool all_codecs; /* none was named: those that are unavailable are left out */
	char **files;
	size_t file_count;
};

/*
 * Read the arguments after `bench`; operands are moved to the front of argv. false: a usage error,
 * which has been printed.
 */
bool bench_options_parse(struct bench_options *options, struct console *console, int argc,
			 char **argv);

void bench_print_help(void);

#endif
