// SPDX-License-Identifier: BSD-3-Clause
/*
 * Detection never costs data, but a wrong answer costs the whole saving: weights must be known at
 * every phase, from any slice; text and noise must never be taken for floats for certain, because
 * then zstd is not even tried. And the answer is part of "same input, same bytes", so it may depend
 * on nothing but the bytes.
 */
#include "cmocka_all.h"
#include "data.h"
#include "detect/detect.h"
#include "guard.h"

#define KIB ((size_t)1024)
#define SEEDS 5u

/* The smallest slice of weights that must be known: what BlueStore allocates. */
#define SMALLEST_SLICE (4 * KIB)

static const size_t slices[] = {
    SMALLEST_SLICE,     8 * KIB,     64 * KIB,     256 * KIB,
    SMALLEST_SLICE + 1, 8 * KIB - 1, 64 * KIB + 1, 100003,
};

static const size_t other_sizes[] = {512, 600, 777, 1000, 2048, 4096, 8192, 64 * KIB, 256 * KIB};

static int equal(struct zipnn_detection a, struct zipnn_detection b)
{
	return a.layout.id == b.layout.id && a.layout.phase == b.layout.phase && a.sure == b.sure;
}

static void check_weights(enum data_kind kind, enum zipnn_layout_id id)
{
	uint8_t *data = malloc(256 * KIB);

	assert_non_null(data);
	for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		for (unsigned phase = 0; phase < zipnn_element_size(id); phase++) {
			for (uint64_t seed = 0; seed < SEEDS; seed++) {
				data_weights(kind, data, slices[i], phase, seed);
				struct zipnn_detection found = zipnn_detect(data, slices[i]);

				if (found.layout.id != id || found.layout.phase != phase ||
				    !found.sure)
					fail_msg("%s phase %u, %zu bytes, seed %u: %s phase %u, "
						 "sure %d",
						 data_kind_name(kind), phase, slices[i],
						 (unsigned)seed, zipnn_layout_name(found.layout.id),
						 found.layout.phase, found.sure);
			}
		}
	}
	free(data);
}

static void weights_in_bf16(void **state)
{
	(void)state;
	check_weights(DATA_BF16, ZIPNN_LAYOUT_BF16);
}

static void weights_in_fp16(void **state)
{
	(void)state;
	check_weights(DATA_FP16, ZIPNN_LAYOUT_FP16);
}

static void weights_in_fp32(void **state)
{
	(void)state;
	check_weights(DATA_FP32, ZIPNN_LAYOUT_FP32);
}

/* Clean mantissas are noise above their dead bits: only planes can help, so zstd is not tried. */
static void weights_in_clean_fp32(void **state)
{
	(void)state;
	check_weights(DATA_CLEAN_FP32, ZIPNN_LAYOUT_FP32);
}

static void weights_in_fp8(void **state)
{
	(void)state;
	check_weights(DATA_FP8, ZIPNN_LAYOUT_FP8);
}

/*
 * What is measured must be the planes, not the bytes: the last bit of a BF16's exponent lies in the
 * byte of the mantissa. Positive values with 90 mantissas have 6.5 bits in that plane, which is
 * less than noise; with the exponent's bit it would look like 7.5.
 */
static void exponent_bits_do_not_count_as_mantissa(void **state)
{
	const size_t size = 64 * KIB;
	uint8_t *data = malloc(size);
	uint64_t random = 1;

	(void)state;
	assert_non_null(data);
	for (size_t at = 0; at < size; at += 2) {
		uint64_t r = data_random(&random);
		unsigned bits = (0x7e + (unsigned)(r & 1)) << 7 | (unsigned)((r >> 1) % 90);

		data[at] = (uint8_t)bits;
		data[at + 1] = (uint8_t)(bits >> 8);
	}
	struct zipnn_detection found = zipnn_detect(data, size);

	assert_int_equal(found.layout.id, ZIPNN_LAYOUT_BF16);
	assert_int_equal(found.layout.phase, 0);
	assert_int_equal(found.sure, 0);
	free(data);
}

