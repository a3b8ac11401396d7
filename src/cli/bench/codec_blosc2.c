// SPDX-License-Identifier: BSD-3-Clause
/*
 * blosc2 as its users call it: one filter and one coder, the library's default level, its own
 * choice of blocks within the chunk that a block becomes, one thread. It is told the size of an
 * element, which is what its filters need to know; contexts are kept. It has no checksum of its
 * own.
 */
#include <stdlib.h>

#include "cli/bench/blosc2.h"
#include "cli/bench/codec.h"

struct kind {
	enum blosc2_codec_id coder;
	enum blosc2_filter_id filter;
};

/*
 * A context's parameters hold for its life, and one of them is the size of an element. Its own
 * block size it chooses by the first chunk and keeps, so that a file's last block, which is
 * smaller, would spoil it for the others (by 3 % of the size, with bitshuffle): that one gets
 * another context.
 */
struct contexts {
	struct blosc2_context *of_size[ZIPNN_MAX_PLANES + 1];
};

struct blosc2 {
	const struct blosc2_library *library;
	size_t max_block;
	struct contexts whole;
	struct contexts last;
	struct blosc2_context *dctx;
};

static size_t bound(size_t size)
{
	return size + BLOSC2_OVERHEAD;
}

static void free_context(const struct blosc2_library *library, struct blosc2_context *context)
{
	if (context != NULL)
		library->free_ctx(context);
}

static void destroy(void *context)
{
	struct blosc2 *blosc2 = context;

	if (blosc2 == NULL)
		return;
	for (unsigned i = 0; i <= ZIPNN_MAX_PLANES; i++) {
		free_context(blosc2->library, blosc2->whole.of_size[i]);
		free_context(blosc2->library, blosc2->last.of_size[i]);
	}
	free_context(blosc2->library, blosc2->dctx);
	free(blosc2);
}

static bool create_contexts(struct blosc2 *blosc2, const struct codec *codec)
{
	const struct kind *kind = codec->kind;
	union blosc2_cparams params = blosc2->library->cparams_defaults();

	params.known.codec = (uint8_t)kind->coder;
	params.known.level = (uint8_t)codec->level;
	params.known.filters[BLOSC2_FILTERS - 1] = (uint8_t)kind->filter;
	for (unsigned size = 1; size <= ZIPNN_MAX_PLANES; size *= 2) {
		params.known.type_size = (int32_t)size;
		blosc2->whole.of_size[size] = blosc2->library->create_cctx(params);
		blosc2->last.of_size[size] = blosc2->library->create_cctx(params);
		if (blosc2->whole.of_size[size] == NULL || blosc2->last.of_size[size] == NULL)
			return false;
	}
	blosc2->dctx = blosc2->library->create_dctx(blosc2->library->dparams_defaults());
	return blosc2->dctx != NULL;
}

static void *create(const struct codec *codec, const struct codec_settings *settings,
		    const char **why)
{
	struct blosc2 *blosc2 = calloc(1, sizeof(*blosc2));

	if (blosc2 == NULL)
		return NULL;
	blosc2->library = settings->blosc2;
	blosc2->max_block = settings->max_block;
	if (create_contexts(blosc2, codec))
		return blosc2;
	*why = "libblosc2 gives no context; leave it out, or name another libblosc2";
	destroy(blosc2);
	return NULL;
}

static int64_t compress(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			const uint8_t *src, size_t size)
{
	struct blosc2 *blosc2 = context;
	const struct contexts *contexts =
	    size == blosc2->max_block ? &blosc2->whole : &blosc2->last;
	int coded =
	    blosc2->library->compress_ctx(contexts->of_size[zipnn_element_size(plan->layout.id)],
					  src, (int32_t)size, dst, (int32_t)capacity);

	return coded == 0 ? -1 : coded;
}

static int64_t decompress(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
			  size_t size)
{
	struct blosc2 *blosc2 = context;

	return blosc2->library->decompress_ctx(blosc2->dctx, src, (int32_t)size, dst,
					       (int32_t)capacity);
}

#define DEFAULT_LEVEL 5

#define BLOSC2_CODEC(text, coder_id, filter_id)                                                    \
	{                                                                                          \
		.name = "blosc2-" text, .needs_blosc2 = true, .level = DEFAULT_LEVEL,              \
		.kind = &(const struct kind){(coder_id), (filter_id)}, .create = create,           \
		.destroy = destroy, .bound = bound, .compress = compress,                          \
		.decompress = decompress,                                                          \
	}

const struct codec codec_blosc2[BLOSC2_CODECS] = {
    BLOSC2_CODEC("shuffle-zstd", BLOSC2_ZSTD, BLOSC2_SHUFFLE),
    BLOSC2_CODEC("bitshuffle-zstd", BLOSC2_ZSTD, BLOSC2_BITSHUFFLE),
    BLOSC2_CODEC("shuffle-lz4", BLOSC2_LZ4, BLOSC2_SHUFFLE),
    BLOSC2_CODEC("bitshuffle-lz4", BLOSC2_LZ4, BLOSC2_BITSHUFFLE),
};
