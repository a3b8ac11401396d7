// SPDX-License-Identifier: BSD-3-Clause
/*
 * Blocks in which tensors of several layouts or phases meet.
 *
 * The upper bits of an exponent hardly ever change from one weight to the next, mantissas always
 * do. So each spot of the sample shows by its bits alone where exponents lie. What is compared with
 * the other spots is only what tells layouts and phases apart: the ranges of tensors of one layout
 * differ, too.
 *
 * All eight bytes of a word are looked at together: an answer for a byte is its top bit.
 */
#include "detect/uniform.h"

#include "detect/classify.h"
#include "detect/number8.h"
#include "detect/votes.h"

#define TOP_BITS ((uint64_t)0x8080808080808080)
#define LOWEST_BITS ((uint64_t)0x0101010101010101)

/*
 * Spots that look like floats of one phase, before bytes that do not are worth a look in parts: in
 * FP8, one spot in 40 looks so by chance.
 */
#define MIN_FLOAT_SPOTS 3u
/*
 * Upper halves of a rotated top byte that weights around 2 have: in FP16 those from 2^-7 to 32, in
 * others 7 and 8 for all but 0.
 */
#define LEAST_AROUND_2 4u
#define MOST_AROUND_2 9u
/* Spots that look like BF16, and others that look like FP16. */
#define MIN_NAME_SPOTS 2u
/* 16 KiB of 256: a header. */
#define MIN_TEXT_SPOTS 2u

/* Elements of up to four bytes: both halves of a word are alike, and tell more together. */
static struct zipnn_spot fold_spot(struct zipnn_spot spot, unsigned element_size)
{
	if (element_size < 8) {
		spot.still &= spot.still << 32 | spot.still >> 32;
		spot.quiet &= spot.quiet << 32 | spot.quiet >> 32;
		spot.loud |= spot.loud << 32 | spot.loud >> 32;
		spot.loud &= ~spot.quiet;
	}
	return spot;
}

/* The top bits of the bytes whose upper four bits are all set: half of the exponent of a BF16. */
static uint64_t upper_four(uint64_t mask)
{
	return mask & mask << 1 & mask << 2 & mask << 3 & TOP_BITS;
}

/* The top bits of the bytes that have any bit set. */
static uint64_t any_bit(uint64_t mask)
{
	return ((mask & ~TOP_BITS) + ~TOP_BITS) & TOP_BITS;
}

/* The top bits of the bytes at these positions, modulo the element's size. */
static uint64_t tops_at(unsigned position, unsigned element_size)
{
	uint64_t mask = 0;

	for (unsigned k = position; k < ZIPNN_POSITIONS; k += element_size)
		mask |= (uint64_t)0x80 << 8 * k;
	return mask;
}

/* The top bits that are quiet, and those that are loud, in at least half of the spots. */
struct usual {
	uint64_t quiet;
	uint64_t loud;
};

static struct usual usual_tops(const struct zipnn_sample *sample, unsigned element_size)
{
	struct zipnn_votes votes = {{0}};

	/* Counted together, loud ones one bit lower. */
	for (unsigned i = 0; i < sample->spots; i++) {
		struct zipnn_spot spot = fold_spot(sample->spot[i], element_size);

		zipnn_vote(&votes, (spot.quiet & TOP_BITS) | (spot.loud & TOP_BITS) >> 1);
	}
	uint64_t most = zipnn_voted(&votes, (sample->spots + 1) / 2);

	return (struct usual){most & TOP_BITS, most << 1 & TOP_BITS};
}

/*
 * Are what is loud at these tops of a spot's words exponents around that of 2, as scales of norms
 * have them? Their bits change often, too, but all at once: 0111... and 1000...
 */
static int is_around_2(uint64_t tops, const uint8_t *spot)
{
	unsigned inside = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < ZIPNN_SPOT_SIZE; i += ZIPNN_POSITIONS) {
		const uint64_t r = zipnn_rotated_word(spot + i);

		for (uint64_t left = tops; left; left &= left - 1) {
			const unsigned half = r >> (__builtin_ctzll(left) - 3) & 15;

			inside += half >= LEAST_AROUND_2 && half <= MOST_AROUND_2;
			count++;
		}
	}
	/* Of noise it is six of 16. */
	return inside > count / 4 * 3;
}

/* The same where most spots are loud: one of them tells. */
static int is_usually_around_2(const struct zipnn_sample *sample, unsigned size, uint64_t tops,
			       const uint8_t *src)
{
	for (unsigned i = 0; i < sample->spots; i++) {
		if ((tops & ~fold_spot(sample->spot[i], size).loud) == 0)
			return is_around_2(tops, src + sample->at[i]);
	}
	return 0;
}

