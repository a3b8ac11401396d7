// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coding one plane: the coders of src/FORMAT.md section 3.2 and the choice between them.
 */
#ifndef ZIPNN_ENTROPY_CODER_H
#define ZIPNN_ENTROPY_CODER_H

#include <stddef.h>
#include <stdint.h>

#include <zstd.h>

enum zipnn_coder {
	ZIPNN_CODER_STORED = 0,
	ZIPNN_CODER_CONSTANT = 1,
	ZIPNN_CODER_HUFFMAN = 2,
	ZIPNN_CODER_LANES = 3, /* reserved */
	ZIPNN_CODER_ZSTD = 4,
};

/* The name listings show. */
const char *zipnn_coder_name(unsigned coder);

/* What encoding a plane needs. Both zstd contexts are kept configured between calls. */
struct zipnn_plane_encoder {
	ZSTD_CCtx *huffman; /* literals only */
	ZSTD_CCtx *zstd;
};

/* Returns 0 or an error; after an error nothing needs to be freed. */
int64_t zipnn_plane_encoder_init(struct zipnn_plane_encoder *encoder, int zstd_level);
void zipnn_plane_encoder_free(struct zipnn_plane_encoder *encoder);
int64_t zipnn_plane_encoder_set_level(struct zipnn_plane_encoder *encoder, int zstd_level);

/*
 * The coder a cheap look promises most of: a sample of the plane decides, so noise costs next to
 * nothing (ZipNN paper, section 3.2; the zero rule is section 4.2's). 1 <= n values.
 */
enum zipnn_coder zipnn_plane_choose(const uint8_t *plane, size_t n);

/*
 * Code n values with the coder asked for, or as stored or constant where that is not longer. At
 * most n bytes are written to dst, which must have room for them. Sets *coder to the one used.
 * Returns the coded size or an error.
 */
int64_t zipnn_plane_encode(struct zipnn_plane_encoder *encoder, enum zipnn_coder *coder,
			   uint8_t *dst, const uint8_t *plane, size_t n);

/*
 * Decode coded_size bytes to exactly n values at dst. zstd is NULL only if no plane needs it.
 * Returns 0 or an error.
 */
int64_t zipnn_plane_decode(ZSTD_DCtx *zstd, unsigned coder, uint8_t *dst, size_t n,
			   const uint8_t *src, size_t coded_size);

#endif
