// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decoding lanes with AVX-512 VBMI and VBMI2: src/FORMAT.md section 4.3.
 *
 * The windows of a group lie in two registers, the low halves of lanes 0 to 31 and the high ones.
 * vpermi2b looks up 128 entries by the low seven bits of each byte, and does so on the low halves
 * as they are: what it finds for their upper bytes does no harm, because vpshrdvw shifts by the low
 * four bits of a count. So from window to shifted window there are two instructions; symbols are
 * looked up off that path. Nothing branches on data.
 *
 * test_lanes compares this with the scalar kernel on CPUs that have the instructions, and
 * test_lanes_emulated on those that do not.
 */
#include "entropy/lanes/kernel.h"

#if defined(__x86_64__)
#include "core/bytes.h"
#include "entropy/lanes/avx512.h"
#include "zipnn.h"

/* If no code is longer, both rows of a block take less than 16 bits: one shift does for both. */
#define SHORT_CODE 7u

struct tables {
	int short_codes;
	uint8_t lengths[128];
	uint8_t first[256]; /* by window: with r = 0 the value, else the rank */
	struct zipnn_byte_symbols symbols;
};

/* Up to 256 bytes in registers: by number mod 128, of numbers below and above 128. */
struct registers {
	__m512i low[2];
	__m512i high[2];
};

/* What a code's symbols are found with. */
struct look_ups {
	struct registers lengths; /* 128 entries */
	struct registers first;   /* 256, or 128 if codes are short */
	struct registers by_rank; /* 128, or 256 if there are many */
	__m512i escape;
	__mmask64 escape_mask;
	/* Constants: of 16-bit numbers, but for the weights of raw bits. */
	__m512i zero;
	__m512i word; /* 16 */
	__m512i below_word;
	__m512i low_byte;
	__m512i weights[ZIPNN_LANES_MAX_RAW_BITS];
};

/* Lane l is number l of each. (Two structures, not an array of two: gcc keeps an array that loops
 * go through in memory.) */
struct group {
	__m512i low;
	__m512i high;
	__m512i missing; /* in the low byte of each 16-bit number; the high one means nothing */
};

/* Where reading and writing have come to. */
struct position {
	const uint8_t *words[ZIPNN_LANE_GROUPS];
	const uint8_t *literals;
	const uint8_t *raw_bits;
	uint8_t *values;
};

static void fill_tables(struct tables *tables, const struct zipnn_lanes_decode_table *table)
{
	unsigned longest = 0;

	zipnn_fill_byte_symbols(&tables->symbols, table);
	memcpy(tables->lengths, table->lengths, sizeof(tables->lengths));
	for (unsigned i = 0; i < 128; i++)
		longest = table->lengths[i] > longest ? table->lengths[i] : longest;
	tables->short_codes = table->raw_bits == 0 && longest <= SHORT_CODE;
	for (unsigned i = 0; i < 256; i++)
		tables->first[i] = table->raw_bits == 0 ? tables->symbols.by_rank[table->ranks[i]]
							: table->ranks[i];
}

ZIPNN_VBMI_INLINE void load_registers(struct registers *registers, const uint8_t *table,
				      unsigned entries)
{
	if (entries == 0)
		return;
	registers->low[0] = zipnn_load512(table);
	registers->low[1] = zipnn_load512(table + 64);
	if (entries == 128)
		return;
	registers->high[0] = zipnn_load512(table + 128);
	registers->high[1] = zipnn_load512(table + 192);
}

/* table[x mod 128] for each byte x. */
ZIPNN_VBMI_INLINE __m512i look_up128(const struct registers *table, __m512i x)
{
	return _mm512_permutex2var_epi8(table->low[0], x, table->low[1]);
}

ZIPNN_VBMI_INLINE __m512i look_up256(const struct registers *table, __m512i x)
{
	const __m512i high = _mm512_permutex2var_epi8(table->high[0], x, table->high[1]);

	return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), look_up128(table, x), high);
}

/* The low bytes of 16-bit numbers, of even and odd in turn: the order of a row. */
ZIPNN_VBMI_INLINE __m512i low_bytes(const struct look_ups *look_ups, __m512i even, __m512i odd)
{
	return _mm512_ternarylogic_epi32(_mm512_slli_epi16(odd, 8), even, look_ups->low_byte,
					 ZIPNN_B_WHERE_C_ELSE_A);
}