static int has_odd_spot(const struct zipnn_sample *sample, unsigned size, unsigned top,
			const uint8_t *src, uint32_t *scales)
{
	const struct usual usual = usual_tops(sample, size);
	const uint64_t tops = tops_at(top, size);
	/* Below a top, precision differs; but two-byte elements have nothing else to look at. */
	const uint64_t gaining = ~tops_at((top + size - 1) % size, size);

	for (unsigned i = 0; i < sample->spots; i++) {
		struct zipnn_spot spot = fold_spot(sample->spot[i], size);
		/* Noise took the place of an exponent. */
		uint64_t lost = usual.quiet & tops & upper_four(spot.loud);
		/*
		 * An exponent took the place of noise: its top bit is still, others are not, and
		 * not only the lowest, in which clean mantissas keep the sign. The usual spot may
		 * have longer elements than found, with noise at some of the tops.
		 */
		uint64_t gained =
		    usual.loud & gaining & spot.still & any_bit(spot.loud & ~LOWEST_BITS);

		/* Zeros are still throughout and say nothing. */
		if (!spot.loud || !(lost | gained))
			continue;
		/* Around 2, it is tops that change, and where they usually do, it is not odd. */
		if (gained & ~tops || (lost && !is_around_2(lost, src + sample->at[i])) ||
		    (gained && !is_usually_around_2(sample, size, gained, src)))
			return 1;
		*scales |= (uint32_t)1 << i;
	}
	return 0;
}

/*
 * Are there two-byte elements of both names? All upper four bits of a BF16's exponent are quiet; in
 * FP16 only the first is, the lower two of these are loud.
 */
static int has_two_names(const struct zipnn_sample *sample, unsigned top)
{
	const uint64_t tops = tops_at(top, 2);
	unsigned bf16 = 0;
	unsigned fp16 = 0;

	for (unsigned i = 0; i < sample->spots; i++) {
		struct zipnn_spot spot = fold_spot(sample->spot[i], 2);

		bf16 += (tops & ~upper_four(spot.quiet)) == 0;
		fp16 += (tops & ~(spot.quiet & spot.loud << 2 & spot.loud << 3)) == 0;
	}
	return bf16 >= MIN_NAME_SPOTS && fp16 >= MIN_NAME_SPOTS;
}

/*
 * The byte of four at which this spot has a still top bit, with loud upper bits at all others but
 * one at most; 4 if there is none. Text and numbers of eight bits are the same at each.
 */
static unsigned find_exponent(struct zipnn_spot spot)
{
	const uint32_t still = (uint32_t)(spot.still & TOP_BITS);
	const uint32_t loud = (uint32_t)upper_four(spot.loud);

	if (!still || !loud || __builtin_popcount(still) + __builtin_popcount(loud) < 3)
		return 4;
	return (unsigned)__builtin_ctz(still) / 8;
}

/*
 * Is one of the spots text whose bits are those of text? Every other one is looked at: a header is
 * as long as two.
 */
static int has_text(const struct zipnn_sample *sample, uint32_t spots, const uint8_t *src,
		    size_t size)
{
	while (spots) {
		if (zipnn_is_text_spot(src, size, sample->at[__builtin_ctz(spots)]))
			return 1;
		for (unsigned i = 0; i < MIN_TEXT_SPOTS && spots; i++)
			spots &= spots - 1;
	}
	return 0;
}

/* Floats of one phase, or text beside numbers of eight bits, among what looks like neither. */
static int has_parts(const struct zipnn_sample *sample, const uint8_t *src, size_t size)
{
	unsigned floats[5] = {0};
	uint32_t text = 0; /* a bit a spot */
	unsigned signs = 0;

	for (unsigned i = 0; i < sample->spots; i++) {
		struct zipnn_spot spot = fold_spot(sample->spot[i], 4);

		floats[find_exponent(spot)]++;
		/* Text has no byte of 128 or more, whose top bit lands below r of the next. */
		text |= (uint32_t)((~spot.still & LOWEST_BITS) == 0 && spot.loud) << i;
		signs += (~spot.loud & LOWEST_BITS) == 0;
	}
	for (unsigned k = 0; k < 4; k++) {
		if (floats[k] >= MIN_FLOAT_SPOTS)
			return 1;
	}
	return (unsigned)__builtin_popcount(text) >= MIN_TEXT_SPOTS && signs >= MIN_TEXT_SPOTS &&
	       has_text(sample, text, src, size);
}

int zipnn_is_uniform(const struct zipnn_sample *sample, struct zipnn_layout layout,
		     const uint8_t *src, size_t size, uint32_t *scales)
{
	const unsigned element = zipnn_element_size(layout.id);

	*scales = 0;
	if (element <= 1)
		return !has_parts(sample, src, size);
	const unsigned top = (layout.phase + element - 1) % element;

	return !has_odd_spot(sample, element, top, src, scales) &&
	       (element != 2 || !has_two_names(sample, top));
}

struct zipnn_layout zipnn_uniform_layout(const uint8_t *src, size_t size)
{
	struct zipnn_sample sample;
	uint32_t scales;

	zipnn_sample_first(&sample, src, size);
	const struct zipnn_layout layout = zipnn_classify(&sample, src, size).layout;

	return zipnn_is_uniform(&sample, layout, src, size, &scales)
		   ? layout
		   : (struct zipnn_layout){ZIPNN_LAYOUT_END, 0};
}
