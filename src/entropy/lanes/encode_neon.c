// SPDX-License-Identifier: BSD-3-Clause
/*
 * Encoding lanes with NEON: src/FORMAT.md section 4.3. neon.h says how lanes lie.
 *
 * A value's code is looked up in windows of 16 values, laid only where kept values are: exponents
 * take one or two. Where more than four would be needed windows have 64 values, of which four hold
 * all. What no window holds is the escape.
 */
#include "entropy/lanes/kernel.h"

#if defined(__AARCH64EL__)
#include "entropy/lanes/neon.h"

#define NARROW_WINDOW 16u
#define WIDE_WINDOW 64u
#define MAX_WINDOWS 4u

/* What is known of a value beside its code, in a byte. */
#define LENGTH_MASK 15
#define ESCAPE_BIT 0x20
#define RAW_BIT 0x40 /* bit 0 of the raw bits; bit 1 is the next */

struct tables {
	unsigned windows;
	uint8_t escape_code;
	uint8_t escape_info;
	uint8_t bases[MAX_WINDOWS]; /* first value; 0 follows 255 */
	uint8_t codes[MAX_WINDOWS][WIDE_WINDOW];
	uint8_t infos[MAX_WINDOWS][WIDE_WINDOW];
};

struct quarter {
	uint32x4_t window[ZIPNN_QUARTER_REGISTERS];
	uint8x16_t missing;
};

/* The codes and infos of a row. */
struct coded {
	uint8x16_t codes[ZIPNN_QUARTERS];
	uint8x16_t infos[ZIPNN_QUARTERS];
};

static uint8_t info_of(const struct zipnn_lanes_encode_table *table, unsigned value)
{
	return (uint8_t)(table->lengths[value] | table->escapes[value] * ESCAPE_BIT |
			 table->raw[value] * RAW_BIT);
}

static void find_escape(struct tables *tables, const struct zipnn_lanes_encode_table *table)
{
	unsigned escape = 0; /* a value that is coded as one; if there is none, this is not used */

	while (escape < 255 && !table->escapes[escape])
		escape++;
	tables->escape_code = table->codes[escape];
	tables->escape_info = info_of(table, escape);
}

/* Lay windows of so many values over the kept ones. Returns 0 if that takes too many. */
static int lay_windows(struct tables *tables, const struct zipnn_lanes_encode_table *table,
		       unsigned width)
{
	tables->windows = 0;
	for (unsigned v = 0; v < 256; v++) {
		if (table->escapes[v])
			continue;
		if (tables->windows == MAX_WINDOWS)
			return 0;
		const unsigned w = tables->windows++;

		tables->bases[w] = (uint8_t)v;
		for (unsigned i = 0; i < width; i++) {
			tables->codes[w][i] = table->codes[(v + i) & 255];
			tables->infos[w][i] = info_of(table, (v + i) & 255);
		}
		v += width - 1;
	}
	return 1;
}

/* Replace what is in the window: the look-ups leave alone what is past their table. */
ZIPNN_INLINE uint8x16_t look_up(uint8x16_t found, const uint8_t *window, uint8x16_t at, int narrow)
{
	return narrow ? vqtbx1q_u8(found, vld1q_u8(window), at)
		      : vqtbx4q_u8(found, zipnn_table64(window), at);
}

ZIPNN_INLINE struct coded code_row(const uint8_t *values, const struct tables *tables, int narrow)
{
	struct coded coded;

	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++) {
		coded.codes[i] = vdupq_n_u8(tables->escape_code);
		coded.infos[i] = vdupq_n_u8(tables->escape_info);
	}
	for (unsigned w = 0; w < tables->windows; w++) {
		for (unsigned i = 0; i < ZIPNN_QUARTERS; i++) {
			const uint8x16_t at = vsubq_u8(vld1q_u8(values + (size_t)ZIPNN_QUARTER * i),
						       vdupq_n_u8(tables->bases[w]));

			coded.codes[i] = look_up(coded.codes[i], tables->codes[w], at, narrow);
			coded.infos[i] = look_up(coded.infos[i], tables->infos[w], at, narrow);
		}
	}
	return coded;
}

/* One bit of each info. */
ZIPNN_INLINE uint64_t info_bits(const struct coded *coded, uint8_t bit)
{
	const uint8x16_t bits = vdupq_n_u8(bit);

	return zipnn_number64(
	    zipnn_mask64(vtstq_u8(coded->infos[0], bits), vtstq_u8(coded->infos[1], bits),
			 vtstq_u8(coded->infos[2], bits), vtstq_u8(coded->infos[3], bits)));
}

