// SPDX-License-Identifier: BSD-3-Clause
/*
 * Blobs through the public interface, as a host sees them: what goes in comes out, no blob is
 * larger than promised, other data is plain zstd that a stock Ceph reads, and wrong calls are
 * errors. What becomes of damaged blobs is test_mutation.c's, of reused contexts test_context.c's.
 */
#include <zstd.h>

#include "cmocka_all.h"
#include "data.h"
#include "entropy/coder.h"
#include "frame/chunk.h"
#include "guard.h"
#include "zipnn.h"

#define KIB ((size_t)1024)
#define CHUNK ZIPNN_CHUNK_DEFAULT_SIZE
#define MAX_RAW (3 * CHUNK)

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	uint8_t *raw;
	uint8_t *blob;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	f->cctx = zipnn_cctx_create();
	f->dctx = zipnn_dctx_create();
	f->raw = malloc(MAX_RAW);
	f->blob = malloc(zipnn_compress_bound(MAX_RAW));
	return f->cctx && f->dctx && f->raw && f->blob ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	free(f->raw);
	free(f->blob);
	free(f);
	return 0;
}

/* Compress f->raw into f->blob with the least capacity allowed; returns the blob's size. */
static size_t compress(struct fixture *f, size_t size)
{
	struct guard blob = guard_new(zipnn_compress_bound(size), 0);
	uint8_t *src = exact_copy(f->raw, size);
	int64_t result = zipnn_compress(f->cctx, blob.data, blob.size, src, size);

	if (result < 0)
		fail_msg("compressing %zu bytes: %s", size, zipnn_error_name(result));
	/* Never larger than size + 16 + 0.02 %. */
	if ((size_t)result > size + 16 + size / 5000)
		fail_msg("%zu bytes became %lld", size, (long long)result);
	assert_true(guard_intact(&blob, blob.size));
	if (size)
		assert_memory_equal(src, f->raw, size);
	memcpy(f->blob, blob.data, (size_t)result);
	guard_free(&blob);
	free(src);
	return (size_t)result;
}

static void decompress(struct fixture *f, size_t blob_size, size_t raw_size)
{
	uint8_t *blob = exact_copy(f->blob, blob_size);
	struct guard out = guard_new(raw_size, 1);

	assert_int_equal(zipnn_raw_size(blob, blob_size), raw_size);
	int64_t result = zipnn_decompress(f->dctx, out.data, raw_size, blob, blob_size);

	if (result != (int64_t)raw_size)
		fail_msg("decompressing %zu bytes: %s at %llu", raw_size, zipnn_error_name(result),
			 (unsigned long long)zipnn_dctx_error_offset(f->dctx));
	if (raw_size)
		assert_memory_equal(out.data, f->raw, raw_size);
	assert_true(guard_intact(&out, raw_size));
	guard_free(&out);
	free(blob);
}

static size_t check_round_trip(struct fixture *f, size_t size)
{
	size_t blob_size = compress(f, size);

	decompress(f, blob_size, size);
	return blob_size;
}

static int is_zstd(const struct fixture *f)
{
	return memcmp(f->blob + 4, "\x28\xb5\x2f\xfd", 4) == 0;
}

static int is_zipnn(const struct fixture *f)
{
	return memcmp(f->blob + 4, "\x5a\x4e\x4e\x01", 4) == 0;
}

static void round_trips(void **state)
{
	struct fixture *f = *state;
	const size_t sizes[] = {0,         1,          2,     3,         7,         8,
				9,         511,        512,   513,       4096,      8191,
				64 * KIB,  CHUNK - 1,  CHUNK, CHUNK + 1, CHUNK + 3, 2 * CHUNK - 1,
				2 * CHUNK, MAX_RAW - 5};

	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			data_fill((enum data_kind)kind, f->raw, sizes[i], i);
			check_round_trip(f, sizes[i]);
			assert_true(is_zstd(f) || is_zipnn(f));
		}
	}
}

