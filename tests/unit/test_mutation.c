// SPDX-License-Identifier: BSD-3-Clause
/*
 * Damaged blobs: whatever was cut, changed, added or swapped, the decoder gives an error or the
 * data that went in, writes nothing outside of the output, and says where it gave up.
 */
#include <zstd.h>

#include "cmocka_all.h"
#include "core/bytes.h"
#include "data.h"
#include "frame/blob.h"
#include "frame/chunk.h"
#include "guard.h"

#define KIB ((size_t)1024)
#define CHUNK ZIPNN_CHUNK_DEFAULT_SIZE
#define MAX_RAW (2 * CHUNK + 5000)
#define MAX_CHUNKS 256 /* of blobs of mixed data: up to 64 a block */

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	uint8_t *raw;
	uint8_t *blob;
	uint8_t *expected; /* a copy of blob, to put changes back */
	size_t raw_size;
	size_t blob_size;
	struct guard out;
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
	f->expected = malloc(zipnn_compress_bound(MAX_RAW));
	return f->cctx && f->dctx && f->raw && f->blob && f->expected ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	free(f->raw);
	free(f->blob);
	free(f->expected);
	free(f);
	return 0;
}

/* Compress the raw_size bytes at f->raw. The output is given room for exactly these. */
static void make_blob(struct fixture *f, size_t raw_size)
{
	int64_t size =
	    zipnn_compress(f->cctx, f->blob, zipnn_compress_bound(MAX_RAW), f->raw, raw_size);

	assert_true(size > 0);
	f->raw_size = raw_size;
	f->blob_size = (size_t)size;
	memcpy(f->expected, f->blob, f->blob_size);
	f->out = guard_new(raw_size, 0);
}

static void drop_blob(struct fixture *f)
{
	assert_memory_equal(f->blob, f->expected, f->blob_size);
	guard_free(&f->out);
}

/* Decode size bytes at f->blob as they now are. Returns the error, or 0 if the data is right. */
static int64_t decode_damaged(struct fixture *f, size_t size)
{
	int64_t result = zipnn_decompress(f->dctx, f->out.data, f->raw_size, f->blob, size);

	assert_true(guard_intact(&f->out, f->raw_size));
	if (result < 0) {
		assert_true(result >= ZIPNN_ERROR_ZSTD);
		assert_int_not_equal(result, ZIPNN_ERROR_ARGUMENT);
		assert_int_not_equal(result, ZIPNN_ERROR_MEMORY);
		/*
		 * The caller is to blame for a small buffer only if the blob asks for a larger one.
		 */
		if (result == ZIPNN_ERROR_DST_TOO_SMALL)
			assert_true(zipnn_raw_size(f->blob, size) > (int64_t)f->raw_size);
		assert_true(zipnn_dctx_error_offset(f->dctx) <= size);
		return result;
	}
	if ((size_t)result != f->raw_size || memcmp(f->out.data, f->raw, f->raw_size) != 0)
		fail_msg("wrong data, and no error");
	return 0;
}

static int is_zipnn(const struct fixture *f)
{
	return zipnn_load32(f->blob + 4) == ZIPNN_BLOB_MAGIC;
}

/* The offset in f->blob of each chunk, and of the end. Returns the number of chunks. */
static unsigned find_chunks(const struct fixture *f, size_t offsets[MAX_CHUNKS + 1])
{
	size_t at = ZIPNN_BLOB_HEADER_SIZE;
	unsigned count = 0;

	while (at < f->blob_size) {
		struct zipnn_chunk_info info;

		assert_true(count < MAX_CHUNKS);
		assert_int_equal(zipnn_chunk_parse(&info, f->blob + at, f->blob_size - at), 0);
		offsets[count++] = at;
		at += info.coded_size;
	}
	offsets[count] = at;
	return count;
}

/* The chunk that holds a byte of a zipnn blob, or the header. */
static size_t owner_of(const struct fixture *f, size_t byte)
{
	size_t offsets[MAX_CHUNKS + 1];
	unsigned count = is_zipnn(f) ? find_chunks(f, offsets) : 0;
	size_t owner = 0;

	for (unsigned i = 0; i < count && offsets[i] <= byte; i++)
		owner = offsets[i];
	return owner;
}