/* Four-byte elements whose top byte, rotated, takes 170 values evenly: planes would save 1.8 %. */
static void little_structure_is_not_worth_a_try(void **state)
{
	const size_t size = 256 * KIB;
	uint8_t *data = malloc(size);
	uint64_t random = 1;

	(void)state;
	assert_non_null(data);
	data_fill(DATA_NOISE, data, size, 1);
	for (size_t at = 0; at < size; at += 4) {
		unsigned rotated = (unsigned)(data_random(&random) % 170);

		data[at + 3] = (uint8_t)((data[at + 3] & 0x80) | rotated >> 1);
		data[at + 2] = (uint8_t)((data[at + 2] & 0x7f) | (rotated & 1) << 7);
	}
	assert_int_equal(zipnn_detect(data, size).layout.id, ZIPNN_LAYOUT_BYTES);
	free(data);
}

/*
 * Tensors have rows, and rows may begin alike (here: with zeros). Samples at fixed distances would
 * see nothing else where the two distances agree.
 */
static void rows_do_not_hide_weights(void **state)
{
	uint8_t *weights = malloc(256 * KIB);
	uint8_t *data = malloc(256 * KIB);

	(void)state;
	assert_non_null(weights);
	assert_non_null(data);
	data_weights(DATA_BF16, weights, 256 * KIB, 0, 1);
	for (size_t row = 2048; row <= 4096; row += 2) {
		memcpy(data, weights, 256 * KIB);
		for (size_t at = 0; at + 128 <= 256 * KIB; at += row)
			memset(data + at, 0, 128);
		struct zipnn_detection found = zipnn_detect(data, 256 * KIB);

		if (found.layout.id != ZIPNN_LAYOUT_BF16 || found.layout.phase != 0)
			fail_msg("rows of %zu bytes: %s phase %u", row,
				 zipnn_layout_name(found.layout.id), found.layout.phase);
	}
	free(weights);
	free(data);
}

/*
 * From a slice too small to learn from, any answer is allowed that does not shut out the others: if
 * it is sure, it is right.
 */
static void small_slices_are_sure_only_if_right(void **state)
{
	static const struct {
		enum data_kind kind;
		enum zipnn_layout_id id;
	} floats[] = {{DATA_BF16, ZIPNN_LAYOUT_BF16},
		      {DATA_FP16, ZIPNN_LAYOUT_FP16},
		      {DATA_FP32, ZIPNN_LAYOUT_FP32}};
	uint8_t data[SMALLEST_SLICE];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		for (size_t size = 1; size < sizeof(data); size += size < 520 ? 1 : 41) {
			unsigned phase = (unsigned)size % zipnn_element_size(floats[i].id);

			data_weights(floats[i].kind, data, size, phase, size);
			struct zipnn_detection found = zipnn_detect(data, size);

			if (!found.sure || found.layout.id == ZIPNN_LAYOUT_BYTES)
				continue;
			assert_int_equal(found.layout.id, floats[i].id);
			assert_int_equal(found.layout.phase, phase);
		}
	}
}

static void fill_base64(uint8_t *dst, size_t size, uint64_t seed)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t *raw = malloc(size + 2);

	assert_non_null(raw);
	data_fill(DATA_FP32, raw, size + 2, seed);
	for (size_t i = 0; i < size; i++) {
		size_t bit = 6 * i;
		unsigned two = (unsigned)raw[bit / 8] << 8 | raw[bit / 8 + 1];

		dst[i] = (uint8_t)digits[two >> (10 - bit % 8) & 63];
	}
	free(raw);
}

static void fill_hex(uint8_t *dst, size_t size, uint64_t seed)
{
	data_fill(DATA_FP32, dst, size, seed);
	for (size_t i = 0; i < size; i++)
		dst[i] = (uint8_t) "0123456789abcdef"[dst[i] & 15];
}

static void fill_utf16_latin(uint8_t *dst, size_t size, uint64_t seed)
{
	data_fill(DATA_TEXT, dst, size, seed);
	for (size_t i = 1; i < size; i += 2)
		dst[i] = 0;
}