/* Take bits from every window. */
ZIPNN_VBMI_INLINE void shift_group(struct group *group, const struct look_ups *look_ups,
				   __m512i lengths)
{
	group->low = _mm512_shrdv_epi16(group->low, group->high, lengths);
	group->high = _mm512_shrdv_epi16(group->high, look_ups->zero, lengths);
	group->missing = _mm512_add_epi8(group->missing, lengths);
}

/*
 * Take both codes of a block from every window. Returns what the windows are between the two, as
 * far as the second code goes.
 */
ZIPNN_VBMI_INLINE __m512i take_two(struct group *group, const struct look_ups *look_ups,
				   int short_codes)
{
	const __m512i lengths = look_up128(&look_ups->lengths, group->low);
	__m512i between;

	if (short_codes) {
		between = _mm512_shrdv_epi16(group->low, look_ups->zero, lengths);
		shift_group(group, look_ups,
			    _mm512_add_epi8(lengths, look_up128(&look_ups->lengths, between)));
	} else {
		shift_group(group, look_ups, lengths);
		between = group->low;
		shift_group(group, look_ups, look_up128(&look_ups->lengths, between));
	}
	return between;
}

/* Deal words to the lanes that miss 16 bits or more. */
ZIPNN_VBMI_INLINE void refill_group(struct group *group, const struct look_ups *look_ups,
				    const uint8_t **words)
{
	/* missing is below 32: bit 4 tells. */
	const __mmask32 lacking = _mm512_test_epi16_mask(group->missing, look_ups->word);
	const __m512i w = _mm512_maskz_expand_epi16(lacking, zipnn_load512_apart(*words));

	/* Of those lanes the high half is empty, and this is missing of the low one: */
	group->missing = _mm512_and_si512(group->missing, look_ups->below_word);
	group->low =
	    _mm512_or_si512(group->low, _mm512_shrdv_epi16(look_ups->zero, w, group->missing));
	group->high = _mm512_mask_srlv_epi16(group->high, lacking, w, group->missing);
	*words += 2 * (size_t)__builtin_popcount(lacking);
}

/* The symbols of a row, the escape's byte for escapes. low: the low byte of each window. */
ZIPNN_VBMI_INLINE __m512i row_symbols(const struct look_ups *look_ups, __m512i low,
				      const uint8_t *raw_bits, int short_codes, unsigned r,
				      int many)
{
	__m512i found =
	    short_codes ? look_up128(&look_ups->first, low) : look_up256(&look_ups->first, low);

	if (r == 0)
		return found;
	found = _mm512_mask_add_epi8(found, zipnn_load64(raw_bits), found, look_ups->weights[0]);
	if (r > 1)
		found = _mm512_mask_add_epi8(found, zipnn_load64(raw_bits + 8), found,
					     look_ups->weights[1]);
	return many ? look_up256(&look_ups->by_rank, found) : look_up128(&look_ups->by_rank, found);
}

/* Fill in literals and store the row. */
ZIPNN_VBMI_INLINE void put_row(struct position *at, const struct look_ups *look_ups,
			       __m512i symbols)
{
	const __mmask64 escapes =
	    _mm512_mask_cmpeq_epi8_mask(look_ups->escape_mask, symbols, look_ups->escape);

	zipnn_store512(at->values, _mm512_mask_expand_epi8(symbols, escapes,
							   zipnn_load512_apart(at->literals)));
	at->literals += __builtin_popcountll(escapes);
	at->values += ZIPNN_LANES_ROW;
}

ZIPNN_VBMI_INLINE void decode_block(struct group *even, struct group *odd, struct position *at,
				    const struct look_ups *look_ups, int refill, int short_codes,
				    unsigned r, int many)
{
	const __m512i first = low_bytes(look_ups, even->low, odd->low);
	const __m512i even_between = take_two(even, look_ups, short_codes);
	const __m512i odd_between = take_two(odd, look_ups, short_codes);
	const __m512i second = low_bytes(look_ups, even_between, odd_between);

	if (refill) {
		refill_group(even, look_ups, &at->words[0]);
		refill_group(odd, look_ups, &at->words[1]);
	}
	put_row(at, look_ups, row_symbols(look_ups, first, at->raw_bits, short_codes, r, many));
	at->raw_bits += (size_t)8 * r;
	put_row(at, look_ups, row_symbols(look_ups, second, at->raw_bits, short_codes, r, many));
	at->raw_bits += (size_t)8 * r;
}

