// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a sample of bytes says of their layout.
 *
 * What is decided. The structure of a position is what its bytes lack to be noise: bits, less those
 * that are always zero (rounded away: a clean mantissa is noise above dead bits), less entropy.
 * Mantissas have next to none, exponents 2 to 8 bits (ZipNN paper, section 3.1). In memory the top
 * byte of an element is followed by the lowest byte of the next: where structure drops, an element
 * ends. How many of the eight positions are such ends tells the size of an element, where they are
 * its phase. Bytes of one element are structured alike, ends or not: text does not care about
 * positions. So neither clean bits nor wide exponents nor many zeros mislead: what is compared is
 * neighbours, not with fixed figures.
 *
 * Entropy is that of collisions (Renyi's of order 2): two sums of squares, no logarithms a value,
 * and free of bias in small samples, which Shannon's is not. It is never more than Shannon's.
 *
 * A first look at 2 KiB settles clear cases; the others get a second at 16 KiB.
 */
#include "detect/classify.h"

#include <string.h>

#include "core/log2.h"
#include "detect/number8.h"

/* In the first look, noise has this much structure in one case of a thousand (3 of 0.13 bit). */
#define CLEAR_DROP ZIPNN_BIT
/* Planes must save 2 % of an element to be worth a try: 0.16 bit a byte of it. */
#define MIN_DROP_A_BYTE (8 * ZIPNN_BIT / 50)
/*
 * Ends of elements are alike: where the drop is less than a quarter of the largest (but not where
 * it is a bit or more: neighbouring elements may have different ranges), no element ends.
 */
#define ALIKE_SHARE 4u

/* Tops of one element size have the same values: their cosine is at least an eighth. */
#define MIN_COSINE 8u

/* Fewer values are no sample. */
#define MIN_VALUES 24u

/* A mantissa byte with less structure is noise above its dead bits. */
#define NOISE_STRUCTURE (ZIPNN_BIT * 3 / 8)

/*
 * Rotated top bytes that no weights have: 2^-111 and smaller, 2^-14 in FP16. Integers are full of
 * them; so are, at the other end, negative ones.
 */
#define TINY 16u
#define HUGE_FROM 248u

/* Of the first look: 4 and 5 standard deviations. */
#define MAX_NOISE (ZIPNN_BIT / 2)
#define MAX_MEAN_NOISE (ZIPNN_BIT / 8)
/* Eight-bit weights are alike at all positions, but for channels of different ranges. */
#define MAX_FLAT_DROP (ZIPNN_BIT * 3 / 4)

/* BF16 or FP16? See name_two_byte_float. */
#define MAX_FIELD_INFORMATION (ZIPNN_BIT * 4 / 10)
#define MAX_SLOPE_SHARE 8u

struct look {
	uint32_t structure[ZIPNN_POSITIONS];
	uint32_t drop[ZIPNN_POSITIONS]; /* to the position after it; 0 if it rises */
	int is_sparse;                  /* most elements are zero */
};

struct element {
	unsigned size; /* 1: no ends found */
	unsigned top;  /* position of the top byte, below size */
	uint32_t drop; /* the smallest of its ends */
};

/* How many pairs of a value of the one and one of the other are equal. */
static uint32_t collisions(const uint16_t one[256], const uint16_t other[256])
{
	int32_t pairs = 0;

	/* Of at most 2048 words: signed, as an instruction for vectors wants them. */
	for (unsigned v = 0; v < 256; v++)
		pairs += (int32_t)(int16_t)one[v] * (int16_t)other[v];
	return (uint32_t)pairs;
}

/* Entropy of collisions of a sample of which `pairs` pairs are equal, in 1/4096 bit. */
static uint32_t collision_entropy(uint32_t pairs, uint32_t total)
{
	if (pairs <= total)
		return 8 * ZIPNN_BIT;
	uint32_t entropy = zipnn_log2(total) + zipnn_log2(total - 1) - zipnn_log2(pairs - total);

	return entropy < 8 * ZIPNN_BIT ? entropy : 8 * ZIPNN_BIT;
}

static uint32_t sum_of16(const uint16_t *counts, unsigned n)
{
	uint32_t sum = 0;

	for (unsigned v = 0; v < n; v++)
		sum += counts[v];
	return sum;
}

/* n log2(n), 0 for 0. */
static uint64_t n_log_n(uint32_t n)
{
	return n ? (uint64_t)n * zipnn_log2(n) : 0;
}

/* How often each bit is set, from the highest down, halving the histogram at each. */
static void count_bits(const uint16_t counts[256], uint32_t set[8])
{
	uint16_t half[128];

	for (unsigned v = 0; v < 128; v++)
		half[v] = (uint16_t)(counts[v] + counts[128 + v]);
	set[7] = sum_of16(counts + 128, 128);
	for (unsigned b = 7; b-- > 0;) {
		const unsigned n = 1u << b;

		set[b] = sum_of16(half + n, n);
		for (unsigned v = 0; v < n; v++)
			half[v] = (uint16_t)(half[v] + half[n + v]);
	}
}

/* What a bit that is set in `set` of `total` values lacks to be noise. */
static uint32_t bit_structure(uint32_t set, uint32_t total)
{
	uint64_t told = n_log_n(total) - n_log_n(set) - n_log_n(total - set);
	uint32_t entropy = total ? (uint32_t)(told / total) : 0;

	return entropy < ZIPNN_BIT ? ZIPNN_BIT - entropy : 0;
}

/*
 * What dead bits, counted from the lowest up, lack to be noise. A few elements may have them set
 * (rows of another make, subnormals). The very lowest is the sign in the lowest byte of an element,
 * so it does not end the run.
 */
static uint32_t dead_structure(const struct zipnn_sample *sample, unsigned k)
{
	const unsigned rare = (unsigned)(sample->rare >> 8 * k) & 0xff;
	const uint32_t total = sample->totals[k];
	uint32_t set[8];

	if ((rare & 3) == 0)
		return 0;
	count_bits(sample->counts[k], set);
	uint32_t sum = rare & 1 ? bit_structure(set[0], total) : 0;

	for (unsigned b = 1; b < 8 && rare >> b & 1; b++)
		sum += bit_structure(set[b], total);
	return sum;
}

/*
 * Elements that are zero make every position look structured, clean ones among others the lower
 * positions. So 0 and 1 (where the neighbour is negative) count no more than the most frequent
 * other value: exponents are others.
 */
static void limit_zeros(struct zipnn_sample *sample, struct look *look)
{
	unsigned sparse = 0;

	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		uint16_t *counts = sample->counts[k];
		uint16_t limit = 0;

		sparse += (uint32_t)counts[0] + counts[1] > sample->totals[k] / 2;
		for (unsigned v = 2; v < 256; v++)
			limit = counts[v] > limit ? counts[v] : limit;
		for (unsigned v = 0; v < 2; v++) {
			uint16_t more = counts[v] > limit ? (uint16_t)(counts[v] - limit) : 0;

			counts[v] = (uint16_t)(counts[v] - more);
			sample->totals[k] -= more;
		}
	}
	/* A position that is mostly zero is a clean one, but not the top one. */
	look->is_sparse = sparse == ZIPNN_POSITIONS;
}

