// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decoding lanes with AVX-512 F, BW, DQ and VL, as Skylake-SP has them: src/FORMAT.md section 4.3.
 *
 * Words are dealt by vpexpandd, so windows are 32-bit numbers, in four registers of 16 lanes, the
 * *quarters*: quarters 0 and 2 are lanes 0 to 15 and 16 to 31 of group 0, quarters 1 and 3 those of
 * group 1. In a register of bytes, byte k of 32-bit number q speaks of lane q of quarter k. So as
 * 16-bit numbers, of which vpermw puts values in order, it holds the lanes of the same number of
 * both groups.
 *
 * Narrow codes are looked up by vpshufb in two tables of 16. Wide ones by vpermi2w in tables of
 * byte pairs: the lower bits of a byte choose the pair, its next one the byte.
 *
 * test_lanes compares this with the scalar kernel on CPUs that have the instructions, and
 * test_lanes_emulated on those that do not.
 */
#include "entropy/lanes/kernel.h"

#if defined(__x86_64__)
#include "core/bytes.h"
#include "entropy/lanes/avx512.h"
#include "entropy/lanes/patches.h"
#include "zipnn.h"

#define QUARTERS 4u
#define QUARTER_LANES 16u
#define Z 0x80 /* in a shuffle: a byte of zero */

struct tables {
	int narrow;
	/*
	 * Narrow: by the low four bits of a window; where they are the prefix of longer codes, by
	 * the next ones.
	 */
	uint8_t short_lengths[16];
	uint8_t short_symbols[16];
	uint8_t long_lengths[16];
	uint8_t long_symbols[16];
	/* Wide: pairs, see fill_pairs. */
	uint8_t lengths[128];
	uint8_t symbols[256]; /* r = 0 */
	uint8_t ranks[128];   /* r > 0: of the class, where the eighth bit is 0 */
	uint8_t by_rank[256];
	struct zipnn_byte_symbols bytes;
};

/* 128 or 256 bytes in registers. */
struct registers {
	__m512i low[2];
	__m512i high[2];
};

/* What a code's symbols are found with, and constants. */
struct look_ups {
	/* Narrow: 16 bytes, four times. */
	__m512i short_lengths;
	__m512i short_symbols;
	__m512i long_lengths;
	__m512i long_symbols;
	/* Wide. */
	struct registers lengths; /* 128 */
	struct registers symbols; /* 256 */
	struct registers ranks;   /* 128 */
	struct registers by_rank; /* 128, or 256 if there are many */
	__m512i escape;
	__mmask64 escape_mask;
	/* Constants. */
	__m512i nibble;      /* 15, of bytes */
	__m512i low_byte;    /* of 16-bit numbers */
	__m512i up1;         /* shuffles: a byte to the next place */
	__m512i up2;         /* to the one after that */
	__m512i alone1;      /* byte 1 of a 32-bit number, alone in it */
	__m512i alone2;      /* byte 2 */
	__m512i row_order;   /* of 16-bit numbers */
	__m512i word;        /* 16, of bytes */
	__m512i longest;     /* 8, of bytes */
	__m512i weights[2];  /* of raw bits */
	__m512i class_ranks; /* 2^r, of bytes */
	__m512i lacking0;    /* 16 in byte k of 32-bit numbers */
	__m512i lacking1;
	__m512i lacking2;
	__m512i lacking3;
};

struct quarters {
	__m512i window0;
	__m512i window1;
	__m512i window2;
	__m512i window3;
	__m512i missing; /* bytes */
};

/* The pairs (table[i], table[i + count / 2]). */
static void fill_pairs(uint8_t *pairs, const uint8_t *table, unsigned count)
{
	for (unsigned i = 0; i < count / 2; i++) {
		pairs[2 * i] = table[i];
		pairs[2 * i + 1] = table[i + count / 2];
	}
}

static void fill_tables(struct tables *tables, const struct zipnn_lanes_decode_table *table,
			int many)
{
	uint8_t symbols[256];

	zipnn_fill_byte_symbols(&tables->bytes, table);
	for (unsigned i = 0; i < 256; i++)
		symbols[i] = tables->bytes.by_rank[table->ranks[i]];
	tables->narrow = zipnn_suits_nibbles(table);
	for (unsigned i = 0; i < 16; i++) {
		tables->short_lengths[i] = table->lengths[i];
		tables->short_symbols[i] = symbols[i];
		tables->long_lengths[i] = table->lengths[i << 4 & 127];
		tables->long_symbols[i] = symbols[i << 4 & 127];
	}
	fill_pairs(tables->lengths, table->lengths, 128);
	fill_pairs(tables->symbols, symbols, 256);
	fill_pairs(tables->ranks, table->ranks, 128);
	fill_pairs(tables->by_rank, tables->bytes.by_rank, many ? 256 : 128);
}

