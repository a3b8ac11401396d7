// SPDX-License-Identifier: BSD-3-Clause
/*
 * One zstd frame in, one zstd frame out: libzstd's answers in this library's terms.
 *
 * Both directions keep a context usable, and its next answer the same, whatever happened before.
 */
#ifndef ZIPNN_ENTROPY_ZSTD_FRAME_H
#define ZIPNN_ENTROPY_ZSTD_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <zstd.h>

/*
 * Compress n bytes with the parameters the context has, with or without a content checksum. Returns
 * the frame's size, 0 if it needs more than capacity bytes, or an error.
 */
int64_t zipnn_zstd_frame_encode(ZSTD_CCtx *zstd, int checksum, uint8_t *dst, size_t capacity,
				const uint8_t *src, size_t n);

/*
 * Decode exactly n bytes from size bytes that must be exactly one zstd frame (RFC 8878): no
 * skippable or legacy frame, nothing behind it. Returns 0 or an error.
 */
int64_t zipnn_zstd_frame_decode(ZSTD_DCtx *zstd, uint8_t *dst, size_t n, const uint8_t *src,
				size_t size);

#endif
