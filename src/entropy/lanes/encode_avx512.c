// SPDX-License-Identifier: BSD-3-Clause
/*
 * Encoding lanes with AVX-512 F, BW, DQ and VL, as Skylake-SP has them: src/FORMAT.md section 4.3.
 *
 * Windows lie in two registers a group, the low halves of lanes 0 to 31 and the high ones. vpermi2w
 * looks a value's code up together with all else that is known of the value, a 16-bit number, in
 * 64, 128 or 256 entries, as far as the kept values lie apart. Spilled words are put together by
 * vpcompressd, 16 lanes at a time, and turned to the register's end for a plain store.
 *
 * test_lanes compares this with the scalar kernel on CPUs that have the instructions, and
 * test_lanes_emulated on those that do not.
 */
#include "entropy/lanes/kernel.h"

#if defined(__x86_64__)
#include "entropy/lanes/avx512.h"

#define HALF_LANES 16u

/* What is known of a value beside its code, in a byte. */
#define LENGTH_MASK 15
#define ESCAPE_INFO 0x20
#define RAW1_INFO 0x40
#define RAW0_INFO 0x80 /* where a mask is taken from */

struct tables {
	unsigned entries; /* 64, 128 or 256 */
	uint8_t first;    /* the value of entry 0; 0 if there are 256 */
	/* Code, then info in the upper byte. If they are fewer than 256, the last is of a value
	 * that is not kept, and serves for all past it. */
	uint16_t infos[256];
	uint16_t rotate[2 * ZIPNN_GROUP_LANES]; /* 0, 2, ... 30, 0, 2, ...: see put_words */
};

/* 64, 128 or 256 entries in registers. */
struct registers {
	__m512i part[8];
};

/* Looking up, and constants. */
struct look_ups {
	struct registers infos;
	__m512i first;
	__m512i last; /* entry */
	__m512i escape_bit;
	__m512i bit6; /* of 16-bit numbers */
	__m512i bit7;
	__m512i low_byte;
	__m512i length_mask;
	__m512i word; /* 16 */
	__m512i below_word;
};

/* Lane l is number l of each. */
struct group {
	__m512i low;
	__m512i high;
	__m512i missing;
};

/* Of a row, as 16-bit numbers: values of even number and those of odd number. */
struct coded {
	__m512i even_codes;
	__m512i even_lengths;
	__m512i odd_codes;
	__m512i odd_lengths;
};

static uint16_t info_of(const struct zipnn_lanes_encode_table *table, unsigned value)
{
	const unsigned info = table->lengths[value] | (table->escapes[value] ? ESCAPE_INFO : 0u) |
			      (table->raw[value] & 1 ? RAW0_INFO : 0u) |
			      (table->raw[value] & 2 ? RAW1_INFO : 0u);

	return (uint16_t)(table->codes[value] | info << 8);
}

static void fill_tables(struct tables *tables, const struct zipnn_lanes_encode_table *table)
{
	unsigned first = 0;
	unsigned last = 255;

	while (first < 255 && table->escapes[first])
		first++;
	while (last > first && table->escapes[last])
		last--;
	tables->entries = 256;
	if (last - first < 127)
		tables->entries = last - first < 63 && table->raw_bits == 0 ? 64 : 128;
	tables->first = tables->entries == 256 ? 0 : (uint8_t)first;
	for (unsigned i = 0; i < tables->entries; i++)
		tables->infos[i] = info_of(table, (tables->first + i) & 255);
	for (unsigned i = 0; i < 2 * ZIPNN_GROUP_LANES; i++)
		tables->rotate[i] = (uint16_t)(2 * (i % HALF_LANES));
}

ZIPNN_AVX512_INLINE void load_registers(struct registers *registers, const uint16_t *table,
					unsigned entries)
{
	registers->part[0] = zipnn_load512(table);
	registers->part[1] = zipnn_load512(table + 32);
	if (entries == 64)
		return;
	registers->part[2] = zipnn_load512(table + 64);
	registers->part[3] = zipnn_load512(table + 96);
	if (entries == 128)
		return;
	registers->part[4] = zipnn_load512(table + 128);
	registers->part[5] = zipnn_load512(table + 160);
	registers->part[6] = zipnn_load512(table + 192);
	registers->part[7] = zipnn_load512(table + 224);
}

