// SPDX-License-Identifier: BSD-3-Clause
/*
 * Literals: the values that a code left to its escape. src/FORMAT.md section 4.3.
 *
 * Each is an index of w bits into a small set, or, as the highest index, a byte of its own.
 */
#ifndef ZIPNN_ENTROPY_LANES_LITERALS_H
#define ZIPNN_ENTROPY_LANES_LITERALS_H

#include <stddef.h>
#include <stdint.h>

#include "entropy/lanes/sets.h"

#define ZIPNN_LITERAL_MAX_WIDTH 7u

/* How literals are coded. */
struct zipnn_literal_plan {
	unsigned width; /* of an index; 0: all are bytes */
	size_t count;
	size_t raw_count; /* those that are bytes */
	struct zipnn_literal_set set;
};

/* The width and the set that take the fewest bytes for these literals. */
void zipnn_literals_plan(struct zipnn_literal_plan *plan, const uint8_t *literals, size_t count);

/* Bytes of indices and raw literals together. */
size_t zipnn_literals_size(const struct zipnn_literal_plan *plan);

/* Write indices, then raw literals; returns their size. */
size_t zipnn_literals_put(uint8_t *dst, const struct zipnn_literal_plan *plan,
			  const uint8_t *literals);

/*
 * Read plan->count literals to dst from exactly zipnn_literals_size(plan) bytes. Returns 0 or
 * ZIPNN_ERROR_CORRUPT.
 */
int64_t zipnn_literals_get(uint8_t *dst, const struct zipnn_literal_plan *plan, const uint8_t *src);

#endif
