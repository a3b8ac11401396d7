// SPDX-License-Identifier: BSD-3-Clause
/* Which planes of a layout are noise, as far as the sample of detection tells. */
#ifndef ZIPNN_DETECT_NOISE_H
#define ZIPNN_DETECT_NOISE_H

#include "core/layout.h"
#include "detect/sample.h"

/*
 * Bit k: plane k (src/FORMAT.md section 3.1) is noise throughout; 0: it may be anything. For a
 * sample that zipnn_classify has seen, of bytes that have this layout and are not mixed.
 */
unsigned zipnn_noise_planes(const struct zipnn_sample *sample, struct zipnn_layout layout);

#endif
