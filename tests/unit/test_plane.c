// SPDX-License-Identifier: BSD-3-Clause
/*
 * A plane goes through one of four coders. The choice decides the size; the decoder must return
 * exactly n values or an error, whatever the payload says, and FORMAT.md section 3.2 must be true
 * of what is written: a stranger's decoder relies on it.
 */
#include "cmocka_all.h"
#include "core/bytes.h"
#include "data.h"
#include "entropy/coder.h"
#include "entropy/lanes/lanes.h"
#include "guard.h"
#include "zipnn.h"

#define KIB ((size_t)1024)
#define MAX_VALUES (300 * KIB)

struct fixture {
	struct zipnn_plane_encoder encoder;
	struct zipnn_plane_decoder decoder;
	uint8_t *spare;
	uint8_t *plane;
	uint8_t *coded;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || zipnn_plane_encoder_init(&f->encoder, zipnn_isa_detect(), 1) < 0)
		return -1;
	if (zipnn_plane_decoder_init(&f->decoder, zipnn_isa_detect()) < 0)
		return -1;
	f->plane = malloc(MAX_VALUES);
	f->spare = malloc(MAX_VALUES);
	f->coded = malloc(MAX_VALUES);
	*state = f;
	return f->plane && f->spare && f->coded ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	zipnn_plane_encoder_free(&f->encoder);
	zipnn_plane_decoder_free(&f->decoder);
	free(f->spare);
	free(f->plane);
	free(f->coded);
	free(f);
	return 0;
}

/* Bytes like the exponents of BF16 weights: a dozen values, geometric. */
static void fill_exponents(uint8_t *dst, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = (uint8_t)(0x7a - __builtin_ctzll(data_random(&seed) | 1u << 12));
}

static void fill_zeros_and_few(uint8_t *dst, size_t n, unsigned percent, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = data_random(&seed) % 100 < percent ? 0 : (uint8_t)data_random(&seed);
}

static int64_t encode_as(struct fixture *f, enum zipnn_coder *coder, uint8_t *dst,
			 const uint8_t *plane, size_t n)
{
	struct zipnn_plane_look look = {0};

	return zipnn_plane_encode_as(&f->encoder, coder, dst, plane, n, &look);
}

/* As the frame does. */
static int64_t encode(struct fixture *f, enum zipnn_coder *coder, size_t n)
{
	*coder = zipnn_plane_choose(f->plane, n, 0);
	return zipnn_plane_encode(&f->encoder, coder, f->coded, f->spare, f->plane, n, 1);
}

static void check_choice(const uint8_t *plane, size_t n, enum zipnn_coder coder)
{
	const enum zipnn_coder choice = zipnn_plane_choose(plane, n, 0);

	if (choice != coder)
		fail_msg("%zu values: %s, expected %s", n, zipnn_coder_name(choice),
			 zipnn_coder_name(coder));
}

static void choice(void **state)
{
	struct fixture *f = *state;
	const size_t sizes[] = {12288, 12289, 65536, 131072, 262144};

	for (unsigned i = 0; i < 5; i++) {
		const size_t n = sizes[i];

		memset(f->plane, 0x7f, n);
		check_choice(f->plane, n, ZIPNN_CODER_CONSTANT);
		memset(f->plane, 0, n);
		check_choice(f->plane, n, ZIPNN_CODER_CONSTANT);
		f->plane[n - 1] = 1; /* nearly constant is not constant */
		check_choice(f->plane, n, ZIPNN_CODER_LANES);
		data_fill(DATA_NOISE, f->plane, n, n);
		check_choice(f->plane, n, ZIPNN_CODER_STORED);
		fill_exponents(f->plane, n, n);
		check_choice(f->plane, n, ZIPNN_CODER_LANES);
		check_choice(f->plane, 12287, ZIPNN_CODER_HUFFMAN);
	}
}

/*
 * A run of 3 % of a plane is found wherever it lies: half of the zero rule of the ZipNN paper,
 * section 4.2. As a segment of its own or by zstd, it costs next to nothing.
 */
