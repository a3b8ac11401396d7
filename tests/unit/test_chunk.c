// SPDX-License-Identifier: BSD-3-Clause
/*
 * The chunk is the unit of the format: every field that FORMAT.md section 3 restricts must be
 * rejected when it is illegal, and with the error class that tells an operator what to do; every
 * input of every length must come back, never longer than its size and eight bytes.
 */
#include <math.h>

#include "cmocka_all.h"
#include "core/bytes.h"
#include "core/crc.h"
#include "data.h"
#include "entropy/coder.h"
#include "frame/chunk.h"
#include "guard.h"

#define KIB ((size_t)1024)
#define HEADER ZIPNN_CHUNK_HEADER_SIZE

/* The worked example of FORMAT.md section 7. */
static const uint8_t example_raw[8] = {0x80, 0x3f, 0x80, 0xbf, 0xc0, 0x3f, 0x00, 0x40};
static const uint8_t example[24] = {
    0x03,                   /* bf16, phase 0, no CRC */
    0x08, 0x00, 0x00,       /* raw length */
    0x00, 0x00, 0x00, 0x00, /* CRC */
    0x04, 0x00, 0x00, 0x00, /* plane 0: stored, 4 bytes */
    0x04, 0x00, 0x00, 0x00, /* plane 1: stored, 4 bytes */
    0x00, 0x01, 0x80, 0x00, /* mantissas: the last plane comes first */
    0x7f, 0x7f, 0x7f, 0x80, /* exponents */
};

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	f->cctx = zipnn_cctx_create();
	f->dctx = zipnn_dctx_create();
	return f->cctx && f->dctx ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	free(f);
	return 0;
}

/* Decode bytes that are expected to give an error, or raw_size bytes at raw. */
static void check_decode(struct fixture *f, const uint8_t *coded, size_t size, uint64_t raw_offset,
			 size_t capacity, int64_t expected, const uint8_t *raw)
{
	uint8_t *copy = exact_copy(coded, size);
	struct guard out = guard_new(capacity, 0);
	int64_t result = zipnn_chunk_decode(f->dctx, out.data, capacity, copy, size, raw_offset);

	if (result != expected)
		fail_msg("%lld (%s), expected %lld (%s)", (long long)result,
			 zipnn_error_name(result), (long long)expected, zipnn_error_name(expected));
	assert_true(guard_intact(&out, capacity));
	if (result > 0) {
		assert_memory_equal(out.data, raw, (size_t)result);
		assert_true(guard_intact(&out, (size_t)result));
	}
	guard_free(&out);
	free(copy);
}

static void worked_example_of_the_format(void **state)
{
	struct fixture *f = *state;
	struct zipnn_chunk_info info;

	check_decode(f, example, sizeof(example), 0, 8, 8, example_raw);
	check_decode(f, example, sizeof(example), 12345, 100, 8, example_raw);
	assert_int_equal(zipnn_chunk_parse(&info, example, sizeof(example)), 0);
	assert_int_equal(info.layout.id, ZIPNN_LAYOUT_BF16);
	assert_int_equal(info.layout.phase, 0);
	assert_int_equal(info.has_crc, 0);
	assert_int_equal(info.raw_size, 8);
	assert_int_equal(info.prefix_size, 16);
	assert_int_equal(info.coded_size, 24);
	assert_int_equal(info.plane_count, 2);
	assert_int_equal(info.values, 4);
	assert_int_equal(info.edge_size, 0);
	assert_int_equal(info.planes[1].coder, ZIPNN_CODER_STORED);
	assert_int_equal(info.planes[1].coded_size, 4);
}

/* The same with a head, a tail, a CRC and a constant plane: all that a chunk can have. */
static void a_chunk_with_every_part(void **state)
{
	struct fixture *f = *state;
	const uint8_t raw[] = {0xaa, 0x80, 0x3f, 0x80, 0xbf, 0xbb};
	uint8_t coded[] = {0x83 | 1 << 4,
			   6,
			   0,
			   0,
			   0,
			   0,
			   0,
			   0, /* bf16, phase 1, with CRC */
			   1,
			   0,
			   0,
			   ZIPNN_CODER_CONSTANT,
			   2,
			   0,
			   0,
			   ZIPNN_CODER_STORED,
			   0xaa,
			   0xbb, /* edge */
			   0x00,
			   0x01, /* plane 1, then plane 0 */
			   0x7f};

	zipnn_store32(coded + 4, zipnn_chunk_crc(77, raw, sizeof(raw)));
	check_decode(f, coded, sizeof(coded), 77, 6, 6, raw);
	check_decode(f, coded, sizeof(coded), 76, 6, ZIPNN_ERROR_CHECKSUM, NULL);
	coded[sizeof(coded) - 2] ^= 1;
	check_decode(f, coded, sizeof(coded), 77, 6, ZIPNN_ERROR_CHECKSUM, NULL);
}

