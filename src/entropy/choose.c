// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which coder does a plane deserve? A sample answers, so that noise is not coded in vain.
 *
 * ZipNN paper: section 3.2 (skip what does not compress), section 4.2 (zstd where more than 90 % of
 * the values are zero: there runs pay more than a prefix code can, which needs a bit for each).
 */
#include "entropy/coder.h"

#include <string.h>

#include "core/log2.h"

/* 4 KiB in jittered lines: the entropy of noise comes out within 0.02 bit. */
#define LINE_SIZE 64u
#define LINES 64u

/* Saving less than 1.5 % of a plane is not worth the time to code and decode it. */
#define STORE_FROM (8 * ZIPNN_BIT - 8 * ZIPNN_BIT * 15 / 1000)

static void count(uint32_t counts[256], const uint8_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		counts[values[i]]++;
}

static size_t sample_plane(uint32_t counts[256], const uint8_t *plane, size_t n)
{
	if (n <= (size_t)LINES * LINE_SIZE) {
		count(counts, plane, n);
		return n;
	}
	size_t stride = n / LINES;
	uint32_t random = 1; /* a fixed seed: the choice depends on the bytes alone */

	for (size_t i = 0; i < LINES; i++) {
		random = random * 1664525u + 1013904223u;
		count(counts, plane + i * stride + (random >> 8) % (stride - LINE_SIZE + 1),
		      LINE_SIZE);
	}
	return (size_t)LINES * LINE_SIZE;
}

enum zipnn_coder zipnn_plane_choose(const uint8_t *plane, size_t n)
{
	uint32_t counts[256] = {0};

	/* Stops at the first difference, so this costs nothing unless it is true. */
	if (memcmp(plane, plane + 1, n - 1) == 0)
		return ZIPNN_CODER_CONSTANT;
	size_t sampled = sample_plane(counts, plane, n);

	if (counts[0] > sampled / 10 * 9)
		return ZIPNN_CODER_ZSTD;
	if (zipnn_entropy(counts) > STORE_FROM)
		return ZIPNN_CODER_STORED;
	return ZIPNN_CODER_HUFFMAN;
}
