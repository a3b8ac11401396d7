// SPDX-License-Identifier: BSD-3-Clause
/*
 * Split and merge with NEON: src/FORMAT.md section 3.1. The scalar kernels are the reference, and
 * do what is left over behind the last whole step.
 *
 * The loads and stores of aarch64 group bytes by themselves, up to four planes at a time. What is
 * left is the rotation, from plane to plane: each byte gives its top bit to the bottom of the next.
 */
#include "split/kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define STEP 16u /* elements that fill one register of each plane */

/* Each byte of v moves up by one bit; the top bit of the byte below it comes in. */
static inline uint8x16_t shift_up(uint8x16_t v, uint8x16_t below)
{
	return vsriq_n_u8(vshlq_n_u8(v, 1), below, 7);
}

/* The inverse: the bottom bit of the byte above comes in at the top. */
static inline uint8x16_t shift_down(uint8x16_t v, uint8x16_t above)
{
	return vsliq_n_u8(vshrq_n_u8(v, 1), above, 7);
}

/*
 * The functions below do as many whole steps as fit into n elements and return how many elements
 * that was. Registers are numbered as bytes are in memory, from the least significant; planes the
 * other way around.
 */

static size_t split16(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	uint8_t *const high = planes[0];
	uint8_t *const low = planes[1];
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		uint8x16x2_t v = vld2q_u8(src + 2 * i);

		vst1q_u8(high + i, shift_up(v.val[1], v.val[0]));
		vst1q_u8(low + i, shift_up(v.val[0], v.val[1]));
	}
	return i;
}

static size_t merge16(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		uint8x16_t high = vld1q_u8(planes[0] + i);
		uint8x16_t low = vld1q_u8(planes[1] + i);
		uint8x16x2_t v = {{shift_down(low, high), shift_down(high, low)}};

		vst2q_u8(dst + 2 * i, v);
	}
	return i;
}

static size_t split32(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	uint8_t *const p0 = planes[0];
	uint8_t *const p1 = planes[1];
	uint8_t *const p2 = planes[2];
	uint8_t *const p3 = planes[3];
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		uint8x16x4_t v = vld4q_u8(src + 4 * i);

		vst1q_u8(p0 + i, shift_up(v.val[3], v.val[2]));
		vst1q_u8(p1 + i, shift_up(v.val[2], v.val[1]));
		vst1q_u8(p2 + i, shift_up(v.val[1], v.val[0]));
		vst1q_u8(p3 + i, shift_up(v.val[0], v.val[3]));
	}
	return i;
}

static size_t merge32(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		uint8x16_t b3 = vld1q_u8(planes[0] + i);
		uint8x16_t b2 = vld1q_u8(planes[1] + i);
		uint8x16_t b1 = vld1q_u8(planes[2] + i);
		uint8x16_t b0 = vld1q_u8(planes[3] + i);
		uint8x16x4_t v = {{shift_down(b0, b1), shift_down(b1, b2), shift_down(b2, b3),
				   shift_down(b3, b0)}};

		vst4q_u8(dst + 4 * i, v);
	}
	return i;
}

/*
 * Loads that group by four take an element of 8 bytes for two: register j then holds bytes j and
 * j + 4 of each element in turn.
 */
static size_t split64(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		uint8x16x4_t v = vld4q_u8(src + 8 * i);
		uint8x16x4_t w = vld4q_u8(src + 8 * i + 64);
		uint8x16_t b[8];

		for (unsigned j = 0; j < 4; j++) {
			b[j] = vuzp1q_u8(v.val[j], w.val[j]);
			b[j + 4] = vuzp2q_u8(v.val[j], w.val[j]);
		}
		for (unsigned j = 0; j < 8; j++)
			vst1q_u8(planes[7 - j] + i, shift_up(b[j], b[(j + 7) % 8]));
	}
	return i;
}

static size_t merge64(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		uint8x16x4_t v;
		uint8x16x4_t w;
		uint8x16_t b[8];

		for (unsigned j = 0; j < 8; j++)
			b[j] = vld1q_u8(planes[7 - j] + i);
		for (unsigned j = 0; j < 4; j++) {
			uint8x16_t near = shift_down(b[j], b[j + 1]);
			uint8x16_t far = shift_down(b[j + 4], b[(j + 5) % 8]);

			v.val[j] = vzip1q_u8(near, far);
			w.val[j] = vzip2q_u8(near, far);
		}
		vst4q_u8(dst + 8 * i, v);
		vst4q_u8(dst + 8 * i + 64, w);
	}
	return i;
}

static void split(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		  size_t n)
{
	const unsigned element_size = zipnn_element_size(layout);
	size_t done = 0;

	if (element_size == 2)
		done = split16(planes, src, n);
	else if (element_size == 4)
		done = split32(planes, src, n);
	else if (element_size == 8)
		done = split64(planes, src, n);
	zipnn_split_rest(layout, planes, src, n, done);
}

static void merge(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		  size_t n)
{
	const unsigned element_size = zipnn_element_size(layout);
	size_t done = 0;

	if (element_size == 2)
		done = merge16(dst, planes, n);
	else if (element_size == 4)
		done = merge32(dst, planes, n);
	else if (element_size == 8)
		done = merge64(dst, planes, n);
	zipnn_merge_rest(layout, dst, planes, n, done);
}

const struct zipnn_split_kernels zipnn_split_neon = {split, merge};
#endif
