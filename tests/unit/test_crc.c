// SPDX-License-Identifier: BSD-3-Clause
/*
 * The CRC is what a stranger's decoder must agree on: it is compared with the check value of
 * FORMAT.md section 1 and with a bit by bit reference, over lengths at which a fast version changes
 * its way of working.
 */
#include "cmocka_all.h"
#include "core/crc.h"
#include "data.h"
#include "guard.h"

static uint32_t reference(uint32_t state, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		state ^= data[i];
		for (unsigned bit = 0; bit < 8; bit++)
			state = state & 1 ? state >> 1 ^ 0x82f63b78u : state >> 1;
	}
	return state;
}

static void check_value_of_the_format(void **state)
{
	const uint8_t *digits = (const uint8_t *)"123456789";

	(void)state;
	for (size_t cut = 0; cut <= 9; cut++)
		assert_int_equal(zipnn_crc32c_two(digits, cut, digits + cut, 9 - cut), 0xe3069283u);
	assert_int_equal(zipnn_crc32c_two(digits, 0, digits, 0), 0);
}

static void equals_the_reference(void **state)
{
	const size_t big = 300000;
	uint8_t *data = malloc(big);

	(void)state;
	assert_non_null(data);
	data_fill(DATA_NOISE, data, big, 1);
	for (size_t size = 0; size < 3000; size += size < 600 ? 1 : 97) {
		uint8_t *copy = exact_copy(data, size);
		uint32_t expected = ~reference(0xffffffffu, copy, size);

		assert_int_equal(zipnn_crc32c_two(copy, size / 3, copy + size / 3, size - size / 3),
				 expected);
		free(copy);
	}
	assert_int_equal(zipnn_crc32c_two(data, big, data, 0), ~reference(0xffffffffu, data, big));
	free(data);
}

/* The offset is hashed as eight little-endian bytes before the data. */
static void chunk_crc_covers_the_offset(void **state)
{
	static const uint8_t prefix[] = {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01};
	const uint8_t *raw = (const uint8_t *)"chunk";
	uint32_t expected = ~reference(reference(0xffffffffu, prefix, 8), raw, 5);

	(void)state;
	assert_int_equal(zipnn_chunk_crc(0x0123456789abcdefu, raw, 5), expected);
	assert_int_not_equal(zipnn_chunk_crc(0x0123456789abcdeeu, raw, 5), expected);
	assert_int_not_equal(zipnn_chunk_crc(0x8123456789abcdefu, raw, 5), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_value_of_the_format),
	    cmocka_unit_test(equals_the_reference),
	    cmocka_unit_test(chunk_crc_covers_the_offset),
	};

	return cmocka_run_group_tests_name("crc", tests, NULL, NULL);
}