static void runs_are_found(void **state)
{
	struct fixture *f = *state;
	const size_t n = 131072;
	const size_t run = n * 35 / 1000;

	for (size_t at = 0; at + run <= n; at += 7777) {
		struct zipnn_plane_look look = {0};
		enum zipnn_coder coder = ZIPNN_CODER_LANES;

		fill_exponents(f->plane, n, at);
		memset(f->plane + at, 0, run);
		assert_true(
		    zipnn_plane_encode_as(&f->encoder, &coder, f->coded, f->plane, n, &look) > 0);
		assert_true(look.runs > 0);
	}
}

/* Both rules against simply coding both ways: what is chosen is never much worse than either. */
static void zero_rule_against_coding_both_ways(void **state)
{
	struct fixture *f = *state;
	const size_t n = 131072;

	for (unsigned kind = 0; kind < 2; kind++) {
		for (unsigned percent = 8; percent <= 99; percent += 7) {
			enum zipnn_coder coders[] = {ZIPNN_CODER_LANES, ZIPNN_CODER_ZSTD,
						     ZIPNN_CODER_HUFFMAN};
			enum zipnn_coder chosen;
			int64_t best = INT64_MAX;

			if (kind == 0) {
				fill_zeros_and_few(f->plane, n, percent, percent);
			} else {
				fill_exponents(f->plane, n, percent);
				memset(f->plane + 1000, 0, n * (percent) / 100);
			}
			for (unsigned i = 0; i < 3; i++) {
				int64_t size = encode_as(f, &coders[i], f->coded, f->plane, n);

				best = size < best ? size : best;
			}
			int64_t size = encode(f, &chosen, n);

			if (size > best + (int64_t)n / 200)
				fail_msg("kind %u, %u %%: %s %d bytes, best %d", kind, percent,
					 zipnn_coder_name(chosen), (int)size, (int)best);
		}
	}
}

/*
 * Noise here and exponents there: skipping the one must not lose the other, however small its
 * share and wherever it lies (ZipNN paper, section 3.2: a skipped plane is tried again).
 */
static void noise_around_exponents(void **state)
{
	struct fixture *f = *state;
	const size_t n = 262144;
	const size_t lengths[] = {20000, 40000, 100000, 200000};

	for (unsigned i = 0; i < 4; i++) {
		for (size_t at = 0; at + lengths[i] <= n; at += 31013) {
			enum zipnn_coder coder;

			data_fill(DATA_NOISE, f->plane, n, i);
			fill_exponents(f->plane + at, lengths[i], at);
			int64_t size = encode(f, &coder, n);
			/* 2 bits a value, and two points for the borders. */
			int64_t ideal = (int64_t)(n - lengths[i] + lengths[i] / 4);

			if (size > ideal + (int64_t)n * 20 / 1000)
				fail_msg("%zu exponents at %zu: %s, %d bytes, ideal %d", lengths[i],
					 at, zipnn_coder_name(coder), (int)size, (int)ideal);
		}
	}
}

/* A mantissa of 7.8 bits is worth a code, one of 7.95 is not. */
static void choice_at_the_edge_of_noise(void **state)
{
	struct fixture *f = *state;
	const size_t n = 65536;
	uint64_t random = 1;

	for (size_t i = 0; i < n; i++)
		f->plane[i] = (uint8_t)(data_random(&random) % 222); /* 7.79 bits */
	check_choice(f->plane, n, ZIPNN_CODER_LANES);
	for (size_t i = 0; i < n; i++)
		f->plane[i] = (uint8_t)(data_random(&random) % 247); /* 7.95 bits */
	check_choice(f->plane, n, ZIPNN_CODER_STORED);
}