/*
 * Change one byte and decode; if the byte belongs to a chunk, that chunk is named as the bad one.
 */
static void check_change(struct fixture *f, size_t at, size_t owner, unsigned change)
{
	f->blob[at] ^= (uint8_t)change;
	int64_t result = decode_damaged(f, f->blob_size);

	f->blob[at] ^= (uint8_t)change;
	if (result < 0 && owner > 0 && zipnn_dctx_error_offset(f->dctx) != owner)
		fail_msg("byte %zu of the chunk at %zu: error reported at %llu", at, owner,
			 (unsigned long long)zipnn_dctx_error_offset(f->dctx));
	if (result == 0 && is_zipnn(f) &&
	    (at < 8 || (at > owner && at - owner < ZIPNN_CHUNK_HEADER_SIZE)))
		fail_msg("byte %zu, a header's, can be changed by %02x unnoticed", at, change);
}

/* Of small blobs of every kind: every byte, to every other value. */
static void every_change_of_small_blobs(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum data_kind kind;
		enum zipnn_dtype dtype;
		size_t size;
	} blobs[] = {
	    {DATA_BF16, ZIPNN_DTYPE_BF16, 321},  {DATA_FP32, ZIPNN_DTYPE_FP32, 403},
	    {DATA_FP64, ZIPNN_DTYPE_FP64, 509},  {DATA_SPARSE_FP32, ZIPNN_DTYPE_FP32, 400},
	    {DATA_FP8, ZIPNN_DTYPE_FP8, 200},    {DATA_NOISE, ZIPNN_DTYPE_AUTO, 60},
	    {DATA_TEXT, ZIPNN_DTYPE_AUTO, 400},  {DATA_ZEROS, ZIPNN_DTYPE_AUTO, 5000},
	    {DATA_ZEROS, ZIPNN_DTYPE_FP32, 500}, {DATA_ZEROS, ZIPNN_DTYPE_AUTO, 0},
	};

	for (size_t i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++) {
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, blobs[i].dtype), 0);
		data_fill(blobs[i].kind, f->raw, blobs[i].size, i);
		make_blob(f, blobs[i].size);
		for (size_t at = 0; at < f->blob_size; at++) {
			size_t owner = owner_of(f, at);

			for (unsigned change = 1; change < 256; change++)
				check_change(f, at, owner, change);
		}
		drop_blob(f);
	}
}

static void sampled_changes_of_large_blobs(void **state)
{
	struct fixture *f = *state;
	uint64_t random = 1;

	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		size_t size = kind % 2 ? MAX_RAW : CHUNK + 777;

		data_fill((enum data_kind)kind, f->raw, size, kind);
		make_blob(f, size);
		for (unsigned i = 0; i < 250; i++) {
			uint64_t r = data_random(&random);
			/* Half of the changes among the first bytes, where the fields are. */
			size_t range = i % 2 ? f->blob_size : 64;
			size_t at =
			    (size_t)(r >> 8) % (range < f->blob_size ? range : f->blob_size);

			check_change(f, at, owner_of(f, at), 1u << r % 8);
		}
		drop_blob(f);
	}
}

static void every_truncation(void **state)
{
	struct fixture *f = *state;
	const enum data_kind kinds[] = {DATA_BF16, DATA_FP32, DATA_TEXT, DATA_NOISE, DATA_ZEROS};
	const size_t sizes[] = {1000, 2000, 1, CHUNK + 2000};

	for (unsigned i = 0; i < 5 * 4; i++) {
		const size_t raw_size = sizes[i / 5];

		data_fill(kinds[i % 5], f->raw, raw_size, i);
		make_blob(f, raw_size);
		for (size_t size = 0; size < f->blob_size;) {
			uint8_t *copy = exact_copy(f->blob, size);
			int64_t result =
			    zipnn_decompress(f->dctx, f->out.data, raw_size, copy, size);

			if (result >= 0)
				fail_msg("%s: %zu of %zu bytes decode",
					 data_kind_name(kinds[i % 5]), size, f->blob_size);
			assert_int_equal(result, ZIPNN_ERROR_TRUNCATED);
			assert_true(guard_intact(&f->out, raw_size));
			assert_true(zipnn_dctx_error_offset(f->dctx) <= size);
			free(copy);
			/* All cuts at either end, and some between. */
			size += size < 300 || f->blob_size - size < 300 ? 1 : 211;
		}
		drop_blob(f);
	}
}

