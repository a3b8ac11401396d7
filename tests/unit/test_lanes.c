// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coder lanes carries nearly all of what zipnn saves, and its decoder is where hostile bytes do the
 * most: each rule of FORMAT.md section 4 is broken here one by one, and every code that the rules
 * allow must work, not only those that today's encoder chooses.
 *
 * Kernels are compared with the scalar one as far as this CPU can run them. test_lanes_emulated is
 * this program once more with emulated AVX-512 kernels: simd_emulation/immintrin.h.
 */
#include "cmocka_all.h"
#include "core/bytes.h"
#include "data.h"
#include "entropy/lanes/choose.h"
#include "entropy/lanes/lanes.h"
#include "entropy/lanes/literals.h"
#include "entropy/sample.h"
#include "guard.h"
#include "lanes_compare.h"
#include "zipnn.h"

#define MAX_VALUES ((size_t)200 << 10)
#define ESCAPE ZIPNN_LANES_ESCAPE

struct fixture {
	struct zipnn_lanes_encoder encoder;
	struct zipnn_lanes_decoder decoder;
	uint8_t values[MAX_VALUES];
	uint8_t coded[MAX_VALUES + MAX_VALUES / 2];
};

static int set_up(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	*state = f;
	if (!f)
		return -1;
	f->encoder.kernel = zipnn_lanes_encode_scalar;
	f->decoder.kernel = zipnn_lanes_decode_scalar;
	return 0;
}

/* The sets of instructions whose kernels can run here. */
static int has(enum zipnn_isa isa)
{
#ifdef ZIPNN_EMULATED
	return isa == ZIPNN_ISA_SCALAR || isa == ZIPNN_ISA_AVX512 || isa == ZIPNN_ISA_VBMI;
#else
	return zipnn_isa_limit(zipnn_isa_detect(), isa) == isa;
#endif
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* Decode a plane of n values from memory that ends where the bytes end. */
static int64_t decode(struct fixture *f, struct guard *out, size_t n, const uint8_t *coded,
		      size_t size)
{
	uint8_t *copy = exact_copy(coded, size);
	int64_t result = zipnn_lanes_decode(&f->decoder, out->data, n, copy, size);

	assert_true(guard_intact(out, n));
	free(copy);
	return result;
}

/* With every kernel that this machine can run. */
static void check_decodes(struct fixture *f, size_t n, size_t size)
{
	for (unsigned isa = 0; isa < ZIPNN_ISA_COUNT; isa++) {
		if (!has((enum zipnn_isa)isa))
			continue;
		struct guard out = guard_new(n, 0);

		f->decoder.kernel = zipnn_lanes_decode_kernel_for((enum zipnn_isa)isa);
		assert_int_equal(decode(f, &out, n, f->coded, size), 0);
		if (memcmp(out.data, f->values, n) != 0)
			fail_msg("%s: other values", zipnn_isa_name((enum zipnn_isa)isa));
		guard_free(&out);
	}
	f->decoder.kernel = zipnn_lanes_decode_scalar;
}

/* Values of a two-sided geometric distribution: scale 1 is narrow, 40 is wide. */
static void fill_peak(uint8_t *dst, size_t n, unsigned scale, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		int sum = 0;

		for (unsigned k = 0; k < 4; k++)
			sum += (int)(data_random(&seed) % (scale + 1)) - (int)(scale + 1) / 2;
		dst[i] = (uint8_t)(120 + sum);
	}
}

static size_t encode(struct fixture *f, uint8_t *dst, size_t capacity, size_t n, int smallest)
{
	struct zipnn_plane_look look = {0};

	return zipnn_lanes_encode(&f->encoder, dst, capacity, f->values, n, smallest, &look);
}

/* Every kernel writes the bytes of a plane that the scalar one has written to f->coded. */
static void check_encodes_plane(struct fixture *f, size_t n, int smallest, size_t size)
{
	uint8_t *coded = malloc(sizeof(f->coded));

	assert_non_null(coded);
	for (unsigned isa = 0; isa < ZIPNN_ISA_COUNT; isa++) {
		if (!has((enum zipnn_isa)isa))
			continue;
		f->encoder.kernel = zipnn_lanes_encode_kernel_for((enum zipnn_isa)isa);
		size_t other = encode(f, coded, sizeof(f->coded), n, smallest);

		if (other != size || memcmp(coded, f->coded, size) != 0)
			fail_msg("%s: other bytes", zipnn_isa_name((enum zipnn_isa)isa));
	}
	f->encoder.kernel = zipnn_lanes_encode_scalar;
	free(coded);
}

