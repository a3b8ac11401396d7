// SPDX-License-Identifier: BSD-3-Clause
/*
 * Where does the layout change? Files of many small tensors (ONNX above all) change type or phase
 * every few KiB, and a chunk read with one phase then pays for noise where exponents lie.
 *
 * Each 8 KiB is looked at alone, and equal neighbours are joined. A change inside such a piece is
 * not searched for: it costs at most that piece. The caller compares the sizes, so a wrong cut is
 * never worse than none.
 */
#include "detect/detect.h"

static int same_layout(struct zipnn_layout a, struct zipnn_layout b)
{
	return a.id == b.id && a.phase == b.phase;
}

size_t zipnn_detect_regions(struct zipnn_region *regions, size_t capacity, const uint8_t *src,
			    size_t size)
{
	size_t count = 0;

	/* Pieces start at multiples of 8, so that a phase in one is the phase in its neighbours. */
	for (size_t at = 0; at < size; at += ZIPNN_REGION_SIZE) {
		size_t left = size - at;
		size_t n = left < ZIPNN_REGION_SIZE ? left : ZIPNN_REGION_SIZE;
		struct zipnn_detection found = zipnn_detect(src + at, n);
		struct zipnn_region *last = count ? &regions[count - 1] : NULL;

		if (last && (count == capacity || same_layout(last->found.layout, found.layout))) {
			last->size += n;
			last->found.sure &= found.sure;
			continue;
		}
		regions[count++] = (struct zipnn_region){n, found};
	}
	return count;
}
