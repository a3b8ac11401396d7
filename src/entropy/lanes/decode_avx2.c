// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decoding lanes with AVX2 and BMI2: src/FORMAT.md section 4.3. avx2.h says how lanes lie.
 *
 * What bounds it is latency: window to length to shifted window, and the look-ups in between. So
 * both halves go side by side where registers suffice (narrow codes, two 16-entry tables), and
 * symbols are looked up off that path. Escapes are frequent (one in 64 values of real weights):
 * their places are noted without a branch and filled in afterwards.
 */
#include "entropy/lanes/kernel.h"

#if defined(__x86_64__)
#include "core/bytes.h"
#include "entropy/lanes/avx2.h"
#include "entropy/lanes/byte_symbols.h"
#include "entropy/lanes/patches.h"
#include "zipnn.h"

struct tables {
	unsigned raw_bits;
	int narrow;
	/*
	 * Narrow: by the low four bits of a window, 0 where they are the prefix of longer codes;
	 * then by the next bits after that prefix.
	 */
	uint8_t first_lengths[16];
	uint8_t first_symbols[16];
	uint8_t second_lengths[16];
	uint8_t second_symbols[16];
	/* Wide: by the low bits of a window. */
	uint8_t lengths[128];
	uint8_t symbols[256]; /* r = 0: the value */
	uint8_t ranks[128];   /* r > 0: of the class, where the eighth bit is 0 */
	struct zipnn_byte_symbols bytes;
};

/* A half: 32 lanes. */
struct half {
	__m256i window[ZIPNN_HALF_REGISTERS];
	__m256i missing;
};

static void fill_tables(struct tables *tables, const struct zipnn_lanes_decode_table *table)
{
	tables->raw_bits = table->raw_bits;
	zipnn_fill_byte_symbols(&tables->bytes, table);
	tables->narrow = zipnn_suits_nibbles(table);
	for (unsigned i = 0; i < 16 && tables->narrow; i++) {
		const unsigned second = i << 4 & 127;

		tables->first_lengths[i] = i ? table->lengths[i] : 0;
		tables->first_symbols[i] = i ? tables->bytes.by_rank[table->ranks[i]] : 0;
		tables->second_lengths[i] = table->lengths[second];
		tables->second_symbols[i] = tables->bytes.by_rank[table->ranks[second]];
	}
	if (tables->narrow)
		return;
	memcpy(tables->lengths, table->lengths, sizeof(tables->lengths));
	memcpy(tables->ranks, table->ranks, sizeof(tables->ranks));
	for (unsigned i = 0; i < 256 && table->raw_bits == 0; i++)
		tables->symbols[i] = tables->bytes.by_rank[table->ranks[i]];
}

/* table[x mod 128] for each byte x. */
ZIPNN_AVX2_INLINE __m256i look_up128(__m256i x, const uint8_t *table)
{
	const __m256i low = _mm256_and_si256(x, _mm256_set1_epi8(15));
	/* Blends go by the top bit of a byte: bits 4, 5, 6 moved there. */
	const __m256i bit4 = _mm256_slli_epi16(x, 3);
	const __m256i bit5 = _mm256_slli_epi16(x, 2);
	const __m256i bit6 = _mm256_slli_epi16(x, 1);
	__m256i found[8];

	for (unsigned i = 0; i < 8; i++)
		found[i] = _mm256_shuffle_epi8(zipnn_table16(table + (size_t)16 * i), low);
	for (unsigned i = 0; i < 4; i++)
		found[i] = _mm256_blendv_epi8(found[2 * i], found[2 * i + 1], bit4);
	for (unsigned i = 0; i < 2; i++)
		found[i] = _mm256_blendv_epi8(found[2 * i], found[2 * i + 1], bit5);
	return _mm256_blendv_epi8(found[0], found[1], bit6);
}

ZIPNN_AVX2_INLINE __m256i look_up256(__m256i x, const uint8_t *table)
{
	return _mm256_blendv_epi8(look_up128(x, table), look_up128(x, table + 128), x);
}