static void round_trips(void **state)
{
	struct fixture *f = *state;
	const unsigned scales[] = {0, 1, 3, 6, 12, 30, 60};

	for (size_t n = 1; n <= MAX_VALUES; n = n < 300 ? n + 1 : n + n / 3 + 1) {
		for (unsigned i = 0; i < 7; i++) {
			for (int smallest = 0; smallest < 2; smallest++) {
				fill_peak(f->values, n, scales[i], n);
				size_t size = encode(f, f->coded, sizeof(f->coded), n, smallest);

				assert_in_range(size, 4, n + 3 * (n / 4096 + 1));
				check_encodes_plane(f, n, smallest, size);
				check_decodes(f, n, size);
			}
		}
	}
}

/* A capacity too small gives 0, and nothing is written past it. */
static void every_capacity(void **state)
{
	struct fixture *f = *state;
	const size_t n = 9000;

	fill_peak(f->values, n, 5, 1);
	size_t size = encode(f, f->coded, sizeof(f->coded), n, 0);

	for (size_t capacity = 0; capacity <= size; capacity += capacity + 9 < size ? 9 : 1) {
		struct guard out = guard_new(capacity, 0);
		size_t result = encode(f, out.data, capacity, n, 0);

		assert_int_equal(result, capacity < size ? 0 : size);
		assert_true(guard_intact(&out, capacity));
		guard_free(&out);
	}
}

/* Every code that the format allows, not only those that the encoder would choose. */
static void any_valid_code(void **state)
{
	char message[256];

	(void)state;
	for (unsigned i = 0; i < ZIPNN_ISA_COUNT; i++) {
		const enum zipnn_isa isa = (enum zipnn_isa)i;

		if (has(isa) && lanes_compare(zipnn_lanes_encode_kernel_for(isa),
					      zipnn_lanes_decode_kernel_for(isa), message,
					      sizeof(message)) != 0)
			fail_msg("%s: %s", zipnn_isa_name(isa), message);
	}
}

static int64_t rank_of(const uint8_t lengths[ZIPNN_LANES_SYMBOLS], unsigned raw_bits, int narrow)
{
	struct zipnn_lanes_code code = {.raw_bits = raw_bits, .narrow = narrow};
	struct zipnn_lanes_ranks ranks;

	memcpy(code.lengths, lengths, ZIPNN_LANES_SYMBOLS);
	return zipnn_lanes_rank(&ranks, &code);
}

/* FORMAT.md section 4.2: what is a code and what is none. */
static void invalid_codes(void **state)
{
	uint8_t lengths[ZIPNN_LANES_SYMBOLS] = {0};

	(void)state;
	assert_int_equal(rank_of(lengths, 0, 0), ZIPNN_ERROR_CORRUPT); /* no symbol */
	lengths[5] = 1;
	assert_int_equal(rank_of(lengths, 0, 0), ZIPNN_ERROR_CORRUPT); /* half of the space */
	lengths[9] = 1;
	assert_int_equal(rank_of(lengths, 0, 0), 0);
	assert_int_equal(rank_of(lengths, 1, 0), ZIPNN_ERROR_CORRUPT); /* one class */
	lengths[9] = 2;
	assert_int_equal(rank_of(lengths, 0, 0), ZIPNN_ERROR_CORRUPT); /* 3/4 */
	lengths[ESCAPE] = 2;
	assert_int_equal(rank_of(lengths, 0, 0), 0);
	lengths[7] = 8;
	assert_int_equal(rank_of(lengths, 0, 0), ZIPNN_ERROR_CORRUPT); /* 1 + 1/256 */
	lengths[7] = 0;
	/* Three symbols in classes of two: one of length 1, so its class is short, but not last. */
	assert_int_equal(rank_of(lengths, 1, 0), ZIPNN_ERROR_CORRUPT);
	lengths[6] = 1; /* now the last class is the escape and 9, of length 2: half too little */
	assert_int_equal(rank_of(lengths, 1, 0), ZIPNN_ERROR_CORRUPT);
	lengths[9] = lengths[ESCAPE] = 1;
	assert_int_equal(rank_of(lengths, 1, 0), 0);
	memset(lengths, 8, sizeof(lengths)); /* 257 symbols */
	assert_int_equal(rank_of(lengths, 0, 0), ZIPNN_ERROR_CORRUPT);
	lengths[0] = 0;
	assert_int_equal(rank_of(lengths, 0, 0), 0);
}

