// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coding a plane: src/FORMAT.md section 3.2.
 *
 * Huffman goes through libzstd: a frame without sequences is a table and the literals' prefix codes
 * (huff0), and any zstd decoder reads it. Level -131072 with compressed literals makes the match
 * finder skip everything, which is the fastest way to such a frame through the public interface.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_c_literalCompressionMode */
#include "entropy/coder.h"

#include <string.h>

#include "entropy/zstd_frame.h"
#include "zipnn.h"

static int set(ZSTD_CCtx *zstd, ZSTD_cParameter parameter, int value)
{
	return !ZSTD_isError(ZSTD_CCtx_setParameter(zstd, parameter, value));
}

int64_t zipnn_plane_encoder_set_level(struct zipnn_plane_encoder *encoder, int zstd_level)
{
	ZSTD_CCtx_reset(encoder->zstd, ZSTD_reset_session_only);
	return set(encoder->zstd, ZSTD_c_compressionLevel, zstd_level) ? 0 : ZIPNN_ERROR_ARGUMENT;
}

int64_t zipnn_plane_encoder_init(struct zipnn_plane_encoder *encoder, int zstd_level)
{
	encoder->huffman = ZSTD_createCCtx();
	encoder->zstd = ZSTD_createCCtx();
	int64_t result = ZIPNN_ERROR_MEMORY;

	if (encoder->huffman && encoder->zstd) {
		int ok = set(encoder->huffman, ZSTD_c_compressionLevel, ZSTD_minCLevel()) &&
			 set(encoder->huffman, ZSTD_c_literalCompressionMode, ZSTD_ps_enable);

		result = ok ? zipnn_plane_encoder_set_level(encoder, zstd_level) : ZIPNN_ERROR_ZSTD;
	}
	if (result < 0)
		zipnn_plane_encoder_free(encoder);
	return result;
}

void zipnn_plane_encoder_free(struct zipnn_plane_encoder *encoder)
{
	ZSTD_freeCCtx(encoder->huffman);
	ZSTD_freeCCtx(encoder->zstd);
	encoder->huffman = NULL;
	encoder->zstd = NULL;
}

int64_t zipnn_plane_encode(struct zipnn_plane_encoder *encoder, enum zipnn_coder *coder,
			   uint8_t *dst, const uint8_t *plane, size_t n)
{
	if (*coder == ZIPNN_CODER_CONSTANT) {
		dst[0] = plane[0];
		return 1;
	}
	if (*coder == ZIPNN_CODER_HUFFMAN || *coder == ZIPNN_CODER_ZSTD) {
		ZSTD_CCtx *zstd = *coder == ZIPNN_CODER_HUFFMAN ? encoder->huffman : encoder->zstd;
		/* One byte short of the plane: a frame that does not shrink it does not fit. */
		int64_t coded = zipnn_zstd_frame_encode(zstd, 0, dst, n - 1, plane, n);

		if (coded != 0)
			return coded;
	}
	*coder = ZIPNN_CODER_STORED;
	memcpy(dst, plane, n);
	return (int64_t)n;
}