static void fill_text(uint8_t *dst, size_t size, uint64_t seed)
{
	data_fill(DATA_TEXT, dst, size, seed);
}

static void fill_noise(uint8_t *dst, size_t size, uint64_t seed)
{
	data_fill(DATA_NOISE, dst, size, seed);
}

static void fill_jpeg_like(uint8_t *dst, size_t size, uint64_t seed)
{
	data_fill(DATA_JPEG_LIKE, dst, size, seed);
}

static void fill_zstd(uint8_t *dst, size_t size, uint64_t seed)
{
	data_fill(DATA_ZSTD, dst, size, seed);
}

static const struct {
	const char *name;
	void (*fill)(uint8_t *dst, size_t size, uint64_t seed);
	int is_noise; /* no float layout may be seen at all, once there is enough to sample */
} others[] = {
    {"text", fill_text, 0},        {"text in UTF-16", fill_utf16_latin, 0},
    {"base64", fill_base64, 0},    {"hexadecimal", fill_hex, 0},
    {"noise", fill_noise, 1},      {"jpeg-like", fill_jpeg_like, 1},
    {"zstd output", fill_zstd, 1},
};

static void text_and_noise_are_never_surely_floats(void **state)
{
	uint8_t *data = malloc(256 * KIB);

	(void)state;
	assert_non_null(data);
	for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
		for (size_t i = 0; i < sizeof(other_sizes) / sizeof(other_sizes[0]); i++) {
			for (uint64_t seed = 1; seed <= SEEDS; seed++) {
				const size_t size = other_sizes[i];

				others[k].fill(data, size, seed);
				struct zipnn_detection found = zipnn_detect(data, size);

				if (found.layout.id == ZIPNN_LAYOUT_BYTES)
					continue;
				if ((found.sure && !found.mixed) ||
				    (others[k].is_noise && size >= SMALLEST_SLICE))
					fail_msg("%s, %zu bytes, seed %u: %s, sure %d",
						 others[k].name, size, (unsigned)seed,
						 zipnn_layout_name(found.layout.id), found.sure);
			}
		}
	}
	free(data);
}

static void plain_text_zeros_and_constants_are_bytes(void **state)
{
	const enum data_kind kinds[] = {DATA_ZEROS, DATA_CONSTANT, DATA_TEXT};
	uint8_t *data = malloc(256 * KIB);

	(void)state;
	assert_non_null(data);
	for (unsigned k = 0; k < 3; k++) {
		for (size_t size = SMALLEST_SLICE; size <= 256 * KIB; size = size * 2 + 1) {
			data_fill(kinds[k], data, size, size);
			struct zipnn_detection found = zipnn_detect(data, size);

			assert_int_equal(found.layout.id, ZIPNN_LAYOUT_BYTES);
			assert_int_equal(found.layout.phase, 0);
		}
	}
	free(data);
}

static void fill_u8(uint8_t *dst, size_t size, double zero_point, double deviation, uint64_t *seed)
{
	for (size_t i = 0; i < size; i++) {
		const double value = zero_point + deviation * data_gaussian(seed);

		dst[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
	}
}

/* Models of eight bits have tensors of any range, some of them that of letters: a search for parts
 * takes as long as coding, and is for text (a header) alone. */
static void only_text_makes_numbers_of_eight_bits_mixed(void **state)
{
	const double letters[][2] = {{100, 6}, {60, 8}, {115, 3}, {20, 4}};
	uint8_t *data = malloc(256 * KIB);

	(void)state;
	assert_non_null(data);
	for (size_t k = 0; k < sizeof(letters) / sizeof(letters[0]); k++) {
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			uint64_t random = seed;

			fill_u8(data, 256 * KIB, 128, 25, &random);
			fill_u8(data + 100 * KIB, 90 * KIB, letters[k][0], letters[k][1], &random);
			assert_int_equal(zipnn_detect(data, 256 * KIB).mixed, 0);
			for (size_t at = 0; at < 240 * KIB; at += 60 * KIB) {
				uint8_t numbers[24 * KIB];

				memcpy(numbers, data + at, sizeof(numbers));
				fill_text(data + at, sizeof(numbers), seed);
				assert_int_equal(zipnn_detect(data, 256 * KIB).mixed, 1);
				memcpy(data + at, numbers, sizeof(numbers));
			}
		}
	}
	free(data);
}