static void a_stored_chunk(void **state)
{
	struct fixture *f = *state;
	const uint8_t coded[] = {0x00, 3, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c'};

	check_decode(f, coded, sizeof(coded), 5, 3, 3, (const uint8_t *)"abc");
	check_decode(f, coded, sizeof(coded), 5, 2, ZIPNN_ERROR_DST_TOO_SMALL, NULL);
	check_decode(f, coded, sizeof(coded) - 1, 5, 3, ZIPNN_ERROR_TRUNCATED, NULL);
}

/*
 * Replace bytes of the worked example at an offset; the result must give the error named, and give
 * it already when it is parsed: containers skip chunks without decoding them.
 */
static void check_field(struct fixture *f, size_t at, const char *bytes, size_t n, int64_t expected)
{
	uint8_t coded[sizeof(example)];
	struct zipnn_chunk_info info;

	memcpy(coded, example, sizeof(example));
	memcpy(coded + at, bytes, n);
	assert_int_equal(zipnn_chunk_parse(&info, coded, sizeof(coded)), expected);
	check_decode(f, coded, sizeof(coded), 0, 1000, expected, NULL);
}

/* The same where the header is legal, but not true of what follows. */
static void check_payload(struct fixture *f, size_t at, const char *bytes, size_t n,
			  int64_t expected)
{
	uint8_t coded[sizeof(example)];
	struct zipnn_chunk_info info;

	memcpy(coded, example, sizeof(example));
	memcpy(coded + at, bytes, n);
	assert_int_equal(zipnn_chunk_parse(&info, coded, sizeof(coded)), 0);
	check_decode(f, coded, sizeof(coded), 0, 1000, expected, NULL);
}

/* The reserved ids, and the end mark where a chunk should be. */
static void illegal_layouts(void **state)
{
	struct fixture *f = *state;

	for (unsigned id = ZIPNN_LAYOUT_COUNT; id < ZIPNN_LAYOUT_END; id++) {
		const char layout = (char)id;

		check_field(f, 0, &layout, 1, ZIPNN_ERROR_VERSION);
	}
	check_field(f, 0, "\x0f", 1, ZIPNN_ERROR_CORRUPT);
}

/*
 * The phase must be below the element size, and at least one element must follow it. All planes are
 * constant here, so that nothing else is wrong.
 */
static void illegal_phases_and_lengths(void **state)
{
	(void)state;
	for (unsigned id = ZIPNN_LAYOUT_STORED; id < ZIPNN_LAYOUT_COUNT; id++) {
		const unsigned element_size = zipnn_element_size((enum zipnn_layout_id)id);
		uint8_t coded[HEADER + 4 * ZIPNN_MAX_PLANES] = {0};

		for (unsigned k = 0; k < element_size; k++)
			zipnn_store32(coded + HEADER + (size_t)4 * k,
				      1 | ZIPNN_CODER_CONSTANT << 24);
		for (unsigned phase = 0; phase < 8; phase++) {
			for (unsigned raw_size = 0; raw_size < 40; raw_size++) {
				struct zipnn_chunk_info info;
				int legal =
				    element_size == 0
					? phase == 0 && raw_size > 0
					: phase < element_size && raw_size >= phase + element_size;

				coded[0] = (uint8_t)(id | phase << 4);
				coded[1] = (uint8_t)raw_size;
				assert_int_equal(zipnn_chunk_parse(&info, coded, sizeof(coded)),
						 legal ? 0 : ZIPNN_ERROR_CORRUPT);
			}
		}
	}
}

static void raw_lengths_that_contradict_the_planes(void **state)
{
	struct fixture *f = *state;

	check_field(f, 1, "\0\0\0", 3, ZIPNN_ERROR_CORRUPT);
	check_field(f, 1, "\1\0\0", 3, ZIPNN_ERROR_CORRUPT);
	check_field(f, 1, "\6\0\0", 3, ZIPNN_ERROR_CORRUPT);
	check_field(f, 1, "\xff\xff\xff", 3, ZIPNN_ERROR_CORRUPT);
	/* One byte more is a tail that is not there. */
	check_payload(f, 1, "\x09\0\0", 3, ZIPNN_ERROR_TRUNCATED);
}

static void illegal_crcs(void **state)
{
	struct fixture *f = *state;

	/* Must be 0 where none is announced. */
	for (size_t i = 4; i < 8; i++)
		check_field(f, i, "\1", 1, ZIPNN_ERROR_CORRUPT);
	/* Announced and wrong. */
	check_payload(f, 0, "\x83", 1, ZIPNN_ERROR_CHECKSUM);
}

static void illegal_descriptors(void **state)
{
	struct fixture *f = *state;

	/* A stored plane of another length. */
	check_field(f, 8, "\3\0\0\0", 4, ZIPNN_ERROR_CORRUPT);
	check_field(f, 8, "\5\0\0\0", 4, ZIPNN_ERROR_CORRUPT);
	check_field(f, 8, "\4\0\1\0", 4, ZIPNN_ERROR_CORRUPT);
	check_field(f, 12, "\5\0\0\0", 4, ZIPNN_ERROR_CORRUPT);
	/* A constant plane of no byte, or of more than one. */
	check_field(f, 8, "\0\0\0\1", 4, ZIPNN_ERROR_CORRUPT);
	check_field(f, 8, "\4\0\0\1", 4, ZIPNN_ERROR_CORRUPT);
	/* A frame longer than its plane; bytes that are no frame; no bytes. */
	check_field(f, 8, "\5\0\0\2", 4, ZIPNN_ERROR_CORRUPT);
	check_field(f, 8, "\5\0\0\4", 4, ZIPNN_ERROR_CORRUPT);
	check_payload(f, 8, "\4\0\0\2", 4, ZIPNN_ERROR_CORRUPT);
	check_payload(f, 8, "\4\0\0\3", 4, ZIPNN_ERROR_CORRUPT);
	check_payload(f, 8, "\4\0\0\5", 4, ZIPNN_ERROR_CORRUPT);
	check_field(f, 8, "\0\0\0\4", 4, ZIPNN_ERROR_CORRUPT);
	/* The reserved coders. */
	for (unsigned coder = 0; coder < 256; coder++) {
		const char descriptor[4] = {4, 0, 0, (char)coder};

		if (coder >= ZIPNN_CODER_COUNT) {
			check_field(f, 8, descriptor, 4, ZIPNN_ERROR_VERSION);
			check_field(f, 12, descriptor, 4, ZIPNN_ERROR_VERSION);
		}
	}
}

static void every_truncation(void **state)
{
	struct fixture *f = *state;
	struct zipnn_chunk_info info;

	for (size_t size = 0; size < sizeof(example); size++) {
		check_decode(f, example, size, 0, 8, ZIPNN_ERROR_TRUNCATED, NULL);
		/* The prefix is enough to parse, and no less. */
		assert_int_equal(zipnn_chunk_parse(&info, example, size),
				 size < 16 ? ZIPNN_ERROR_TRUNCATED : 0);
	}
	for (size_t capacity = 0; capacity < 8; capacity++)
		check_decode(f, example, sizeof(example), 0, capacity, ZIPNN_ERROR_DST_TOO_SMALL,
			     NULL);
}

/* Encode, parse, decode; all promises of chunk.h hold. Returns the coded size. */
static size_t check_round_trip(struct fixture *f, const uint8_t *raw, size_t size,
			       uint64_t raw_offset)
{
	struct guard coded = guard_new(zipnn_chunk_bound(size), 0);
	uint8_t *src = exact_copy(raw, size);
	struct zipnn_chunk_info info;
	int64_t result = zipnn_chunk_encode(f->cctx, coded.data, coded.size, src, size, raw_offset);

	if (result < 0 || (size_t)result > size + HEADER)
		fail_msg("%zu bytes: %lld", size, (long long)result);
	assert_true(guard_intact(&coded, coded.size));
	assert_memory_equal(src, raw, size);
	assert_int_equal(zipnn_chunk_parse(&info, coded.data, (size_t)result), 0);
	assert_int_equal(info.coded_size, result);
	assert_int_equal(info.raw_size, size);
	assert_int_equal(info.has_crc, 1);
	assert_int_equal(info.crc, zipnn_chunk_crc(raw_offset, raw, size));

	check_decode(f, coded.data, (size_t)result, raw_offset, size, (int64_t)size, raw);
	guard_free(&coded);
	free(src);
	return (size_t)result;
}

static void round_trips_of_every_type(void **state)
{
	struct fixture *f = *state;
	const size_t more[] = {64 * KIB - 1,  64 * KIB,  64 * KIB + 7,
			       256 * KIB - 3, 256 * KIB, 256 * KIB + 1};
	uint8_t *raw = malloc(256 * KIB + 16);

	assert_non_null(raw);
	for (int dtype = ZIPNN_DTYPE_AUTO; dtype <= ZIPNN_DTYPE_FP64; dtype++) {
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, (enum zipnn_dtype)dtype), 0);
		for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
			data_fill((enum data_kind)kind, raw, 600, kind);
			for (size_t size = 1; size <= 600; size += size < 70 ? 1 : 11)
				check_round_trip(f, raw, size, size * 3);
			for (size_t i = 0; i < 6; i++) {
				/* Two sizes for each kind, all sizes over all kinds. */
				if ((i + kind) % 3 != 0)
					continue;
				data_fill((enum data_kind)kind, raw, more[i], i);
				check_round_trip(f, raw, more[i], i << 40);
			}
		}
	}
	free(raw);
}

