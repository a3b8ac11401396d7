// SPDX-License-Identifier: BSD-3-Clause
/*
 * Encoding lanes with AVX-512 VBMI and VBMI2: src/FORMAT.md section 4.3.
 *
 * The windows of a group lie in two registers, the low halves of lanes 0 to 31 and the high ones.
 * Codes are looked up by value, in 64, 128 or 256 entries, as far as the kept values lie apart; a
 * code's length by the code itself, for that is what the decoder does. Spilled words are moved to
 * one end of a register and from there to the other, so that a plain store below the words before
 * can write them: masked stores are slow on Zen 4.
 *
 * test_lanes compares this with the scalar kernel on CPUs that have the instructions, and
 * test_lanes_emulated on those that do not.
 */
#include "entropy/lanes/kernel.h"

#if defined(__x86_64__)
#include "entropy/lanes/avx512.h"

/* If no code is longer, a pair takes less than 16 bits and is pushed by one shift. */
#define SHORT_CODE 7u

/* What is known of a value beside its code, in a byte. */
#define ESCAPE_INFO 0x20
#define RAW1_INFO 0x40
#define RAW0_INFO 0x80 /* where a mask is taken from */

struct tables {
	int short_codes;
	unsigned entries;    /* of codes and infos: 64 (short codes only), 128 or 256 */
	uint8_t first;       /* the value of entry 0; 0 if there are 256 */
	uint8_t escape_code; /* of values past the last entry */
	uint8_t escape_info;
	uint64_t escape_mask; /* all ones if escape_code stands for the escape alone */
	uint8_t codes[256];
	uint8_t infos[256];
	uint8_t lengths[128];                   /* by the low seven bits of a code */
	uint16_t rotate[2 * ZIPNN_GROUP_LANES]; /* 0, 1, 2, ... */
};

/* Up to 256 bytes in registers. */
struct registers {
	__m512i part[4];
};

/* What a code is looked up with, and constants. */
struct look_ups {
	struct registers codes;
	struct registers infos; /* if there are raw bits */
	struct registers lengths;
	__m512i first;
	__m512i inside; /* entries, at most 128 */
	__m512i escape_code;
	__m512i escape_info;
	__mmask64 escape_mask;
	__m512i escape_bit;
	__m512i low_byte;   /* of a 16-bit number */
	__m512i below_word; /* 15 */
};

/* Lane l is number l of each. */
struct group {
	__m512i low;
	__m512i high;
	__m512i missing; /* 16-bit numbers */
};

/* A row's codes, a byte each. */
struct coded {
	__m512i codes;
	__m512i lengths;
};

static uint8_t info_of(const struct zipnn_lanes_encode_table *table, unsigned value)
{
	return (uint8_t)((table->escapes[value] ? ESCAPE_INFO : 0) |
			 (table->raw[value] & 1 ? RAW0_INFO : 0) |
			 (table->raw[value] & 2 ? RAW1_INFO : 0));
}

/* Where the kept values begin, and how many entries hold all of them. */
static void place_entries(struct tables *tables, const struct zipnn_lanes_encode_table *table)
{
	unsigned first = 0;
	unsigned last = 255;

	while (first < 255 && table->escapes[first])
		first++;
	while (last > first && table->escapes[last])
		last--;
	tables->entries = 256;
	if (last - first < 128)
		tables->entries = last - first < 64 && tables->short_codes ? 64 : 128;
	tables->first = tables->entries == 256 ? 0 : (uint8_t)first;
}

static void fill_tables(struct tables *tables, const struct zipnn_lanes_encode_table *table)
{
	unsigned escape = 0; /* a value that is coded as one */
	unsigned longest = 0;

	while (escape < 255 && !table->escapes[escape])
		escape++;
	for (unsigned v = 0; v < 256; v++)
		longest = table->lengths[v] > longest ? table->lengths[v] : longest;
	tables->short_codes = table->raw_bits == 0 && longest <= SHORT_CODE;
	place_entries(tables, table);
	tables->escape_code = table->codes[escape];
	tables->escape_info = info_of(table, escape);
	tables->escape_mask = table->escapes[escape] ? UINT64_MAX : 0;
	for (unsigned v = 0; v < 256; v++) {
		const unsigned i = (v - tables->first) & 255;

		tables->codes[i] = table->codes[v];
		tables->infos[i] = info_of(table, v);
		/* Of two codes of 8 bits that differ in the last, both entries are the same. */
		tables->lengths[table->codes[v] & 127] = table->lengths[v];
		/* A code without an escape: what is not kept has a kept value's code. */
		if (!table->escapes[v] && table->codes[v] == tables->escape_code)
			tables->escape_mask = 0;
	}
	for (unsigned i = 0; i < 2 * ZIPNN_GROUP_LANES; i++)
		tables->rotate[i] = (uint16_t)i;
}

ZIPNN_VBMI_INLINE void load_registers(struct registers *registers, const uint8_t *table,
				      unsigned entries)
{
	registers->part[0] = zipnn_load512(table);
	if (entries > 64)
		registers->part[1] = zipnn_load512(table + 64);
	if (entries > 128) {
		registers->part[2] = zipnn_load512(table + 128);
		registers->part[3] = zipnn_load512(table + 192);
	}
}

