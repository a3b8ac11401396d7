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
	 * 1: mantissas are noise, so only the planes can help. 0: other readings are possible
	 * (clean or sparse floats, integers, sound): the caller tries zstd too and keeps the
	 * smaller.
	 */
	int sure;
};

/* size may be anything from 0; a few KiB of it are sampled. Deterministic, integers only. */
struct zipnn_detection zipnn_detect(const uint8_t *src, size_t size);

#endif
