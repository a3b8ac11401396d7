// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coding a plane: src/FORMAT.md section 3.2.
 *
 * Huffman goes through libzstd: a frame without sequences is a table and the literals' prefix codes
 * (huff0), and any zstd decoder reads it. Level -131072 with compressed literals makes the match
 * finder skip everything, which is the fastest way to such a frame through the public interface.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_c_literalCompressionMode */
#include "entropy/coder.h"

#include <stdlib.h>
#include <string.h>

#include "entropy/lanes/lanes.h"
#include "entropy/pieces.h"
#include "entropy/rans/rans.h"
#include "entropy/sample.h"
#include "entropy/zstd_frame.h"
#include "zipnn.h"

/*
 * What a coder has to be smaller by than a plane stored, in 1/1024 of it: the time to code and
 * decode. lanes is the fastest; zstd may win by 0.2 % of a plane already. rans is tried only where
 * time has no price.
 */
static const uint16_t coder_prices[] = {
    [ZIPNN_CODER_STORED] = 0, [ZIPNN_CODER_CONSTANT] = 0, [ZIPNN_CODER_HUFFMAN] = 16,
    [ZIPNN_CODER_LANES] = 15, [ZIPNN_CODER_ZSTD] = 17,    [ZIPNN_CODER_RANS] = 0,
};

/* lanes' codes may be longer than Huffman's by 0.6 % of a plane before that is tried. */
#define HUFFMAN_MAY_WIN(excess, n) ((excess) > (n) / 160)

/*
 * From this share of one value on, a prefix code pays too much for it, a bit each: 60 %. It takes
 * in the rule of the ZipNN paper, section 4.2: zstd for planes of 90 % zeros, or where zeros run
 * long.
 */
#define DOMINANT(sampled) ((sampled) / 10 * 6)

/* Attempts with fewer values take no longer than a sample. */
#define SAMPLED_FROM ((size_t)4 * ZIPNN_ZSTD_SAMPLE)

/* Lines that a plane too small for lanes is looked at by: 1 KiB. */
#define SMALL_LINES 16u

/* Local tables for huffman: a block of a zstd frame holds at most 128 KiB and has its own. */
#define CUT_WINDOW ((size_t)128 << 10)
#define CUT_PIECE ((size_t)4 << 10)
#define CUT_BITS (8u * 90) /* what another block and table cost */

static int smallest(const struct zipnn_plane_encoder *encoder)
{
	return encoder->rans_words != NULL;
}

static int set(ZSTD_CCtx *zstd, ZSTD_cParameter parameter, int value)
{
	return !ZSTD_isError(ZSTD_CCtx_setParameter(zstd, parameter, value));
}

int64_t zipnn_plane_encoder_set_level(struct zipnn_plane_encoder *encoder, int zstd_level)
{
	ZSTD_CCtx_reset(encoder->zstd, ZSTD_reset_session_only);
	return set(encoder->zstd, ZSTD_c_compressionLevel, zstd_level) ? 0 : ZIPNN_ERROR_ARGUMENT;
}

int64_t zipnn_plane_encoder_set_smallest(struct zipnn_plane_encoder *encoder, int smallest_wanted)
{
	free(encoder->rans_words);
	encoder->rans_words = smallest_wanted ? malloc(2 * ZIPNN_RANS_WINDOW) : NULL;
	return smallest_wanted && !encoder->rans_words ? ZIPNN_ERROR_MEMORY : 0;
}

