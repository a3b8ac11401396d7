// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a codec that does not look for it itself is told of a block, outside of the time it is
 * charged for: the float layout, and which parts of which planes are worth coding.
 */
#ifndef ZIPNN_CLI_BENCH_PLAN_H
#define ZIPNN_CLI_BENCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"

/* A plane is judged and coded in pieces of what huff0 takes at most. */
#define PLAN_PIECE_SIZE ((size_t)128 << 10)
/* Pieces of a plane: the largest block as one plane. */
#define PLAN_MAX_PIECES 64u
#define PLAN_MAX_BLOCK (PLAN_PIECE_SIZE * PLAN_MAX_PIECES)

struct plan {
	struct zipnn_layout layout;
	uint64_t shrinks[ZIPNN_MAX_PLANES]; /* bit i: piece i is worth a prefix code */
	bool constant[ZIPNN_MAX_PLANES];    /* all bytes of the plane are equal */
};

/* Bytes that a prefix code must save of n for its decoding to pay: zstd's own rule. */
static inline size_t plan_min_gain(size_t n)
{
	return (n >> 6) + 2;
}

/* size is at most PLAN_MAX_BLOCK; scratch has size bytes. */
void plan_make(struct plan *plan, const uint8_t *src, size_t size, uint8_t *scratch);

#endif
