// SPDX-License-Identifier: BSD-3-Clause
/*
 * libblosc2, which no stable Debian ships: loaded at run time from where the user says it is. The
 * few functions and fields that are used are declared here, as version 2 and later have them.
 */
#ifndef ZIPNN_CLI_BENCH_BLOSC2_H
#define ZIPNN_CLI_BENCH_BLOSC2_H

#include <stddef.h>
#include <stdint.h>

#define BLOSC2_FILTERS 6u    /* a pipeline; the last one runs first */
#define BLOSC2_OVERHEAD 32u  /* bytes by which a chunk may be larger than what it holds */
#define BLOSC2_PARAMS 512u   /* more than the parameters of any version take */
#define BLOSC2_WHY_SIZE 300u /* a reason, with what the dynamic linker says */

enum blosc2_codec_id { BLOSC2_LZ4 = 1, BLOSC2_ZSTD = 5 };
enum blosc2_filter_id { BLOSC2_SHUFFLE = 1, BLOSC2_BITSHUFFLE = 2 };

/*
 * Parameters are passed by value. What follows the fields that are known differs from version to
 * version: there is more room than any needs, and the library fills in its own defaults.
 */
union blosc2_cparams {
	struct {
		uint8_t codec;
		uint8_t codec_meta;
		uint8_t level;
		int use_dictionary;
		int32_t type_size;
		int16_t threads;
		int32_t block_size;
		int32_t split_mode;
		void *super_chunk;
		uint8_t filters[BLOSC2_FILTERS];
		uint8_t filters_meta[BLOSC2_FILTERS];
	} known;
	uint8_t room[BLOSC2_PARAMS];
};

union blosc2_dparams {
	struct {
		int16_t threads;
		void *super_chunk;
	} known;
	uint8_t room[BLOSC2_PARAMS];
};

struct blosc2_context; /* the library's */

struct blosc2_library {
	void *handle;
	union blosc2_cparams (*cparams_defaults)(void);
	union blosc2_dparams (*dparams_defaults)(void);
	struct blosc2_context *(*create_cctx)(union blosc2_cparams params);
	struct blosc2_context *(*create_dctx)(union blosc2_dparams params);
	void (*free_ctx)(struct blosc2_context *context);
	/* Both return a size; 0: the chunk does not fit; below: an error. */
	int (*compress_ctx)(struct blosc2_context *context, const void *src, int32_t size,
			    void *dst, int32_t capacity);
	int (*decompress_ctx)(struct blosc2_context *context, const void *src, int32_t size,
			      void *dst, int32_t capacity);
};

/*
 * path: a file, or a name for the dynamic linker. NULL: it cannot be used, and why says so. The
 * library stays until blosc2_close; NULL is fine there.
 */
struct blosc2_library *blosc2_open(const char *path, char why[BLOSC2_WHY_SIZE]);
void blosc2_close(struct blosc2_library *library);

#endif
