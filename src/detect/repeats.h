// SPDX-License-Identifier: BSD-3-Clause
/* Do weights repeat, so that LZ may beat their planes? */
#ifndef ZIPNN_DETECT_REPEATS_H
#define ZIPNN_DETECT_REPEATS_H

#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"

/*
 * A cheap test of a sample: finds repeats of 1 KiB and more that make up a good part of the bytes,
 * at any distance that is a multiple of the element size. layout has elements; any size.
 */
int zipnn_has_repeats(const uint8_t *src, size_t size, struct zipnn_layout layout);

#endif
