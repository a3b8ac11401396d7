// SPDX-License-Identifier: BSD-3-Clause
/*
 * Repeats in weights: duplicated tensors, rows of an embedding that were never trained, tables.
 *
 * Baby steps and giant steps: in a few windows the fingerprint of every element is kept; then one
 * element is looked up at each step of the length of a window. If a window occurs elsewhere as a
 * whole, one step falls into that copy, whatever the distance. Planes save 17 to 34 % of weights,
 * so LZ can only win where repeats are frequent: three windows are likely to meet those.
 *
 * Tables (of sines, of windows of a Fourier transform) repeat value by value. So single values of
 * four and eight bytes are kept and looked up, too: of weights hardly any two are equal.
 */
#include "detect/repeats.h"

#include <string.h>

#include "core/bytes.h"

#define WINDOWS 3u
/*
 * Elements of a window, up to 1 KiB; about as many in all windows as there are steps. Where
 * elements begin at a multiple of their size, copies of them do, too: then steps are as long as a
 * window. In files that align nothing a copy may begin at any byte: then steps are odd and shorter,
 * so that within a window they fall on each byte of an element.
 */
#define MIN_WINDOW_ELEMENTS 64u
#define MAX_WINDOW_ELEMENTS 256u
#define MAX_WINDOW_SIZE ((size_t)1 << 10)
#define UNALIGNED_STEP ((size_t)253)
/* Steps at most: larger inputs take longer ones, and find what is twice in them less often. */
#define MAX_STEPS 1100u

/*
 * What is compared: 16 bytes. Four values of clean FP32 have 36 bits of entropy (of collisions),
 * eight of BF16 more: of 2^18 pairs none is equal by chance.
 */
#define FINGERPRINT 16u
#define SLOT_BITS 10u
#define SLOTS (1u << SLOT_BITS)
/* Steps whose bytes are fetched ahead. */
#define AHEAD 16u

/*
 * Equal values among 200,000 pairs. Where each value occurs four times among 65,536 there are 12;
 * full-precision FP32 weights have 0.01. Values of which many (a quarter) end with seven zero bits
 * are clean, and equal by chance.
 */
#define MIN_EQUAL_VALUES 4u
#define CLEAN_MASK 0x7fu
#define CLEAN_SHARE 4u

/* Tags of hashes; 0: empty. */
struct table {
	uint32_t prints[SLOTS];
	uint32_t values[SLOTS];
	unsigned kept;
	unsigned clean;
	unsigned equal; /* values found again */
};

/*
 * Hashes are sums of products with odd numbers (of splitmix64): the upper bits choose the slot, the
 * next ones are the tag. 0 stands for bytes that are all zero: pruned weights are full of them
 * without being worth LZ.
 */
#define FACTOR ((uint64_t)0xbf58476d1ce4e5b9)
#define OTHER_FACTOR ((uint64_t)0x94d049bb133111eb)

static uint64_t fingerprint(const uint8_t *src)
{
	return zipnn_load64(src) * FACTOR + zipnn_load64(src + 8) * OTHER_FACTOR;
}

/* The same for one value of element_size (4 or 8) bytes. */
static uint64_t value_print(const uint8_t *src, size_t element_size)
{
	return (element_size == 8 ? zipnn_load64(src) : zipnn_load32(src)) * FACTOR;
}

static void keep(uint32_t slots[SLOTS], uint64_t print)
{
	slots[print >> (64 - SLOT_BITS)] = (uint32_t)(print >> 16);
}

static int is_kept(const uint32_t slots[SLOTS], uint64_t print)
{
	return print && slots[print >> (64 - SLOT_BITS)] == (uint32_t)(print >> 16);
}

static void keep_window(struct table *table, const uint8_t *src, size_t from, size_t to,
			size_t element_size)
{
	for (size_t at = from; at < to; at += element_size)
		keep(table->prints, fingerprint(src + at));
	if (element_size < 4)
		return;
	unsigned clean = 0;

	for (size_t at = from; at < to; at += element_size) {
		keep(table->values, value_print(src + at, element_size));
		clean += (src[at] & CLEAN_MASK) == 0;
	}
	table->kept += (unsigned)((to - from) / element_size);
	table->clean += clean;
}

/* Look up one element at each step. */
static int any_known(struct table *table, const uint8_t *src, size_t from, size_t to, size_t step,
		     size_t element_size)
{
	const int has_values = element_size >= 4 && table->clean < table->kept / CLEAN_SHARE;

	for (size_t at = from; at < to; at += step) {
		if (at + AHEAD * step < to)
			__builtin_prefetch(src + at + AHEAD * step);
		if (is_kept(table->prints, fingerprint(src + at)))
			return 1;
		table->equal +=
		    has_values && is_kept(table->values, value_print(src + at, element_size));
		if (table->equal >= MIN_EQUAL_VALUES)
			return 1;
	}
	return 0;
}

static size_t window_size(size_t size, size_t element_size)
{
	size_t elements = MIN_WINDOW_ELEMENTS;

	while (elements < MAX_WINDOW_ELEMENTS &&
	       WINDOWS * elements * elements * element_size < size)
		elements *= 2;
	return elements * element_size < MAX_WINDOW_SIZE ? elements * element_size
							 : MAX_WINDOW_SIZE;
}

int zipnn_has_repeats(const uint8_t *src, size_t size, struct zipnn_layout layout)
{
	const size_t element_size = zipnn_element_size(layout.id);
	const size_t window = window_size(size, element_size);
	const size_t share = (size - layout.phase) / WINDOWS & ~(size_t)7;
	const int aligned = layout.phase == 0;
	size_t step = aligned ? window : UNALIGNED_STEP;
	struct table table;

	if (element_size == 0 || size < layout.phase + WINDOWS * (window + FINGERPRINT + 8))
		return 0;
	/* Longer steps stay odd, or multiples of the element's size. */
	while (size / step > MAX_STEPS)
		step += aligned ? window : 2 * UNALIGNED_STEP;
	memset(&table, 0, sizeof(table));
	/* A window lies in the middle of its share, the steps around it. All but the phase are
	 * multiples of 8. */
	const size_t middle = (share - window - FINGERPRINT) / 2 & ~(size_t)7;

	for (unsigned i = 0; i < WINDOWS; i++) {
		const size_t start = layout.phase + i * share + middle;

		keep_window(&table, src, start, start + window, element_size);
	}
	for (unsigned i = 0; i < WINDOWS; i++) {
		const size_t start = layout.phase + i * share;

		if (any_known(&table, src, start, start + middle, step, element_size) ||
		    any_known(&table, src, start + middle + window, start + share - FINGERPRINT,
			      step, element_size))
			return 1;
	}
	return 0;
}
