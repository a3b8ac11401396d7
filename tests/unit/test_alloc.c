// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory runs out in a storage daemon, too, and then a context must fail as a whole: no crash, no
 * leak, an error that says so, and a context that still works once there is memory again.
 *
 * The linker sends the library's allocations (and its creation of zstd contexts) here: see
 * CMakeLists.txt. Each is made to fail in turn, and what is not freed again is counted.
 */
#include <stdlib.h>

#include <zstd_errors.h>

#include "cmocka_all.h"
#include "data.h"
#include "frame/chunk.h"
#include "frame/context.h"
#include "zipnn.h"

/* How many more allocations succeed; negative: all. */
static int budget = -1;
/* Allocated and not yet freed; counts the test's own, too. */
static long live;
/* What zstd's calls answer instead of working, if it is not 0. */
static ZSTD_ErrorCode zstd_failure;

static int may_allocate(void)
{
	if (budget == 0)
		return 0;
	if (budget > 0)
		budget--;
	return 1;
}

/* The linker makes up these names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *memory);
ZSTD_CCtx *__real_ZSTD_createCCtx(void);
size_t __real_ZSTD_freeCCtx(ZSTD_CCtx *zstd);
ZSTD_DCtx *__real_ZSTD_createDCtx(void);
size_t __real_ZSTD_freeDCtx(ZSTD_DCtx *zstd);
size_t __real_ZSTD_compress2(ZSTD_CCtx *zstd, void *dst, size_t capacity, const void *src,
			     size_t size);
size_t __real_ZSTD_decompressDCtx(ZSTD_DCtx *zstd, void *dst, size_t capacity, const void *src,
				  size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *memory);
ZSTD_CCtx *__wrap_ZSTD_createCCtx(void);
size_t __wrap_ZSTD_freeCCtx(ZSTD_CCtx *zstd);
ZSTD_DCtx *__wrap_ZSTD_createDCtx(void);
size_t __wrap_ZSTD_freeDCtx(ZSTD_DCtx *zstd);
size_t __wrap_ZSTD_compress2(ZSTD_CCtx *zstd, void *dst, size_t capacity, const void *src,
			     size_t size);
size_t __wrap_ZSTD_decompressDCtx(ZSTD_DCtx *zstd, void *dst, size_t capacity, const void *src,
				  size_t size);

void *__wrap_malloc(size_t size)
{
	void *memory = may_allocate() ? __real_malloc(size) : NULL;

	live += memory != NULL;
	return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *memory = may_allocate() ? __real_calloc(count, size) : NULL;

	live += memory != NULL;
	return memory;
}

void __wrap_free(void *memory)
{
	live -= memory != NULL;
	__real_free(memory);
}

ZSTD_CCtx *__wrap_ZSTD_createCCtx(void)
{
	ZSTD_CCtx *zstd = may_allocate() ? __real_ZSTD_createCCtx() : NULL;

	live += zstd != NULL;
	return zstd;
}

size_t __wrap_ZSTD_freeCCtx(ZSTD_CCtx *zstd)
{
	live -= zstd != NULL;
	return __real_ZSTD_freeCCtx(zstd);
}

ZSTD_DCtx *__wrap_ZSTD_createDCtx(void)
{
	ZSTD_DCtx *zstd = may_allocate() ? __real_ZSTD_createDCtx() : NULL;

	live += zstd != NULL;
	return zstd;
}

size_t __wrap_ZSTD_freeDCtx(ZSTD_DCtx *zstd)
{
	live -= zstd != NULL;
	return __real_ZSTD_freeDCtx(zstd);
}

size_t __wrap_ZSTD_compress2(ZSTD_CCtx *zstd, void *dst, size_t capacity, const void *src,
			     size_t size)
{
	if (zstd_failure)
		return (size_t)0 - (size_t)zstd_failure;
	return __real_ZSTD_compress2(zstd, dst, capacity, src, size);
}

size_t __wrap_ZSTD_decompressDCtx(ZSTD_DCtx *zstd, void *dst, size_t capacity, const void *src,
				  size_t size)
{
	if (zstd_failure)
		return (size_t)0 - (size_t)zstd_failure;
	return __real_ZSTD_decompressDCtx(zstd, dst, capacity, src, size);
}

static int set_up(void **state)
{
	(void)state;
	budget = -1;
	live = 0;
	zstd_failure = 0;
	return 0;
}

static void creating_an_encoder(void **state)
{
	zipnn_cctx *cctx = NULL;
	int allowed = 0;

	(void)state;
	for (; !cctx; allowed++) {
		budget = allowed;
		cctx = zipnn_cctx_create();
		budget = -1;
		if (!cctx)
			assert_int_equal(live, 0);
		assert_true(allowed < 100);
	}
	/* The context, four of zstd, lanes, planes, rival: fewer means that the test sees nothing.
	 */
	assert_int_equal(allowed - 1, 8);
	assert_int_equal(live, 8);
	zipnn_cctx_free(cctx);
	assert_int_equal(live, 0);
}

