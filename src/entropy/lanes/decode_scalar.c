// SPDX-License-Identifier: BSD-3-Clause
/* The scalar decoder of lanes, the oracle: src/FORMAT.md section 4.3, word for word. */
#include "core/bytes.h"
#include "entropy/lanes/kernel.h"
#include "zipnn.h"

#define WORD 16u

/* Decode one row, a value from each lane. The raw bits of the row are at raw_bits. */
static int64_t decode_row(struct zipnn_lanes_input *input,
			  const struct zipnn_lanes_decode_table *table, uint8_t *row,
			  const uint8_t *raw_bits)
{
	struct zipnn_lanes_state *state = &input->state;

	for (unsigned v = 0; v < ZIPNN_LANES_ROW; v++) {
		const unsigned i = v % 2 * ZIPNN_GROUP_LANES + v / 2;
		const unsigned length = table->lengths[state->window[i] & 127];
		unsigned rank = table->ranks[state->window[i] & 255];

		for (unsigned k = 0; k < table->raw_bits; k++)
			rank += ((unsigned)raw_bits[8 * k + v / 8] >> v % 8 & 1u) << k;
		state->window[i] >>= length;
		state->missing[i] = (uint8_t)(state->missing[i] + length);
		if (table->symbols[rank] != ZIPNN_LANES_ESCAPE) {
			row[v] = (uint8_t)table->symbols[rank];
			continue;
		}
		if (input->literals == input->literals_end)
			return ZIPNN_ERROR_CORRUPT;
		row[v] = *input->literals++;
	}
	return 0;
}

static int64_t refill(struct zipnn_lanes_input *input)
{
	struct zipnn_lanes_state *state = &input->state;

	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		const unsigned j = i / ZIPNN_GROUP_LANES;

		if (state->missing[i] < WORD)
			continue;
		if (input->words[j] == input->words_end[j])
			return ZIPNN_ERROR_CORRUPT;
		/* missing is at most 15 + 2 * 8 here, so the shift is at least 1. */
		state->window[i] |= (uint32_t)zipnn_load16(input->words[j])
				    << (32 - state->missing[i]);
		state->missing[i] = (uint8_t)(state->missing[i] - WORD);
		input->words[j] += 2;
	}
	return 0;
}

int64_t zipnn_lanes_decode_scalar(struct zipnn_lanes_input *input,
				  const struct zipnn_lanes_decode_table *table, uint8_t *values,
				  size_t blocks, size_t still_blocks)
{
	const size_t row_bytes = (size_t)8 * table->raw_bits;
	const uint8_t *raw_bits = input->raw_bits;
	int64_t result = 0;

	for (size_t t = 0; t < blocks && result == 0; t++) {
		for (unsigned row = 0; row < 2 && result == 0; row++) {
			result = decode_row(input, table, values, raw_bits);
			values += ZIPNN_LANES_ROW;
			raw_bits += row_bytes;
		}
		if (result == 0 && t + still_blocks < blocks)
			result = refill(input);
	}
	return result;
}
