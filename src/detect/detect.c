// SPDX-License-Identifier: BSD-3-Clause
/*
 * Detection of the float layout of a chunk from a sample of its bytes.
 *
 * What is measured. Let r(i) be byte i shifted left by one bit, with the top bit of byte i - 1
 * moved in below: in a little-endian float at the right phase, r of the top byte is exactly the
 * byte of plane 0 after the rotation (src/FORMAT.md section 3.1), and r of the other bytes is
 * exactly those of the other planes, but for the lowest one, which gets the sign of the neighbour
 * instead of its own: another bit of the same distribution. So eight histograms of r, by position
 * modulo 8, give the entropy of every plane of every layout and phase at once.
 *
 * What is decided. The element size whose planes together cost least, if the planes differ enough
 * from the bytes taken together (text does not care about positions modulo 2 or 4; floats do). Then
 * the phase: the exponent's position has low entropy and follows (in memory) a mantissa byte, which
 * is noise. ZipNN paper, section 3.1: exponents take about 2.6 bits, mantissas 8.
 *
 * Positions are jittered: fixed strides alias with the rows of tensors.
 */
#include "detect/detect.h"

#include <string.h>

#include "core/log2.h"

#define POSITIONS 8u

/* 96 lines of 64 bytes: 1,536 values of FP32, enough to tell 7.8 from 8.0 bits. */
#define LINE_SIZE 64u
#define MAX_LINES 96u

/* Below this nothing can be learnt that would pay for a header and a code. */
#define MIN_SIZE 512u

/* Bits a byte by which planes must beat the bytes taken together. Text stays below 0.05. */
#define MIN_STRUCTURE (ZIPNN_BIT / 10)
/* Bits a byte by which four planes must beat two: BF16 read as 4-byte elements costs the same. */
#define MIN_WIDER_GAIN (ZIPNN_BIT / 16)
/* A layout that saves less than 2 % is not worth a try. */
#define MAX_COST (8 * ZIPNN_BIT - 8 * ZIPNN_BIT / 50)
/*
 * Floats whose planes cost more than this (FP32: 82-85 %, FP16: 84-87 %) may be small tensors at
 * different phases.
 */
#define MIXED_COST (8 * ZIPNN_BIT * 86 / 100)
/*
 * What bytes without structure cost that may be tensors at different phases: more than text and
 * most 8-bit numbers, less than noise.
 */
#define MIXED_BYTES_FROM (27 * ZIPNN_BIT / 4)
#define MIXED_BYTES_TO (8 * ZIPNN_BIT - ZIPNN_BIT / 10)
/* From here a byte counts as noise: real mantissas have 7.7 to 8. */
#define NOISE (7 * ZIPNN_BIT)
/* The byte below an exponent holds at least this much even where low bits were rounded away. */
#define MANTISSA (6 * ZIPNN_BIT)

struct sample {
	uint32_t counts[POSITIONS][256]; /* of r, by position modulo 8 */
};

static void add_line(struct sample *sample, const uint8_t *line)
{
	for (unsigned i = 0; i < LINE_SIZE; i += POSITIONS) {
		for (unsigned k = 0; k < POSITIONS; k++) {
			/* line[-1] exists: no line starts at the first byte. */
			unsigned below = line[(int)(i + k) - 1];
			unsigned r = ((unsigned)line[i + k] << 1 | below >> 7) & 0xff;

			sample->counts[k][r]++;
		}
	}
}

static void take_sample(struct sample *sample, const uint8_t *src, size_t size)
{
	/* Lines start at multiples of 8, so that a position in a line is one in the chunk. */
	size_t usable = size - POSITIONS;
	size_t lines = usable / LINE_SIZE < MAX_LINES ? usable / LINE_SIZE : MAX_LINES;
	size_t stride = usable / lines;
	uint32_t random = 1; /* a fixed seed: the same bytes are sampled everywhere */

	memset(sample, 0, sizeof(*sample));
	for (size_t i = 0; i < lines; i++) {
		size_t slack = stride - LINE_SIZE;

		random = random * 1664525u + 1013904223u;
		size_t jitter = slack ? (size_t)(random >> 8) % (slack + 1) : 0;
		size_t start = (POSITIONS + i * stride + jitter) & ~(size_t)(POSITIONS - 1);

		add_line(sample, src + start);
	}
}

