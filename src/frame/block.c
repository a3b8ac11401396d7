// SPDX-License-Identifier: BSD-3-Clause
/*
 * Blocks whose layout changes inside: coded whole and in regions, the smaller is kept.
 *
 * Only where detection says that it may be so; a block of one tensor pays nothing for it.
 */
#include "frame/block.h"

#include <string.h>

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

/* Code each region as a chunk to dst, which has room for best bytes and a chunk. Returns the coded
 * size, 0 if that is not below best, or an error. */
static int64_t encode_regions(zipnn_cctx *cctx, uint8_t *dst, size_t best, const uint8_t *src,
			      uint64_t raw_offset, const struct zipnn_region *regions, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t n = regions[i].size;

		int64_t coded = zipnn_chunk_encode_as(cctx, dst + at, zipnn_chunk_bound(n), src, n,
						      raw_offset, regions[i].found);
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

static int same_detection(struct zipnn_detection a, struct zipnn_detection b)
{
	return a.layout.id == b.layout.id && a.layout.phase == b.layout.phase && a.sure == b.sure;
}

int64_t zipnn_block_encode_as(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			      size_t size, uint64_t raw_offset, struct zipnn_detection found)
{
	struct zipnn_region regions[MAX_REGIONS];
	int64_t best = zipnn_chunk_encode_as(cctx, dst, capacity, src, size, raw_offset, found);

	if (best < 0 || !found.mixed)
		return best;
	size_t count = zipnn_detect_regions(regions, MAX_REGIONS, src, size);

	if (count == 1 && same_detection(regions[0].found, found))
		return best;
	const size_t limit = (size_t)best + (size_t)best / NAMES_SHARE;
	const size_t most = ZIPNN_CHUNK_HEADER_SIZE + size;
	int64_t result = encode_regions(cctx, cctx->rival.data, limit < most ? limit : most, src,
					raw_offset, regions, count);

	if (result <= 0)
		return result < 0 ? result : best;
	memcpy(dst, cctx->rival.data, (size_t)result);
	return result;
}

int64_t zipnn_block_encode(zipnn_cctx *cctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			   size_t size, uint64_t raw_offset)
{
	if (!cctx || !dst || !src || size == 0 || size > ZIPNN_CHUNK_MAX_SIZE)
		return ZIPNN_ERROR_ARGUMENT;
	int64_t result = zipnn_cctx_reserve(cctx, size);

	if (result < 0)
		return result;
	return zipnn_block_encode_as(cctx, dst, capacity, src, size, raw_offset,
				     zipnn_chunk_detect(cctx, src, size));
}