ZIPNN_AVX512_INLINE void load_registers(struct registers *registers, const uint8_t *pairs,
					unsigned count)
{
	registers->low[0] = zipnn_load512(pairs);
	registers->low[1] = zipnn_load512(pairs + 64);
	if (count == 128)
		return;
	registers->high[0] = zipnn_load512(pairs + 128);
	registers->high[1] = zipnn_load512(pairs + 192);
}

/* The pair for the low byte of each 16-bit number. */
ZIPNN_AVX512_INLINE __m512i look_up_pairs(const struct registers *pairs, __m512i x, unsigned count)
{
	const __m512i low = _mm512_permutex2var_epi16(pairs->low[0], x, pairs->low[1]);

	if (count == 128)
		return low;
	return _mm512_mask_blend_epi16(
	    _mm512_test_epi16_mask(x, _mm512_set1_epi16(64)), low,
	    _mm512_permutex2var_epi16(pairs->high[0], x, pairs->high[1]));
}

/* table[x mod count] for each byte x, count being 128 or 256. */
ZIPNN_AVX512_INLINE __m512i look_up(const struct look_ups *look_ups, const struct registers *pairs,
				    __m512i x, unsigned count)
{
	const int bit = (int)count / 2;
	const __m512i even = look_up_pairs(pairs, x, count);
	const __m512i odd = look_up_pairs(pairs, _mm512_srli_epi16(x, 8), count);
	/* The one wanted of each pair, moved to the low byte of even, to the high one of odd. */
	const __m512i low = _mm512_mask_srli_epi16(
	    even, _mm512_test_epi16_mask(x, _mm512_set1_epi16((short)bit)), even, 8);
	const __m512i high = _mm512_mask_slli_epi16(
	    odd, _mm512_testn_epi16_mask(x, _mm512_set1_epi16((short)(bit << 8))), odd, 8);

	return _mm512_ternarylogic_epi32(high, low, look_ups->low_byte, ZIPNN_B_WHERE_C_ELSE_A);
}

/* The lowest byte of each window. */
ZIPNN_AVX512_INLINE __m512i low_bytes(const struct quarters *quarters,
				      const struct look_ups *look_ups)
{
	const __mmask64 byte2 = 0x4444444444444444;
	const __mmask64 odd = 0xaaaaaaaaaaaaaaaa;
	const __m512i group0 =
	    _mm512_mask_shuffle_epi8(quarters->window0, byte2, quarters->window2, look_ups->up2);
	const __m512i group1 =
	    _mm512_mask_shuffle_epi8(quarters->window1, byte2, quarters->window3, look_ups->up2);

	return _mm512_mask_shuffle_epi8(group0, odd, group1, look_ups->up1);
}

/* Bytes as 32-bit numbers, a register for each quarter. */
struct spread {
	__m512i of0;
	__m512i of1;
	__m512i of2;
	__m512i of3;
};

ZIPNN_AVX512_INLINE struct spread spread_bytes(const struct look_ups *look_ups, __m512i bytes)
{
	return (struct spread){
	    _mm512_and_si512(bytes, _mm512_set1_epi32(255)),
	    _mm512_shuffle_epi8(bytes, look_ups->alone1),
	    _mm512_shuffle_epi8(bytes, look_ups->alone2),
	    _mm512_srli_epi32(bytes, 24),
	};
}

/* Take a code of these lengths from every window. */
ZIPNN_AVX512_INLINE void take(struct quarters *quarters, const struct look_ups *look_ups,
			      __m512i lengths)
{
	const struct spread by = spread_bytes(look_ups, lengths);

	quarters->window0 = _mm512_srlv_epi32(quarters->window0, by.of0);
	quarters->window1 = _mm512_srlv_epi32(quarters->window1, by.of1);
	quarters->window2 = _mm512_srlv_epi32(quarters->window2, by.of2);
	quarters->window3 = _mm512_srlv_epi32(quarters->window3, by.of3);
	quarters->missing = _mm512_add_epi8(quarters->missing, lengths);
}

