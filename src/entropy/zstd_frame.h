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

/* Make contexts for the two functions below. Each returns 0 or ZIPNN_ERROR_ZSTD. */
int64_t zipnn_zstd_sampler_init(ZSTD_CCtx *sampler);
int64_t zipnn_zstd_probe_init(ZSTD_CCtx *probe);

/*
 * About how many bytes zstd needs for n >= 4: it codes a few pieces. Quick (20 us a
 * piece), and right within some per cent, but for what repeats at a distance. n if its prefix codes
 * are all that helps: others have those, too. scratch: room for ZIPNN_ZSTD_SAMPLE bytes.
 */
#define ZIPNN_ZSTD_SAMPLE ((size_t)4 << 10)
size_t zipnn_zstd_estimate(ZSTD_CCtx *sampler, uint8_t *scratch, const uint8_t *src, size_t n);

/*
 * Whether zstd may need less than best bytes for n, whatever the distance of repeats: LZ at its
 * fastest, and the entropy of a sample for what it leaves. scratch: room for n bytes.
 */
int zipnn_zstd_may_win(ZSTD_CCtx *probe, uint8_t *scratch, const uint8_t *src, size_t n,
		       size_t best);

/* One frame, written block by block, so that each block has the table that suits it. */
struct zipnn_zstd_stream {
	ZSTD_CCtx *zstd;
	ZSTD_outBuffer out;
};

/*
 * Begin a frame of n bytes in all, without checksum. Returns a positive number or an error. The
 * context allocates what streaming needs when it is first used so.
 */
int64_t zipnn_zstd_stream_begin(struct zipnn_zstd_stream *stream, ZSTD_CCtx *zstd, uint8_t *dst,
				size_t capacity, size_t n);

/*
 * Append one block of at most 128 KiB; with last, end the frame. Returns the bytes written so far,
 * 0 if they need more than the capacity, or an error.
 */
int64_t zipnn_zstd_stream_block(struct zipnn_zstd_stream *stream, const uint8_t *src, size_t n,
				int last);

/*
 * Decode exactly n bytes from size bytes that must be exactly one zstd frame (RFC 8878): no
 * skippable or legacy frame, nothing behind it. Returns 0 or an error.
 */
int64_t zipnn_zstd_frame_decode(ZSTD_DCtx *zstd, uint8_t *dst, size_t n, const uint8_t *src,
				size_t size);

#endif
