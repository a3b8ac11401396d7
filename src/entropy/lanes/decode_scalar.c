// SPDX-License-Identifier: BSD-3-Clause
/*
 * The scalar decoder of lanes, the oracle: src/FORMAT.md section 4.3.
 *
 * Lane after lane decodes its two values of a block and takes its next word. That is the order of
 * the words of a group; the order of literals is that of the values, so escapes are noted and
 * filled in after the block. Whether a lane takes a word cannot be predicted, so that is no branch.
 */
#include "core/bits.h"
#include "core/bytes.h"
#include "entropy/lanes/byte_symbols.h"
#include "entropy/lanes/kernel.h"
#include "entropy/lanes/patches.h"
#include "zipnn.h"

#define WORD 16u

#define EACH 0x0101010101010101u /* times a byte: it in all eight */

/* What the low 8 bits of a window say. */
struct entry {
	uint8_t rank; /* the first of the class; if there are no raw bits, its symbol */
	uint8_t length;
};

struct tables {
	struct entry entries[256];
	struct zipnn_byte_symbols bytes;
};

/* A lane's part in a block. */
struct lane {
	uint32_t window;
	unsigned missing;
};

static void fill_tables(struct tables *tables, const struct zipnn_lanes_decode_table *table)
{
	zipnn_fill_byte_symbols(&tables->bytes, table);
	for (unsigned i = 0; i < 256; i++) {
		const uint8_t rank = table->ranks[i];

		tables->entries[i].length = table->lengths[i & 127];
		tables->entries[i].rank = table->raw_bits > 0 ? rank : tables->bytes.by_rank[rank];
	}
}

/* The raw bits of a row, a byte a value. */
static void spread_raw_bits(uint8_t spread[ZIPNN_LANES_ROW], const uint8_t *raw, unsigned raw_bits)
{
	const uint64_t each_bit = 0x8040201008040201;

	for (unsigned i = 0; i < ZIPNN_LANES_ROW / 8; i++) {
		uint64_t sum = 0;

		for (unsigned k = 0; k < raw_bits; k++) {
			/* In byte b nothing but bit b; adding 127 carries it into the top bit. */
			const uint64_t bits = raw[8 * k + i] * EACH & each_bit;

			sum |= ((bits + 0x7f * EACH) >> 7 & EACH) << k;
		}
		zipnn_store64(spread + (size_t)8 * i, sum);
	}
}

/* The lane's next value; the escape's byte for an escape. raw: the value's raw bits. */
static uint8_t next_value(struct lane *lane, const struct tables *tables, unsigned raw,
			  unsigned raw_bits)
{
	const struct entry entry = tables->entries[lane->window & 255];

	lane->window >>= entry.length;
	lane->missing += entry.length;
	return raw_bits == 0 ? entry.rank : tables->bytes.by_rank[(entry.rank + raw) & 255];
}

/* Take the next word if at least 16 bits are missing. */
static void refill(struct lane *lane, const uint8_t **words)
{
	const unsigned takes = lane->missing >= WORD; /* and is at most 15 + 2 * 8 */
	const uint32_t word = zipnn_load16(*words) & (0u - takes);

	lane->window |= word << ((32 - lane->missing) & 31);
	lane->missing -= WORD * takes;
	*words += (size_t)2 * takes;
}

static inline void decode_block(struct zipnn_lanes_input *input, const struct tables *tables,
				uint8_t *values, const uint8_t *raw, unsigned raw_bits, int refills)
{
	struct zipnn_lanes_state *state = &input->state;
	uint8_t spread[2][ZIPNN_LANES_ROW];

	for (unsigned row = 0; row < 2 && raw_bits > 0; row++)
		spread_raw_bits(spread[row], raw + (size_t)8 * raw_bits * row, raw_bits);
	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
		const uint8_t *words = input->words[j];

		for (unsigned l = 0; l < ZIPNN_GROUP_LANES; l++) {
			const unsigned i = j * ZIPNN_GROUP_LANES + l;
			const unsigned v = 2 * l + j;
			struct lane lane = {state->window[i], state->missing[i]};

			values[v] =
			    next_value(&lane, tables, raw_bits ? spread[0][v] : 0, raw_bits);
			values[ZIPNN_LANES_ROW + v] =
			    next_value(&lane, tables, raw_bits ? spread[1][v] : 0, raw_bits);
			if (refills)
				refill(&lane, &words);
			state->window[i] = lane.window;
			state->missing[i] = (uint8_t)lane.missing;
		}
		input->words[j] = words;
	}
}

/* Which of the values of a row are the escape's byte. */
static uint64_t escapes_of(const uint8_t *row, const struct zipnn_byte_symbols *bytes)
{
	uint64_t escapes = 0;

	for (unsigned i = 0; i < ZIPNN_LANES_ROW / 8; i++) {
		/* Zero in escapes: there, the top bit stays clear. */
		const uint64_t x = zipnn_load64(row + (size_t)8 * i) ^ bytes->escape * EACH;
		const uint64_t not_zero = ((x & 0x7f * EACH) + 0x7f * EACH) | x;

		escapes |= zipnn_gather_bits(~not_zero >> 7 & EACH) << 8 * i;
	}
	return escapes & bytes->escape_mask;
}

static inline int64_t decode(struct zipnn_lanes_input *input, const struct tables *tables,
			     uint8_t *values, size_t blocks, size_t still_blocks, unsigned raw_bits)
{
	const uint8_t *raw = input->raw_bits;
	struct zipnn_patches patches;

	patches.count = 0; /* the rest needs no value, and takes long to clear */
	for (size_t t = 0; t < blocks; t++) {
		/* A block takes at most 64 bytes of a group: what may be read suffices. */
		if (t + still_blocks < blocks)
			decode_block(input, tables, values, raw, raw_bits, 1);
		else
			decode_block(input, tables, values, raw, raw_bits, 0);
		if (input->words[0] > input->words_end[0] || input->words[1] > input->words_end[1])
			return ZIPNN_ERROR_CORRUPT;
		for (unsigned row = 0; row < 2; row++)
			zipnn_note_escapes(
			    &patches, row,
			    escapes_of(values + (size_t)row * ZIPNN_LANES_ROW, &tables->bytes));
		if (zipnn_fill_in(&patches, values, input) < 0)
			return ZIPNN_ERROR_CORRUPT;
		values += ZIPNN_LANES_BLOCK;
		raw += (size_t)16 * raw_bits;
	}
	return 0;
}

int64_t zipnn_lanes_decode_scalar(struct zipnn_lanes_input *input,
				  const struct zipnn_lanes_decode_table *table, uint8_t *values,
				  size_t blocks, size_t still_blocks)
{
	struct tables tables;

	fill_tables(&tables, table);
	/* Once for each number of raw bits, so that the compiler knows it. */
	switch (table->raw_bits) {
	case 0:
		return decode(input, &tables, values, blocks, still_blocks, 0);
	case 1:
		return decode(input, &tables, values, blocks, still_blocks, 1);
	default:
		return decode(input, &tables, values, blocks, still_blocks, 2);
	}
}
