// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sampling for detection.
 *
 * What is counted. Let r(i) be byte i shifted left by one bit, with the top bit of byte i - 1 moved
 * in below: in a little-endian float at the right phase, r of the top byte is exactly the byte of
 * plane 0 after the rotation (src/FORMAT.md section 3.1), and r of the other bytes is exactly those
 * of the other planes, but for the lowest one, which gets the sign of the neighbour instead of its
 * own: another bit of the same distribution. So eight histograms of r, by position modulo 8, show
 * every plane of every layout and phase at once. A word of eight bytes shifted by one holds r of
 * all of them.
 *
 * Spots are jittered: fixed strides alias with the rows of tensors.
 */
#include "detect/sample.h"

#include <string.h>

#include "detect/votes.h"

#define WORD 8u
#define SPOT_WORDS (ZIPNN_SPOT_SIZE / WORD)
/* Spots fetched ahead: what a CPU can wait for at a time; it drops what is more. */
#define AHEAD 6u

/* r of all words of a spot; the word before it exists. Compilers make vectors of this. */
static inline void rotate_spot(uint64_t words[SPOT_WORDS], const uint8_t *src)
{
	for (unsigned i = 0; i < SPOT_WORDS; i++)
		words[i] = zipnn_load64(src + (size_t)i * WORD) << 1 |
			   zipnn_load64(src + (size_t)i * WORD - WORD) >> 63;
}

static void count_words(struct zipnn_sample *sample, const uint64_t *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = 0; k < ZIPNN_POSITIONS; k++)
			sample->counts[k][words[i] >> 8 * k & 0xff]++;
	}
}

/* Where spot i of n begins: somewhere in its share of the bytes, at a multiple of 8 that is not 0,
 * so that a position in a spot is one in the bytes, and a byte lies before. */
static size_t spot_start(size_t size, unsigned n, unsigned i, uint32_t *random)
{
	const size_t stride = (size - WORD) / n;
	const size_t slack = stride - ZIPNN_SPOT_SIZE;

	*random = *random * 1664525u + 1013904223u;
	return (WORD + i * stride + (size_t)((uint64_t)slack * (*random >> 16) >> 16)) &
	       ~(size_t)(WORD - 1);
}

static void prefetch_spot(const uint8_t *spot)
{
	__builtin_prefetch(spot);
	__builtin_prefetch(spot + 64);
	__builtin_prefetch(spot + ZIPNN_SPOT_SIZE - 1);
}

static unsigned spot_count(size_t size, unsigned most)
{
	size_t n = (size - WORD) / ZIPNN_SPOT_SIZE;

	return n < most ? (unsigned)n : most;
}

/* A full adder for each bit: *sum becomes the lowest bit of *sum + a + b, the carry is returned. */
static uint64_t add_three(uint64_t *sum, uint64_t a, uint64_t b)
{
	const uint64_t either = *sum ^ a;
	const uint64_t carry = (*sum & a) | (either & b);

	*sum = either ^ b;
	return carry;
}

/* The 15 changes between the 16 words of a spot, added up in 11 adders: Harley and Seal's way. */
static struct zipnn_spot count_changes(const uint64_t *words)
{
	uint64_t twos[7];
	uint64_t fours[3];
	uint64_t ones = words[0] ^ words[1];

	for (unsigned i = 0; i < 7; i++)
		twos[i] = add_three(&ones, words[2 * i + 1] ^ words[2 * i + 2],
				    words[2 * i + 2] ^ words[2 * i + 3]);
	for (unsigned i = 0; i < 3; i++)
		fours[i] = add_three(&twos[0], twos[2 * i + 1], twos[2 * i + 2]);
	const uint64_t eights = add_three(&fours[0], fours[1], fours[2]);
	const uint64_t many = fours[0] | eights;

	return (struct zipnn_spot){~(ones | twos[0] | many), ~((ones & twos[0]) | many),
				   eights | (fours[0] & (ones | twos[0]))};
}

/* Note which bits of the spot at `at` change how often. Returns all bits that are set in it. */
static uint64_t watch_spot(struct zipnn_sample *sample, const uint64_t words[SPOT_WORDS], size_t at)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < SPOT_WORDS; i++)
		set |= words[i];
	sample->at[sample->spots] = at;
	sample->spot[sample->spots++] = count_changes(words);
	return set;
}

static void set_totals(struct zipnn_sample *sample, unsigned total)
{
	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++)
		sample->totals[k] = total;
	sample->counted = total;
}

void zipnn_sample_first(struct zipnn_sample *sample, const uint8_t *src, size_t size)
{
	const unsigned n = spot_count(size, ZIPNN_SPOTS);
	/* Few spots are counted whole. */
	const unsigned words = n < ZIPNN_SPOTS ? SPOT_WORDS : SPOT_WORDS / 2;
	size_t starts[ZIPNN_SPOTS];
	struct zipnn_votes set = {{0}};
	uint32_t random = 1; /* a fixed seed: the same bytes are sampled everywhere */

	for (unsigned i = 0; i < n; i++)
		starts[i] = spot_start(size, n, i, &random);
	for (unsigned i = 0; i < n && i < AHEAD; i++)
		prefetch_spot(src + starts[i]);
	memset(sample, 0, sizeof(*sample));
	for (unsigned i = 0; i < n; i++) {
		uint64_t spot[SPOT_WORDS];

		if (i + AHEAD < n)
			prefetch_spot(src + starts[i + AHEAD]);
		rotate_spot(spot, src + starts[i]);
		zipnn_vote(&set, watch_spot(sample, spot, starts[i]));
		count_words(sample, spot, words);
	}
	sample->rare = ~zipnn_voted(&set, n);
	sample->is_zero = zipnn_voted(&set, 1) == 0;
	sample->is_whole = n < ZIPNN_SPOTS;
	set_totals(sample, n * words);
}

void zipnn_sample_more(struct zipnn_sample *sample, const uint8_t *src, size_t size)
{
	const unsigned n = spot_count(size, ZIPNN_MANY_SPOTS);
	uint32_t random = 2;

	memset(sample->counts, 0, sizeof(sample->counts));
	for (unsigned i = 0; i < n; i++) {
		uint64_t spot[SPOT_WORDS];

		rotate_spot(spot, src + spot_start(size, n, i, &random));
		count_words(sample, spot, SPOT_WORDS);
	}
	set_totals(sample, n * SPOT_WORDS);
}
