// SPDX-License-Identifier: BSD-3-Clause
/*
 * huff0-planes: the strongest rival that can be put together from what everybody has. The planes
 * of FORMAT.md section 3.1 with zipnn's own detection, which it is not charged for; those that
 * shrink (it is told which) coded by zstd's own huff0, called directly, a fresh table for each
 * 128 KiB; the others stored; the same CRC-32C over the raw bytes.
 *
 * A block: header (8 bytes: layout and phase, 3 zero bytes, u32le raw size), u32le CRC, for each
 * plane a byte (enum plane_form) and a u24le coded size; the bytes before and after the elements;
 * the stored planes; then the others in order. A constant plane is one byte. A plane in pieces is
 * for each PLAN_PIECE_SIZE of it a u24le coded size and as many bytes: stored if it is the raw
 * size, one value repeated if it is 1, else huff0's.
 *
 * Stored planes come first so that their place is known before anything is coded: split writes them
 * there, and merge reads them from there.
 */
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "cli/bench/codec.h"
#include "cli/bench/huff0.h"
#include "core/bytes.h"
#include "core/crc.h"
#include "split/split.h"

#ifdef ZIPNN_HAVE_HUFF0
#define HEADER_SIZE 12u /* with the CRC */
#define PLANE_ENTRY_SIZE 4u
#define PIECE_ENTRY_SIZE 3u
/* Codes of 11 bits may make a piece this much larger before huff0 gives up; its fast loops run only
 * where they need not look at the end of the buffer. */
#define SLACK (PLAN_PIECE_SIZE / 2)

enum plane_form { PLANE_STORED, PLANE_CONSTANT, PLANE_PIECES };

struct huff0 {
	/* The CPU's best, whatever ZIPNN_CPU says: a rival must not lose because its bytes are
	 * moved slowly. */
	const struct zipnn_split_kernels *kernels;
	uint8_t *scratch; /* for the planes of a block */
	size_t max_block;
	int flags;
	size_t ctable[HUFF0_CTABLE_WORDS];
	uint32_t dtable[HUFF0_DTABLE_WORDS];
	uint64_t workspace[HUFF0_WORKSPACE_WORDS];
};

/* How a block lies in memory, while it is coded or decoded. */
struct shape {
	struct zipnn_layout layout;
	unsigned planes;
	size_t values; /* of a plane */
	size_t before; /* bytes before the first element, and after the last */
	size_t after;
	enum plane_form forms[ZIPNN_MAX_PLANES];
	size_t coded[ZIPNN_MAX_PLANES]; /* bytes of each plane */
};

static bool shape_init(struct shape *shape, struct zipnn_layout layout, size_t size)
{
	*shape = (struct shape){.layout = layout, .planes = zipnn_element_size(layout.id)};
	if (shape->planes == 0 || layout.phase > size)
		return false;
	shape->before = layout.phase;
	shape->values = (size - layout.phase) / shape->planes;
	shape->after = (size - layout.phase) % shape->planes;
	return true;
}

static size_t bound(size_t size)
{
	size_t pieces = size / PLAN_PIECE_SIZE + 2 * ZIPNN_MAX_PLANES;

	return size + HEADER_SIZE + ZIPNN_MAX_PLANES * PLANE_ENTRY_SIZE +
	       pieces * PIECE_ENTRY_SIZE + SLACK;
}

static void destroy(void *context)
{
	struct huff0 *huff0 = context;

	if (huff0 == NULL)
		return;
	free(huff0->scratch);
	free(huff0);
}

static int cpu_flags(void)
{
#ifdef __x86_64__
	return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") ? HUFF0_FLAG_BMI2
									       : 0;
#else
	return 0;
#endif
}

static void *create(const struct codec *codec, const struct codec_settings *settings,
		    const char **why)
{
	struct huff0 *huff0;

	(void)codec;
	/* The functions of huff0.h are those of the libzstd that CMake looked at, or none. */
	if (ZSTD_versionNumber() != ZSTD_VERSION_NUMBER) {
		*why = "libzstd is not the one that zipnn was built with; build again";
		return NULL;
	}
	huff0 = calloc(1, sizeof(*huff0));
	if (huff0 == NULL)
		return NULL;
	huff0->flags = cpu_flags();
	huff0->kernels = zipnn_split_kernels(zipnn_isa_of_cpu());
	huff0->max_block = settings->max_block;
	huff0->scratch = malloc(settings->max_block);
	if (huff0->scratch != NULL)
		return huff0;
	destroy(huff0);
	return NULL;
}

