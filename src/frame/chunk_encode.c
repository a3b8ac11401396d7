// SPDX-License-Identifier: BSD-3-Clause
/*
 * Encoding one chunk: src/FORMAT.md section 3.
 *
 * Planes where a float layout was found; zstd where none was found, or where it may be smaller;
 * stored if nothing is. Each attempt must beat the one before.
 */
#include "frame/chunk_encode.h"

#include <string.h>

#include "core/bytes.h"
#include "core/crc.h"
#include "detect/repeats.h"
#include "entropy/sample.h"
#include "entropy/zstd_frame.h"
#include "frame/context.h"
#include "split/split.h"

/* What is smaller is coded by zstd at once: a sample of so little says little. */
#define SAMPLED_FROM ((size_t)32 << 10)
#define SPARSE_SHARE 3u  /* where this much is left, zstd is quick, and its samples say little */
#define LITTLE_SHARE 16u /* planes that save less than this much are compared with bytes */
#define SAMPLE_SHARE 16u /* zstd finds that much more than a sample shows, at most about */

size_t zipnn_chunk_bound(size_t size)
{
	/*
	 * Planes are coded in place before it is known whether they shrink; then it becomes stored.
	 */
	return size + ZIPNN_CHUNK_MAX_PREFIX;
}

int64_t zipnn_cctx_reserve(zipnn_cctx *cctx, size_t size)
{
	if (!cctx || size > ZIPNN_CHUNK_MAX_SIZE)
		return ZIPNN_ERROR_ARGUMENT;
	int64_t result = zipnn_scratch_reserve(&cctx->planes, 2 * size);

	/* The rival of a block: what is smaller than it so far, and one more chunk. */
	return result < 0 ? result
			  : zipnn_scratch_reserve(&cctx->rival, 2 * zipnn_chunk_bound(size));
}

struct zipnn_detection zipnn_chunk_detect(const zipnn_cctx *cctx, const uint8_t *src, size_t size)
{
	if (cctx->dtype == ZIPNN_DTYPE_AUTO)
		return zipnn_detect(src, size);
	return (struct zipnn_detection){{(enum zipnn_layout_id)cctx->dtype, 0}, 1, 0, 0};
}

static void write_header(uint8_t *dst, struct zipnn_layout layout, size_t raw_size)
{
	dst[0] = (uint8_t)((unsigned)layout.id | layout.phase << ZIPNN_LAYOUT_PHASE_SHIFT);
	zipnn_store24(dst + 1, (uint32_t)raw_size);
	zipnn_store32(dst + 4, 0);
}

static void write_descriptor(uint8_t *dst, unsigned plane, enum zipnn_coder coder, size_t coded)
{
	zipnn_store32(dst + ZIPNN_CHUNK_HEADER_SIZE + (size_t)4 * plane,
		      (uint32_t)coded | (uint32_t)coder << 24);
}

static size_t encode_stored(uint8_t *dst, const uint8_t *src, size_t size)
{
	write_header(dst, (struct zipnn_layout){ZIPNN_LAYOUT_STORED, 0}, size);
	memcpy(dst + ZIPNN_CHUNK_HEADER_SIZE, src, size);
	return ZIPNN_CHUNK_HEADER_SIZE + size;
}

/*
 * Where split writes the planes: all but the first to where they lie in the chunk if they are
 * stored, which mantissas are, so that they need not be copied; the first to scratch.
 */
static void place_planes(uint8_t *planes[ZIPNN_MAX_PLANES], uint8_t *scratch, uint8_t *payload,
			 unsigned count, size_t n)
{
	planes[0] = scratch;
	for (unsigned k = 1; k < count; k++)
		planes[k] = payload + (count - 1 - k) * n;
}

/* Move planes 1 to last from the chunk to scratch: the place of the last will be written over. */
static void move_planes(uint8_t *planes[ZIPNN_MAX_PLANES], uint8_t *scratch, unsigned last,
			size_t n)
{
	for (unsigned k = 1; k <= last; k++) {
		memcpy(scratch + k * n, planes[k], n);
		planes[k] = scratch + k * n;
	}
}

/* Split n elements at src, adding them to the chunk's CRC. Returns the CRC so far. */
static uint32_t split_and_check(const zipnn_cctx *cctx, enum zipnn_layout_id layout,
				uint8_t *const planes[], const uint8_t *src, size_t n, uint32_t crc)
{
	const unsigned count = zipnn_element_size(layout);
	const size_t piece = ZIPNN_SPLIT_PIECE;

	for (size_t i = 0; i < n; i += piece) {
		const size_t here = n - i < piece ? n - i : piece;
		uint8_t *at[ZIPNN_MAX_PLANES];

		for (unsigned k = 0; k < count; k++)
			at[k] = planes[k] + i;
		zipnn_split_kernels(cctx->isa)->split(layout, at, src + i * count, here);
		if (cctx->check)
			crc = zipnn_chunk_crc_add(crc, src + i * count, here * count);
	}
	return crc;
}

