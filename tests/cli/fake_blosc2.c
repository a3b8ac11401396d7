// SPDX-License-Identifier: BSD-3-Clause
/*
 * What `zipnn bench --blosc2` needs of libblosc2, without compressing: so that the way there is
 * tested where no libblosc2 is, and what it is told is seen. A chunk is 4 bytes of parameters
 * (coder, filter, level, size of an element) before the raw bytes; a context that was told anything
 * else than documented gives none. -DOTHER_LAYOUT: parameters that zipnn does not know.
 *
 * The layouts are declared once more, with what the real one has behind them: a call that passes
 * parameters by value in another way is seen here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXTRA 4 /* bytes before the raw ones */

struct cparams {
#ifdef OTHER_LAYOUT
	void *new_field;
#endif
	uint8_t codec, codec_meta, level;
	int use_dict;
	int32_t typesize;
	int16_t nthreads;
	int32_t blocksize, splitmode;
	void *schunk;
	uint8_t filters[6], filters_meta[6];
	void *behind[12];
	int last;
};

struct dparams {
	int16_t nthreads;
	void *schunk;
	void *behind[3];
};

struct context {
	uint8_t said[EXTRA];
	int size; /* of the first chunk: the real one chooses its blocks by it, and keeps them */
};

struct cparams blosc2_get_blosc2_cparams_defaults(void)
{
	return (struct cparams){.level = 5,
				.typesize = 8,
				.nthreads = 1,
				.splitmode = 4,
				.filters = {[5] = 1},
				.last = 4711};
}

struct dparams blosc2_get_blosc2_dparams_defaults(void)
{
	return (struct dparams){.nthreads = 1, .behind = {[2] = (void *)4711}};
}

struct context *blosc2_create_cctx(struct cparams params)
{
	struct context *context = calloc(1, sizeof(*context));

	if (params.last != 4711 || params.nthreads != 1 || params.splitmode != 4 ||
	    context == NULL) {
		free(context);
		return NULL;
	}
	context->said[0] = params.codec;
	context->said[1] = params.filters[5];
	context->said[2] = params.level;
	context->said[3] = (uint8_t)params.typesize;
	return context;
}

struct context *blosc2_create_dctx(struct dparams params)
{
	return params.nthreads == 1 && params.behind[2] == (void *)4711
		   ? calloc(1, sizeof(struct context))
		   : NULL;
}

void blosc2_free_ctx(struct context *context)
{
	free(context);
}

int blosc2_compress_ctx(struct context *context, const void *src, int32_t size, void *dst,
			int32_t capacity)
{
	if (context->size != 0 && context->size != size)
		return -1;
	context->size = size;
	if (capacity < size + EXTRA)
		return 0;
	memcpy(dst, context->said, EXTRA);
	memcpy((char *)dst + EXTRA, src, (size_t)size);
	/* The coded size tells what was said: level 5 and an element's size of one digit. */
	return size + EXTRA + context->said[0] + context->said[1] + context->said[3];
}

int blosc2_decompress_ctx(struct context *context, const void *src, int32_t size, void *dst,
			  int32_t capacity)
{
	const uint8_t *said = src;
	int raw = size - EXTRA - said[0] - said[1] - said[3];

	if (said[2] != 5 || raw > capacity)
		return -1;
	(void)context;
	memcpy(dst, said + EXTRA, (size_t)raw);
	return raw;
}