/* Counters have a noisy byte below a skewed one, like floats; repeats may pay more, so ask zstd. */
static void counters_are_not_surely_floats(void **state)
{
	uint8_t *data = malloc(256 * KIB);

	(void)state;
	assert_non_null(data);
	for (unsigned kind = DATA_COUNTER16; kind <= DATA_COUNTER32; kind++) {
		for (size_t i = 0; i < sizeof(other_sizes) / sizeof(other_sizes[0]); i++) {
			data_fill((enum data_kind)kind, data, other_sizes[i], 1);
			struct zipnn_detection found = zipnn_detect(data, other_sizes[i]);

			assert_true(found.layout.id == ZIPNN_LAYOUT_BYTES || !found.sure ||
				    found.mixed);
		}
	}
	free(data);
}

/* What is below the smallest sample is bytes, and nothing outside of it is read (which needs a
 * sanitizer to see). */
static void every_small_size(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		for (size_t size = 0; size <= 600; size++) {
			uint8_t data[600];

			data_fill((enum data_kind)kind, data, size, size);
			uint8_t *copy = exact_copy(data, size);
			struct zipnn_detection found = zipnn_detect(copy, size);

			assert_true(found.layout.id >= ZIPNN_LAYOUT_BYTES);
			assert_true(found.layout.id < ZIPNN_LAYOUT_COUNT);
			assert_true(found.layout.phase < zipnn_element_size(found.layout.id));
			if (size < 512)
				assert_int_equal(found.layout.id, ZIPNN_LAYOUT_BYTES);
			free(copy);
		}
	}
}

static void same_answer_at_every_address(void **state)
{
	const size_t sizes[] = {513, 1000, 4096, 65537};
	uint8_t *data = malloc(65537);
	uint8_t *memory = malloc(65537 + 64);

	(void)state;
	assert_non_null(data);
	assert_non_null(memory);
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		for (unsigned i = 0; i < 4; i++) {
			data_fill((enum data_kind)kind, data, sizes[i], kind);
			struct zipnn_detection first = zipnn_detect(data, sizes[i]);

			assert_true(equal(first, zipnn_detect(data, sizes[i])));
			for (size_t offset = 0; offset < 16; offset++) {
				/* Other neighbours each time: they must not matter. */
				memset(memory, (int)(0x11 * offset), 65537 + 64);
				memcpy(memory + 16 + offset, data, sizes[i]);
				assert_true(
				    equal(first, zipnn_detect(memory + 16 + offset, sizes[i])));
			}
		}
	}
	free(data);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(weights_in_bf16),
	    cmocka_unit_test(weights_in_fp16),
	    cmocka_unit_test(weights_in_fp32),
	    cmocka_unit_test(weights_in_clean_fp32),
	    cmocka_unit_test(weights_in_fp8),
	    cmocka_unit_test(exponent_bits_do_not_count_as_mantissa),
	    cmocka_unit_test(little_structure_is_not_worth_a_try),
	    cmocka_unit_test(rows_do_not_hide_weights),
	    cmocka_unit_test(small_slices_are_sure_only_if_right),
	    cmocka_unit_test(text_and_noise_are_never_surely_floats),
	    cmocka_unit_test(plain_text_zeros_and_constants_are_bytes),
	    cmocka_unit_test(only_text_makes_numbers_of_eight_bits_mixed),
	    cmocka_unit_test(counters_are_not_surely_floats),
	    cmocka_unit_test(every_small_size),
	    cmocka_unit_test(same_answer_at_every_address),
	};

	return cmocka_run_group_tests_name("detect", tests, NULL, NULL);
}