/* A plane above noise is looked at less, and that still tells noise from what is none. */
static void quick_look_at_likely_noise(void **state)
{
	struct fixture *f = *state;
	unsigned stored = 0;

	for (unsigned seed = 0; seed < 100; seed++) {
		const size_t n = 16384 + (size_t)seed * 1000;

		data_fill(DATA_NOISE, f->plane, n, seed);
		stored += zipnn_plane_choose(f->plane, n, 1) == ZIPNN_CODER_STORED;
		/* A quarter of it are exponents, anywhere: so one of the eight pieces is. */
		fill_exponents(f->plane + n / 100 * (seed % 75), n / 4 + 8, seed);
		assert_int_equal(zipnn_plane_choose(f->plane, n, 1), ZIPNN_CODER_LANES);
	}
	/* Noise passes, if need be by the larger sample. */
	assert_int_equal(stored, 100);
}

/* Samples at fixed distances would see nothing but the zeros where the distances agree. */
static void samples_are_not_fooled_by_rows(void **state)
{
	struct fixture *f = *state;

	for (size_t row = 512; row <= 4096; row *= 2) {
		data_fill(DATA_NOISE, f->plane, 262144, row);
		for (size_t at = 0; at < 262144; at += row)
			memset(f->plane + at, 0, 64);
		for (size_t n = 65536; n <= 262144; n *= 2) {
			struct zipnn_plane_look look = {0};
			enum zipnn_coder coder = ZIPNN_CODER_LANES;
			uint32_t sampled = 0;

			zipnn_plane_encode_as(&f->encoder, &coder, f->coded, f->plane, n, &look);
			for (unsigned v = 0; v < 256; v++)
				sampled += look.counts[v];
			/* There are 64 in `row`; a quarter more is chance. */
			assert_in_range(look.counts[0], 0, sampled * 64 / row * 5 / 4 + 64);
		}
	}
}

static void choice_depends_on_the_bytes_alone(void **state)
{
	struct fixture *f = *state;

	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		for (size_t n = 1; n < 10000; n += n < 70 ? 1 : 1237) {
			data_fill((enum data_kind)kind, f->plane, n, n);
			const enum zipnn_coder coder = zipnn_plane_choose(f->plane, n, 0);

			for (size_t offset = 0; offset < 3; offset++) {
				struct guard copy = guard_new(n, offset);

				memcpy(copy.data, f->plane, n);
				assert_int_equal(zipnn_plane_choose(copy.data, n, 0), coder);
				guard_free(&copy);
			}
		}
	}
	/* Sampled planes of every remainder, each ending where its memory ends. */
	data_fill(DATA_NOISE, f->plane, 10000, 1);
	for (size_t n = 4000; n < 10000; n += 17) {
		uint8_t *copy = exact_copy(f->plane, n);

		check_choice(copy, n, ZIPNN_CODER_STORED);
		free(copy);
	}
}

/*
 * Encode n values of f->plane with the coder asked for and decode them again. Returns the coder
 * that was used.
 */
static enum zipnn_coder check_round_trip(struct fixture *f, enum zipnn_coder coder, size_t n)
{
	struct guard coded = guard_new(n, 1);
	struct guard out = guard_new(n, 3);
	uint8_t *plane = exact_copy(f->plane, n);
	int64_t size = encode_as(f, &coder, coded.data, plane, n);

	assert_true(size >= 0 && (size_t)size <= n);
	assert_true(guard_intact(&coded, n));
	assert_memory_equal(plane, f->plane, n);
	if (coder == ZIPNN_CODER_STORED)
		assert_int_equal(size, n);
	else if (coder == ZIPNN_CODER_CONSTANT)
		assert_int_equal(size, 1);
	else
		assert_true((size_t)size < n);

	uint8_t *payload = exact_copy(coded.data, (size_t)size);

	assert_int_equal(zipnn_plane_decode(&f->decoder, coder, out.data, n, payload, (size_t)size),
			 0);
	assert_memory_equal(out.data, f->plane, n);
	assert_true(guard_intact(&out, n));
	free(payload);
	free(plane);
	guard_free(&coded);
	guard_free(&out);
	return coder;
}

