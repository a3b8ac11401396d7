// SPDX-License-Identifier: BSD-3-Clause
/*
 * The inner loops of coder `lanes`: src/FORMAT.md section 4.3. Pure functions; the scalar ones are
 * the oracle that others are compared with bit for bit.
 */
#ifndef ZIPNN_ENTROPY_LANES_KERNEL_H
#define ZIPNN_ENTROPY_LANES_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "entropy/lanes/code.h"

#define ZIPNN_LANES 64u
#define ZIPNN_LANE_GROUPS 2u
#define ZIPNN_GROUP_LANES 32u
#define ZIPNN_LANES_ROW 64u    /* values, one a lane */
#define ZIPNN_LANES_BLOCK 128u /* values: two rows, between which no lane is refilled */
#define ZIPNN_LANES_MIN_STILL 2u
#define ZIPNN_LANES_MAX_STILL 16u
#define ZIPNN_SEGMENT_MAX 65536u /* values */

/* The worst case of a segment: every value takes 8 bits of its group's words. */
#define ZIPNN_GROUP_MAX_WORDS (ZIPNN_SEGMENT_MAX / 4)

/* Lane (j, l) has index 32 j + l. */
struct zipnn_lanes_state {
	uint32_t window[ZIPNN_LANES];
	uint8_t missing[ZIPNN_LANES]; /* bits, at the top of the window */
};

/*
 * Encode blocks * 128 values, from the last to the first. words[j]: the end of the space for the
 * words of group j, which are written downwards, little endian; it becomes the place of the first
 * one. Sets state to what the decoder begins with. The last still_blocks must fit: see
 * zipnn_lanes_still_blocks. Literals and raw bits are not written here.
 */
void zipnn_lanes_encode_scalar(struct zipnn_lanes_state *state, uint8_t *words[ZIPNN_LANE_GROUPS],
			       const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			       size_t blocks, size_t still_blocks);

/*
 * The largest number of blocks (2 to 16) at the end of `blocks` whose codes fit into the window of
 * every lane.
 */
unsigned zipnn_lanes_still_blocks(const struct zipnn_lanes_encode_table *table,
				  const uint8_t *values, size_t blocks);

/* Copy the values that are coded as escapes to dst, in order. Returns their number. */
size_t zipnn_lanes_literals_scalar(uint8_t *dst, const struct zipnn_lanes_encode_table *table,
				   const uint8_t *values, size_t n);

/* Write the raw bits of rows * 64 values: for each row, 8 bytes for each raw bit. */
void zipnn_lanes_raw_bits_scalar(uint8_t *dst, const struct zipnn_lanes_encode_table *table,
				 const uint8_t *values, size_t rows);

/* What decoding takes from and is left with. */
struct zipnn_lanes_input {
	struct zipnn_lanes_state state;
	const uint8_t *words[ZIPNN_LANE_GROUPS];     /* the next of each group */
	const uint8_t *words_end[ZIPNN_LANE_GROUPS]; /* reading there is an error */
	const uint8_t *literals;
	const uint8_t *literals_end;
	const uint8_t *raw_bits;
};

/*
 * Decode blocks * 128 values. Advances words and literals. Returns 0, or ZIPNN_ERROR_CORRUPT if
 * either is exhausted.
 */
int64_t zipnn_lanes_decode_scalar(struct zipnn_lanes_input *input,
				  const struct zipnn_lanes_decode_table *table, uint8_t *values,
				  size_t blocks, size_t still_blocks);

#endif
