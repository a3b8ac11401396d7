// SPDX-License-Identifier: BSD-3-Clause
/*
 * Cutting a plane into segments, and choosing what becomes of each: src/FORMAT.md section 4.
 *
 * One code covers at most 65536 values: real planes drift, and longer costs size. Inside such a
 * window a further segment begins only where the distribution changes enough to pay for it.
 */
#include "entropy/lanes/lanes.h"

#include <string.h>

#include "entropy/lanes/choose.h"
#include "entropy/pieces.h"
#include "entropy/sample.h"

#define PIECE 8192u
#define PIECE_SMALLEST 4096u
#define MAX_PIECES (ZIPNN_SEGMENT_MAX / PIECE_SMALLEST + 1)

/* 512 values a piece settle whether pieces differ, and make a narrow code. */
#define PIECE_LINES 8u
/* A wide code needs 1/8 of the values: half as many cost 0.1 % of size. */
#define WIDE_SAMPLE 8u
#define WIDE_MIN_SAMPLE 8192u
/* With so many values no narrow code is good. */
#define SURELY_WIDE 48u

/*
 * What another segment costs in bits: header, sets and state, and the error of the estimate: a
 * sample of 512 values has its entropy right within 0.05 bits, 8192 values of them are 50 bytes.
 */
#define SEGMENT_BITS (8u * 300)
#define SEGMENT_BITS_SMALLEST (8u * 200)

/* So few values are all kept, seen in the sample or not. */
#define FEW_BITS 5u
#define FEW_VALUES (1u << FEW_BITS)

/* Bits a value that codes may be longer than the entropy, before Huffman's is looked at: 1/64. */
#define MAY_BE_SHORTER 64u

/* A code must save 1.5 % to be worth its time. */
#define STORE_FROM(n) ((n)*8 - (n)*8 * 15 / 1000)

/*
 * Signs, and the clean bits of a mantissa: the sample has few bits that vary, and nearly all of the
 * values that they make. Sets *few to the values made by the bits that vary among all values, or
 * returns 0.
 */
static int few_bits(struct zipnn_value_set *few, const struct zipnn_sorted_counts *sorted,
		    const uint8_t *values, size_t n)
{
	unsigned varying = 0;

	for (unsigned i = 0; i < sorted->distinct; i++)
		varying |= (unsigned)sorted->values[i] ^ values[0];
	const unsigned bits = (unsigned)__builtin_popcount(varying);

	if (bits > FEW_BITS || 8 * sorted->distinct < 7u << bits)
		return 0;
	for (size_t i = 0; i < n; i++)
		varying |= (unsigned)values[i] ^ values[0];
	for (unsigned v = 0; v < 256; v++)
		few->has[v] = ((v ^ values[0]) & ~varying & 255) == 0;
	return (unsigned)__builtin_popcount(varying) <= FEW_BITS;
}

/*
 * A small alphabet (hexadecimal digits): the sample has few values, and none of them is rare. Sets
 * *few to those of all values, or returns 0.
 */
static int few_values(struct zipnn_value_set *few, const struct zipnn_sorted_counts *sorted,
		      const uint8_t *values, size_t n)
{
	const unsigned distinct = sorted->distinct;
	unsigned found = 0;

	if (distinct > FEW_VALUES || sorted->counts[distinct - 1] < sorted->total / (8 * distinct))
		return 0;
	memset(few, 0, sizeof(*few));
	for (size_t i = 0; i < n; i++)
		few->has[values[i]] = 1;
	for (unsigned v = 0; v < 256; v++)
		found += few->has[v];
	return found <= FEW_VALUES;
}

/* Make the sample of a segment large enough for a wide code. */
static void count_more(struct zipnn_piece *piece, const uint8_t *values)
{
	const size_t share = piece->values / WIDE_SAMPLE;
	const size_t wanted = share > WIDE_MIN_SAMPLE ? share : WIDE_MIN_SAMPLE;

	if (piece->total < wanted)
		zipnn_sample_counts(
		    piece->counts, values, piece->values,
		    (wanted - piece->total + ZIPNN_SAMPLE_LINE - 1) / ZIPNN_SAMPLE_LINE, 2);
}