static void take_look(struct zipnn_sample *sample, struct look *look)
{
	memset(look, 0, sizeof(*look));
	memset(sample->pairs, 0, sizeof(sample->pairs));
	limit_zeros(sample, look);
	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		if (sample->totals[k] < MIN_VALUES)
			continue;
		sample->pairs[k] = collisions(sample->counts[k], sample->counts[k]);
		uint32_t spent = dead_structure(sample, k) +
				 collision_entropy(sample->pairs[k], sample->totals[k]);

		look->structure[k] = spent < 8 * ZIPNN_BIT ? 8 * ZIPNN_BIT - spent : 0;
	}
	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		uint32_t here = look->structure[k];
		uint32_t next = look->structure[(k + 1) % ZIPNN_POSITIONS];

		look->drop[k] = here > next ? here - next : 0;
	}
}

/* The smallest drop of elements of this size whose top byte is at top. */
static uint32_t drop_of(const struct look *look, unsigned size, unsigned top)
{
	uint32_t smallest = look->drop[top];

	for (unsigned k = top + size; k < ZIPNN_POSITIONS; k += size)
		smallest = smallest < look->drop[k] ? smallest : look->drop[k];
	return smallest;
}

/* Are the values at both positions about the same ones? The cosine of the histograms. */
static int are_alike(const struct zipnn_sample *sample, unsigned a, unsigned b)
{
	uint64_t shared = collisions(sample->counts[a], sample->counts[b]);

	return shared * shared * MIN_COSINE * MIN_COSINE >=
	       (uint64_t)sample->pairs[a] * sample->pairs[b];
}

static int all_tops_alike(const struct zipnn_sample *sample, unsigned size, unsigned top)
{
	for (unsigned k = top + size; k < ZIPNN_POSITIONS; k += size) {
		if (!are_alike(sample, top, k))
			return 0;
	}
	return 1;
}