static void round_trips(void **state)
{
	struct fixture *f = *state;
	const enum zipnn_coder coders[] = {ZIPNN_CODER_STORED, ZIPNN_CODER_HUFFMAN,
					   ZIPNN_CODER_LANES, ZIPNN_CODER_ZSTD};

	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		for (size_t n = 1; n <= MAX_VALUES; n = n < 40 ? n + 1 : n * 2 + 1) {
			data_fill((enum data_kind)kind, f->plane, n, n);
			for (unsigned i = 0; i < 4; i++)
				check_round_trip(f, coders[i], n);
			assert_int_equal(zipnn_plane_encoder_set_smallest(&f->encoder, 1), 0);
			check_round_trip(f, ZIPNN_CODER_HUFFMAN, n);
			check_round_trip(f, ZIPNN_CODER_LANES, n);
			check_round_trip(f, ZIPNN_CODER_RANS, n);
			assert_int_equal(zipnn_plane_encoder_set_smallest(&f->encoder, 0), 0);
			check_round_trip(f, zipnn_plane_choose(f->plane, n, 0), n);
		}
	}
	for (size_t n = 1; n <= MAX_VALUES; n = n * 3 + 1) {
		memset(f->plane, (int)n, n);
		assert_int_equal(check_round_trip(f, ZIPNN_CODER_CONSTANT, n),
				 ZIPNN_CODER_CONSTANT);
		assert_int_equal(zipnn_plane_choose(f->plane, n, 0), ZIPNN_CODER_CONSTANT);
	}
}

static void noise_falls_back_to_stored(void **state)
{
	struct fixture *f = *state;

	data_fill(DATA_NOISE, f->plane, 70000, 1);
	for (size_t n = 1; n <= 70000; n = n * 4 + 3) {
		assert_int_equal(check_round_trip(f, ZIPNN_CODER_HUFFMAN, n), ZIPNN_CODER_STORED);
		assert_int_equal(check_round_trip(f, ZIPNN_CODER_LANES, n), ZIPNN_CODER_STORED);
		assert_int_equal(check_round_trip(f, ZIPNN_CODER_ZSTD, n), ZIPNN_CODER_STORED);
	}
}

/* A dozen exponents must come near their entropy of two bits: the point of it all. */
static void prefix_codes_shrink_exponents(void **state)
{
	struct fixture *f = *state;
	const enum zipnn_coder coders[] = {ZIPNN_CODER_HUFFMAN, ZIPNN_CODER_LANES};

	for (unsigned smallest = 0; smallest < 2; smallest++) {
		for (unsigned i = 0; i < 2; i++) {
			enum zipnn_coder coder = coders[i];

			fill_exponents(f->plane, 131072, 1);
			assert_int_equal(
			    zipnn_plane_encoder_set_smallest(&f->encoder, (int)smallest), 0);
			int64_t size = encode_as(f, &coder, f->coded, f->plane, 131072);

			assert_int_equal(coder, coders[i]);
			assert_in_range(size, 131072 / 4, 131072 / 4 + 131072 / 100);
		}
	}
}

/* Looking for the smallest finds nothing larger, and something smaller where values drift. */
static void smallest_is_smallest(void **state)
{
	struct fixture *f = *state;
	const size_t n = 131072;

	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		enum zipnn_coder coder;
		int64_t sizes[2];

		data_fill((enum data_kind)kind, f->plane, n, kind);
		for (int smallest = 0; smallest < 2; smallest++) {
			assert_int_equal(zipnn_plane_encoder_set_smallest(&f->encoder, smallest),
					 0);
			sizes[smallest] = encode(f, &coder, n);
		}
		assert_true(sizes[1] > 0 && sizes[1] <= sizes[0]);
	}
	/* A distribution of its own for each 8 KiB. */
	for (size_t at = 0; at < n; at += 8192) {
		fill_exponents(f->plane + at, 8192, at);
		for (size_t i = 0; i < 8192; i++)
			f->plane[at + i] = (uint8_t)(f->plane[at + i] + at / 8192 * 14);
	}
	for (int smallest = 0; smallest < 2; smallest++) {
		enum zipnn_coder coder = ZIPNN_CODER_HUFFMAN;

		assert_int_equal(zipnn_plane_encoder_set_smallest(&f->encoder, smallest), 0);
		int64_t size = encode_as(f, &coder, f->coded, f->plane, n);

		assert_true(smallest ? size < (int64_t)n * 28 / 100 : size > (int64_t)n / 2);
	}
}

