// SPDX-License-Identifier: BSD-3-Clause
/*
 * Rotation and byte grouping: src/FORMAT.md section 3.1, ZipNN paper sections 3.1-3.2.
 *
 * Pure functions: no allocation, any alignment, any bit pattern.
 */
#ifndef ZIPNN_SPLIT_SPLIT_H
#define ZIPNN_SPLIT_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"

/*
 * Lay n elements at src (n * element size bytes) into planes. planes[k] receives n bytes, plane 0
 * the most significant; the planes overlap neither each other nor src.
 */
void zipnn_split(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		 size_t n);

/* The exact inverse: n elements to dst. */
void zipnn_merge(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		 size_t n);

#endif
