// SPDX-License-Identifier: BSD-3-Clause
/*
 * The inner loops of coder `lanes`: src/FORMAT.md section 4.3. Pure functions; the scalar ones are
 * the oracle that others are compared with bit for bit.
 */
#ifndef ZIPNN_ENTROPY_LANES_KERNEL_H
#define ZIPNN_ENTROPY_LANES_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "core/cpu.h"
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

/* Where an encoder puts what a segment holds beside its words. */
struct zipnn_lanes_output {
	struct zipnn_lanes_state state; /* what the decoder begins with */
	/*
	 * The end of the space for the words of each group, which are written downwards, little
	 * endian; it becomes the place of the first one. A kernel may write up to
	 * ZIPNN_WORDS_SLACK bytes below that.
	 */
	uint8_t *words[ZIPNN_LANE_GROUPS];
	uint64_t *escapes;  /* for each row of 64 values, bit v: value v is coded as an escape */
	uint64_t *raw_bits; /* for each row r numbers, bit v of number k: raw bit k of value v */
};

#define ZIPNN_WORDS_SLACK 64u

/*
 * Encode blocks * 128 values, from the last to the first. The last still_blocks must fit: see
 * zipnn_lanes_still_blocks.
 */
typedef void zipnn_lanes_encode_kernel(struct zipnn_lanes_output *output,
				       const struct zipnn_lanes_encode_table *table,
				       const uint8_t *values, size_t blocks, size_t still_blocks);

zipnn_lanes_encode_kernel zipnn_lanes_encode_scalar;
zipnn_lanes_encode_kernel zipnn_lanes_encode_avx2; /* these on x86-64 only */
zipnn_lanes_encode_kernel zipnn_lanes_encode_avx512;
zipnn_lanes_encode_kernel zipnn_lanes_encode_vbmi;
zipnn_lanes_encode_kernel zipnn_lanes_encode_neon; /* little-endian aarch64 only */

/* The fastest for a set of instructions, which the CPU must have. */
zipnn_lanes_encode_kernel *zipnn_lanes_encode_kernel_for(enum zipnn_isa isa);

/*
 * The largest number of blocks (2 to 16) at the end of `blocks` whose codes fit into the window of
 * every lane.
 */
unsigned zipnn_lanes_still_blocks(const struct zipnn_lanes_encode_table *table,
				  const uint8_t *values, size_t blocks);

#define ZIPNN_LITERALS_SLACK 128u /* what one block could take */

/* What decoding takes from and is left with. */
struct zipnn_lanes_input {
	struct zipnn_lanes_state state;
	const uint8_t *words[ZIPNN_LANE_GROUPS]; /* the next of each group */
	/*
	 * Reading there is an error. Group 1's words follow group 0's, and they are followed by
	 * ZIPNN_SEGMENT_STATE_SIZE bytes that may be read.
	 */
	const uint8_t *words_end[ZIPNN_LANE_GROUPS];
	const uint8_t *literals;
	/*
	 * Taking from there is an error. A kernel may read ZIPNN_LITERALS_SLACK bytes behind it,
	 * which mean nothing.
	 */
	const uint8_t *literals_end;
	const uint8_t *raw_bits;
};

/*
 * Decode blocks * 128 values. Advances words and literals. Returns 0, or ZIPNN_ERROR_CORRUPT if
 * either is exhausted, which a kernel may notice late, but before it reads past what may be read.
 */
typedef int64_t zipnn_lanes_decode_kernel(struct zipnn_lanes_input *input,
					  const struct zipnn_lanes_decode_table *table,
					  uint8_t *values, size_t blocks, size_t still_blocks);

zipnn_lanes_decode_kernel zipnn_lanes_decode_scalar;
zipnn_lanes_decode_kernel zipnn_lanes_decode_avx2; /* these on x86-64 only */
zipnn_lanes_decode_kernel zipnn_lanes_decode_avx512;
zipnn_lanes_decode_kernel zipnn_lanes_decode_vbmi;
zipnn_lanes_decode_kernel zipnn_lanes_decode_neon; /* little-endian aarch64 only */

zipnn_lanes_decode_kernel *zipnn_lanes_decode_kernel_for(enum zipnn_isa isa);

#endif