/* The codes of a quarter's pairs, first value lowest, and the length of both together. */
struct pairs {
	uint32x4_t codes[ZIPNN_QUARTER_REGISTERS];
	uint8x16_t lengths;
};

ZIPNN_INLINE struct pairs pair_codes(const struct coded *first, const struct coded *second,
				     unsigned i)
{
	const uint8x16_t length_mask = vdupq_n_u8(LENGTH_MASK);
	const uint8x16_t first_lengths = vandq_u8(first->infos[i], length_mask);
	const uint8x16_t second_lengths = vandq_u8(second->infos[i], length_mask);
	const uint16x8_t low = vdupq_n_u16(255);
	const uint16x8_t first_codes = vreinterpretq_u16_u8(first->codes[i]);
	const uint16x8_t second_codes = vreinterpretq_u16_u8(second->codes[i]);
	/* Shifts look at the lowest byte of a count alone: here, the even value's length. */
	const int16x8_t counts = vreinterpretq_s16_u8(first_lengths);
	const uint16x8_t even =
	    vorrq_u16(vandq_u16(first_codes, low), vshlq_u16(vandq_u16(second_codes, low), counts));
	const uint16x8_t odd =
	    vorrq_u16(vshrq_n_u16(first_codes, 8),
		      vshlq_u16(vshrq_n_u16(second_codes, 8), vshrq_n_s16(counts, 8)));
	const uint32x4_t low_word = vdupq_n_u32(0xffff);

	return (struct pairs){
	    {vandq_u32(vreinterpretq_u32_u16(even), low_word),
	     vandq_u32(vreinterpretq_u32_u16(odd), low_word),
	     vshrq_n_u32(vreinterpretq_u32_u16(even), 16),
	     vshrq_n_u32(vreinterpretq_u32_u16(odd), 16)},
	    vaddq_u8(first_lengths, second_lengths),
	};
}

/* Give the topmost valid 16 bits of group j's windows in the mask, below words. */
ZIPNN_INLINE void spill_group(const struct quarter *quarter, uint8_t *words, unsigned mask,
			      unsigned j)
{
	const uint32x4_t even = vshlq_u32(quarter->window[j], zipnn_counts(quarter->missing, j));
	const uint32x4_t odd =
	    vshlq_u32(quarter->window[j + 2], zipnn_counts(quarter->missing, j + 2));
	const uint16x8_t w = vtrn2q_u16(vreinterpretq_u16_u32(even), vreinterpretq_u16_u32(odd));

	/* The store also covers what is below the new words: ZIPNN_WORDS_SLACK. */
	vst1q_u8(words - 16,
		 vqtbl1q_u8(vreinterpretq_u8_u16(w), vld1q_u8(zipnn_compress_words[mask])));
}

/* Give words from the windows into which the pairs do not fit. */
ZIPNN_INLINE void spill_row(const struct quarter quarters[ZIPNN_QUARTERS],
			    uint8_t *words[ZIPNN_LANE_GROUPS],
			    const struct pairs pairs[ZIPNN_QUARTERS])
{
	uint8x16_t which[ZIPNN_QUARTERS];

	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++)
		which[i] = vcltq_u8(quarters[i].missing, pairs[i].lengths);
	const struct zipnn_dealt dealt = zipnn_deal(which);

	/* Downwards: the upper lanes first. */
	for (unsigned i = ZIPNN_QUARTERS; i-- > 0;) {
		for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
			spill_group(&quarters[i], words[j], zipnn_dealt_byte(dealt.masks, j, i), j);
			words[j] -= (size_t)2 * zipnn_dealt_byte(dealt.numbers, j, i);
		}
	}
}

ZIPNN_INLINE void push(struct quarter *quarter, const struct pairs *pairs, int spilled)
{
	const uint8x16_t left = vsubq_u8(quarter->missing, pairs->lengths);

	for (unsigned k = 0; k < ZIPNN_QUARTER_REGISTERS; k++)
		quarter->window[k] =
		    vorrq_u32(vshlq_u32(quarter->window[k], zipnn_counts(pairs->lengths, k)),
			      pairs->codes[k]);
	/* Spilling makes 16 of what is missing: the same number modulo 16. */
	quarter->missing = spilled ? vandq_u8(left, vdupq_n_u8(15)) : left;
}

