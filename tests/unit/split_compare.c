// SPDX-License-Identifier: BSD-3-Clause
/* One kernel against the scalar ones: see split_compare.h. */
#include "split_compare.h"

#include <stdio.h>

#include "guard.h"

#define DENSE 300u        /* all numbers of elements up to here */
#define LONGEST 131075u   /* elements: some more than a block of BF16 has */
#define ALIGNMENTS 64u    /* no register is wider */
#define AT_END ALIGNMENTS /* instead of an alignment: up to the page that may not be touched */

/* What the elements hold. Wrong places show with RANDOM, wrong bits with the others. */
enum pattern {
	RANDOM,
	ZEROS,
	ONES,
	ONE_BIT,   /* one bit of each element, every bit in turn */
	NOT_A_BIT, /* all but that one */
	ENDS,      /* only the bits that the rotation moves past one another */
	PATTERN_COUNT,
};

static const char *const pattern_names[PATTERN_COUNT] = {"random",  "zeros",     "ones",
							 "one bit", "not a bit", "ends"};

struct arena {
	const struct zipnn_split_kernels *kernels;
	struct guard_pages src, dst, planes[ZIPNN_MAX_PLANES];
	uint8_t *expected; /* plane after plane */
	char *message;
	size_t message_size;
};

struct trial {
	enum zipnn_layout_id layout;
	size_t n;
	unsigned alignment;
	enum pattern pattern;
};

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 32;
}

static void fill(uint8_t *dst, const struct trial *trial)
{
	const unsigned element_size = zipnn_element_size(trial->layout);
	const unsigned bits = 8 * element_size;
	uint64_t state = trial->n + 1000 * trial->layout;

	for (size_t i = 0; i < trial->n * element_size; i++) {
		const unsigned byte = (unsigned)(i % element_size);
		const unsigned bit = (unsigned)(i / element_size % bits);
		const unsigned one_bit = bit / 8 == byte ? 1u << bit % 8 : 0;
		const unsigned ends = (byte == element_size - 1 ? bit & 2 ? 0x80u : 0x40u : 0) |
				      (byte == 0 ? bit & 1 : 0);
		const unsigned values[PATTERN_COUNT] = {
		    (unsigned)next_random(&state), 0, 0xff, one_bit, ~one_bit, ends};

		dst[i] = (uint8_t)values[trial->pattern];
	}
}

/* Where size bytes go, with a border of known bytes around them, as far as there is room. */
static uint8_t *place(const struct guard_pages *pages, size_t size, unsigned alignment)
{
	uint8_t *at = alignment == AT_END ? pages->end - size : pages->begin + alignment;
	size_t before = (size_t)(at - pages->begin);
	size_t behind = (size_t)(pages->end - at) - size;

	before = before < GUARD_BORDER ? before : GUARD_BORDER;
	behind = behind < GUARD_BORDER ? behind : GUARD_BORDER;
	memset(at - before, GUARD_BYTE, before + size + behind);
	return at;
}

static int border_intact(const struct guard_pages *pages, const uint8_t *at, size_t size)
{
	for (const uint8_t *p = at; p > pages->begin && at - p < GUARD_BORDER; p--) {
		if (p[-1] != GUARD_BYTE)
			return 0;
	}
	for (const uint8_t *p = at + size; p < pages->end && p < at + size + GUARD_BORDER; p++) {
		if (*p != GUARD_BYTE)
			return 0;
	}
	return 1;
}

static int complain(const struct arena *arena, const struct trial *trial, const char *what)
{
	(void)snprintf(arena->message, arena->message_size,
		       "%s: %s, %zu elements, alignment %u (%u: at the end), %s",
		       zipnn_layout_name(trial->layout), what, trial->n, trial->alignment, AT_END,
		       pattern_names[trial->pattern]);
	return -1;
}

/* Each pointer gets an alignment of its own, derived from the trial's. */
static unsigned vary(unsigned alignment, unsigned step)
{
	return alignment == AT_END ? AT_END : (alignment + step) % ALIGNMENTS;
}

