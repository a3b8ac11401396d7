// SPDX-License-Identifier: BSD-3-Clause
/*
 * Split and merge decide whether data survives: whatever the kernel, they must do what FORMAT.md
 * section 3.1 says, bit for bit, for every pattern, length and alignment, and nothing else.
 *
 * All tests run for every kernel that this machine has (and ZIPNN_CPU allows). The reference below
 * is written with multiplication and division, so that it shares no idea (and no mistake) with the
 * kernels; split_compare.c then compares the faster kernels with the scalar one, more densely.
 */
#include <stdio.h>

#include "cmocka_all.h"
#include "data.h"
#include "guard.h"
#include "split/split.h"
#include "split_compare.h"
#include "zipnn.h"

#define MAX_ELEMENTS 65536u
#define GAP 24u /* bytes between planes, none of which may be written */

/* Those under test: main goes through all. */
static const struct zipnn_split_kernels *kernels;

/* Byte k of the element at src, rotated left by one bit if the layout has more than one plane. */
static uint8_t reference_byte(const uint8_t *src, unsigned element_size, unsigned k)
{
	uint64_t value = 0;

	for (unsigned i = element_size; i > 0; i--)
		value = value * 256 + src[i - 1];
	if (element_size > 1) {
		uint64_t half = 1;

		for (unsigned i = 0; i < 8 * element_size - 1; i++)
			half *= 2;
		value = value % half * 2 + value / half;
	}
	for (unsigned i = 0; i < element_size - 1 - k; i++)
		value /= 256;
	return (uint8_t)(value % 256);
}

/* Split and merge n elements at src, from and to memory shifted by the given offsets. */
static void check_layout(enum zipnn_layout_id layout, const uint8_t *src, size_t n,
			 size_t src_offset, size_t plane_offset)
{
	const unsigned element_size = zipnn_element_size(layout);
	const size_t size = n * element_size;
	const size_t pitch = n + GAP;
	struct guard in = guard_new(size, src_offset);
	struct guard middle = guard_new(element_size * pitch, plane_offset);
	struct guard out = guard_new(size, plane_offset + src_offset);
	uint8_t *planes[ZIPNN_MAX_PLANES] = {NULL};
	const uint8_t *const_planes[ZIPNN_MAX_PLANES] = {NULL};

	if (size)
		memcpy(in.data, src, size);
	for (unsigned k = 0; k < element_size; k++) {
		planes[k] = middle.data + k * pitch;
		const_planes[k] = planes[k];
	}
	kernels->split(layout, planes, in.data, n);
	for (unsigned k = 0; k < element_size; k++) {
		for (size_t i = 0; i < n; i++) {
			uint8_t expected = reference_byte(src + i * element_size, element_size, k);

			if (planes[k][i] != expected)
				fail_msg("%s: plane %u, value %zu of %zu: %02x, expected %02x",
					 zipnn_layout_name(layout), k, i, n, planes[k][i],
					 expected);
		}
		for (size_t i = n; i < pitch; i++)
			assert_int_equal(planes[k][i], GUARD_BYTE);
	}
	assert_true(guard_intact(&middle, middle.size));
	if (size)
		assert_memory_equal(in.data, src, size);

	kernels->merge(layout, out.data, const_planes, n);
	if (size)
		assert_memory_equal(out.data, src, size);
	assert_true(guard_intact(&out, out.size));
	assert_true(guard_intact(&in, in.size));
	guard_free(&in);
	guard_free(&middle);
	guard_free(&out);
}

static void worked_example_of_the_format(void **state)
{
	static const uint8_t raw[] = {0x80, 0x3f, 0x80, 0xbf, 0xc0, 0x3f, 0x00, 0x40};
	static const uint8_t exponents[] = {0x7f, 0x7f, 0x7f, 0x80};
	static const uint8_t mantissas[] = {0x00, 0x01, 0x80, 0x00};
	uint8_t high[4];
	uint8_t low[4];
	uint8_t *const planes[] = {high, low};

	(void)state;
	kernels->split(ZIPNN_LAYOUT_BF16, planes, raw, 4);
	assert_memory_equal(high, exponents, 4);
	assert_memory_equal(low, mantissas, 4);
}