enum zipnn_coder zipnn_chunk_choose_coder(const struct zipnn_detection *found, unsigned k,
					  const uint8_t *plane, size_t n, int below_is_noise)
{
	if (found->noise >> k & 1)
		return ZIPNN_CODER_STORED;
	/* Above noise is noise: there are more bits of a mantissa. */
	return zipnn_plane_choose(plane, n, k > 0 && below_is_noise);
}

/*
 * Code the planes of a layout whose phase leaves at least one element. Adds all bytes to *crc. Size
 * or error.
 */
static int64_t encode_planes(zipnn_cctx *cctx, uint8_t *dst, const uint8_t *src, size_t size,
			     const struct zipnn_detection *found, uint32_t *crc, int use_zstd)
{
	const struct zipnn_layout layout = found->layout;
	const unsigned count = zipnn_element_size(layout.id);
	const size_t n = (size - layout.phase) / count;
	const size_t tail = (size - layout.phase) % count;
	uint8_t *scratch = cctx->planes.data;
	uint8_t *spare = scratch + count * n;
	uint8_t *planes[ZIPNN_MAX_PLANES] = {0};
	size_t at = ZIPNN_CHUNK_HEADER_SIZE + (size_t)4 * count;
	unsigned in_place = count - 1; /* the planes 1 to in_place lie in the chunk */
	int below_is_noise = 0;

	write_header(dst, layout, size);
	memcpy(dst + at, src, layout.phase);
	at += layout.phase;
	memcpy(dst + at, src + size - tail, tail);
	at += tail;
	place_planes(planes, scratch, dst + at, count, n);
	if (count == 1) {
		*crc = cctx->check ? zipnn_chunk_crc_add(*crc, src, size) : *crc;
	} else {
		*crc = zipnn_chunk_crc_add(*crc, src, layout.phase);
		*crc = split_and_check(cctx, layout.id, planes, src + layout.phase, n, *crc);
		*crc = zipnn_chunk_crc_add(*crc, src + size - tail, tail);
	}
	/* The last plane first: src/FORMAT.md section 3. */
	for (unsigned k = count; k-- > 0;) {
		enum zipnn_coder coder = zipnn_chunk_choose_coder(
		    found, k, count == 1 ? src : planes[k], n, below_is_noise);
		int64_t coded = (int64_t)n;

		below_is_noise = coder == ZIPNN_CODER_STORED;

		if (in_place > 0 && (coder != ZIPNN_CODER_STORED || cctx->encoder.rans_words)) {
			move_planes(planes, scratch, in_place, n);
			in_place = 0;
		}
		/* Elements of one byte are a plane as they are. */
		if (in_place > 0)
			in_place--;
		else
			coded = zipnn_plane_encode(&cctx->encoder, &coder, dst + at, spare,
						   count == 1 ? src : planes[k], n, use_zstd);
		if (coded < 0)
			return coded;
		write_descriptor(dst, k, coder, (size_t)coded);
		at += (size_t)coded;
	}
	return (int64_t)at;
}

/*
 * Code the bytes as one zstd frame if the chunk then is smaller than best bytes; dst is left alone
 * otherwise. Sets all of the header but the CRC. Returns the smaller of the two sizes, or an error.
 */
static int64_t improve_with_zstd(zipnn_cctx *cctx, uint8_t *dst, size_t best, const uint8_t *src,
				 size_t size)
{
	const size_t prefix = ZIPNN_CHUNK_HEADER_SIZE + 4;
	uint8_t *frame = cctx->planes.data;

	if (best <= prefix + 1)
		return (int64_t)best;
	size_t room = best - prefix - 1 < size - 1 ? best - prefix - 1 : size - 1;
	int64_t coded = zipnn_zstd_frame_encode(cctx->encoder.zstd, 0, frame, room, src, size);

	if (coded <= 0)
		return coded < 0 ? coded : (int64_t)best;
	write_header(dst, (struct zipnn_layout){ZIPNN_LAYOUT_BYTES, 0}, size);
	write_descriptor(dst, 0, ZIPNN_CODER_ZSTD, (size_t)coded);
	memcpy(dst + prefix, frame, (size_t)coded);
	return (int64_t)prefix + coded;
}

static int is_float(struct zipnn_layout layout, size_t size)
{
	const unsigned element_size = zipnn_element_size(layout.id);

	return layout.id != ZIPNN_LAYOUT_BYTES && element_size > 0 &&
	       size >= layout.phase + element_size;
}

int zipnn_chunk_is_zstd(const uint8_t *coded, size_t size)
{
	const unsigned layout = coded[0] & ZIPNN_LAYOUT_ID_MASK;

	return zipnn_element_size(layout) == 1 && zipnn_load24(coded + 1) == size &&
	       zipnn_load32(coded + ZIPNN_CHUNK_HEADER_SIZE) >> 24 == ZIPNN_CODER_ZSTD;
}

