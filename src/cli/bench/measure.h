// SPDX-License-Identifier: BSD-3-Clause
/*
 * Measuring codecs side by side. A machine drifts and its caches remember, so the codecs take
 * turns: in every round each walks the whole working set once, in a new random order, and what
 * counts is the median of the rounds. What comes back is compared in every round.
 */
#ifndef ZIPNN_CLI_BENCH_MEASURE_H
#define ZIPNN_CLI_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/bench/codec.h"
#include "cli/bench/working_set.h"
#include "cli/message.h"

/* A median of fewer says nothing. */
#define MEASURE_MIN_ROUNDS 3u

struct contestant {
	const struct codec *codec;
	void *context;
	/* Results. */
	uint64_t coded_bytes; /* of the file, once */
	double compress_mbps; /* 10^6 raw bytes a second: the median */
	double decompress_mbps;
	unsigned rounds;
};

/*
 * Measure until the seconds have passed, and at least MEASURE_MIN_ROUNDS rounds. name is the
 * file's. false: a codec failed, did not give back what it was given, or there is no memory.
 */
bool measure(struct contestant *contestants, size_t count, struct working_set *set, double seconds,
	     const char *name, struct failure *failure);

/* The median of n >= 1 values, which it sorts. */
double measure_median(double *values, size_t n);

#endif