/* Section 4.4: each promise of a narrow code is a must. */
static void invalid_narrow_codes(void **state)
{
	uint8_t lengths[ZIPNN_LANES_SYMBOLS] = {0};

	(void)state;
	lengths[0] = lengths[1] = 1;
	assert_int_equal(rank_of(lengths, 0, 0), 0);
	assert_int_equal(rank_of(lengths, 0, 1), ZIPNN_ERROR_CORRUPT); /* no escape */
	lengths[1] = 0;
	lengths[ESCAPE] = 1;
	assert_int_equal(rank_of(lengths, 0, 1), 0);
	/* Lengths 1, 2, 3, 4, 5, 6, 7, 7: one prefix of four bits leads on. */
	for (unsigned i = 0; i < 7; i++)
		lengths[i] = (uint8_t)(i + 1);
	lengths[ESCAPE] = 7;
	assert_int_equal(rank_of(lengths, 0, 1), 0);
	lengths[6] = 8;
	lengths[7] = 8;
	assert_int_equal(rank_of(lengths, 0, 0), 0);
	assert_int_equal(rank_of(lengths, 0, 1), ZIPNN_ERROR_CORRUPT); /* longer than 7 */
	/* 1, 2, 3, then four of five bits: two prefixes. */
	memset(lengths, 0, sizeof(lengths));
	lengths[0] = 1;
	lengths[1] = 2;
	lengths[2] = 3;
	lengths[3] = lengths[4] = lengths[5] = lengths[ESCAPE] = 5;
	assert_int_equal(rank_of(lengths, 0, 0), 0);
	assert_int_equal(rank_of(lengths, 0, 1), ZIPNN_ERROR_CORRUPT);
	/* Sixteen kept values and an escape. */
	memset(lengths, 0, sizeof(lengths));
	for (unsigned i = 0; i < 15; i++)
		lengths[i] = 4;
	lengths[15] = lengths[ESCAPE] = 5;
	assert_int_equal(rank_of(lengths, 0, 0), 0);
	assert_int_equal(rank_of(lengths, 0, 1), ZIPNN_ERROR_CORRUPT);
	lengths[15] = 0;
	lengths[ESCAPE] = 4;
	assert_int_equal(rank_of(lengths, 0, 1), 0);
	assert_int_equal(rank_of(lengths, 1, 1), ZIPNN_ERROR_CORRUPT); /* raw bits */
}

/* Whether the chosen codes are valid for any counts, and cost what the choice says they cost. */
static void chosen_codes_are_valid(void **state)
{
	uint64_t random = 3;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		uint32_t counts[256] = {0};
		struct zipnn_sorted_counts sorted;
		struct zipnn_lanes_code code;
		struct zipnn_lanes_ranks ranks;
		const unsigned values = 1 + (unsigned)(data_random(&random) % 256);
		const unsigned spread = (unsigned)(data_random(&random) % 14);

		for (unsigned k = 0; k < values; k++)
			counts[data_random(&random) % 256] +=
			    1 + (uint32_t)((data_random(&random) % 4096) >>
					   data_random(&random) % (spread + 1));
		zipnn_sort_counts(&sorted, counts);
		for (unsigned r = 1; r < sorted.distinct; r++)
			assert_true(sorted.counts[r - 1] >= sorted.counts[r]);
		for (unsigned r = 0; r <= 2; r++) {
			if (zipnn_lanes_choose_wide(&code, &sorted, r, NULL) != UINT32_MAX)
				assert_int_equal(zipnn_lanes_rank(&ranks, &code), 0);
		}
		zipnn_lanes_choose_narrow(&code, &sorted);
		assert_true(code.narrow);
		assert_int_equal(zipnn_lanes_rank(&ranks, &code), 0);
		for (int smallest = 0; smallest < 2; smallest++) {
			zipnn_lanes_choose(&code, &sorted, NULL, smallest);
			assert_int_equal(zipnn_lanes_rank(&ranks, &code), 0);
		}
	}
}

