// SPDX-License-Identifier: BSD-3-Clause
/*
 * The prefix code of a `lanes` segment: src/FORMAT.md section 4.2.
 *
 * A code is given by the lengths of its class codes alone; ranks, classes and code words follow.
 * Encoder and decoder derive them here, by the same function.
 */
#ifndef ZIPNN_ENTROPY_LANES_CODE_H
#define ZIPNN_ENTROPY_LANES_CODE_H

#include <stdint.h>

#include "core/bytes.h"

#define ZIPNN_LANES_ESCAPE 256u    /* the escape, as a symbol */
#define ZIPNN_LANES_SYMBOLS 257u   /* byte values and the escape */
#define ZIPNN_LANES_MAX_RANKS 256u /* symbols that a code may have */
#define ZIPNN_LANES_MAX_LENGTH 8u
#define ZIPNN_LANES_MAX_RAW_BITS 2u

/* Narrow codes: section 4.4. */
#define ZIPNN_NARROW_MAX_KEPT 15u
#define ZIPNN_NARROW_MAX_LENGTH 7u
#define ZIPNN_NARROW_PREFIX 4u /* codes longer than this share one prefix of this length */

struct zipnn_lanes_code {
	unsigned raw_bits; /* r: 0 to 2 */
	int narrow;
	/* Of each symbol's class code: 1 to 8 bits; 0 for values that are not kept, or no escape.
	 */
	uint8_t lengths[ZIPNN_LANES_SYMBOLS];
};

/*
 * The first place from symbol s on where there may be one: in steps of eight, most of which are
 * empty in the code of a few neighbouring values. At most the last symbol, the escape.
 */
static inline unsigned zipnn_lanes_next_symbol(const struct zipnn_lanes_code *code, unsigned s)
{
	while (s < ZIPNN_LANES_ESCAPE && s % 8 == 0 && zipnn_load64(code->lengths + s) == 0)
		s += 8;
	return s;
}

/* A code worked out. */
struct zipnn_lanes_ranks {
	unsigned rank_count;
	unsigned class_count;
	uint16_t symbols[ZIPNN_LANES_MAX_RANKS]; /* by rank */
	uint8_t lengths[ZIPNN_LANES_MAX_RANKS];  /* by class */
	uint8_t codes[ZIPNN_LANES_MAX_RANKS];    /* by class, reversed: first bit lowest */
};

/* Work a code out. Returns 0, or ZIPNN_ERROR_CORRUPT if it breaks a rule of section 4.2 or 4.4. */
int64_t zipnn_lanes_rank(struct zipnn_lanes_ranks *ranks, const struct zipnn_lanes_code *code);

/* What decoding looks up. */
struct zipnn_lanes_decode_table {
	unsigned raw_bits;
	unsigned rank_count;
	uint8_t lengths[128]; /* of the class code, by the low 7 bits of a window */
	uint8_t ranks[256];   /* first rank of the class, by the low 8 bits of a window */
	uint16_t symbols[ZIPNN_LANES_MAX_RANKS + 4]; /* by rank; those past the last are set, too */
};

void zipnn_lanes_fill_decode_table(struct zipnn_lanes_decode_table *table,
				   const struct zipnn_lanes_ranks *ranks,
				   const struct zipnn_lanes_code *code);

/* What encoding looks up, by value. */
struct zipnn_lanes_encode_table {
	unsigned raw_bits;
	uint8_t codes[256];   /* reversed */
	uint8_t lengths[256]; /* 1 to 8 */
	uint8_t raw[256];     /* raw bits, 0 to 3 */
	uint8_t escapes[256]; /* 1: coded as the escape */
};

void zipnn_lanes_fill_encode_table(struct zipnn_lanes_encode_table *table,
				   const struct zipnn_lanes_ranks *ranks,
				   const struct zipnn_lanes_code *code);

#endif
