// SPDX-License-Identifier: BSD-3-Clause
/*
 * Writing blobs: src/FORMAT.md section 2.
 *
 * A blob in which no chunk is float data becomes one plain zstd frame, which stock Ceph reads too
 * and which sees repeats across chunks.
 */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "entropy/zstd_frame.h"
#include "frame/blob.h"
#include "frame/block.h"
#include "frame/chunk_encode.h"
#include "frame/context.h"

/*
 * Up to this size a blob of planes may be coded as zstd, too, in scratch memory that a context has
 * from the start (and that the kernel backs once it is used). Ceph gives 4 MiB at most. Larger
 * blobs keep their chunks, each of which has been compared with zstd.
 */
#define RIVAL_MAX_SIZE ((size_t)4 << 20)

#define DEFAULT_ZSTD_LEVEL 3 /* zstd's own */

/* From this share of a blob that zstd codes best, it is tried on all of it: 1/2. */
#define ZSTD_SHARE 2u

zipnn_cctx *zipnn_cctx_create(void)
{
	zipnn_cctx *cctx = calloc(1, sizeof(*cctx));

	if (!cctx)
		return NULL;
	cctx->isa = zipnn_isa_detect();
	cctx->check = 1;
	if (zipnn_plane_encoder_init(&cctx->encoder, cctx->isa, DEFAULT_ZSTD_LEVEL) < 0 ||
	    zipnn_scratch_reserve(&cctx->rival, zipnn_compress_bound(RIVAL_MAX_SIZE)) < 0 ||
	    zipnn_cctx_reserve(cctx, ZIPNN_CHUNK_DEFAULT_SIZE) < 0) {
		zipnn_cctx_free(cctx);
		return NULL;
	}
	return cctx;
}

void zipnn_cctx_free(zipnn_cctx *cctx)
{
	if (!cctx)
		return;
	zipnn_plane_encoder_free(&cctx->encoder);
	zipnn_scratch_free(&cctx->planes);
	zipnn_scratch_free(&cctx->rival);
	free(cctx);
}

int64_t zipnn_cctx_set_dtype(zipnn_cctx *cctx, enum zipnn_dtype dtype)
{
	if (!cctx || (unsigned)dtype > ZIPNN_DTYPE_FP64)
		return ZIPNN_ERROR_ARGUMENT;
	cctx->dtype = dtype;
	return 0;
}

int64_t zipnn_cctx_set_check(zipnn_cctx *cctx, int check)
{
	if (!cctx || (check != 0 && check != 1))
		return ZIPNN_ERROR_ARGUMENT;
	cctx->check = check;
	return 0;
}

int64_t zipnn_cctx_set_zstd_level(zipnn_cctx *cctx, int level)
{
	if (!cctx || level < 1 || level > 19)
		return ZIPNN_ERROR_ARGUMENT;
	return zipnn_plane_encoder_set_level(&cctx->encoder, level);
}

int64_t zipnn_cctx_set_best(zipnn_cctx *cctx, int best)
{
	if (!cctx || (best != 0 && best != 1))
		return ZIPNN_ERROR_ARGUMENT;
	return zipnn_plane_encoder_set_smallest(&cctx->encoder, best);
}

static size_t chunk_count(size_t raw_size)
{
	return raw_size / ZIPNN_CHUNK_DEFAULT_SIZE + (raw_size % ZIPNN_CHUNK_DEFAULT_SIZE != 0);
}

static size_t stored_size(size_t raw_size)
{
	return ZIPNN_BLOB_HEADER_SIZE + chunk_count(raw_size) * ZIPNN_CHUNK_HEADER_SIZE + raw_size;
}

size_t zipnn_compress_bound(size_t raw_size)
{
	/* More than a blob can hold: no capacity suffices, and zipnn_compress says why. */
	if (raw_size > ZIPNN_BLOB_MAX_RAW_SIZE ||
	    raw_size > SIZE_MAX - stored_size(0) - raw_size / 1024 - 4096)
		return SIZE_MAX;
	/* The last chunk, too, is given the room that trying its planes takes. */
	return stored_size(raw_size) + ZIPNN_CHUNK_MAX_PREFIX;
}

static size_t chunk_size_at(size_t offset, size_t size)
{
	size_t left = size - offset;

	return left < ZIPNN_CHUNK_DEFAULT_SIZE ? left : ZIPNN_CHUNK_DEFAULT_SIZE;
}

/*
 * One zstd frame with a content checksum, if it is smaller than best bytes. Returns the blob's
 * size, 0 if it does not fit, or an error.
 */
static int64_t encode_zstd_blob(zipnn_cctx *cctx, uint8_t *dst, size_t best, const uint8_t *src,
				size_t size)
{
	int64_t coded =
	    zipnn_zstd_frame_encode(cctx->encoder.zstd, cctx->check, dst + ZIPNN_BLOB_LENGTH_SIZE,
				    best - 1 - ZIPNN_BLOB_LENGTH_SIZE, src, size);

	if (coded <= 0)
		return coded;
	zipnn_store32(dst, (uint32_t)size);
	return (int64_t)ZIPNN_BLOB_LENGTH_SIZE + coded;
}

/*
 * Whether zstd would look for nothing: noise in every part, in which LZ at its fastest finds no
 * repeat either. Only for what fits into scratch memory.
 */
static int is_incompressible(zipnn_cctx *cctx, const uint8_t *src, size_t size)
{
	const struct zipnn_detection bytes = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0, 0};

	return size <= RIVAL_MAX_SIZE && zipnn_plane_choose(src, size, 0) == ZIPNN_CODER_STORED &&
	       !zipnn_zstd_may_beat(cctx, cctx->rival.data, src, size, size, bytes);
}

