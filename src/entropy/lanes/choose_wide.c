// SPDX-License-Identifier: BSD-3-Clause
/*
 * A code for many values: Huffman's, over classes of 2^r symbols each, cut to 8 bits.
 * src/FORMAT.md section 4.2.
 *
 * Values too rare for a code of 8 bits and r raw ones are left to the escape, so cutting is seldom
 * needed and costs next to nothing.
 */
#include "entropy/lanes/choose.h"

#include <string.h>

#define MAX_LENGTH ZIPNN_LANES_MAX_LENGTH
#define CODE_SPACE 256u
#define LITERAL_BITS_X2 13u /* what a literal costs, about, in half bits */

/* Symbols by falling weight; the escape stands where its weight puts it. */
struct symbols {
	unsigned count;
	uint16_t symbol[ZIPNN_LANES_SYMBOLS];
	uint32_t weight[ZIPNN_LANES_SYMBOLS];
};

/*
 * A value is kept if a code of its own is worth it: the escape with its literal costs about
 * 5.5 - r bits more than a code, which takes 2^-(8 + r) of the space from all others.
 */
static int worth_keeping(uint64_t count, uint64_t total, unsigned raw_bits)
{
	/* count * (5.5 - r) >= total * 2^-(8 + r) * log2(e) */
	return (count << (8 + raw_bits)) * (550 - 100 * raw_bits) >= total * 144;
}

static void collect(struct symbols *symbols, const struct zipnn_sorted_counts *sorted,
		    unsigned raw_bits, const struct zipnn_value_set *few, uint32_t *escaped)
{
	uint32_t kept = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < sorted->distinct; i++) {
		/* 255 and an escape, or 256 and none. */
		if (!few &&
		    (!worth_keeping(sorted->counts[i], sorted->total, raw_bits) || n == 255))
			break;
		symbols->symbol[n] = sorted->values[i];
		symbols->weight[n++] = sorted->counts[i];
		kept += sorted->counts[i];
	}
	for (unsigned v = 0; few && v < 256; v++) {
		if (!few->has[v] || memchr(sorted->values, (int)v, sorted->distinct))
			continue;
		symbols->symbol[n] = (uint16_t)v;
		symbols->weight[n++] = 1;
	}
	symbols->count = n;
	*escaped = sorted->total - kept;
	if (few)
		return;
	const uint32_t weight = *escaped > 0 ? *escaped : 1;

	for (; n > 0 && symbols->weight[n - 1] < weight; n--) {
		symbols->symbol[n] = symbols->symbol[n - 1];
		symbols->weight[n] = symbols->weight[n - 1];
	}
	symbols->symbol[n] = ZIPNN_LANES_ESCAPE;
	symbols->weight[n] = weight;
	symbols->count++;
}

/* The depth of each leaf of Huffman's tree, for n >= 2 falling weights. */
static void huffman(uint8_t depths[ZIPNN_LANES_SYMBOLS], const uint32_t *weights, unsigned n)
{
	/* Leaves by rising weight, then inner nodes as they arise: both rows are sorted. */
	uint32_t inner_weight[ZIPNN_LANES_SYMBOLS];
	uint16_t inner_parent[ZIPNN_LANES_SYMBOLS] = {0};
	uint16_t leaf_parent[ZIPNN_LANES_SYMBOLS] = {0};
	uint8_t inner_depth[ZIPNN_LANES_SYMBOLS];
	unsigned leaf = n; /* one past the next, counting down */
	unsigned inner = 0;

	for (unsigned made = 0; made + 1 < n; made++) {
		uint32_t sum = 0;

		for (unsigned child = 0; child < 2; child++) {
			if (leaf > 0 &&
			    (inner == made || weights[leaf - 1] <= inner_weight[inner])) {
				sum += weights[--leaf];
				leaf_parent[leaf] = (uint16_t)made;
			} else {
				sum += inner_weight[inner];
				inner_parent[inner++] = (uint16_t)made;
			}
		}
		inner_weight[made] = sum;
	}
	inner_depth[n - 2] = 0;
	for (unsigned i = n - 2; i-- > 0;)
		inner_depth[i] = (uint8_t)(inner_depth[inner_parent[i]] + 1); /* below 32 */
	for (unsigned i = 0; i < n; i++)
		depths[i] = (uint8_t)(inner_depth[leaf_parent[i]] + 1);
}

