// SPDX-License-Identifier: BSD-3-Clause
/*
 * Samples of a plane: counts of values in whole cache lines, spread evenly but jittered, because
 * fixed strides alias with the rows of tensors. The same values are taken on every machine.
 */
#ifndef ZIPNN_ENTROPY_SAMPLE_H
#define ZIPNN_ENTROPY_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#define ZIPNN_SAMPLE_LINE 64u

/*
 * A seed for piece i of a plane. Pieces are sampled at places of their own: tensors have rows of
 * the length of a piece, too.
 */
static inline uint32_t zipnn_sample_seed(size_t i)
{
	return (uint32_t)(i + 1) * 2654435769u; /* 2^32 by the golden ratio */
}

/*
 * Add the counts of `lines` lines of n values to counts; all values where n has fewer.
 * Different seeds take different lines. Returns the number of lines whose values are all the same.
 */
unsigned zipnn_sample_counts(uint32_t counts[256], const uint8_t *values, size_t n, size_t lines,
			     uint32_t seed);

struct zipnn_sample_of {
	uint32_t *counts; /* 256 of them, added to */
	const uint8_t *values;
	size_t n;
	uint32_t seed;
	unsigned constant; /* becomes the number of lines whose values are all the same */
};

/* zipnn_sample_counts for each. */
void zipnn_sample_each(struct zipnn_sample_of *of, size_t count, size_t lines);

/*
 * About what a prefix code takes for n bytes: the entropy of 4 KiB of them, and 1/8 bit a byte for
 * a table and for codes of whole bits.
 */
uint64_t zipnn_prefix_coded_size(const uint8_t *values, size_t n);

/* Set found[v] to 1 for each value v of such a sample; n must be lines * 64 at least. */
void zipnn_sample_mark(uint8_t found[256], const uint8_t *values, size_t n, size_t lines,
		       uint32_t seed);

#endif