/* The entry of number x mod `entries` for each 16-bit number x. */
ZIPNN_AVX512_INLINE __m512i look_up(const struct look_ups *look_ups, __m512i x, unsigned entries)
{
	const __m512i *part = look_ups->infos.part;
	const __m512i found = _mm512_permutex2var_epi16(part[0], x, part[1]);

	if (entries == 64)
		return found;

	const __mmask32 bit6 = _mm512_test_epi16_mask(x, look_ups->bit6);
	const __m512i low =
	    _mm512_mask_blend_epi16(bit6, found, _mm512_permutex2var_epi16(part[2], x, part[3]));

	if (entries == 128)
		return low;
	return _mm512_mask_blend_epi16(
	    _mm512_test_epi16_mask(x, look_ups->bit7), low,
	    _mm512_mask_blend_epi16(bit6, _mm512_permutex2var_epi16(part[4], x, part[5]),
				    _mm512_permutex2var_epi16(part[6], x, part[7])));
}

/* The codes of a row; where escapes are and raw bits go to their place. */
ZIPNN_AVX512_INLINE struct coded code_row(const struct look_ups *look_ups,
					  struct zipnn_lanes_output *output, const uint8_t *values,
					  size_t row, unsigned entries, unsigned r)
{
	__m512i at = zipnn_load512(values + row * ZIPNN_LANES_ROW);

	if (entries < 256)
		at = _mm512_min_epu8(_mm512_sub_epi8(at, look_ups->first), look_ups->last);

	const __m512i even = look_up(look_ups, at, entries);
	const __m512i odd = look_up(look_ups, _mm512_srli_epi16(at, 8), entries);
	const __m512i even_infos = _mm512_srli_epi16(even, 8);
	const __m512i infos =
	    _mm512_ternarylogic_epi32(odd, even_infos, look_ups->low_byte, ZIPNN_B_WHERE_C_ELSE_A);

	output->escapes[row] = _mm512_test_epi8_mask(infos, look_ups->escape_bit);
	if (r > 0)
		output->raw_bits[row * r] = _mm512_movepi8_mask(infos);
	if (r > 1)
		output->raw_bits[row * r + 1] = _mm512_movepi8_mask(_mm512_add_epi8(infos, infos));
	return (struct coded){
	    _mm512_and_si512(even, look_ups->low_byte),
	    _mm512_and_si512(even_infos, look_ups->length_mask),
	    _mm512_and_si512(odd, look_ups->low_byte),
	    _mm512_and_si512(_mm512_srli_epi16(odd, 8), look_ups->length_mask),
	};
}

/* a:b shifted left by count, 0 to 16: the upper half. */
ZIPNN_AVX512_INLINE __m512i shift_pair(const struct look_ups *look_ups, __m512i a, __m512i b,
				       __m512i count)
{
	return _mm512_or_si512(_mm512_sllv_epi16(a, count),
			       _mm512_srlv_epi16(b, _mm512_sub_epi16(look_ups->word, count)));
}

/* Put those words of 16 lanes that are in the mask before the ones that are there. */
ZIPNN_AVX512_INLINE void put_words(uint8_t **words, __m256i w, unsigned lanes,
				   const uint16_t *rotate)
{
	const size_t count = (size_t)__builtin_popcount(lanes);
	const __m512i first =
	    _mm512_maskz_compress_epi32((__mmask16)lanes, _mm512_cvtepu16_epi32(w));
	/* 32-bit number i becomes 16-bit number i + count modulo 16: the words come last. */
	const __m512i last = _mm512_permutexvar_epi16(zipnn_load512(rotate + count), first);

	/* The store also covers what is below the new words: ZIPNN_WORDS_SLACK. */
	_mm256_storeu_si256((__m256i *)(*words - 32), _mm512_castsi512_si256(last));
	*words -= 2 * count;
}

/* The topmost valid 16 bits of the windows whose lanes are in the mask. */
ZIPNN_AVX512_INLINE void spill(const struct look_ups *look_ups, const struct group *group,
			       uint8_t **words, uint32_t full, const uint16_t *rotate)
{
	const __m512i w = shift_pair(look_ups, group->high, group->low, group->missing);

	/* Downwards: the upper lanes first. */
	put_words(words, _mm512_extracti64x4_epi64(w, 1), full >> HALF_LANES, rotate);
	put_words(words, _mm512_castsi512_si256(w), full & 0xffff, rotate);
}

/* Undo a block of one group. */
ZIPNN_AVX512_INLINE void push_pair(struct group *group, uint8_t **words,
				   const struct look_ups *look_ups, __m512i first_codes,
				   __m512i first_lengths, __m512i second_codes,
				   __m512i second_lengths, const uint16_t *rotate, int refill)
{
	const __m512i lengths = _mm512_add_epi16(first_lengths, second_lengths);
	const __m512i codes =
	    _mm512_or_si512(_mm512_sllv_epi16(second_codes, first_lengths), first_codes);

	if (refill)
		spill(look_ups, group, words, _mm512_cmplt_epu16_mask(group->missing, lengths),
		      rotate);
	group->missing = _mm512_sub_epi16(group->missing, lengths);
	/* Spilling makes 16 of what is missing: the same number modulo 16. */
	if (refill)
		group->missing = _mm512_and_si512(group->missing, look_ups->below_word);
	group->high = shift_pair(look_ups, group->high, group->low, lengths);
	group->low = _mm512_or_si512(_mm512_sllv_epi16(group->low, lengths), codes);
}

