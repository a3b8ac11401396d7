// SPDX-License-Identifier: BSD-3-Clause
/*
 * Test data made on the spot: weights, text, noise and what else a pool meets.
 *
 * The same seed gives the same bytes on every machine (integer generators, exact conversions), so a
 * failure can be repeated from its message alone.
 */
#ifndef ZIPNN_TESTS_UNIT_DATA_H
#define ZIPNN_TESTS_UNIT_DATA_H

#include <stddef.h>
#include <stdint.h>

enum data_kind {
	DATA_ZEROS,
	DATA_CONSTANT,
	DATA_NOISE,
	DATA_TEXT,
	DATA_BF16,
	DATA_FP16,
	DATA_FP32,
	DATA_FP64,
	DATA_FP8,
	DATA_CLEAN_FP32,  /* FP32 made from BF16: the lower two bytes are zero */
	DATA_SPARSE_FP32, /* one value in twenty is not zero */
	DATA_COUNTER16,
	DATA_COUNTER32,
	DATA_JPEG_LIKE, /* noise in which 00 follows every FF */
	DATA_ZSTD,      /* text that is compressed already */
	DATA_MIX,       /* pieces of all of these, cut at odd places */
	DATA_KIND_COUNT,
};

const char *data_kind_name(enum data_kind kind);

/* The next value of a generator (splitmix64); any state is a good seed. */
uint64_t data_random(uint64_t *state);

/* A value of about the standard normal distribution: the sum of twelve uniform ones, minus six. */
double data_gaussian(uint64_t *state);

/* The bits of a value in two bytes, rounded to nearest even. */
uint16_t data_bf16(float value);
uint16_t data_fp16(float value);

void data_fill(enum data_kind kind, uint8_t *dst, size_t size, uint64_t seed);

/*
 * Fill dst with a slice of an array of weights of standard deviation 0.02, of kind BF16, FP16, FP32
 * or FP64, in which the first whole element begins at byte phase.
 */
void data_weights(enum data_kind kind, uint8_t *dst, size_t size, unsigned phase, uint64_t seed);

/*
 * Fill dst with such weights in FP16, of which about so many tenths, at random, are zero. size is
 * even.
 */
void data_pruned_fp16(uint8_t *dst, size_t size, unsigned tenths, uint64_t seed);

/* Bit patterns that arithmetic would not carry through, as elements of 2, 4 or 8 bytes: zeros of
 * both signs, subnormals, the extremes, infinities, quiet and signalling NaNs with payloads. */
void data_special_values(uint8_t *dst, size_t count, unsigned element_size, uint64_t seed);

#endif