/* One piece, after its size. Returns the bytes of both. */
static size_t encode_piece(struct huff0 *huff0, uint8_t *dst, const uint8_t *dst_end,
			   const uint8_t *src, size_t n, bool try)
{
	uint8_t *payload = dst + PIECE_ENTRY_SIZE;
	int repeat = HUFF0_REPEAT_NONE;
	size_t coded = 0;

	if (try)
		coded = HUF_compress4X_repeat(payload, (size_t)(dst_end - payload), src, n, 255,
					      HUFF0_TABLE_LOG, huff0->workspace,
					      sizeof(huff0->workspace), huff0->ctable, &repeat,
					      huff0->flags);
	/* Errors are huge numbers. */
	if (coded == 0 || coded > n || n - coded < plan_min_gain(n)) {
		memcpy(payload, src, n);
		coded = n;
	}
	zipnn_store24(dst, (uint32_t)coded);
	return PIECE_ENTRY_SIZE + coded;
}

static size_t encode_pieces(struct huff0 *huff0, uint8_t *dst, const uint8_t *dst_end,
			    const uint8_t *plane, size_t n, uint64_t shrinks)
{
	uint8_t *out = dst;

	for (size_t at = 0; at < n; at += PLAN_PIECE_SIZE) {
		size_t piece = n - at < PLAN_PIECE_SIZE ? n - at : PLAN_PIECE_SIZE;

		out += encode_piece(huff0, out, dst_end, plane + at, piece, shrinks & 1);
		shrinks >>= 1;
	}
	return (size_t)(out - dst);
}

/* Where split puts each plane. Returns the end of the stored ones in dst. */
static uint8_t *place_planes(struct huff0 *huff0, struct shape *shape, const struct plan *plan,
			     uint8_t *dst, uint8_t *planes[])
{
	uint8_t *scratch = huff0->scratch;

	for (unsigned k = 0; k < shape->planes; k++) {
		if (plan->constant[k])
			shape->forms[k] = PLANE_CONSTANT;
		else if (plan->shrinks[k] != 0)
			shape->forms[k] = PLANE_PIECES;
		if (shape->forms[k] == PLANE_STORED) {
			planes[k] = dst;
			dst += shape->values;
			shape->coded[k] = shape->values;
		} else {
			planes[k] = scratch;
			scratch += shape->values;
		}
	}
	return dst;
}

static void write_header(uint8_t *dst, const struct shape *shape, const uint8_t *src, size_t size)
{
	zipnn_store32(dst,
		      shape->layout.id | (uint32_t)shape->layout.phase << ZIPNN_LAYOUT_PHASE_SHIFT);
	zipnn_store32(dst + 4, (uint32_t)size);
	zipnn_store32(dst + 8, zipnn_crc32c_two(src, size, NULL, 0));
	for (unsigned k = 0; k < shape->planes; k++)
		zipnn_store32(dst + HEADER_SIZE + (size_t)k * PLANE_ENTRY_SIZE,
			      (uint32_t)shape->forms[k] | (uint32_t)shape->coded[k] << 8);
}

/* Planes of one byte elements are the block itself: no copy for those that are coded. */
static void split(const struct zipnn_split_kernels *kernels, const struct shape *shape,
		  uint8_t *planes[], const uint8_t *src)
{
	if (shape->planes == 1 && shape->forms[0] != PLANE_STORED)
		planes[0] = (uint8_t *)(uintptr_t)src;
	else
		kernels->split(shape->layout.id, planes, src, shape->values);
}

static int64_t compress(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			const uint8_t *src, size_t size)
{
	struct huff0 *huff0 = context;
	uint8_t *planes[ZIPNN_MAX_PLANES];
	struct shape shape;
	uint8_t *out;

	if (size > huff0->max_block || capacity < bound(size) ||
	    !shape_init(&shape, plan->layout, size))
		return -1;
	out = dst + HEADER_SIZE + (size_t)shape.planes * PLANE_ENTRY_SIZE;
	memcpy(out, src, shape.before);
	out += shape.before;
	memcpy(out, src + size - shape.after, shape.after);
	out += shape.after;
	out = place_planes(huff0, &shape, plan, out, planes);
	split(huff0->kernels, &shape, planes, src + shape.before);
	for (unsigned k = 0; k < shape.planes; k++) {
		if (shape.forms[k] == PLANE_CONSTANT) {
			if (memcmp(planes[k], planes[k] + 1, shape.values - 1) != 0)
				return -1;
			*out = planes[k][0];
			shape.coded[k] = 1;
		} else if (shape.forms[k] == PLANE_PIECES) {
			shape.coded[k] = encode_pieces(huff0, out, dst + capacity, planes[k],
						       shape.values, plan->shrinks[k]);
		} else {
			continue;
		}
		out += shape.coded[k];
	}
	write_header(dst, &shape, src, size);
	return out - dst;
}

