// SPDX-License-Identifier: BSD-3-Clause
/*
 * The scalar encoder of lanes, the oracle: src/FORMAT.md section 4.3, run backwards.
 *
 * Backwards, because a lane then knows when the decoder will run out of bits: whenever a block's
 * codes would push valid bits out of the window's top, the 16 topmost are the word that the decoder
 * takes after that block.
 */
#include "entropy/lanes/kernel.h"

#include "core/bits.h"
#include "core/bytes.h"

#define WINDOW 32u
#define WORD 16u

unsigned zipnn_lanes_still_blocks(const struct zipnn_lanes_encode_table *table,
				  const uint8_t *values, size_t blocks)
{
	unsigned used[ZIPNN_LANES_ROW] = {0};
	unsigned still = 0;

	while (still < blocks && still < ZIPNN_LANES_MAX_STILL) {
		const uint8_t *block = values + (blocks - 1 - still) * ZIPNN_LANES_BLOCK;

		for (unsigned v = 0; v < ZIPNN_LANES_ROW; v++) {
			used[v] += (unsigned)table->lengths[block[v]] +
				   table->lengths[block[ZIPNN_LANES_ROW + v]];
			if (used[v] > WINDOW)
				return still;
		}
		still++;
	}
	/* Two blocks always fit. */
	return still < ZIPNN_LANES_MIN_STILL ? ZIPNN_LANES_MIN_STILL : still;
}

/* What a value becomes. */
struct tables {
	struct {
		uint8_t code;
		uint8_t length;
	} entries[256];
	uint8_t flags[256]; /* bit 0: an escape; from bit 1 on: the raw bits */
};

static void fill_tables(struct tables *tables, const struct zipnn_lanes_encode_table *table)
{
	for (unsigned v = 0; v < 256; v++) {
		tables->entries[v].code = table->codes[v];
		tables->entries[v].length = table->lengths[v];
		tables->flags[v] = (uint8_t)(table->escapes[v] | table->raw[v] << 1);
	}
}

/* What a row says beside its codes: which values are escapes, and the raw bits of all. */
static inline void put_row(struct zipnn_lanes_output *output, const struct tables *tables,
			   const uint8_t *values, size_t row, unsigned raw_bits)
{
	const uint64_t lowest = 0x0101010101010101;
	uint64_t masks[1 + ZIPNN_LANES_MAX_RAW_BITS] = {0};

	for (unsigned i = 0; i < ZIPNN_LANES_ROW; i += 8) {
		uint64_t flags = 0;

		for (unsigned b = 0; b < 8; b++)
			flags |= (uint64_t)tables->flags[values[i + b]] << 8 * b;
		for (unsigned k = 0; k <= raw_bits; k++)
			masks[k] |= zipnn_gather_bits(flags >> k & lowest) << i;
	}
	output->escapes[row] = masks[0];
	for (unsigned k = 0; k < raw_bits; k++)
		output->raw_bits[row * raw_bits + k] = masks[1 + k];
}

/*
 * Undo one block of one lane: if its codes do not fit, the word that the decoder takes after the
 * block is spilled before. It is stored always, and stays only if it is one: whether it is cannot
 * be predicted.
 */
static inline void push(uint32_t *window, unsigned *missing, uint32_t codes, unsigned length,
			int still, uint8_t **words)
{
	if (!still) {
		const unsigned full = *missing < length;

		zipnn_store16(*words - 2, (uint16_t)(*window >> (WORD - *missing)));
		*words -= (size_t)2 * full;
		*missing += WORD * full;
	}
	*missing -= length;
	*window = *window << length | codes;
}

static inline void encode_block(struct zipnn_lanes_output *output, const struct tables *tables,
				unsigned missing[ZIPNN_LANES], const uint8_t *block, int still)
{
	struct zipnn_lanes_state *state = &output->state;

	for (unsigned i = ZIPNN_LANES; i-- > 0;) {
		const unsigned j = i / ZIPNN_GROUP_LANES;
		const unsigned v = i % ZIPNN_GROUP_LANES * 2 + j;
		const unsigned first = block[v];
		const unsigned second = block[ZIPNN_LANES_ROW + v];
		const unsigned length = tables->entries[first].length;
		const uint32_t codes =
		    tables->entries[first].code | (uint32_t)tables->entries[second].code << length;

		push(&state->window[i], &missing[i], codes, length + tables->entries[second].length,
		     still, &output->words[j]);
	}
}

static inline void encode(struct zipnn_lanes_output *output, const struct tables *tables,
			  const uint8_t *values, size_t blocks, size_t refilled, unsigned raw_bits)
{
	unsigned missing[ZIPNN_LANES];

	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		output->state.window[i] = 0;
		missing[i] = WINDOW;
	}
	for (size_t t = blocks; t-- > 0;) {
		const uint8_t *block = values + t * ZIPNN_LANES_BLOCK;

		/* Where refilling ends, the decoder has no more than 15 bits missing. */
		for (unsigned i = 0; t + 1 == refilled && i < ZIPNN_LANES; i++)
			missing[i] = missing[i] < WORD ? missing[i] : WORD - 1;
		if (t < refilled)
			encode_block(output, tables, missing, block, 0);
		else
			encode_block(output, tables, missing, block, 1);
		put_row(output, tables, block, 2 * t, raw_bits);
		put_row(output, tables, block + ZIPNN_LANES_ROW, 2 * t + 1, raw_bits);
	}
	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		missing[i] = missing[i] < WORD ? missing[i] : WORD - 1;
		output->state.missing[i] = (uint8_t)missing[i];
		output->state.window[i] &= UINT32_MAX >> missing[i];
	}
}

void zipnn_lanes_encode_scalar(struct zipnn_lanes_output *output,
			       const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			       size_t blocks, size_t still_blocks)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	struct tables tables;

	fill_tables(&tables, table);
	/* Once for each number of raw bits, so that the compiler knows it. */
	switch (table->raw_bits) {
	case 0:
		encode(output, &tables, values, blocks, refilled, 0);
		break;
	case 1:
		encode(output, &tables, values, blocks, refilled, 1);
		break;
	default:
		encode(output, &tables, values, blocks, refilled, 2);
		break;
	}
}