ZIPNN_AVX512_INLINE __m512i in_order(const struct look_ups *look_ups, __m512i bytes)
{
	return _mm512_permutexvar_epi16(look_ups->row_order, bytes);
}

ZIPNN_AVX512_INLINE __m512i decode_narrow_row(struct quarters *quarters,
					      const struct look_ups *look_ups)
{
	const __m512i low = low_bytes(quarters, look_ups);
	const __m512i first = _mm512_and_si512(low, look_ups->nibble);
	const __m512i second = _mm512_and_si512(_mm512_srli_epi16(low, 4), look_ups->nibble);
	const __mmask64 zero = _mm512_testn_epi8_mask(low, look_ups->nibble);

	take(quarters, look_ups,
	     _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(look_ups->short_lengths, first), zero,
				      look_ups->long_lengths, second));
	return in_order(
	    look_ups, _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(look_ups->short_symbols, first),
					       zero, look_ups->long_symbols, second));
}

/* The ranks' values: class by the low bytes of windows, then raw bits. */
ZIPNN_AVX512_INLINE __m512i ranked_symbols(const struct look_ups *look_ups, __m512i low,
					   __m512i lengths, const uint8_t *raw_bits, unsigned r,
					   int many)
{
	const __m512i found = look_up(look_ups, &look_ups->ranks, low, 128);
	/* The look-up has 7 bits; of two codes of 8, the one with the last bit set is a class less.
	 */
	const __mmask64 last = _mm512_movepi8_mask(low);
	const __mmask64 less = _mm512_mask_cmpeq_epi8_mask(last, lengths, look_ups->longest);
	__m512i ranks =
	    in_order(look_ups, _mm512_mask_sub_epi8(found, less, found, look_ups->class_ranks));

	ranks = _mm512_mask_add_epi8(ranks, zipnn_load64(raw_bits), ranks, look_ups->weights[0]);
	if (r > 1)
		ranks = _mm512_mask_add_epi8(ranks, zipnn_load64(raw_bits + 8), ranks,
					     look_ups->weights[1]);
	return look_up(look_ups, &look_ups->by_rank, ranks, many ? 256 : 128);
}

/* Decode a value of each lane and return them in order; the escape's byte for escapes. */
ZIPNN_AVX512_INLINE __m512i decode_row(struct quarters *quarters, const struct look_ups *look_ups,
				       const uint8_t *raw_bits, int narrow, unsigned r, int many)
{
	if (narrow)
		return decode_narrow_row(quarters, look_ups);

	const __m512i low = low_bytes(quarters, look_ups);
	const __m512i lengths = look_up(look_ups, &look_ups->lengths, low, 128);

	take(quarters, look_ups, lengths);
	if (r > 0)
		return ranked_symbols(look_ups, low, lengths, raw_bits, r, many);
	return in_order(look_ups, look_up(look_ups, &look_ups->symbols, low, 256));
}

/* The next words to those of 16 lanes that are in the mask, zero to the others. */
ZIPNN_AVX512_INLINE __m512i next_words(const uint8_t **words, __mmask16 lanes)
{
	const __m256i w = _mm256_loadu_si256((const __m256i *)*words);

	*words += 2 * (size_t)__builtin_popcount(lanes);
	return _mm512_maskz_expand_epi32(lanes, _mm512_cvtepu16_epi32(w));
}

/* Deal words to the lanes that miss 16 bits or more: missing is below 32, bit 4 tells. */
ZIPNN_AVX512_INLINE void refill(struct quarters *quarters, const struct look_ups *look_ups,
				const uint8_t *words[ZIPNN_LANE_GROUPS])
{
	const __m512i missing = quarters->missing;
	const __m512i word0 =
	    next_words(&words[0], _mm512_test_epi32_mask(missing, look_ups->lacking0));
	const __m512i word1 =
	    next_words(&words[1], _mm512_test_epi32_mask(missing, look_ups->lacking1));
	const __m512i word2 =
	    next_words(&words[0], _mm512_test_epi32_mask(missing, look_ups->lacking2));
	const __m512i word3 =
	    next_words(&words[1], _mm512_test_epi32_mask(missing, look_ups->lacking3));

	quarters->missing = _mm512_and_si512(missing, look_ups->nibble);

	const struct spread by =
	    spread_bytes(look_ups, _mm512_sub_epi8(look_ups->word, quarters->missing));

	quarters->window0 = _mm512_or_si512(quarters->window0, _mm512_sllv_epi32(word0, by.of0));
	quarters->window1 = _mm512_or_si512(quarters->window1, _mm512_sllv_epi32(word1, by.of1));
	quarters->window2 = _mm512_or_si512(quarters->window2, _mm512_sllv_epi32(word2, by.of2));
	quarters->window3 = _mm512_or_si512(quarters->window3, _mm512_sllv_epi32(word3, by.of3));
}

