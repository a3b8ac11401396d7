// SPDX-License-Identifier: BSD-3-Clause
/* Are sampled bytes of one layout throughout, or do tensors of several meet in them? */
#ifndef ZIPNN_DETECT_UNIFORM_H
#define ZIPNN_DETECT_UNIFORM_H

#include "core/layout.h"
#include "detect/sample.h"

/*
 * layout: what the sample of size bytes at src looks like as a whole. From the spots of the first
 * look. Sets *scales, a bit a spot, to those that hold weights around 2, as scales of norms are:
 * they are of the layout, but others may be near, because a norm consists of small tensors.
 */
int zipnn_is_uniform(const struct zipnn_sample *sample, struct zipnn_layout layout,
		     const uint8_t *src, size_t size, uint32_t *scales);

/*
 * The layout of bytes that are of one throughout, as far as samples of them show; END where several
 * may meet. size >= ZIPNN_MIN_SAMPLED.
 */
struct zipnn_layout zipnn_uniform_layout(const uint8_t *src, size_t size);

#endif
