// SPDX-License-Identifier: BSD-3-Clause
/* The codecs, and those of them that are thin: memcpy, zstd and lz4, with their own checksums off.
 */
#include "cli/bench/codec.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "zipnn.h"

#ifdef ZIPNN_HAVE_LZ4
#include <lz4.h>
#endif

/* memcpy: what moving the bytes costs, and nothing else. It needs no context, but NULL is failure.
 */

static char no_context;

static void *copy_create(const struct codec *codec, const struct codec_settings *settings,
			 const char **why)
{
	(void)codec;
	(void)settings;
	(void)why;
	return &no_context;
}

static void copy_destroy(void *context)
{
	(void)context;
}

static size_t copy_bound(size_t size)
{
	return size;
}

static int64_t copy_decompress(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
			       size_t size)
{
	(void)context;
	if (size > capacity)
		return -1;
	memcpy(dst, src, size);
	return (int64_t)size;
}

static int64_t copy_compress(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			     const uint8_t *src, size_t size)
{
	(void)plan;
	return copy_decompress(context, dst, capacity, src, size);
}

static const struct codec codec_memcpy = {
    .name = "memcpy",
    .create = copy_create,
    .destroy = copy_destroy,
    .bound = copy_bound,
    .compress = copy_compress,
    .decompress = copy_decompress,
};

/* zstd: contexts kept from block to block, as Ceph's plugin and every fast user does. */

struct zstd_context {
	ZSTD_CCtx *cctx;
	ZSTD_DCtx *dctx;
};

static void zstd_destroy(void *context)
{
	struct zstd_context *zstd = context;

	if (zstd == NULL)
		return;
	ZSTD_freeCCtx(zstd->cctx);
	ZSTD_freeDCtx(zstd->dctx);
	free(zstd);
}

static void *zstd_create(const struct codec *codec, const struct codec_settings *settings,
			 const char **why)
{
	struct zstd_context *zstd = calloc(1, sizeof(*zstd));

	(void)settings;
	(void)why;
	if (zstd == NULL)
		return NULL;
	zstd->cctx = ZSTD_createCCtx();
	zstd->dctx = ZSTD_createDCtx();
	if (zstd->cctx != NULL && zstd->dctx != NULL &&
	    !ZSTD_isError(
		ZSTD_CCtx_setParameter(zstd->cctx, ZSTD_c_compressionLevel, codec->level)))
		return zstd;
	zstd_destroy(zstd);
	return NULL;
}

static int64_t zstd_result(size_t result)
{
	if (!ZSTD_isError(result))
		return (int64_t)result;
	return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? ZIPNN_ERROR_MEMORY : -1;
}

static int64_t zstd_compress(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			     const uint8_t *src, size_t size)
{
	struct zstd_context *zstd = context;

	(void)plan;
	return zstd_result(ZSTD_compress2(zstd->cctx, dst, capacity, src, size));
}

static int64_t zstd_decompress(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
			       size_t size)
{
	struct zstd_context *zstd = context;

	return zstd_result(ZSTD_decompressDCtx(zstd->dctx, dst, capacity, src, size));
}

#define ZSTD_CODEC(number)                                                                         \
	{                                                                                          \
		.name = "zstd-" #number, .level = (number), .create = zstd_create,                 \
		.destroy = zstd_destroy, .bound = ZSTD_compressBound, .compress = zstd_compress,   \
		.decompress = zstd_decompress,                                                     \
	}

static const struct codec codec_zstd_1 = ZSTD_CODEC(1);
static const struct codec codec_zstd_3 = ZSTD_CODEC(3);

/* lz4: blocks, without a frame around them. */

#ifdef ZIPNN_HAVE_LZ4
static size_t lz4_bound(size_t size)
{
	return (size_t)LZ4_compressBound((int)size);
}

/* Its state for compression is kept, as zstd's is. */
static void *lz4_create(const struct codec *codec, const struct codec_settings *settings,
			const char **why)
{
	(void)codec;
	(void)settings;
	(void)why;
	return malloc((size_t)LZ4_sizeofState());
}

static int64_t lz4_compress(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			    const uint8_t *src, size_t size)
{
	int result = LZ4_compress_fast_extState(context, (const char *)src, (char *)dst, (int)size,
						(int)capacity, 1);

	(void)plan;
	return result == 0 ? -1 : result;
}

static int64_t lz4_decompress(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size)
{
	(void)context;
	return LZ4_decompress_safe((const char *)src, (char *)dst, (int)size, (int)capacity);
}

static const struct codec codec_lz4 = {
    .name = "lz4",
    .create = lz4_create,
    .destroy = free,
    .bound = lz4_bound,
    .compress = lz4_compress,
    .decompress = lz4_decompress,
};
#else
static const struct codec codec_lz4 = {
    .name = "lz4",
    .unavailable = "zipnn was built without it; install liblz4-dev and build again",
};
#endif

const struct codec *const codecs[] = {
    &codec_memcpy,    &codec_zstd_1,    &codec_zstd_3,    &codec_lz4,          &codec_blosc2[0],
    &codec_blosc2[1], &codec_blosc2[2], &codec_blosc2[3], &codec_huff0_planes, &codec_zipnn,
};
const size_t codec_count = sizeof(codecs) / sizeof(codecs[0]);

const struct codec *codec_find(const char *name, size_t length)
{
	for (size_t i = 0; i < codec_count; i++) {
		if (strlen(codecs[i]->name) == length &&
		    strncmp(codecs[i]->name, name, length) == 0)
			return codecs[i];
	}
	return NULL;
}
