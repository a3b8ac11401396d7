// SPDX-License-Identifier: BSD-3-Clause
/* Reading a plane of segments: src/FORMAT.md section 4. */
#include "entropy/lanes/lanes.h"
#include "zipnn.h"

int64_t zipnn_lanes_decode(struct zipnn_lanes_decoder *decoder, uint8_t *dst, size_t n,
			   const uint8_t *src, size_t size)
{
	while (n > 0) {
		size_t decoded;
		int64_t result = zipnn_segment_get(decoder, dst, n, &decoded, src, size);

		if (result < 0)
			return result;
		dst += decoded;
		n -= decoded;
		src += result;
		size -= (size_t)result;
	}
	return size == 0 ? 0 : ZIPNN_ERROR_CORRUPT;
}