/* The lowest byte of each window, in the order of the values. */
ZIPNN_AVX2_INLINE __m256i low_bytes(const struct half *half)
{
	const __m256i even =
	    _mm256_blend_epi16(half->window[0], _mm256_slli_epi32(half->window[2], 16), 0xaa);
	const __m256i odd =
	    _mm256_blend_epi16(half->window[1], _mm256_slli_epi32(half->window[3], 16), 0xaa);

	return _mm256_or_si256(_mm256_and_si256(even, _mm256_set1_epi16(255)),
			       _mm256_slli_epi16(odd, 8));
}

/* 1 in each byte whose bit is set in the 32 bits at p. */
ZIPNN_AVX2_INLINE __m256i spread_bits(const uint8_t *p)
{
	const __m256i spread =
	    _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
	const __m256i bit = _mm256_set1_epi64x((int64_t)0x8040201008040201);
	const __m256i bits = _mm256_set1_epi32((int)zipnn_load32(p));
	const __m256i chosen = _mm256_and_si256(_mm256_shuffle_epi8(bits, spread), bit);

	return _mm256_abs_epi8(_mm256_cmpeq_epi8(chosen, bit));
}

/* The values of ranks: class by the window's low byte, then raw bits. */
ZIPNN_AVX2_INLINE __m256i ranked_symbols(const struct tables *tables, __m256i low, __m256i lengths,
					 const uint8_t *raw_bits, unsigned r, int many)
{
	/* The look-up has 7 bits; of two codes of 8, the one with the last bit set is a class less.
	 */
	const __m256i eight = _mm256_cmpeq_epi8(lengths, _mm256_set1_epi8(8));
	const __m256i last = _mm256_and_si256(low, _mm256_set1_epi8((char)0x80));
	__m256i ranks = look_up128(low, tables->ranks);

	ranks =
	    _mm256_sub_epi8(ranks, _mm256_srli_epi16(_mm256_and_si256(last, eight), 7 - (int)r));
	ranks = _mm256_add_epi8(ranks, spread_bits(raw_bits));
	if (r > 1) {
		const __m256i second = spread_bits(raw_bits + 8);

		ranks = _mm256_add_epi8(ranks, _mm256_add_epi8(second, second));
	}
	return many ? look_up256(ranks, tables->bytes.by_rank)
		    : look_up128(ranks, tables->bytes.by_rank);
}

/*
 * Decode a value of each of 32 lanes and return them; the escape's byte for escapes. raw_bits:
 * those of this half of the row.
 */
ZIPNN_AVX2_INLINE __m256i decode_half(struct half *half, const struct tables *tables,
				      const uint8_t *raw_bits, int narrow, unsigned r, int many)
{
	const __m256i nibble = _mm256_set1_epi8(15);
	const __m256i low = low_bytes(half);
	__m256i lengths;
	__m256i symbols;

	if (narrow) {
		const __m256i first = _mm256_and_si256(low, nibble);
		/* A code of the first level has its top bits set, which look up 0. */
		const __m256i second =
		    _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(low, 4), nibble),
				    _mm256_cmpgt_epi8(first, _mm256_setzero_si256()));

		lengths = _mm256_or_si256(
		    _mm256_shuffle_epi8(zipnn_table16(tables->first_lengths), first),
		    _mm256_shuffle_epi8(zipnn_table16(tables->second_lengths), second));
		symbols = _mm256_or_si256(
		    _mm256_shuffle_epi8(zipnn_table16(tables->first_symbols), first),
		    _mm256_shuffle_epi8(zipnn_table16(tables->second_symbols), second));
	} else {
		lengths = look_up128(low, tables->lengths);
		symbols = r == 0 ? look_up256(low, tables->symbols)
				 : ranked_symbols(tables, low, lengths, raw_bits, r, many);
	}
	for (unsigned k = 0; k < ZIPNN_HALF_REGISTERS; k++)
		half->window[k] =
		    _mm256_srlv_epi32(half->window[k], zipnn_byte_of_each(lengths, k));
	half->missing = _mm256_add_epi8(half->missing, lengths);
	return symbols;
}

