// SPDX-License-Identifier: BSD-3-Clause
/*
 * A codec as the bench sees it: a context, and two functions from block to block. Everything that a
 * program would keep from call to call belongs into the context; what it does for each block
 * belongs into compress and decompress, which are timed.
 */
#ifndef ZIPNN_CLI_BENCH_CODEC_H
#define ZIPNN_CLI_BENCH_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/bench/plan.h"

struct blosc2_library; /* blosc2.h */

struct codec_settings {
	size_t max_block;                    /* no block is larger; at most PLAN_MAX_BLOCK */
	bool best;                           /* zipnn: smaller, slower */
	const struct blosc2_library *blosc2; /* NULL: codecs that need it are not asked for */
};

struct codec {
	const char *name;
	const char *unavailable; /* why this build has it not; NULL: it has it */
	bool needs_blosc2;       /* a library that is loaded if the user names it */
	int level;               /* of codecs that have one */
	const void *kind;        /* for functions that several codecs share */

	/* NULL: no memory, or *why is set to another reason. */
	void *(*create)(const struct codec *codec, const struct codec_settings *settings,
			const char **why);
	void (*destroy)(void *context);

	/* The capacity compress is given for size bytes. */
	size_t (*bound)(size_t size);

	/* Each returns the bytes it made, or a negative value: it failed; ZIPNN_ERROR_MEMORY is
	 * kept for what its name says. */
	int64_t (*compress)(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			    const uint8_t *src, size_t size);
	int64_t (*decompress)(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size);
};

/* All codecs, in the order of the tables; codec_count of them. */
extern const struct codec *const codecs[];
extern const size_t codec_count;

/* NULL: there is none of this name, which has length characters. */
const struct codec *codec_find(const char *name, size_t length);

extern const struct codec codec_zipnn;
extern const struct codec codec_huff0_planes;

#define BLOSC2_CODECS 4u
extern const struct codec codec_blosc2[BLOSC2_CODECS];

#endif