static void mixes_of_everything(void **state)
{
	struct fixture *f = *state;
	uint64_t random = 1;

	for (unsigned i = 0; i < 60; i++) {
		size_t size = (size_t)(data_random(&random) % (i % 3 ? 3000 : MAX_RAW));

		data_fill(DATA_MIX, f->raw, size, random);
		check_round_trip(f, size);
	}
}

static void round_trips_with_a_named_type(void **state)
{
	struct fixture *f = *state;
	const size_t sizes[] = {0, 1, 2, 3, 5, 7, 8, 600, CHUNK + 1, CHUNK + 7};

	for (int dtype = ZIPNN_DTYPE_BYTES; dtype <= ZIPNN_DTYPE_FP64; dtype++) {
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, (enum zipnn_dtype)dtype), 0);
		for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
			for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
				data_fill((enum data_kind)kind, f->raw, sizes[i], i);
				check_round_trip(f, sizes[i]);
			}
		}
	}
}

static void weights_become_zipnn_blobs_and_shrink(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum data_kind kind;
		unsigned most_percent;
	} sizes[] = {{DATA_BF16, 68}, {DATA_FP16, 87}, {DATA_FP32, 84}, {DATA_CLEAN_FP32, 40}};

	for (unsigned i = 0; i < 4; i++) {
		data_fill(sizes[i].kind, f->raw, 2 * CHUNK, i);
		size_t blob_size = check_round_trip(f, 2 * CHUNK);

		assert_true(is_zipnn(f));
		if (blob_size > 2 * CHUNK / 100 * sizes[i].most_percent)
			fail_msg("%s: %zu bytes", data_kind_name(sizes[i].kind), blob_size);
	}
	/* FP64 and FP8 are not detected, but can be named. */
	assert_int_equal(zipnn_cctx_set_dtype(f->cctx, ZIPNN_DTYPE_FP64), 0);
	data_fill(DATA_FP64, f->raw, 2 * CHUNK, 1);
	assert_true(check_round_trip(f, 2 * CHUNK) < 2 * CHUNK / 100 * 95);
	assert_true(is_zipnn(f));
	assert_int_equal(zipnn_cctx_set_dtype(f->cctx, ZIPNN_DTYPE_FP8), 0);
	data_fill(DATA_FP8, f->raw, 2 * CHUNK, 1);
	assert_true(check_round_trip(f, 2 * CHUNK) < 2 * CHUNK / 100 * 70);
	assert_true(is_zipnn(f));
}

/* Regions, the first of which is text, do not keep zstd from what repeats in all of them. */
static void copies_of_tensors_beside_text_are_for_zstd(void **state)
{
	struct fixture *f = *state;
	const size_t tensor = 65536;

	for (size_t text = 8192; text <= 32768; text *= 2) {
		size_t by_zstd;
		size_t blob_size;

		for (size_t at = 0; at < CHUNK; at += text + tensor) {
			const size_t left = CHUNK - at;

			data_fill(DATA_TEXT, f->raw + at, left < text ? left : text, at);
			if (left > text)
				data_fill(DATA_BF16, f->raw + at + text,
					  left - text < tensor ? left - text : tensor, 1);
		}
		blob_size = check_round_trip(f, CHUNK);
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, ZIPNN_DTYPE_BYTES), 0);
		by_zstd = check_round_trip(f, CHUNK);
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, ZIPNN_DTYPE_AUTO), 0);
		if (blob_size > by_zstd + by_zstd / 100)
			fail_msg("%zu bytes of text: %zu, by zstd %zu", text, blob_size, by_zstd);
	}
}

/* The JSON header of a model file, its weights, and something else: each chunk by what it is. */
static void chunks_of_a_blob_are_judged_one_by_one(void **state)
{
	struct fixture *f = *state;
	const enum data_kind kinds[] = {DATA_TEXT, DATA_BF16, DATA_TEXT};
	size_t at = 8;

	for (unsigned i = 0; i < 3; i++)
		data_fill(kinds[i], f->raw + i * CHUNK, CHUNK, i);
	check_round_trip(f, 3 * CHUNK);
	assert_true(is_zipnn(f));
	for (unsigned i = 0; i < 3; i++) {
		struct zipnn_chunk_info info;

		assert_int_equal(zipnn_chunk_parse(&info, f->blob + at, ZIPNN_CHUNK_MAX_PREFIX), 0);
		assert_int_equal(info.layout.id, i == 1 ? ZIPNN_LAYOUT_BF16 : ZIPNN_LAYOUT_BYTES);
		assert_int_equal(info.raw_size, CHUNK);
		/* The listing must name what was used. */
		assert_int_equal(info.planes[0].coder,
				 i == 1 ? ZIPNN_CODER_LANES : ZIPNN_CODER_ZSTD);
		if (i == 1)
			assert_int_equal(info.planes[1].coder, ZIPNN_CODER_STORED);
		at += info.coded_size;
	}
}