ZIPNN_AVX2_INLINE __m128i next_words(const uint8_t **words, unsigned lanes)
{
	const __m128i w = _mm_loadu_si128((const __m128i *)*words);

	*words += 2 * _mm_popcnt_u32(lanes);
	return _mm_shuffle_epi8(w, _mm_loadu_si128((const __m128i *)zipnn_expand_words[lanes]));
}

/* Deal words to the lanes of a half that miss 16 bits or more. */
ZIPNN_AVX2_INLINE void refill_half(struct half *half, const uint8_t *words[ZIPNN_LANE_GROUPS])
{
	/* missing is below 32: bit 4 tells. */
	const uint32_t mask = (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(half->missing, 3));

	half->missing = _mm256_and_si256(half->missing, _mm256_set1_epi8(15));
	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
		const __m128i lower = next_words(&words[j], zipnn_group_bits(mask, j, 0));
		const __m128i upper = next_words(&words[j], zipnn_group_bits(mask, j, 1));
		const __m256i w = _mm256_inserti128_si256(_mm256_castsi128_si256(lower), upper, 1);
		const __m256i odd = _mm256_and_si256(w, _mm256_set1_epi32((int)0xffff0000));
		const __m256i even = _mm256_slli_epi32(w, 16);

		half->window[j] = _mm256_or_si256(
		    half->window[j], _mm256_srlv_epi32(even, zipnn_byte_of_each(half->missing, j)));
		half->window[j + 2] = _mm256_or_si256(
		    half->window[j + 2],
		    _mm256_srlv_epi32(odd, zipnn_byte_of_each(half->missing, j + 2)));
	}
}

ZIPNN_AVX2_INLINE uint32_t escapes_of(__m256i symbols, const struct tables *tables)
{
	const __m256i escape = _mm256_set1_epi8((char)tables->bytes.escape);

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(symbols, escape)) &
	       (uint32_t)tables->bytes.escape_mask;
}

/*
 * One block. Narrow: the halves side by side, each step of one between two of the other. Wide:
 * tables take all registers, so one half after the other.
 */
ZIPNN_AVX2_INLINE void decode_block(struct half halves[2], const uint8_t *words[ZIPNN_LANE_GROUPS],
				    const struct tables *tables, struct zipnn_patches *patches,
				    uint8_t *values, size_t t, const uint8_t *raw_bits, int refill,
				    int narrow, unsigned r, int many)
{
	const size_t row_bytes = (size_t)8 * r;
	const uint8_t *second_raw = raw_bits + row_bytes;
	__m256i rows[2][2];

	values += t * ZIPNN_LANES_BLOCK;
	if (narrow) {
		rows[0][0] = decode_half(&halves[0], tables, raw_bits, 1, 0, 0);
		rows[0][1] = decode_half(&halves[1], tables, raw_bits, 1, 0, 0);
		rows[1][0] = decode_half(&halves[0], tables, raw_bits, 1, 0, 0);
		rows[1][1] = decode_half(&halves[1], tables, raw_bits, 1, 0, 0);
		if (refill) {
			refill_half(&halves[0], words);
			refill_half(&halves[1], words);
		}
	} else {
		for (unsigned h = 0; h < 2; h++) {
			const size_t at = (size_t)4 * h;

			rows[0][h] = decode_half(&halves[h], tables, raw_bits + at, 0, r, many);
			rows[1][h] = decode_half(&halves[h], tables, second_raw + at, 0, r, many);
			if (refill)
				refill_half(&halves[h], words);
		}
	}
	for (unsigned row = 0; row < 2; row++) {
		zipnn_store256(values, rows[row][0]);
		zipnn_store256(values + ZIPNN_HALF, rows[row][1]);
		values += ZIPNN_LANES_ROW;
		zipnn_note_escapes(patches, 2 * t + row,
				   escapes_of(rows[row][0], tables) |
				       (uint64_t)escapes_of(rows[row][1], tables) << 32);
	}
}

