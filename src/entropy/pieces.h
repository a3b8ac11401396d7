// SPDX-License-Identifier: BSD-3-Clause
/*
 * Where does the distribution of a plane change?
 *
 * Real planes drift, and change at once where a tensor ends or noise begins (ZipNN paper, section
 * 3.2: a skipped plane is tried again later). So values are looked at in pieces of one size, and
 * neighbours are joined for as long as a code of their own would cost more than it saves.
 */
#ifndef ZIPNN_ENTROPY_PIECES_H
#define ZIPNN_ENTROPY_PIECES_H

#include <stddef.h>
#include <stdint.h>

struct zipnn_piece {
	size_t values;
	uint64_t information; /* of the counts: see zipnn_information */
	uint32_t total;       /* counted values */
	uint32_t distinct;    /* those that occur */
	unsigned runs;        /* lines of the sample whose values are all the same */
	uint64_t loss;        /* of joining it and the next, in bits */
	uint32_t counts[256];
};

/* information, total and distinct are set once pieces have been joined; loss is for joining. */

/* Bits that a piece takes under a code of its own, if `distinct` values can occur. */
uint64_t zipnn_piece_bits(const struct zipnn_piece *piece, uint32_t distinct);

/*
 * Cut n >= 1 values into pieces of `size`; the last may have from half as much to half as much
 * again, so there are at most n / size + 1. Counts a sample of `lines` lines in each, or all
 * values where the piece has no more. Returns the number of pieces.
 */
size_t zipnn_pieces_cut(struct zipnn_piece *pieces, const uint8_t *values, size_t n, size_t size,
			size_t lines);

/*
 * Join neighbours, those that lose least by it first, while one loses less than `bits` by it: what
 * another code costs. Returns the number of pieces left.
 */
size_t zipnn_pieces_join(struct zipnn_piece *pieces, size_t count, uint64_t bits);

#endif