/* Floats, but shorter as repeats: no chunk has planes, so a stock Ceph can read the blob. */
static void floats_that_zstd_codes_better_are_plain_zstd(void **state)
{
	struct fixture *f = *state;

	data_fill(DATA_CLEAN_FP32, f->raw, 8 * KIB, 1);
	for (size_t at = 8 * KIB; at < 2 * CHUNK; at += 8 * KIB)
		memcpy(f->raw + at, f->raw, 8 * KIB);
	check_round_trip(f, 2 * CHUNK);
	assert_true(is_zstd(f));
}

static void noise_costs_no_more_than_the_format_says(void **state)
{
	struct fixture *f = *state;

	for (int dtype = ZIPNN_DTYPE_AUTO; dtype <= ZIPNN_DTYPE_FP64; dtype++) {
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, (enum zipnn_dtype)dtype), 0);
		for (size_t size = 1; size <= MAX_RAW; size = size * 2 + 5) {
			data_fill(DATA_NOISE, f->raw, size, size);
			assert_in_range(check_round_trip(f, size), size,
					size + 8 + (size + CHUNK - 1) / CHUNK * 8);
		}
		assert_int_equal(check_round_trip(f, 0), 8);
	}
}

/* A stock Ceph reads them: a length, then one zstd frame with a checksum. */
static void text_is_plain_zstd(void **state)
{
	struct fixture *f = *state;
	const enum data_kind kinds[] = {DATA_TEXT, DATA_ZEROS, DATA_CONSTANT};
	uint8_t *out = malloc(MAX_RAW);

	assert_non_null(out);
	for (unsigned i = 0; i < 3; i++) {
		for (size_t size = 100; size <= MAX_RAW; size = size * 3 + 1) {
			data_fill(kinds[i], f->raw, size, size);
			size_t blob_size = check_round_trip(f, size);

			assert_true(is_zstd(f));
			assert_int_equal(ZSTD_findFrameCompressedSize(f->blob + 4, blob_size - 4),
					 blob_size - 4);
			assert_int_equal(ZSTD_decompress(out, MAX_RAW, f->blob + 4, blob_size - 4),
					 size);
			assert_memory_equal(out, f->raw, size);
			assert_int_equal(f->blob[8] >> 2 & 1, 1); /* the checksum flag */
		}
	}
	free(out);
}

/* What the stock plugin writes is read, whatever the level and the frame's options. */
static void zstd_blobs_of_others_are_read(void **state)
{
	struct fixture *f = *state;
	const size_t sizes[] = {0, 1, 1000, CHUNK + 1};
	ZSTD_CCtx *zstd = ZSTD_createCCtx();

	assert_non_null(zstd);
	for (unsigned i = 0; i < 4 * 3 * 4; i++) {
		const size_t size = sizes[i % 4];
		const int levels[] = {-5, 1, 12};

		data_fill(i % 2 ? DATA_TEXT : DATA_NOISE, f->raw, size, i);
		ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, levels[i / 4 % 3]);
		ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, i / 12 % 2);
		ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, i / 24 % 2);
		size_t coded = ZSTD_compress2(zstd, f->blob + 4, MAX_RAW, f->raw, size);

		assert_false(ZSTD_isError(coded));
		for (unsigned k = 0; k < 4; k++)
			f->blob[k] = (uint8_t)(size >> 8 * k);
		decompress(f, 4 + coded, size);
	}
	ZSTD_freeCCtx(zstd);
}