static bool decode_pieces(struct huff0 *huff0, uint8_t *plane, size_t n, const uint8_t *src,
			  size_t size)
{
	for (size_t at = 0; at < n; at += PLAN_PIECE_SIZE) {
		size_t piece = n - at < PLAN_PIECE_SIZE ? n - at : PLAN_PIECE_SIZE;
		size_t coded = size < PIECE_ENTRY_SIZE ? 0 : zipnn_load24(src);

		if (coded == 0 || coded > piece || coded > size - PIECE_ENTRY_SIZE)
			return false;
		src += PIECE_ENTRY_SIZE;
		if (coded == piece) {
			memcpy(plane + at, src, piece);
		} else if (coded == 1) {
			memset(plane + at, *src, piece);
		} else {
			huff0->dtable[0] = HUFF0_DTABLE_INIT;
			if (HUF_decompress4X_hufOnly_wksp(
				huff0->dtable, plane + at, piece, src, coded, huff0->workspace,
				sizeof(huff0->workspace), huff0->flags) != piece)
				return false;
		}
		src += coded;
		size -= PIECE_ENTRY_SIZE + coded;
	}
	return size == 0;
}

/* What the header says. Returns the size of header and plane table, 0 if it cannot be right. */
static size_t read_header(struct shape *shape, size_t *raw_size, const uint8_t *src, size_t size)
{
	struct zipnn_layout layout;
	size_t total;

	if (size < HEADER_SIZE)
		return 0;
	layout.id = (enum zipnn_layout_id)(src[0] & ZIPNN_LAYOUT_ID_MASK);
	layout.phase = src[0] >> ZIPNN_LAYOUT_PHASE_SHIFT & ZIPNN_LAYOUT_PHASE_MASK;
	*raw_size = zipnn_load32(src + 4);
	if (!shape_init(shape, layout, *raw_size))
		return 0;
	total = HEADER_SIZE + (size_t)shape->planes * PLANE_ENTRY_SIZE;
	if (size < total)
		return 0;
	size -= total;
	if (size < shape->before + shape->after)
		return 0;
	size -= shape->before + shape->after;
	for (unsigned k = 0; k < shape->planes; k++) {
		uint32_t entry = zipnn_load32(src + HEADER_SIZE + (size_t)k * PLANE_ENTRY_SIZE);

		shape->forms[k] = (enum plane_form)(entry & 0xff);
		shape->coded[k] = entry >> 8;
		if (shape->coded[k] > size ||
		    (shape->forms[k] == PLANE_STORED && shape->coded[k] != shape->values) ||
		    (shape->forms[k] == PLANE_CONSTANT && shape->coded[k] != 1))
			return 0;
		size -= shape->coded[k];
	}
	return size == 0 ? total : 0;
}

/* Make the planes that are not stored; find those that are. plane: where a coded one goes. */
static bool decode_planes(struct huff0 *huff0, const struct shape *shape, const uint8_t *src,
			  uint8_t *plane, const uint8_t *planes[])
{
	for (unsigned k = 0; k < shape->planes; k++) {
		if (shape->forms[k] != PLANE_STORED)
			continue;
		planes[k] = src;
		src += shape->coded[k];
	}
	for (unsigned k = 0; k < shape->planes; k++) {
		if (shape->forms[k] == PLANE_STORED)
			continue;
		if (shape->forms[k] == PLANE_CONSTANT)
			memset(plane, *src, shape->values);
		else if (!decode_pieces(huff0, plane, shape->values, src, shape->coded[k]))
			return false;
		planes[k] = plane;
		plane += shape->values;
		src += shape->coded[k];
	}
	return true;
}

static int64_t decompress(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
			  size_t size)
{
	struct huff0 *huff0 = context;
	const uint8_t *planes[ZIPNN_MAX_PLANES];
	struct shape shape;
	size_t raw_size;
	const uint8_t *in = src + read_header(&shape, &raw_size, src, size);
	bool whole; /* the block is one plane: decoded where it belongs */

	if (in == src || raw_size > capacity || raw_size > huff0->max_block)
		return -1;
	memcpy(dst, in, shape.before);
	in += shape.before;
	memcpy(dst + raw_size - shape.after, in, shape.after);
	in += shape.after;
	whole = shape.planes == 1 && shape.forms[0] != PLANE_STORED;
	if (!decode_planes(huff0, &shape, in, whole ? dst + shape.before : huff0->scratch, planes))
		return -1;
	if (!whole)
		huff0->kernels->merge(shape.layout.id, dst + shape.before, planes, shape.values);
	if (zipnn_crc32c_two(dst, raw_size, NULL, 0) != zipnn_load32(src + 8))
		return -1;
	return (int64_t)raw_size;
}

const struct codec codec_huff0_planes = {
    .name = "huff0-planes",
    .create = create,
    .destroy = destroy,
    .bound = bound,
    .compress = compress,
    .decompress = decompress,
};
#else
const struct codec codec_huff0_planes = {
    .name = "huff0-planes",
    .unavailable = "zipnn was built without it: " ZIPNN_NO_HUFF0_REASON,
};
#endif