int64_t zipnn_plane_encoder_init(struct zipnn_plane_encoder *encoder, enum zipnn_isa isa,
				 int zstd_level)
{
	encoder->huffman = ZSTD_createCCtx();
	encoder->zstd = ZSTD_createCCtx();
	encoder->sampler = ZSTD_createCCtx();
	encoder->probe = ZSTD_createCCtx();
	encoder->lanes = malloc(sizeof(*encoder->lanes));
	encoder->rans_words = NULL;
	int64_t result = ZIPNN_ERROR_MEMORY;

	if (encoder->huffman && encoder->zstd && encoder->sampler && encoder->probe &&
	    encoder->lanes) {
		encoder->lanes->kernel = zipnn_lanes_encode_kernel_for(isa);
		int ok = set(encoder->huffman, ZSTD_c_compressionLevel, ZSTD_minCLevel()) &&
			 set(encoder->huffman, ZSTD_c_literalCompressionMode, ZSTD_ps_enable) &&
			 zipnn_zstd_sampler_init(encoder->sampler) == 0 &&
			 zipnn_zstd_probe_init(encoder->probe) == 0;

		result = ok ? zipnn_plane_encoder_set_level(encoder, zstd_level) : ZIPNN_ERROR_ZSTD;
	}
	if (result < 0)
		zipnn_plane_encoder_free(encoder);
	return result;
}

void zipnn_plane_encoder_free(struct zipnn_plane_encoder *encoder)
{
	ZSTD_freeCCtx(encoder->huffman);
	ZSTD_freeCCtx(encoder->zstd);
	ZSTD_freeCCtx(encoder->sampler);
	ZSTD_freeCCtx(encoder->probe);
	free(encoder->lanes);
	free(encoder->rans_words);
	encoder->huffman = NULL;
	encoder->zstd = NULL;
	encoder->sampler = NULL;
	encoder->probe = NULL;
	encoder->lanes = NULL;
	encoder->rans_words = NULL;
}

/*
 * Code a plane as a literals-only frame whose blocks end where the distribution changes. Returns
 * its size, 0 if it needs more than capacity bytes, or an error.
 */
static int64_t encode_huffman_cut(struct zipnn_plane_encoder *encoder, uint8_t *dst,
				  size_t capacity, const uint8_t *plane, size_t n)
{
	struct zipnn_piece pieces[CUT_WINDOW / CUT_PIECE + 1];
	struct zipnn_zstd_stream stream;
	int64_t result = zipnn_zstd_stream_begin(&stream, encoder->huffman, dst, capacity, n);

	while (n > 0 && result > 0) {
		const size_t window = n < CUT_WINDOW ? n : CUT_WINDOW;
		size_t count = zipnn_pieces_cut(pieces, plane, window, CUT_PIECE, SIZE_MAX);

		count = zipnn_pieces_join(pieces, count, CUT_BITS);
		n -= window;
		for (size_t i = 0; i < count && result > 0; i++) {
			const int last = n == 0 && i + 1 == count;

			result = zipnn_zstd_stream_block(&stream, plane, pieces[i].values, last);
			plane += pieces[i].values;
		}
	}
	return result;
}

int64_t zipnn_plane_encode_as(struct zipnn_plane_encoder *encoder, enum zipnn_coder *coder,
			      uint8_t *dst, const uint8_t *plane, size_t n,
			      struct zipnn_plane_look *look)
{
	/* One byte short of the plane: what does not shrink does not fit. */
	const size_t room = n - 1;
	int64_t coded = 0;

	switch (*coder) {
	case ZIPNN_CODER_STORED:
		break;
	case ZIPNN_CODER_CONSTANT:
		dst[0] = plane[0];
		return 1;
	case ZIPNN_CODER_HUFFMAN:
		coded = smallest(encoder)
			    ? encode_huffman_cut(encoder, dst, room, plane, n)
			    : zipnn_zstd_frame_encode(encoder->huffman, 0, dst, room, plane, n);
		break;
	case ZIPNN_CODER_LANES:
		coded = (int64_t)zipnn_lanes_encode(encoder->lanes, dst, room, plane, n,
						    smallest(encoder), look);
		break;
	case ZIPNN_CODER_RANS: /* only where the smallest is wanted */
		coded = (int64_t)zipnn_rans_encode(encoder->rans_words, dst, room, plane, n);
		break;
	case ZIPNN_CODER_ZSTD:
		coded = zipnn_zstd_frame_encode(encoder->zstd, 0, dst, room, plane, n);
		break;
	case ZIPNN_CODER_COUNT:
		break;
	}
	if (coded != 0)
		return coded;
	*coder = ZIPNN_CODER_STORED;
	memcpy(dst, plane, n);
	return (int64_t)n;
}

