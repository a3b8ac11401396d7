// SPDX-License-Identifier: BSD-3-Clause
/*
 * The rival of zipnn bench splits and merges with kernels of its own. If they did not make the very
 * planes that the library makes, its sizes would be those of another format, and its speed that of
 * other work.
 */
#include "cli/bench/split_fast.h"
#include "cmocka_all.h"
#include "data.h"
#include "guard.h"
#include "split/split.h"

#define MAX_ELEMENTS 4099u
#define GAP 40u /* bytes between planes, none of which may be written */

/* Planes of n values, at odd distances, so that no two have the same alignment. */
static void place(uint8_t *planes[], uint8_t *memory, unsigned count, size_t n)
{
	for (unsigned k = 0; k < count; k++)
		planes[k] = memory + k * (n + GAP) + k;
}

static size_t room(unsigned count, size_t n)
{
	return count * (n + GAP) + count;
}

static void check(enum zipnn_layout_id layout, const uint8_t *src, size_t n, size_t offset)
{
	const unsigned element = zipnn_element_size(layout);
	struct guard expected = guard_new(room(element, n), offset);
	struct guard fast = guard_new(room(element, n), offset);
	struct guard out = guard_new(n * element, offset);
	uint8_t *in = exact_copy(src, n * element);
	uint8_t *planes[ZIPNN_MAX_PLANES] = {NULL};
	const uint8_t *const_planes[ZIPNN_MAX_PLANES] = {NULL};

	place(planes, expected.data, element, n);
	zipnn_split(layout, planes, in, n);
	place(planes, fast.data, element, n);
	split_fast(layout, planes, in, n);
	/* The gaps too: both were filled alike. */
	assert_memory_equal(fast.data, expected.data, fast.size);
	assert_true(guard_intact(&fast, fast.size));

	for (unsigned k = 0; k < element; k++)
		const_planes[k] = planes[k];
	merge_fast(layout, out.data, const_planes, n);
	if (n > 0)
		assert_memory_equal(out.data, src, n * element);
	assert_true(guard_intact(&out, out.size));
	guard_free(&expected);
	guard_free(&fast);
	guard_free(&out);
	free(in);
}

static void same_planes_as_the_library(void **state)
{
	/* Around a kernel's 32 elements, and long enough for many steps and any rest. */
	static const size_t lengths[] = {
	    0,           1, 2, 31, 32, 33, 63, 64, 65, 95, 96, 97, 1023, 4096, MAX_ELEMENTS - 1,
	    MAX_ELEMENTS};
	uint8_t *src = malloc((size_t)MAX_ELEMENTS * 8);

	(void)state;
	assert_non_null(src);
	data_fill(DATA_NOISE, src, (size_t)MAX_ELEMENTS * 8, 1);
	for (unsigned id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++) {
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			for (size_t offset = 0; offset < 4; offset++)
				check((enum zipnn_layout_id)id, src, lengths[i], offset);
		}
	}
	free(src);
}

/* Every bit of an element goes to one place and comes back from there. */
static void each_bit_alone(void **state)
{
	uint8_t src[64 * 8];

	(void)state;
	for (unsigned id = ZIPNN_LAYOUT_BF16; id < ZIPNN_LAYOUT_COUNT; id++) {
		unsigned element = zipnn_element_size((enum zipnn_layout_id)id);

		for (unsigned bit = 0; bit < 8 * element; bit++) {
			memset(src, 0, sizeof(src));
			for (unsigned i = 0; i < 64; i += bit % 5 + 1)
				src[i * element + bit / 8] = (uint8_t)(1u << bit % 8);
			check((enum zipnn_layout_id)id, src, 64, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_planes_as_the_library),
	    cmocka_unit_test(each_bit_alone),
	};

	return cmocka_run_group_tests_name("bench_split", tests, NULL, NULL);
}
