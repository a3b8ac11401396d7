// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a context owns: scratch for the planes of one chunk, zstd contexts, settings, the CPU found.
 *
 * Scratch grows only in the reserve functions, so coding itself does not allocate.
 */
#ifndef ZIPNN_FRAME_CONTEXT_H
#define ZIPNN_FRAME_CONTEXT_H

#include "core/cpu.h"
#include "entropy/coder.h"
#include "zipnn.h"

struct zipnn_scratch {
	uint8_t *data;
	size_t capacity;
};

struct zipnn_cctx {
	struct zipnn_plane_encoder encoder;
	struct zipnn_scratch planes; /* the planes of a chunk, one after the other, and a spare */
	struct zipnn_scratch rival;  /* another coding of what is already coded, until it has won */
	enum zipnn_isa isa;
	enum zipnn_dtype dtype;
	int check;
};

struct zipnn_dctx {
	struct zipnn_plane_decoder decoder;
	struct zipnn_scratch planes;
	enum zipnn_isa isa;
	uint64_t error_offset;
};

/* Make room for size bytes; the contents are lost. Returns 0 or ZIPNN_ERROR_MEMORY. */
int64_t zipnn_scratch_reserve(struct zipnn_scratch *scratch, size_t size);
void zipnn_scratch_free(struct zipnn_scratch *scratch);

#endif
