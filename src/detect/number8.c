// SPDX-License-Identifier: BSD-3-Clause
/*
 * Weights of one byte.
 *
 * They have no phase and no field that is noise, but a code of single bytes shrinks them (FP8 to
 * 66-86 %, INT8 to 91 %), and, like all weights, they tell no more of the next one than of one far
 * away (which is not nothing where tensors of different ranges follow each other). In text, machine
 * code, images and tables neighbours do. What is compressed or encrypted does not shrink. What is
 * encoded in letters has none of that, but a histogram with several hills, weights have one.
 */
#include "detect/number8.h"

#include <string.h>

#include "core/log2.h"
#include "detect/sample.h"

/* From fewer bytes than 32 spots neither entropy nor information can be told well enough. */
#define MIN_SIZE ((size_t)ZIPNN_SPOTS * ZIPNN_SPOT_SIZE)
/* Runs and constants are no weights. */
#define MIN_COST (ZIPNN_BIT / 4)
/* Saving less than 2 % is not worth a try. */
#define MAX_COST (8 * ZIPNN_BIT - 8 * ZIPNN_BIT / 50)
/* The share of other bytes below which letters, punctuation and white space are text: 1/16. */
#define NOT_TEXT_SHARE 16u
/* Of a spot: 1,280 pairs in all. */
#define PAIRS_A_SPOT 40u
/* "Far away", in a spot of 128 bytes: odd, so that no power of two aliases with it. */
#define FAR 61u
/*
 * What a byte, folded to four bits, may tell of the next one more than of a far one. The
 * statistical error is 0.02 bit; convolutions of few distinct weights reach 0.13, text has 0.19
 * and more.
 */
#define MAX_INFORMATION (ZIPNN_BIT * 16 / 100)
#define SURE_INFORMATION (ZIPNN_BIT / 16)

struct counts8 {
	/*
	 * Neighbours are counted in two halves, as often the same counter is meant, and then has to
	 * wait for itself; bytes end up in the first.
	 */
	uint32_t bytes[2][256];
	/* Of a folded byte and the next; and the one FAR bytes later. */
	uint32_t near[2][256];
	uint32_t far[2][256];
};

/*
 * Pairs of a byte and the one `distance` after it, each folded to four bits: in both halves of
 * letters, and in either half of weights, lies something to compare. Compilers make vectors of
 * this.
 */
static void fold_pairs(uint8_t pairs[PAIRS_A_SPOT], const uint8_t *src, unsigned distance)
{
	for (unsigned i = 0; i < PAIRS_A_SPOT; i++) {
		const uint8_t first = (uint8_t)(src[i] ^ src[i] << 4);
		const uint8_t second = (uint8_t)(src[i + distance] ^ src[i + distance] >> 4);

		pairs[i] = (uint8_t)((first & 0xf0) | (second & 15));
	}
}

static void count_spot(struct counts8 *counts, const uint8_t *src)
{
	uint8_t near[PAIRS_A_SPOT];
	uint8_t far[PAIRS_A_SPOT];

	for (unsigned i = 0; i < ZIPNN_SPOT_SIZE; i += 2) {
		counts->bytes[0][src[i]]++;
		counts->bytes[1][src[i + 1]]++;
	}
	/* The same first bytes for both, so that they differ in nothing but the distance. */
	fold_pairs(near, src, 1);
	fold_pairs(far, src, FAR);
	for (unsigned i = 0; i < PAIRS_A_SPOT; i++) {
		counts->near[i & 1][near[i]]++;
		counts->far[i & 1][far[i]]++;
	}
}

static size_t spot_count(size_t size)
{
	const size_t room = size / ZIPNN_SPOT_SIZE;

	return room < ZIPNN_SPOTS ? room : ZIPNN_SPOTS;
}

static void count_spots(struct counts8 *counts, const uint8_t *src, size_t size)
{
	const size_t n = spot_count(size);
	const size_t stride = size / n;

	memset(counts, 0, sizeof(*counts));
	for (size_t i = 0; i < n; i++) {
		if (i + 4 < n)
			__builtin_prefetch(src + (i + 4) * stride);
		count_spot(counts, src + i * stride);
	}
	for (unsigned v = 0; v < 256; v++)
		counts->bytes[0][v] += counts->bytes[1][v];
}

