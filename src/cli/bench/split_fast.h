// SPDX-License-Identifier: BSD-3-Clause
/*
 * Split and merge of the huff0 codec: the planes of split/split.h, bit for bit, with AVX2 where the
 * CPU has it. A rival must not lose because its bytes are moved slowly, so these do not depend on
 * which kernels the library has.
 */
#ifndef ZIPNN_CLI_BENCH_SPLIT_FAST_H
#define ZIPNN_CLI_BENCH_SPLIT_FAST_H

#include <stddef.h>
#include <stdint.h>

#include "core/layout.h"

/* As zipnn_split and zipnn_merge. */
void split_fast(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src, size_t n);
void merge_fast(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[], size_t n);

#endif
