// SPDX-License-Identifier: BSD-3-Clause
/*
 * Blocks in which tensors of several layouts or phases meet.
 *
 * The upper bits of an exponent hardly ever change from one weight to the next, mantissas always
 * do. So each spot of the sample shows by its bits alone where exponents lie. What is compared with
 * the other spots is only what tells layouts and phases apart: the ranges of tensors of one layout
 * differ, too.
 */
#include "detect/uniform.h"

#include "detect/votes.h"

#define TOP_BIT 0x80u
#define UPPER_BITS 0xf0u /* of a byte: of BF16 and FP32, half of the exponent */

/* Spots that look like floats of one phase, before bytes that do not are worth a look in parts. In
 * FP8, one spot in 40 looks so by chance. */
#define MIN_FLOAT_SPOTS 3u
/* 16 KiB of 256: a header. */
#define MIN_TEXT_SPOTS 2u
#define LOWEST_BITS ((uint64_t)0x0101010101010101)

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

static unsigned byte_of(uint64_t mask, unsigned k)
{
	return (unsigned)(mask >> 8 * k) & 0xff;
}

/* What holds for at least half of the spots. */
static struct zipnn_spot usual_spot(const struct zipnn_sample *sample, unsigned element_size)
{
	const unsigned half = (sample->spots + 1) / 2;
	struct zipnn_votes still = {{0}};
	struct zipnn_votes quiet = {{0}};
	struct zipnn_votes loud = {{0}};

	for (unsigned i = 0; i < sample->spots; i++) {
		struct zipnn_spot spot = fold_spot(sample->spot[i], element_size);

		zipnn_vote(&still, spot.still);
		zipnn_vote(&quiet, spot.quiet);
		zipnn_vote(&loud, spot.loud);
	}
	return (struct zipnn_spot){zipnn_voted(&still, half), zipnn_voted(&quiet, half),
				   zipnn_voted(&loud, half)};
}

/* Has noise taken the place of an exponent? */
static int has_lost_exponent(struct zipnn_spot spot, struct zipnn_spot usual, unsigned k)
{
	return (byte_of(usual.quiet, k) & TOP_BIT) &&
	       (byte_of(spot.loud, k) & UPPER_BITS) == UPPER_BITS;
}

/* Has an exponent taken the place of noise? Its top bit is still, others are not, and not only the
 * lowest, in which clean mantissas keep the sign. */
static int has_gained_exponent(struct zipnn_spot spot, struct zipnn_spot usual, unsigned k)
{
	return (byte_of(usual.loud, k) & TOP_BIT) && (byte_of(spot.still, k) & TOP_BIT) &&
	       (byte_of(spot.loud, k) & ~1u);
}

/*
 * All upper four bits of a BF16's exponent are quiet, in FP16 the lower ones of these are not.
 */
static unsigned is_bf16_top(struct zipnn_spot spot, unsigned k)
{
	return (byte_of(spot.quiet, k) & UPPER_BITS) == UPPER_BITS;
}

static unsigned is_fp16_top(struct zipnn_spot spot, unsigned k)
{
	return (byte_of(spot.quiet, k) & TOP_BIT) && (byte_of(spot.loud, k) & 0x30) == 0x30;
}

static int is_odd(struct zipnn_spot spot, struct zipnn_spot usual, unsigned size, unsigned top)
{
	const unsigned below = (top + size - 1) % size;

	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		/* The usual spot may have longer elements, with noise at some of these tops. */
		if (k % size == top && has_lost_exponent(spot, usual, k))
			return 1;
		if ((k % size == top || k % size != below) && has_gained_exponent(spot, usual, k))
			return 1;
	}
	return 0;
}

/* All tops of a spot: 'b' BF16, 'f' FP16, 0 neither. */
static char name_spot(struct zipnn_spot spot, unsigned top)
{
	unsigned bf16 = 0;
	unsigned fp16 = 0;

	for (unsigned k = top; k < ZIPNN_POSITIONS; k += 2) {
		bf16 += is_bf16_top(spot, k);
		fp16 += is_fp16_top(spot, k);
	}
	if (bf16 == ZIPNN_POSITIONS / 2)
		return 'b';
	return fp16 == ZIPNN_POSITIONS / 2 ? 'f' : 0;
}

static int has_two_names(const struct zipnn_sample *sample, unsigned top)
{
	unsigned bf16 = 0;
	unsigned fp16 = 0;

	for (unsigned i = 0; i < sample->spots; i++) {
		char name = name_spot(fold_spot(sample->spot[i], 2), top);

		bf16 += name == 'b';
		fp16 += name == 'f';
	}
	return bf16 >= MIN_FLOAT_SPOTS && fp16 >= MIN_FLOAT_SPOTS;
}

static int all_alike(const struct zipnn_sample *sample, struct zipnn_layout layout)
{
	const unsigned size = zipnn_element_size(layout.id);
	const unsigned top = (layout.phase + size - 1) % size;
	const struct zipnn_spot usual = usual_spot(sample, size);

	for (unsigned i = 0; i < sample->spots; i++) {
		/* Zeros are still throughout and say nothing. */
		if (sample->spot[i].loud &&
		    is_odd(fold_spot(sample->spot[i], size), usual, size, top))
			return 0;
	}
	return size != 2 || !has_two_names(sample, top);
}

/*
 * The byte of four at which this spot has a still top bit, with loud upper bits at all others but
 * one at most; 4 if there is none. Text and numbers of eight bits are the same at each.
 */
static unsigned find_exponent(struct zipnn_spot spot)
{
	unsigned still_bytes = 0;
	unsigned loud_bytes = 0;
	unsigned found = 4;

	for (unsigned k = 0; k < 4; k++) {
		if (byte_of(spot.still, k) & TOP_BIT) {
			still_bytes++;
			found = k;
		}
		loud_bytes += (byte_of(spot.loud, k) & UPPER_BITS) == UPPER_BITS;
	}
	return loud_bytes >= 1 && still_bytes + loud_bytes >= 3 ? found : 4;
}

/* Text has no byte of 128 or more, whose top bit lands below r of the next. */
static unsigned is_text_spot(struct zipnn_spot spot)
{
	return (spot.still & LOWEST_BITS) == LOWEST_BITS && spot.loud;
}

static unsigned is_signed_spot(struct zipnn_spot spot)
{
	return (spot.loud & LOWEST_BITS) == LOWEST_BITS;
}

/* Floats of one phase, or text beside numbers of eight bits, among what looks like neither. */
static int has_parts(const struct zipnn_sample *sample)
{
	unsigned floats[5] = {0};
	unsigned text = 0;
	unsigned signs = 0;

	for (unsigned i = 0; i < sample->spots; i++) {
		struct zipnn_spot spot = fold_spot(sample->spot[i], 4);

		floats[find_exponent(spot)]++;
		text += is_text_spot(spot);
		signs += is_signed_spot(spot);
	}
	for (unsigned k = 0; k < 4; k++) {
		if (floats[k] >= MIN_FLOAT_SPOTS)
			return 1;
	}
	return text >= MIN_TEXT_SPOTS && signs >= MIN_TEXT_SPOTS;
}

int zipnn_is_uniform(const struct zipnn_sample *sample, struct zipnn_layout layout)
{
	if (zipnn_element_size(layout.id) > 1)
		return all_alike(sample, layout);
	return !has_parts(sample);
}