static void layouts_of_the_format(void **state)
{
	static const struct {
		const char *name;
		unsigned element_size;
	} layouts[ZIPNN_LAYOUT_COUNT] = {{"stored", 0}, {"bytes", 1}, {"fp8", 1}, {"bf16", 2},
					 {"fp16", 2},   {"fp32", 4},  {"fp64", 8}};

	(void)state;
	for (unsigned id = 0; id < ZIPNN_LAYOUT_COUNT; id++) {
		assert_int_equal(zipnn_element_size((enum zipnn_layout_id)id),
				 layouts[id].element_size);
		assert_string_equal(zipnn_layout_name((enum zipnn_layout_id)id), layouts[id].name);
	}
	assert_string_equal(zipnn_layout_name(ZIPNN_LAYOUT_COUNT), "unknown");
	assert_string_equal(zipnn_layout_name(ZIPNN_LAYOUT_END), "unknown");
	/* The public names are the same numbers. */
	assert_int_equal(ZIPNN_DTYPE_BYTES, ZIPNN_LAYOUT_BYTES);
	assert_int_equal(ZIPNN_DTYPE_FP8, ZIPNN_LAYOUT_FP8);
	assert_int_equal(ZIPNN_DTYPE_BF16, ZIPNN_LAYOUT_BF16);
	assert_int_equal(ZIPNN_DTYPE_FP16, ZIPNN_LAYOUT_FP16);
	assert_int_equal(ZIPNN_DTYPE_FP32, ZIPNN_LAYOUT_FP32);
	assert_int_equal(ZIPNN_DTYPE_FP64, ZIPNN_LAYOUT_FP64);
}

static void every_layout_length_and_alignment(void **state)
{
	uint8_t src[130 * 8];

	(void)state;
	data_fill(DATA_NOISE, src, sizeof(src), 1);
	for (unsigned id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++) {
		for (size_t n = 0; n <= 130; n++) {
			for (size_t offset = 0; offset < 8; offset++)
				check_layout((enum zipnn_layout_id)id, src, n, offset,
					     (offset * 5 + n) % 8);
		}
	}
}

static void same_as_the_scalar_kernels(void **state)
{
	char message[256];

	(void)state;
	if (split_compare(kernels, message, sizeof(message)) != 0)
		fail_msg("%s", message);
}

/* Long enough that a kernel of any width meets its main loop, its end and a carry between them. */
static void long_runs(void **state)
{
	const size_t lengths[] = {255, 256, 257, 4095, 4097, MAX_ELEMENTS - 1, MAX_ELEMENTS};
	uint8_t *src = malloc((size_t)MAX_ELEMENTS * 8);

	(void)state;
	assert_non_null(src);
	data_fill(DATA_NOISE, src, (size_t)MAX_ELEMENTS * 8, 2);
	for (unsigned id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++) {
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
			check_layout((enum zipnn_layout_id)id, src, lengths[i], i % 4, i % 3);
	}
	free(src);
}

static void all_patterns_of_two_bytes(void **state)
{
	uint8_t *src = malloc((size_t)65536 * 2);

	(void)state;
	assert_non_null(src);
	for (unsigned v = 0; v < 65536; v++) {
		src[2 * v] = (uint8_t)v;
		src[2 * v + 1] = (uint8_t)(v >> 8);
	}
	check_layout(ZIPNN_LAYOUT_BF16, src, 65536, 0, 0);
	check_layout(ZIPNN_LAYOUT_FP16, src, 65536, 1, 3);
	free(src);
}

static void special_values(void **state)
{
	const size_t n = 4803; /* every pattern, with both signs, hundreds of payloads */
	uint8_t *src = malloc(n * 8);

	(void)state;
	assert_non_null(src);
	for (unsigned id = ZIPNN_LAYOUT_BF16; id < ZIPNN_LAYOUT_COUNT; id++) {
		data_special_values(src, n, zipnn_element_size((enum zipnn_layout_id)id), id);
		check_layout((enum zipnn_layout_id)id, src, n, 0, 0);
		check_layout((enum zipnn_layout_id)id, src, n, 3, 1);
	}
	free(src);
}

