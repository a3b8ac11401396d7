// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decoding lanes with NEON: src/FORMAT.md section 4.3. neon.h says how lanes lie.
 *
 * As with AVX2 (decode_avx2.c) latency bounds it: window to length to shifted window, and the
 * look-ups in between; and symbols are looked up off that path. Escapes are frequent (one in 64
 * values of real weights): their places are noted without a branch and filled in afterwards.
 */
#include "entropy/lanes/kernel.h"

#if defined(__AARCH64EL__)
#include "entropy/lanes/byte_symbols.h"
#include "entropy/lanes/neon.h"
#include "entropy/lanes/patches.h"
#include "zipnn.h"

struct tables {
	unsigned raw_bits;
	int narrow;
	/*
	 * Narrow: by the low four bits of a window; where they are 0, by the next four, for they
	 * may be the prefix of longer codes.
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

/* 16 lanes. */
struct quarter {
	uint32x4_t window[ZIPNN_QUARTER_REGISTERS];
	uint8x16_t missing;
};

static void fill_tables(struct tables *tables, const struct zipnn_lanes_decode_table *table)
{
	tables->raw_bits = table->raw_bits;
	zipnn_fill_byte_symbols(&tables->bytes, table);
	memcpy(tables->lengths, table->lengths, sizeof(tables->lengths));
	memcpy(tables->ranks, table->ranks, sizeof(tables->ranks));
	for (unsigned i = 0; i < 256; i++)
		tables->symbols[i] = tables->bytes.by_rank[table->ranks[i]];
	tables->narrow = zipnn_suits_nibbles(table);
	for (unsigned i = 0; i < 16; i++) {
		tables->first_lengths[i] = table->lengths[i];
		tables->first_symbols[i] = tables->symbols[i];
		tables->second_lengths[i] = table->lengths[i << 4 & 127];
		tables->second_symbols[i] = tables->symbols[i << 4 & 127];
	}
}

/* table[x] for each byte x; x must be below 128. */
ZIPNN_INLINE uint8x16_t look_up128(uint8x16_t x, const uint8_t *table)
{
	const uint8x16_t found = vqtbl4q_u8(zipnn_table64(table), x);

	/* What is not from 64 to 127 is past the second table, and is left as it was found. */
	return vqtbx4q_u8(found, zipnn_table64(table + 64), vsubq_u8(x, vdupq_n_u8(64)));
}

/* The same for all bytes. */
ZIPNN_INLINE uint8x16_t look_up256(uint8x16_t x, const uint8_t *table)
{
	uint8x16_t found = look_up128(x, table);

	found = vqtbx4q_u8(found, zipnn_table64(table + 128), vsubq_u8(x, vdupq_n_u8(128)));
	return vqtbx4q_u8(found, zipnn_table64(table + 192), vsubq_u8(x, vdupq_n_u8(192)));
}

/* The lowest byte of each window, in the order of the values. */
ZIPNN_INLINE uint8x16_t low_bytes(const struct quarter *quarter)
{
	const uint8x16_t w01 = vtrn1q_u8(vreinterpretq_u8_u32(quarter->window[0]),
					 vreinterpretq_u8_u32(quarter->window[1]));
	const uint8x16_t w23 = vtrn1q_u8(vreinterpretq_u8_u32(quarter->window[2]),
					 vreinterpretq_u8_u32(quarter->window[3]));

	return vreinterpretq_u8_u16(
	    vtrn1q_u16(vreinterpretq_u16_u8(w01), vreinterpretq_u16_u8(w23)));
}

/* -1 in each byte whose bit is set in the 16 bits at p. */
ZIPNN_INLINE uint8x16_t spread_bits(const uint8_t *p)
{
	const uint8x16_t bit = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));

	return vtstq_u8(vcombine_u8(vdup_n_u8(p[0]), vdup_n_u8(p[1])), bit);
}

/* The values of ranks: class by the window's low byte, then raw bits. */
ZIPNN_INLINE uint8x16_t ranked_symbols(const struct tables *tables, uint8x16_t low,
				       uint8x16_t lengths, const uint8_t *raw_bits, unsigned r,
				       int many)
{
	/* Of two codes of 8 bits, the one with the last bit set is a class less. */
	const uint8x16_t last = vandq_u8(vceqq_u8(lengths, vdupq_n_u8(8)), vshrq_n_u8(low, 7));
	uint8x16_t ranks = look_up128(vandq_u8(low, vdupq_n_u8(127)), tables->ranks);

	ranks = vsubq_u8(ranks, r == 1 ? vshlq_n_u8(last, 1) : vshlq_n_u8(last, 2));
	ranks = vsubq_u8(ranks, spread_bits(raw_bits));
	if (r > 1)
		ranks = vsubq_u8(ranks, vshlq_n_u8(spread_bits(raw_bits + 8), 1));
	return many ? look_up256(ranks, tables->bytes.by_rank)
		    : look_up128(ranks, tables->bytes.by_rank);
}

