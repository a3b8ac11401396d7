// SPDX-License-Identifier: BSD-3-Clause
/* Choosing how literals are coded, and writing them: src/FORMAT.md section 4.3. */
#include "core/bits.h"
#include "core/bytes.h"
#include "entropy/lanes/choose.h"
#include "entropy/lanes/literals.h"

#define NO_INDEX 255u

/* What a set costs, about: two bytes and some bits for each value in its span. */
static size_t set_bits(size_t members)
{
	return 16 + 2 * members;
}

static void fill_set(struct zipnn_literal_set *set, const struct zipnn_sorted_counts *sorted,
		     unsigned members)
{
	uint8_t chosen[256] = {0};

	for (unsigned i = 0; i < members; i++)
		chosen[sorted->values[i]] = 1;
	set->count = 0;
	for (unsigned v = 0; v < 256; v++) {
		if (v % 8 == 0 && zipnn_load64(chosen + v) == 0) {
			v += 7;
			continue;
		}
		set->values[set->count] = (uint8_t)v;
		set->count += chosen[v];
	}
}

void zipnn_literals_plan(struct zipnn_literal_plan *plan, const uint8_t *literals, size_t count)
{
	uint32_t counts[256] = {0};
	struct zipnn_sorted_counts sorted;
	size_t best = 8 * count;
	size_t covered = 0;
	unsigned members = 0;

	*plan = (struct zipnn_literal_plan){.count = count, .raw_count = count};
	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		counts[literals[i]]++;
	zipnn_sort_counts(&sorted, counts);
	for (unsigned width = 1; width <= ZIPNN_LITERAL_MAX_WIDTH; width++) {
		const unsigned most = (1u << width) - 1;

		while (members < most && members < sorted.distinct)
			covered += sorted.counts[members++];
		const size_t cost = count * width + 8 * (count - covered) + set_bits(members);

		if (cost < best) {
			best = cost;
			plan->width = width;
			plan->raw_count = count - covered;
			plan->set.count = members;
		}
	}
	if (plan->width > 0)
		fill_set(&plan->set, &sorted, plan->set.count);
}

size_t zipnn_literals_put(uint8_t *dst, const struct zipnn_literal_plan *plan,
			  const uint8_t *literals)
{
	struct zipnn_bit_writer writer = {.at = dst};
	const uint32_t raw_index = (1u << plan->width) - 1;
	uint8_t index_of[256];

	for (unsigned v = 0; v < 256; v++)
		index_of[v] = NO_INDEX;
	for (unsigned i = 0; i < plan->set.count; i++)
		index_of[plan->set.values[i]] = (uint8_t)i;
	for (size_t i = 0; i < plan->count; i++) {
		const unsigned index = index_of[literals[i]];

		zipnn_put_bits(&writer, index == NO_INDEX ? raw_index : index, plan->width);
	}
	zipnn_flush_bits(&writer);
	for (size_t i = 0; i < plan->count; i++) {
		if (index_of[literals[i]] == NO_INDEX)
			*writer.at++ = literals[i];
	}
	return (size_t)(writer.at - dst);
}
