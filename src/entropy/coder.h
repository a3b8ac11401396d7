// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coding one plane: the coders of src/FORMAT.md section 3.2 and the choice between them.
 */
#ifndef ZIPNN_ENTROPY_CODER_H
#define ZIPNN_ENTROPY_CODER_H

#include <stddef.h>
#include <stdint.h>

#include <zstd.h>

#include "core/cpu.h"

enum zipnn_coder {
	ZIPNN_CODER_STORED = 0,
	ZIPNN_CODER_CONSTANT = 1,
	ZIPNN_CODER_HUFFMAN = 2,
	ZIPNN_CODER_LANES = 3,
	ZIPNN_CODER_ZSTD = 4,
	ZIPNN_CODER_RANS = 5,
	ZIPNN_CODER_COUNT = 6,
};

/* The name listings show. */
const char *zipnn_coder_name(unsigned coder);

/* What encoding a plane needs. The zstd contexts are kept configured between calls. */
struct zipnn_plane_encoder {
	ZSTD_CCtx *huffman; /* literals only */
	ZSTD_CCtx *zstd;
	ZSTD_CCtx *sampler; /* these tell whether zstd finds anything: near, */
	ZSTD_CCtx *probe;   /* and far */
	struct zipnn_lanes_encoder *lanes;
	uint8_t *rans_words; /* scratch of that coder; NULL unless the smallest is wanted */
};

/* Returns 0 or an error; after an error nothing needs to be freed. */
int64_t zipnn_plane_encoder_init(struct zipnn_plane_encoder *encoder, enum zipnn_isa isa,
				 int zstd_level);
void zipnn_plane_encoder_free(struct zipnn_plane_encoder *encoder);

/* With smallest, try everything and keep the smallest, however slow. Returns 0 or an error. */
int64_t zipnn_plane_encoder_set_smallest(struct zipnn_plane_encoder *encoder, int smallest);
int64_t zipnn_plane_encoder_set_level(struct zipnn_plane_encoder *encoder, int zstd_level);

/*
 * What a cheap look promises most of: constant, stored where every part of the plane is noise
 * (ZipNN paper, section 3.2), or a prefix code. 1 <= n values. likely_noise: look at half as much.
 */
enum zipnn_coder zipnn_plane_choose(const uint8_t *plane, size_t n, int likely_noise);

struct zipnn_plane_look; /* entropy/lanes/lanes.h */

/*
 * Code n values with the coder asked for, or as stored where that is not longer. At most n bytes
 * are written to dst, which must have room for them. Sets *coder to the one used. What lanes sees
 * of the plane goes to look. Returns the coded size or an error.
 */
int64_t zipnn_plane_encode_as(struct zipnn_plane_encoder *encoder, enum zipnn_coder *coder,
			      uint8_t *dst, const uint8_t *plane, size_t n,
			      struct zipnn_plane_look *look);

/*
 * Code n values with what suits them: the smallest of the coders that a look promises something of,
 * where one that is slow to decode has to be smaller by a constant price. *coder is what
 * zipnn_plane_choose has said, and becomes the one used. dst and spare both have room for n bytes.
 * use_zstd: 0 if the caller will try that on the same bytes. Returns the coded size or an error.
 */
int64_t zipnn_plane_encode(struct zipnn_plane_encoder *encoder, enum zipnn_coder *coder,
			   uint8_t *dst, uint8_t *spare, const uint8_t *plane, size_t n,
			   int use_zstd);

/* What decoding a plane needs. */
struct zipnn_plane_decoder {
	ZSTD_DCtx *zstd;
	struct zipnn_lanes_decoder *lanes;
};

/* Returns 0 or ZIPNN_ERROR_MEMORY; after an error nothing needs to be freed. */
int64_t zipnn_plane_decoder_init(struct zipnn_plane_decoder *decoder, enum zipnn_isa isa);
void zipnn_plane_decoder_free(struct zipnn_plane_decoder *decoder);

/* Decode coded_size bytes to exactly n values at dst. Returns 0 or an error. */
int64_t zipnn_plane_decode(struct zipnn_plane_decoder *decoder, unsigned coder, uint8_t *dst,
			   size_t n, const uint8_t *src, size_t coded_size);

#endif