/*
 * Whether a zstd frame holds no sequences. Follows RFC 8878: frame header, block headers, the
 * literals section's header, and then the first byte of the sequences section, which is their
 * number if it is below 128.
 */
static int has_sequences(const uint8_t *frame, size_t size)
{
	static const unsigned content_size_bytes[] = {0, 2, 4, 8};
	unsigned descriptor = frame[4];
	unsigned single_segment = descriptor >> 5 & 1;
	size_t at = 6 - single_segment + content_size_bytes[descriptor >> 6];
	unsigned last = 0;

	assert_int_equal(descriptor & 3, 0); /* no dictionary */
	if (single_segment && descriptor >> 6 == 0)
		at++;
	while (!last) {
		assert_true(at + 3 <= size);
		uint32_t block = zipnn_load24(frame + at);
		size_t block_size = block >> 3;
		const uint8_t *literals = frame + at + 3;

		last = block & 1;
		at += 3;
		if ((block >> 1 & 3) == 1) { /* RLE: one byte, whatever the size */
			at++;
			continue;
		}
		at += block_size;
		if ((block >> 1 & 3) == 0) /* raw */
			continue;
		assert_true(at <= size);
		unsigned type = literals[0] & 3;
		unsigned format = literals[0] >> 2 & 3;
		size_t section; /* header and payload of the literals */

		if (type >= 2) {
			uint64_t header = zipnn_load32(literals) | (uint64_t)literals[4] << 32;
			unsigned width = format < 2 ? 10 : format == 2 ? 14 : 18;

			section = (format < 2    ? 3
				   : format == 2 ? 4
						 : 5) +
				  (size_t)(header >> (4 + width) & ((1u << width) - 1));
		} else {
			size_t header_size = format == 1 ? 2 : format == 3 ? 3 : 1;
			size_t length = header_size == 1   ? literals[0] >> 3
					: header_size == 2 ? zipnn_load16(literals) >> 4
							   : zipnn_load24(literals) >> 4;

			section = header_size + (type == 1 ? 1 : length);
		}
		assert_true(section < block_size);
		if (literals[section] != 0)
			return 1;
	}
	return 0;
}

/* FORMAT.md: the frame of coder huffman uses literals only. Data that repeats tempts it most. */
static void huffman_frames_have_no_sequences(void **state)
{
	struct fixture *f = *state;
	const size_t periods[] = {1000, 65536, 131072, 131073, MAX_VALUES};

	for (unsigned kind = 0; kind < 5; kind++) {
		const size_t period = periods[kind];

		fill_exponents(f->plane, period, kind);
		for (size_t i = period; i < MAX_VALUES; i++)
			f->plane[i] = f->plane[i - period];
		for (size_t n = 100; n <= MAX_VALUES; n = n * 2 + 37) {
			enum zipnn_coder coder = ZIPNN_CODER_HUFFMAN;
			int64_t size = encode_as(f, &coder, f->coded, f->plane, n);

			assert_true(size > 0);
			if (coder == ZIPNN_CODER_HUFFMAN && has_sequences(f->coded, (size_t)size))
				fail_msg("period %zu, %zu values: sequences in the frame", period,
					 n);
		}
	}
}

/* Text through coder zstd has some, or the test above proves nothing. */
static void the_search_for_sequences_finds_them(void **state)
{
	struct fixture *f = *state;
	enum zipnn_coder coder = ZIPNN_CODER_ZSTD;

	data_fill(DATA_TEXT, f->plane, 10000, 1);
	int64_t size = encode_as(f, &coder, f->coded, f->plane, 10000);

	assert_int_equal(coder, ZIPNN_CODER_ZSTD);
	assert_true(has_sequences(f->coded, (size_t)size));
}

