// SPDX-License-Identifier: BSD-3-Clause
/* zipnn itself: a blob a block, with default settings, through the public interface alone. */
#include <stdlib.h>

#include "cli/bench/codec.h"
#include "zipnn.h"

struct zipnn_context {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
};

static void destroy(void *context)
{
	struct zipnn_context *zipnn = context;

	if (zipnn == NULL)
		return;
	zipnn_cctx_free(zipnn->cctx);
	zipnn_dctx_free(zipnn->dctx);
	free(zipnn);
}

static void *create(const struct codec *codec, const struct codec_settings *settings,
		    const char **why)
{
	struct zipnn_context *zipnn = calloc(1, sizeof(*zipnn));

	(void)codec;
	(void)why;
	if (zipnn == NULL)
		return NULL;
	zipnn->cctx = zipnn_cctx_create();
	zipnn->dctx = zipnn_dctx_create();
	if (zipnn->cctx != NULL && zipnn->dctx != NULL &&
	    zipnn_cctx_set_best(zipnn->cctx, settings->best) == 0)
		return zipnn;
	destroy(zipnn);
	return NULL;
}

static int64_t compress(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			const uint8_t *src, size_t size)
{
	struct zipnn_context *zipnn = context;

	(void)plan;
	return zipnn_compress(zipnn->cctx, dst, capacity, src, size);
}

static int64_t decompress(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
			  size_t size)
{
	struct zipnn_context *zipnn = context;

	return zipnn_decompress(zipnn->dctx, dst, capacity, src, size);
}

const struct codec codec_zipnn = {
    .name = "zipnn",
    .create = create,
    .destroy = destroy,
    .bound = zipnn_compress_bound,
    .compress = compress,
    .decompress = decompress,
};
