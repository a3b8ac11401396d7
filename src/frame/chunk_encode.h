// SPDX-License-Identifier: BSD-3-Clause
/* Encoding a chunk whose layout is already known: for containers that look ahead. */
#ifndef ZIPNN_FRAME_CHUNK_ENCODE_H
#define ZIPNN_FRAME_CHUNK_ENCODE_H

#include "detect/detect.h"
#include "entropy/coder.h"
#include "frame/chunk.h"

/* What the context's dtype says of these bytes, or else what detection finds. */
struct zipnn_detection zipnn_chunk_detect(const zipnn_cctx *cctx, const uint8_t *src, size_t size);

/*
 * What a cheap look at plane k, of n values, promises most of (see zipnn_plane_choose), or what
 * detection has seen already. Planes are chosen from the last on; below_is_noise: 1 if plane k + 1
 * is to be stored.
 */
enum zipnn_coder zipnn_chunk_choose_coder(const struct zipnn_detection *found, unsigned k,
					  const uint8_t *plane, size_t n, int below_is_noise);

/*
 * Whether zstd is worth a try where best bytes are had already; found is what detection says of
 * these bytes. With the setting best, always where that is in doubt. scratch: size bytes, and
 * ZIPNN_ZSTD_SAMPLE at least.
 */
int zipnn_zstd_may_beat(zipnn_cctx *cctx, uint8_t *scratch, const uint8_t *src, size_t size,
			size_t best, struct zipnn_detection found);

/* Whether size raw bytes are coded as one chunk of one plane, by zstd. */
int zipnn_chunk_is_zstd(const uint8_t *coded, size_t size);

/*
 * Code a chunk in the layout that was found (see zipnn_chunk_detect), or as one plane of bytes
 * where that saves more; without an attempt at another. Layout STORED stores, BYTES is for zstd.
 * Parameters, limit and result are those of zipnn_chunk_encode.
 */
int64_t zipnn_chunk_encode_as(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size, uint64_t raw_offset, struct zipnn_detection found);

/*
 * Replace what is coded at dst, in best bytes, by a chunk of zstd if that is smaller and it was not
 * zstd's in the first place. What is there may be several chunks. crc: that field of a chunk of all
 * these bytes. Returns the size, or an error.
 */
int64_t zipnn_chunk_improve(zipnn_cctx *cctx, uint8_t *dst, size_t best, const uint8_t *src,
			    size_t size, uint32_t crc, struct zipnn_detection found);

#endif