int zipnn_zstd_may_beat(zipnn_cctx *cctx, uint8_t *scratch, const uint8_t *src, size_t size,
			size_t best, struct zipnn_detection found)
{
	const struct zipnn_plane_encoder *encoder = &cctx->encoder;
	const int try_all = encoder->rans_words != NULL || size < SAMPLED_FROM;
	const int is_clear = found.sure && !found.mixed;
	int search = !is_float(found.layout, size); /* for what repeats at a distance */

	if (!is_clear && (try_all || best < size / SPARSE_SHARE))
		return 1;
	if (!is_clear) {
		const size_t sampled = zipnn_zstd_estimate(encoder->sampler, scratch, src, size);

		if (sampled - sampled / SAMPLE_SHARE < best)
			return 1;
		/* Of many small tensors, any may be a copy. LZ is quick where it finds nothing, so
		 * not where zeros are many. */
		search |= found.mixed && zipnn_element_size(found.layout.id) > 1 &&
			  sampled > size - size / 8 && best > size - size / 4;
	}
	if (!search && !zipnn_has_repeats(src, size, found.layout))
		return 0;
	return try_all || zipnn_zstd_may_win(encoder->probe, scratch, src, size, best);
}

/*
 * As encode_planes, or all bytes as one plane if that is smaller, which it can be where planes save
 * little: four- and eight-bit weights with a scale before each block (GGUF) have, modulo the size
 * of an element, the look of floats.
 */
static int64_t encode_best_planes(zipnn_cctx *cctx, uint8_t *dst, const uint8_t *src, size_t size,
				  const struct zipnn_detection *found, uint32_t *crc, int use_zstd)
{
	const struct zipnn_detection one_plane = {{ZIPNN_LAYOUT_FP8, 0}, 1, 0, 0};
	const uint32_t first_crc = *crc;
	int64_t best = encode_planes(cctx, dst, src, size, found, crc, use_zstd);

	if (best < (int64_t)(size - size / LITTLE_SHARE) ||
	    zipnn_element_size(found->layout.id) == 1 ||
	    zipnn_prefix_coded_size(src, size) >= (uint64_t)best)
		return best;
	*crc = first_crc;
	int64_t result = encode_planes(cctx, dst, src, size, &one_plane, crc, use_zstd);

	if (result < best)
		return result;
	*crc = first_crc;
	return encode_planes(cctx, dst, src, size, found, crc, use_zstd);
}

int64_t zipnn_chunk_encode_as(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size, uint64_t raw_offset, struct zipnn_detection found)
{
	const size_t stored = ZIPNN_CHUNK_HEADER_SIZE + size;
	uint32_t crc = zipnn_chunk_crc_begin(raw_offset);
	int64_t best = (int64_t)stored;

	if (capacity < zipnn_chunk_bound(size))
		return ZIPNN_ERROR_DST_TOO_SMALL;
	if (is_float(found.layout, size)) {
		/* The bytes of a doubtful chunk are given to zstd later: one plane is the same. */
		const int use_zstd =
		    (found.sure && !found.mixed) || zipnn_element_size(found.layout.id) > 1;

		best = encode_best_planes(cctx, dst, src, size, &found, &crc, use_zstd);
	} else {
		if (found.layout.id != ZIPNN_LAYOUT_STORED)
			best = improve_with_zstd(cctx, dst, stored, src, size);
		crc = cctx->check ? zipnn_chunk_crc_add(crc, src, size) : crc;
	}
	if (best < 0)
		return best;
	if ((size_t)best >= stored)
		best = (int64_t)encode_stored(dst, src, size);
	if (cctx->check) {
		dst[0] |= ZIPNN_LAYOUT_HAS_CRC;
		zipnn_store32(dst + 4, zipnn_chunk_crc_end(crc));
	}
	return best;
}

int64_t zipnn_chunk_improve(zipnn_cctx *cctx, uint8_t *dst, size_t best, const uint8_t *src,
			    size_t size, uint32_t crc, struct zipnn_detection found)
{
	if (!is_float(found.layout, size) || zipnn_chunk_is_zstd(dst, size) ||
	    !zipnn_zstd_may_beat(cctx, cctx->planes.data, src, size, best, found))
		return (int64_t)best;
	const int64_t result = improve_with_zstd(cctx, dst, best, src, size);

	if (result > 0 && (size_t)result < best) {
		dst[0] |= cctx->check ? ZIPNN_LAYOUT_HAS_CRC : 0;
		zipnn_store32(dst + 4, crc);
	}
	return result;
}

int64_t zipnn_chunk_encode(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			   size_t size, uint64_t raw_offset)
{
	if (!cctx || !dst || !src || size == 0 || size > ZIPNN_CHUNK_MAX_SIZE)
		return ZIPNN_ERROR_ARGUMENT;
	int64_t result = zipnn_cctx_reserve(cctx, size);

	if (result < 0)
		return result;
	const struct zipnn_detection found = zipnn_chunk_detect(cctx, src, size);

	result = zipnn_chunk_encode_as(cctx, dst, capacity, src, size, raw_offset, found);
	return result < 0 ? result
			  : zipnn_chunk_improve(cctx, dst, (size_t)result, src, size,
						zipnn_load32(dst + 4), found);
}
