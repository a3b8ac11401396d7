// SPDX-License-Identifier: BSD-3-Clause
/* Reading sets and lengths, every rule checked: src/FORMAT.md section 4.1. */
#include <string.h>

#include "core/bits.h"
#include "entropy/lanes/sets.h"
#include "zipnn.h"

#define FIRST_LENGTH 4
#define MAX_DIFFERENCE 7

int64_t zipnn_get_kept_set(struct zipnn_lanes_code *code, const uint8_t *src, size_t size)
{
	if (size < 2)
		return ZIPNN_ERROR_CORRUPT;
	const unsigned first = src[0];
	const unsigned span = src[1] + 1u;
	struct zipnn_bit_reader reader = {.at = src + 2, .end = src + size};

	memset(code->lengths, 0, sizeof(code->lengths));
	if (first + span > 256)
		return ZIPNN_ERROR_CORRUPT;
	for (unsigned i = 0; i < span; i++)
		code->lengths[first + i] = (uint8_t)zipnn_get_bits(&reader, 1);
	if (reader.overrun || !code->lengths[first] || !code->lengths[first + span - 1])
		return ZIPNN_ERROR_CORRUPT;
	return reader.at - src;
}

/* The next length, or 0 if there is none. */
static int next_length(struct zipnn_bit_reader *reader, int before)
{
	int magnitude = 0;

	while (zipnn_get_bits(reader, 1)) {
		if (++magnitude > MAX_DIFFERENCE)
			return 0;
	}
	const int negative = magnitude > 0 && zipnn_get_bits(reader, 1);
	const int length = negative ? before - magnitude : before + magnitude;

	return length >= 1 && length <= (int)ZIPNN_LANES_MAX_LENGTH && !reader->overrun ? length
											: 0;
}

int64_t zipnn_get_lengths(struct zipnn_lanes_code *code, const uint8_t *src, size_t size)
{
	struct zipnn_bit_reader reader = {.at = src, .end = src + size};
	int length = FIRST_LENGTH;

	for (unsigned s = 0; s < ZIPNN_LANES_SYMBOLS; s++) {
		s = zipnn_lanes_next_symbol(code, s);
		if (code->lengths[s] == 0)
			continue;
		length = next_length(&reader, length);
		if (length == 0)
			return ZIPNN_ERROR_CORRUPT;
		code->lengths[s] = (uint8_t)length;
	}
	return reader.at - src;
}

int64_t zipnn_get_literal_set(struct zipnn_literal_set *set, const struct zipnn_lanes_code *code,
			      const uint8_t *src, size_t size)
{
	if (size < 2)
		return ZIPNN_ERROR_CORRUPT;
	struct zipnn_bit_reader reader = {.at = src + 2, .end = src + size};
	unsigned left = src[1] + 1u;
	unsigned member = 1;

	set->count = 0;
	if (code->lengths[src[0]] > 0)
		return ZIPNN_ERROR_CORRUPT;
	for (unsigned v = src[0]; left > 0; v++) {
		if (v > 255)
			return ZIPNN_ERROR_CORRUPT;
		if (code->lengths[v] > 0)
			continue;
		member = zipnn_get_bits(&reader, 1);
		if (member)
			set->values[set->count++] = (uint8_t)v;
		left--;
	}
	/* The first and the last bit must be members. */
	if (reader.overrun || !member || set->values[0] != src[0])
		return ZIPNN_ERROR_CORRUPT;
	return reader.at - src;
}
