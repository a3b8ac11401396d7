// SPDX-License-Identifier: BSD-3-Clause
/*
 * The edges of what can be given: inputs of a few bytes, chunks of one byte, types that change
 * every few hundred bytes, and all values that no arithmetic would carry through. Each comes back
 * as it was, and with every set of instructions the same bytes are made of it.
 * (How large things may be: limits_large.c.)
 */
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "core/bytes.h"
#include "core/cpu.h"
#include "core/crc.h"
#include "data.h"
#include "frame/blob.h"
#include "frame/chunk.h"
#include "frame/context.h"
#include "guard.h"

#define KIB ((size_t)1024)
#define MAX_RAW (2048 * KIB) /* room for all the patterns of FP64 */
#define TINY_CHUNKS (1024 * KIB)

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	enum zipnn_isa isas[ZIPNN_ISA_COUNT]; /* those of this machine, scalar first */
	unsigned isa_count;
	uint8_t *raw;
	uint8_t *blob;
	uint8_t *again; /* the blob of another set of instructions */
	size_t capacity;
	unsigned long round_trips;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	f->cctx = zipnn_cctx_create();
	f->dctx = zipnn_dctx_create();
	f->capacity = zipnn_compress_bound(MAX_RAW);
	f->raw = malloc(MAX_RAW);
	f->blob = malloc(f->capacity);
	f->again = malloc(f->capacity);
	for (unsigned isa = 0; isa < ZIPNN_ISA_COUNT; isa++) {
		if (zipnn_isa_limit(zipnn_isa_detect(), (enum zipnn_isa)isa) == isa)
			f->isas[f->isa_count++] = (enum zipnn_isa)isa;
	}
	return f->cctx && f->dctx && f->raw && f->blob && f->again ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	print_message("%lu round trips\n", f->round_trips);
	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	free(f->raw);
	free(f->blob);
	free(f->again);
	free(f);
	return 0;
}

static void check_decoding(struct fixture *f, size_t coded, size_t size, const char *what)
{
	struct guard out = guard_new(size, 0);
	uint8_t *copy = exact_copy(f->blob, coded);
	int64_t result = zipnn_decompress(f->dctx, out.data, size, copy, coded);

	if (result != (int64_t)size || memcmp(out.data, f->raw, size) != 0)
		fail_msg("%s, %zu bytes, %s: does not come back: %s", what, size,
			 zipnn_isa_name(f->dctx->isa), zipnn_error_name(result));
	assert_true(guard_intact(&out, size));
	guard_free(&out);
	free(copy);
	f->round_trips++;
}

/* f->raw, with every set of instructions. Returns the size of the blob. */
static size_t check(struct fixture *f, size_t size, const char *what)
{
	size_t coded = 0;

	for (unsigned i = 0; i < f->isa_count; i++) {
		uint8_t *blob = i == 0 ? f->blob : f->again;

		f->cctx->isa = f->dctx->isa = f->isas[i];
		int64_t result = zipnn_compress(f->cctx, blob, f->capacity, f->raw, size);

		assert_true(result >= 8);
		if (i == 0)
			coded = (size_t)result;
		else if ((size_t)result != coded || memcmp(f->again, f->blob, coded) != 0)
			fail_msg("%s, %zu bytes: %s makes other bytes", what, size,
				 zipnn_isa_name(f->isas[i]));
		check_decoding(f, coded, size, what);
	}
	/* The promise of zipnn.h. */
	assert_true(coded <= size + 16 + size / 5000);
	return coded;
}

static void name_type(struct fixture *f, int dtype)
{
	assert_int_equal(zipnn_cctx_set_dtype(f->cctx, (enum zipnn_dtype)dtype), 0);
}

/* Shorter than any sample, piece or vector. */
static void every_size_up_to_300_bytes(void **state)
{
	struct fixture *f = *state;

	for (int dtype = ZIPNN_DTYPE_AUTO; dtype <= ZIPNN_DTYPE_FP64; dtype++) {
		name_type(f, dtype);
		for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
			for (size_t size = 0; size <= 300; size++) {
				const int seldom = size % 16 == kind;

				/* Of named types, of which most is the same, the shortest. */
				if (dtype != ZIPNN_DTYPE_AUTO && size > 40 && size % 4 != kind % 4)
					continue;
				assert_int_equal(zipnn_cctx_set_best(f->cctx, seldom), 0);
				assert_int_equal(zipnn_cctx_set_check(f->cctx, size % 3 != 0), 0);
				data_fill((enum data_kind)kind, f->raw, size, size);
				check(f, size, data_kind_name((enum data_kind)kind));
			}
		}
	}
}

/* All kinds of data in turn, each for `period` bytes. */
static void dense_mixes_of_types(void **state)
{
	static const size_t periods[] = {64, 500, 512, 1001, 2048, 4096, 5003, 8192, 16384, 40000};
	struct fixture *f = *state;
	uint64_t random = 1;

	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		for (unsigned first = 0; first < 4; first++) {
			const size_t size = (size_t)(data_random(&random) % MAX_RAW);
			unsigned kind = first;

			for (size_t at = 0; at < size; at += periods[i]) {
				const size_t left = size - at;

				data_fill((enum data_kind)kind, f->raw + at,
					  left < periods[i] ? left : periods[i], at);
				/* 1, 3, 5 and 7 have no divisor in common with 16. */
				kind = (kind + 2 * first + 1) % DATA_KIND_COUNT;
			}
			check(f, size, "a mix");
		}
	}
}