static void creating_a_decoder(void **state)
{
	zipnn_dctx *dctx = NULL;
	int allowed = 0;

	(void)state;
	for (; !dctx; allowed++) {
		budget = allowed;
		dctx = zipnn_dctx_create();
		budget = -1;
		if (!dctx)
			assert_int_equal(live, 0);
		assert_true(allowed < 100);
	}
	assert_int_equal(allowed - 1, 4);
	assert_int_equal(live, 4);
	zipnn_dctx_free(dctx);
	assert_int_equal(live, 0);
}

static void creating_a_plane_encoder(void **state)
{
	struct zipnn_plane_encoder encoder;

	(void)state;
	for (int allowed = 0; allowed < 5; allowed++) {
		budget = allowed;
		assert_int_equal(zipnn_plane_encoder_init(&encoder, ZIPNN_ISA_SCALAR, 1),
				 ZIPNN_ERROR_MEMORY);
		assert_int_equal(live, 0);
	}
	budget = -1;
	assert_int_equal(zipnn_plane_encoder_init(&encoder, ZIPNN_ISA_SCALAR, 1), 0);
	assert_int_equal(live, 5);
	zipnn_plane_encoder_free(&encoder);
	assert_int_equal(live, 0);
}

/* A failed reserve leaves the context as it was. */
static void growing_an_encoder(void **state)
{
	const size_t large = 2 * ZIPNN_CHUNK_DEFAULT_SIZE;
	zipnn_cctx *cctx = zipnn_cctx_create();
	uint8_t *raw = malloc(large);
	uint8_t *coded = malloc(zipnn_chunk_bound(large));

	(void)state;
	assert_non_null(cctx);
	assert_non_null(raw);
	assert_non_null(coded);
	data_fill(DATA_BF16, raw, large, 1);
	budget = 0;
	assert_int_equal(zipnn_cctx_reserve(cctx, ZIPNN_CHUNK_DEFAULT_SIZE), 0);
	assert_int_equal(zipnn_cctx_reserve(cctx, large), ZIPNN_ERROR_MEMORY);
	assert_int_equal(zipnn_chunk_encode(cctx, coded, zipnn_chunk_bound(large), raw, large, 0),
			 ZIPNN_ERROR_MEMORY);
	assert_true(zipnn_chunk_encode(cctx, coded, zipnn_chunk_bound(large), raw,
				       ZIPNN_CHUNK_DEFAULT_SIZE, 0) > 0);
	budget = 1;
	assert_true(zipnn_chunk_encode(cctx, coded, zipnn_chunk_bound(large), raw, large, 0) > 0);
	budget = -1;
	zipnn_cctx_free(cctx);
	free(raw);
	free(coded);
	assert_int_equal(live, 0);
}

static void growing_a_decoder(void **state)
{
	const size_t large = 2 * ZIPNN_CHUNK_DEFAULT_SIZE;
	zipnn_cctx *cctx = zipnn_cctx_create();
	zipnn_dctx *dctx = zipnn_dctx_create();
	uint8_t *raw = malloc(large);
	uint8_t *coded = malloc(zipnn_chunk_bound(large));

	(void)state;
	assert_non_null(cctx);
	assert_non_null(dctx);
	assert_non_null(raw);
	assert_non_null(coded);
	data_fill(DATA_BF16, raw, large, 1);
	int64_t size = zipnn_chunk_encode(cctx, coded, zipnn_chunk_bound(large), raw, large, 0);

	assert_true(size > 0);
	budget = 0;
	assert_int_equal(zipnn_chunk_decode(dctx, raw, large, coded, (size_t)size, 0),
			 ZIPNN_ERROR_MEMORY);
	budget = -1;
	assert_int_equal(zipnn_chunk_decode(dctx, raw, large, coded, (size_t)size, 0), large);
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	free(raw);
	free(coded);
	assert_int_equal(live, 0);
}

