// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which code for these values? Choices of the encoder, from counts that may be a sample's: nothing
 * here is normative, but all of it is integers, so that every machine chooses the same.
 */
#ifndef ZIPNN_ENTROPY_LANES_CHOOSE_H
#define ZIPNN_ENTROPY_LANES_CHOOSE_H

#include <stdint.h>

#include "entropy/lanes/code.h"

/* Values by falling count; equal counts by rising value. */
struct zipnn_sorted_counts {
	unsigned distinct;
	uint32_t total;
	uint32_t counts[256];
	uint8_t values[256];
};

void zipnn_sort_counts(struct zipnn_sorted_counts *sorted, const uint32_t counts[256]);

/*
 * The values that can occur, where they are known and few. A code that keeps all of them needs no
 * escape.
 */
struct zipnn_value_set {
	uint8_t has[256];
};

/*
 * Whether a narrow code is good for these values: up to one in twelve may lie outside the fifteen
 * kept ones. Exponents have 0.5 to 10 % there, and a wide code saves but 0.2 % of such a plane.
 */
int zipnn_lanes_suits_narrow(const struct zipnn_sorted_counts *sorted);

/*
 * The best narrow code (section 4.4). Its cost for the counted values, literals included, in bits.
 */
uint32_t zipnn_lanes_choose_narrow(struct zipnn_lanes_code *code,
				   const struct zipnn_sorted_counts *sorted);

/*
 * The best code with raw_bits raw bits (few: NULL if anything can occur), or UINT32_MAX if there is
 * none: fewer than two classes.
 */
uint32_t zipnn_lanes_choose_wide(struct zipnn_lanes_code *code,
				 const struct zipnn_sorted_counts *sorted, unsigned raw_bits,
				 const struct zipnn_value_set *few);

/* What Huffman's code without limits takes for the counted values, in bits; distinct >= 2. */
uint64_t zipnn_huffman_bits(const struct zipnn_sorted_counts *sorted);

/*
 * The code for a plane with such counts, of at least one value: narrow where that costs next to
 * nothing, because more machines decode it fast; with smallest, whatever is smallest. Returns its
 * cost for the counted values in bits.
 */
uint32_t zipnn_lanes_choose(struct zipnn_lanes_code *code, const struct zipnn_sorted_counts *sorted,
			    const struct zipnn_value_set *few, int smallest);

#endif
