// SPDX-License-Identifier: BSD-3-Clause
/*
 * A block: the bytes a container cuts off, coded as one chunk or, where their layout changes
 * inside, as several chunks in a row. Readers see chunks only.
 */
#ifndef ZIPNN_FRAME_BLOCK_H
#define ZIPNN_FRAME_BLOCK_H

#include "detect/detect.h"
#include "frame/chunk.h"

/* The capacity zipnn_block_encode needs for size raw bytes. */
size_t zipnn_block_bound(size_t size);

/*
 * Code 1 to ZIPNN_CHUNK_MAX_SIZE raw bytes as one or several chunks. Parameters, limit and result
 * are those of zipnn_chunk_encode, but that the coded size is of all chunks together.
 */
int64_t zipnn_block_encode(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			   size_t size, uint64_t raw_offset);

/*
 * The same, with the answer of zipnn_chunk_detect for these bytes, which becomes surer where a
 * closer look is taken. zstd_whole: 0 if the caller will give all of them to zstd where that may be
 * smaller.
 */
int64_t zipnn_block_encode_as(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size, uint64_t raw_offset, struct zipnn_detection *found,
			      int zstd_whole);

#endif
