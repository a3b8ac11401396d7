// SPDX-License-Identifier: BSD-3-Clause
/* Writing a zstd frame. */
#include "entropy/zstd_frame.h"

#include <zstd_errors.h>

#include "zipnn.h"

int64_t zipnn_zstd_frame_encode(ZSTD_CCtx *zstd, int checksum, uint8_t *dst, size_t capacity,
				const uint8_t *src, size_t n)
{
	/* An attempt that did not fit leaves a session open, in which parameters cannot be set. */
	ZSTD_CCtx_reset(zstd, ZSTD_reset_session_only);
	if (ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, checksum)))
		return ZIPNN_ERROR_ZSTD;
	size_t coded = ZSTD_compress2(zstd, dst, capacity, src, n);

	if (!ZSTD_isError(coded))
		return (int64_t)coded;
	switch (ZSTD_getErrorCode(coded)) {
	case ZSTD_error_dstSize_tooSmall:
		return 0;
	case ZSTD_error_memory_allocation:
		return ZIPNN_ERROR_MEMORY;
	default:
		return ZIPNN_ERROR_ZSTD;
	}
}
