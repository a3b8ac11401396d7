// SPDX-License-Identifier: BSD-3-Clause
/*
 * 64 small counters, one for each bit of a word, bit-sliced: plane p holds bit p of all of them. So
 * a word is counted in a few operations, not 64.
 */
#ifndef ZIPNN_DETECT_VOTES_H
#define ZIPNN_DETECT_VOTES_H

#include <stdint.h>

#define ZIPNN_VOTE_PLANES 6u
#define ZIPNN_MAX_VOTES 63u

struct zipnn_votes {
	uint64_t plane[ZIPNN_VOTE_PLANES];
};

/* Count each set bit of mask; at most ZIPNN_MAX_VOTES times. */
static inline void zipnn_vote(struct zipnn_votes *votes, uint64_t mask)
{
	for (unsigned p = 0; p < ZIPNN_VOTE_PLANES; p++) {
		uint64_t carry = votes->plane[p] & mask;

		votes->plane[p] ^= mask;
		mask = carry;
	}
}

/* The bits that were counted at least n times. */
static inline uint64_t zipnn_voted(const struct zipnn_votes *votes, unsigned n)
{
	uint64_t greater = 0;
	uint64_t equal = ~(uint64_t)0;

	for (unsigned p = ZIPNN_VOTE_PLANES; p-- > 0;) {
		uint64_t of_n = n >> p & 1 ? ~(uint64_t)0 : 0;

		greater |= equal & votes->plane[p] & ~of_n;
		equal &= ~(votes->plane[p] ^ of_n);
	}
	return greater | equal;
}

#endif