static void the_level_of_zstd_can_be_set(void **state)
{
	struct fixture *f = *state;
	size_t sizes[2];

	data_fill(DATA_TEXT, f->raw, CHUNK, 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(zipnn_cctx_set_zstd_level(f->cctx, i ? 19 : 1), 0);
		sizes[i] = check_round_trip(f, CHUNK);
		assert_true(is_zstd(f));
	}
	assert_true(sizes[1] < sizes[0]);
}

static void without_check(void **state)
{
	struct fixture *f = *state;
	const enum data_kind kinds[] = {DATA_FP32, DATA_NOISE, DATA_TEXT, DATA_MIX};

	assert_int_equal(zipnn_cctx_set_check(f->cctx, 0), 0);
	for (unsigned i = 0; i < 4; i++) {
		data_fill(kinds[i], f->raw, CHUNK + 3, i);
		check_round_trip(f, CHUNK + 3);
		if (is_zstd(f))
			assert_int_equal(f->blob[8] >> 2 & 1, 0);
		else
			assert_int_equal(f->blob[8] >> 7,
					 0); /* bit 7 of the first chunk's layout */
	}
}

static void the_bound_is_enough_and_small(void **state)
{
	struct fixture *f = *state;

	data_fill(DATA_NOISE, f->raw, 1000, 1);
	for (size_t size = 0; size <= 1000; size++) {
		size_t bound = zipnn_compress_bound(size);

		assert_true(bound <= size + 64);
		compress(f, size); /* with exactly the bound */
		assert_int_equal(zipnn_compress(f->cctx, f->blob, bound - 1, f->raw, size),
				 ZIPNN_ERROR_DST_TOO_SMALL);
	}
	assert_true(zipnn_compress_bound(UINT32_MAX) > UINT32_MAX);
	assert_true(zipnn_compress_bound(UINT32_MAX) < UINT32_MAX + UINT64_C(1) * MAX_RAW);
}

static void raw_size_reads_eight_bytes(void **state)
{
	uint8_t blob[8] = {0xff, 0xff, 0xff, 0xff, 0x5a, 0x4e, 0x4e, 0x01};

	(void)state;
	assert_int_equal(zipnn_raw_size(blob, 8), UINT32_MAX);
	assert_int_equal(zipnn_raw_size(NULL, 8), ZIPNN_ERROR_ARGUMENT);
	for (size_t size = 0; size < 8; size++) {
		uint8_t *copy = exact_copy(blob, size);

		assert_int_equal(zipnn_raw_size(copy, size), ZIPNN_ERROR_TRUNCATED);
		free(copy);
	}
	for (unsigned version = 0; version < 256; version++) {
		blob[7] = (uint8_t)version;
		assert_int_equal(zipnn_raw_size(blob, 8),
				 version == 1 ? (int64_t)UINT32_MAX : ZIPNN_ERROR_VERSION);
	}
	blob[7] = 1;
	for (size_t i = 4; i < 7; i++) {
		blob[i] ^= 1;
		assert_int_equal(zipnn_raw_size(blob, 8), ZIPNN_ERROR_MAGIC);
		blob[i] ^= 1;
	}
	memcpy(blob + 4, "\x28\xb5\x2f\xfd", 4);
	assert_int_equal(zipnn_raw_size(blob, 8), UINT32_MAX);
	memcpy(blob + 4, "\x50\x2a\x4d\x18", 4); /* a skippable frame */
	assert_int_equal(zipnn_raw_size(blob, 8), ZIPNN_ERROR_MAGIC);
	memcpy(blob + 4, "\x27\xb5\x2f\xfd", 4); /* zstd 0.7 */
	assert_int_equal(zipnn_raw_size(blob, 8), ZIPNN_ERROR_MAGIC);
}

