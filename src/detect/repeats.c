// SPDX-License-Identifier: BSD-3-Clause
/*
 * Repeats in weights: duplicated tensors, rows of an embedding that were never trained, tables.
 *
 * Baby steps and giant steps: in a few windows the fingerprint of every element is kept; then one
 * element is looked up at each step of the length of a window. If a window occurs elsewhere as a
 * whole, one step falls into that copy, whatever the distance. Planes save 17 to 34 % of weights,
 * so LZ can only win where repeats are frequent: four windows are likely to meet those.
 *
 * Tables (of sines, of windows of a Fourier transform) repeat value by value. So single values of
 * four and eight bytes are kept and looked up, too: of weights hardly any two are equal.
 */
#include "detect/repeats.h"

#include <string.h>

#include "core/bytes.h"

#define WINDOWS 4u
/*
 * Elements of a window. Where elements begin at a multiple of their size, copies of them do, too.
 * In files that align nothing a copy may begin at any byte: then windows are longer and steps odd,
 * so that within a window they fall on each byte of an element.
 */
#define WINDOW_ELEMENTS 128u
#define MAX_WINDOW_SIZE ((size_t)512)
#define UNALIGNED_ELEMENTS 256u
#define UNALIGNED_STEP ((size_t)253)
/* Steps at most: larger inputs take longer ones, and find what is twice in them less often. */
#define MAX_STEPS 1100u

/*
 * What is compared: 16 bytes. Clean FP32 has 9 bits of entropy (of collisions) a value, four values
 * 36; eight of BF16 more. Of 2^19 pairs none is equal by chance.
 */
#define FINGERPRINT 16u
#define SLOT_BITS 10u
#define SLOTS (1u << SLOT_BITS)
/* Steps whose bytes are fetched ahead. */
#define AHEAD 16u

/*
 * Equal values among half a million pairs. Where each value occurs four times among 65,536 there
 * are 16; full-precision FP32 weights have 0.02. Values of which many (a quarter) end with seven
 * zero bits are clean, and equal by chance.
 */
#define MIN_EQUAL_VALUES 4u
#define CLEAN_MASK 0x7fu
#define CLEAN_SHARE 4u

struct slot {
	uint32_t tag; /* 0: empty */
	uint32_t position;
};

struct table {
	struct slot prints[SLOTS];
	uint32_t values[SLOTS]; /* tags; 0: empty */
	unsigned kept;
	unsigned clean;
};

/* A hash of the 16 bytes at src, never 0; 0 if they are all zero, which pruned weights are full of
 * without being worth LZ. */
static uint64_t fingerprint(const uint8_t *src)
{
	uint64_t low = zipnn_load64(src);
	uint64_t high = zipnn_load64(src + 8);

	if ((low | high) == 0)
		return 0;
	/* Odd constants of splitmix64. */
	low = (low ^ high >> 29) * 0xbf58476d1ce4e5b9u;
	high = (high ^ low >> 32) * 0x94d049bb133111ebu;
	return (low ^ high ^ high >> 31) | 1;
}

/* A hash of one value of element_size (4 or 8) bytes, 0 for zero. */
static uint64_t value_print(const uint8_t *src, size_t element_size)
{
	uint64_t bits = element_size == 8 ? zipnn_load64(src) : zipnn_load32(src);

	return bits * 0xbf58476d1ce4e5b9u;
}

static uint32_t value_tag(uint64_t print)
{
	return (uint32_t)(print >> 16) | 1;
}

static void keep_window(struct table *table, const uint8_t *src, size_t from, size_t to,
			size_t element_size)
{
	for (size_t at = from; at < to; at += element_size) {
		uint64_t print = fingerprint(src + at);

		if (print)
			table->prints[print >> (64 - SLOT_BITS)] =
			    (struct slot){(uint32_t)print, (uint32_t)at};
		if (element_size < 4)
			continue;
		print = value_print(src + at, element_size);
		table->values[print >> (64 - SLOT_BITS)] = print ? value_tag(print) : 0;
		table->kept++;
		table->clean += (src[at] & CLEAN_MASK) == 0;
	}
}

static int has_equal_value(const struct table *table, const uint8_t *src, size_t element_size)
{
	uint64_t print = value_print(src, element_size);

	return print && table->values[print >> (64 - SLOT_BITS)] == value_tag(print);
}

/* Look up one element at each step. */
static int any_known(const struct table *table, const uint8_t *src, size_t size, size_t first,
		     size_t step, size_t element_size)
{
	const int has_values = element_size >= 4 && table->clean < table->kept / CLEAN_SHARE;
	unsigned equal = 0;

	for (size_t at = first; at + FINGERPRINT <= size; at += step) {
		if (at + AHEAD * step < size)
			__builtin_prefetch(src + at + AHEAD * step);
		uint64_t print = fingerprint(src + at);
		const struct slot *slot = &table->prints[print >> (64 - SLOT_BITS)];
		const int is_kept = print && slot->tag == (uint32_t)print;

		if (is_kept && slot->position != (uint32_t)at)
			return 1;
		/* A step into a window would find its own value. */
		equal += has_values && !is_kept && has_equal_value(table, src + at, element_size);
		if (equal >= MIN_EQUAL_VALUES)
			return 1;
	}
	return 0;
}

int zipnn_has_repeats(const uint8_t *src, size_t size, struct zipnn_layout layout)
{
	const size_t element_size = zipnn_element_size(layout.id);
	const int aligned = layout.phase == 0;
	const size_t elements = element_size * (aligned ? WINDOW_ELEMENTS : UNALIGNED_ELEMENTS);
	const size_t window = aligned && elements > MAX_WINDOW_SIZE ? MAX_WINDOW_SIZE : elements;
	const size_t share = size / WINDOWS & ~(size_t)7;
	struct table table;
	size_t step = aligned ? window : UNALIGNED_STEP;

	if (share < window + FINGERPRINT + 8)
		return 0;
	/* Longer steps stay odd, or multiples of the element's size. */
	while (size / step > MAX_STEPS)
		step += aligned ? window : 2 * UNALIGNED_STEP;
	/* In the middle of each share; all sums are of multiples of 8, but for the phase. */
	const size_t first = layout.phase + ((share - window - FINGERPRINT) / 2 & ~(size_t)7);

	memset(&table, 0, sizeof(table));
	for (unsigned i = 0; i < WINDOWS; i++)
		keep_window(&table, src, first + i * share, first + i * share + window,
			    element_size);
	return any_known(&table, src, size, layout.phase, step, element_size);
}
