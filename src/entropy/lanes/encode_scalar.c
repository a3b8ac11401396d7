// SPDX-License-Identifier: BSD-3-Clause
/*
 * The scalar encoder of lanes, the oracle: src/FORMAT.md section 4.3, run backwards.
 *
 * Backwards, because a lane then knows when the decoder will run out of bits: whenever a block's
 * codes would push valid bits out of the window's top, the 16 topmost are the word that the decoder
 * takes after that block.
 */
#include "entropy/lanes/kernel.h"

#include "core/bytes.h"

#define WINDOW 32u
#define WORD 16u

/* The codes of a lane's two values of a block, the first one lowest. */
struct pair {
	uint32_t codes;
	unsigned length;
};

static struct pair lane_pair(const struct zipnn_lanes_encode_table *table, const uint8_t *block,
			     unsigned value)
{
	const unsigned first = block[value];
	const unsigned second = block[ZIPNN_LANES_ROW + value];

	return (struct pair){
	    .codes = table->codes[first] | (uint32_t)table->codes[second] << table->lengths[first],
	    .length = (unsigned)table->lengths[first] + table->lengths[second],
	};
}

unsigned zipnn_lanes_still_blocks(const struct zipnn_lanes_encode_table *table,
				  const uint8_t *values, size_t blocks)
{
	unsigned used[ZIPNN_LANES_ROW] = {0};
	unsigned still = 0;

	while (still < blocks && still < ZIPNN_LANES_MAX_STILL) {
		const uint8_t *block = values + (blocks - 1 - still) * ZIPNN_LANES_BLOCK;

		for (unsigned v = 0; v < ZIPNN_LANES_ROW; v++) {
			used[v] += lane_pair(table, block, v).length;
			if (used[v] > WINDOW)
				return still;
		}
		still++;
	}
	/* Two blocks always fit. */
	return still < ZIPNN_LANES_MIN_STILL ? ZIPNN_LANES_MIN_STILL : still;
}

/* Undo one block of one lane. Returns 1 if *word is one that the decoder takes after it. */
static int push(uint32_t *window, unsigned *missing, struct pair pair, int still, uint16_t *word)
{
	int full = !still && *missing < pair.length;

	if (full) {
		*word = (uint16_t)(*window >> (WORD - *missing));
		*missing += WORD;
	}
	*missing -= pair.length;
	*window = *window << pair.length | pair.codes;
	return full;
}

/* What a row says beside its codes: which values are escapes, and the raw bits of all. */
static void put_row(struct zipnn_lanes_output *output, const struct zipnn_lanes_encode_table *table,
		    const uint8_t *values, size_t row)
{
	uint64_t escapes = 0;
	uint64_t raw[ZIPNN_LANES_MAX_RAW_BITS] = {0};

	for (unsigned v = 0; v < ZIPNN_LANES_ROW; v++) {
		escapes |= (uint64_t)table->escapes[values[v]] << v;
		for (unsigned k = 0; k < table->raw_bits; k++)
			raw[k] |= (uint64_t)(table->raw[values[v]] >> k & 1) << v;
	}
	output->escapes[row] = escapes;
	for (unsigned k = 0; k < table->raw_bits; k++)
		output->raw_bits[row * table->raw_bits + k] = raw[k];
}

void zipnn_lanes_encode_scalar(struct zipnn_lanes_output *output,
			       const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			       size_t blocks, size_t still_blocks)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	struct zipnn_lanes_state *state = &output->state;
	unsigned missing[ZIPNN_LANES];

	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		state->window[i] = 0;
		missing[i] = WINDOW;
	}
	for (size_t t = blocks; t-- > 0;) {
		const uint8_t *block = values + t * ZIPNN_LANES_BLOCK;

		put_row(output, table, block + ZIPNN_LANES_ROW, 2 * t + 1);
		put_row(output, table, block, 2 * t);
		/* Where refilling ends, the decoder has no more than 15 bits missing. */
		for (unsigned i = 0; t + 1 == refilled && i < ZIPNN_LANES; i++)
			missing[i] = missing[i] < WORD ? missing[i] : WORD - 1;
		for (unsigned i = ZIPNN_LANES; i-- > 0;) {
			const unsigned j = i / ZIPNN_GROUP_LANES;
			const unsigned value = i % ZIPNN_GROUP_LANES * 2 + j;
			uint16_t word;

			if (push(&state->window[i], &missing[i], lane_pair(table, block, value),
				 t >= refilled, &word)) {
				output->words[j] -= 2;
				zipnn_store16(output->words[j], word);
			}
		}
	}
	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		missing[i] = missing[i] < WORD ? missing[i] : WORD - 1;
		state->missing[i] = (uint8_t)missing[i];
		state->window[i] &= UINT32_MAX >> missing[i];
	}
}
