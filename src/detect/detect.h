// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which float layout do these bytes have, at which phase, or are they something else?
 *
 * Found from the bytes alone: a slice from the middle of an object says nothing of its file. A
 * wrong answer costs size, never data.
 */
#ifndef ZIPNN_DETECT_DETECT_H
#define ZIPNN_DETECT_DETECT_H

#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"

struct zipnn_detection {
	struct zipnn_layout layout; /* BYTES where no float layout promises to save anything */
	/*
	 * 1: mantissas are noise (above dead bits, if they are clean), so only the planes can help,
	 * unless the bytes are mixed or repeat (detect/repeats.h). 0: other readings are possible
	 * (sparse floats, integers, sound): the caller tries zstd too and keeps the smaller.
	 */
	int sure;
	/*
	 * 1: these may be several tensors with different layouts or phases, which parts of the
	 * bytes would show better than the whole. 0: one layout, or nothing like floats.
	 */
	int mixed;
	unsigned noise; /* bit k: plane k is noise, to be stored without another look */
};

/* size may be anything from 0; a few KiB of it are sampled. Deterministic, integers only. */
struct zipnn_detection zipnn_detect(const uint8_t *src, size_t size);

struct zipnn_region {
	size_t size;
	struct zipnn_detection found;
};

/*
 * Cut bytes into regions of one layout and phase each. Cuts are at multiples of 8, where coding
 * both sides apart is likely to pay. Fills at most capacity regions, whose sizes add up to size;
 * what does not fit lies in the last. Returns their number; 1 <= size, 1 <= capacity.
 */
size_t zipnn_detect_regions(struct zipnn_region *regions, size_t capacity, const uint8_t *src,
			    size_t size);

#endif
