// SPDX-License-Identifier: BSD-3-Clause
/* Encoding a chunk whose layout is already known: for containers that look ahead. */
#ifndef ZIPNN_FRAME_CHUNK_ENCODE_H
#define ZIPNN_FRAME_CHUNK_ENCODE_H

#include "detect/detect.h"
#include "frame/chunk.h"

/* What the context's dtype says of these bytes, or else what detection finds. */
struct zipnn_detection zipnn_chunk_detect(const zipnn_cctx *cctx, const uint8_t *src, size_t size);

/*
 * Whether zstd is worth a try where best bytes are had already: a probe says, at several times the
 * speed of the attempt. With the setting best, always. scratch: size bytes.
 */
int zipnn_try_zstd(zipnn_cctx *cctx, uint8_t *scratch, const uint8_t *src, size_t size,
		   size_t best);

/*
 * zipnn_chunk_encode, with the answer of zipnn_chunk_detect for the same bytes. Layout STORED
 * stores them without an attempt at anything else.
 */
int64_t zipnn_chunk_encode_as(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size, uint64_t raw_offset, struct zipnn_detection found);

#endif
