// SPDX-License-Identifier: BSD-3-Clause
/*
 * Detection of the float layout of a chunk from a sample of its bytes, in two steps: a sample
 * (sample.c) is classified (classify.c) and compared with itself (uniform.c: do tensors of several
 * layouts meet here?).
 *
 * To take a block apart takes longer than to code it, so doubts are settled near where they arise.
 */
#include "detect/detect.h"

#include "detect/classify.h"
#include "detect/noise.h"
#include "detect/sample.h"
#include "detect/uniform.h"

/* Where a norm lies, small tensors are: as near as a 16th, 4 KiB of 64 or 16 KiB of 256. */
#define PARTS 16u

/* Do the part with the byte at `at` and those beside it look like all bytes? */
static int is_alike_around(const uint8_t *src, size_t size, size_t at, struct zipnn_layout layout)
{
	const size_t part = size / PARTS & ~(size_t)7;
	const size_t first = at / part > 0 ? at / part - 1 : 0;

	if (part < ZIPNN_MIN_SAMPLED)
		return 0;
	for (size_t i = first; i < first + 3 && (i + 1) * part <= size; i++) {
		if (!zipnn_layout_equal(zipnn_uniform_layout(src + i * part, part), layout))
			return 0;
	}
	return 1;
}

struct zipnn_detection zipnn_detect(const uint8_t *src, size_t size)
{
	struct zipnn_detection result = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0, 0};
	struct zipnn_sample sample;
	uint32_t scales;

	if (size < ZIPNN_MIN_SAMPLED)
		return result;
	zipnn_sample_first(&sample, src, size);
	result = zipnn_classify(&sample, src, size);
	/* Small tensors at many phases leave no spot of one make: then mantissas look odd. */
	result.mixed = (!result.sure && zipnn_element_size(result.layout.id) > 1) ||
		       !zipnn_is_uniform(&sample, result.layout, src, size, &scales) ||
		       (scales && !is_alike_around(src, size, sample.at[__builtin_ctz(scales)],
						   result.layout));
	if (!result.mixed)
		result.noise = zipnn_noise_planes(&sample, result.layout);
	return result;
}