ZIPNN_AVX512_INLINE void put_row(struct zipnn_patches *patches, const struct look_ups *look_ups,
				 uint8_t *values, size_t row, __m512i symbols)
{
	zipnn_store512(values + row * ZIPNN_LANES_ROW, symbols);
	zipnn_note_escapes(
	    patches, row,
	    _mm512_mask_cmpeq_epi8_mask(look_ups->escape_mask, symbols, look_ups->escape));
}

ZIPNN_AVX512_INLINE void decode_block(struct quarters *quarters, const struct look_ups *look_ups,
				      struct zipnn_patches *patches, uint8_t *values, size_t t,
				      const uint8_t *raw_bits, int narrow, unsigned r, int many)
{
	const size_t row_bytes = (size_t)8 * r;
	const uint8_t *raw = raw_bits + 2 * t * row_bytes;

	put_row(patches, look_ups, values, 2 * t,
		decode_row(quarters, look_ups, raw, narrow, r, many));
	put_row(patches, look_ups, values, 2 * t + 1,
		decode_row(quarters, look_ups, raw + row_bytes, narrow, r, many));
}

/* Where the lanes of quarter k begin. */
static inline unsigned quarter_lane(unsigned k)
{
	return ZIPNN_GROUP_LANES * (k & 1) + QUARTER_LANES * (k >> 1);
}

static void arrange_missing(uint8_t missing[ZIPNN_LANES], const struct zipnn_lanes_state *state)
{
	for (unsigned k = 0; k < QUARTERS; k++) {
		for (unsigned q = 0; q < QUARTER_LANES; q++)
			missing[QUARTERS * q + k] = state->missing[quarter_lane(k) + q];
	}
}

ZIPNN_AVX512_INLINE void load_quarters(struct quarters *quarters,
				       const struct zipnn_lanes_state *state)
{
	uint8_t missing[ZIPNN_LANES];

	arrange_missing(missing, state);
	quarters->window0 = zipnn_load512(state->window + quarter_lane(0));
	quarters->window1 = zipnn_load512(state->window + quarter_lane(1));
	quarters->window2 = zipnn_load512(state->window + quarter_lane(2));
	quarters->window3 = zipnn_load512(state->window + quarter_lane(3));
	quarters->missing = zipnn_load512(missing);
}

ZIPNN_AVX512_INLINE __m512i load_table16(const uint8_t *table)
{
	return zipnn_keep512(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table)));
}

ZIPNN_AVX512_INLINE void fill_constants(struct look_ups *look_ups)
{
	static const uint8_t up1[16] = {Z, 0, Z, 2, Z, 4, Z, 6, Z, 8, Z, 10, Z, 12, Z, 14};
	static const uint8_t up2[16] = {Z, Z, 0, Z, Z, Z, 4, Z, Z, Z, 8, Z, Z, Z, 12, Z};
	static const uint8_t alone1[16] = {1, Z, Z, Z, 5, Z, Z, Z, 9, Z, Z, Z, 13, Z, Z, Z};
	static const uint8_t alone2[16] = {2, Z, Z, Z, 6, Z, Z, Z, 10, Z, Z, Z, 14, Z, Z, Z};
	/* Lanes 0 to 15 lie in the even 16-bit numbers, the others in the odd ones. */
	static const uint16_t row_order[32] = {0,  2,  4,  6,  8,  10, 12, 14, 16, 18, 20,
					       22, 24, 26, 28, 30, 1,  3,  5,  7,  9,  11,
					       13, 15, 17, 19, 21, 23, 25, 27, 29, 31};

	look_ups->up1 = load_table16(up1);
	look_ups->up2 = load_table16(up2);
	look_ups->alone1 = load_table16(alone1);
	look_ups->alone2 = load_table16(alone2);
	look_ups->row_order = zipnn_load512(row_order);
	look_ups->nibble = zipnn_keep512(_mm512_set1_epi8(15));
	look_ups->low_byte = zipnn_keep512(_mm512_set1_epi16(255));
	look_ups->word = zipnn_keep512(_mm512_set1_epi8(16));
	look_ups->weights[0] = zipnn_keep512(_mm512_set1_epi8(1));
	look_ups->weights[1] = zipnn_keep512(_mm512_set1_epi8(2));
	look_ups->lacking0 = zipnn_keep512(_mm512_set1_epi32(16));
	look_ups->lacking1 = zipnn_keep512(_mm512_set1_epi32(16 << 8));
	look_ups->lacking2 = zipnn_keep512(_mm512_set1_epi32(16 << 16));
	look_ups->lacking3 = zipnn_keep512(_mm512_set1_epi32(16 << 24));
	look_ups->longest = zipnn_keep512(_mm512_set1_epi8(ZIPNN_LANES_MAX_LENGTH));
}

