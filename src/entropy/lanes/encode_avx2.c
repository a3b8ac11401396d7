// SPDX-License-Identifier: BSD-3-Clause
/*
 * Encoding lanes with AVX2 and BMI2: src/FORMAT.md section 4.3. avx2.h says how lanes lie.
 *
 * A value's code is looked up in windows of 16 values: only where kept values are is there one, so
 * exponents take one or two, and no value takes more than sixteen. What no window holds is the
 * escape.
 */
#include "entropy/lanes/kernel.h"

#if defined(__x86_64__)
#include "entropy/lanes/avx2.h"

#define MAX_WINDOWS 16u
#define LAST_BASE 240u /* a window that began later would wrap */

/* What is known of a value beside its code, in a byte. */
#define LENGTH_MASK 15
#define ESCAPE_BIT 5
#define RAW1_BIT 6
#define RAW0_BIT 7

struct tables {
	unsigned windows;
	uint8_t escape_code;
	uint8_t escape_info;
	uint8_t bases[MAX_WINDOWS];
	/* Differences (exclusive or) to the escape's, so that windows can be merged with zeros. */
	uint8_t codes[MAX_WINDOWS][16];
	uint8_t infos[MAX_WINDOWS][16];
};

struct half {
	__m256i window[ZIPNN_HALF_REGISTERS];
	__m256i missing;
};

/* The codes and infos of 32 values. */
struct coded {
	__m256i codes;
	__m256i infos;
};

static uint8_t info_of(const struct zipnn_lanes_encode_table *table, unsigned value)
{
	return (uint8_t)(table->lengths[value] | table->escapes[value] << ESCAPE_BIT |
			 (table->raw[value] >> 1) << RAW1_BIT |
			 (table->raw[value] & 1) << RAW0_BIT);
}

static void fill_tables(struct tables *tables, const struct zipnn_lanes_encode_table *table)
{
	unsigned escape = 0; /* a value that is coded as one */

	while (escape < 255 && !table->escapes[escape])
		escape++;
	tables->windows = 0;
	tables->escape_code = table->codes[escape];
	tables->escape_info = info_of(table, escape);
	for (unsigned v = 0; v < 256; v++) {
		if (table->escapes[v])
			continue;
		const unsigned base = v < LAST_BASE ? v : LAST_BASE;
		const unsigned w = tables->windows++;

		tables->bases[w] = (uint8_t)base;
		for (unsigned i = 0; i < 16; i++) {
			/* A value below v is in an earlier window already: zero here. */
			const int here = base + i >= v;

			tables->codes[w][i] =
			    here ? table->codes[base + i] ^ tables->escape_code : 0;
			tables->infos[w][i] =
			    here ? info_of(table, base + i) ^ tables->escape_info : 0;
		}
		v = base + 15;
	}
}

ZIPNN_AVX2_INLINE struct coded look_up(__m256i values, const struct tables *tables)
{
	/* 0 to 15 become 0x70 to 0x7f; all others get their top bit set and look up 0. */
	const __m256i into_window = _mm256_set1_epi8(0x70);
	struct coded coded = {_mm256_set1_epi8((char)tables->escape_code),
			      _mm256_set1_epi8((char)tables->escape_info)};

	for (unsigned w = 0; w < tables->windows; w++) {
		const __m256i base = _mm256_set1_epi8((char)tables->bases[w]);
		const __m256i at = _mm256_adds_epu8(_mm256_sub_epi8(values, base), into_window);

		coded.codes = _mm256_xor_si256(
		    coded.codes, _mm256_shuffle_epi8(zipnn_table16(tables->codes[w]), at));
		coded.infos = _mm256_xor_si256(
		    coded.infos, _mm256_shuffle_epi8(zipnn_table16(tables->infos[w]), at));
	}
	return coded;
}

/* One bit of each info, a mask of 32. */
ZIPNN_AVX2_INLINE uint32_t info_bits(const struct coded *coded, int bit)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(coded->infos, 7 - bit));
}

/* The codes of pairs, first value lowest, as 16-bit numbers: of even values and of odd ones. */
struct pairs {
	__m256i even;
	__m256i odd;
	__m256i lengths; /* of both together, a byte for each value */
};