ZIPNN_INLINE void encode_block(struct quarter quarters[ZIPNN_QUARTERS],
			       uint8_t *words[ZIPNN_LANE_GROUPS], struct zipnn_lanes_output *output,
			       const struct tables *tables, const uint8_t *values, size_t t,
			       int narrow, unsigned r, int spill)
{
	struct coded rows[2];
	struct pairs pairs[ZIPNN_QUARTERS];

	values += t * ZIPNN_LANES_BLOCK;
	for (unsigned row = 0; row < 2; row++) {
		rows[row] = code_row(values + (size_t)ZIPNN_LANES_ROW * row, tables, narrow);
		output->escapes[2 * t + row] = info_bits(&rows[row], ESCAPE_BIT);
		for (unsigned k = 0; k < r; k++)
			output->raw_bits[(2 * t + row) * r + k] =
			    info_bits(&rows[row], (uint8_t)(RAW_BIT << k));
	}
	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++)
		pairs[i] = pair_codes(&rows[0], &rows[1], i);
	if (spill)
		spill_row(quarters, words, pairs);
	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++)
		push(&quarters[i], &pairs[i], spill);
}

ZIPNN_INLINE void store_quarter(struct zipnn_lanes_state *state, const struct quarter *quarter,
				unsigned i)
{
	uint8_t missing[ZIPNN_QUARTER];

	vst1q_u8(missing, quarter->missing);
	for (unsigned k = 0; k < ZIPNN_QUARTER_REGISTERS; k++) {
		uint32_t window[4];

		vst1q_u32(window, quarter->window[k]);
		for (unsigned q = 0; q < 4; q++) {
			const unsigned lane = zipnn_quarter_lane(i, k, q);

			state->missing[lane] = missing[4 * q + k];
			state->window[lane] = window[q] & UINT32_MAX >> state->missing[lane];
		}
	}
}

ZIPNN_INLINE void encode(struct zipnn_lanes_output *output, const struct tables *tables,
			 const uint8_t *values, size_t blocks, size_t still_blocks, int narrow,
			 unsigned r)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	uint8_t *words[ZIPNN_LANE_GROUPS] = {output->words[0], output->words[1]};
	struct quarter quarters[ZIPNN_QUARTERS];
	size_t t = blocks;

	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++) {
		for (unsigned k = 0; k < ZIPNN_QUARTER_REGISTERS; k++)
			quarters[i].window[k] = vdupq_n_u32(0);
		quarters[i].missing = vdupq_n_u8(32);
	}
	while (t > refilled)
		encode_block(quarters, words, output, tables, values, --t, narrow, r, 0);
	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++)
		quarters[i].missing = vminq_u8(quarters[i].missing, vdupq_n_u8(15));
	while (t > 0)
		encode_block(quarters, words, output, tables, values, --t, narrow, r, 1);
	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++)
		store_quarter(&output->state, &quarters[i], i);
	output->words[0] = words[0];
	output->words[1] = words[1];
}

/* The loop once for each kind of code, so that none has a branch inside. */
#define ENCODE(name, narrow, r)                                                                    \
	static __attribute__((noinline)) void name(                                                \
	    struct zipnn_lanes_output *output, const struct tables *tables, const uint8_t *values, \
	    size_t blocks, size_t still_blocks)                                                    \
	{                                                                                          \
		encode(output, tables, values, blocks, still_blocks, narrow, r);                   \
	}

ENCODE(encode_narrow, 1, 0)
ENCODE(encode_wide, 0, 0)
ENCODE(encode_wide1, 0, 1)
ENCODE(encode_wide2, 0, 2)

void zipnn_lanes_encode_neon(struct zipnn_lanes_output *output,
			     const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			     size_t blocks, size_t still_blocks)
{
	struct tables tables;

	find_escape(&tables, table);
	if (table->raw_bits == 0 && lay_windows(&tables, table, NARROW_WINDOW)) {
		encode_narrow(output, &tables, values, blocks, still_blocks);
		return;
	}
	lay_windows(&tables, table, WIDE_WINDOW);
	switch (table->raw_bits) {
	case 0:
		encode_wide(output, &tables, values, blocks, still_blocks);
		break;
	case 1:
		encode_wide1(output, &tables, values, blocks, still_blocks);
		break;
	default:
		encode_wide2(output, &tables, values, blocks, still_blocks);
		break;
	}
}

#else
typedef int zipnn_nothing_here; /* ISO C wants a declaration */
#endif