/* Load what the loop for this kind of code looks up. */
ZIPNN_AVX512_INLINE void fill_look_ups(struct look_ups *look_ups, const struct tables *tables,
				       int narrow, unsigned r, int many)
{
	fill_constants(look_ups);
	look_ups->class_ranks = zipnn_keep512(_mm512_set1_epi8((char)(1 << r)));
	look_ups->escape = _mm512_set1_epi8((char)tables->bytes.escape);
	look_ups->escape_mask = zipnn_keep_mask64(tables->bytes.escape_mask);
	if (narrow) {
		look_ups->short_lengths = load_table16(tables->short_lengths);
		look_ups->short_symbols = load_table16(tables->short_symbols);
		look_ups->long_lengths = load_table16(tables->long_lengths);
		look_ups->long_symbols = load_table16(tables->long_symbols);
		return;
	}
	load_registers(&look_ups->lengths, tables->lengths, 128);
	if (r == 0) {
		load_registers(&look_ups->symbols, tables->symbols, 256);
		return;
	}
	load_registers(&look_ups->ranks, tables->ranks, 128);
	load_registers(&look_ups->by_rank, tables->by_rank, many ? 256 : 128);
}

ZIPNN_AVX512_INLINE int64_t decode(struct zipnn_lanes_input *input, const struct tables *tables,
				   uint8_t *values, size_t blocks, size_t still_blocks, int narrow,
				   unsigned r, int many)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	const uint8_t *raw_bits = input->raw_bits;
	const uint8_t *words[ZIPNN_LANE_GROUPS] = {input->words[0], input->words[1]};
	struct look_ups look_ups;
	struct quarters quarters;
	struct zipnn_patches patches;
	int64_t result = 0;

	patches.count = 0;
	fill_look_ups(&look_ups, tables, narrow, r, many);
	load_quarters(&quarters, &input->state);
	for (size_t t = 0; t < blocks && result == 0;) {
		const size_t end =
		    blocks - t > ZIPNN_PATCHES_BLOCKS ? t + ZIPNN_PATCHES_BLOCKS : blocks;

		for (; t < end && t < refilled; t++) {
			decode_block(&quarters, &look_ups, &patches, values, t, raw_bits, narrow, r,
				     many);
			/* A block takes at most 64 bytes of a group: what may be read suffices. */
			if (words[0] > input->words_end[1] || words[1] > input->words_end[1])
				return ZIPNN_ERROR_CORRUPT;
			refill(&quarters, &look_ups, words);
		}
		for (; t < end; t++)
			decode_block(&quarters, &look_ups, &patches, values, t, raw_bits, narrow, r,
				     many);
		result = zipnn_fill_in(&patches, values, input);
	}
	input->words[0] = words[0];
	input->words[1] = words[1];
	return result;
}

/* The loop once for each kind of code, so that none has a branch inside. */
#define DECODE(name, narrow, r, many)                                                              \
	ZIPNN_AVX512 static __attribute__((noinline)) int64_t name(                                \
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

int64_t zipnn_lanes_decode_avx512(struct zipnn_lanes_input *input,
				  const struct zipnn_lanes_decode_table *table, uint8_t *values,
				  size_t blocks, size_t still_blocks)
{
	struct tables tables;
	/* Ranks past the last may be met, too: up to 2^r - 1 more. */
	const int many = table->rank_count + (1u << table->raw_bits) - 1 > 128;

	fill_tables(&tables, table, many);
	if (tables.narrow)
		return decode_narrow(input, &tables, values, blocks, still_blocks);
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
