// SPDX-License-Identifier: BSD-3-Clause
/* The layout of bytes that are taken to have one throughout. */
#ifndef ZIPNN_DETECT_CLASSIFY_H
#define ZIPNN_DETECT_CLASSIFY_H

#include "detect/detect.h"
#include "detect/sample.h"

/*
 * What the first look at src says; in doubt a second one is taken. The counts of the sample are
 * changed. Neither whether the bytes are mixed nor whether they repeat is looked at.
 */
struct zipnn_detection zipnn_classify(struct zipnn_sample *sample, const uint8_t *src, size_t size);

#endif