/* By falling count, then by rising value, whatever the number of values and the size of counts. */
static void counts_are_sorted(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		const unsigned distinct = (unsigned)(data_random(&random) % 257);
		const unsigned bits = (unsigned)(data_random(&random) % 17);
		uint32_t counts[256] = {0};
		struct zipnn_sorted_counts sorted;
		uint32_t total = 0;
		unsigned present = 0;

		for (unsigned i = 0; i < distinct; i++)
			counts[data_random(&random) % 256] =
			    (uint32_t)(data_random(&random) % ((1u << bits) + 1));
		zipnn_sort_counts(&sorted, counts);
		for (unsigned v = 0; v < 256; v++) {
			present += counts[v] > 0;
			total += counts[v];
		}
		assert_int_equal(sorted.distinct, present);
		assert_int_equal(sorted.total, total);
		for (unsigned i = 0; i < present; i++) {
			assert_int_equal(sorted.counts[i], counts[sorted.values[i]]);
			assert_true(i == 0 || sorted.counts[i - 1] > sorted.counts[i] ||
				    (sorted.counts[i - 1] == sorted.counts[i] &&
				     sorted.values[i - 1] < sorted.values[i]));
		}
	}
}

/* Samples that are taken together are what each alone would be. */
static void samples_taken_together(void **state)
{
	struct fixture *f = *state;
	uint64_t random = 1;

	for (size_t i = 0; i < sizeof(f->values); i++)
		f->values[i] = i / 1000 % 2 ? 7 : (uint8_t)data_random(&random);
	for (size_t count = 0; count <= 11; count++) {
		const size_t lines = 1 + count % 4;
		uint32_t counts[11][256] = {{0}};
		struct zipnn_sample_of of[11];

		for (size_t i = 0; i < count; i++)
			of[i] = (struct zipnn_sample_of){counts[i], f->values + 100 * i,
							 i % 5 == 3 ? 100 : 3000 + i,
							 zipnn_sample_seed(i), 99};
		zipnn_sample_each(of, count, lines);
		for (size_t i = 0; i < count; i++) {
			uint32_t alone[256] = {0};

			assert_int_equal(of[i].constant,
					 zipnn_sample_counts(alone, f->values + 100 * i,
							     i % 5 == 3 ? 100 : 3000 + i, lines,
							     zipnn_sample_seed(i)));
			assert_memory_equal(alone, counts[i], sizeof(alone));
		}
	}
}

/* Where few values can occur, all have codes, so that no escape takes space: a sign plane is 1 bit
 * a value. */
static void sign_planes_take_one_bit(void **state)
{
	struct fixture *f = *state;
	const size_t n = 65536;
	uint64_t random = 1;

	for (unsigned bits = 1; bits <= 5; bits++) {
		for (size_t i = 0; i < n; i++)
			f->values[i] = (uint8_t)((data_random(&random) & ((1u << bits) - 1)) << 3);
		size_t size = encode(f, f->coded, sizeof(f->coded), n, 0);

		assert_in_range(size, n / 8 * bits, n / 8 * bits + 120);
		check_decodes(f, n, size);
	}
}

/* A code is local: eight distributions of 8 KiB cost little more than their entropy. */
static void segments_follow_the_distribution(void **state)
{
	struct fixture *f = *state;
	const size_t n = 65536;

	for (size_t at = 0; at < n; at += 16384) {
		fill_peak(f->values + at, 16384, 2, at);
		for (size_t i = 0; i < 16384; i++)
			f->values[at + i] = (uint8_t)(f->values[at + i] + at / 16384 * 50);
	}
	size_t size = encode(f, f->coded, sizeof(f->coded), n, 0);

	assert_in_range(size, 1, n * 37 / 100);
	check_decodes(f, n, size);
}

