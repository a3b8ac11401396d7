// SPDX-License-Identifier: BSD-3-Clause
/*
 * Reading segments: src/FORMAT.md section 4.
 *
 * All input is hostile. Every field and every length is checked before the kernel runs; the kernel
 * itself then has only its words and literals to watch.
 */
#include <string.h>

#include "core/bits.h"
#include "core/bytes.h"
#include "entropy/lanes/literals.h"
#include "entropy/lanes/segment.h"
#include "zipnn.h"

#define WORD 16u

/* A coded segment, parsed. */
struct coded {
	size_t n;
	size_t blocks;
	size_t still_blocks;
	size_t word_bytes[ZIPNN_LANE_GROUPS];
	struct zipnn_lanes_code code;
	struct zipnn_literal_plan literals;
};

/* Bytes that are still to be read. */
struct cursor {
	const uint8_t *at;
	size_t left;
};

/* Take size bytes; NULL if there are fewer. */
static const uint8_t *take(struct cursor *cursor, size_t size)
{
	const uint8_t *at = cursor->at;

	if (size > cursor->left)
		return NULL;
	cursor->at += size;
	cursor->left -= size;
	return at;
}

/* Pass over what one of the zipnn_get functions has read. */
static int64_t pass(struct cursor *cursor, int64_t result)
{
	if (result < 0)
		return result;
	take(cursor, (size_t)result);
	return 0;
}

static int64_t parse_sets(struct coded *coded, struct cursor *cursor, int has_escape)
{
	struct zipnn_lanes_code *code = &coded->code;
	struct zipnn_literal_plan *literals = &coded->literals;
	int64_t result = pass(cursor, zipnn_get_kept_set(code, cursor->at, cursor->left));

	if (result < 0)
		return result;
	code->lengths[ZIPNN_LANES_ESCAPE] = (uint8_t)has_escape;
	result = pass(cursor, zipnn_get_lengths(code, cursor->at, cursor->left));
	if (result < 0 || literals->width == 0)
		return result;
	result =
	    pass(cursor, zipnn_get_literal_set(&literals->set, code, cursor->at, cursor->left));
	if (result == 0 && literals->set.count > (1u << literals->width) - 1)
		return ZIPNN_ERROR_CORRUPT;
	return result;
}

/* The fields before the words. */
static int64_t parse_coded(struct coded *coded, struct cursor *cursor, unsigned form)
{
	const uint8_t *header = take(cursor, ZIPNN_SEGMENT_CODED_SIZE - ZIPNN_SEGMENT_HEADER_SIZE);
	const int has_escape = (form & ZIPNN_SEGMENT_ESCAPE) != 0;
	const unsigned kind = form & ZIPNN_SEGMENT_FORM_MASK;
	struct zipnn_literal_plan *literals = &coded->literals;

	if (!header)
		return ZIPNN_ERROR_CORRUPT;
	coded->blocks = coded->n / ZIPNN_LANES_BLOCK;
	coded->still_blocks = header[0];
	literals->count = zipnn_load16(header + 1);
	literals->raw_count = zipnn_load16(header + 3);
	literals->width = form >> ZIPNN_SEGMENT_WIDTH_SHIFT & ZIPNN_SEGMENT_WIDTH_MASK;
	coded->word_bytes[0] = (size_t)2 * zipnn_load16(header + 5);
	coded->word_bytes[1] = (size_t)2 * zipnn_load16(header + 7);
	coded->code.narrow = kind == ZIPNN_SEGMENT_NARROW;
	coded->code.raw_bits = coded->code.narrow ? 0 : kind - ZIPNN_SEGMENT_WIDE;
	if (coded->still_blocks < ZIPNN_LANES_MIN_STILL ||
	    coded->still_blocks > ZIPNN_LANES_MAX_STILL || literals->raw_count > literals->count ||
	    (!has_escape && literals->width > 0) ||
	    literals->count > coded->blocks * ZIPNN_LANES_BLOCK)
		return ZIPNN_ERROR_CORRUPT;
	return parse_sets(coded, cursor, has_escape);
}

