// SPDX-License-Identifier: BSD-3-Clause
/* Reading blobs, zipnn's and zstd's: src/FORMAT.md section 2. */
#include <stdlib.h>

#include "core/bytes.h"
#include "entropy/zstd_frame.h"
#include "frame/blob.h"
#include "frame/chunk.h"
#include "frame/context.h"

zipnn_dctx *zipnn_dctx_create(void)
{
	zipnn_dctx *dctx = calloc(1, sizeof(*dctx));

	if (!dctx)
		return NULL;
	dctx->isa = zipnn_isa_detect();
	if (zipnn_plane_decoder_init(&dctx->decoder, dctx->isa) < 0 ||
	    zipnn_scratch_reserve(&dctx->planes, ZIPNN_CHUNK_DEFAULT_SIZE) < 0) {
		zipnn_dctx_free(dctx);
		return NULL;
	}
	return dctx;
}

void zipnn_dctx_free(zipnn_dctx *dctx)
{
	if (!dctx)
		return;
	zipnn_plane_decoder_free(&dctx->decoder);
	zipnn_scratch_free(&dctx->planes);
	free(dctx);
}

uint64_t zipnn_dctx_error_offset(const zipnn_dctx *dctx)
{
	return dctx ? dctx->error_offset : 0;
}

int64_t zipnn_raw_size(const void *blob, size_t size)
{
	const uint8_t *src = blob;

	if (!blob)
		return ZIPNN_ERROR_ARGUMENT;
	if (size < ZIPNN_BLOB_HEADER_SIZE)
		return ZIPNN_ERROR_TRUNCATED;
	uint32_t magic = zipnn_load32(src + 4);

	if (magic != ZIPNN_BLOB_MAGIC && magic != ZSTD_MAGICNUMBER) {
		/* The same three letters with another version byte. */
		return (magic & 0xffffff) == (ZIPNN_BLOB_MAGIC & 0xffffff) ? ZIPNN_ERROR_VERSION
									   : ZIPNN_ERROR_MAGIC;
	}
	return zipnn_load32(src);
}

static int64_t decode_zstd_blob(zipnn_dctx *dctx, uint8_t *dst, size_t raw_size, const uint8_t *src,
				size_t size)
{
	dctx->error_offset = ZIPNN_BLOB_LENGTH_SIZE;
	int64_t result =
	    zipnn_zstd_frame_decode(dctx->decoder.zstd, dst, raw_size, src + ZIPNN_BLOB_LENGTH_SIZE,
				    size - ZIPNN_BLOB_LENGTH_SIZE);

	return result < 0 ? result : (int64_t)raw_size;
}

int64_t zipnn_decompress(zipnn_dctx *dctx, void *dst, size_t capacity, const void *blob,
			 size_t size)
{
	const uint8_t *src = blob;
	uint8_t *raw = dst;

	if (!dctx)
		return ZIPNN_ERROR_ARGUMENT;
	dctx->error_offset = 0;
	int64_t claimed = zipnn_raw_size(blob, size);

	if (claimed < 0)
		return claimed;
	size_t raw_size = (size_t)claimed;

	if (!dst && raw_size > 0)
		return ZIPNN_ERROR_ARGUMENT;
	if (raw_size > capacity)
		return ZIPNN_ERROR_DST_TOO_SMALL;
	if (zipnn_load32(src + 4) == ZSTD_MAGICNUMBER)
		return decode_zstd_blob(dctx, raw, raw_size, src, size);

	size_t at = ZIPNN_BLOB_HEADER_SIZE;
	size_t done = 0;

	while (done < raw_size) {
		struct zipnn_chunk_info info;

		dctx->error_offset = at;
		int64_t result = zipnn_chunk_parse(&info, src + at, size - at);

		if (result < 0)
			return result;
		/* Not the caller's buffer is too small, but the chunk contradicts the blob. */
		if (info.raw_size > raw_size - done)
			return ZIPNN_ERROR_CORRUPT;
		result = zipnn_chunk_decode(dctx, raw + done, raw_size - done, src + at, size - at,
					    done);
		if (result < 0)
			return result;
		at += info.coded_size;
		done += info.raw_size;
	}
	dctx->error_offset = at;
	return at == size ? (int64_t)raw_size : ZIPNN_ERROR_CORRUPT;
}
