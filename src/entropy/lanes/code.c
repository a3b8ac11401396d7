// SPDX-License-Identifier: BSD-3-Clause
/* From code lengths to ranks, classes and tables: src/FORMAT.md sections 4.2 and 4.4. */
#include "entropy/lanes/code.h"

#include <string.h>

#include "zipnn.h"

#define CODE_SPACE 256u /* 2^8: a code of length n takes 2^(8 - n) of it */

static uint8_t reverse8(unsigned x)
{
	x = (x & 0x55) << 1 | (x >> 1 & 0x55);
	x = (x & 0x33) << 2 | (x >> 2 & 0x33);
	return (uint8_t)((x & 0x0f) << 4 | (x >> 4 & 0x0f));
}

/*
 * Sort the symbols by (length, value). Sets starts[n] to the first rank of length n, and starts[9]
 * to the number of symbols, which it returns.
 */
static unsigned sort_symbols(struct zipnn_lanes_ranks *ranks, unsigned starts[10],
			     const struct zipnn_lanes_code *code)
{
	unsigned counts[ZIPNN_LANES_MAX_LENGTH + 1] = {0};
	unsigned next[ZIPNN_LANES_MAX_LENGTH + 1];

	for (unsigned s = 0; s < ZIPNN_LANES_SYMBOLS; s++) {
		s = zipnn_lanes_next_symbol(code, s);
		counts[code->lengths[s]]++;
	}
	starts[1] = 0;
	for (unsigned n = 1; n <= ZIPNN_LANES_MAX_LENGTH; n++)
		starts[n + 1] = starts[n] + counts[n];
	if (starts[9] > ZIPNN_LANES_MAX_RANKS)
		return starts[9];
	memcpy(next, starts, sizeof(next));
	for (unsigned s = 0; s < ZIPNN_LANES_SYMBOLS; s++) {
		s = zipnn_lanes_next_symbol(code, s);
		if (code->lengths[s] > 0)
			ranks->symbols[next[code->lengths[s]]++] = (uint16_t)s;
	}
	return starts[9];
}

static int narrow_rules_hold(const struct zipnn_lanes_code *code, const unsigned starts[10])
{
	unsigned space = 0; /* of codes that are longer than the prefix */

	if (code->raw_bits != 0 || code->lengths[ZIPNN_LANES_ESCAPE] == 0 ||
	    starts[9] > ZIPNN_NARROW_MAX_KEPT + 1 ||
	    starts[ZIPNN_NARROW_MAX_LENGTH + 1] != starts[9])
		return 0;
	for (unsigned n = ZIPNN_NARROW_PREFIX + 1; n <= ZIPNN_NARROW_MAX_LENGTH; n++)
		space += (starts[n + 1] - starts[n]) << (ZIPNN_LANES_MAX_LENGTH - n);
	return space == 0 || space == CODE_SPACE >> ZIPNN_NARROW_PREFIX;
}

int64_t zipnn_lanes_rank(struct zipnn_lanes_ranks *ranks, const struct zipnn_lanes_code *code)
{
	const unsigned per_class = 1u << code->raw_bits;
	unsigned starts[10];
	unsigned space = 0;
	unsigned count = sort_symbols(ranks, starts, code);

	if (count == 0 || count > ZIPNN_LANES_MAX_RANKS)
		return ZIPNN_ERROR_CORRUPT;
	ranks->rank_count = count;
	ranks->class_count = (count + per_class - 1) / per_class;
	for (unsigned n = ZIPNN_LANES_MAX_LENGTH; n >= 1; n--) {
		unsigned from = starts[n] / per_class;
		unsigned to = (starts[n + 1] + per_class - 1) / per_class;

		if (starts[n] == starts[n + 1])
			continue;
		/* A class is of one length, so each length begins with a class. */
		if (starts[n] % per_class != 0)
			return ZIPNN_ERROR_CORRUPT;
		for (unsigned c = to; c-- > from;) {
			if (space >= CODE_SPACE)
				return ZIPNN_ERROR_CORRUPT;
			ranks->lengths[c] = (uint8_t)n;
			ranks->codes[c] = reverse8(space);
			space += 1u << (ZIPNN_LANES_MAX_LENGTH - n);
		}
	}
	if (space != CODE_SPACE || (code->narrow && !narrow_rules_hold(code, starts)))
		return ZIPNN_ERROR_CORRUPT;
	return 0;
}

/*
 * By the low n bits of a window for n = 1 to 8: codes that are shorter stand in both halves, so the
 * upper one begins as a copy of the lower.
 */
static void fill_classes(struct zipnn_lanes_decode_table *table,
			 const struct zipnn_lanes_ranks *ranks, unsigned raw_bits)
{
	unsigned c = 0; /* classes are sorted by length */

	table->ranks[0] = 0;
	table->lengths[0] = 0;
	for (unsigned n = 1; n <= ZIPNN_LANES_MAX_LENGTH; n++) {
		const unsigned half = 1u << (n - 1);

		memcpy(table->ranks + half, table->ranks, half);
		/* The 8th bit tells two codes of length 8 apart, but not their length. */
		if (n < ZIPNN_LANES_MAX_LENGTH)
			memcpy(table->lengths + half, table->lengths, half);
		for (; c < ranks->class_count && ranks->lengths[c] == n; c++) {
			table->ranks[ranks->codes[c]] = (uint8_t)(c << raw_bits);
			table->lengths[ranks->codes[c] & 127u] = (uint8_t)n;
		}
	}
}

void zipnn_lanes_fill_decode_table(struct zipnn_lanes_decode_table *table,
				   const struct zipnn_lanes_ranks *ranks,
				   const struct zipnn_lanes_code *code)
{
	const unsigned spare = sizeof(table->symbols) / sizeof(table->symbols[0]);
	const uint16_t past_last = code->lengths[ZIPNN_LANES_ESCAPE] > 0 ? ZIPNN_LANES_ESCAPE : 0;

	table->raw_bits = code->raw_bits;
	table->rank_count = ranks->rank_count;
	fill_classes(table, ranks, code->raw_bits);
	memcpy(table->symbols, ranks->symbols, ranks->rank_count * sizeof(table->symbols[0]));
	for (unsigned i = ranks->rank_count; i < spare; i++)
		table->symbols[i] = past_last;
}

void zipnn_lanes_fill_encode_table(struct zipnn_lanes_encode_table *table,
				   const struct zipnn_lanes_ranks *ranks,
				   const struct zipnn_lanes_code *code)
{
	const unsigned mask = (1u << code->raw_bits) - 1;
	unsigned escape_rank = 0;

	table->raw_bits = code->raw_bits;
	for (unsigned i = 0; i < ranks->rank_count; i++) {
		if (ranks->symbols[i] == ZIPNN_LANES_ESCAPE)
			escape_rank = i;
	}
	memset(table->codes, ranks->codes[escape_rank >> code->raw_bits], sizeof(table->codes));
	memset(table->lengths, ranks->lengths[escape_rank >> code->raw_bits],
	       sizeof(table->lengths));
	memset(table->raw, (int)(escape_rank & mask), sizeof(table->raw));
	memset(table->escapes, 1, sizeof(table->escapes));
	for (unsigned i = 0; i < ranks->rank_count; i++) {
		const unsigned value = ranks->symbols[i];

		if (value == ZIPNN_LANES_ESCAPE)
			continue;
		table->codes[value] = ranks->codes[i >> code->raw_bits];
		table->lengths[value] = ranks->lengths[i >> code->raw_bits];
		table->raw[value] = (uint8_t)(i & mask);
		table->escapes[value] = 0;
	}
}