ZIPNN_AVX2_INLINE struct pairs pair_codes(const struct coded *first, const struct coded *second)
{
	const __m256i length_mask = _mm256_set1_epi8(LENGTH_MASK);
	const __m256i low = _mm256_set1_epi16(255);
	const __m256i first_lengths = _mm256_and_si256(first->infos, length_mask);
	const __m256i second_lengths = _mm256_and_si256(second->infos, length_mask);
	/* 2^(length - 1), for there is no shift of 16-bit numbers by different counts. */
	const __m256i half_power =
	    _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_setr_epi8(
				    0, 1, 2, 4, 8, 16, 32, 64, (char)128, 0, 0, 0, 0, 0, 0, 0)),
				first_lengths);
	const __m256i even =
	    _mm256_mullo_epi16(_mm256_slli_epi16(_mm256_and_si256(second->codes, low), 1),
			       _mm256_and_si256(half_power, low));
	const __m256i odd =
	    _mm256_mullo_epi16(_mm256_slli_epi16(_mm256_srli_epi16(second->codes, 8), 1),
			       _mm256_srli_epi16(half_power, 8));

	return (struct pairs){
	    _mm256_or_si256(even, _mm256_and_si256(first->codes, low)),
	    _mm256_or_si256(odd, _mm256_srli_epi16(first->codes, 8)),
	    _mm256_add_epi8(first_lengths, second_lengths),
	};
}

ZIPNN_AVX2_INLINE void put_words(uint8_t **words, __m128i w, unsigned lanes)
{
	const __m128i order = _mm_loadu_si128((const __m128i *)zipnn_compress_words[lanes]);

	/* The store also covers what is below the new words: ZIPNN_WORDS_SLACK. */
	_mm_storeu_si128((__m128i *)(*words - 16), _mm_shuffle_epi8(w, order));
	*words -= 2 * _mm_popcnt_u32(lanes);
}

/* The topmost valid 16 bits of each window of group j whose lane is in the mask. */
ZIPNN_AVX2_INLINE void spill_group(const struct half *half, uint8_t **words, uint32_t mask,
				   unsigned j)
{
	const __m256i even = _mm256_srli_epi32(
	    _mm256_sllv_epi32(half->window[j], zipnn_byte_of_each(half->missing, j)), 16);
	const __m256i odd =
	    _mm256_sllv_epi32(half->window[j + 2], zipnn_byte_of_each(half->missing, j + 2));
	const __m256i w = _mm256_blend_epi16(even, odd, 0xaa);

	/* Downwards: the upper lanes first. */
	put_words(words, _mm256_extracti128_si256(w, 1), zipnn_group_bits(mask, j, 1));
	put_words(words, _mm256_castsi256_si128(w), zipnn_group_bits(mask, j, 0));
}

ZIPNN_AVX2_INLINE void push_half(struct half *half, uint8_t *words[ZIPNN_LANE_GROUPS],
				 const struct pairs *pairs, int spill)
{
	const __m256i low = _mm256_set1_epi32(0xffff);
	const __m256i left = _mm256_sub_epi8(half->missing, pairs->lengths);
	const __m256i codes[ZIPNN_HALF_REGISTERS] = {
	    _mm256_and_si256(pairs->even, low),
	    _mm256_and_si256(pairs->odd, low),
	    _mm256_srli_epi32(pairs->even, 16),
	    _mm256_srli_epi32(pairs->odd, 16),
	};

	if (spill) {
		/* Negative where the pair does not fit. */
		const uint32_t mask = (uint32_t)_mm256_movemask_epi8(left);

		for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++)
			spill_group(half, &words[j], mask, j);
	}
	for (unsigned k = 0; k < ZIPNN_HALF_REGISTERS; k++)
		half->window[k] = _mm256_or_si256(
		    _mm256_sllv_epi32(half->window[k], zipnn_byte_of_each(pairs->lengths, k)),
		    codes[k]);
	/* Spilling makes 16 of what is missing: the same number modulo 16. */
	half->missing = spill ? _mm256_and_si256(left, _mm256_set1_epi8(15)) : left;
}

