// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which kernels go with which set of instructions, and the elements that vector kernels leave over.
 *
 * AVX-512 has none of its own: the AVX2 ones already run at the speed of memory.
 */
#include "split/kernels.h"

const struct zipnn_split_kernels *zipnn_split_kernels(enum zipnn_isa isa)
{
	switch (isa) {
#if defined(__x86_64__)
	case ZIPNN_ISA_AVX2:
	case ZIPNN_ISA_AVX512:
	case ZIPNN_ISA_VBMI:
		return &zipnn_split_avx2;
#elif defined(__aarch64__)
	case ZIPNN_ISA_NEON:
		return &zipnn_split_neon;
#endif
	default:
		return &zipnn_split_scalar;
	}
}

void zipnn_split_rest(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		      size_t n, size_t done)
{
	const unsigned element_size = zipnn_element_size(layout);
	uint8_t *rest[ZIPNN_MAX_PLANES];

	for (unsigned k = 0; k < element_size; k++)
		rest[k] = planes[k] + done;
	zipnn_split_scalar.split(layout, rest, src + element_size * done, n - done);
}

void zipnn_merge_rest(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		      size_t n, size_t done)
{
	const unsigned element_size = zipnn_element_size(layout);
	const uint8_t *rest[ZIPNN_MAX_PLANES];

	for (unsigned k = 0; k < element_size; k++)
		rest[k] = planes[k] + done;
	zipnn_split_scalar.merge(layout, dst + element_size * done, rest, n - done);
}