ZIPNN_AVX512_INLINE void encode_block(struct group *even, struct group *odd,
				      uint8_t *words[ZIPNN_LANE_GROUPS],
				      const struct look_ups *look_ups, const struct tables *tables,
				      struct zipnn_lanes_output *output, const uint8_t *values,
				      size_t t, unsigned entries, unsigned r, int refill)
{
	const struct coded second = code_row(look_ups, output, values, 2 * t + 1, entries, r);
	const struct coded first = code_row(look_ups, output, values, 2 * t, entries, r);

	push_pair(even, &words[0], look_ups, first.even_codes, first.even_lengths,
		  second.even_codes, second.even_lengths, tables->rotate, refill);
	push_pair(odd, &words[1], look_ups, first.odd_codes, first.odd_lengths, second.odd_codes,
		  second.odd_lengths, tables->rotate, refill);
}

ZIPNN_AVX512_INLINE void store_group(struct zipnn_lanes_state *state, const struct group *group,
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

ZIPNN_AVX512_INLINE void encode(struct zipnn_lanes_output *output, const struct tables *tables,
				const uint8_t *values, size_t blocks, size_t still_blocks,
				unsigned entries, unsigned r)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	const struct group all_missing = {
	    .low = _mm512_setzero_si512(),
	    .high = _mm512_setzero_si512(),
	    .missing = _mm512_set1_epi16(32),
	};
	uint8_t *words[ZIPNN_LANE_GROUPS] = {output->words[0], output->words[1]};
	struct look_ups look_ups = {
	    .first = _mm512_set1_epi8((char)tables->first),
	    .last = zipnn_keep512(_mm512_set1_epi8((char)(entries - 1))),
	    .escape_bit = zipnn_keep512(_mm512_set1_epi8(ESCAPE_INFO)),
	    .bit6 = zipnn_keep512(_mm512_set1_epi16(0x40)),
	    .bit7 = zipnn_keep512(_mm512_set1_epi16(0x80)),
	    .low_byte = zipnn_keep512(_mm512_set1_epi16(255)),
	    .length_mask = zipnn_keep512(_mm512_set1_epi16(LENGTH_MASK)),
	    .word = zipnn_keep512(_mm512_set1_epi16(16)),
	    .below_word = zipnn_keep512(_mm512_set1_epi16(15)),
	};
	struct group even = all_missing;
	struct group odd = all_missing;
	size_t t = blocks;

	load_registers(&look_ups.infos, tables->infos, entries);
	while (t > refilled)
		encode_block(&even, &odd, words, &look_ups, tables, output, values, --t, entries, r,
			     0);
	even.missing = _mm512_min_epu16(even.missing, look_ups.below_word);
	odd.missing = _mm512_min_epu16(odd.missing, look_ups.below_word);
	while (t > 0)
		encode_block(&even, &odd, words, &look_ups, tables, output, values, --t, entries, r,
			     1);
	store_group(&output->state, &even, 0);
	store_group(&output->state, &odd, 1);
	output->words[0] = words[0];
	output->words[1] = words[1];
}

/* The loop once for each kind of code, so that none has a branch inside. */
#define ENCODE(name, entries, r)                                                                   \
	ZIPNN_AVX512 static __attribute__((noinline)) void name(                                   \
	    struct zipnn_lanes_output *output, const struct tables *tables, const uint8_t *values, \
	    size_t blocks, size_t still_blocks)                                                    \
	{                                                                                          \
		encode(output, tables, values, blocks, still_blocks, entries, r);                  \
	}

ENCODE(encode64, 64, 0)
ENCODE(encode128, 128, 0)
ENCODE(encode128_1, 128, 1)
ENCODE(encode128_2, 128, 2)
ENCODE(encode256, 256, 0)
ENCODE(encode256_1, 256, 1)
ENCODE(encode256_2, 256, 2)

void zipnn_lanes_encode_avx512(struct zipnn_lanes_output *output,
			       const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			       size_t blocks, size_t still_blocks)
{
	struct tables tables;

	fill_tables(&tables, table);
	switch (table->raw_bits) {
	case 0:
		(tables.entries == 64 ? encode64 : (tables.entries == 128 ? encode128 : encode256))(
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