static struct element find_element(const struct zipnn_sample *sample, const struct look *look)
{
	unsigned largest = 0;

	for (unsigned k = 1; k < ZIPNN_POSITIONS; k++)
		largest = look->drop[k] > look->drop[largest] ? k : largest;
	uint32_t needed = look->drop[largest] / ALIKE_SHARE;

	needed = needed < ZIPNN_BIT ? needed : ZIPNN_BIT;
	for (unsigned size = 2; size <= ZIPNN_POSITIONS; size *= 2) {
		unsigned top = largest % size;
		uint32_t drop = drop_of(look, size, top);

		if (drop >= needed && drop >= MIN_DROP_A_BYTE * size &&
		    all_tops_alike(sample, size, top))
			return (struct element){size, top, drop};
	}
	return (struct element){1, 0, 0};
}

/* Mantissas that are nothing but zeros are none: UTF-16, masks, one-hot rows. */
static int has_mantissa(const struct zipnn_sample *sample, struct element element)
{
	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		if (k % element.size != element.top && sample->totals[k] >= MIN_VALUES)
			return 1;
	}
	return 0;
}

static uint32_t merge_tops(const struct zipnn_sample *sample, struct element element,
			   uint32_t tops[256])
{
	uint32_t total = 0;

	memset(tops, 0, 256 * sizeof(*tops));
	for (unsigned k = element.top; k < ZIPNN_POSITIONS; k += element.size) {
		for (unsigned v = 0; v < 256; v++)
			tops[v] += sample->counts[k][v];
		total += sample->totals[k];
	}
	return total;
}

static uint32_t sum_of(const uint32_t *counts, unsigned from, unsigned to)
{
	uint32_t sum = 0;

	for (unsigned v = from; v < to; v++)
		sum += counts[v];
	return sum;
}

/*
 * Norms in FP16: values around 1, whose top byte, rotated, begins at 0x78, with hardly any below
 * 0.69 or from 1.5 on. BF16 has its tiny weights there, where many more are smaller: one in 20 is
 * below a 16th of the usual.
 */
static int is_near_one(const uint32_t tops[256], uint32_t total)
{
	return sum_of(tops, 2, 0x74) + sum_of(tops, 0x7c, 256) < total / 200 &&
	       sum_of(tops, 0x77, 0x79) > total / 2;
}

/*
 * FP16 or BF16? Both split alike. In FP16 the low three bits of the rotated top byte are mantissa:
 * close to uniform, whatever the upper five are, and (as small weights are more frequent than large
 * ones) their larger values are not more frequent. In BF16 they are exponent: all eight bits have
 * 2.6 bits of entropy, and each value below the usual ones is half as frequent as the next.
 */
static enum zipnn_layout_id name_two_byte_float(uint32_t tops[256], uint32_t total)
{
	uint64_t information = 0; /* what the upper five bits tell of the lower three */
	uint32_t cells = 0;
	uint32_t slope = 0;

	if (is_near_one(tops, total))
		return ZIPNN_LAYOUT_FP16;
	/* Zeros tell nothing. */
	total -= tops[0] + tops[1];
	tops[0] = 0;
	tops[1] = 0;
	if (total == 0)
		return ZIPNN_LAYOUT_BF16;
	for (unsigned v = 0; v < 256; v += 8) {
		uint32_t group = sum_of(tops, v, v + 8);
		uint32_t lower = 0;
		uint32_t upper = 0;

		if (group == 0)
			continue;
		information += group * (uint64_t)(3 * ZIPNN_BIT) - n_log_n(group);
		for (unsigned i = 0; i < 8; i++) {
			information += n_log_n(tops[v + i]);
			cells += tops[v + i] > 0;
			lower += tops[v + i] * (7 - i);
			upper += tops[v + i] * i;
		}
		cells--;
		slope += upper > lower ? upper - lower : 0;
	}
	/* Miller and Madow's correction, as in zipnn_entropy: 1 / (2 ln 2) = 2955 / 4096. */
	uint32_t mean = (uint32_t)(information / total);
	uint32_t bias = (uint32_t)((uint64_t)cells * 2955 / total);

	/* A slope of 7 is that of groups with their last value only. */
	return mean < bias + MAX_FIELD_INFORMATION && slope < total * 7 / MAX_SLOPE_SHARE
		   ? ZIPNN_LAYOUT_FP16
		   : ZIPNN_LAYOUT_BF16;
}