/* table[x mod entries] for each byte x. */
ZIPNN_VBMI_INLINE __m512i look_up(const struct registers *table, __m512i x, unsigned entries)
{
	if (entries == 64)
		return _mm512_permutexvar_epi8(x, table->part[0]);

	const __m512i low = _mm512_permutex2var_epi8(table->part[0], x, table->part[1]);

	if (entries == 128)
		return low;
	return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low,
				      _mm512_permutex2var_epi8(table->part[2], x, table->part[3]));
}

/* The codes of a row, and where escapes are; raw bits go to their place. */
ZIPNN_VBMI_INLINE struct coded code_row(const struct look_ups *look_ups,
					struct zipnn_lanes_output *output, const uint8_t *values,
					size_t row, unsigned entries, unsigned r)
{
	const __m512i v = zipnn_load512(values + row * ZIPNN_LANES_ROW);
	const __m512i at = entries == 256 ? v : _mm512_sub_epi8(v, look_ups->first);
	const __mmask64 inside =
	    entries == 256 ? UINT64_MAX : _mm512_cmplt_epu8_mask(at, look_ups->inside);
	struct coded coded;

	coded.codes = _mm512_mask_blend_epi8(inside, look_ups->escape_code,
					     look_up(&look_ups->codes, at, entries));
	coded.lengths = look_up(&look_ups->lengths, coded.codes, 128);
	if (r == 0) {
		output->escapes[row] = _mm512_mask_cmpeq_epi8_mask(
		    look_ups->escape_mask, coded.codes, look_ups->escape_code);
		return coded;
	}

	const __m512i infos = _mm512_mask_blend_epi8(inside, look_ups->escape_info,
						     look_up(&look_ups->infos, at, entries));

	output->escapes[row] = _mm512_test_epi8_mask(infos, look_ups->escape_bit);
	output->raw_bits[row * r] = _mm512_movepi8_mask(infos);
	if (r > 1)
		output->raw_bits[row * r + 1] = _mm512_movepi8_mask(_mm512_add_epi8(infos, infos));
	return coded;
}

/* The bytes of group j. */
ZIPNN_VBMI_INLINE __m512i of_group(const struct look_ups *look_ups, __m512i row, unsigned j)
{
	return j == 0 ? _mm512_and_si512(row, look_ups->low_byte) : _mm512_srli_epi16(row, 8);
}

/* The topmost valid 16 bits of the windows whose lanes are in the mask. */
ZIPNN_VBMI_INLINE void spill(const struct group *group, uint8_t **words, __mmask32 full,
			     const uint16_t *rotate)
{
	const __m512i w = _mm512_maskz_compress_epi16(
	    full, _mm512_shldv_epi16(group->high, group->low, group->missing));
	const size_t count = (size_t)__builtin_popcount(full);
	/* Number i becomes number i + count modulo 32: the words come to be the last ones. */
	const __m512i last = _mm512_permutexvar_epi16(zipnn_load512(rotate + count), w);

	/* The store also covers what is below the new words: ZIPNN_WORDS_SLACK. */
	zipnn_store512(*words - 64, last);
	*words -= 2 * count;
}

/* Undo one code of each lane: shift windows up and add it at the bottom. */
ZIPNN_VBMI_INLINE void push(struct group *group, __m512i codes, __m512i lengths)
{
	group->high = _mm512_shldv_epi16(group->high, group->low, lengths);
	group->low = _mm512_or_si512(_mm512_sllv_epi16(group->low, lengths), codes);
}

/* Undo a block of one group. */
ZIPNN_VBMI_INLINE void push_pair(struct group *group, uint8_t **words,
				 const struct look_ups *look_ups, const struct coded *first,
				 const struct coded *second, const uint16_t *rotate, unsigned j,
				 int short_codes, int refill)
{
	const __m512i first_codes = of_group(look_ups, first->codes, j);
	const __m512i first_lengths = of_group(look_ups, first->lengths, j);
	const __m512i second_codes = of_group(look_ups, second->codes, j);
	const __m512i second_lengths = of_group(look_ups, second->lengths, j);
	const __m512i lengths = _mm512_add_epi16(first_lengths, second_lengths);

	if (refill)
		spill(group, words, _mm512_cmplt_epu16_mask(group->missing, lengths), rotate);
	group->missing = _mm512_sub_epi16(group->missing, lengths);
	/* Spilling makes 16 of what is missing: the same number modulo 16. */
	if (refill)
		group->missing = _mm512_and_si512(group->missing, look_ups->below_word);
	if (short_codes) {
		push(group,
		     _mm512_or_si512(_mm512_sllv_epi16(second_codes, first_lengths), first_codes),
		     lengths);
	} else {
		push(group, second_codes, second_lengths);
		push(group, first_codes, first_lengths);
	}
}

