// SPDX-License-Identifier: BSD-3-Clause
/*
 * How the elements of a chunk lie in its bytes: the table of src/FORMAT.md section 3.1.
 *
 * Detection finds a layout, split uses it, the frame writes it down.
 */
#ifndef ZIPNN_CORE_LAYOUT_H
#define ZIPNN_CORE_LAYOUT_H

#include <stdint.h>

/* Ids of the format. Those from BYTES to FP64 equal enum zipnn_dtype of the public header. */
enum zipnn_layout_id {
	ZIPNN_LAYOUT_STORED = 0, /* no planes */
	ZIPNN_LAYOUT_BYTES = 1,
	ZIPNN_LAYOUT_FP8 = 2,
	ZIPNN_LAYOUT_BF16 = 3,
	ZIPNN_LAYOUT_FP16 = 4,
	ZIPNN_LAYOUT_FP32 = 5,
	ZIPNN_LAYOUT_FP64 = 6,
	ZIPNN_LAYOUT_COUNT = 7,
	ZIPNN_LAYOUT_END = 15, /* ends the chunks of a .znn file */
};

#define ZIPNN_MAX_PLANES 8

/* The fields of a chunk's first byte. */
#define ZIPNN_LAYOUT_ID_MASK 0x0fu
#define ZIPNN_LAYOUT_PHASE_SHIFT 4
#define ZIPNN_LAYOUT_PHASE_MASK 7u
#define ZIPNN_LAYOUT_HAS_CRC 0x80u

struct zipnn_layout {
	enum zipnn_layout_id id;
	unsigned phase; /* bytes before the first whole element, < element size */
};

static inline int zipnn_layout_equal(struct zipnn_layout a, struct zipnn_layout b)
{
	return a.id == b.id && a.phase == b.phase;
}

/* Bytes of an element = number of planes; 0 for STORED and for ids without planes. */
static inline unsigned zipnn_element_size(enum zipnn_layout_id id)
{
	static const uint8_t sizes[ZIPNN_LAYOUT_COUNT] = {0, 1, 1, 2, 2, 4, 8};

	return id < ZIPNN_LAYOUT_COUNT ? sizes[id] : 0;
}

/* The name listings show. */
static inline const char *zipnn_layout_name(enum zipnn_layout_id id)
{
	static const char *const names[ZIPNN_LAYOUT_COUNT] = {"stored", "bytes", "fp8", "bf16",
							      "fp16",   "fp32",  "fp64"};

	return id < ZIPNN_LAYOUT_COUNT ? names[id] : "unknown";
}

#endif