#define NARROW 3u

/* A coded segment with sets, literals of both kinds and raw bits (or with a narrow code), to be
 * broken below. */
static size_t sample_segment(struct fixture *f, size_t n, unsigned raw_bits)
{
	uint32_t counts[256] = {0};
	struct zipnn_sorted_counts sorted;
	struct zipnn_lanes_code code;
	uint64_t random = 5;

	for (size_t i = 0; i < n; i++) {
		unsigned tail = (unsigned)__builtin_ctzll(data_random(&random) | 1u << 20);

		f->values[i] = (uint8_t)(tail < 9 ? 100 + tail * 4 + data_random(&random) % 5
						  : data_random(&random) % 30);
	}
	for (size_t i = 0; i < n; i++)
		counts[f->values[i]]++;
	zipnn_sort_counts(&sorted, counts);
	if (raw_bits == NARROW)
		zipnn_lanes_choose_narrow(&code, &sorted);
	else
		assert_true(zipnn_lanes_choose_wide(&code, &sorted, raw_bits, NULL) != UINT32_MAX);
	size_t size =
	    zipnn_segment_put_coded(&f->encoder, f->coded, sizeof(f->coded), &code, f->values, n);

	assert_true(size > 0);
	check_decodes(f, n, size);
	return size;
}

static void check_broken(struct fixture *f, size_t n, size_t size, const char *what)
{
	struct guard out = guard_new(n, 0);

	if (decode(f, &out, n, f->coded, size) != ZIPNN_ERROR_CORRUPT)
		fail_msg("%s is accepted", what);
	guard_free(&out);
}

static void broken_headers(void **state)
{
	struct fixture *f = *state;
	const size_t n = 3000;

	for (unsigned raw_bits = 0; raw_bits <= 2; raw_bits++) {
		const size_t size = sample_segment(f, n, raw_bits);
		struct {
			size_t at;
			unsigned value;
			const char *what;
		} cases[] = {
		    {0, f->coded[0] | 0x80u, "a reserved bit"},
		    {0, (f->coded[0] & ~7u) | 6, "form 6"},
		    {0, (f->coded[0] & ~7u) | 7, "form 7"},
		    {0, (f->coded[0] & ~7u) | 2, "a wide code called narrow"},
		    {0, f->coded[0] & ~0x40u, "literals without an escape"},
		    {0, f->coded[0] & ~0x38u, "another literal width"},
		    {0, 0x40, "a stored segment with an escape"},
		    {0, 0x09, "a constant segment with a literal width"},
		    {1, f->coded[1] ^ 1u, "another number of values"},
		    {3, 0, "no still block"},
		    {3, 1, "one still block"},
		    {3, 17, "seventeen still blocks"},
		    {3, f->coded[3] + 3u, "more still blocks"},
		    {4, f->coded[4] ^ 1u, "another number of literals"},
		    {6, f->coded[6] ^ 1u, "another number of raw literals"},
		    {8, f->coded[8] ^ 1u, "another number of words in group 0"},
		    {10, f->coded[10] ^ 1u, "another number of words in group 1"},
		    {13, 255, "a kept set past 255"},
		};

		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			const uint8_t before = f->coded[cases[i].at];

			f->coded[cases[i].at] = (uint8_t)cases[i].value;
			check_broken(f, n, size, cases[i].what);
			f->coded[cases[i].at] = before;
		}
		for (size_t cut = 0; cut < size; cut++)
			check_broken(f, n, cut, "a truncation");
		f->coded[size] = 0;
		check_broken(f, n, size + 1, "a byte too many");
		check_broken(f, n - 1, size, "a segment longer than its plane");
		check_broken(f, n + 1, size, "a plane longer than its segments");
	}
}

