// SPDX-License-Identifier: BSD-3-Clause
/*
 * What detection measures of some bytes: a histogram for each position modulo 8, and which bits
 * hold still where.
 */
#ifndef ZIPNN_DETECT_SAMPLE_H
#define ZIPNN_DETECT_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/* The longest element, in bytes: positions are counted modulo this. */
#define ZIPNN_POSITIONS 8u

/* From fewer bytes nothing can be learnt that would pay for a header and a code. */
#define ZIPNN_MIN_SAMPLED 512u

/* Sampled at a time; two lines of a cache, which the CPU fetches together. */
#define ZIPNN_SPOT_SIZE 128u
/* Spots of the first look: one in each 8 KiB of 256 KiB. */
#define ZIPNN_SPOTS 32u
/* Spots of the second look: 16 KiB, enough for wide planes. */
#define ZIPNN_MANY_SPOTS 128u

/* Of each bit of a word of r: how often it changes from one word of a spot to the next. */
struct zipnn_spot {
	uint64_t still; /* never: chance, for noise, in one case of 30,000 */
	uint64_t quiet; /* at most 2 times of 15: in one of 270 */
	uint64_t loud;  /* at least 5 times: in 15 cases of 16 */
};

struct zipnn_sample {
	/*
	 * How often each value of r (see sample.c) occurs at each position. 16 bits suffice:
	 * the second look counts 2,048 values at each.
	 */
	uint16_t counts[ZIPNN_POSITIONS][256];
	uint32_t totals[ZIPNN_POSITIONS];
	uint32_t counted; /* words: totals at first, zipnn_classify takes zeros from these */
	/* How many pairs of values at a position are equal, each with itself, too (zipnn_classify).
	 */
	uint32_t pairs[ZIPNN_POSITIONS];
	/* Bit 8k + b is bit b of r at position k: never set, in at least one spot. */
	uint64_t rare;
	/* Of the first look: what was seen, and where it begins. */
	struct zipnn_spot spot[ZIPNN_SPOTS];
	size_t at[ZIPNN_SPOTS];
	unsigned spots;
	int is_zero;  /* no bit is set anywhere */
	int is_whole; /* all bytes were counted: a second look shows the same */
};

/* r of the eight bytes at src (see sample.c); the byte before them exists. */
static inline uint64_t zipnn_rotated_word(const uint8_t *src)
{
	return zipnn_load64(src) << 1 | src[-1] >> 7;
}

/*
 * Look at up to ZIPNN_SPOTS spots, and count half of each, all of it where there are fewer;
 * size >= ZIPNN_MIN_SAMPLED. Bytes between spots are not read.
 */
void zipnn_sample_first(struct zipnn_sample *sample, const uint8_t *src, size_t size);

/* Replace counts and totals by those of up to ZIPNN_MANY_SPOTS whole spots. */
void zipnn_sample_more(struct zipnn_sample *sample, const uint8_t *src, size_t size);

#endif
