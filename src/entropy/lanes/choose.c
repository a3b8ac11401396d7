// SPDX-License-Identifier: BSD-3-Clause
/*
 * From counts to a code: sort, try, take the cheapest. What is normative is only the result's
 * validity, src/FORMAT.md section 4.2.
 */
#include "entropy/lanes/choose.h"

#include <string.h>

#define NARROW_ESCAPES 12u /* one value in so many */
#define SURELY_NARROW 32u  /* one in so many: no wide code is worth a look */
#define NARROW_BONUS 200u  /* a wide code has to be smaller by 0.5 % of the plane */

/* A raw bit for each value is 1/8 byte a value to read and merge: it has to save 0.05 % of it. */
#define RAW_BIT_PRICE 2000u

/* A radix sort is faster from here on. */
#define FEW_TO_SORT 64u
#define RADIX_BITS 7u
#define RADIX (1u << RADIX_BITS)

/* By the number of those that come before: no branches to mispredict, and it vectorises. */
static void sort_few(struct zipnn_sorted_counts *sorted, const uint32_t *present,
		     const uint8_t *values)
{
	const unsigned n = sorted->distinct;

	for (unsigned i = 0; i < n; i++) {
		unsigned before = 0;

		for (unsigned k = 0; k < i; k++)
			before += present[k] >= present[i];
		for (unsigned k = i + 1; k < n; k++)
			before += present[k] > present[i];
		sorted->counts[before] = present[i];
		sorted->values[before] = values[i];
	}
}

/* One pass of a radix sort, highest digit first; equal digits keep their order. */
static void sort_digit(uint32_t *to, uint8_t *to_values, const uint32_t *from,
		       const uint8_t *from_values, unsigned n, unsigned shift)
{
	uint16_t ends[RADIX + 1] = {0}; /* by digits from the highest down, a place later */

	for (unsigned i = 0; i < n; i++)
		ends[RADIX - (from[i] >> shift & (RADIX - 1))]++;
	for (unsigned d = 1; d <= RADIX; d++)
		ends[d] = (uint16_t)(ends[d] + ends[d - 1]);
	for (unsigned i = 0; i < n; i++) {
		const unsigned at = ends[RADIX - 1 - (from[i] >> shift & (RADIX - 1))]++;

		to[at] = from[i];
		to_values[at] = from_values[i];
	}
}

/* All passes that counts of up to `most` take: two for those of a sample. */
static void sort_many(struct zipnn_sorted_counts *sorted, uint32_t *present, uint8_t *values,
		      uint32_t most)
{
	const unsigned n = sorted->distinct;
	unsigned shift = 0;

	do {
		sort_digit(sorted->counts, sorted->values, present, values, n, shift);
		sort_digit(present, values, sorted->counts, sorted->values, n, shift + RADIX_BITS);
		shift += 2 * RADIX_BITS;
	} while (most >> shift);
	memcpy(sorted->counts, present, n * sizeof(*present));
	memcpy(sorted->values, values, n);
}

void zipnn_sort_counts(struct zipnn_sorted_counts *sorted, const uint32_t counts[256])
{
	uint32_t present[256];
	uint8_t values[256];
	uint32_t most = 0;
	unsigned n = 0;

	sorted->total = 0;
	for (unsigned v = 0; v < 256; v++) {
		/* Most of exponents' values do not occur. */
		if (v % 4 == 0 && !(counts[v] | counts[v + 1] | counts[v + 2] | counts[v + 3])) {
			v += 3;
			continue;
		}
		present[n] = counts[v];
		values[n] = (uint8_t)v;
		n += counts[v] > 0;
		sorted->total += counts[v];
		most |= counts[v];
	}
	sorted->distinct = n;
	if (n <= FEW_TO_SORT)
		sort_few(sorted, present, values);
	else
		sort_many(sorted, present, values, most);
}

/* Values outside of the fifteen that a narrow code can keep. */
static uint32_t outside_narrow(const struct zipnn_sorted_counts *sorted)
{
	uint32_t outside = 0;

	for (unsigned i = ZIPNN_NARROW_MAX_KEPT; i < sorted->distinct; i++)
		outside += sorted->counts[i];
	return outside;
}

int zipnn_lanes_suits_narrow(const struct zipnn_sorted_counts *sorted)
{
	return outside_narrow(sorted) <= sorted->total / NARROW_ESCAPES;
}

/* The best wide code, or UINT32_MAX. */
static uint32_t choose_wide(struct zipnn_lanes_code *code, const struct zipnn_sorted_counts *sorted,
			    const struct zipnn_value_set *few, int smallest)
{
	/* Many values need raw bits to stay within 8-bit codes, few have no use for them. */
	const unsigned least = !smallest && sorted->distinct > 64 ? 1 : 0;
	const unsigned most = smallest || sorted->distinct >= 48 ? 2 : sorted->distinct >= 24;
	uint32_t best = UINT32_MAX;

	for (unsigned raw_bits = least; raw_bits <= most; raw_bits++) {
		struct zipnn_lanes_code candidate;
		uint32_t cost = zipnn_lanes_choose_wide(&candidate, sorted, raw_bits, few);

		if (cost != UINT32_MAX && !smallest)
			cost += raw_bits * (sorted->total * 8 / RAW_BIT_PRICE);
		if (cost < best) {
			best = cost;
			*code = candidate;
		}
	}
	return best;
}

uint32_t zipnn_lanes_choose(struct zipnn_lanes_code *code, const struct zipnn_sorted_counts *sorted,
			    const struct zipnn_value_set *few, int smallest)
{
	const uint32_t outside = outside_narrow(sorted);
	struct zipnn_lanes_code narrow;

	if (!zipnn_lanes_suits_narrow(sorted)) {
		const uint32_t wide = choose_wide(code, sorted, few, smallest);

		return wide != UINT32_MAX ? wide : zipnn_lanes_choose_narrow(code, sorted);
	}
	const uint32_t cost = zipnn_lanes_choose_narrow(&narrow, sorted);
	const uint32_t bonus = smallest || few ? 0 : sorted->total * 8 / NARROW_BONUS;

	/* Where few values can occur, a code without escape may be better than any narrow one. */
	if (smallest || few || outside > sorted->total / SURELY_NARROW) {
		const uint32_t wide = choose_wide(code, sorted, few, smallest);

		if (wide != UINT32_MAX && wide + bonus < cost)
			return wide;
	}
	*code = narrow;
	return cost;
}