/*
 * Decode a value of each of 16 lanes and return them; the escape's byte for escapes. raw_bits:
 * those of this quarter of the row.
 */
ZIPNN_INLINE uint8x16_t decode_quarter(struct quarter *quarter, const struct tables *tables,
				       const uint8_t *raw_bits, int narrow, unsigned r, int many)
{
	const uint8x16_t nibble = vdupq_n_u8(15);
	const uint8x16_t low = low_bytes(quarter);
	uint8x16_t lengths;
	uint8x16_t symbols;

	if (narrow) {
		const uint8x16_t first = vandq_u8(low, nibble);
		/* Past the table, so that the first look-up's result stays, unless first is 0. */
		const uint8x16_t second = vorrq_u8(vshrq_n_u8(low, 4), vtstq_u8(low, nibble));

		lengths = vqtbx1q_u8(vqtbl1q_u8(vld1q_u8(tables->first_lengths), first),
				     vld1q_u8(tables->second_lengths), second);
		symbols = vqtbx1q_u8(vqtbl1q_u8(vld1q_u8(tables->first_symbols), first),
				     vld1q_u8(tables->second_symbols), second);
	} else {
		lengths = look_up128(vandq_u8(low, vdupq_n_u8(127)), tables->lengths);
		symbols = r == 0 ? look_up256(low, tables->symbols)
				 : ranked_symbols(tables, low, lengths, raw_bits, r, many);
	}
	const uint8x16_t right = zipnn_negative(lengths);

	for (unsigned k = 0; k < ZIPNN_QUARTER_REGISTERS; k++)
		quarter->window[k] = vshlq_u32(quarter->window[k], zipnn_counts(right, k));
	quarter->missing = vaddq_u8(quarter->missing, lengths);
	return symbols;
}

/* Deal the words of group j to its lanes of a quarter. */
ZIPNN_INLINE void refill_group(struct quarter *quarter, const uint8_t *words, unsigned mask,
			       unsigned j)
{
	const uint8x16_t right = zipnn_negative(quarter->missing);
	const uint32x4_t w =
	    vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(words), vld1q_u8(zipnn_expand_words[mask])));
	/* At the top, to be shifted right by what is missing then. */
	const uint32x4_t even = vshlq_n_u32(w, 16);
	const uint32x4_t odd = vandq_u32(w, vdupq_n_u32(0xffff0000));

	quarter->window[j] = vorrq_u32(quarter->window[j], vshlq_u32(even, zipnn_counts(right, j)));
	quarter->window[j + 2] =
	    vorrq_u32(quarter->window[j + 2], vshlq_u32(odd, zipnn_counts(right, j + 2)));
}

/* Deal words to the lanes that miss 16 bits or more. */
ZIPNN_INLINE void refill_row(struct quarter quarters[ZIPNN_QUARTERS],
			     const uint8_t *words[ZIPNN_LANE_GROUPS])
{
	uint8x16_t which[ZIPNN_QUARTERS];

	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++) {
		/* missing is below 32: bit 4 tells. */
		which[i] = vtstq_u8(quarters[i].missing, vdupq_n_u8(16));
		quarters[i].missing = vandq_u8(quarters[i].missing, vdupq_n_u8(15));
	}
	const struct zipnn_dealt dealt = zipnn_deal(which);

	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++) {
		for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
			refill_group(&quarters[i], words[j], zipnn_dealt_byte(dealt.masks, j, i),
				     j);
			words[j] += (size_t)2 * zipnn_dealt_byte(dealt.numbers, j, i);
		}
	}
}

ZIPNN_INLINE uint64_t escapes_of(const uint8x16_t row[ZIPNN_QUARTERS], const struct tables *tables)
{
	const uint8x16_t escape = vdupq_n_u8(tables->bytes.escape);

	return tables->bytes.escape_mask &
	       zipnn_number64(zipnn_mask64(vceqq_u8(row[0], escape), vceqq_u8(row[1], escape),
					   vceqq_u8(row[2], escape), vceqq_u8(row[3], escape)));
}

