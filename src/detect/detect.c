// SPDX-License-Identifier: BSD-3-Clause
/*
 * Detection of the float layout of a chunk from a sample of its bytes, in two steps: a sample
 * (sample.c) is classified (classify.c) and compared with itself (uniform.c: do tensors of several
 * layouts meet here?).
 */
#include "detect/detect.h"

#include "detect/classify.h"
#include "detect/sample.h"
#include "detect/uniform.h"

struct zipnn_detection zipnn_detect(const uint8_t *src, size_t size)
{
	struct zipnn_detection result = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0};
	struct zipnn_sample sample;

	if (size < ZIPNN_MIN_SAMPLED)
		return result;
	zipnn_sample_first(&sample, src, size);
	result = zipnn_classify(&sample, src, size);
	/* Small tensors at many phases leave no spot of one make: then mantissas look odd. */
	result.mixed = !zipnn_is_uniform(&sample, result.layout, src, size) ||
		       (!result.sure && zipnn_element_size(result.layout.id) > 1);
	return result;
}
