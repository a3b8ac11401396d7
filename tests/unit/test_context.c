// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host keeps one context for years and every call on it must give the bytes a fresh context
 * gives: Ceph compares replicas by checksum. What a call leaves behind in a context (or in the zstd
 * contexts inside) is invisible to round trips; only comparing with a fresh one shows it.
 */
#include "cmocka_all.h"
#include "data.h"
#include "frame/chunk.h"
#include "guard.h"
#include "zipnn.h"

#define KIB ((size_t)1024)
#define CHUNK (256 * KIB)
#define MAX_RAW (2 * CHUNK + 1000)

struct settings {
	enum zipnn_dtype dtype;
	int check;
	int level;
	int best;
};

static void apply(zipnn_cctx *cctx, struct settings settings)
{
	assert_int_equal(zipnn_cctx_set_dtype(cctx, settings.dtype), 0);
	assert_int_equal(zipnn_cctx_set_check(cctx, settings.check), 0);
	assert_int_equal(zipnn_cctx_set_zstd_level(cctx, settings.level), 0);
	assert_int_equal(zipnn_cctx_set_best(cctx, settings.best), 0);
}

struct fixture {
	uint8_t *raw;
	uint8_t *used_blob;
	uint8_t *fresh_blob;
	size_t capacity;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	f->capacity = zipnn_compress_bound(MAX_RAW);
	f->raw = malloc(MAX_RAW);
	f->used_blob = malloc(f->capacity);
	f->fresh_blob = malloc(f->capacity);
	return f->raw && f->used_blob && f->fresh_blob ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->raw);
	free(f->used_blob);
	free(f->fresh_blob);
	free(f);
	return 0;
}

/* Compress f->raw with a used and with a fresh context, as a blob and as a chunk: equal bytes. */
static void check_equal(struct fixture *f, zipnn_cctx *used, struct settings settings, size_t size,
			const char *what)
{
	zipnn_cctx *fresh = zipnn_cctx_create();

	assert_non_null(fresh);
	apply(used, settings);
	apply(fresh, settings);
	int64_t a = zipnn_compress(used, f->used_blob, f->capacity, f->raw, size);
	int64_t b = zipnn_compress(fresh, f->fresh_blob, f->capacity, f->raw, size);

	assert_true(a > 0);
	if (a != b || memcmp(f->used_blob, f->fresh_blob, (size_t)a) != 0)
		fail_msg("%s, blob of %zu: %lld bytes from a used context, %lld from a fresh one",
			 what, size, (long long)a, (long long)b);
	zipnn_cctx_free(fresh);
	if (size == 0)
		return;

	fresh = zipnn_cctx_create();
	assert_non_null(fresh);
	apply(fresh, settings);
	a = zipnn_chunk_encode(used, f->used_blob, f->capacity, f->raw, size, 5);
	b = zipnn_chunk_encode(fresh, f->fresh_blob, f->capacity, f->raw, size, 5);
	assert_true(a > 0);
	if (a != b || memcmp(f->used_blob, f->fresh_blob, (size_t)a) != 0)
		fail_msg("%s, chunk of %zu: %lld bytes from a used context, %lld from a fresh one",
			 what, size, (long long)a, (long long)b);
	zipnn_cctx_free(fresh);
}

/* Every kind of data after every other, so that each way of ending a call precedes each other. */
static void every_kind_after_every_kind(void **state)
{
	struct fixture *f = *state;
	const struct settings settings = {ZIPNN_DTYPE_AUTO, 1, 1, 0};
	zipnn_cctx *used = zipnn_cctx_create();

	assert_non_null(used);
	for (unsigned first = 0; first < DATA_KIND_COUNT; first++) {
		for (unsigned second = 0; second < DATA_KIND_COUNT; second++) {
			data_fill((enum data_kind)first, f->raw, 3000, first);
			check_equal(f, used, settings, 3000, data_kind_name((enum data_kind)first));
			data_fill((enum data_kind)second, f->raw, 5000, second);
			check_equal(f, used, settings, 5000,
				    data_kind_name((enum data_kind)second));
		}
	}
	zipnn_cctx_free(used);
}

/*
 * The longest memory a call has: weights, then a chunk of noise on which zstd gives up half way;
 * then text, which must carry its checksum.
 */
static void text_after_an_attempt_that_did_not_fit(void **state)
{
	struct fixture *f = *state;
	zipnn_cctx *used = zipnn_cctx_create();

	assert_non_null(used);
	data_fill(DATA_BF16, f->raw, CHUNK, 1);
	data_fill(DATA_NOISE, f->raw + CHUNK, CHUNK, 1);
	assert_true(zipnn_compress(used, f->used_blob, f->capacity, f->raw, 2 * CHUNK) > 0);
	data_fill(DATA_TEXT, f->raw, 3000, 1);
	assert_true(zipnn_compress(used, f->used_blob, f->capacity, f->raw, 3000) > 0);
	assert_int_equal(f->used_blob[8] >> 2 & 1, 1); /* the zstd frame's checksum flag */
	zipnn_cctx_free(used);
}

