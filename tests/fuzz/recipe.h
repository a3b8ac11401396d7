// SPDX-License-Identifier: BSD-3-Clause
/*
 * Raw data described by few bytes: weights of every format at every phase, text, noise, values that
 * arithmetic would not carry through, in any order, with bytes of the input itself among them. What
 * an engine would hardly find byte by byte, it gets by changing a number.
 */
#ifndef ZIPNN_TESTS_FUZZ_RECIPE_H
#define ZIPNN_TESTS_FUZZ_RECIPE_H

#include <stddef.h>
#include <stdint.h>

#define RECIPE_MAX_RAW ((size_t)320 << 10) /* more than a block */

/*
 * The recipe: a byte, of which the low three bits are the number of parts; for each part kind,
 * phase, u16 size, u16 seed; the rest are bytes as they are, which follow, or, if the byte's top
 * bit is set, are laid over what the parts have made, at a place that its other bits say. At most
 * max_size bytes. To be freed.
 */
uint8_t *recipe_make(size_t *raw_size, size_t max_size, const uint8_t *recipe, size_t size);

#endif
