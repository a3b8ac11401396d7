// SPDX-License-Identifier: BSD-3-Clause
/*
 * The best narrow code: src/FORMAT.md section 4.4.
 *
 * Such a code is two small ones: first-level codes of 1 to 4 bits, of which one prefix of 4 bits
 * may lead on to second-level codes of 1 to 3 bits more. Symbols are given codes by falling weight,
 * so a level is described by how many codes it has of each length. There are few such shapes: all
 * are tried, for each number of kept values.
 */
#include "entropy/lanes/choose.h"

#include <string.h>

#define LEVEL_BITS 4u
#define LEVEL_SPACE 16u /* in units of the longest code */
#define SECOND_SPACE 8u /* the second level's: codes of 3 bits */
#define SECOND_SYMBOLS 8u
#define MIN_KEPT 8u   /* fewer have not been better where as many occur */
#define TOO_RARE 512u /* one in so many: a code of 7 bits costs the others more than it saves */
/* What a literal costs, about: an index and sometimes a byte; of very many, all of a byte. */
#define LITERAL_BITS 5u
#define MANY_LITERAL_BITS 9u
#define MANY_LITERALS 12u /* more than one value in so many */
#define MAX_SYMBOLS (ZIPNN_NARROW_MAX_KEPT + 1)

/* How many codes there are of each length, 1 to 4. */
struct shape {
	unsigned of[LEVEL_BITS];
};

/* The symbols by falling weight, as sums of the weights before each, and which is the escape. */
struct weights {
	unsigned count;
	unsigned escape;
	uint32_t before[MAX_SYMBOLS + 1];
};

struct candidate {
	uint32_t cost;
	unsigned count;
	unsigned escape;
	unsigned first_level; /* symbols in it */
	struct shape first;
	struct shape second; /* lengths 2 to 4: one more than their own */
};

static uint32_t shape_cost(const struct shape *shape, const struct weights *weights, unsigned at)
{
	uint32_t cost = 0;

	for (unsigned k = 0; k < LEVEL_BITS; k++) {
		const unsigned next = at + shape->of[k];

		cost += (k + 1) * (weights->before[next] - weights->before[at]);
		at = next;
	}
	return cost;
}

/*
 * The cheapest shape of `count` codes of 1 to 4 bits that fill `space` units of 1/16 exactly, for
 * the symbols from `at` on, with at most `ones` codes of one bit. Its cost, or UINT32_MAX.
 */
static uint32_t best_shape(struct shape *best, const struct weights *weights, unsigned at,
			   unsigned count, unsigned space, unsigned ones)
{
	uint32_t best_cost = UINT32_MAX;

	for (unsigned n1 = 0; n1 <= ones; n1++) {
		for (unsigned n2 = 0; 7 * n1 + 3 * n2 + count <= space; n2++) {
			/* n3 and n4 follow from the number of codes and the space. */
			const unsigned n3 = space - count - 7 * n1 - 3 * n2;

			if (n1 + n2 + n3 > count)
				continue;
			const struct shape shape = {{n1, n2, n3, count - n1 - n2 - n3}};
			const uint32_t cost = shape_cost(&shape, weights, at);

			if (cost < best_cost) {
				best_cost = cost;
				*best = shape;
			}
		}
	}
	return best_cost;
}

/* The first `kept` values and the escape, which stands for all others, by falling weight. */
static void weigh(struct weights *weights, const struct zipnn_sorted_counts *sorted, unsigned kept,
		  uint32_t escaped)
{
	const uint32_t escape_weight = escaped > 0 ? escaped : 1;
	uint32_t sum = 0;

	weights->count = kept + 1;
	weights->escape = kept;
	while (weights->escape > 0 && sorted->counts[weights->escape - 1] < escape_weight)
		weights->escape--;
	for (unsigned i = 0; i <= kept; i++) {
		weights->before[i] = sum;
		sum += i < weights->escape    ? sorted->counts[i]
		       : i == weights->escape ? escape_weight
					      : sorted->counts[i - 1];
	}
	weights->before[kept + 1] = sum;
}

/* Improve on best with all shapes for these weights; literals cost `extra` bits in any of them. */
static void try_shapes(struct candidate *best, const struct weights *weights, uint32_t extra)
{
	struct candidate c = {.count = weights->count, .escape = weights->escape};

	c.first_level = c.count;
	c.cost = best_shape(&c.first, weights, 0, c.count, LEVEL_SPACE, 2);
	if (c.cost != UINT32_MAX && c.cost + extra < best->cost) {
		c.cost += extra;
		*best = c;
	}
	for (unsigned second = 2; second <= SECOND_SYMBOLS && second < c.count; second++) {
		c.first_level = c.count - second;
		uint32_t first =
		    best_shape(&c.first, weights, 0, c.first_level, LEVEL_SPACE - 1, 1);
		uint32_t rest =
		    best_shape(&c.second, weights, c.first_level, second, SECOND_SPACE, 0);

		if (first == UINT32_MAX || rest == UINT32_MAX)
			continue;
		/* A second-level code is as long as the prefix and its own 1 to 3 bits. */
		rest +=
		    (LEVEL_BITS - 1) * (weights->before[c.count] - weights->before[c.first_level]);
		c.cost = first + rest + extra;
		if (c.cost < best->cost)
			*best = c;
	}
}

static void give_lengths(struct zipnn_lanes_code *code, const struct candidate *best,
			 const struct zipnn_sorted_counts *sorted)
{
	uint8_t lengths[MAX_SYMBOLS];
	unsigned n = 0;

	for (unsigned k = 0; k < LEVEL_BITS; k++) {
		for (unsigned i = 0; i < best->first.of[k]; i++)
			lengths[n++] = (uint8_t)(k + 1);
	}
	for (unsigned k = 1; k < LEVEL_BITS && best->first_level < best->count; k++) {
		for (unsigned i = 0; i < best->second.of[k]; i++)
			lengths[n++] = (uint8_t)(LEVEL_BITS + k);
	}
	*code = (struct zipnn_lanes_code){.narrow = 1};
	for (unsigned i = 0, value = 0; i < best->count; i++) {
		if (i == best->escape)
			code->lengths[ZIPNN_LANES_ESCAPE] = lengths[i];
		else
			code->lengths[sorted->values[value++]] = lengths[i];
	}
}

uint32_t zipnn_lanes_choose_narrow(struct zipnn_lanes_code *code,
				   const struct zipnn_sorted_counts *sorted)
{
	unsigned most =
	    sorted->distinct < ZIPNN_NARROW_MAX_KEPT ? sorted->distinct : ZIPNN_NARROW_MAX_KEPT;
	const unsigned least = most < MIN_KEPT ? most : MIN_KEPT;

	while (most > least && sorted->counts[most - 1] * TOO_RARE < sorted->total)
		most--;
	struct candidate best = {.cost = UINT32_MAX};
	struct weights weights;
	uint32_t kept = 0;

	for (unsigned i = 0; i < least; i++)
		kept += sorted->counts[i];
	for (unsigned n = least; n <= most; n++) {
		const uint32_t escaped = sorted->total - kept;

		weigh(&weights, sorted, n, escaped);
		try_shapes(&best, &weights,
			   escaped * (escaped > sorted->total / MANY_LITERALS ? MANY_LITERAL_BITS
									      : LITERAL_BITS));
		if (n < most)
			kept += sorted->counts[n];
	}
	give_lengths(code, &best, sorted);
	return best.cost;
}
