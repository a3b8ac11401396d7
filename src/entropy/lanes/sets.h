// SPDX-License-Identifier: BSD-3-Clause
/* Kept set, lengths and literal set, as bytes: src/FORMAT.md section 4.1. */
#ifndef ZIPNN_ENTROPY_LANES_SETS_H
#define ZIPNN_ENTROPY_LANES_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "entropy/lanes/code.h"

/* The most bytes each of them takes. */
#define ZIPNN_SET_MAX_SIZE 34u      /* first, span, 256 bits */
#define ZIPNN_LENGTHS_MAX_SIZE 290u /* 257 differences of at most 9 bits */

/* The members of a literal set, ascending. */
struct zipnn_literal_set {
	unsigned count;
	uint8_t values[256];
};

/* Each writes to dst, which has room for the most it can take, and returns the bytes written. */
size_t zipnn_put_kept_set(uint8_t *dst, const struct zipnn_lanes_code *code);
size_t zipnn_put_lengths(uint8_t *dst, const struct zipnn_lanes_code *code);
size_t zipnn_put_literal_set(uint8_t *dst, const struct zipnn_lanes_code *code,
			     const struct zipnn_literal_set *set);

/*
 * Each reads from size bytes at src and returns the bytes read, or ZIPNN_ERROR_CORRUPT.
 * zipnn_get_kept_set marks kept values in code->lengths with 1, all others with 0;
 * zipnn_get_lengths replaces the marks (the escape's, too) by lengths.
 */
int64_t zipnn_get_kept_set(struct zipnn_lanes_code *code, const uint8_t *src, size_t size);
int64_t zipnn_get_lengths(struct zipnn_lanes_code *code, const uint8_t *src, size_t size);
int64_t zipnn_get_literal_set(struct zipnn_literal_set *set, const struct zipnn_lanes_code *code,
			      const uint8_t *src, size_t size);

#endif
