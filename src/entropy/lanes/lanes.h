// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coder `lanes`: a plane as a row of segments. src/FORMAT.md section 4.
 */
#ifndef ZIPNN_ENTROPY_LANES_LANES_H
#define ZIPNN_ENTROPY_LANES_LANES_H

#include "entropy/lanes/segment.h"

/* What a sample has shown of a plane while it was coded. */
struct zipnn_plane_look {
	size_t excess; /* bytes that its codes take beyond Huffman's, where those are longer */
	unsigned runs; /* lines of the sample whose values are all the same */
	uint32_t counts[256];
};

/*
 * Code n >= 1 values into at most capacity bytes. Where their distribution changes, a new segment
 * begins, if that pays by a sample; with smallest, by exact counts. What is seen is added to look.
 * Returns the size, or 0 if it would be more than capacity.
 */
size_t zipnn_lanes_encode(struct zipnn_lanes_encoder *encoder, uint8_t *dst, size_t capacity,
			  const uint8_t *values, size_t n, int smallest,
			  struct zipnn_plane_look *look);

/*
 * Decode exactly n values to dst from exactly size bytes. Returns 0 or ZIPNN_ERROR_CORRUPT.
 */
int64_t zipnn_lanes_decode(struct zipnn_lanes_decoder *decoder, uint8_t *dst, size_t n,
			   const uint8_t *src, size_t size);

#endif