/* The promise of zipnn.h: calls on a context in use allocate nothing themselves. */
static void coding_allocates_nothing(void **state)
{
	const size_t size = 3 * ZIPNN_CHUNK_DEFAULT_SIZE + 77;
	zipnn_cctx *cctx = zipnn_cctx_create();
	zipnn_dctx *dctx = zipnn_dctx_create();
	uint8_t *raw = malloc(size);
	uint8_t *blob = malloc(zipnn_compress_bound(size));

	(void)state;
	assert_non_null(cctx);
	assert_non_null(dctx);
	assert_non_null(raw);
	assert_non_null(blob);
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		data_fill((enum data_kind)kind, raw, size, kind);
		budget = 0;
		int64_t coded = zipnn_compress(cctx, blob, zipnn_compress_bound(size), raw, size);
		int64_t decoded =
		    coded < 0 ? coded : zipnn_decompress(dctx, raw, size, blob, (size_t)coded);

		budget = -1;
		assert_int_equal(decoded, size);
	}
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	free(raw);
	free(blob);
	assert_int_equal(live, 0);
}

/* zstd's own allocations come late, in the middle of a call; its other failures are not ours to
 * explain, but must not be taken for the data's. */
static void failures_inside_zstd(void **state)
{
	static const struct {
		ZSTD_ErrorCode failure;
		int64_t encoding;
		int64_t decoding;
	} cases[] = {
	    {ZSTD_error_memory_allocation, ZIPNN_ERROR_MEMORY, ZIPNN_ERROR_MEMORY},
	    {ZSTD_error_GENERIC, ZIPNN_ERROR_ZSTD, ZIPNN_ERROR_CORRUPT},
	};
	/* A Huffman plane, a zstd plane, a chunk of zstd beside planes, a zstd blob. */
	const enum data_kind kinds[] = {DATA_BF16, DATA_SPARSE_FP32, DATA_CLEAN_FP32, DATA_TEXT};
	zipnn_cctx *cctx = zipnn_cctx_create();
	zipnn_dctx *dctx = zipnn_dctx_create();
	uint8_t raw[5000];
	uint8_t blob[6000];
	uint8_t out[5000];

	(void)state;
	assert_non_null(cctx);
	assert_non_null(dctx);
	for (unsigned i = 0; i < 2 * 4; i++) {
		data_fill(kinds[i / 2], raw, sizeof(raw), i);
		int64_t size = zipnn_compress(cctx, blob, sizeof(blob), raw, sizeof(raw));

		assert_true(size > 0);
		zstd_failure = cases[i % 2].failure;
		assert_int_equal(zipnn_decompress(dctx, out, sizeof(out), blob, (size_t)size),
				 cases[i % 2].decoding);
		assert_int_equal(zipnn_compress(cctx, blob, sizeof(blob), raw, sizeof(raw)),
				 cases[i % 2].encoding);
		/*
		 * Nothing else is tried after the planes of a chunk: no other error to hide behind.
		 */
		assert_int_equal(zipnn_chunk_encode(cctx, blob, sizeof(blob), raw, sizeof(raw), 0),
				 cases[i % 2].encoding);
		zstd_failure = 0;
		assert_int_equal(zipnn_compress(cctx, blob, sizeof(blob), raw, sizeof(raw)), size);
	}
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	assert_int_equal(live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(creating_an_encoder, set_up),
	    cmocka_unit_test_setup(creating_a_decoder, set_up),
	    cmocka_unit_test_setup(creating_a_plane_encoder, set_up),
	    cmocka_unit_test_setup(growing_an_encoder, set_up),
	    cmocka_unit_test_setup(growing_a_decoder, set_up),
	    cmocka_unit_test_setup(coding_allocates_nothing, set_up),
	    cmocka_unit_test_setup(failures_inside_zstd, set_up),
	};

	return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
