// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which coder does a plane deserve? A sample answers, so that noise is not coded in vain.
 *
 * ZipNN paper: section 3.2 (skip what does not compress, and look again later), section 4.2 (zstd
 * where most values are zero or where zeros run long: there LZ finds what a prefix code cannot).
 */
#include "entropy/coder.h"

#include <string.h>

#include "core/log2.h"
#include "entropy/sample.h"

/* 4 KiB in jittered lines: the entropy of noise comes out within 0.02 bit. */
#define LINES 64u

/* Saving less than 1.5 % of a plane is not worth the time to code and decode it. */
#define STORE_FROM (8 * ZIPNN_BIT - 8 * ZIPNN_BIT * 15 / 1000)

/* 256 values of a plane that looks like noise are looked at in each so many. */
#define NOISE_PIECE 8192u
#define NOISE_LINES 4u
/* Of 256 values of noise 162 +- 6 are distinct; of 256 exponents, some 20. */
#define NOISE_MIN_DISTINCT 120u

/*
 * Fewer values than these are left to huffman: a segment of lanes costs 60 to 100 bytes more, which
 * is more than 1 % of them.
 */
#define LANES_MIN_VALUES 8192u

/* From this share of one value on, a prefix code pays too much for it, a bit each: 60 %. */
#define DOMINANT(sampled) ((sampled) / 10 * 6)

/* Whether every part of a plane looks like noise: a plane may be noise here and exponents there. */
static int is_noise_throughout(const uint8_t *plane, size_t n)
{
	for (size_t at = 0; at + NOISE_LINES * ZIPNN_SAMPLE_LINE <= n; at += NOISE_PIECE) {
		const size_t left = n - at;
		uint32_t counts[256] = {0};
		unsigned distinct = 0;

		zipnn_sample_counts(counts, plane + at, left < NOISE_PIECE ? left : NOISE_PIECE,
				    NOISE_LINES, 1);
		for (unsigned v = 0; v < 256; v++)
			distinct += counts[v] > 0;
		if (distinct < NOISE_MIN_DISTINCT)
			return 0;
	}
	return 1;
}

struct zipnn_plane_choice zipnn_plane_choose(const uint8_t *plane, size_t n)
{
	struct zipnn_plane_choice choice = {
	    n < LANES_MIN_VALUES ? ZIPNN_CODER_HUFFMAN : ZIPNN_CODER_LANES, 0, 0};
	uint32_t counts[256] = {0};
	uint32_t sampled = 0;
	uint32_t most = 0;

	/* Stops at the first difference, so this costs nothing unless it is true. */
	if (memcmp(plane, plane + 1, n - 1) == 0)
		return (struct zipnn_plane_choice){ZIPNN_CODER_CONSTANT, 0, 0};
	const unsigned runs = zipnn_sample_counts(counts, plane, n, LINES, 1);

	for (unsigned v = 0; v < 256; v++) {
		sampled += counts[v];
		most = counts[v] > most ? counts[v] : most;
	}
	choice.try_zstd = runs > 0 || most > DOMINANT(sampled);
	choice.entropy = zipnn_entropy(counts);
	if (!choice.try_zstd && choice.entropy > STORE_FROM && is_noise_throughout(plane, n))
		choice.coder = ZIPNN_CODER_STORED;
	return choice;
}