ZIPNN_AVX2_INLINE void encode_block(struct half halves[2], uint8_t *words[ZIPNN_LANE_GROUPS],
				    struct zipnn_lanes_output *output, const struct tables *tables,
				    const uint8_t *values, size_t t, unsigned r, int spill)
{
	uint32_t escapes[2][2];
	uint32_t raw[2][2][2]; /* row, raw bit, half */

	values += t * ZIPNN_LANES_BLOCK;
	for (unsigned h = 2; h-- > 0;) {
		struct coded rows[2];

		for (unsigned row = 0; row < 2; row++) {
			rows[row] = look_up(
			    zipnn_load256(values + row * ZIPNN_LANES_ROW + (size_t)h * ZIPNN_HALF),
			    tables);
			escapes[row][h] = info_bits(&rows[row], ESCAPE_BIT);
			if (r > 0)
				raw[row][0][h] = info_bits(&rows[row], RAW0_BIT);
			if (r > 1)
				raw[row][1][h] = info_bits(&rows[row], RAW1_BIT);
		}
		const struct pairs pairs = pair_codes(&rows[0], &rows[1]);

		push_half(&halves[h], words, &pairs, spill);
	}
	for (unsigned row = 0; row < 2; row++) {
		output->escapes[2 * t + row] = escapes[row][0] | (uint64_t)escapes[row][1] << 32;
		for (unsigned k = 0; k < r; k++)
			output->raw_bits[(2 * t + row) * r + k] =
			    raw[row][k][0] | (uint64_t)raw[row][k][1] << 32;
	}
}

ZIPNN_AVX2_INLINE void store_halves(struct zipnn_lanes_state *state, const struct half halves[2])
{
	for (unsigned h = 0; h < 2; h++) {
		uint8_t missing[ZIPNN_HALF];

		zipnn_store256(missing, halves[h].missing);
		for (unsigned k = 0; k < ZIPNN_HALF_REGISTERS; k++) {
			uint32_t window[8];

			zipnn_store256(window, halves[h].window[k]);
			for (unsigned q = 0; q < 8; q++) {
				const unsigned lane = zipnn_half_lane(h, k, q);

				state->missing[lane] = missing[4 * q + k];
				state->window[lane] =
				    window[q] & UINT32_MAX >> state->missing[lane];
			}
		}
	}
}

ZIPNN_AVX2_INLINE void encode(struct zipnn_lanes_output *output, const struct tables *tables,
			      const uint8_t *values, size_t blocks, size_t still_blocks, unsigned r)
{
	const __m256i most = _mm256_set1_epi8(15);
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	uint8_t *words[ZIPNN_LANE_GROUPS] = {output->words[0], output->words[1]};
	struct half halves[2];
	size_t t = blocks;

	for (unsigned h = 0; h < 2; h++) {
		for (unsigned k = 0; k < ZIPNN_HALF_REGISTERS; k++)
			halves[h].window[k] = _mm256_setzero_si256();
		halves[h].missing = _mm256_set1_epi8(32);
	}
	while (t > refilled)
		encode_block(halves, words, output, tables, values, --t, r, 0);
	for (unsigned h = 0; h < 2; h++)
		halves[h].missing = _mm256_min_epu8(halves[h].missing, most);
	while (t > 0)
		encode_block(halves, words, output, tables, values, --t, r, 1);
	store_halves(&output->state, halves);
	output->words[0] = words[0];
	output->words[1] = words[1];
}

#define ENCODE(name, r)                                                                            \
	ZIPNN_AVX2 static __attribute__((noinline)) void name(                                     \
	    struct zipnn_lanes_output *output, const struct tables *tables, const uint8_t *values, \
	    size_t blocks, size_t still_blocks)                                                    \
	{                                                                                          \
		encode(output, tables, values, blocks, still_blocks, r);                           \
	}

ENCODE(encode0, 0)
ENCODE(encode1, 1)
ENCODE(encode2, 2)

void zipnn_lanes_encode_avx2(struct zipnn_lanes_output *output,
			     const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			     size_t blocks, size_t still_blocks)
{
	struct tables tables;

	fill_tables(&tables, table);
	switch (table->raw_bits) {
	case 0:
		encode0(output, &tables, values, blocks, still_blocks);
		break;
	case 1:
		encode1(output, &tables, values, blocks, still_blocks);
		break;
	default:
		encode2(output, &tables, values, blocks, still_blocks);
		break;
	}
}

#else
typedef int zipnn_nothing_here; /* ISO C wants a declaration */
#endif
