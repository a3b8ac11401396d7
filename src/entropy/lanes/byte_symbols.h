// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decode tables in the terms of vector kernels: a symbol is a byte, and the escape one of the bytes
 * that no kept value takes. src/FORMAT.md section 4.2.
 */
#ifndef ZIPNN_ENTROPY_LANES_BYTE_SYMBOLS_H
#define ZIPNN_ENTROPY_LANES_BYTE_SYMBOLS_H

#include <stdint.h>

#include "entropy/lanes/code.h"

/* Symbols as bytes. */
struct zipnn_byte_symbols {
	uint8_t by_rank[256];
	uint8_t escape;       /* the byte that stands for the escape: a value that is not kept */
	uint64_t escape_mask; /* all ones if there is an escape */
};

static inline void zipnn_fill_byte_symbols(struct zipnn_byte_symbols *symbols,
					   const struct zipnn_lanes_decode_table *table)
{
	uint8_t kept[256] = {0};
	int has_escape = 0;

	for (unsigned i = 0; i < table->rank_count; i++) {
		if (table->symbols[i] == ZIPNN_LANES_ESCAPE)
			has_escape = 1;
		else
			kept[table->symbols[i]] = 1;
	}
	symbols->escape = 0;
	while (has_escape && kept[symbols->escape])
		symbols->escape++;
	symbols->escape_mask = has_escape ? UINT64_MAX : 0;
	for (unsigned i = 0; i < ZIPNN_LANES_MAX_RANKS; i++)
		symbols->by_rank[i] = table->symbols[i] == ZIPNN_LANES_ESCAPE
					  ? symbols->escape
					  : (uint8_t)table->symbols[i];
}

/*
 * Whether two 16-entry tables do, one by the low four bits of a window and one by the next four:
 * section 4.4, as far as look-ups need it.
 */
static inline int zipnn_suits_nibbles(const struct zipnn_lanes_decode_table *table)
{
	unsigned longest = 0; /* behind the prefix 0000; others have up to four bits */

	if (table->raw_bits > 0)
		return 0;
	for (unsigned i = 0; i < 128; i += 16)
		longest = table->lengths[i] > longest ? table->lengths[i] : longest;
	for (unsigned i = 0; i < 128; i++) {
		if (table->lengths[i] > 4 && (i & 15) != 0)
			return 0;
	}
	return longest <= 7;
}

#endif