/*
 * One block. Narrow: row after row, so that each step of a quarter lies between those of others.
 * Wide: quarter after quarter, since tables take most registers.
 */
ZIPNN_INLINE void decode_block(struct quarter quarters[ZIPNN_QUARTERS], const struct tables *tables,
			       struct zipnn_patches *patches, uint8_t *values, size_t t,
			       const uint8_t *raw_bits, int narrow, unsigned r, int many)
{
	uint8x16_t rows[2][ZIPNN_QUARTERS];

	for (unsigned step = 0; step < 2 * ZIPNN_QUARTERS; step++) {
		const unsigned row = narrow ? step / ZIPNN_QUARTERS : step % 2;
		const unsigned i = narrow ? step % ZIPNN_QUARTERS : step / 2;

		rows[row][i] =
		    decode_quarter(&quarters[i], tables,
				   raw_bits + (size_t)8 * r * row + (size_t)2 * i, narrow, r, many);
	}
	values += t * ZIPNN_LANES_BLOCK;
	for (unsigned row = 0; row < 2; row++) {
		for (unsigned i = 0; i < ZIPNN_QUARTERS; i++, values += ZIPNN_QUARTER)
			vst1q_u8(values, rows[row][i]);
		zipnn_note_escapes(patches, 2 * t + row, escapes_of(rows[row], tables));
	}
}

ZIPNN_INLINE void load_quarter(struct quarter *quarter, const struct zipnn_lanes_state *state,
			       unsigned i)
{
	uint8_t missing[ZIPNN_QUARTER];

	for (unsigned k = 0; k < ZIPNN_QUARTER_REGISTERS; k++) {
		uint32_t window[4];

		for (unsigned q = 0; q < 4; q++) {
			window[q] = state->window[zipnn_quarter_lane(i, k, q)];
			missing[4 * q + k] = state->missing[zipnn_quarter_lane(i, k, q)];
		}
		quarter->window[k] = vld1q_u32(window);
	}
	quarter->missing = vld1q_u8(missing);
}

ZIPNN_INLINE int64_t decode(struct zipnn_lanes_input *input, const struct tables *tables,
			    uint8_t *values, size_t blocks, size_t still_blocks, int narrow,
			    unsigned r, int many)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	const size_t block_raw = (size_t)16 * r;
	const uint8_t *words[ZIPNN_LANE_GROUPS] = {input->words[0], input->words[1]};
	const uint8_t *raw_bits = input->raw_bits;
	struct quarter quarters[ZIPNN_QUARTERS];
	struct zipnn_patches patches = {0};
	int64_t result = 0;

	for (unsigned i = 0; i < ZIPNN_QUARTERS; i++)
		load_quarter(&quarters[i], &input->state, i);
	for (size_t t = 0; t < blocks && result == 0;) {
		size_t end = t + ZIPNN_PATCHES_BLOCKS < blocks ? t + ZIPNN_PATCHES_BLOCKS : blocks;

		for (; t < end && t < refilled; t++, raw_bits += block_raw) {
			/* A block takes at most 64 bytes of a group: what may be read suffices. */
			if (words[0] > input->words_end[1] || words[1] > input->words_end[1])
				return ZIPNN_ERROR_CORRUPT;
			decode_block(quarters, tables, &patches, values, t, raw_bits, narrow, r,
				     many);
			refill_row(quarters, words);
		}
		for (; t < end; t++, raw_bits += block_raw)
			decode_block(quarters, tables, &patches, values, t, raw_bits, narrow, r,
				     many);
		result = zipnn_fill_in(&patches, values, input);
	}
	input->words[0] = words[0];
	input->words[1] = words[1];
	return result;
}

/* The loop once for each kind of code, so that none has a branch inside. */
#define DECODE(name, narrow, r, many)                                                              \
	static __attribute__((noinline)) int64_t name(                                             \
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

int64_t zipnn_lanes_decode_neon(struct zipnn_lanes_input *input,
				const struct zipnn_lanes_decode_table *table, uint8_t *values,
				size_t blocks, size_t still_blocks)
{
	struct tables tables;

	fill_tables(&tables, table);
	if (tables.narrow)
		return decode_narrow(input, &tables, values, blocks, still_blocks);
	/* Ranks past the last, of its class, may be met, too; but 128 is a multiple of any class.
	 */
	const int many = table->rank_count > 128;

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