ZIPNN_AVX2_INLINE void load_halves(struct half halves[2], const struct zipnn_lanes_state *state)
{
	for (unsigned h = 0; h < 2; h++) {
		uint32_t window[8];
		uint8_t missing[ZIPNN_HALF];

		for (unsigned k = 0; k < ZIPNN_HALF_REGISTERS; k++) {
			for (unsigned q = 0; q < 8; q++) {
				window[q] = state->window[zipnn_half_lane(h, k, q)];
				missing[4 * q + k] = state->missing[zipnn_half_lane(h, k, q)];
			}
			halves[h].window[k] = zipnn_load256(window);
		}
		halves[h].missing = zipnn_load256(missing);
	}
}

ZIPNN_AVX2_INLINE int64_t decode(struct zipnn_lanes_input *input, const struct tables *tables,
				 uint8_t *values, size_t blocks, size_t still_blocks, int narrow,
				 unsigned r, int many)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	const size_t block_raw = (size_t)16 * r;
	const uint8_t *words[ZIPNN_LANE_GROUPS] = {input->words[0], input->words[1]};
	const uint8_t *raw_bits = input->raw_bits;
	struct half halves[2];
	struct zipnn_patches patches = {0};
	int64_t result = 0;

	load_halves(halves, &input->state);
	for (size_t t = 0; t < blocks && result == 0;) {
		size_t end = t + ZIPNN_PATCHES_BLOCKS < blocks ? t + ZIPNN_PATCHES_BLOCKS : blocks;

		for (; t < end && t < refilled; t++, raw_bits += block_raw) {
			/* A block takes at most 64 bytes of a group: what may be read suffices. */
			if (words[0] > input->words_end[1] || words[1] > input->words_end[1])
				return ZIPNN_ERROR_CORRUPT;
			decode_block(halves, words, tables, &patches, values, t, raw_bits, 1,
				     narrow, r, many);
		}
		for (; t < end; t++, raw_bits += block_raw)
			decode_block(halves, words, tables, &patches, values, t, raw_bits, 0,
				     narrow, r, many);
		result = zipnn_fill_in(&patches, values, input);
	}
	input->words[0] = words[0];
	input->words[1] = words[1];
	return result;
}

/* The loop once for each kind of code, so that none has a branch inside. */
#define DECODE(name, narrow, r, many)                                                              \
	ZIPNN_AVX2 static __attribute__((noinline)) int64_t name(                                  \
	    struct zipnn_lanes_input *input, const struct tables *tables, uint8_t *values,         \
	    size_t blocks, size_t still_blocks)                                                    \
	{                                                                                          \
		return decode(input, tables, values, blocks, still_blocks, narrow, r, many);       \
	}

DECODE(decode_narrow, 1, 0, 0)
DECODE(decode_wide, 0, 0, 0)
DECODE(decode_wide1, 0, 1, 0)
DECODE(decode_wide2, 0, 2, 0)
DECODE(decode_wide1_many, 0, 1, 1)
DECODE(decode_wide2_many, 0, 2, 1)

int64_t zipnn_lanes_decode_avx2(struct zipnn_lanes_input *input,
				const struct zipnn_lanes_decode_table *table, uint8_t *values,
				size_t blocks, size_t still_blocks)
{
	struct tables tables;

	fill_tables(&tables, table);
	if (tables.narrow)
		return decode_narrow(input, &tables, values, blocks, still_blocks);
	/* Ranks past the last may be met, too: up to 2^r - 1 more. */
	const int many = table->rank_count + (1u << table->raw_bits) - 1 > 128;

	switch (table->raw_bits) {
	case 0:
		return decode_wide(input, &tables, values, blocks, still_blocks);
	case 1:
		return (many ? decode_wide1_many : decode_wide1)(input, &tables, values, blocks,
								 still_blocks);
	default:
		return (many ? decode_wide2_many : decode_wide2)(input, &tables, values, blocks,
								 still_blocks);
	}
}

#else
typedef int zipnn_nothing_here; /* ISO C wants a declaration */
#endif
