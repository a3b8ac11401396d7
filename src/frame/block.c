// SPDX-License-Identifier: BSD-3-Clause
/*
 * Blocks whose layout changes inside: coded whole, in regions, and by zstd; the smallest is kept.
 *
 * Only where detection says that it may be so; a block of one tensor pays nothing for it.
 */
#include "frame/block.h"

#include <string.h>

#include "core/bytes.h"
#include "frame/chunk_encode.h"
#include "frame/context.h"

/* What a further chunk costs a .znn file beside its own bytes: an entry of the seek table. */
#define CHUNK_COST ((size_t)12)

/* One for each 4 KiB of 256 KiB. Larger blocks lose a little in their last region. */
#define MAX_REGIONS 64u

/*
 * Regions that differ in layout are preferred to one chunk where they cost at most 0.1 % more: then
 * a listing names all of them.
 */
#define NAMES_SHARE 1000u

size_t zipnn_block_bound(size_t size)
{
	return zipnn_chunk_bound(size);
}

/*
 * Code each region as a chunk to dst, which has room for best bytes and a chunk. Returns the coded
 * size, 0 if that is not below best, or an error.
 */
static int64_t encode_regions(zipnn_cctx *cctx, uint8_t *dst, size_t best, const uint8_t *src,
			      uint64_t raw_offset, const struct zipnn_region *regions, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t n = regions[i].size;

		int64_t coded = zipnn_chunk_encode_as(cctx, dst + at, zipnn_chunk_bound(n), src, n,
						      raw_offset, regions[i].found);
		if (coded >= 0)
			coded = zipnn_chunk_improve(cctx, dst + at, (size_t)coded, src, n,
						    zipnn_load32(dst + at + 4), regions[i].found);
		if (coded < 0)
			return coded;
		at += (size_t)coded;
		if (at + i * CHUNK_COST >= best)
			return 0;
		src += n;
		raw_offset += n;
	}
	return (int64_t)at;
}

/*
 * Code in regions what is coded at dst in best bytes, if that is smaller. The size, or an error. If
 * there is but one region after all, *found is no longer mixed.
 */
static int64_t improve_with_regions(zipnn_cctx *cctx, uint8_t *dst, size_t best, const uint8_t *src,
				    size_t size, uint64_t raw_offset, struct zipnn_detection *found)
{
	struct zipnn_region regions[MAX_REGIONS];
	const size_t count = zipnn_detect_regions(regions, MAX_REGIONS, src, size);

	if (count == 1 && zipnn_layout_equal(regions[0].found.layout, found->layout)) {
		found->mixed = 0;
		return (int64_t)best;
	}
	const size_t limit = best + best / NAMES_SHARE;
	const size_t most = ZIPNN_CHUNK_HEADER_SIZE + size;
	int64_t result = encode_regions(cctx, cctx->rival.data, limit < most ? limit : most, src,
					raw_offset, regions, count);

	if (result <= 0)
		return result < 0 ? result : (int64_t)best;
	memcpy(dst, cctx->rival.data, (size_t)result);
	return result;
}

int64_t zipnn_block_encode_as(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size, uint64_t raw_offset, struct zipnn_detection *found,
			      int zstd_whole)
{
	int64_t best = zipnn_chunk_encode_as(cctx, dst, capacity, src, size, raw_offset, *found);

	if (best < 0)
		return best;
	const uint32_t crc = zipnn_load32(dst + 4);

	if (found->mixed)
		best = improve_with_regions(cctx, dst, (size_t)best, src, size, raw_offset, found);
	if (best < 0 || !zstd_whole)
		return best;
	return zipnn_chunk_improve(cctx, dst, (size_t)best, src, size, crc, *found);
}

int64_t zipnn_block_encode(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			   size_t size, uint64_t raw_offset)
{
	if (!cctx || !dst || !src || size == 0 || size > ZIPNN_CHUNK_MAX_SIZE)
		return ZIPNN_ERROR_ARGUMENT;
	int64_t result = zipnn_cctx_reserve(cctx, size);

	if (result < 0)
		return result;
	struct zipnn_detection found = zipnn_chunk_detect(cctx, src, size);

	return zipnn_block_encode_as(cctx, dst, capacity, src, size, raw_offset, &found, 1);
}
