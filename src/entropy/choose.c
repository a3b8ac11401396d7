// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which coder does a plane deserve? A sample answers, so that noise is not coded in vain.
 *
 * ZipNN paper, section 3.2: skip what does not compress, and look again later.
 */
#include "entropy/coder.h"

#include <string.h>

#include "core/log2.h"
#include "entropy/sample.h"

/* Each so many values, 256 are looked at: a plane may be noise here and exponents there. */
#define PIECE 8192u
#define PIECE_LINES 4u
#define PIECE_SAMPLE (PIECE_LINES * ZIPNN_SAMPLE_LINE)
/*
 * Of 256 values of noise 162 +- 6 are distinct, of 256 exponents some 20. A piece with fewer than
 * the first is no noise; where the mean is above the second, all of it is. In between (a mantissa
 * of 7.8 bits has 152) a larger sample decides.
 */
#define MIN_DISTINCT 125u
#define NOISE_DISTINCT 156u

/* 4 KiB in jittered lines: the entropy of noise comes out within 0.02 bit. */
#define LINES 64u
/* Saving less than 1.5 % of a plane is not worth the time to code and decode it. */
#define STORE_FROM (8 * ZIPNN_BIT - 8 * ZIPNN_BIT * 15 / 1000)

/*
 * Fewer values than these are left to huffman: a segment of lanes costs 60 to 100 bytes more, which
 * is 0.8 % of them.
 */
#define LANES_MIN_VALUES 12288u

static unsigned distinct(const uint8_t *values, size_t n)
{
	uint32_t counts[256] = {0};
	unsigned found = 0;

	zipnn_sample_counts(counts, values, n, PIECE_LINES, 1);
	for (unsigned v = 0; v < 256; v++)
		found += counts[v] > 0;
	return found;
}

/* Whether every part of a plane looks like noise. */
static int is_noise(const uint8_t *plane, size_t n)
{
	uint32_t counts[256] = {0};
	size_t sum = 0;
	size_t pieces = 0;

	for (size_t at = 0; at + PIECE_SAMPLE <= n; at += PIECE, pieces++) {
		const unsigned here = distinct(plane + at, n - at < PIECE ? n - at : PIECE);

		if (here < MIN_DISTINCT)
			return 0;
		sum += here;
	}
	if (pieces == 0)
		return 0;
	if (sum >= NOISE_DISTINCT * pieces)
		return 1;
	zipnn_sample_counts(counts, plane, n, LINES, 1);
	return zipnn_entropy(counts) > STORE_FROM;
}

enum zipnn_coder zipnn_plane_choose(const uint8_t *plane, size_t n)
{
	/* Stops at the first difference, so this costs nothing unless it is true. */
	if (memcmp(plane, plane + 1, n - 1) == 0)
		return ZIPNN_CODER_CONSTANT;
	if (is_noise(plane, n))
		return ZIPNN_CODER_STORED;
	return n < LANES_MIN_VALUES ? ZIPNN_CODER_HUFFMAN : ZIPNN_CODER_LANES;
}
