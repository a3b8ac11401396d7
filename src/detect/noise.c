// SPDX-License-Identifier: BSD-3-Clause
/*
 * Planes of noise: mantissas, all but the upper bits. The sample of detection shows most of them,
 * so that they need no look of their own (ZipNN paper, section 3.2: skip what does not compress).
 */
#include "detect/noise.h"

/* Fewer values tell too little. */
#define MIN_VALUES 256u
/*
 * So much more often than in noise may values be equal: an eighth. Where the excess is e, the
 * entropy is e / (2 ln 2) below 8 bits: 1.1 % of a plane here. Of noise, 512 values have 0 +-
 * 0.063.
 */
#define EXCESS_SHARE 8u
/* Zeros beyond the most frequent value are not counted (classify.c): a few may be by chance. */
#define MAX_UNCOUNTED 2u

/* Are values at the positions of this byte of an element about as often equal as those of noise? */
static int is_even(const struct zipnn_sample *sample, unsigned byte, unsigned element_size)
{
	uint64_t pairs = 0;
	uint64_t all_pairs = 0;
	uint32_t values = 0;

	for (unsigned k = byte; k < ZIPNN_POSITIONS; k += element_size) {
		const uint64_t n = sample->totals[k];

		if (n + MAX_UNCOUNTED < sample->counted)
			return 0;
		pairs += sample->pairs[k] - n;
		all_pairs += n * (n - 1);
		values += (uint32_t)n;
	}
	return values >= MIN_VALUES && pairs * 256 * EXCESS_SHARE <= all_pairs * (EXCESS_SHARE + 1);
}

/*
 * The bits that hold still in a spot at all positions of a byte of an element, or nearly: chance,
 * for noise, in one of 70,000 for FP32 and of 30,000 for FP64, which has but one position.
 */
static uint64_t still_bits(const struct zipnn_sample *sample, unsigned element_size)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < sample->spots; i++) {
		uint64_t still =
		    element_size < ZIPNN_POSITIONS ? sample->spot[i].quiet : sample->spot[i].still;

		for (unsigned k = element_size; k < ZIPNN_POSITIONS; k *= 2)
			still &= still << 8 * k | still >> (64 - 8 * k);
		any |= still;
	}
	return any;
}

unsigned zipnn_noise_planes(const struct zipnn_sample *sample, struct zipnn_layout layout)
{
	const unsigned element_size = zipnn_element_size(layout.id);
	unsigned planes = 0;

	if (element_size < 2)
		return 0;
	const uint64_t still = still_bits(sample, element_size);

	/* Plane k holds the k-th byte from the top, and the top one lies before the phase. */
	for (unsigned k = 1; k < element_size; k++) {
		const unsigned byte = (layout.phase + 2 * element_size - 1 - k) % element_size;

		if ((still >> 8 * byte & 0xff) == 0 && is_even(sample, byte, element_size))
			planes |= 1u << k;
	}
	return planes;
}
