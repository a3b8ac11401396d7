// SPDX-License-Identifier: BSD-3-Clause
/*
 * The kernels behind zipnn_split_kernels, one pair a file, and what the vector ones share: they do
 * whole steps of many elements, and leave the rest to the scalar ones.
 */
#ifndef ZIPNN_SPLIT_KERNELS_H
#define ZIPNN_SPLIT_KERNELS_H

#include "split/split.h"

extern const struct zipnn_split_kernels zipnn_split_scalar;
extern const struct zipnn_split_kernels zipnn_split_avx2; /* x86-64 only */
extern const struct zipnn_split_kernels zipnn_split_neon; /* aarch64 only */

/* Split, or merge, elements done to n - 1 of n; the pointers are those for element 0. */
void zipnn_split_rest(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		      size_t n, size_t done);
void zipnn_merge_rest(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		      size_t n, size_t done);

#endif