static void every_length_of_weights_at_every_phase(void **state)
{
	struct fixture *f = *state;
	uint8_t raw[600 + 8];

	for (unsigned kind = DATA_BF16; kind <= DATA_FP64; kind++) {
		for (size_t size = 1; size <= 600; size++) {
			data_weights((enum data_kind)kind, raw, size, (unsigned)size % 2, size);
			check_round_trip(f, raw, size, 0);
		}
	}
}

static void special_values_survive(void **state)
{
	struct fixture *f = *state;
	const enum zipnn_dtype dtypes[] = {ZIPNN_DTYPE_AUTO, ZIPNN_DTYPE_BF16, ZIPNN_DTYPE_FP16,
					   ZIPNN_DTYPE_FP32, ZIPNN_DTYPE_FP64};
	uint8_t *raw = malloc(64 * KIB + 8);

	assert_non_null(raw);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, dtypes[i]), 0);
		for (unsigned element_size = 2; element_size <= 8; element_size *= 2) {
			data_special_values(raw, 64 * KIB / element_size, element_size, i);
			check_round_trip(f, raw, 64 * KIB, 1);
			check_round_trip(f, raw + 1, 64 * KIB - 2, 1);
		}
	}
	free(raw);
}

/* What the project is for: weights shrink to about the sizes the design states. */
static void weights_shrink(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum data_kind kind;
		unsigned most_percent;
	} sizes[] = {{DATA_BF16, 68}, {DATA_FP16, 87}, {DATA_FP32, 84}};
	uint8_t *raw = malloc(256 * KIB);

	assert_non_null(raw);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned phase = 0; phase < 2; phase++) {
			data_weights(sizes[i].kind, raw, 256 * KIB, phase, phase);
			size_t coded = check_round_trip(f, raw, 256 * KIB, 0);

			if (coded > 256 * KIB / 100 * sizes[i].most_percent)
				fail_msg("%s at phase %u: %zu bytes", data_kind_name(sizes[i].kind),
					 phase, coded);
		}
	}
	free(raw);
}

