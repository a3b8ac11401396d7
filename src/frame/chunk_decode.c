// SPDX-License-Identifier: BSD-3-Clause
/*
 * Reading and decoding one chunk: src/FORMAT.md section 3.
 *
 * All input is hostile: zipnn_chunk_parse checks every field and every sum before anything is used,
 * so that decoding only deals with payloads that lie inside the input and planes of known size.
 */
#include <string.h>

#include "core/bytes.h"
#include "core/crc.h"
#include "frame/chunk.h"
#include "frame/context.h"
#include "split/split.h"

static int64_t parse_planes(struct zipnn_chunk_info *info, const uint8_t *src, size_t available)
{
	const unsigned element_size = zipnn_element_size(info->layout.id);
	const unsigned phase = info->layout.phase;

	info->plane_count = element_size;
	info->prefix_size += (size_t)4 * element_size;
	if (phase >= element_size || info->raw_size < phase + element_size)
		return ZIPNN_ERROR_CORRUPT;
	/*
	 * Only now: a seek table holds headers alone and relies on all of a header being checked.
	 */
	if (available < info->prefix_size)
		return ZIPNN_ERROR_TRUNCATED;
	info->values = (info->raw_size - phase) / element_size;
	info->edge_size = phase + (info->raw_size - phase) % element_size;
	info->coded_size = info->prefix_size + info->edge_size;
	for (unsigned k = 0; k < element_size; k++) {
		uint32_t descriptor = zipnn_load32(src + ZIPNN_CHUNK_HEADER_SIZE + (size_t)4 * k);
		struct zipnn_plane_info *plane = &info->planes[k];

		plane->coder = descriptor >> 24;
		plane->coded_size = descriptor & 0xffffff;
		switch (plane->coder) {
		case ZIPNN_CODER_STORED:
			if (plane->coded_size != info->values)
				return ZIPNN_ERROR_CORRUPT;
			break;
		case ZIPNN_CODER_CONSTANT:
			if (plane->coded_size != 1)
				return ZIPNN_ERROR_CORRUPT;
			break;
		case ZIPNN_CODER_HUFFMAN:
		case ZIPNN_CODER_LANES:
		case ZIPNN_CODER_ZSTD:
		case ZIPNN_CODER_RANS:
			if (plane->coded_size == 0 || plane->coded_size > info->values)
				return ZIPNN_ERROR_CORRUPT;
			break;
		default:
			return ZIPNN_ERROR_VERSION;
		}
		info->coded_size += plane->coded_size;
	}
	return 0;
}

int64_t zipnn_chunk_parse(struct zipnn_chunk_info *info, const uint8_t *src, size_t available)
{
	memset(info, 0, sizeof(*info));
	if (available < ZIPNN_CHUNK_HEADER_SIZE)
		return ZIPNN_ERROR_TRUNCATED;
	unsigned id = src[0] & ZIPNN_LAYOUT_ID_MASK;

	info->layout.id = (enum zipnn_layout_id)id;
	info->layout.phase = src[0] >> ZIPNN_LAYOUT_PHASE_SHIFT & ZIPNN_LAYOUT_PHASE_MASK;
	info->has_crc = (src[0] & ZIPNN_LAYOUT_HAS_CRC) != 0;
	info->raw_size = zipnn_load24(src + 1);
	info->crc = zipnn_load32(src + 4);
	info->prefix_size = ZIPNN_CHUNK_HEADER_SIZE;
	if (id == ZIPNN_LAYOUT_END)
		return ZIPNN_ERROR_CORRUPT;
	if (id >= ZIPNN_LAYOUT_COUNT)
		return ZIPNN_ERROR_VERSION;
	if (info->raw_size == 0 || (!info->has_crc && info->crc != 0))
		return ZIPNN_ERROR_CORRUPT;
	if (id != ZIPNN_LAYOUT_STORED)
		return parse_planes(info, src, available);
	if (info->layout.phase != 0)
		return ZIPNN_ERROR_CORRUPT;
	info->coded_size = ZIPNN_CHUNK_HEADER_SIZE + info->raw_size;
	return 0;
}

