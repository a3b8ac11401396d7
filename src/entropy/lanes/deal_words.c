// SPDX-License-Identifier: BSD-3-Clause
/*
 * Look-ups that deal words to lanes and gather them: deal_words.h.
 *
 * The preprocessor works them out: constants need no initialisation, and no memory but their pages.
 */
#include "entropy/lanes/deal_words.h"

#define BIT(m, i) ((m) >> (i)&1)
/* How many lanes below lane i take a word: the number of its word. */
#define BELOW1(m) BIT(m, 0)
#define BELOW2(m) (BELOW1(m) + BIT(m, 1))
#define BELOW3(m) (BELOW2(m) + BIT(m, 2))
#define BELOW4(m) (BELOW3(m) + BIT(m, 3))
#define BELOW5(m) (BELOW4(m) + BIT(m, 4))
#define BELOW6(m) (BELOW5(m) + BIT(m, 5))
#define BELOW7(m) (BELOW6(m) + BIT(m, 6))
#define ZERO 0x80 /* past any table: the look-up gives zero */
#define TAKE(m, i, rank) BIT(m, i) ? 2 * (rank) : ZERO, BIT(m, i) ? 2 * (rank) + 1 : ZERO
#define EXPAND(m)                                                                                  \
	{                                                                                          \
		TAKE(m, 0, 0), TAKE(m, 1, BELOW1(m)), TAKE(m, 2, BELOW2(m)),                       \
		    TAKE(m, 3, BELOW3(m)), TAKE(m, 4, BELOW4(m)), TAKE(m, 5, BELOW5(m)),           \
		    TAKE(m, 6, BELOW6(m)), TAKE(m, 7, BELOW7(m))                                   \
	}

#define ROWS4(row, m) row(m), row((m) + 1), row((m) + 2), row((m) + 3)
#define ROWS16(row, m) ROWS4(row, m), ROWS4(row, (m) + 4), ROWS4(row, (m) + 8), ROWS4(row, (m) + 12)
#define ROWS64(row, m)                                                                             \
	ROWS16(row, m), ROWS16(row, (m) + 16), ROWS16(row, (m) + 32), ROWS16(row, (m) + 48)
#define ROWS256(row) ROWS64(row, 0), ROWS64(row, 64), ROWS64(row, 128), ROWS64(row, 192)

const uint8_t zipnn_expand_words[256][16] = {ROWS256(EXPAND)};

/* How many lanes above lane i give a word: it goes that far before the end. */
#define ABOVE6(m) BIT(m, 7)
#define ABOVE5(m) (ABOVE6(m) + BIT(m, 6))
#define ABOVE4(m) (ABOVE5(m) + BIT(m, 5))
#define ABOVE3(m) (ABOVE4(m) + BIT(m, 4))
#define ABOVE2(m) (ABOVE3(m) + BIT(m, 3))
#define ABOVE1(m) (ABOVE2(m) + BIT(m, 2))
#define ABOVE0(m) (ABOVE1(m) + BIT(m, 1))
/* Lane i, if it is the one that gives word `at`, counted from the end. */
#define IF(m, i, above, at) (BIT(m, i) && (above) == (at) ? (i) : 0)
#define GIVER(m, at)                                                                               \
	(IF(m, 0, ABOVE0(m), at) + IF(m, 1, ABOVE1(m), at) + IF(m, 2, ABOVE2(m), at) +             \
	 IF(m, 3, ABOVE3(m), at) + IF(m, 4, ABOVE4(m), at) + IF(m, 5, ABOVE5(m), at) +             \
	 IF(m, 6, ABOVE6(m), at) + IF(m, 7, 0, at))
#define GIVE(m, at) 2 * GIVER(m, at), 2 * GIVER(m, at) + 1
#define COMPRESS(m)                                                                                \
	{                                                                                          \
		GIVE(m, 7), GIVE(m, 6), GIVE(m, 5), GIVE(m, 4), GIVE(m, 3), GIVE(m, 2),            \
		    GIVE(m, 1), GIVE(m, 0)                                                         \
	}

const uint8_t zipnn_compress_words[256][16] = {ROWS256(COMPRESS)};