static int compare_split(const struct arena *arena, const struct trial *trial, const uint8_t *src)
{
	const unsigned element_size = zipnn_element_size(trial->layout);
	uint8_t *expected[ZIPNN_MAX_PLANES];
	uint8_t *planes[ZIPNN_MAX_PLANES];

	for (unsigned k = 0; k < element_size; k++) {
		expected[k] = arena->expected + k * trial->n;
		planes[k] = place(&arena->planes[k], trial->n, vary(trial->alignment, 7 * k + 5));
	}
	zipnn_split_kernels(ZIPNN_ISA_SCALAR)->split(trial->layout, expected, src, trial->n);
	arena->kernels->split(trial->layout, planes, src, trial->n);
	for (unsigned k = 0; k < element_size; k++) {
		if (memcmp(planes[k], expected[k], trial->n) != 0)
			return complain(arena, trial, "split gives another plane");
		if (!border_intact(&arena->planes[k], planes[k], trial->n))
			return complain(arena, trial, "split writes beside a plane");
	}
	return 0;
}

/* Merges what compare_split left in the expected planes. */
static int compare_merge(const struct arena *arena, const struct trial *trial, const uint8_t *src)
{
	const unsigned element_size = zipnn_element_size(trial->layout);
	const size_t size = trial->n * element_size;
	uint8_t *dst = place(&arena->dst, size, vary(trial->alignment, 3));
	const uint8_t *planes[ZIPNN_MAX_PLANES];

	for (unsigned k = 0; k < element_size; k++) {
		uint8_t *plane = place(&arena->planes[k], trial->n, vary(trial->alignment, 9 * k));

		memcpy(plane, arena->expected + k * trial->n, trial->n);
		planes[k] = plane;
	}
	arena->kernels->merge(trial->layout, dst, planes, trial->n);
	if (memcmp(dst, src, size) != 0)
		return complain(arena, trial, "merge gives other elements");
	if (!border_intact(&arena->dst, dst, size))
		return complain(arena, trial, "merge writes beside the elements");
	return 0;
}

static int compare(const struct arena *arena, const struct trial *trial)
{
	uint8_t *src =
	    place(&arena->src, trial->n * zipnn_element_size(trial->layout), trial->alignment);

	fill(src, trial);
	return compare_split(arena, trial, src) != 0 ? -1 : compare_merge(arena, trial, src);
}

static int compare_layout(const struct arena *arena, enum zipnn_layout_id layout)
{
	static const size_t runs[] = {1023, 4097, 65537, LONGEST};

	for (unsigned n = 0; n <= DENSE; n++) {
		for (unsigned alignment = 0; alignment <= AT_END; alignment++) {
			if (compare(arena, &(struct trial){layout, n, alignment, RANDOM}) != 0)
				return -1;
		}
		for (unsigned pattern = 1; pattern < PATTERN_COUNT; pattern++) {
			if (compare(arena, &(struct trial){layout, n, AT_END, pattern}) != 0)
				return -1;
		}
	}
	for (unsigned i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		for (unsigned alignment = 0; alignment <= AT_END; alignment += 32) {
			if (compare(arena, &(struct trial){layout, runs[i], alignment, RANDOM}) !=
			    0)
				return -1;
		}
	}
	return 0;
}

int split_compare(const struct zipnn_split_kernels *kernels, char *message, size_t size)
{
	const size_t room = LONGEST + ALIGNMENTS;
	struct arena arena = {kernels,
			      guard_pages_new(ZIPNN_MAX_PLANES * room),
			      guard_pages_new(ZIPNN_MAX_PLANES * room),
			      {{0}},
			      malloc(ZIPNN_MAX_PLANES * room),
			      message,
			      size};
	int result = 0;

	if (!arena.expected)
		abort();
	for (unsigned k = 0; k < ZIPNN_MAX_PLANES; k++)
		arena.planes[k] = guard_pages_new(room);
	for (unsigned id = ZIPNN_LAYOUT_BYTES; result == 0 && id < ZIPNN_LAYOUT_COUNT; id++)
		result = compare_layout(&arena, (enum zipnn_layout_id)id);
	for (unsigned k = 0; k < ZIPNN_MAX_PLANES; k++)
		guard_pages_free(&arena.planes[k]);
	guard_pages_free(&arena.src);
	guard_pages_free(&arena.dst);
	free(arena.expected);
	return result;
}
