// SPDX-License-Identifier: BSD-3-Clause
/* Writing segments: src/FORMAT.md section 4, field by field. */
#include <string.h>

#include "core/bits.h"
#include "core/bytes.h"
#include "entropy/lanes/literals.h"
#include "entropy/lanes/segment.h"

#define WORD 16u
#define LAST_VALUE ((uint64_t)1 << (ZIPNN_LANES_ROW - 1))
#define MAX_FRONT (ZIPNN_SEGMENT_CODED_SIZE + 2 * ZIPNN_SET_MAX_SIZE + ZIPNN_LENGTHS_MAX_SIZE)

static void put_header(uint8_t *dst, unsigned form, size_t n)
{
	dst[0] = (uint8_t)form;
	zipnn_store16(dst + 1, (uint16_t)(n - 1));
}

size_t zipnn_segment_put_stored(uint8_t *dst, const uint8_t *values, size_t n)
{
	put_header(dst, ZIPNN_SEGMENT_STORED, n);
	memcpy(dst + ZIPNN_SEGMENT_HEADER_SIZE, values, n);
	return ZIPNN_SEGMENT_HEADER_SIZE + n;
}

size_t zipnn_segment_put_constant(uint8_t *dst, uint8_t value, size_t n)
{
	put_header(dst, ZIPNN_SEGMENT_CONSTANT, n);
	dst[ZIPNN_SEGMENT_HEADER_SIZE] = value;
	return ZIPNN_SEGMENT_HEADER_SIZE + 1;
}

/* The windows as the decoder begins: missing, low halves, and what there is of the high ones. */
static uint8_t *put_state(uint8_t *dst, const struct zipnn_lanes_state *state)
{
	for (unsigned l = 0; l < ZIPNN_GROUP_LANES; l++)
		*dst++ = (uint8_t)(state->missing[l] | state->missing[ZIPNN_GROUP_LANES + l] << 4);
	for (unsigned i = 0; i < ZIPNN_LANES; i++, dst += 2)
		zipnn_store16(dst, (uint16_t)state->window[i]);

	struct zipnn_bit_writer writer = {.at = dst};

	for (unsigned i = 0; i < ZIPNN_LANES; i++)
		zipnn_put_bits(&writer, state->window[i] >> WORD, WORD - state->missing[i]);
	zipnn_flush_bits(&writer);
	return writer.at;
}

static size_t state_size(const struct zipnn_lanes_state *state)
{
	size_t bits = 0;

	for (unsigned i = 0; i < ZIPNN_LANES; i++)
		bits += WORD - state->missing[i];
	return ZIPNN_SEGMENT_STATE_SIZE + (bits + 7) / 8;
}

static uint8_t *words_end(struct zipnn_lanes_encoder *encoder, unsigned j)
{
	return encoder->words[j] + sizeof(encoder->words[j]);
}

static uint8_t *put_raw_bits(uint8_t *dst, const uint64_t *raw_bits, size_t n)
{
	for (size_t i = 0; i < n; i++, dst += 8)
		zipnn_store64(dst, raw_bits[i]);
	return dst;
}

/*
 * Copy the values that are escapes to dst, in order. Returns their number. A row has none, one or
 * few, and which is chance, so the first is copied without a branch: dst has room for one more.
 */
static size_t collect_literals(uint8_t *dst, const uint64_t *escapes, const uint8_t *values,
			       size_t rows)
{
	uint8_t *at = dst;

	for (size_t row = 0; row < rows; row++, values += ZIPNN_LANES_ROW) {
		uint64_t left = escapes[row];

		*at = values[__builtin_ctzll(left | LAST_VALUE)];
		at += left != 0;
		for (left &= left - 1; left != 0; left &= left - 1)
			*at++ = values[__builtin_ctzll(left)];
	}
	return (size_t)(at - dst);
}

/* Everything of a coded segment before its words; returns its size. */
static size_t put_front(uint8_t *dst, const struct zipnn_lanes_code *code, size_t n, unsigned still,
			const struct zipnn_literal_plan *literals,
			const size_t word_bytes[ZIPNN_LANE_GROUPS])
{
	const unsigned kind =
	    code->narrow ? ZIPNN_SEGMENT_NARROW : ZIPNN_SEGMENT_WIDE + code->raw_bits;
	const unsigned escape = code->lengths[ZIPNN_LANES_ESCAPE] ? ZIPNN_SEGMENT_ESCAPE : 0;
	size_t at = ZIPNN_SEGMENT_CODED_SIZE;

	put_header(dst, kind | literals->width << ZIPNN_SEGMENT_WIDTH_SHIFT | escape, n);
	dst[3] = (uint8_t)still;
	zipnn_store16(dst + 4, (uint16_t)literals->count);
	zipnn_store16(dst + 6, (uint16_t)literals->raw_count);
	zipnn_store16(dst + 8, (uint16_t)(word_bytes[0] / 2));
	zipnn_store16(dst + 10, (uint16_t)(word_bytes[1] / 2));
	at += zipnn_put_kept_set(dst + at, code);
	at += zipnn_put_lengths(dst + at, code);
	if (literals->width > 0)
		at += zipnn_put_literal_set(dst + at, code, &literals->set);
	return at;
}

size_t zipnn_segment_put_coded(struct zipnn_lanes_encoder *encoder, uint8_t *dst, size_t capacity,
			       const struct zipnn_lanes_code *code, const uint8_t *values, size_t n)
{
	const size_t blocks = n / ZIPNN_LANES_BLOCK;
	const size_t coded = blocks * ZIPNN_LANES_BLOCK;
	const size_t raw_size = blocks * 2 * 8 * code->raw_bits;
	uint8_t front[MAX_FRONT];
	size_t word_bytes[ZIPNN_LANE_GROUPS];
	struct zipnn_lanes_ranks ranks;
	struct zipnn_lanes_encode_table table;
	struct zipnn_lanes_output output = {.escapes = encoder->escapes,
					    .raw_bits = encoder->raw_bits};
	struct zipnn_literal_plan literals;

	if (zipnn_lanes_rank(&ranks, code) < 0)
		return 0; /* not reached: codes are made to be valid */
	zipnn_lanes_fill_encode_table(&table, &ranks, code);
	const unsigned still = zipnn_lanes_still_blocks(&table, values, blocks);

	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++)
		output.words[j] = words_end(encoder, j);
	encoder->kernel(&output, &table, values, blocks, still);
	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++)
		word_bytes[j] = (size_t)(words_end(encoder, j) - output.words[j]);
	const size_t count =
	    collect_literals(encoder->literals, encoder->escapes, values, 2 * blocks);

	if (count > UINT16_MAX)
		return 0;
	zipnn_literals_plan(&literals, encoder->literals, count);
	const size_t front_size = put_front(front, code, n, still, &literals, word_bytes);
	const size_t size = front_size + word_bytes[0] + word_bytes[1] + state_size(&output.state) +
			    zipnn_literals_size(&literals) + raw_size + (n - coded);

	if (size > capacity)
		return 0;
	memcpy(dst, front, front_size);
	dst += front_size;
	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
		memcpy(dst, output.words[j], word_bytes[j]);
		dst += word_bytes[j];
	}
	dst = put_state(dst, &output.state);
	dst += zipnn_literals_put(dst, &literals, encoder->literals);
	dst = put_raw_bits(dst, encoder->raw_bits, 2 * blocks * code->raw_bits);
	memcpy(dst, values + coded, n - coded);
	return size;
}