static void check_decode(struct fixture *f, unsigned coder, size_t n, const uint8_t *payload,
			 size_t size, int64_t expected)
{
	struct guard out = guard_new(n, 0);
	uint8_t *copy = exact_copy(payload, size);
	int64_t result = zipnn_plane_decode(&f->decoder, coder, out.data, n, copy, size);

	if (result != expected)
		fail_msg("%s, %zu values from %zu bytes: %s, expected %s", zipnn_coder_name(coder),
			 n, size, zipnn_error_name(result), zipnn_error_name(expected));
	assert_true(guard_intact(&out, n));
	free(copy);
	guard_free(&out);
}

static void lengths_that_contradict_the_coder(void **state)
{
	struct fixture *f = *state;
	const uint8_t payload[101] = {7};

	check_decode(f, ZIPNN_CODER_STORED, 100, payload, 99, ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_STORED, 100, payload, 101, ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_STORED, 100, payload, 0, ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_CONSTANT, 100, payload, 0, ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_CONSTANT, 100, payload, 2, ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_CONSTANT, 100, payload, 100, ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_HUFFMAN, 100, payload, 0, ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_ZSTD, 100, payload, 0, ZIPNN_ERROR_CORRUPT);
}

static void unknown_coders(void **state)
{
	struct fixture *f = *state;
	const uint8_t payload[100] = {0};

	for (unsigned coder = 0; coder < 256; coder++) {
		if (coder >= ZIPNN_CODER_COUNT)
			check_decode(f, coder, 100, payload, 100, ZIPNN_ERROR_VERSION);
	}
}

/* One frame in, one frame out: what is shorter, longer, or more than one is rejected. */
static void hostile_frames(void **state)
{
	struct fixture *f = *state;
	const unsigned coders[] = {ZIPNN_CODER_HUFFMAN, ZIPNN_CODER_ZSTD};
	static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'h', 'i'};
	const size_t n = 3000;

	fill_exponents(f->plane, n, 5);
	for (unsigned i = 0; i < 2; i++) {
		enum zipnn_coder coder = (enum zipnn_coder)coders[i];
		size_t size = (size_t)encode_as(f, &coder, f->coded, f->plane, n);

		assert_int_equal(coder, coders[i]);
		check_decode(f, coder, n, f->coded, size, 0);
		for (size_t cut = 0; cut < size; cut++)
			check_decode(f, coder, n, f->coded, cut, ZIPNN_ERROR_CORRUPT);
		check_decode(f, coder, n - 1, f->coded, size, ZIPNN_ERROR_CORRUPT);
		check_decode(f, coder, n + 1, f->coded, size, ZIPNN_ERROR_CORRUPT);
		check_decode(f, coder, 1, f->coded, size, ZIPNN_ERROR_CORRUPT);
		f->coded[size] = 0;
		check_decode(f, coder, n, f->coded, size + 1, ZIPNN_ERROR_CORRUPT);
		/* Two frames whose values add up to n; a frame and a skippable one. */
		size = ZSTD_compress(f->coded, MAX_VALUES, f->plane, n / 2, 1);
		size += ZSTD_compress(f->coded + size, MAX_VALUES - size, f->plane, n - n / 2, 1);
		check_decode(f, coder, n, f->coded, size, ZIPNN_ERROR_CORRUPT);
		size = ZSTD_compress(f->coded, MAX_VALUES, f->plane, n, 1);
		memcpy(f->coded + size, skippable, sizeof(skippable));
		check_decode(f, coder, n, f->coded, size + sizeof(skippable), ZIPNN_ERROR_CORRUPT);
	}
}

/* A frame may carry a checksum of its own; if it is wrong, so is the plane. */
static void a_frame_with_a_wrong_checksum(void **state)
{
	struct fixture *f = *state;
	ZSTD_CCtx *zstd = ZSTD_createCCtx();

	assert_non_null(zstd);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	fill_exponents(f->plane, 3000, 1);
	size_t size = ZSTD_compress2(zstd, f->coded, MAX_VALUES, f->plane, 3000);

	check_decode(f, ZIPNN_CODER_ZSTD, 3000, f->coded, size, 0);
	f->coded[size - 1] ^= 1;
	check_decode(f, ZIPNN_CODER_ZSTD, 3000, f->coded, size, ZIPNN_ERROR_CORRUPT);
	ZSTD_freeCCtx(zstd);
}

