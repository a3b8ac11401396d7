// SPDX-License-Identifier: BSD-3-Clause
/* The command line: what was asked for. */
#ifndef ZIPNN_CLI_OPTIONS_H
#define ZIPNN_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/message.h"
#include "zipnn.h"

enum mode { MODE_COMPRESS, MODE_DECOMPRESS, MODE_TEST, MODE_LIST };

struct options {
	enum mode mode;
	const char *output; /* -o, or "-" for stdout; NULL: named after each FILE */
	bool remove;        /* the source, after success */
	bool force;
	bool recursive;
	bool quiet;
	bool verbose;
	bool progress;
	bool check;
	bool best;
	bool json;
	bool help;
	bool version;
	bool has_range;
	uint64_t range_offset;
	uint64_t range_length;
	unsigned threads;
	size_t block_size;
	enum zipnn_dtype dtype;
	char **files; /* at least one; "-" is stdin */
	size_t file_count;
};

/*
 * Read the command line. Operands are moved to the front of argv. false: a usage error, which has
 * been printed.
 */
bool options_parse(struct options *options, struct console *console, int argc, char **argv);

#endif