/* What a coding costs: its size and its coder's price. */
static size_t cost(const struct zipnn_plane_encoder *encoder, enum zipnn_coder coder, size_t coded,
		   size_t n)
{
	return smallest(encoder) ? coded : coded + n * coder_prices[coder] / 1024;
}

/*
 * Code the plane with another coder, too, and keep it if that costs less than the *size bytes of
 * *coder at dst. Returns 0 or an error.
 */
static int64_t improve(struct zipnn_plane_encoder *encoder, enum zipnn_coder other,
		       enum zipnn_coder *coder, int64_t *size, uint8_t *dst, uint8_t *spare,
		       const uint8_t *plane, size_t n)
{
	struct zipnn_plane_look look = {0};
	int64_t coded = zipnn_plane_encode_as(encoder, &other, spare, plane, n, &look);

	if (coded < 0)
		return coded;
	if (cost(encoder, other, (size_t)coded, n) < cost(encoder, *coder, (size_t)*size, n)) {
		memcpy(dst, spare, (size_t)coded);
		*size = coded;
		*coder = other;
	}
	return 0;
}

/* Whether LZ may find what a prefix code, which takes `size` bytes, cannot. */
static int zstd_may_win(struct zipnn_plane_encoder *encoder, const struct zipnn_plane_look *look,
			uint8_t *spare, const uint8_t *plane, size_t n, size_t size)
{
	uint32_t sampled = 0;
	uint32_t most = 0;

	for (unsigned v = 0; v < 256; v++) {
		sampled += look->counts[v];
		most = look->counts[v] > most ? look->counts[v] : most;
	}
	if (look->runs == 0 && most <= DOMINANT(sampled))
		return 0;
	/* Through runs zstd runs, too. */
	return n < SAMPLED_FROM || size < n / 4 ||
	       zipnn_zstd_estimate(encoder->sampler, spare, plane, n) < size + size / 16;
}

int64_t zipnn_plane_encode(struct zipnn_plane_encoder *encoder, enum zipnn_coder *coder,
			   uint8_t *dst, uint8_t *spare, const uint8_t *plane, size_t n,
			   int use_zstd)
{
	const enum zipnn_coder choice = *coder;
	const int try_all = smallest(encoder);
	struct zipnn_plane_look look = {0};

	int64_t size = zipnn_plane_encode_as(encoder, coder, dst, plane, n, &look);
	int64_t result = size;

	if (size < 0 || choice == ZIPNN_CODER_CONSTANT ||
	    (choice == ZIPNN_CODER_STORED && !try_all))
		return size;
	if (choice == ZIPNN_CODER_HUFFMAN)
		look.runs = zipnn_sample_counts(look.counts, plane, n, SMALL_LINES, 1);
	const int try_huffman = HUFFMAN_MAY_WIN(look.excess, n);

	if (try_all && choice != ZIPNN_CODER_LANES)
		result = improve(encoder, ZIPNN_CODER_LANES, coder, &size, dst, spare, plane, n);
	if (result >= 0 && (try_all || try_huffman) && choice != ZIPNN_CODER_HUFFMAN)
		result = improve(encoder, ZIPNN_CODER_HUFFMAN, coder, &size, dst, spare, plane, n);
	if (result >= 0 && try_all)
		result = improve(encoder, ZIPNN_CODER_RANS, coder, &size, dst, spare, plane, n);
	if (result >= 0 &&
	    (try_all || (use_zstd && zstd_may_win(encoder, &look, spare, plane, n, (size_t)size))))
		result = improve(encoder, ZIPNN_CODER_ZSTD, coder, &size, dst, spare, plane, n);
	if (result < 0)
		return result;
	/* What has not saved its price is better stored. */
	if (*coder != ZIPNN_CODER_STORED && cost(encoder, *coder, (size_t)size, n) >= n) {
		*coder = ZIPNN_CODER_STORED;
		return zipnn_plane_encode_as(encoder, coder, dst, plane, n, &look);
	}
	return size;
}