/* What one folded byte tells of the other, in 1/4096 bit. */
static uint32_t information(const uint32_t halves[2][256])
{
	uint32_t pairs[256];
	uint32_t first[256] = {0};
	uint32_t second[256] = {0};

	for (unsigned v = 0; v < 256; v++) {
		pairs[v] = halves[0][v] + halves[1][v];
		first[v >> 4] += pairs[v];
		second[v & 15] += pairs[v];
	}
	uint32_t alone = zipnn_entropy(first) + zipnn_entropy(second);
	uint32_t together = zipnn_entropy(pairs);

	return alone > together ? alone - together : 0;
}

/* Without branches, so that many can be asked at once. */
static int is_letter(uint8_t v)
{
	return (uint8_t)(v - ' ') <= '~' - ' ' || v == '\n' || v == '\r' || v == '\t';
}

static int are_letters(const uint32_t bytes[256])
{
	uint32_t others = 0;
	uint32_t total = 0;

	for (unsigned v = 0; v < 256; v++) {
		total += bytes[v];
		others += is_letter((uint8_t)v) ? 0 : bytes[v];
	}
	return others <= total / NOT_TEXT_SHARE;
}

/*
 * Has the histogram at most so many hills of its full height? Each goes up once and down once. U8
 * weights have one, those with a sign two; hexadecimal digits have nearly two, base64 three, text
 * and code many. In steps of four values, which evens out the sample's noise.
 */
static int has_few_hills(const uint32_t bytes[256], unsigned hills)
{
	uint32_t before = 0;
	uint32_t way = 0;
	uint32_t highest = 0;

	for (unsigned v = 0; v < 256; v += 4) {
		uint32_t here = bytes[v] + bytes[v + 1] + bytes[v + 2] + bytes[v + 3];

		way += here > before ? here - before : before - here;
		highest = here > highest ? here : highest;
		before = here;
	}
	/* Half a hill for the sample's noise. */
	return way + before <= (2 * hills + 1) * highest;
}

/* How many bytes of a spot are no letters. Compilers make vectors of this. */
static unsigned count_others(const uint8_t *spot)
{
	unsigned letters = 0;

	for (unsigned i = 0; i < ZIPNN_SPOT_SIZE; i++)
		letters += (unsigned)is_letter(spot[i]);
	return ZIPNN_SPOT_SIZE - letters;
}

int zipnn_is_text(const uint8_t *src, size_t size)
{
	const size_t n = spot_count(size);
	size_t others = 0;

	for (size_t i = 0; i < n; i++)
		others += count_others(src + i * (size / n));
	return others <= n * ZIPNN_SPOT_SIZE / NOT_TEXT_SHARE;
}

int zipnn_is_text_spot(const uint8_t *src, size_t size, size_t at)
{
	const size_t middle = at + ZIPNN_SPOT_SIZE / 2;
	size_t start = middle > MIN_SIZE / 2 ? middle - MIN_SIZE / 2 : 0;
	int sure;

	if (count_others(src + at) > ZIPNN_SPOT_SIZE / NOT_TEXT_SHARE)
		return 0;
	if (size < MIN_SIZE)
		return 1;
	start = start < size - MIN_SIZE ? start : size - MIN_SIZE;
	return !zipnn_is_number8(src + start, MIN_SIZE, &sure);
}

int zipnn_is_number8(const uint8_t *src, size_t size, int *sure)
{
	struct counts8 counts;

	*sure = 0;
	if (size < MIN_SIZE)
		return 0;
	count_spots(&counts, src, size);
	uint32_t cost = zipnn_entropy(counts.bytes[0]);

	if (cost < MIN_COST || cost > MAX_COST)
		return 0;
	if (are_letters(counts.bytes[0]) && !has_few_hills(counts.bytes[0], 1))
		return 0;
	uint32_t near = information(counts.near);
	uint32_t far = information(counts.far);

	*sure = near <= far + SURE_INFORMATION && has_few_hills(counts.bytes[0], 2);
	return near <= far + MAX_INFORMATION;
}