/* Every kernel says of damaged bytes what the scalar one says, and decodes the same from them. */
static void check_verdict(struct fixture *f, size_t n, size_t size, int64_t expected,
			  const uint8_t *values)
{
	for (unsigned isa = 1; isa < ZIPNN_ISA_COUNT; isa++) {
		if (!has((enum zipnn_isa)isa))
			continue;
		struct guard out = guard_new(n, 0);

		f->decoder.kernel = zipnn_lanes_decode_kernel_for((enum zipnn_isa)isa);
		int64_t result = decode(f, &out, n, f->coded, size);

		if (result != expected || (result == 0 && memcmp(out.data, values, n) != 0))
			fail_msg("%s: %s, expected %s", zipnn_isa_name((enum zipnn_isa)isa),
				 zipnn_error_name(result), zipnn_error_name(expected));
		guard_free(&out);
	}
	f->decoder.kernel = zipnn_lanes_decode_scalar;
}

/* Whatever a byte is replaced by: an error, or exactly n values; never a byte out of bounds. */
static void every_byte_replaced(void **state)
{
	struct fixture *f = *state;
	const size_t n = 700;

	for (unsigned raw_bits = 0; raw_bits <= NARROW; raw_bits++) {
		const size_t size = sample_segment(f, n, raw_bits);
		struct guard out = guard_new(n, 0);

		for (size_t at = 0; at < size; at++) {
			for (unsigned value = 0; value < 256; value += at < 120 ? 1 : 51) {
				const uint8_t before = f->coded[at];
				int64_t result;

				f->coded[at] = (uint8_t)value;
				result = decode(f, &out, n, f->coded, size);
				assert_true(result == 0 || result == ZIPNN_ERROR_CORRUPT);
				check_verdict(f, n, size, result, out.data);
				f->coded[at] = before;
			}
		}
		guard_free(&out);
	}
}

/* A segment without escapes, in which group j takes many words and the other one few. */
static size_t uneven_segment(struct fixture *f, size_t n, unsigned raw_bits, unsigned j)
{
	struct zipnn_lanes_code code = {.raw_bits = raw_bits % NARROW,
					.narrow = raw_bits == NARROW};
	const unsigned few = 1u << code.raw_bits; /* values of one bit */
	const unsigned many = code.narrow ? 7 : 16u << code.raw_bits;
	uint64_t random = 1;

	memset(code.lengths, 1, few);
	memset(code.lengths + few, code.narrow ? 4 : 5, many);
	if (code.narrow) {
		memset(code.lengths + few + many, 7, 7);
		code.lengths[ESCAPE] = 7;
	}
	for (size_t i = 0; i < n; i++)
		f->values[i] = (uint8_t)(i % 2 == j ? few + data_random(&random) % many
						    : data_random(&random) % few);
	return zipnn_segment_put_coded(&f->encoder, f->coded, sizeof(f->coded), &code, f->values,
				       n);
}

/*
 * Half of a group's words are missing: a kernel stops before it leaves the segment, behind which no
 * memory may be read here.
 */
static void words_run_out(void **state)
{
	struct fixture *f = *state;
	const size_t n = 20000;

	for (unsigned raw_bits = 0; raw_bits <= NARROW; raw_bits++) {
		for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
			const size_t size = uneven_segment(f, n, raw_bits, j);
			const size_t words = zipnn_load16(f->coded + 8 + (size_t)2 * j);
			const size_t gone = words / 2 * 2; /* bytes */
			/* Past the sets, among the group's words. */
			const size_t cut = 500 + (j ? (size_t)2 * zipnn_load16(f->coded + 8) : 0);
			struct guard_pages pages = guard_pages_new(size);
			uint8_t *coded = pages.end - (size - gone);

			assert_true(words > 2000);
			zipnn_store16(f->coded + 8 + (size_t)2 * j, (uint16_t)(words - gone / 2));
			memcpy(coded, f->coded, cut);
			memcpy(coded + cut, f->coded + cut + gone, size - gone - cut);
			for (unsigned isa = 0; isa < ZIPNN_ISA_COUNT; isa++) {
				if (!has((enum zipnn_isa)isa))
					continue;
				struct guard out = guard_new(n, 0);

				f->decoder.kernel =
				    zipnn_lanes_decode_kernel_for((enum zipnn_isa)isa);
				assert_int_equal(zipnn_lanes_decode(&f->decoder, out.data, n, coded,
								    size - gone),
						 ZIPNN_ERROR_CORRUPT);
				assert_true(guard_intact(&out, n));
				guard_free(&out);
			}
			f->decoder.kernel = zipnn_lanes_decode_scalar;
			guard_pages_free(&pages);
		}
	}
}