static int64_t parse_state(struct zipnn_lanes_state *state, struct cursor *cursor)
{
	const uint8_t *missing = take(cursor, ZIPNN_GROUP_LANES);
	const uint8_t *low = missing ? take(cursor, (size_t)2 * ZIPNN_LANES) : NULL;
	size_t bits = 0;

	if (!low)
		return ZIPNN_ERROR_CORRUPT;
	for (unsigned l = 0; l < ZIPNN_GROUP_LANES; l++) {
		state->missing[l] = missing[l] & 15;
		state->missing[ZIPNN_GROUP_LANES + l] = missing[l] >> 4;
	}
	for (unsigned i = 0; i < ZIPNN_LANES; i++)
		bits += WORD - state->missing[i];
	const uint8_t *high = take(cursor, (bits + 7) / 8);

	if (!high)
		return ZIPNN_ERROR_CORRUPT;
	struct zipnn_bit_reader reader = {.at = high, .end = cursor->at};

	for (unsigned i = 0; i < ZIPNN_LANES; i++)
		state->window[i] = zipnn_load16(low + (size_t)2 * i) |
				   zipnn_get_bits(&reader, WORD - state->missing[i]) << WORD;
	return 0;
}

static int64_t decode_coded(struct zipnn_lanes_decoder *decoder, uint8_t *dst, struct coded *coded,
			    struct cursor *cursor)
{
	const size_t raw_size = coded->blocks * 2 * 8 * coded->code.raw_bits;
	const size_t tail = coded->n % ZIPNN_LANES_BLOCK;
	struct zipnn_lanes_input input;
	struct zipnn_lanes_ranks ranks;
	struct zipnn_lanes_decode_table table;
	int64_t result = zipnn_lanes_rank(&ranks, &coded->code);

	if (result < 0)
		return result;
	zipnn_lanes_fill_decode_table(&table, &ranks, &coded->code);
	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
		input.words[j] = take(cursor, coded->word_bytes[j]);
		if (!input.words[j])
			return ZIPNN_ERROR_CORRUPT;
		input.words_end[j] = cursor->at;
	}
	result = parse_state(&input.state, cursor);
	if (result < 0)
		return result;
	const uint8_t *packed = take(cursor, zipnn_literals_size(&coded->literals));

	input.raw_bits = packed ? take(cursor, raw_size) : NULL;
	const uint8_t *tail_values = input.raw_bits ? take(cursor, tail) : NULL;

	if (!tail_values)
		return ZIPNN_ERROR_CORRUPT;
	result = zipnn_literals_get(decoder->literals, &coded->literals, packed);
	if (result < 0)
		return result;
	input.literals = decoder->literals;
	input.literals_end = decoder->literals + coded->literals.count;
	result = decoder->kernel(&input, &table, dst, coded->blocks, coded->still_blocks);
	if (result < 0)
		return result;
	if (input.words[0] != input.words_end[0] || input.words[1] != input.words_end[1] ||
	    input.literals != input.literals_end)
		return ZIPNN_ERROR_CORRUPT;
	memcpy(dst + coded->n - tail, tail_values, tail);
	return 0;
}

int64_t zipnn_segment_get(struct zipnn_lanes_decoder *decoder, uint8_t *dst, size_t room, size_t *n,
			  const uint8_t *src, size_t size)
{
	struct cursor cursor = {src, size};
	struct coded coded = {0};
	const uint8_t *header = take(&cursor, ZIPNN_SEGMENT_HEADER_SIZE);

	if (!header)
		return ZIPNN_ERROR_CORRUPT;
	const unsigned form = header[0];
	const unsigned kind = form & ZIPNN_SEGMENT_FORM_MASK;
	const uint8_t *values;
	int64_t result = 0;

	*n = coded.n = zipnn_load16(header + 1) + (size_t)1;
	if (coded.n > room || kind >= ZIPNN_SEGMENT_FORMS || (form & ZIPNN_SEGMENT_RESERVED))
		return ZIPNN_ERROR_CORRUPT;
	if (kind <= ZIPNN_SEGMENT_CONSTANT && form != kind)
		return ZIPNN_ERROR_CORRUPT;
	switch (kind) {
	case ZIPNN_SEGMENT_STORED:
		values = take(&cursor, coded.n);
		if (!values)
			return ZIPNN_ERROR_CORRUPT;
		memcpy(dst, values, coded.n);
		break;
	case ZIPNN_SEGMENT_CONSTANT:
		values = take(&cursor, 1);
		if (!values)
			return ZIPNN_ERROR_CORRUPT;
		memset(dst, values[0], coded.n);
		break;
	default:
		result = parse_coded(&coded, &cursor, form);
		if (result == 0)
			result = decode_coded(decoder, dst, &coded, &cursor);
		break;
	}
	return result < 0 ? result : (int64_t)(cursor.at - src);
}