/*
 * Blocks of 32 weights of four bits, two in a byte, after a scale in FP16, as GGUF's Q4_0: 18 bytes
 * look like floats of two, but their planes save half of what one code for all bytes does (95 %).
 */
static void four_bit_weights_with_scales_shrink(void **state)
{
	struct fixture *f = *state;
	const size_t block = 18;
	const size_t size = 256 * KIB / block * block;
	uint8_t *raw = malloc(256 * KIB);
	uint64_t random = 1;

	assert_non_null(raw);
	for (size_t at = 0; at < size; at += block) {
		double weights[32];
		double largest = 0;

		for (unsigned i = 0; i < 32; i++) {
			weights[i] = 0.01 * data_gaussian(&random);
			largest = fabs(weights[i]) > fabs(largest) ? weights[i] : largest;
		}
		const double scale = largest / -8;
		const uint16_t bits = data_fp16((float)scale);

		raw[at] = (uint8_t)bits;
		raw[at + 1] = (uint8_t)(bits >> 8);
		for (unsigned i = 0; i < 16; i++) {
			const double low = round(weights[i] / scale) + 8;
			const double high = round(weights[i + 16] / scale) + 8;

			raw[at + 2 + i] =
			    (uint8_t)((unsigned)fmin(low, 15) | (unsigned)fmin(high, 15) << 4);
		}
	}
	const size_t coded = check_round_trip(f, raw, size, 0);

	if (coded > size / 1000 * 962)
		fail_msg("%zu bytes of %zu", coded, size);
	free(raw);
}

