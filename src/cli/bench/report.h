// SPDX-License-Identifier: BSD-3-Clause
/* What zipnn bench prints on stdout: a table for people, or one JSON object for programs. */
#ifndef ZIPNN_CLI_BENCH_REPORT_H
#define ZIPNN_CLI_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/bench/measure.h"
#include "cli/bench/stages.h"

struct report {
	bool json;
	size_t results; /* printed so far */
};

void report_begin(struct report *report);

/* What a file's contestants did at a block size. raw_size is the file's. */
void report_results(struct report *report, const char *name, size_t raw_size, size_t block_size,
		    const struct contestant *contestants, size_t count);

/* Where zipnn's time went in a file. */
void report_stages(struct report *report, const char *name, size_t raw_size, size_t block_size,
		   const struct stage_times *times);

void report_end(const struct report *report);

#endif
