// SPDX-License-Identifier: BSD-3-Clause
/*
 * A block in which tensors of several layouts and phases meet, as in ONNX files, becomes several
 * chunks where that is smaller: never wrong, never larger than one chunk, and found again.
 */
#include <stdlib.h>

#include "cmocka_all.h"
#include "data.h"
#include "frame/block.h"
#include "frame/file.h"

#define BLOCK ZIPNN_CHUNK_DEFAULT_SIZE

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	uint8_t *raw;
	uint8_t *coded;
	uint8_t *decoded;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->cctx = zipnn_cctx_create();
	f->dctx = zipnn_dctx_create();
	f->raw = malloc(BLOCK);
	f->coded = malloc(zipnn_block_bound(BLOCK));
	f->decoded = malloc(BLOCK);
	assert_true(f->cctx && f->dctx && f->raw && f->coded && f->decoded);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	free(f->raw);
	free(f->coded);
	free(f->decoded);
	free(f);
	return 0;
}

/* Encode, decode all chunks, compare. Returns the coded size; sets *chunks to their number. */
static size_t check_round_trip(struct fixture *f, size_t size, size_t *chunks)
{
	const uint64_t offset = 12345;
	int64_t coded =
	    zipnn_block_encode(f->cctx, f->coded, zipnn_block_bound(size), f->raw, size, offset);
	size_t at = 0;
	size_t raw = 0;

	assert_true(coded > 0);
	*chunks = 0;
	while (at < (size_t)coded) {
		struct zipnn_chunk_info info;

		assert_int_equal(zipnn_chunk_parse(&info, f->coded + at, (size_t)coded - at), 0);
		assert_int_equal(zipnn_chunk_decode(f->dctx, f->decoded + raw, size - raw,
						    f->coded + at, (size_t)coded - at,
						    offset + raw),
				 info.raw_size);
		at += info.coded_size;
		raw += info.raw_size;
		++*chunks;
	}
	assert_int_equal(at, coded);
	assert_int_equal(raw, size);
	assert_memory_equal(f->decoded, f->raw, size);
	assert_true((size_t)coded + (*chunks - 1) * ZIPNN_FILE_ENTRY_SIZE <=
		    size + ZIPNN_CHUNK_HEADER_SIZE);
	return (size_t)coded;
}

/* FP32 tensors of 20 to 40 KiB, a name of odd length before each: every one at another phase. */
static void fill_like_onnx(uint8_t *raw, size_t size)
{
	uint64_t random = 7;
	size_t at = 0;

	while (at < size) {
		size_t name = 1 + data_random(&random) % 40;
		size_t tensor = 20000 + data_random(&random) % 20000;

		name = name < size - at ? name : size - at;
		data_fill(DATA_TEXT, raw + at, name, (unsigned)at);
		at += name;
		tensor = tensor < size - at ? tensor : size - at;
		data_fill(DATA_FP32, raw + at, tensor, (unsigned)at);
		at += tensor;
	}
}

static void tensors_at_many_phases(void **state)
{
	struct fixture *f = *state;
	size_t chunks;

	fill_like_onnx(f->raw, BLOCK);
	size_t block = check_round_trip(f, BLOCK, &chunks);
	int64_t chunk =
	    zipnn_chunk_encode(f->cctx, f->coded, zipnn_chunk_bound(BLOCK), f->raw, BLOCK, 0);

	assert_in_range(chunks, 4, 32);
	/* One chunk pays for the exponents of other phases than its own. */
	assert_true(block < (size_t)chunk - BLOCK / 100);
	assert_true(block < BLOCK * 87 / 100);
}