static void every_bit_string_of_sets(void **state)
{
	struct zipnn_lanes_code code = {0};
	struct zipnn_literal_set set;
	uint8_t bytes[8];
	uint64_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		size_t size = (size_t)(data_random(&random) % 8);

		zipnn_store64(bytes, data_random(&random));
		uint8_t *copy = exact_copy(bytes, size);
		int64_t read = zipnn_get_kept_set(&code, copy, size);

		assert_true(read == ZIPNN_ERROR_CORRUPT || (size_t)read <= size);
		if (read > 0)
			read = zipnn_get_literal_set(&set, &code, copy, size);
		assert_true(read == ZIPNN_ERROR_CORRUPT || (size_t)read <= size);
		free(copy);
	}
	/* The escape is not in the set, so an empty one is no set; its first bit must be 1. */
	assert_int_equal(zipnn_get_kept_set(&code, (const uint8_t *)"\7\1\2", 3),
			 ZIPNN_ERROR_CORRUPT);
	assert_int_equal(zipnn_get_kept_set(&code, (const uint8_t *)"\7\1\1", 3),
			 ZIPNN_ERROR_CORRUPT);
	assert_int_equal(zipnn_get_kept_set(&code, (const uint8_t *)"\7\1\3", 3), 3);
	assert_int_equal(zipnn_get_literal_set(&set, &code, (const uint8_t *)"\7\0\1", 3),
			 ZIPNN_ERROR_CORRUPT); /* 7 is kept */
	assert_int_equal(zipnn_get_literal_set(&set, &code, (const uint8_t *)"\6\1\3", 3), 3);
	assert_int_equal(set.count, 2);
	assert_int_equal(set.values[1], 9); /* 7 and 8 are passed over */
	assert_int_equal(zipnn_get_literal_set(&set, &code, (const uint8_t *)"\377\1\3", 3),
			 ZIPNN_ERROR_CORRUPT); /* past 255 */
}

/* Nothing above is seen if the encoder cannot make literals of every kind. */
static void literals_of_every_kind(void **state)
{
	struct fixture *f = *state;
	const size_t counts[] = {1, 2, 7, 100, 5000};

	for (unsigned i = 0; i < 5; i++) {
		for (unsigned distinct = 1; distinct <= 256; distinct += distinct < 20 ? 1 : 59) {
			struct zipnn_literal_plan plan;
			uint64_t random = distinct;

			for (size_t k = 0; k < counts[i]; k++)
				f->values[k] = (uint8_t)(data_random(&random) % distinct *
							 (data_random(&random) % 2));
			zipnn_literals_plan(&plan, f->values, counts[i]);
			size_t size = zipnn_literals_size(&plan);
			uint8_t *packed = malloc(size + 1);
			struct guard out = guard_new(counts[i], 0);

			assert_non_null(packed);
			assert_true(size <= counts[i]);
			assert_int_equal(zipnn_literals_put(packed, &plan, f->values), size);
			assert_int_equal(zipnn_literals_get(out.data, &plan, packed), 0);
			assert_memory_equal(out.data, f->values, counts[i]);
			assert_true(guard_intact(&out, counts[i]));
			if (plan.raw_count > 0) { /* one fewer than there are */
				plan.raw_count--;
				assert_int_equal(zipnn_literals_get(out.data, &plan, packed),
						 ZIPNN_ERROR_CORRUPT);
			}
			guard_free(&out);
			free(packed);
		}
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(round_trips),
	    TEST(every_capacity),
	    TEST(any_valid_code),
	    TEST(invalid_codes),
	    TEST(invalid_narrow_codes),
	    TEST(chosen_codes_are_valid),
	    TEST(counts_are_sorted),
	    TEST(samples_taken_together),
	    TEST(sign_planes_take_one_bit),
	    TEST(segments_follow_the_distribution),
	    TEST(broken_headers),
	    TEST(every_byte_replaced),
	    TEST(words_run_out),
	    TEST(every_bit_string_of_sets),
	    TEST(literals_of_every_kind),
	};

	return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
