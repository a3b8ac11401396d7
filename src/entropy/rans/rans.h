// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coder `rans`: a plane within 0.1 % of its order-0 entropy. src/FORMAT.md section 3.3.
 *
 * Range asymmetric numeral systems (J. Duda, arXiv:1311.2540) with a static table for each segment
 * and four interleaved states. For those who want the smallest: decoding is not vectorised.
 */
#ifndef ZIPNN_ENTROPY_RANS_RANS_H
#define ZIPNN_ENTROPY_RANS_RANS_H

#include <stddef.h>
#include <stdint.h>

#define ZIPNN_RANS_BITS 12u
#define ZIPNN_RANS_SCALE (1u << ZIPNN_RANS_BITS) /* what frequencies sum to */
#define ZIPNN_RANS_STATES 4u
#define ZIPNN_RANS_LOW 65536u     /* states are at least this between values */
#define ZIPNN_RANS_HEADER_SIZE 6u /* values, words */
#define ZIPNN_RANS_FIRST_BITS 6   /* what the first frequency's bits are compared with */
#define ZIPNN_RANS_WINDOW ((size_t)128 << 10) /* values that share a table at most: they drift */

/*
 * Code n >= 1 values into at most capacity bytes, with a new table where the distribution changes.
 * words: scratch for 2 * ZIPNN_RANS_WINDOW bytes. Returns the size, or 0 if it is more than
 * capacity.
 */
size_t zipnn_rans_encode(uint8_t *words, uint8_t *dst, size_t capacity, const uint8_t *values,
			 size_t n);

/* Decode exactly n values to dst from exactly size bytes. Returns 0 or ZIPNN_ERROR_CORRUPT. */
int64_t zipnn_rans_decode(uint8_t *dst, size_t n, const uint8_t *src, size_t size);

#endif