/* Write a stored chunk of one byte of f->raw to f->blob. */
static void write_tiny_chunk(struct fixture *f, size_t at, size_t i, int with_crc)
{
	uint32_t crc = zipnn_chunk_crc_begin(i);

	f->blob[at] = (uint8_t)(ZIPNN_LAYOUT_STORED | (with_crc ? ZIPNN_LAYOUT_HAS_CRC : 0));
	f->blob[at + 1] = 1;
	f->blob[at + 2] = 0;
	f->blob[at + 3] = 0;
	crc = zipnn_chunk_crc_end(zipnn_chunk_crc_add(crc, f->raw + i, 1));
	zipnn_store32(f->blob + at + 4, with_crc ? crc : 0);
	f->blob[at + ZIPNN_CHUNK_HEADER_SIZE] = f->raw[i];
}

/* No writer makes such blobs, but FORMAT.md allows them. */
static void a_million_chunks_of_one_byte(void **state)
{
	const size_t chunk = ZIPNN_CHUNK_HEADER_SIZE + 1;
	const size_t coded = ZIPNN_BLOB_HEADER_SIZE + TINY_CHUNKS * chunk;
	struct fixture *f = *state;

	free(f->blob);
	f->blob = malloc(coded);
	assert_non_null(f->blob);
	data_fill(DATA_TEXT, f->raw, TINY_CHUNKS, 1);
	zipnn_store32(f->blob, (uint32_t)TINY_CHUNKS);
	zipnn_store32(f->blob + 4, ZIPNN_BLOB_MAGIC);
	for (size_t i = 0; i < TINY_CHUNKS; i++)
		write_tiny_chunk(f, ZIPNN_BLOB_HEADER_SIZE + i * chunk, i, i % 5 != 0);
	check_decoding(f, coded, TINY_CHUNKS, "tiny chunks");
	/* Damage in the last but one is found there. */
	f->blob[coded - chunk - 1] ^= 1;
	uint8_t *out = malloc(TINY_CHUNKS);

	assert_non_null(out);
	assert_int_equal(zipnn_decompress(f->dctx, out, TINY_CHUNKS, f->blob, coded),
			 ZIPNN_ERROR_CHECKSUM);
	assert_int_equal(zipnn_dctx_error_offset(f->dctx), coded - 2 * chunk);
	free(out);
}

/* Elements by index: all that a type can be, or, of wide ones, all that is special about them. */
static uint64_t pattern(unsigned element_size, size_t i)
{
	const unsigned bits = 8 * element_size;
	const unsigned mantissa_bits = element_size == 4 ? 23 : 52;
	const uint64_t one = 1;
	/* Zero, smallest, largest, quiet and signalling payloads; and a bit alone at each place. */
	const uint64_t corners[] = {0,
				    1,
				    2,
				    (one << mantissa_bits) - 1,
				    (one << mantissa_bits) - 2,
				    one << (mantissa_bits - 1),
				    (one << (mantissa_bits - 1)) - 1,
				    (one << (mantissa_bits - 1)) + 1};
	const size_t corner_count = sizeof(corners) / sizeof(corners[0]);
	const size_t mantissas = corner_count + mantissa_bits;
	const size_t which = i % mantissas;
	const uint64_t mantissa =
	    which < corner_count ? corners[which] : one << (which - corner_count);

	if (element_size <= 2)
		return i & ((one << bits) - 1);
	/* Sign and exponent: each one there is, infinity and NaN at the end of each sign's. */
	return (uint64_t)(i / mantissas) << mantissa_bits | mantissa;
}

static size_t pattern_count(unsigned element_size)
{
	switch (element_size) {
	case 1:
		return 256;
	case 2:
		return 65536;
	case 4:
		return (size_t)512 * (8 + 23);
	default:
		return (size_t)4096 * (8 + 52);
	}
}

/*
 * Put all patterns into f->raw, the first at byte `phase`. step: 1, or another that has no divisor
 * in common with any number of patterns.
 */
static size_t fill_patterns(struct fixture *f, unsigned element_size, size_t phase, size_t step)
{
	const size_t count = pattern_count(element_size);
	/* More of the short ones, for a sample to see that they are numbers. */
	const size_t copies = count < 4096 ? 16 : 1;
	const size_t all = count * copies;

	memset(f->raw, 0x3c, phase);
	for (size_t i = 0; i < all; i++) {
		const uint64_t value = pattern(element_size, i * step % count);

		for (unsigned k = 0; k < element_size; k++)
			f->raw[phase + i * element_size + k] = (uint8_t)(value >> 8 * k);
	}
	return phase + all * element_size;
}

static void every_special_float(void **state)
{
	static const struct {
		const char *name;
		enum zipnn_dtype dtype;
		unsigned element_size;
	} types[] = {
	    {"FP8", ZIPNN_DTYPE_FP8, 1},   {"BF16", ZIPNN_DTYPE_BF16, 2},
	    {"FP16", ZIPNN_DTYPE_FP16, 2}, {"FP32", ZIPNN_DTYPE_FP32, 4},
	    {"FP64", ZIPNN_DTYPE_FP64, 8},
	};
	/* In order, scattered, and something in between. */
	static const size_t steps[] = {1, 40507, 7};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (unsigned k = 0; k < 3 * types[i].element_size; k++) {
			const size_t phase = k / 3;
			const size_t size =
			    fill_patterns(f, types[i].element_size, phase, steps[k % 3]);

			name_type(f, ZIPNN_DTYPE_AUTO);
			check(f, size, types[i].name);
			name_type(f, (int)types[i].dtype);
			check(f, size, types[i].name);
			/* In the planes of every other type, too. */
			name_type(f, (int)(1 + k % ZIPNN_DTYPE_FP64));
			check(f, size, types[i].name);
		}
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_size_up_to_300_bytes),
	    TEST(dense_mixes_of_types),
	    TEST(a_million_chunks_of_one_byte),
	    TEST(every_special_float),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