/* Frames of zstd before its format was frozen (v0.5 here) are no frames of RFC 8878. */
static void legacy_frames(void **state)
{
	struct fixture *f = *state;
	/* Magic of v0.5, window descriptor, one raw block of 4 bytes, end block. */
	static const uint8_t legacy[] = {0x25, 0xb5, 0x2f, 0xfd, 0x00, 0x40, 0x00, 0x04,
					 'd',  'a',  't',  'a',  0xc0, 0x00, 0x00};

	check_decode(f, ZIPNN_CODER_ZSTD, 4, legacy, sizeof(legacy), ZIPNN_ERROR_CORRUPT);
	check_decode(f, ZIPNN_CODER_HUFFMAN, 4, legacy, sizeof(legacy), ZIPNN_ERROR_CORRUPT);
}

static void garbage(void **state)
{
	struct fixture *f = *state;
	uint64_t random = 9;

	for (unsigned i = 0; i < 2000; i++) {
		size_t size = 1 + (size_t)(data_random(&random) % 300);

		data_fill(DATA_NOISE, f->coded, size, random);
		if (i % 2) /* get past the magic */
			zipnn_store32(f->coded, ZSTD_MAGICNUMBER);
		check_decode(f, i % 4 < 2 ? ZIPNN_CODER_HUFFMAN : ZIPNN_CODER_ZSTD, 1000, f->coded,
			     size < 4 ? 4 : size, ZIPNN_ERROR_CORRUPT);
	}
}

static void levels(void **state)
{
	struct fixture *f = *state;
	int64_t sizes[2];

	data_fill(DATA_TEXT, f->plane, 100000, 1);
	for (unsigned i = 0; i < 2; i++) {
		enum zipnn_coder coder = ZIPNN_CODER_ZSTD;

		assert_int_equal(zipnn_plane_encoder_set_level(&f->encoder, i ? 19 : 1), 0);
		sizes[i] = encode_as(f, &coder, f->coded, f->plane, 100000);
		assert_int_equal(check_round_trip(f, ZIPNN_CODER_ZSTD, 100000), ZIPNN_CODER_ZSTD);
	}
	assert_true(sizes[1] < sizes[0]);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(zipnn_coder_name(0), "stored");
	assert_string_equal(zipnn_coder_name(1), "constant");
	assert_string_equal(zipnn_coder_name(2), "huffman");
	assert_string_equal(zipnn_coder_name(3), "lanes");
	assert_string_equal(zipnn_coder_name(4), "zstd");
	assert_string_equal(zipnn_coder_name(5), "rans");
	assert_string_equal(zipnn_coder_name(6), "unknown");
	assert_string_equal(zipnn_coder_name(255), "unknown");
}

/* Each test has contexts of its own: one that fails leaves nothing to the next. */
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(choice),
	    TEST(runs_are_found),
	    TEST(zero_rule_against_coding_both_ways),
	    TEST(noise_around_exponents),
	    TEST(choice_at_the_edge_of_noise),
	    TEST(quick_look_at_likely_noise),
	    TEST(samples_are_not_fooled_by_rows),
	    TEST(choice_depends_on_the_bytes_alone),
	    TEST(round_trips),
	    TEST(noise_falls_back_to_stored),
	    TEST(prefix_codes_shrink_exponents),
	    TEST(smallest_is_smallest),
	    TEST(huffman_frames_have_no_sequences),
	    TEST(the_search_for_sequences_finds_them),
	    TEST(lengths_that_contradict_the_coder),
	    TEST(unknown_coders),
	    TEST(hostile_frames),
	    TEST(a_frame_with_a_wrong_checksum),
	    TEST(legacy_frames),
	    TEST(garbage),
	    TEST(levels),
	    TEST(names),
	};

	return cmocka_run_group_tests_name("plane", tests, NULL, NULL);
}