uint64_t zipnn_huffman_bits(const struct zipnn_sorted_counts *sorted)
{
	uint8_t depths[ZIPNN_LANES_SYMBOLS];
	uint64_t bits = 0;

	huffman(depths, sorted->counts, sorted->distinct);
	for (unsigned i = 0; i < sorted->distinct; i++)
		bits += (uint64_t)sorted->counts[i] * depths[i];
	return bits;
}

/* How many codes of each length Huffman's algorithm gives; lengths past 8 are counted as 8. */
static void count_lengths(unsigned numbers[MAX_LENGTH + 1], const uint32_t *weights, unsigned n)
{
	uint8_t depths[ZIPNN_LANES_SYMBOLS];

	huffman(depths, weights, n);
	memset(numbers, 0, (MAX_LENGTH + 1) * sizeof(*numbers));
	for (unsigned i = 0; i < n; i++)
		numbers[depths[i] < MAX_LENGTH ? depths[i] : MAX_LENGTH]++;
}

/* Where in the row of weights the codes of length n end. */
static unsigned end_of(const unsigned numbers[MAX_LENGTH + 1], unsigned n)
{
	unsigned end = 0;

	for (unsigned i = 1; i <= n; i++)
		end += numbers[i];
	return end;
}

/*
 * Lengthen codes until the space suffices, then shorten until it is filled: each step where it
 * costs least, or gains most, for the space it moves.
 */
static void fill_space(unsigned numbers[MAX_LENGTH + 1], const uint32_t *weights)
{
	int over = -(int)CODE_SPACE;

	for (unsigned n = 1; n <= MAX_LENGTH; n++)
		over += (int)(numbers[n] << (MAX_LENGTH - n));
	while (over > 0) {
		unsigned best = 0;
		uint64_t best_weight = 0;
		uint64_t best_space = 1;

		for (unsigned n = 1; n < MAX_LENGTH; n++) {
			if (numbers[n] == 0)
				continue;
			uint64_t space = 1u << (MAX_LENGTH - 1 - n);
			uint64_t useful = space < (uint64_t)over ? space : (uint64_t)over;
			uint64_t weight = weights[end_of(numbers, n) - 1];

			if (best == 0 || weight * best_space < best_weight * useful) {
				best = n;
				best_weight = weight;
				best_space = useful;
			}
		}
		numbers[best]--;
		numbers[best + 1]++;
		over -= 1 << (MAX_LENGTH - 1 - best);
	}
	while (over < 0) {
		unsigned best = 0;
		uint64_t best_weight = 0;
		uint64_t best_space = 1;

		for (unsigned n = 2; n <= MAX_LENGTH; n++) {
			uint64_t space = 1u << (MAX_LENGTH - n);

			if (numbers[n] == 0 || space > (uint64_t)-over)
				continue;
			uint64_t weight = weights[end_of(numbers, n - 1)];

			if (best == 0 || weight * best_space > best_weight * space) {
				best = n;
				best_weight = weight;
				best_space = space;
			}
		}
		numbers[best]--;
		numbers[best - 1]++;
		over += 1 << (MAX_LENGTH - best);
	}
}

uint32_t zipnn_lanes_choose_wide(struct zipnn_lanes_code *code,
				 const struct zipnn_sorted_counts *sorted, unsigned raw_bits,
				 const struct zipnn_value_set *few)
{
	const unsigned per_class = 1u << raw_bits;
	struct symbols symbols;
	uint32_t weights[ZIPNN_LANES_SYMBOLS] = {0};
	unsigned numbers[MAX_LENGTH + 1];
	uint32_t escaped;
	uint32_t cost = 0;

	collect(&symbols, sorted, raw_bits, few, &escaped);
	const unsigned classes = (symbols.count + per_class - 1) / per_class;

	if (classes < 2)
		return UINT32_MAX;
	for (unsigned c = 0; c < classes; c++) {
		weights[c] = 0;
		for (unsigned i = c * per_class; i < (c + 1) * per_class && i < symbols.count; i++)
			weights[c] += symbols.weight[i];
	}
	count_lengths(numbers, weights, classes);
	fill_space(numbers, weights);

	*code = (struct zipnn_lanes_code){.raw_bits = raw_bits};
	for (unsigned n = 1, c = 0; n <= MAX_LENGTH; n++) {
		for (unsigned end = c + numbers[n]; c < end; c++) {
			cost += weights[c] * n;
			for (unsigned i = c * per_class;
			     i < (c + 1) * per_class && i < symbols.count; i++)
				code->lengths[symbols.symbol[i]] = (uint8_t)n;
		}
	}
	return cost + sorted->total * raw_bits + escaped * LITERAL_BITS_X2 / 2;
}
