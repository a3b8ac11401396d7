// SPDX-License-Identifier: BSD-3-Clause
/*
 * Repeats in weights: duplicated tensors, rows of an embedding that were never trained, tables.
 *
 * Baby steps and giant steps: in a few windows the fingerprint of every element is kept; then one
 * element is looked up at each step of the length of a window. If a window occurs elsewhere as a
 * whole, one step falls into that copy, whatever the distance. Planes save 17 to 34 % of weights,
 * so LZ can only win where repeats are frequent: three windows are likely to meet those.
 *
 * Tables (of sines, of windows of a Fourier transform) repeat value by value. So of elements of
 * four and eight bytes single values are kept and looked up: of weights hardly any two are equal,
 * unless they are clean.
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
 * What is looked up: 8 bytes. Two values of clean FP32 have 18 bits of entropy (of collisions),
 * four of BF16 more: of 2^18 pairs few are equal by chance, and these are compared.
 */
#define FINGERPRINT 8u
#define SLOT_BITS 10u
#define SLOTS (1u << SLOT_BITS)
#define NUMBER_MASK 0x3ffu /* WINDOWS * MAX_WINDOW_ELEMENTS elements */
/*
 * So many bytes around equal fingerprints must be equal, too, and so many of these not zero:
 * between zeros, which pruned weights have most of, the same few values are often found again.
 */
#define MIN_EQUAL_BYTES 16u
#define MIN_NOT_ZERO 12u
#define MAX_COMPARED 512u /* on each side */
/* Steps whose bytes are fetched ahead. */
#define AHEAD 16u

/*
 * Equal values that tell of a table: one for each 50,000 pairs, which are those of 64 KiB, up to
 * four. Where each value occurs four times among 65,536 there are 12 in 200,000 pairs;
 * full-precision FP32 weights have 0.01. Values of which many (a quarter) end with seven zero bits
 * are clean.
 */
#define EQUAL_VALUES_SHARE ((size_t)64 << 10)
#define MAX_EQUAL_VALUES 4u
#define CLEAN_MASK 0x7fu
#define CLEAN_SHARE 4u
#define CLEAN_STEP 4u

/* Tags of hashes; 0: empty. In the lowest bits: the element's number in all windows. */
struct table {
	uint32_t slots[SLOTS];
	size_t starts[WINDOWS];
	size_t element_size;
	int by_value;    /* single values are looked up, not FINGERPRINT bytes */
	unsigned equal;  /* values found again that are not part of a copy */
	unsigned needed; /* of them */
};

/*
 * Hashes are products with an odd number (of splitmix64): the upper bits choose the slot, the next
 * ones are the tag. 0 stands for bytes that are all zero: pruned weights are full of them
 * without being worth LZ.
 */
#define FACTOR ((uint64_t)0xbf58476d1ce4e5b9)

static uint64_t fingerprint(const uint8_t *src)
{
	return zipnn_load64(src) * FACTOR;
}

/* The same for one value of element_size (4 or 8) bytes. */
static uint64_t value_print(const uint8_t *src, size_t element_size)
{
	return (element_size == 8 ? zipnn_load64(src) : zipnn_load32(src)) * FACTOR;
}

static size_t slot_of(uint64_t print)
{
	return print >> (64 - SLOT_BITS);
}

static uint32_t tag_of(uint64_t print)
{
	return (uint32_t)(print >> 16) & ~NUMBER_MASK;
}

static void keep(struct table *table, uint64_t print, uint32_t number)
{
	table->slots[slot_of(print)] = tag_of(print) | number;
}

static void keep_window(struct table *table, const uint8_t *src, unsigned window, size_t size)
{
	const size_t step = table->element_size;
	const uint8_t *at = src + table->starts[window];
	const uint8_t *end = at + size;
	uint32_t number = window * MAX_WINDOW_ELEMENTS;

	if (table->by_value) {
		for (; at < end; at += step)
			keep(table, value_print(at, step), number++);
	} else {
		for (; at < end; at += step)
			keep(table, fingerprint(at), number++);
	}
}

/* Clean values are equal by chance. One in CLEAN_STEP of those in the windows is looked at. */
static int is_clean(const struct table *table, const uint8_t *src, size_t size)
{
	const size_t step = table->element_size * CLEAN_STEP;
	size_t clean = 0;

	for (unsigned i = 0; i < WINDOWS; i++) {
		for (size_t at = 0; at < size; at += step)
			clean += (src[table->starts[i] + at] & CLEAN_MASK) == 0;
	}
	return clean >= WINDOWS * size / step / CLEAN_SHARE;
}

/* Is what lies around one offset found around the other, too, beyond what zeros make equal? */
static int is_copy(const uint8_t *src, size_t size, size_t one, size_t other)
{
	const size_t lower = one < other ? one : other;
	const size_t upper = one < other ? other : one;
	size_t equal = 0;
	size_t not_zero = 0;

	for (size_t i = 0; i < MAX_COMPARED && upper + i < size && src[one + i] == src[other + i];
	     i++, equal++)
		not_zero += src[one + i] != 0;
	for (size_t i = 1; i <= MAX_COMPARED && i <= lower && src[one - i] == src[other - i];
	     i++, equal++)
		not_zero += src[one - i] != 0;
	return equal >= MIN_EQUAL_BYTES && not_zero >= MIN_NOT_ZERO;
}

/* Does what begins at `at` lie in one of the windows, too? Counts single values in *table. */
static int is_known(struct table *table, const uint8_t *src, size_t size, size_t at)
{
	const uint64_t print =
	    table->by_value ? value_print(src + at, table->element_size) : fingerprint(src + at);
	const uint32_t found = table->slots[slot_of(print)];
	const uint32_t number = found & NUMBER_MASK;

	if (!print || (found ^ tag_of(print)) > NUMBER_MASK)
		return 0;
	if (is_copy(src, size, at,
		    table->starts[number / MAX_WINDOW_ELEMENTS] +
			number % MAX_WINDOW_ELEMENTS * table->element_size))
		return 1;
	table->equal += (unsigned)table->by_value;
	return table->equal >= table->needed;
}

/* Look up one element at each step. */
static int any_known(struct table *table, const uint8_t *src, size_t size, size_t from, size_t to,
		     size_t step)
{
	for (size_t at = from; at < to; at += step) {
		if (at + AHEAD * step < to)
			__builtin_prefetch(src + at + AHEAD * step);
		if (is_known(table, src, size, at))
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

static unsigned equal_values_needed(size_t size)
{
	const size_t needed = size / EQUAL_VALUES_SHARE;

	return needed < 1 ? 1 : needed < MAX_EQUAL_VALUES ? (unsigned)needed : MAX_EQUAL_VALUES;
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
	table.element_size = element_size;
	table.needed = equal_values_needed(size);
	/* A window lies in the middle of its share, the steps around it. All but the phase are
	 * multiples of 8. */
	const size_t middle = (share - window - FINGERPRINT) / 2 & ~(size_t)7;

	for (unsigned i = 0; i < WINDOWS; i++)
		table.starts[i] = layout.phase + i * share + middle;
	table.by_value = element_size >= 4 && !is_clean(&table, src, window);
	for (unsigned i = 0; i < WINDOWS; i++)
		keep_window(&table, src, i, window);
	for (unsigned i = 0; i < WINDOWS; i++) {
		const size_t start = layout.phase + i * share;

		if (any_known(&table, src, size, start, start + middle, step) ||
		    any_known(&table, src, size, start + middle + window,
			      start + share - FINGERPRINT, step))
			return 1;
	}
	return 0;
}
