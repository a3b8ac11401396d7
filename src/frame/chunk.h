// SPDX-License-Identifier: BSD-3-Clause
/*
 * One chunk: the unit that is coded, checked and decoded alone. src/FORMAT.md section 3.
 *
 * Blobs and .znn files are rows of chunks; everything a container needs to know of a chunk without
 * decoding it is in struct zipnn_chunk_info.
 */
#ifndef ZIPNN_FRAME_CHUNK_H
#define ZIPNN_FRAME_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"
#include "zipnn.h"

#define ZIPNN_CHUNK_HEADER_SIZE 8
#define ZIPNN_CHUNK_DEFAULT_SIZE ((size_t)256 << 10) /* raw bytes; ZipNN paper, section 5.1 */
#define ZIPNN_CHUNK_MAX_SIZE ((size_t)0xffffff)      /* what raw_length can say */

/* The longest header + plane descriptors: enough bytes for zipnn_chunk_parse of any chunk. */
#define ZIPNN_CHUNK_MAX_PREFIX (ZIPNN_CHUNK_HEADER_SIZE + 4 * ZIPNN_MAX_PLANES)

struct zipnn_plane_info {
	unsigned coder; /* enum zipnn_coder */
	uint32_t coded_size;
};

struct zipnn_chunk_info {
	struct zipnn_layout layout;
	int has_crc;
	uint32_t crc;
	size_t raw_size;
	size_t prefix_size; /* header + plane descriptors */
	size_t coded_size;  /* the whole chunk, header included */
	unsigned plane_count;
	size_t values; /* of each plane */
	size_t edge_size;
	struct zipnn_plane_info planes[ZIPNN_MAX_PLANES];
};

/*
 * Read a chunk's header and plane descriptors, which the first `available` bytes at src must hold
 * (ZIPNN_CHUNK_MAX_PREFIX always suffice; fewer give ZIPNN_ERROR_TRUNCATED if more are needed). The
 * payload need not be there. Every field is validated. Returns 0 or an error.
 */
int64_t zipnn_chunk_parse(struct zipnn_chunk_info *info, const uint8_t *src, size_t available);

/* The capacity zipnn_chunk_encode needs for size raw bytes. */
size_t zipnn_chunk_bound(size_t size);

/*
 * Make the context able to code blocks and chunks of up to size raw bytes without allocating. A new
 * context can do ZIPNN_CHUNK_DEFAULT_SIZE. Returns 0, ZIPNN_ERROR_MEMORY or ZIPNN_ERROR_ARGUMENT.
 */
int64_t zipnn_cctx_reserve(zipnn_cctx *cctx, size_t size);

/*
 * Code 1 to ZIPNN_CHUNK_MAX_SIZE raw bytes as one chunk. raw_offset is the number of raw bytes
 * before the chunk in its container; it goes into the CRC. The result is never longer than size +
 * ZIPNN_CHUNK_HEADER_SIZE. Returns the coded size or an error.
 */
int64_t zipnn_chunk_encode(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			   size_t size, uint64_t raw_offset);

/*
 * Decode one chunk, which must lie whole in size bytes at src (bytes after it are not looked at).
 * Writes its raw bytes to dst, at most capacity. Returns the raw size or an error.
 */
int64_t zipnn_chunk_decode(zipnn_dctx *dctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			   size_t size, uint64_t raw_offset);

#endif
