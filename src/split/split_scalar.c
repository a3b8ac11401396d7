// SPDX-License-Identifier: BSD-3-Clause
/*
 * The scalar split and merge: the reference every faster kernel is compared with.
 *
 * Elements are read as little-endian integers whatever the CPU, rotated left by one bit where the
 * layout says so, and cut into bytes. src/FORMAT.md section 3.1.
 */
#include "split/kernels.h"

#include <string.h>

#include "core/bytes.h"

static void split16(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	uint8_t *restrict high = planes[0];
	uint8_t *restrict low = planes[1];

	for (size_t i = 0; i < n; i++) {
		unsigned v = zipnn_load16(src + 2 * i);

		v = v << 1 | v >> 15;
		high[i] = (uint8_t)(v >> 8);
		low[i] = (uint8_t)v;
	}
}

static void merge16(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	const uint8_t *restrict high = planes[0];
	const uint8_t *restrict low = planes[1];

	for (size_t i = 0; i < n; i++) {
		unsigned v = (unsigned)high[i] << 8 | low[i];

		zipnn_store16(dst + 2 * i, (uint16_t)(v >> 1 | v << 15));
	}
}

static void split32(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	uint8_t *restrict p0 = planes[0];
	uint8_t *restrict p1 = planes[1];
	uint8_t *restrict p2 = planes[2];
	uint8_t *restrict p3 = planes[3];

	for (size_t i = 0; i < n; i++) {
		uint32_t v = zipnn_load32(src + 4 * i);

		v = v << 1 | v >> 31;
		p0[i] = (uint8_t)(v >> 24);
		p1[i] = (uint8_t)(v >> 16);
		p2[i] = (uint8_t)(v >> 8);
		p3[i] = (uint8_t)v;
	}
}

static void merge32(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	const uint8_t *restrict p0 = planes[0];
	const uint8_t *restrict p1 = planes[1];
	const uint8_t *restrict p2 = planes[2];
	const uint8_t *restrict p3 = planes[3];

	for (size_t i = 0; i < n; i++) {
		uint32_t v =
		    (uint32_t)p0[i] << 24 | (uint32_t)p1[i] << 16 | (uint32_t)p2[i] << 8 | p3[i];

		zipnn_store32(dst + 4 * i, v >> 1 | v << 31);
	}
}

static void split64(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t v = zipnn_load64(src + 8 * i);

		v = v << 1 | v >> 63;
		for (unsigned k = 0; k < 8; k++)
			planes[k][i] = (uint8_t)(v >> (56 - 8 * k));
	}
}

static void merge64(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t v = 0;

		for (unsigned k = 0; k < 8; k++)
			v = v << 8 | planes[k][i];
		zipnn_store64(dst + 8 * i, v >> 1 | v << 63);
	}
}

static void split(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		  size_t n)
{
	switch (zipnn_element_size(layout)) {
	case 1:
		memcpy(planes[0], src, n);
		break;
	case 2:
		split16(planes, src, n);
		break;
	case 4:
		split32(planes, src, n);
		break;
	case 8:
		split64(planes, src, n);
		break;
	default: /* a layout without planes has nothing to split */
		break;
	}
}

static void merge(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		  size_t n)
{
	switch (zipnn_element_size(layout)) {
	case 1:
		memcpy(dst, planes[0], n);
		break;
	case 2:
		merge16(dst, planes, n);
		break;
	case 4:
		merge32(dst, planes, n);
		break;
	case 8:
		merge64(dst, planes, n);
		break;
	default:
		break;
	}
}

const struct zipnn_split_kernels zipnn_split_scalar = {split, merge};