/* The patterns an FPU is known to change, by name: they come back as they were. */
static void named_values_keep_their_bits(void **state)
{
	static const uint32_t fp32[] = {
	    0x7f800001,             /* signalling NaN */
	    0xffc01234,             /* quiet NaN with sign and payload */
	    0x7f800000, 0xff800000, /* infinities */
	    0x80000000,             /* -0 */
	    0x00000001, 0x807fffff, /* subnormals */
	};
	static const uint64_t fp64[] = {0x7ff0000000000001, 0xfff8000000abcdef, 0x7ff0000000000000,
					0xfff0000000000000, 0x8000000000000000, 0x0000000000000001,
					0x800fffffffffffff};
	/* Sign to the bottom, all of the exponent in plane 0. */
	static const uint8_t fp32_top[] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00};
	static const uint8_t fp32_bottom[] = {0x02, 0x69, 0x00, 0x01, 0x01, 0x02, 0xff};
	uint8_t raw[7 * 8];
	uint8_t split[8][7];
	uint8_t *const planes[8] = {split[0], split[1], split[2], split[3],
				    split[4], split[5], split[6], split[7]};

	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		for (unsigned k = 0; k < 4; k++)
			raw[4 * i + k] = (uint8_t)(fp32[i] >> 8 * k);
	}
	kernels->split(ZIPNN_LAYOUT_FP32, planes, raw, 7);
	assert_memory_equal(split[0], fp32_top, 7);
	assert_memory_equal(split[3], fp32_bottom, 7);
	check_layout(ZIPNN_LAYOUT_FP32, raw, 7, 0, 0);
	for (unsigned i = 0; i < 7; i++) {
		for (unsigned k = 0; k < 8; k++)
			raw[8 * i + k] = (uint8_t)(fp64[i] >> 8 * k);
	}
	check_layout(ZIPNN_LAYOUT_FP64, raw, 7, 0, 0);
}

static void layouts_without_planes_touch_nothing(void **state)
{
	const enum zipnn_layout_id ids[] = {ZIPNN_LAYOUT_STORED, ZIPNN_LAYOUT_COUNT,
					    ZIPNN_LAYOUT_END};
	struct guard guard = guard_new(64, 0);
	uint8_t *planes[ZIPNN_MAX_PLANES] = {NULL};
	const uint8_t *const_planes[ZIPNN_MAX_PLANES] = {NULL};

	(void)state;
	for (unsigned k = 0; k < ZIPNN_MAX_PLANES; k++) {
		planes[k] = guard.data;
		const_planes[k] = guard.data;
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(zipnn_element_size(ids[i]), 0);
		kernels->split(ids[i], planes, (const uint8_t *)"eight by", 8);
		kernels->merge(ids[i], guard.data, const_planes, 8);
		assert_true(guard_intact(&guard, 0));
	}
	guard_free(&guard);
}

static int run(const char *name)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(worked_example_of_the_format),
	    cmocka_unit_test(layouts_of_the_format),
	    cmocka_unit_test(every_layout_length_and_alignment),
	    cmocka_unit_test(same_as_the_scalar_kernels),
	    cmocka_unit_test(long_runs),
	    cmocka_unit_test(all_patterns_of_two_bytes),
	    cmocka_unit_test(special_values),
	    cmocka_unit_test(named_values_keep_their_bits),
	    cmocka_unit_test(layouts_without_planes_touch_nothing),
	};

	printf("split, %s:\n", name);
	(void)fflush(stdout); /* cmocka writes to stderr */
	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
	const enum zipnn_isa best = zipnn_isa_detect();
	int failed = 0;

	for (unsigned i = 0; i < ZIPNN_ISA_COUNT; i++) {
		const enum zipnn_isa isa = (enum zipnn_isa)i;
		const struct zipnn_split_kernels *previous = kernels;

		if (zipnn_isa_limit(best, isa) != isa)
			continue; /* this machine cannot run them */
		kernels = zipnn_split_kernels(isa);
		if (kernels != previous)
			failed += run(zipnn_isa_name(isa));
	}
	return failed;
}