/* Entropy of r over the positions congruent to position modulo element_size. */
static uint32_t position_entropy(const struct sample *sample, unsigned element_size,
				 unsigned position, uint32_t merged[256])
{
	memset(merged, 0, 256 * sizeof(*merged));
	for (unsigned k = position; k < POSITIONS; k += element_size) {
		for (unsigned v = 0; v < 256; v++)
			merged[v] += sample->counts[k][v];
	}
	return zipnn_entropy(merged);
}

/* The position, modulo n, that looks like the top byte of a float: sets *found to whether any does.
 */
static unsigned find_exponent(const uint32_t *entropies, unsigned n, int *found)
{
	unsigned best = 0;
	unsigned lowest = 0;

	*found = 0;
	for (unsigned i = 0; i < n; i++) {
		uint32_t below = entropies[(i + n - 1) % n];

		if (entropies[i] < entropies[lowest])
			lowest = i;
		if (below < MANTISSA || entropies[i] + ZIPNN_BIT / 2 > below)
			continue;
		if (!*found || entropies[i] < entropies[best])
			best = i;
		*found = 1;
	}
	return *found ? best : lowest;
}

/*
 * FP16 or BF16? Both split alike. In FP16 the low three bits of the rotated top byte are mantissa:
 * all but uniform given the upper five. In BF16 they are exponent: the whole byte has about 2.6
 * bits.
 */
static enum zipnn_layout_id name_two_byte_float(const uint32_t top_byte[256])
{
	uint32_t upper[256] = {0};

	for (unsigned v = 0; v < 256; v++)
		upper[v >> 3] += top_byte[v];
	uint32_t whole = zipnn_entropy(top_byte);
	uint32_t lower_bits = whole - (whole < zipnn_entropy(upper) ? whole : zipnn_entropy(upper));

	return whole > 4 * ZIPNN_BIT && lower_bits > 27 * ZIPNN_BIT / 10 ? ZIPNN_LAYOUT_FP16
									 : ZIPNN_LAYOUT_BF16;
}

struct zipnn_detection zipnn_detect(const uint8_t *src, size_t size)
{
	struct zipnn_detection result = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0};
	struct sample sample;
	uint32_t merged[256];
	uint32_t two[2];
	uint32_t four[4];

	if (size < MIN_SIZE)
		return result;
	take_sample(&sample, src, size);
	uint32_t bytes_cost = position_entropy(&sample, 1, 0, merged);

	for (unsigned i = 0; i < 2; i++)
		two[i] = position_entropy(&sample, 2, i, merged);
	for (unsigned i = 0; i < 4; i++)
		four[i] = position_entropy(&sample, 4, i, merged);

	uint32_t two_cost = (two[0] + two[1]) / 2;
	uint32_t four_cost = (four[0] + four[1] + four[2] + four[3]) / 4;
	unsigned n = four_cost + MIN_WIDER_GAIN < two_cost ? 4 : 2;
	const uint32_t *entropies = n == 4 ? four : two;
	uint32_t cost = n == 4 ? four_cost : two_cost;

	if (cost > MAX_COST || cost + MIN_STRUCTURE > bytes_cost) {
		/*
		 * Tensors at all phases together have no structure left, but not the cost of noise.
		 */
		result.mixed = bytes_cost > MIXED_BYTES_FROM && bytes_cost < MIXED_BYTES_TO;
		return result;
	}

	int found;
	unsigned exponent = find_exponent(entropies, n, &found);

	/* The top byte is the last of a little-endian element. */
	result.layout.phase = (exponent + 1) % n;
	result.mixed = cost > MIXED_COST;
	result.sure = found && !result.mixed;
	for (unsigned i = 0; i < n; i++) {
		if (i != exponent && entropies[i] < NOISE)
			result.sure = 0;
	}
	if (n == 4) {
		result.layout.id = ZIPNN_LAYOUT_FP32;
	} else {
		position_entropy(&sample, 2, exponent, merged);
		result.layout.id = name_two_byte_float(merged);
	}
	return result;
}
