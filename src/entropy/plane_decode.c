// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decoding a plane: src/FORMAT.md section 3.2.
 *
 * The caller has bounded n and checked that the coded bytes are there; what they say is not
 * trusted.
 */
#include "entropy/coder.h"

#include <stdlib.h>
#include <string.h>

#include "entropy/lanes/lanes.h"
#include "entropy/rans/rans.h"
#include "entropy/zstd_frame.h"
#include "zipnn.h"

const char *zipnn_coder_name(unsigned coder)
{
	switch (coder) {
	case ZIPNN_CODER_STORED:
		return "stored";
	case ZIPNN_CODER_CONSTANT:
		return "constant";
	case ZIPNN_CODER_HUFFMAN:
		return "huffman";
	case ZIPNN_CODER_LANES:
		return "lanes";
	case ZIPNN_CODER_ZSTD:
		return "zstd";
	case ZIPNN_CODER_RANS:
		return "rans";
	default:
		return "unknown";
	}
}

int64_t zipnn_plane_decoder_init(struct zipnn_plane_decoder *decoder, enum zipnn_isa isa)
{
	decoder->zstd = ZSTD_createDCtx();
	decoder->lanes = malloc(sizeof(*decoder->lanes));
	if (decoder->zstd && decoder->lanes) {
		decoder->lanes->kernel = zipnn_lanes_decode_kernel_for(isa);
		return 0;
	}
	zipnn_plane_decoder_free(decoder);
	return ZIPNN_ERROR_MEMORY;
}

void zipnn_plane_decoder_free(struct zipnn_plane_decoder *decoder)
{
	ZSTD_freeDCtx(decoder->zstd);
	free(decoder->lanes);
	decoder->zstd = NULL;
	decoder->lanes = NULL;
}

int64_t zipnn_plane_decode(struct zipnn_plane_decoder *decoder, unsigned coder, uint8_t *dst,
			   size_t n, const uint8_t *src, size_t coded_size)
{
	int64_t result;

	switch (coder) {
	case ZIPNN_CODER_STORED:
		if (coded_size != n)
			return ZIPNN_ERROR_CORRUPT;
		memcpy(dst, src, n);
		return 0;
	case ZIPNN_CODER_CONSTANT:
		if (coded_size != 1)
			return ZIPNN_ERROR_CORRUPT;
		memset(dst, src[0], n);
		return 0;
	case ZIPNN_CODER_LANES:
		return zipnn_lanes_decode(decoder->lanes, dst, n, src, coded_size);
	case ZIPNN_CODER_RANS:
		return zipnn_rans_decode(dst, n, src, coded_size);
	case ZIPNN_CODER_HUFFMAN:
	case ZIPNN_CODER_ZSTD:
		/* The payload's length is known to be right: what its frame lacks, it never had. */
		result = zipnn_zstd_frame_decode(decoder->zstd, dst, n, src, coded_size);
		return result == ZIPNN_ERROR_TRUNCATED || result == ZIPNN_ERROR_CHECKSUM
			   ? ZIPNN_ERROR_CORRUPT
			   : result;
	default:
		return ZIPNN_ERROR_VERSION;
	}
}
