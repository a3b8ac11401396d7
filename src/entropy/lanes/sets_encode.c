// SPDX-License-Identifier: BSD-3-Clause
/* Writing sets and lengths: src/FORMAT.md section 4.1. */
#include "core/bits.h"
#include "entropy/lanes/sets.h"

#define FIRST_LENGTH 4 /* what the first difference is to */

size_t zipnn_put_kept_set(uint8_t *dst, const struct zipnn_lanes_code *code)
{
	struct zipnn_bit_writer writer = {.at = dst + 2};
	unsigned first = 0;
	unsigned last = 255;

	while (code->lengths[first] == 0)
		first++;
	while (code->lengths[last] == 0)
		last--;
	dst[0] = (uint8_t)first;
	dst[1] = (uint8_t)(last - first);
	for (unsigned v = first; v <= last; v++)
		zipnn_put_bits(&writer, code->lengths[v] > 0, 1);
	zipnn_flush_bits(&writer);
	return (size_t)(writer.at - dst);
}

size_t zipnn_put_lengths(uint8_t *dst, const struct zipnn_lanes_code *code)
{
	struct zipnn_bit_writer writer = {.at = dst};
	/* So many ones: lengths are 1 to 8, and differ by at most 7. */
	static const uint8_t ones[] = {0x00, 0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f};
	int before = FIRST_LENGTH;

	for (unsigned s = 0; s < ZIPNN_LANES_SYMBOLS; s++) {
		s = zipnn_lanes_next_symbol(code, s);
		if (code->lengths[s] == 0)
			continue;
		const int difference = code->lengths[s] - before;
		const unsigned magnitude = (unsigned)(difference < 0 ? -difference : difference);

		before = code->lengths[s];
		zipnn_put_bits(&writer, ones[magnitude], magnitude + 1);
		if (magnitude > 0)
			zipnn_put_bits(&writer, difference < 0, 1);
	}
	zipnn_flush_bits(&writer);
	return (size_t)(writer.at - dst);
}

size_t zipnn_put_literal_set(uint8_t *dst, const struct zipnn_lanes_code *code,
			     const struct zipnn_literal_set *set)
{
	struct zipnn_bit_writer writer = {.at = dst + 2};
	const unsigned last = set->values[set->count - 1];
	unsigned bits = 0;

	dst[0] = set->values[0];
	for (unsigned v = set->values[0], next = 0; v <= last; v++) {
		if (code->lengths[v] > 0)
			continue;
		const unsigned member = set->values[next] == v;

		zipnn_put_bits(&writer, member, 1);
		next += member;
		bits++;
	}
	zipnn_flush_bits(&writer);
	dst[1] = (uint8_t)(bits - 1);
	return (size_t)(writer.at - dst);
}