/* What an operator reads in the log must tell a bad disk from a short object. */
static void zstd_blobs_give_the_error_that_fits(void **state)
{
	struct fixture *f = *state;

	data_fill(DATA_TEXT, f->raw, 3000, 1);
	make_blob(f, 3000);
	assert_false(is_zipnn(f));
	f->blob[f->blob_size - 1] ^= 1; /* of the checksum */
	assert_int_equal(decode_damaged(f, f->blob_size), ZIPNN_ERROR_CHECKSUM);
	assert_int_equal(zipnn_dctx_error_offset(f->dctx), 4);
	f->blob[f->blob_size - 1] ^= 1;
	f->blob[8] |= 8; /* a reserved bit of the frame header */
	assert_int_equal(decode_damaged(f, f->blob_size), ZIPNN_ERROR_CORRUPT);
	f->blob[8] ^= 8;
	zipnn_store32(f->blob, 2999); /* the frame holds more */
	assert_int_equal(decode_damaged(f, f->blob_size), ZIPNN_ERROR_CORRUPT);
	zipnn_store32(f->blob, 3000);
	drop_blob(f);
}

static void trailing_bytes_are_rejected(void **state)
{
	struct fixture *f = *state;
	static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
	const enum data_kind kinds[] = {DATA_BF16, DATA_TEXT, DATA_NOISE};

	for (unsigned i = 0; i < 3; i++) {
		data_fill(kinds[i], f->raw, 3000, i);
		make_blob(f, 3000);
		for (unsigned byte = 0; byte < 256; byte++) {
			f->blob[f->blob_size] = (uint8_t)byte;
			assert_int_equal(decode_damaged(f, f->blob_size + 1), ZIPNN_ERROR_CORRUPT);
			assert_int_equal(zipnn_dctx_error_offset(f->dctx),
					 is_zipnn(f) ? f->blob_size : 4);
		}
		/* A whole chunk, a whole frame, an empty frame. */
		memcpy(f->blob + f->blob_size, f->expected + 8, f->blob_size - 8);
		assert_true(decode_damaged(f, 2 * f->blob_size - 8) < 0);
		memcpy(f->blob + f->blob_size, skippable, sizeof(skippable));
		assert_true(decode_damaged(f, f->blob_size + sizeof(skippable)) < 0);
		size_t empty = ZSTD_compress(f->blob + f->blob_size, 100, "", 0, 1);

		assert_true(decode_damaged(f, f->blob_size + empty) < 0);
		drop_blob(f);
	}
	make_blob(f, 0);
	f->blob[8] = 0;
	assert_int_equal(decode_damaged(f, 9), ZIPNN_ERROR_CORRUPT);
	drop_blob(f);
}

/* FORMAT.md section 2: one frame. A second one, even if the lengths add up, is not what it says. */
static void two_frames_are_no_blob(void **state)
{
	struct fixture *f = *state;

	data_fill(DATA_TEXT, f->raw, 2000, 1);
	make_blob(f, 2000);
	size_t size = 4;

	size += ZSTD_compress(f->blob + size, 2000, f->raw, 1000, 1);
	size += ZSTD_compress(f->blob + size, 2000, f->raw + 1000, 1000, 1);
	assert_true(decode_damaged(f, size) < 0);
	memcpy(f->blob, f->expected, f->blob_size);
	drop_blob(f);
}

