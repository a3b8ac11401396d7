// SPDX-License-Identifier: BSD-3-Clause
/*
 * Rotation and byte grouping: src/FORMAT.md section 3.1, ZipNN paper sections 3.1-3.2.
 *
 * One pair of pure functions for each set of instructions, all with the same results: no
 * allocation, any alignment, any bit pattern, no byte touched outside of what is named here.
 */
#ifndef ZIPNN_SPLIT_SPLIT_H
#define ZIPNN_SPLIT_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "core/cpu.h"
#include "core/layout.h"

/*
 * Elements after which a caller may do other work on them (a CRC), while they and their planes are
 * in the first-level cache.
 */
#define ZIPNN_SPLIT_PIECE ((size_t)4 << 10)

struct zipnn_split_kernels {
	/*
	 * Lay n elements at src (n * element size bytes) into planes. planes[k] receives n bytes,
	 * plane 0 the most significant; the planes overlap neither each other nor src.
	 */
	void (*split)(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		      size_t n);

	/* The exact inverse: n elements to dst. */
	void (*merge)(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		      size_t n);
};

/*
 * The fastest kernels this build has for a set of instructions; several sets may share theirs. The
 * CPU must have the set: see zipnn_isa_detect.
 */
const struct zipnn_split_kernels *zipnn_split_kernels(enum zipnn_isa isa);

#endif