static void wrong_arguments(void **state)
{
	struct fixture *f = *state;
	const size_t room = zipnn_compress_bound(MAX_RAW);
	uint8_t nothing[1];

	data_fill(DATA_BF16, f->raw, 1000, 1);
	assert_int_equal(zipnn_compress(NULL, f->blob, room, f->raw, 1000), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_compress(f->cctx, NULL, room, f->raw, 1000), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_compress(f->cctx, f->blob, room, NULL, 1000), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_compress(f->cctx, f->blob, room, NULL, 0), 8);
	assert_int_equal(zipnn_decompress(f->dctx, NULL, 0, f->blob, 8), 0);
#if SIZE_MAX > UINT32_MAX
	/* Refused before a byte is read. */
	assert_int_equal(zipnn_compress(f->cctx, f->blob, SIZE_MAX, f->raw, (size_t)UINT32_MAX + 1),
			 ZIPNN_ERROR_SRC_TOO_LARGE);
#endif
	size_t size = compress(f, 1000);

	assert_int_equal(zipnn_decompress(NULL, f->raw, 1000, f->blob, size), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_decompress(f->dctx, NULL, 1000, f->blob, size),
			 ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_decompress(f->dctx, f->raw, 1000, NULL, size), ZIPNN_ERROR_ARGUMENT);
	for (size_t capacity = 0; capacity < 1000; capacity += 111) {
		struct guard out = guard_new(capacity, 0);

		assert_int_equal(zipnn_decompress(f->dctx, out.data, capacity, f->blob, size),
				 ZIPNN_ERROR_DST_TOO_SMALL);
		assert_true(guard_intact(&out, 0));
		guard_free(&out);
	}
	assert_int_equal(zipnn_dctx_error_offset(NULL), 0);
	assert_int_equal(zipnn_decompress(f->dctx, nothing, 0, f->blob, 0), ZIPNN_ERROR_TRUNCATED);
}

static void settings_are_checked(void **state)
{
	struct fixture *f = *state;

	for (int dtype = -2; dtype < 20; dtype++)
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, (enum zipnn_dtype)dtype),
				 dtype >= 0 && dtype <= 6 ? 0 : ZIPNN_ERROR_ARGUMENT);
	for (int level = -2; level < 25; level++)
		assert_int_equal(zipnn_cctx_set_zstd_level(f->cctx, level),
				 level >= 1 && level <= 19 ? 0 : ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_cctx_set_zstd_level(f->cctx, 1), 0);
	assert_int_equal(zipnn_cctx_set_check(f->cctx, 2), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_cctx_set_check(f->cctx, -1), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_cctx_set_check(f->cctx, 1), 0);
	assert_int_equal(zipnn_cctx_set_dtype(NULL, ZIPNN_DTYPE_AUTO), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_cctx_set_check(NULL, 1), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_cctx_set_zstd_level(NULL, 1), ZIPNN_ERROR_ARGUMENT);
	zipnn_cctx_free(NULL);
	zipnn_dctx_free(NULL);
}

static void every_error_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int code = -10; code < 0; code++) {
		for (int other = code + 1; other <= 0; other++)
			assert_string_not_equal(zipnn_error_name(code), zipnn_error_name(other));
		assert_string_not_equal(zipnn_error_name(code), zipnn_error_name(-11));
	}
	assert_string_equal(zipnn_error_name(0), "no error");
	assert_string_equal(zipnn_error_name(INT64_MAX), "no error");
	assert_string_equal(zipnn_error_name(-11), "unknown error");
	assert_string_equal(zipnn_error_name(INT64_MIN), "unknown error");
}

/* Each test has contexts of its own: one that fails leaves nothing to the next. */
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(round_trips),
	    TEST(mixes_of_everything),
	    TEST(round_trips_with_a_named_type),
	    TEST(weights_become_zipnn_blobs_and_shrink),
	    TEST(copies_of_tensors_beside_text_are_for_zstd),
	    TEST(chunks_of_a_blob_are_judged_one_by_one),
	    TEST(floats_that_zstd_codes_better_are_plain_zstd),
	    TEST(noise_costs_no_more_than_the_format_says),
	    TEST(text_is_plain_zstd),
	    TEST(zstd_blobs_of_others_are_read),
	    TEST(the_level_of_zstd_can_be_set),
	    TEST(without_check),
	    TEST(the_bound_is_enough_and_small),
	    TEST(raw_size_reads_eight_bytes),
	    TEST(wrong_arguments),
	    TEST(settings_are_checked),
	    TEST(every_error_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