/* Choose a code for a segment. Returns its estimated size in bytes. */
static size_t choose(struct zipnn_lanes_code *code, struct zipnn_piece *piece,
		     const uint8_t *values, int smallest, struct zipnn_plane_look *look)
{
	const uint64_t entropy_bits = zipnn_piece_bits(piece, piece->distinct);
	struct zipnn_value_set set;
	const struct zipnn_value_set *few = NULL;
	struct zipnn_sorted_counts sorted;
	int wide = piece->distinct > SURELY_WIDE;

	if (!wide || smallest) {
		zipnn_sort_counts(&sorted, piece->counts);
		if (few_bits(&set, &sorted, values, piece->values) ||
		    few_values(&set, &sorted, values, piece->values))
			few = &set;
		wide = !smallest && !zipnn_lanes_suits_narrow(&sorted);
	}
	if (wide) {
		count_more(piece, values);
		zipnn_sort_counts(&sorted, piece->counts);
	}
	const uint64_t bits = zipnn_lanes_choose(code, &sorted, few, smallest);

	/*
	 * Codes of 8 bits may be too short, where a tenth of zeros lies in noise, say. Huffman's
	 * code is no shorter than the entropy.
	 */
	if (!code->narrow && sorted.distinct >= 2 &&
	    bits * piece->values > (entropy_bits + piece->values / MAY_BE_SHORTER) * sorted.total) {
		const uint64_t huffman = zipnn_huffman_bits(&sorted);

		if (bits > huffman)
			look->excess +=
			    (size_t)((bits - huffman) * piece->values / sorted.total / 8);
	}
	return (size_t)(bits * piece->values / sorted.total / 8);
}

static size_t encode_segment(struct zipnn_lanes_encoder *encoder, uint8_t *dst, size_t capacity,
			     struct zipnn_piece *piece, const uint8_t *values, int smallest,
			     struct zipnn_plane_look *look)
{
	const size_t n = piece->values;
	const size_t stored = n + ZIPNN_SEGMENT_HEADER_SIZE;
	struct zipnn_lanes_code code;

	if (n > 1 && values[0] == values[n - 1] && memcmp(values, values + 1, n - 1) == 0 &&
	    capacity >= ZIPNN_SEGMENT_HEADER_SIZE + 1)
		return zipnn_segment_put_constant(dst, values[0], n);
	if ((smallest || zipnn_piece_bits(piece, piece->distinct) < STORE_FROM(n)) &&
	    choose(&code, piece, values, smallest, look) < n) {
		size_t room = stored - 1 < capacity ? stored - 1 : capacity;
		size_t size = zipnn_segment_put_coded(encoder, dst, room, &code, values, n);

		if (size > 0)
			return size;
	}
	return stored <= capacity ? zipnn_segment_put_stored(dst, values, n) : 0;
}

static void note(struct zipnn_plane_look *look, const struct zipnn_piece *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		look->runs += pieces[i].runs;
		for (unsigned v = 0; v < 256; v++)
			look->counts[v] += pieces[i].counts[v];
	}
}

size_t zipnn_lanes_encode(struct zipnn_lanes_encoder *encoder, uint8_t *dst, size_t capacity,
			  const uint8_t *values, size_t n, int smallest,
			  struct zipnn_plane_look *look)
{
	struct zipnn_piece pieces[MAX_PIECES];
	size_t used = 0;

	while (n > 0) {
		const size_t window = n < ZIPNN_SEGMENT_MAX ? n : ZIPNN_SEGMENT_MAX;
		size_t count =
		    zipnn_pieces_cut(pieces, values, window, smallest ? PIECE_SMALLEST : PIECE,
				     smallest ? SIZE_MAX : PIECE_LINES);

		count = zipnn_pieces_join(pieces, count,
					  smallest ? SEGMENT_BITS_SMALLEST : SEGMENT_BITS);
		note(look, pieces, count);
		for (size_t i = 0; i < count; i++) {
			const size_t size = encode_segment(encoder, dst + used, capacity - used,
							   &pieces[i], values, smallest, look);

			if (size == 0)
				return 0;
			used += size;
			values += pieces[i].values;
		}
		n -= window;
	}
	return used;
}