/* 16-bit sound: an estimate of one code for all bytes is close to what planes take, and wrong. */
static void sound_keeps_its_planes(void **state)
{
	struct fixture *f = *state;
	const size_t size = 256 * KIB;
	uint8_t *raw = malloc(size);
	uint64_t random = 1;

	assert_non_null(raw);
	for (size_t i = 0; i < size / 2; i++) {
		const double sample = 10000 * sin((double)i / 300) + 150 * data_gaussian(&random);

		zipnn_store16(raw + 2 * i, (uint16_t)(int16_t)lrint(sample));
	}
	const size_t coded = check_round_trip(f, raw, size, 0);

	if (coded > size / 1000 * 960)
		fail_msg("%zu bytes of %zu", coded, size);
	free(raw);
}

/* Where planes are not the only reading, zstd is tried and wins if it is shorter. */
static void clean_weights_that_repeat_become_zstd(void **state)
{
	struct fixture *f = *state;
	uint8_t *raw = malloc(256 * KIB);

	assert_non_null(raw);
	data_fill(DATA_CLEAN_FP32, raw, 8 * KIB, 1);
	for (size_t at = 8 * KIB; at < 256 * KIB; at += 8 * KIB)
		memcpy(raw + at, raw, 8 * KIB);
	assert_true(check_round_trip(f, raw, 256 * KIB, 0) < 8 * KIB);
	free(raw);
}

static void incompressible_chunks_cost_the_header_alone(void **state)
{
	struct fixture *f = *state;
	uint8_t *raw = malloc(256 * KIB);

	assert_non_null(raw);
	data_fill(DATA_NOISE, raw, 256 * KIB, 3);
	for (int dtype = ZIPNN_DTYPE_AUTO; dtype <= ZIPNN_DTYPE_FP64; dtype++) {
		assert_int_equal(zipnn_cctx_set_dtype(f->cctx, (enum zipnn_dtype)dtype), 0);
		assert_int_equal(check_round_trip(f, raw, 256 * KIB, 0), 256 * KIB + HEADER);
		assert_int_equal(check_round_trip(f, raw, 1, 0), 1 + HEADER);
	}
	free(raw);
}

