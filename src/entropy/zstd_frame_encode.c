// SPDX-License-Identifier: BSD-3-Clause
/* Writing a zstd frame. */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_c_literalCompressionMode */
#include "entropy/zstd_frame.h"

#include <zstd_errors.h>

#include "core/bytes.h"
#include "core/log2.h"
#include "entropy/sample.h"
#include "zipnn.h"

/* Pieces of a sample; half as many where coding takes no longer than four of them. */
#define PIECES 4u
#define PIECES_FROM ((size_t)128 << 10)
#define MIN_SHARE 64u  /* LZ must remove so much to be worth anything */
#define MORE_SHARE 10u /* what a higher level finds beyond the fastest, at most about */
#define BLOCK_HEADER_SIZE 3u

static int64_t failure(size_t code)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_dstSize_tooSmall:
		return 0;
	case ZSTD_error_memory_allocation:
		return ZIPNN_ERROR_MEMORY;
	default:
		return ZIPNN_ERROR_ZSTD;
	}
}

int64_t zipnn_zstd_frame_encode(ZSTD_CCtx *zstd, int checksum, uint8_t *dst, size_t capacity,
				const uint8_t *src, size_t n)
{
	/* An attempt that did not fit leaves a session open, in which parameters cannot be set. */
	ZSTD_CCtx_reset(zstd, ZSTD_reset_session_only);
	if (ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, checksum)))
		return ZIPNN_ERROR_ZSTD;
	size_t coded = ZSTD_compress2(zstd, dst, capacity, src, n);

	return ZSTD_isError(coded) ? failure(coded) : (int64_t)coded;
}

int64_t zipnn_zstd_stream_begin(struct zipnn_zstd_stream *stream, ZSTD_CCtx *zstd, uint8_t *dst,
				size_t capacity, size_t n)
{
	*stream = (struct zipnn_zstd_stream){zstd, {dst, capacity, 0}};
	ZSTD_CCtx_reset(zstd, ZSTD_reset_session_only);
	if (ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 0)) ||
	    ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(zstd, n)))
		return ZIPNN_ERROR_ZSTD;
	return 1;
}

int64_t zipnn_zstd_stream_block(struct zipnn_zstd_stream *stream, const uint8_t *src, size_t n,
				int last)
{
	ZSTD_inBuffer in = {src, n, 0};
	size_t left =
	    ZSTD_compressStream2(stream->zstd, &stream->out, &in, last ? ZSTD_e_end : ZSTD_e_flush);

	if (ZSTD_isError(left))
		return failure(left);
	/* Something is left to be written, and there is no room for it. */
	return left > 0 ? 0 : (int64_t)stream->out.pos;
}

int64_t zipnn_zstd_sampler_init(ZSTD_CCtx *sampler)
{
	return ZSTD_isError(ZSTD_CCtx_setParameter(sampler, ZSTD_c_compressionLevel, 1))
		   ? ZIPNN_ERROR_ZSTD
		   : 0;
}

/* What a prefix code made for n bytes would take, its table left out. */
static uint64_t order0_size(const uint8_t *src, size_t n)
{
	uint32_t counts[256] = {0};

	zipnn_sample_counts(counts, src, n, SIZE_MAX, 1);
	return n * (uint64_t)zipnn_entropy(counts) / (8 * ZIPNN_BIT);
}

size_t zipnn_zstd_estimate(ZSTD_CCtx *sampler, uint8_t *scratch, const uint8_t *src, size_t n)
{
	const size_t pieces = n < PIECES_FROM ? PIECES / 2 : PIECES;
	const size_t piece = n / pieces < ZIPNN_ZSTD_SAMPLE ? n / pieces : ZIPNN_ZSTD_SAMPLE;
	uint64_t coded = 0;
	uint64_t alone = 0;

	for (size_t i = 0; i < pieces; i++) {
		/* In the middle of its share. */
		const uint8_t *at = src + (n - piece) / (2 * pieces) * (2 * i + 1);
		const int64_t here = zipnn_zstd_frame_encode(sampler, 0, scratch, piece, at, piece);

		coded += here > 0 ? (uint64_t)here : piece;
		alone += order0_size(at, piece);
	}
	return coded < alone ? (size_t)(coded * n / (pieces * piece)) : n;
}

int64_t zipnn_zstd_probe_init(ZSTD_CCtx *probe)
{
	/* A table for blobs of 512 KiB: the default one forgets what lies more than 64 KiB back. */
	return ZSTD_isError(ZSTD_CCtx_setParameter(probe, ZSTD_c_hashLog, 17)) ||
		       ZSTD_isError(ZSTD_CCtx_setParameter(probe, ZSTD_c_compressionLevel, -1)) ||
		       ZSTD_isError(ZSTD_CCtx_setParameter(probe, ZSTD_c_literalCompressionMode,
							   ZSTD_ps_disable))
		   ? ZIPNN_ERROR_ZSTD
		   : 0;
}

/*
 * The literals of a compressed block of n bytes, which a probe leaves as they are: their number,
 * and *start, where they begin. None if they are a run.
 */
static size_t find_literals(size_t *start, const uint8_t *block, size_t n)
{
	*start = 0;
	if (n <= 3 || (block[0] & 3) != 0)
		return 0;
	switch (block[0] >> 2 & 3) {
	case 1:
		*start = 2;
		return (size_t)zipnn_load16(block) >> 4;
	case 3:
		*start = 3;
		return zipnn_load24(block) >> 4;
	default:
		*start = 1;
		return block[0] >> 3;
	}
}

/*
 * What a frame of the probe would take if its literals were coded, as its sequences are. Frames,
 * blocks and literals: RFC 8878, sections 3.1.1, 3.1.1.2 and 3.1.1.3.1.1.
 */
static uint64_t whole_size(const uint8_t *frame, size_t size)
{
	size_t at = ZSTD_frameHeaderSize(frame, size);
	uint64_t sum = at;
	int is_last = 0;

	while (!is_last && at + BLOCK_HEADER_SIZE < size) {
		const uint32_t header = zipnn_load24(frame + at);
		const uint8_t *block = frame + at + BLOCK_HEADER_SIZE;
		const enum { RAW, RUN, COMPRESSED } type = header >> 1 & 3;
		const size_t n = type == RUN ? 1 : header >> 3;
		size_t start = 0;
		size_t literals = type == RAW ? n : 0;

		if (n > size - at - BLOCK_HEADER_SIZE)
			return size;
		if (type == COMPRESSED)
			literals = find_literals(&start, block, n);
		if (literals > n - start)
			return size;
		sum += n - literals + zipnn_prefix_coded_size(block + start, literals);
		at += BLOCK_HEADER_SIZE + n;
		is_last = (header & 1) != 0;
	}
	return sum;
}

int zipnn_zstd_may_win(ZSTD_CCtx *probe, uint8_t *scratch, const uint8_t *src, size_t n,
		       size_t best)
{
	const int64_t left = zipnn_zstd_frame_encode(probe, 0, scratch, n - n / MIN_SHARE, src, n);

	if (left <= 0)
		return 0;
	const uint64_t coded = whole_size(scratch, (size_t)left);

	return coded - coded / MORE_SHARE < best;
}