/* What encode_stored_blob makes of raw_size bytes. */
static size_t stored_blob_size(size_t raw_size)
{
	const size_t chunks =
	    raw_size / ZIPNN_CHUNK_MAX_SIZE + (raw_size % ZIPNN_CHUNK_MAX_SIZE != 0);

	return ZIPNN_BLOB_HEADER_SIZE + chunks * ZIPNN_CHUNK_HEADER_SIZE + raw_size;
}

/* Store the bytes, in as few chunks as can hold them. Returns the blob's size or an error. */
static int64_t encode_stored_blob(zipnn_cctx *cctx, uint8_t *dst, size_t capacity,
				  const uint8_t *src, size_t size)
{
	const struct zipnn_detection stored = {{ZIPNN_LAYOUT_STORED, 0}, 1, 0, 0};
	size_t at = ZIPNN_BLOB_HEADER_SIZE;

	zipnn_store32(dst, (uint32_t)size);
	zipnn_store32(dst + 4, ZIPNN_BLOB_MAGIC);
	for (size_t offset = 0; offset < size; offset += ZIPNN_CHUNK_MAX_SIZE) {
		const size_t left = size - offset;
		const size_t n = left < ZIPNN_CHUNK_MAX_SIZE ? left : ZIPNN_CHUNK_MAX_SIZE;
		const int64_t coded = zipnn_chunk_encode_as(cctx, dst + at, capacity - at,
							    src + offset, n, offset, stored);

		if (coded < 0)
			return coded;
		at += (size_t)coded;
	}
	return (int64_t)at;
}

/*
 * Code blocks from `start` on by detection; found is that of the block at start, and becomes that
 * of the last; those before it are known to be no floats. Adds to *by_zstd the sizes of blocks
 * that are better off without planes.
 */
static int64_t encode_blocks(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			     size_t size, size_t start, struct zipnn_detection *found,
			     size_t *by_zstd)
{
	struct zipnn_detection bytes = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0, 0};
	const int is_one = size <= ZIPNN_CHUNK_DEFAULT_SIZE;
	size_t at = ZIPNN_BLOB_HEADER_SIZE;

	zipnn_store32(dst, (uint32_t)size);
	zipnn_store32(dst + 4, ZIPNN_BLOB_MAGIC);
	for (size_t offset = 0; offset < size; offset += ZIPNN_CHUNK_DEFAULT_SIZE) {
		size_t n = chunk_size_at(offset, size);

		if (offset > start)
			*found = zipnn_chunk_detect(cctx, src + offset, n);
		/* One block as a whole is left to a zstd blob. */
		int64_t coded =
		    zipnn_block_encode_as(cctx, dst + at, capacity - at, src + offset, n, offset,
					  offset < start ? &bytes : found, !is_one);

		if (coded < 0)
			return coded;
		if (zipnn_chunk_is_zstd(dst + at, n))
			*by_zstd += n;
		at += (size_t)coded;
	}
	return (int64_t)at;
}

/* Replace a blob of coded bytes at dst by a zstd blob if that is smaller. Size or error. */
static int64_t improve_with_zstd_blob(zipnn_cctx *cctx, uint8_t *dst, size_t coded,
				      const uint8_t *src, size_t size)
{
	int64_t result = encode_zstd_blob(cctx, cctx->rival.data, coded, src, size);

	if (result <= 0)
		return result < 0 ? result : (int64_t)coded;
	memcpy(dst, cctx->rival.data, (size_t)result);
	return result;
}

int64_t zipnn_compress(zipnn_cctx *cctx, void *dst, size_t capacity, const void *src, size_t size)
{
	const uint8_t *raw = src;
	struct zipnn_detection found = {{ZIPNN_LAYOUT_BYTES, 0}, 1, 0, 0};
	size_t start = 0;
	size_t by_zstd = 0;

	if (!cctx || !dst || (!src && size))
		return ZIPNN_ERROR_ARGUMENT;
	if (size > ZIPNN_BLOB_MAX_RAW_SIZE)
		return ZIPNN_ERROR_SRC_TOO_LARGE;
	if (capacity < zipnn_compress_bound(size))
		return ZIPNN_ERROR_DST_TOO_SMALL;
	for (; start < size; start += ZIPNN_CHUNK_DEFAULT_SIZE) {
		found = zipnn_chunk_detect(cctx, raw + start, chunk_size_at(start, size));
		if (found.layout.id != ZIPNN_LAYOUT_BYTES || found.mixed)
			break;
	}
	if (start >= size && size > 0) {
		int64_t coded =
		    is_incompressible(cctx, raw, size)
			? 0
			: encode_zstd_blob(cctx, dst, stored_blob_size(size), raw, size);

		/* What does not shrink whole is not tried again in parts. */
		return coded != 0 ? coded : encode_stored_blob(cctx, dst, capacity, raw, size);
	}
	int64_t coded = encode_blocks(cctx, dst, capacity, raw, size, start, &found, &by_zstd);

	if (coded < 0 || size > RIVAL_MAX_SIZE)
		return coded;
	if (size <= ZIPNN_CHUNK_DEFAULT_SIZE
		? zipnn_chunk_is_zstd((uint8_t *)dst + ZIPNN_BLOB_HEADER_SIZE, size) ||
		      !zipnn_zstd_may_beat(cctx, cctx->rival.data, raw, size, (size_t)coded, found)
		: by_zstd < size / ZSTD_SHARE)
		return coded;
	return improve_with_zstd_blob(cctx, dst, (size_t)coded, raw, size);
}