/* Chunks of other sizes than a blob's, up to the largest the format can say. */
static void large_chunks(void **state)
{
	struct fixture *f = *state;
	const size_t sizes[] = {1024 * KIB + 1, ZIPNN_CHUNK_MAX_SIZE};
	uint8_t *raw = malloc(ZIPNN_CHUNK_MAX_SIZE);
	uint8_t *coded = malloc(zipnn_chunk_bound(ZIPNN_CHUNK_MAX_SIZE));

	assert_non_null(raw);
	assert_non_null(coded);
	data_fill(DATA_BF16, raw, ZIPNN_CHUNK_MAX_SIZE, 4);
	for (unsigned i = 0; i < 2; i++)
		check_round_trip(f, raw, sizes[i], (uint64_t)1 << 63);
	assert_int_equal(zipnn_cctx_reserve(f->cctx, ZIPNN_CHUNK_MAX_SIZE), 0);
	assert_int_equal(zipnn_cctx_reserve(f->cctx, ZIPNN_CHUNK_MAX_SIZE + 1),
			 ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(
	    zipnn_chunk_encode(f->cctx, coded, SIZE_MAX, raw, ZIPNN_CHUNK_MAX_SIZE + 1, 0),
	    ZIPNN_ERROR_ARGUMENT);
	free(raw);
	free(coded);
}

/* A chunk with CRC belongs to one place: put elsewhere, it must not pass. */
static void moved_chunks_are_rejected(void **state)
{
	struct fixture *f = *state;
	const enum data_kind kinds[] = {DATA_FP32, DATA_NOISE, DATA_TEXT};
	uint8_t raw[5000];
	uint8_t coded[5000 + ZIPNN_CHUNK_MAX_PREFIX];

	for (unsigned i = 0; i < 3; i++) {
		data_fill(kinds[i], raw, sizeof(raw), i);
		int64_t size =
		    zipnn_chunk_encode(f->cctx, coded, sizeof(coded), raw, sizeof(raw), 262144);

		assert_true(size > 0);
		check_decode(f, coded, (size_t)size, 262144, sizeof(raw), sizeof(raw), raw);
		check_decode(f, coded, (size_t)size, 0, sizeof(raw), ZIPNN_ERROR_CHECKSUM, NULL);
		check_decode(f, coded, (size_t)size, 262145, sizeof(raw), ZIPNN_ERROR_CHECKSUM,
			     NULL);
	}
}

static void without_check_there_is_no_crc(void **state)
{
	struct fixture *f = *state;
	struct zipnn_chunk_info info;
	uint8_t raw[4096];
	uint8_t coded[4096 + ZIPNN_CHUNK_MAX_PREFIX];

	assert_int_equal(zipnn_cctx_set_check(f->cctx, 0), 0);
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		data_fill((enum data_kind)kind, raw, sizeof(raw), kind);
		int64_t size =
		    zipnn_chunk_encode(f->cctx, coded, sizeof(coded), raw, sizeof(raw), 9);

		assert_true(size > 0);
		assert_int_equal(zipnn_chunk_parse(&info, coded, (size_t)size), 0);
		assert_int_equal(info.has_crc, 0);
		assert_int_equal(info.crc, 0);
		check_decode(f, coded, (size_t)size, 8, sizeof(raw), sizeof(raw), raw);
	}
}

static void wrong_arguments(void **state)
{
	struct fixture *f = *state;
	uint8_t raw[100] = {0};
	uint8_t coded[100 + ZIPNN_CHUNK_MAX_PREFIX];
	const size_t room = sizeof(coded);

	assert_int_equal(zipnn_chunk_encode(NULL, coded, room, raw, 100, 0), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_chunk_encode(f->cctx, NULL, room, raw, 100, 0),
			 ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_chunk_encode(f->cctx, coded, room, NULL, 100, 0),
			 ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_chunk_encode(f->cctx, coded, room, raw, 0, 0), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(
	    zipnn_chunk_encode(f->cctx, coded, zipnn_chunk_bound(100) - 1, raw, 100, 0),
	    ZIPNN_ERROR_DST_TOO_SMALL);
	assert_int_equal(zipnn_cctx_reserve(NULL, 1), ZIPNN_ERROR_ARGUMENT);

	assert_int_equal(zipnn_chunk_decode(NULL, raw, 100, example, 24, 0), ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_chunk_decode(f->dctx, NULL, 100, example, 24, 0),
			 ZIPNN_ERROR_ARGUMENT);
	assert_int_equal(zipnn_chunk_decode(f->dctx, raw, 100, NULL, 24, 0), ZIPNN_ERROR_ARGUMENT);
}

/* Each test has contexts of its own: one that fails leaves nothing to the next. */
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(worked_example_of_the_format),
	    TEST(a_chunk_with_every_part),
	    TEST(a_stored_chunk),
	    TEST(illegal_layouts),
	    TEST(illegal_phases_and_lengths),
	    TEST(raw_lengths_that_contradict_the_planes),
	    TEST(illegal_crcs),
	    TEST(illegal_descriptors),
	    TEST(every_truncation),
	    TEST(round_trips_of_every_type),
	    TEST(every_length_of_weights_at_every_phase),
	    TEST(special_values_survive),
	    TEST(weights_shrink),
	    TEST(four_bit_weights_with_scales_shrink),
	    TEST(sound_keeps_its_planes),
	    TEST(clean_weights_that_repeat_become_zstd),
	    TEST(incompressible_chunks_cost_the_header_alone),
	    TEST(large_chunks),
	    TEST(moved_chunks_are_rejected),
	    TEST(without_check_there_is_no_crc),
	    TEST(wrong_arguments),
	};

	return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
