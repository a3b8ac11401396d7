// SPDX-License-Identifier: BSD-3-Clause
/*
 * The encoder's choices rest on integer logarithms. A wrong one costs size without anyone noticing;
 * so they are compared with the mathematical library's, within the error their header states.
 */
#include <math.h>

#include "cmocka_all.h"
#include "core/log2.h"
#include "data.h"

static void check_log2(uint32_t v)
{
	double error = (double)zipnn_log2(v) - ZIPNN_BIT * log2((double)v);

	if (fabs(error) >= 2.0)
		fail_msg("log2(%u) is off by %.3f units, less than two is documented", v, error);
}

static void log2_is_within_two_units(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (uint32_t v = 1; v < 1u << 20; v++)
		check_log2(v);
	for (unsigned i = 0; i < 1000000; i++)
		check_log2((uint32_t)data_random(&random) | 1u);
	check_log2(0x7fffffffu);
	check_log2(0x80000000u);
	check_log2(0xffffffffu);
}

static void powers_of_two_are_exact(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 32; bit++)
		assert_int_equal(zipnn_log2(1u << bit), bit * ZIPNN_BIT);
}

/* Were it not, an entropy could come out below zero. */
static void log2_never_falls(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (uint32_t v = 1; v < 1u << 20; v++) {
		uint32_t now = zipnn_log2(v);

		assert_true(now >= last);
		last = now;
	}
}

/* Entropy in bits as the header defines it: with the Miller-Madow correction, at most 8. */
static double reference_entropy(const uint32_t counts[256])
{
	double total = 0;
	double distinct = 0;
	double entropy = 0;

	for (unsigned i = 0; i < 256; i++) {
		total += counts[i];
		distinct += counts[i] != 0;
	}
	for (unsigned i = 0; i < 256; i++) {
		if (counts[i])
			entropy -= counts[i] / total * log2(counts[i] / total);
	}
	entropy += (distinct - 1) / (2 * log(2.0) * total);
	return entropy < 8 ? entropy : 8;
}

/* Two logarithms, the division and the correction: each within one unit, and one for the sum. */
static void check_entropy(const uint32_t counts[256])
{
	double expected = ZIPNN_BIT * reference_entropy(counts);
	double error = (double)zipnn_entropy(counts) - expected;

	if (fabs(error) > 4.0)
		fail_msg("entropy is off by %.3f units of 1/4096 bit from %.1f", error, expected);
	assert_true(zipnn_entropy(counts) <= 8 * ZIPNN_BIT);
}

static void entropy_of_simple_samples(void **state)
{
	uint32_t counts[256] = {0};

	(void)state;
	assert_int_equal(zipnn_entropy(counts), 0);
	counts[77] = 1;
	assert_int_equal(zipnn_entropy(counts), 0);
	counts[77] = 123456;
	assert_int_equal(zipnn_entropy(counts), 0);
	for (unsigned i = 0; i < 256; i++)
		counts[i] = 100000;
	assert_int_equal(zipnn_entropy(counts), 8 * ZIPNN_BIT);
	for (unsigned i = 0; i < 256; i++)
		counts[i] = i % 64 == 0 ? 1000000 : 0;
	assert_int_equal(zipnn_entropy(counts), 2 * ZIPNN_BIT);
	for (unsigned i = 0; i < 256; i++)
		counts[i] = 1; /* the correction would lead above 8 bits */
	assert_int_equal(zipnn_entropy(counts), 8 * ZIPNN_BIT);
}

static void entropy_of_random_samples(void **state)
{
	uint64_t random = 2;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t counts[256] = {0};
		unsigned values = 1 + (unsigned)(data_random(&random) % 256);
		unsigned shift = (unsigned)(data_random(&random) % 20);

		for (unsigned k = 0; k < values; k++) {
			uint64_t r = data_random(&random);

			counts[r & 255] = (uint32_t)(r >> 32) & ((1u << shift) - 1);
		}
		if (counts[0] == 0)
			counts[0] = 1; /* an empty sample has no mean */
		check_entropy(counts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(log2_is_within_two_units),
	    cmocka_unit_test(powers_of_two_are_exact),
	    cmocka_unit_test(log2_never_falls),
	    cmocka_unit_test(entropy_of_simple_samples),
	    cmocka_unit_test(entropy_of_random_samples),
	};

	return cmocka_run_group_tests_name("log2", tests, NULL, NULL);
}
