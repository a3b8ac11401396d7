// SPDX-License-Identifier: BSD-3-Clause
/*
 * The working part of the command line, on bytes in memory: the input is a file without a name, and
 * what would be written goes to a buffer, so that nothing of the machine is touched.
 */
#ifndef ZIPNN_TESTS_FUZZ_CLI_H
#define ZIPNN_TESTS_FUZZ_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"
#include "core/cpu.h"

struct cli_output {
	bool done;        /* the command line would have reported success */
	bool full;        /* it stopped because there was more output than capacity */
	char reason[440]; /* if it is not done: what it would have said */
	uint8_t *bytes;
	size_t size;
	size_t capacity;
};

struct cli_output cli_output_new(size_t capacity);
void cli_output_free(struct cli_output *output);

/* Forget what is in it. */
void cli_output_reset(struct cli_output *output);

/* The options of a command line without arguments. */
struct options cli_default_options(void);

/* A run of zipnn on one input, which keeps its threads and contexts from call to call. */
struct cli;

/* Its kernels are those of the set: the environment is changed. */
struct cli *cli_new(enum zipnn_isa isa, const struct options *options);
void cli_free(struct cli *cli);

/* Runs with -d, and --range if they are to be asked for one, with each set of this CPU, the scalar
 * one first; what they say goes nowhere. Returns their number. */
unsigned cli_new_readers(struct cli *readers[ZIPNN_ISA_COUNT], bool has_range);

/* Each works on size bytes at data, as on a file. */
void cli_compress(struct cli *cli, struct cli_output *output, const uint8_t *data, size_t size);
void cli_decompress(struct cli *cli, struct cli_output *output, const uint8_t *data, size_t size);
void cli_range(struct cli *cli, struct cli_output *output, const uint8_t *data, size_t size,
	       uint64_t offset, uint64_t length);

/* With -l, and --json if the planes are looked at: prints to stdout. Returns whether it would have
 * succeeded; *raw_size is what it says. */
bool cli_list(struct cli *cli, const uint8_t *data, size_t size, bool planes, uint64_t *raw_size);

#endif