/* Merge n elements to dst, adding them to the chunk's CRC if it has one. Returns the CRC so far. */
static uint32_t merge_and_check(const zipnn_dctx *dctx, const struct zipnn_chunk_info *info,
				uint8_t *dst, const uint8_t *const planes[], uint32_t crc)
{
	const unsigned count = info->plane_count;
	const size_t piece = ZIPNN_SPLIT_PIECE;

	for (size_t i = 0; i < info->values; i += piece) {
		const size_t here = info->values - i < piece ? info->values - i : piece;
		const uint8_t *at[ZIPNN_MAX_PLANES];

		for (unsigned k = 0; k < count; k++)
			at[k] = planes[k] + i;
		zipnn_split_kernels(dctx->isa)->merge(info->layout.id, dst + i * count, at, here);
		if (info->has_crc)
			crc = zipnn_chunk_crc_add(crc, dst + i * count, here * count);
	}
	return crc;
}

/*
 * Decode the planes, each to its place in scratch unless it is stored and can be used where it is,
 * and merge them. Adds all bytes to *crc.
 */
static int64_t decode_planes(zipnn_dctx *dctx, uint8_t *dst, const struct zipnn_chunk_info *info,
			     const uint8_t *src, uint32_t *crc)
{
	const size_t phase = info->layout.phase;
	const size_t tail = info->edge_size - phase;
	const uint8_t *planes[ZIPNN_MAX_PLANES];
	const uint8_t *edge = src + info->prefix_size;
	const uint8_t *payload = edge + info->edge_size;
	int64_t result =
	    info->plane_count > 1 ? zipnn_scratch_reserve(&dctx->planes, info->raw_size) : 0;

	if (result < 0)
		return result;
	for (unsigned k = info->plane_count; k-- > 0;) {
		const struct zipnn_plane_info *plane = &info->planes[k];
		/* One plane is what the bytes are. */
		uint8_t *decoded =
		    info->plane_count == 1 ? dst : dctx->planes.data + k * info->values;

		planes[k] = decoded;
		if (plane->coder == ZIPNN_CODER_STORED)
			planes[k] = payload;
		else
			result = zipnn_plane_decode(&dctx->decoder, plane->coder, decoded,
						    info->values, payload, plane->coded_size);
		if (result < 0)
			return result;
		payload += plane->coded_size;
	}
	if (info->plane_count == 1) {
		if (planes[0] != dst)
			memcpy(dst, planes[0], info->values);
		*crc = info->has_crc ? zipnn_chunk_crc_add(*crc, dst, info->values) : *crc;
		return 0;
	}
	memcpy(dst, edge, phase);
	memcpy(dst + info->raw_size - tail, edge + phase, tail);
	*crc = zipnn_chunk_crc_add(*crc, dst, phase);
	*crc = merge_and_check(dctx, info, dst + phase, planes, *crc);
	*crc = zipnn_chunk_crc_add(*crc, dst + info->raw_size - tail, tail);
	return 0;
}

int64_t zipnn_chunk_decode(zipnn_dctx *dctx, uint8_t *dst, size_t capacity, const uint8_t *src,
			   size_t size, uint64_t raw_offset)
{
	struct zipnn_chunk_info info;

	if (!dctx || !dst || !src)
		return ZIPNN_ERROR_ARGUMENT;
	int64_t result = zipnn_chunk_parse(&info, src, size);

	if (result < 0)
		return result;
	if (info.coded_size > size)
		return ZIPNN_ERROR_TRUNCATED;
	if (info.raw_size > capacity)
		return ZIPNN_ERROR_DST_TOO_SMALL;
	uint32_t crc = zipnn_chunk_crc_begin(raw_offset);

	if (info.layout.id == ZIPNN_LAYOUT_STORED) {
		memcpy(dst, src + ZIPNN_CHUNK_HEADER_SIZE, info.raw_size);
		crc = zipnn_chunk_crc_add(crc, dst, info.raw_size);
	} else {
		result = decode_planes(dctx, dst, &info, src, &crc);
	}
	if (result < 0)
		return result;
	if (info.has_crc && zipnn_chunk_crc_end(crc) != info.crc)
		return ZIPNN_ERROR_CHECKSUM;
	return (int64_t)info.raw_size;
}
