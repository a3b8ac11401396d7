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

/* Up to so many values are compared each with each. */
#define FEW_TO_SORT 40u
#define SMALL_COUNTS 512u

/*
 * By the number of those that come before: no branches to mispredict, and compilers make vectors of
 * this. Counts are below 2^17, so that a count and what makes it unique fit into a number.
 */
static void sort_few(struct zipnn_sorted_counts *sorted, const uint32_t *present,
		     const uint8_t *values)
{
	int32_t keys[FEW_TO_SORT] = {0}; /* past the last, what comes after all */
	const unsigned n = sorted->distinct;

	for (unsigned i = 0; i < n; i++)
		keys[i] = (int32_t)(present[i] << 8 | (255u - i));
	for (unsigned i = 0; i < n; i++) {
		const int32_t key = keys[i];
		int32_t before = 0;

		for (unsigned k = 0; k < n; k += 8) {
			for (unsigned j = k; j < k + 8; j++)
				before += keys[j] > key;
		}
		sorted->counts[before] = present[i];
		sorted->values[before] = values[i];
	}
}

/*
 * Counts below SMALL_COUNTS by counting how often each occurs; of larger ones a sample of 8192
 * values has at most sixteen, which are inserted one by one. Equal counts keep their order.
 */
static void sort_many(struct zipnn_sorted_counts *sorted, const uint32_t *present,
		      const uint8_t *values)
{
	const unsigned n = sorted->distinct;
	uint16_t places[SMALL_COUNTS] = {0};
	uint32_t most = 0; /* of the small ones */
	unsigned large = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned at = large;

		if (present[i] < SMALL_COUNTS) {
			places[present[i]]++;
			most = present[i] > most ? present[i] : most;
			continue;
		}
		for (; at > 0 && sorted->counts[at - 1] < present[i]; at--) {
			sorted->counts[at] = sorted->counts[at - 1];
			sorted->values[at] = sorted->values[at - 1];
		}
		sorted->counts[at] = present[i];
		sorted->values[at] = values[i];
		large++;
	}
	for (unsigned c = most + 1, at = large; c-- > 0;) {
		const unsigned next = at + places[c];

		places[c] = (uint16_t)at;
		at = next;
	}
	for (unsigned i = 0; i < n; i++) {
		if (present[i] >= SMALL_COUNTS)
			continue;
		const unsigned at = places[present[i]]++;

		sorted->counts[at] = present[i];
		sorted->values[at] = values[i];
	}
}

void zipnn_sort_counts(struct zipnn_sorted_counts *sorted, const uint32_t counts[256])
{
	uint32_t present[256];
	uint8_t values[256];
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
	}
	sorted->distinct = n;
	if (n <= FEW_TO_SORT)
		sort_few(sorted, present, values);
	else
		sort_many(sorted, present, values);
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
