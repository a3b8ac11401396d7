// SPDX-License-Identifier: BSD-3-Clause
/* Writing rans: src/FORMAT.md section 3.3, backwards, as its decoder must read forwards. */
#include "entropy/rans/rans.h"

#include <string.h>

#include "core/bits.h"
#include "core/bytes.h"
#include "entropy/lanes/sets.h"
#include "entropy/pieces.h"

#define PIECE ((size_t)4 << 10)
#define MAX_PIECES (ZIPNN_RANS_WINDOW / PIECE + 1)
#define SEGMENT_BITS (8u * 90) /* what another segment costs: header, table, states */

/* The sets' two bytes and bits; 256 frequencies of at most 13 + 12 bits. */
#define MAX_TABLE (ZIPNN_SET_MAX_SIZE + 256u * 4)

/*
 * Scale counts to frequencies that sum to 4096, at least 1 for each value that occurs: rounded
 * down, and what is left over goes where it saves most, to the largest remainders' values.
 */
static void scale(uint16_t frequencies[256], const uint32_t counts[256], uint32_t total)
{
	uint32_t left = ZIPNN_RANS_SCALE;

	for (unsigned v = 0; v < 256; v++) {
		const uint64_t exact = (uint64_t)counts[v] * ZIPNN_RANS_SCALE / total;

		frequencies[v] = (uint16_t)(counts[v] == 0 ? 0 : exact > 0 ? exact : 1);
		left -= frequencies[v];
	}
	/*
	 * One more for value v saves counts[v] / frequency, about; one less costs as much. left is
	 * negative, as an unsigned number, where rare values were given too much.
	 */
	for (; left != 0; left += (int32_t)left > 0 ? UINT32_MAX : 1) {
		const int more = (int32_t)left > 0;
		unsigned best = 256;

		for (unsigned v = 0; v < 256; v++) {
			if (frequencies[v] == 0 || (!more && frequencies[v] == 1))
				continue;
			if (best == 256) {
				best = v;
				continue;
			}
			const uint64_t a = (uint64_t)counts[v] * frequencies[best];
			const uint64_t b = (uint64_t)counts[best] * frequencies[v];

			if (more ? a > b : a < b)
				best = v;
		}
		frequencies[best] = (uint16_t)(frequencies[best] + (more ? 1 : -1));
	}
}

static size_t put_table(uint8_t *dst, const uint16_t frequencies[256])
{
	struct zipnn_lanes_code kept = {0}; /* for its set of kept values */

	for (unsigned v = 0; v < 256; v++)
		kept.lengths[v] = frequencies[v] > 0;
	struct zipnn_bit_writer writer = {.at = dst + zipnn_put_kept_set(dst, &kept)};
	int before = ZIPNN_RANS_FIRST_BITS;

	for (unsigned v = 0; v < 256; v++) {
		if (frequencies[v] == 0)
			continue;
		const int bits = 32 - __builtin_clz(frequencies[v]);
		const int difference = bits - before;
		const unsigned magnitude = (unsigned)(difference < 0 ? -difference : difference);

		before = bits;
		zipnn_put_bits(&writer, (1u << magnitude) - 1, magnitude + 1);
		if (magnitude > 0)
			zipnn_put_bits(&writer, difference < 0, 1);
		zipnn_put_bits(&writer, frequencies[v] & ((1u << (bits - 1)) - 1),
			       (unsigned)bits - 1);
	}
	zipnn_flush_bits(&writer);
	return (size_t)(writer.at - dst);
}

/* Encode values backwards: words downwards from end. Returns where they begin. */
static uint8_t *put_values(uint32_t states[ZIPNN_RANS_STATES], uint8_t *end,
			   const uint16_t frequencies[256], const uint8_t *values, size_t n)
{
	uint16_t starts[256];
	uint32_t start = 0;

	for (unsigned v = 0; v < 256; v++) {
		starts[v] = (uint16_t)start;
		start += frequencies[v];
	}
	for (unsigned k = 0; k < ZIPNN_RANS_STATES; k++)
		states[k] = ZIPNN_RANS_LOW;
	for (size_t i = n; i-- > 0;) {
		const uint32_t frequency = frequencies[values[i]];
		uint32_t x = states[i % ZIPNN_RANS_STATES];

		/* The decoder takes a word after this value if it would be left with less. */
		if (x >= (uint64_t)frequency << (32 - ZIPNN_RANS_BITS)) {
			end -= 2;
			zipnn_store16(end, (uint16_t)x);
			x >>= 16;
		}
		states[i % ZIPNN_RANS_STATES] =
		    x / frequency * ZIPNN_RANS_SCALE + x % frequency + starts[values[i]];
	}
	return end;
}

static size_t encode_segment(uint8_t *words, uint8_t *dst, size_t capacity,
			     const struct zipnn_piece *piece, const uint8_t *values)
{
	uint16_t frequencies[256];
	uint8_t table[MAX_TABLE];
	uint32_t states[ZIPNN_RANS_STATES];
	uint8_t *end = words + 2 * ZIPNN_RANS_WINDOW;

	scale(frequencies, piece->counts, (uint32_t)piece->values);
	const size_t table_size = put_table(table, frequencies);
	uint8_t *first = put_values(states, end, frequencies, values, piece->values);
	const size_t word_bytes = (size_t)(end - first);
	const size_t size = ZIPNN_RANS_HEADER_SIZE + table_size + sizeof(states) + word_bytes;

	if (size > capacity)
		return 0;
	zipnn_store24(dst, (uint32_t)piece->values);
	zipnn_store24(dst + 3, (uint32_t)(word_bytes / 2));
	dst += ZIPNN_RANS_HEADER_SIZE;
	memcpy(dst, table, table_size);
	dst += table_size;
	for (unsigned k = 0; k < ZIPNN_RANS_STATES; k++, dst += 4)
		zipnn_store32(dst, states[k]);
	memcpy(dst, first, word_bytes);
	return size;
}

size_t zipnn_rans_encode(uint8_t *words, uint8_t *dst, size_t capacity, const uint8_t *values,
			 size_t n)
{
	struct zipnn_piece pieces[MAX_PIECES];
	size_t used = 0;

	while (n > 0) {
		const size_t window = n < ZIPNN_RANS_WINDOW ? n : ZIPNN_RANS_WINDOW;
		size_t count = zipnn_pieces_cut(pieces, values, window, PIECE, SIZE_MAX);

		count = zipnn_pieces_join(pieces, count, SEGMENT_BITS);
		n -= window;
		for (size_t i = 0; i < count; i++) {
			const size_t size =
			    encode_segment(words, dst + used, capacity - used, &pieces[i], values);

			if (size == 0)
				return 0;
			used += size;
			values += pieces[i].values;
		}
	}
	return used;
}