ZIPNN_VBMI_INLINE void load_group(struct group *group, const struct zipnn_lanes_state *state,
				  unsigned j)
{
	uint16_t low[ZIPNN_GROUP_LANES];
	uint16_t high[ZIPNN_GROUP_LANES];
	uint16_t missing[ZIPNN_GROUP_LANES];

	for (unsigned l = 0; l < ZIPNN_GROUP_LANES; l++) {
		const unsigned i = ZIPNN_GROUP_LANES * j + l;

		low[l] = (uint16_t)state->window[i];
		high[l] = (uint16_t)(state->window[i] >> 16);
		missing[l] = state->missing[i];
	}
	group->low = zipnn_load512(low);
	group->high = zipnn_load512(high);
	group->missing = zipnn_load512(missing);
}

/* Whether literals or words ran out. Of either, enough may be read behind the end for one block. */
ZIPNN_VBMI_INLINE int exhausted(const struct position *at, const struct zipnn_lanes_input *input)
{
	return at->literals > input->literals_end || at->words[0] > input->words_end[1] ||
	       at->words[1] > input->words_end[1];
}

ZIPNN_VBMI_INLINE int64_t decode(struct zipnn_lanes_input *input, const struct tables *tables,
				 uint8_t *values, size_t blocks, size_t still_blocks,
				 int short_codes, unsigned r, int many)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	struct position at = {
	    .words = {input->words[0], input->words[1]},
	    .literals = input->literals,
	    .raw_bits = input->raw_bits,
	    .values = values,
	};
	struct look_ups look_ups = {
	    .escape = _mm512_set1_epi8((char)tables->symbols.escape),
	    .escape_mask = zipnn_keep_mask64(tables->symbols.escape_mask),
	    .zero = zipnn_keep512(_mm512_setzero_si512()),
	    .word = zipnn_keep512(_mm512_set1_epi16(16)),
	    .below_word = zipnn_keep512(_mm512_set1_epi16(15)),
	    .low_byte = zipnn_keep512(_mm512_set1_epi16(255)),
	    .weights = {zipnn_keep512(_mm512_set1_epi8(1)), zipnn_keep512(_mm512_set1_epi8(2))},
	};
	struct group even;
	struct group odd;
	size_t t = 0;

	load_registers(&look_ups.lengths, tables->lengths, 128);
	load_registers(&look_ups.first, tables->first, short_codes ? 128 : 256);
	load_registers(&look_ups.by_rank, tables->symbols.by_rank, r == 0 ? 0 : (many ? 256 : 128));
	load_group(&even, &input->state, 0);
	load_group(&odd, &input->state, 1);
	for (; t < refilled && !exhausted(&at, input); t++)
		decode_block(&even, &odd, &at, &look_ups, 1, short_codes, r, many);
	for (; t < blocks && !exhausted(&at, input); t++)
		decode_block(&even, &odd, &at, &look_ups, 0, short_codes, r, many);
	input->words[0] = at.words[0];
	input->words[1] = at.words[1];
	input->literals = at.literals;
	return exhausted(&at, input) ? ZIPNN_ERROR_CORRUPT : 0;
}

/* The loop once for each kind of code, so that none has a branch inside. */
#define DECODE(name, short_codes, r, many)                                                         \
	ZIPNN_VBMI static __attribute__((noinline)) int64_t name(                                  \
	    struct zipnn_lanes_input *input, const struct tables *tables, uint8_t *values,         \
	    size_t blocks, size_t still_blocks)                                                    \
	{                                                                                          \
		return decode(input, tables, values, blocks, still_blocks, short_codes, r, many);  \
	}

DECODE(decode_short, 1, 0, 0)
DECODE(decode_wide, 0, 0, 0)
DECODE(decode_wide1, 0, 1, 0)
DECODE(decode_wide2, 0, 2, 0)
DECODE(decode_wide1_many, 0, 1, 1)
DECODE(decode_wide2_many, 0, 2, 1)

int64_t zipnn_lanes_decode_vbmi(struct zipnn_lanes_input *input,
				const struct zipnn_lanes_decode_table *table, uint8_t *values,
				size_t blocks, size_t still_blocks)
{
	struct tables tables;

	fill_tables(&tables, table);
	if (tables.short_codes)
		return decode_short(input, &tables, values, blocks, still_blocks);
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