ZIPNN_VBMI_INLINE void encode_block(struct group *even, struct group *odd,
				    uint8_t *words[ZIPNN_LANE_GROUPS],
				    const struct look_ups *look_ups, const struct tables *tables,
				    struct zipnn_lanes_output *output, const uint8_t *values,
				    size_t t, unsigned entries, unsigned r, int short_codes,
				    int refill)
{
	const struct coded second = code_row(look_ups, output, values, 2 * t + 1, entries, r);
	const struct coded first = code_row(look_ups, output, values, 2 * t, entries, r);

	push_pair(even, &words[0], look_ups, &first, &second, tables->rotate, 0, short_codes,
		  refill);
	push_pair(odd, &words[1], look_ups, &first, &second, tables->rotate, 1, short_codes,
		  refill);
}

ZIPNN_VBMI_INLINE void store_group(struct zipnn_lanes_state *state, const struct group *group,
				   unsigned j)
{
	uint16_t low[ZIPNN_GROUP_LANES];
	uint16_t high[ZIPNN_GROUP_LANES];
	uint16_t missing[ZIPNN_GROUP_LANES];

	zipnn_store512(low, group->low);
	zipnn_store512(high, group->high);
	zipnn_store512(missing, group->missing);
	for (unsigned l = 0; l < ZIPNN_GROUP_LANES; l++) {
		const unsigned i = ZIPNN_GROUP_LANES * j + l;

		state->missing[i] = (uint8_t)missing[l];
		state->window[i] = (low[l] | (uint32_t)high[l] << 16) & UINT32_MAX >> missing[l];
	}
}

ZIPNN_VBMI_INLINE void encode(struct zipnn_lanes_output *output, const struct tables *tables,
			      const uint8_t *values, size_t blocks, size_t still_blocks,
			      unsigned entries, unsigned r, int short_codes)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	const struct group full = {
	    .low = _mm512_setzero_si512(),
	    .high = _mm512_setzero_si512(),
	    .missing = _mm512_set1_epi16(32),
	};
	uint8_t *words[ZIPNN_LANE_GROUPS] = {output->words[0], output->words[1]};
	struct look_ups look_ups = {
	    .first = _mm512_set1_epi8((char)tables->first),
	    .inside = zipnn_keep512(_mm512_set1_epi8((char)entries)),
	    .escape_code = _mm512_set1_epi8((char)tables->escape_code),
	    .escape_info = _mm512_set1_epi8((char)tables->escape_info),
	    .escape_mask = zipnn_keep_mask64(tables->escape_mask),
	    .escape_bit = zipnn_keep512(_mm512_set1_epi8(ESCAPE_INFO)),
	    .low_byte = zipnn_keep512(_mm512_set1_epi16(255)),
	    .below_word = zipnn_keep512(_mm512_set1_epi16(15)),
	};
	struct group even = full;
	struct group odd = full;
	size_t t = blocks;

	load_registers(&look_ups.codes, tables->codes, entries);
	if (r > 0)
		load_registers(&look_ups.infos, tables->infos, entries);
	load_registers(&look_ups.lengths, tables->lengths, 128);
	while (t > refilled)
		encode_block(&even, &odd, words, &look_ups, tables, output, values, --t, entries, r,
			     short_codes, 0);
	even.missing = _mm512_min_epu16(even.missing, look_ups.below_word);
	odd.missing = _mm512_min_epu16(odd.missing, look_ups.below_word);
	while (t > 0)
		encode_block(&even, &odd, words, &look_ups, tables, output, values, --t, entries, r,
			     short_codes, 1);
	store_group(&output->state, &even, 0);
	store_group(&output->state, &odd, 1);
	output->words[0] = words[0];
	output->words[1] = words[1];
}

/* The loop once for each kind of code, so that none has a branch inside. */
#define ENCODE(name, entries, r, short_codes)                                                      \
	ZIPNN_VBMI static __attribute__((noinline)) void name(                                     \
	    struct zipnn_lanes_output *output, const struct tables *tables, const uint8_t *values, \
	    size_t blocks, size_t still_blocks)                                                    \
	{                                                                                          \
		encode(output, tables, values, blocks, still_blocks, entries, r, short_codes);     \
	}

ENCODE(encode64_short, 64, 0, 1)
ENCODE(encode128, 128, 0, 0)
ENCODE(encode128_1, 128, 1, 0)
ENCODE(encode128_2, 128, 2, 0)
ENCODE(encode256, 256, 0, 0)
ENCODE(encode256_1, 256, 1, 0)
ENCODE(encode256_2, 256, 2, 0)

void zipnn_lanes_encode_vbmi(struct zipnn_lanes_output *output,
			     const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			     size_t blocks, size_t still_blocks)
{
	struct tables tables;

	fill_tables(&tables, table);
	switch (table->raw_bits) {
	case 0:
		(tables.entries == 64 ? encode64_short
				      : (tables.entries == 128 ? encode128 : encode256))(
		    output, &tables, values, blocks, still_blocks);
		break;
	case 1:
		(tables.entries == 128 ? encode128_1 : encode256_1)(output, &tables, values, blocks,
								    still_blocks);
		break;
	default:
		(tables.entries == 128 ? encode128_2 : encode256_2)(output, &tables, values, blocks,
								    still_blocks);
		break;
	}
}

#else
typedef int zipnn_nothing_here; /* ISO C wants a declaration */
#endif