/* Equally long chunks put in each other's place: each decodes, but not there. */
static void swapped_chunks_are_rejected(void **state)
{
	struct fixture *f = *state;
	size_t offsets[MAX_CHUNKS + 1];

	data_fill(DATA_BF16, f->raw, CHUNK, 1);
	data_fill(DATA_NOISE, f->raw + CHUNK, CHUNK, 2);
	make_blob(f, 2 * CHUNK);
	assert_int_equal(find_chunks(f, offsets), 2);
	size_t first = offsets[1] - offsets[0];
	size_t second = offsets[2] - offsets[1];

	memcpy(f->blob + 8, f->expected + offsets[1], second);
	memcpy(f->blob + 8 + second, f->expected + offsets[0], first);
	assert_int_equal(decode_damaged(f, f->blob_size), ZIPNN_ERROR_CHECKSUM);
	assert_int_equal(zipnn_dctx_error_offset(f->dctx), 8);

	/* The first chunk twice. */
	memcpy(f->blob + 8, f->expected + 8, first);
	memcpy(f->blob + 8 + first, f->expected + 8, first);
	assert_int_equal(decode_damaged(f, 8 + 2 * first), ZIPNN_ERROR_CHECKSUM);
	assert_int_equal(zipnn_dctx_error_offset(f->dctx), offsets[1]);
	memcpy(f->blob, f->expected, f->blob_size);
	drop_blob(f);
}

static void a_raw_length_that_is_not_the_sum_is_rejected(void **state)
{
	struct fixture *f = *state;
	const enum data_kind kinds[] = {DATA_FP32, DATA_TEXT};

	for (unsigned i = 0; i < 2; i++) {
		data_fill(kinds[i], f->raw, CHUNK + 1000, i);
		make_blob(f, CHUNK + 1000);
		for (uint32_t less = 1; less < CHUNK + 1000; less = less * 2 + 1) {
			zipnn_store32(f->blob, (uint32_t)(CHUNK + 1000 - less));
			assert_true(decode_damaged(f, f->blob_size) < 0);
		}
		zipnn_store32(f->blob, (uint32_t)(CHUNK + 1001));
		assert_int_equal(decode_damaged(f, f->blob_size), ZIPNN_ERROR_DST_TOO_SMALL);
		/* With room for it there is still no such data. */
		struct guard large = guard_new(CHUNK + 1001, 0);

		assert_true(
		    zipnn_decompress(f->dctx, large.data, CHUNK + 1001, f->blob, f->blob_size) < 0);
		assert_true(guard_intact(&large, CHUNK + 1001));
		guard_free(&large);
		memcpy(f->blob, f->expected, f->blob_size);
		drop_blob(f);
	}
}

/* Without a CRC wrong data cannot be told, but memory must be as safe. */
static void changes_of_unchecked_blobs_stay_inside(void **state)
{
	struct fixture *f = *state;
	const enum data_kind kinds[] = {DATA_BF16, DATA_FP32, DATA_TEXT, DATA_SPARSE_FP32};

	assert_int_equal(zipnn_cctx_set_check(f->cctx, 0), 0);
	for (unsigned i = 0; i < 4; i++) {
		data_fill(kinds[i], f->raw, 2500, i);
		make_blob(f, 2500);
		for (size_t at = 0; at < f->blob_size; at++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				f->blob[at] ^= (uint8_t)(1u << bit);
				int64_t result = zipnn_decompress(f->dctx, f->out.data, 2500,
								  f->blob, f->blob_size);

				assert_true(result < 0 || result == 2500);
				assert_true(guard_intact(&f->out, 2500));
				f->blob[at] ^= (uint8_t)(1u << bit);
			}
		}
		drop_blob(f);
	}
}

/* Each test has contexts of its own: one that fails leaves nothing to the next. */
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_change_of_small_blobs),
	    TEST(sampled_changes_of_large_blobs),
	    TEST(every_truncation),
	    TEST(zstd_blobs_give_the_error_that_fits),
	    TEST(trailing_bytes_are_rejected),
	    TEST(two_frames_are_no_blob),
	    TEST(swapped_chunks_are_rejected),
	    TEST(a_raw_length_that_is_not_the_sum_is_rejected),
	    TEST(changes_of_unchecked_blobs_stay_inside),
	};

	return cmocka_run_group_tests_name("mutation", tests, NULL, NULL);
}
