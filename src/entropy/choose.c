// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which coder does a plane deserve? A sample answers, so that noise is not coded in vain.
 *
 * ZipNN paper, section 3.2: skip what does not compress, and look again later.
 */
#include "entropy/coder.h"

#include <string.h>

#include "core/bytes.h"
#include "core/log2.h"
#include "entropy/sample.h"

/*
 * A few lines of each piece, an eighth of the plane or 8192 values, are looked at: a plane may be
 * noise here and exponents there.
 */
#define MAX_PIECE ((size_t)8192)
#define MIN_PIECES 8u

/*
 * Of 128 values of noise 101 +- 4 are distinct, of 64 57 +- 3; of exponents some 20. A piece with
 * fewer than the first number is no noise; where the mean is above the second, all of it is. In
 * between (a mantissa of 7.8 bits has 97 of 128) a larger sample decides.
 */
struct noise_look {
	unsigned lines;
	unsigned min_distinct;
	unsigned mean_distinct;
};

static const struct noise_look careful_look = {2, 75, 99};
static const struct noise_look quick_look = {1, 42, 55};

#define AT_ONCE 16u /* pieces: 4 KiB of marks */

/* 4 KiB in jittered lines: the entropy of noise comes out within 0.02 bit. */
#define LINES 64u
/* Saving less than 1.5 % of a plane is not worth the time to code and decode it. */
#define STORE_FROM (8 * ZIPNN_BIT - 8 * ZIPNN_BIT * 15 / 1000)

/*
 * Fewer values than these are left to huffman: a segment of lanes costs 60 to 100 bytes more, which
 * is 0.8 % of them.
 */
#define LANES_MIN_VALUES 12288u

/* How many of 256 marks, each 0 or 1, are set: bytes are added eight at a time, 32 in each. */
static uint32_t count_marks(const uint8_t found[256])
{
	uint64_t sums = 0;

	for (unsigned v = 0; v < 256; v += 8)
		sums += zipnn_load64(found + v);
	/* Eight sums of at most 32: in pairs, so that the upper sum of all of them fits. */
	sums = (sums & 0x00ff00ff00ff00ff) + (sums >> 8 & 0x00ff00ff00ff00ff);
	return (uint32_t)(sums * 0x0001000100010001 >> 48);
}

/*
 * How many different values samples of `count` pieces of n values have, together. All are marked
 * first, because bytes that were just written one by one are slow to read as words.
 */
static size_t distinct(const uint8_t *values, size_t n, size_t piece, size_t count,
		       const struct noise_look *look)
{
	uint8_t found[AT_ONCE][256];
	size_t sum = 0;

	memset(found, 0, count * sizeof(found[0]));
	for (size_t i = 0; i < count; i++) {
		const size_t left = n - i * piece;

		/* The last one takes what is left. */
		zipnn_sample_mark(found[i], values + i * piece, left < 2 * piece ? left : piece,
				  look->lines, zipnn_sample_seed(i));
	}
	for (size_t i = 0; i < count; i++) {
		const uint32_t here = count_marks(found[i]);

		if (here < look->min_distinct)
			return 0;
		sum += here;
	}
	return sum;
}

/* Whether every part of a plane looks like noise. */
static int is_noise(const uint8_t *plane, size_t n, const struct noise_look *look)
{
	uint32_t counts[256] = {0};
	const size_t share = n / MIN_PIECES;
	const size_t sample = (size_t)look->lines * ZIPNN_SAMPLE_LINE;
	const size_t piece = share < sample ? sample : share < MAX_PIECE ? share : MAX_PIECE;
	const size_t pieces = n / piece;
	size_t sum = 0;
	/* The first alone: it is enough to know exponents. */
	size_t at_once = 1;

	if (pieces == 0)
		return 0;
	for (size_t i = 0; i < pieces; i += at_once, at_once = AT_ONCE) {
		const size_t count = pieces - i < at_once ? pieces - i : at_once;
		const size_t here = distinct(plane + i * piece, n - i * piece, piece, count, look);

		if (here == 0)
			return 0;
		sum += here;
	}
	if (sum >= look->mean_distinct * pieces)
		return 1;
	zipnn_sample_counts(counts, plane, n, LINES, 1);
	return zipnn_entropy(counts) > STORE_FROM;
}

enum zipnn_coder zipnn_plane_choose(const uint8_t *plane, size_t n, int likely_noise)
{
	/* Stops at the first difference, so this costs nothing unless it is true. */
	if (memcmp(plane, plane + 1, n - 1) == 0)
		return ZIPNN_CODER_CONSTANT;
	if (is_noise(plane, n, likely_noise ? &quick_look : &careful_look))
		return ZIPNN_CODER_STORED;
	return n < LANES_MIN_VALUES ? ZIPNN_CODER_HUFFMAN : ZIPNN_CODER_LANES;
}