/* Decode the blob of coded bytes with a used and with a fresh context: the same comes of it. */
static void check_decoding(struct fixture *f, zipnn_dctx *used, size_t coded, size_t size)
{
	zipnn_dctx *fresh = zipnn_dctx_create();
	uint8_t *outs[2] = {malloc(MAX_RAW), malloc(MAX_RAW)};

	assert_non_null(fresh);
	assert_non_null(outs[0]);
	assert_non_null(outs[1]);
	int64_t a = zipnn_decompress(used, outs[0], MAX_RAW, f->used_blob, coded);
	int64_t b = zipnn_decompress(fresh, outs[1], MAX_RAW, f->used_blob, coded);

	if (a != b)
		fail_msg("blob of %zu: %lld from a used context, %lld from a fresh one", size,
			 (long long)a, (long long)b);
	assert_int_equal(zipnn_dctx_error_offset(used), zipnn_dctx_error_offset(fresh));
	if (a > 0)
		assert_memory_equal(outs[0], outs[1], (size_t)a);
	zipnn_dctx_free(fresh);
	free(outs[0]);
	free(outs[1]);
}

/* Sizes, kinds of data, types and settings in any order, and now and then a damaged blob. */
static void random_histories(void **state)
{
	struct fixture *f = *state;
	zipnn_cctx *used = zipnn_cctx_create();
	zipnn_dctx *used_dctx = zipnn_dctx_create();
	struct settings settings = {ZIPNN_DTYPE_AUTO, 1, 1, 0};
	uint64_t random = 3;

	assert_non_null(used);
	assert_non_null(used_dctx);
	for (unsigned i = 0; i < 300; i++) {
		uint64_t r = data_random(&random);
		enum data_kind kind = (enum data_kind)(r % DATA_KIND_COUNT);
		size_t size = (size_t)(r >> 8) % (i % 10 == 0 ? MAX_RAW : 9000);

		if (r >> 40 & 1) {
			settings.dtype = (enum zipnn_dtype)((r >> 42) % (ZIPNN_DTYPE_FP64 + 1));
			settings.check = r >> 46 & 1;
			settings.level = 1 + (int)(r >> 48) % 5;
			/* Slow: of short ones only. */
			settings.best = i % 10 != 0 && (r >> 56) % 4 == 0;
		}
		data_fill(kind, f->raw, size, r);
		check_equal(f, used, settings, size, data_kind_name(kind));
		int64_t coded = zipnn_compress(used, f->used_blob, f->capacity, f->raw, size);

		assert_true(coded > 0);
		if (i % 3 == 0)
			f->used_blob[(r >> 8) % (uint64_t)coded] ^= 4;
		check_decoding(f, used_dctx, (size_t)coded, size);
	}
	zipnn_cctx_free(used);
	zipnn_dctx_free(used_dctx);
}

static void same_input_twice(void **state)
{
	struct fixture *f = *state;
	zipnn_cctx *cctx = zipnn_cctx_create();

	assert_non_null(cctx);
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		data_fill((enum data_kind)kind, f->raw, MAX_RAW, kind);
		int64_t a = zipnn_compress(cctx, f->used_blob, f->capacity, f->raw, MAX_RAW);
		int64_t b = zipnn_compress(cctx, f->fresh_blob, f->capacity, f->raw, MAX_RAW);

		assert_int_equal(a, b);
		assert_memory_equal(f->used_blob, f->fresh_blob, (size_t)a);
	}
	zipnn_cctx_free(cctx);
}

/* Other addresses of input and output, other bytes in the output before: none may matter. */
static void addresses_do_not_matter(void **state)
{
	struct fixture *f = *state;
	zipnn_cctx *cctx = zipnn_cctx_create();
	const size_t size = 70000;

	assert_non_null(cctx);
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		data_fill((enum data_kind)kind, f->raw, size, kind);
		int64_t a = zipnn_compress(cctx, f->fresh_blob, f->capacity, f->raw, size);

		for (size_t offset = 1; offset < 64; offset = offset * 3 + 1) {
			struct guard src = guard_new(size, offset);
			struct guard dst = guard_new(zipnn_compress_bound(size), offset + 5);

			memcpy(src.data, f->raw, size);
			memset(dst.data, (int)offset, dst.size);
			assert_int_equal(zipnn_compress(cctx, dst.data, dst.size, src.data, size),
					 a);
			assert_memory_equal(dst.data, f->fresh_blob, (size_t)a);
			guard_free(&src);
			guard_free(&dst);
		}
	}
	zipnn_cctx_free(cctx);
}

/* A decoder that has just met garbage decodes the next blob as if nothing had been. */
static void a_decoder_recovers_from_errors(void **state)
{
	struct fixture *f = *state;
	zipnn_cctx *cctx = zipnn_cctx_create();
	zipnn_dctx *dctx = zipnn_dctx_create();
	uint8_t *out = malloc(MAX_RAW);

	assert_non_null(cctx);
	assert_non_null(dctx);
	assert_non_null(out);
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		data_fill((enum data_kind)kind, f->raw, 20000, kind);
		int64_t size = zipnn_compress(cctx, f->used_blob, f->capacity, f->raw, 20000);

		for (unsigned i = 0; i < 20; i++) {
			size_t at = (size_t)size * i / 20;

			f->used_blob[at] ^= 0x55;
			(void)zipnn_decompress(dctx, out, 20000, f->used_blob, (size_t)size);
			f->used_blob[at] ^= 0x55;
			assert_int_equal(
			    zipnn_decompress(dctx, out, 20000, f->used_blob, (size_t)size), 20000);
			assert_memory_equal(out, f->raw, 20000);
		}
	}
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	free(out);
}

/* Each test has contexts of its own: one that fails leaves nothing to the next. */
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_kind_after_every_kind),
	    TEST(text_after_an_attempt_that_did_not_fit),
	    TEST(random_histories),
	    TEST(same_input_twice),
	    TEST(addresses_do_not_matter),
	    TEST(a_decoder_recovers_from_errors),
	};

	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
