// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coder rans is what --best is made of: it must come near the entropy that no prefix code reaches,
 * follow a distribution that changes, and reject whatever breaks FORMAT.md section 3.3.
 */
#include "cmocka_all.h"
#include "core/bytes.h"
#include "core/log2.h"
#include "data.h"
#include "entropy/rans/rans.h"
#include "guard.h"
#include "zipnn.h"

#define MAX_VALUES ((size_t)300 << 10)

struct fixture {
	uint8_t words[2 * ZIPNN_RANS_WINDOW];
	uint8_t values[MAX_VALUES];
	uint8_t coded[2 * MAX_VALUES];
};

static int set_up(void **state)
{
	*state = malloc(sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static size_t encode(struct fixture *f, size_t n)
{
	return zipnn_rans_encode(f->words, f->coded, sizeof(f->coded), f->values, n);
}

/* Decode n values from memory that ends where the bytes end. */
static int64_t decode(struct guard *out, size_t n, const uint8_t *coded, size_t size)
{
	uint8_t *copy = exact_copy(coded, size);
	int64_t result = zipnn_rans_decode(out->data, n, copy, size);

	assert_true(guard_intact(out, n));
	free(copy);
	return result;
}

static void check_decodes(const struct fixture *f, size_t n, size_t size)
{
	struct guard out = guard_new(n, 0);

	assert_int_equal(decode(&out, n, f->coded, size), 0);
	assert_memory_equal(out.data, f->values, n);
	guard_free(&out);
}

/* One value has nearly all of the weight, the others little of it, or all the same. */
static void fill(uint8_t *dst, size_t n, unsigned distinct, unsigned skew, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t r = data_random(&seed);

		dst[i] = (uint8_t)(r % 1000 < skew ? 7 : (r >> 32) % distinct);
	}
}

static void round_trips(void **state)
{
	struct fixture *f = *state;
	const unsigned distinct[] = {1, 2, 3, 17, 100, 256};

	for (size_t n = 1; n <= MAX_VALUES; n = n < 300 ? n + 1 : n + n / 3 + 1) {
		for (unsigned i = 0; i < 6; i++) {
			for (unsigned skew = 0; skew <= 999; skew += 333) {
				fill(f->values, n, distinct[i], skew, n);
				check_decodes(f, n, encode(f, n));
			}
		}
	}
}

static uint32_t entropy(const uint8_t *values, size_t n)
{
	uint32_t counts[256] = {0};

	for (size_t i = 0; i < n; i++)
		counts[values[i]]++;
	return zipnn_entropy(counts);
}

/* Within 0.1 % of the plane and the table, whatever the distribution; a prefix code is not. */
static void near_the_entropy(void **state)
{
	struct fixture *f = *state;
	const size_t n = 131072;

	for (unsigned distinct = 2; distinct <= 256; distinct *= 2) {
		for (unsigned skew = 0; skew <= 999; skew += 111) {
			fill(f->values, n, distinct, skew, skew);
			const size_t ideal =
			    (size_t)((uint64_t)n * entropy(f->values, n) / (8 * ZIPNN_BIT));

			assert_in_range(encode(f, n), 1, ideal + n / 1000 + 60 + 2 * distinct);
		}
	}
}

static void tables_follow_the_distribution(void **state)
{
	struct fixture *f = *state;
	const size_t n = 131072;

	for (size_t at = 0; at < n; at += 16384) {
		fill(f->values + at, 16384, 4, 0, at);
		for (size_t i = 0; i < 16384; i++)
			f->values[at + i] = (uint8_t)(f->values[at + i] + at / 16384 * 8);
	}
	size_t size = encode(f, n);

	assert_in_range(size, n / 4, n / 4 + 8 * 60);
	check_decodes(f, n, size);
}

static void every_capacity(void **state)
{
	struct fixture *f = *state;
	const size_t n = 3000;

	fill(f->values, n, 9, 500, 1);
	const size_t size = encode(f, n);

	for (size_t capacity = 0; capacity <= size; capacity++) {
		struct guard out = guard_new(capacity, 0);
		size_t result = zipnn_rans_encode(f->words, out.data, capacity, f->values, n);

		assert_int_equal(result, capacity < size ? 0 : size);
		assert_true(guard_intact(&out, capacity));
		guard_free(&out);
	}
}

static void check_broken(struct fixture *f, size_t n, size_t size, const char *what)
{
	struct guard out = guard_new(n, 0);

	if (decode(&out, n, f->coded, size) != ZIPNN_ERROR_CORRUPT)
		fail_msg("%s is accepted", what);
	guard_free(&out);
}

/* The four values 7, 7, 7, 9 by hand: frequencies 3072 and 1024, no words; then broken. */
static void fields(void **state)
{
	struct fixture *f = *state;
	/*
	 * Values 4, words 0; first 7, span 3, bits 1 0 1; 3072 has 12 bits, 6 more than 6: 1111110
	 * 0, then 11 bits 10000000000 lowest first; 1024 has 11: 10 1, then 10 zeros.
	 */
	static const uint8_t segment[] = {4, 0, 0, 0, 0, 0, 7, 2, 5, 0x3f, 0x00, 0x2c, 0x00};
	const size_t table_end = sizeof(segment);
	const size_t size = table_end + 16;
	const uint8_t values[] = {7, 7, 7, 9};
	/* state = x / frequency * 4096 + x % frequency + start, from 65536 */
	const uint32_t three = 65536 / 3072 * 4096 + 65536 % 3072;
	const uint32_t one = 65536 / 1024 * 4096 + 3072;

	memcpy(f->values, values, 4);
	memcpy(f->coded, segment, table_end);
	zipnn_store32(f->coded + table_end, three);
	zipnn_store32(f->coded + table_end + 4, three);
	zipnn_store32(f->coded + table_end + 8, three);
	zipnn_store32(f->coded + table_end + 12, one);
	check_decodes(f, 4, size);
	assert_int_equal(encode(f, 4), size);
	check_decodes(f, 4, size);

	for (size_t cut = 0; cut < size; cut++)
		check_broken(f, 4, cut, "a truncation");
	check_broken(f, 3, size, "a segment longer than its plane");
	check_broken(f, 5, size, "a plane longer than its segments");
	check_broken(f, 4, size + 1, "a byte too many");
	zipnn_store32(f->coded + table_end, 65535);
	check_broken(f, 4, size, "a state below 65536");
	zipnn_store32(f->coded + table_end, three + 4096);
	check_broken(f, 4, size, "a state that does not end at 65536");
	zipnn_store32(f->coded + table_end, three);
	f->coded[3] = 1;
	f->coded[size] = f->coded[size + 1] = 0;
	check_broken(f, 4, size + 2, "a word that is not taken");
	f->coded[3] = 0;
	f->coded[0] = 0;
	check_broken(f, 4, size, "no values");
	f->coded[0] = 4;
	f->coded[10] |= 1;
	check_broken(f, 4, size, "frequencies that sum to more");
}

static void every_byte_replaced(void **state)
{
	struct fixture *f = *state;
	const size_t n = 700;

	fill(f->values, n, 60, 300, 1);
	const size_t size = encode(f, n);
	struct guard out = guard_new(n, 0);

	for (size_t at = 0; at < size; at++) {
		for (unsigned value = 0; value < 256; value += at < 150 ? 1 : 15) {
			const uint8_t before = f->coded[at];

			f->coded[at] = (uint8_t)value;
			int64_t result = decode(&out, n, f->coded, size);

			assert_true(result == 0 || result == ZIPNN_ERROR_CORRUPT);
			f->coded[at] = before;
		}
	}
	guard_free(&out);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(round_trips),    TEST(near_the_entropy), TEST(tables_follow_the_distribution),
	    TEST(every_capacity), TEST(fields),           TEST(every_byte_replaced),
	};

	return cmocka_run_group_tests_name("rans", tests, NULL, NULL);
}