static enum zipnn_layout_id name_float(unsigned size, uint32_t tops[256], uint32_t total)
{
	if (size == 8)
		return ZIPNN_LAYOUT_FP64;
	if (size == 4)
		return ZIPNN_LAYOUT_FP32;
	return name_two_byte_float(tops, total);
}

/* Do the top bytes look like those of integers? In FP16 small values are only rare. */
static int is_integer_like(enum zipnn_layout_id id, const uint32_t tops[256], uint32_t total)
{
	uint32_t tiny = sum_of(tops, 2, TINY);
	uint32_t ends = sum_of(tops, 0, TINY) + sum_of(tops, HUGE_FROM, 256);

	return ends > total / 2 || (id != ZIPNN_LAYOUT_FP16 && tiny > total / 64);
}

/* Are the bytes below the top one noise above their dead bits, so that only planes can help? */
static int mantissas_are_noise(const struct look *look, struct element element)
{
	/* Of FP64 there are the fewest values, so their entropy is the least certain. */
	const uint32_t most = element.size == 8 ? 2 * NOISE_STRUCTURE : NOISE_STRUCTURE;

	for (unsigned p = 0; p < element.size; p++) {
		/* The second byte of FP64 holds three bits of the exponent. */
		const int is_mixed = element.size == 8 && (p + 1) % 8 == element.top;
		uint32_t sum = 0;

		for (unsigned k = p; k < ZIPNN_POSITIONS; k += element.size)
			sum += look->structure[k];
		if (p != element.top && !is_mixed && sum * element.size > most * ZIPNN_POSITIONS)
			return 0;
	}
	return 1;
}

/* Is there nothing but noise, at any position? */
static int is_noise(const struct look *look)
{
	uint32_t sum = 0;

	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		if (look->structure[k] > MAX_NOISE)
			return 0;
		sum += look->structure[k];
	}
	return sum <= ZIPNN_POSITIONS * MAX_MEAN_NOISE;
}

/* Are all positions alike, as in numbers of eight bits, zeros included? */
static int is_flat(const struct zipnn_sample *sample, const struct look *look)
{
	uint32_t even = 0;
	uint32_t odd = 0;

	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		if (look->drop[k] > MAX_FLAT_DROP || 2 * sample->totals[k] < sample->totals[0] ||
		    2 * sample->totals[0] < sample->totals[k])
			return 0;
		even += k % 2 ? 0 : look->structure[k];
		odd += k % 2 ? look->structure[k] : 0;
	}
	/* Four positions together are known better than one: two-byte elements must not hide. */
	return even <= odd + MAX_FLAT_DROP && odd <= even + MAX_FLAT_DROP;
}

static struct zipnn_detection look_for_numbers8(const uint8_t *src, size_t size)
{
	int sure;

	if (zipnn_is_number8(src, size, &sure))
		return (struct zipnn_detection){{ZIPNN_LAYOUT_FP8, 0}, sure, 0, 0};
	return (struct zipnn_detection){{ZIPNN_LAYOUT_BYTES, 0}, 1, 0, 0};
}

static struct zipnn_detection name_element(const struct zipnn_sample *sample,
					   const struct look *look, struct element element,
					   const uint8_t *src, size_t size)
{
	const struct zipnn_detection bytes = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0, 0};
	uint32_t tops[256];
	uint32_t total = merge_tops(sample, element, tops);
	enum zipnn_layout_id id = name_float(element.size, tops, total);
	int sure = !look->is_sparse && mantissas_are_noise(look, element) &&
		   !is_integer_like(id, tops, total);

	/* Text has no noise, so it is never sure. */
	if (!has_mantissa(sample, element) || (!sure && zipnn_is_text(src, size)))
		return bytes;
	return (struct zipnn_detection){{id, (element.top + 1) % element.size}, sure, 0, 0};
}

struct zipnn_detection zipnn_classify(struct zipnn_sample *sample, const uint8_t *src, size_t size)
{
	const struct zipnn_detection bytes = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0, 0};
	struct look look;

	if (sample->is_zero)
		return bytes;
	take_look(sample, &look);
	struct element element = find_element(sample, &look);

	if (element.drop < CLEAR_DROP || look.is_sparse) {
		if (is_noise(&look))
			return bytes;
		if (element.size == 1 && !look.is_sparse && is_flat(sample, &look))
			return look_for_numbers8(src, size);
		if (!sample->is_whole) {
			zipnn_sample_more(sample, src, size);
			take_look(sample, &look);
			element = find_element(sample, &look);
		}
	}
	if (element.size > 1)
		return name_element(sample, &look, element, src, size);
	return is_flat(sample, &look) ? look_for_numbers8(src, size) : bytes;
}