/* Two tensors: two chunks, named after them, cut within a few words of where they meet. */
static void cuts_lie_where_tensors_meet(void **state)
{
	static const struct {
		enum data_kind kind;
		enum zipnn_layout_id id;
	} tensors[] = {{DATA_BF16, ZIPNN_LAYOUT_BF16},
		       {DATA_FP16, ZIPNN_LAYOUT_FP16},
		       {DATA_FP32, ZIPNN_LAYOUT_FP32}};
	struct fixture *f = *state;

	for (unsigned i = 0; i < 9; i++) {
		for (size_t border = 40 * 1024 - 8; i / 3 != i % 3 && border < BLOCK - 40 * 1024;
		     border += 50000) {
			struct zipnn_chunk_info info;
			size_t chunks;

			data_fill(tensors[i / 3].kind, f->raw, border, 1);
			data_fill(tensors[i % 3].kind, f->raw + border, BLOCK - border, 2);
			size_t coded = check_round_trip(f, BLOCK, &chunks);

			assert_int_equal(chunks, 2);
			assert_int_equal(zipnn_chunk_parse(&info, f->coded, coded), 0);
			assert_int_equal(info.layout.id, tensors[i / 3].id);
			assert_in_range(info.raw_size, border - 64, border + 64);
			assert_int_equal(zipnn_chunk_parse(&info, f->coded + info.coded_size,
							   coded - info.coded_size),
					 0);
			assert_int_equal(info.layout.id, tensors[i % 3].id);
		}
	}
}

static void one_tensor_stays_one_chunk(void **state)
{
	const enum data_kind kinds[] = {DATA_BF16, DATA_FP16, DATA_FP32, DATA_TEXT, DATA_NOISE};
	struct fixture *f = *state;
	size_t chunks;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		data_fill(kinds[i], f->raw, BLOCK, 1);
		check_round_trip(f, BLOCK, &chunks);
		assert_int_equal(chunks, 1);
	}
}

/* Any two kinds, the border anywhere: identical, and never larger than promised. */
static void every_pair_of_kinds(void **state)
{
	struct fixture *f = *state;
	uint64_t random = 3;
	size_t chunks;

	for (unsigned a = 0; a < DATA_KIND_COUNT; a++) {
		for (unsigned b = 0; b < DATA_KIND_COUNT; b++) {
			size_t size = BLOCK - data_random(&random) % 3 * 12347;
			size_t border = data_random(&random) % size;

			data_fill((enum data_kind)a, f->raw, border, 1);
			data_fill((enum data_kind)b, f->raw + border, size - border, 2);
			check_round_trip(f, size, &chunks);
		}
	}
}

static void regions_cover_the_block(void **state)
{
	struct fixture *f = *state;
	struct zipnn_region regions[64];
	size_t sum;

	fill_like_onnx(f->raw, BLOCK);
	for (size_t size = 1; size <= BLOCK; size += 7919) {
		for (size_t capacity = 1; capacity <= 64; capacity *= 4) {
			size_t count = zipnn_detect_regions(regions, capacity, f->raw, size);

			assert_in_range(count, 1, capacity);
			sum = 0;
			for (size_t i = 0; i < count; i++)
				sum += regions[i].size;
			assert_int_equal(sum, size);
		}
	}
	/* Neighbours differ, or they would be one. */
	size_t count = zipnn_detect_regions(regions, 64, f->raw, BLOCK);

	assert_in_range(count, 4, 32);
	for (size_t i = 1; i < count; i++)
		assert_true(regions[i].found.layout.id != regions[i - 1].found.layout.id ||
			    regions[i].found.layout.phase != regions[i - 1].found.layout.phase);
}

static void wrong_arguments(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(zipnn_block_encode(NULL, f->coded, 100, f->raw, 10, 0),
			 ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_block_encode(f->cctx, f->coded, 100, f->raw, 0, 0),
			 ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_block_encode(f->cctx, f->coded, 49, f->raw, 10, 0),
			 ZIPNN_ERROR_DST_TOO_SMALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(tensors_at_many_phases, setup, teardown),
	    cmocka_unit_test_setup_teardown(cuts_lie_where_tensors_meet, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_tensor_stays_one_chunk, setup, teardown),
	    cmocka_unit_test_setup_teardown(every_pair_of_kinds, setup, teardown),
	    cmocka_unit_test_setup_teardown(regions_cover_the_block, setup, teardown),
	    cmocka_unit_test_setup_teardown(wrong_arguments, setup, teardown),
	};

	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
