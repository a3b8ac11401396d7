// SPDX-License-Identifier: BSD-3-Clause
/*
 * Filling in literals after the values around them, for kernels that cannot do it in registers:
 * escapes are too frequent (one in 64 values of real weights) to branch on each row.
 */
#ifndef ZIPNN_ENTROPY_LANES_PATCHES_H
#define ZIPNN_ENTROPY_LANES_PATCHES_H

#include <stdint.h>

#include "entropy/lanes/kernel.h"
#include "zipnn.h"

/* Rows with escapes are filled in when so many blocks are decoded. */
#define ZIPNN_PATCHES_BLOCKS 32u

/* Rows that have escapes; a place more, for writing without a branch. */
struct zipnn_patches {
	unsigned count;
	uint64_t escapes[2 * ZIPNN_PATCHES_BLOCKS + 1];
	uint32_t rows[2 * ZIPNN_PATCHES_BLOCKS + 1];
};

static inline void zipnn_note_escapes(struct zipnn_patches *patches, size_t row, uint64_t escapes)
{
	patches->escapes[patches->count] = escapes;
	patches->rows[patches->count] = (uint32_t)row;
	patches->count += escapes != 0;
}

/* Fill in the literals of the noted rows. Returns 0, or ZIPNN_ERROR_CORRUPT if there are too few.
 */
static inline int64_t zipnn_fill_in(struct zipnn_patches *patches, uint8_t *values,
				    struct zipnn_lanes_input *input)
{
	const uint8_t *literals = input->literals;

	for (unsigned i = 0; i < patches->count; i++) {
		uint8_t *row = values + (size_t)patches->rows[i] * ZIPNN_LANES_ROW;
		uint64_t left = patches->escapes[i];

		if (__builtin_popcountll(left) > input->literals_end - literals)
			return ZIPNN_ERROR_CORRUPT;
		for (; left != 0; left &= left - 1)
			row[__builtin_ctzll(left)] = *literals++;
	}
	patches->count = 0;
	input->literals = literals;
	return 0;
}

#endif
