// SPDX-License-Identifier: BSD-3-Clause
/*
 * Reading a zstd frame that nobody vouches for.
 *
 * libzstd's one-shot decoder also takes several frames, skippable frames and, where it was built
 * so, the formats before RFC 8878, whose decoders are old code. None of these is in src/FORMAT.md,
 * so none gets there.
 */
#include "entropy/zstd_frame.h"

#include <zstd_errors.h>

#include "core/bytes.h"
#include "zipnn.h"

int64_t zipnn_zstd_frame_decode(ZSTD_DCtx *zstd, uint8_t *dst, size_t n, const uint8_t *src,
				size_t size)
{
	uint8_t nothing[1]; /* libzstd wants an address even for 0 bytes */

	if (size < 4)
		return ZIPNN_ERROR_TRUNCATED;
	if (zipnn_load32(src) != ZSTD_MAGICNUMBER)
		return ZIPNN_ERROR_CORRUPT;
	size_t frame_size = ZSTD_findFrameCompressedSize(src, size);

	if (ZSTD_isError(frame_size))
		return ZSTD_getErrorCode(frame_size) == ZSTD_error_srcSize_wrong
			   ? ZIPNN_ERROR_TRUNCATED
			   : ZIPNN_ERROR_CORRUPT;
	if (frame_size != size)
		return ZIPNN_ERROR_CORRUPT;
	size_t decoded = ZSTD_decompressDCtx(zstd, n ? dst : nothing, n, src, size);

	if (!ZSTD_isError(decoded))
		return decoded == n ? 0 : ZIPNN_ERROR_CORRUPT;
	switch (ZSTD_getErrorCode(decoded)) {
	case ZSTD_error_memory_allocation:
		return ZIPNN_ERROR_MEMORY;
	case ZSTD_error_checksum_wrong:
		return ZIPNN_ERROR_CHECKSUM;
	default:
		return ZIPNN_ERROR_CORRUPT;
	}
}
