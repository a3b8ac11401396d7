// SPDX-License-Identifier: BSD-3-Clause
/*
 * One segment of a `lanes` plane: up to 65536 values under one code. src/FORMAT.md section 4.
 */
#ifndef ZIPNN_ENTROPY_LANES_SEGMENT_H
#define ZIPNN_ENTROPY_LANES_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "entropy/lanes/code.h"
#include "entropy/lanes/kernel.h"

enum zipnn_segment_form {
	ZIPNN_SEGMENT_STORED = 0,
	ZIPNN_SEGMENT_CONSTANT = 1,
	ZIPNN_SEGMENT_NARROW = 2,
	ZIPNN_SEGMENT_WIDE = 3, /* and 4, 5: with one and two raw bits */
	ZIPNN_SEGMENT_FORMS = 6,
};

#define ZIPNN_SEGMENT_HEADER_SIZE 3u /* of any form: form, values */
#define ZIPNN_SEGMENT_CODED_SIZE 12u /* of a coded one, before its sets */
/* missing and low halves of the windows; what follows the words, so that a kernel may load past
 * their end. */
#define ZIPNN_SEGMENT_STATE_SIZE 160u

/* What a form's bits say beside it. */
#define ZIPNN_SEGMENT_FORM_MASK 7u
#define ZIPNN_SEGMENT_WIDTH_SHIFT 3
#define ZIPNN_SEGMENT_WIDTH_MASK 7u
#define ZIPNN_SEGMENT_ESCAPE 0x40u
#define ZIPNN_SEGMENT_RESERVED 0x80u

/* What encoding segments needs; the memory's contents do not matter between calls. */
struct zipnn_lanes_encoder {
	zipnn_lanes_encode_kernel *kernel;
	uint8_t literals[ZIPNN_SEGMENT_MAX + 1];
	uint64_t escapes[ZIPNN_SEGMENT_MAX / ZIPNN_LANES_ROW];
	uint64_t raw_bits[ZIPNN_SEGMENT_MAX / ZIPNN_LANES_ROW * ZIPNN_LANES_MAX_RAW_BITS];
	/* Made backwards, and their number is not known before. */
	uint8_t words[ZIPNN_LANE_GROUPS][ZIPNN_WORDS_SLACK + 2 * ZIPNN_GROUP_MAX_WORDS];
};

/* What decoding segments needs. */
struct zipnn_lanes_decoder {
	zipnn_lanes_decode_kernel *kernel;
	uint8_t literals[ZIPNN_SEGMENT_MAX + ZIPNN_LITERALS_SLACK];
};

/* Each writes a segment of 1 to ZIPNN_SEGMENT_MAX values and returns its size; the size of a
 * stored one is n + ZIPNN_SEGMENT_HEADER_SIZE. */
size_t zipnn_segment_put_stored(uint8_t *dst, const uint8_t *values, size_t n);
size_t zipnn_segment_put_constant(uint8_t *dst, uint8_t value, size_t n);

/*
 * Write values as a coded segment of at most capacity bytes. The code must cover them: values that
 * it does not keep need an escape. Returns the size, or 0 if it does not fit.
 */
size_t zipnn_segment_put_coded(struct zipnn_lanes_encoder *encoder, uint8_t *dst, size_t capacity,
			       const struct zipnn_lanes_code *code, const uint8_t *values,
			       size_t n);

/*
 * Decode the segment at src, of which size bytes are there, to dst, which has room for `room`
 * values. Sets *n to the number of values. Returns the bytes of the segment, or
 * ZIPNN_ERROR_CORRUPT.
 */
int64_t zipnn_segment_get(struct zipnn_lanes_decoder *decoder, uint8_t *dst, size_t room, size_t *n,
			  const uint8_t *src, size_t size);

#endif
