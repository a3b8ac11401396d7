// SPDX-License-Identifier: BSD-3-Clause
/* Are these bytes numbers of eight bits (FP8, INT8, U8), or text, code, compressed data? */
#ifndef ZIPNN_DETECT_NUMBER8_H
#define ZIPNN_DETECT_NUMBER8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Only for bytes that are the same at every position modulo 8; size >= 512. *sure: neighbours are
 * independent, so that a prefix code of single bytes is all there is to gain (unless bytes repeat).
 */
int zipnn_is_number8(const uint8_t *src, size_t size, int *sure);

/* Are nearly all bytes letters, digits, punctuation and white space? size >= 512. */
int zipnn_is_text(const uint8_t *src, size_t size);

/*
 * Is the spot at `at` text, and not numbers that happen to lie among the codes of letters? At least
 * ZIPNN_SPOT_SIZE bytes follow it.
 */
int zipnn_is_text_spot(const uint8_t *src, size_t size, size_t at);

#endif
