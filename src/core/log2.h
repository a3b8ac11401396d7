// SPDX-License-Identifier: BSD-3-Clause
/*
 * Base-2 logarithms and entropies in integers.
 *
 * Choices of the encoder rest on them, and the same input must give the same bytes on every CPU and
 * compiler: so no floating point.
 */
#ifndef ZIPNN_CORE_LOG2_H
#define ZIPNN_CORE_LOG2_H

#include <stddef.h>
#include <stdint.h>

/* One bit, in the fixed-point unit of this file. */
#define ZIPNN_BIT 4096u

/* log2(v) in 1/4096 bit, off by less than two units; v >= 1. */
uint32_t zipnn_log2(uint32_t v);

/*
 * The order-0 entropy of a sample of 256 counters, in 1/4096 bit a value, with the Miller-Madow
 * correction for small samples (distinct values seen - 1) / (2 ln 2 n). At most 8 bits. 0 for an
 * empty sample.
 */
uint32_t zipnn_entropy(const uint32_t counts[256]);

/*
 * The sum of log2(total / count) over all counted values, in 1/4096 bit: what the sample itself
 * takes under its own distribution. Sets *total, and *distinct to the number of values counted.
 */
uint64_t zipnn_information(const uint32_t counts[256], uint32_t *total, uint32_t *distinct);

/*
 * What a sample of `total` values is too optimistic by, in 1/4096 bit a value, if `distinct` values
 * can occur (Miller and Madow).
 */
uint32_t zipnn_sample_bias(uint32_t total, uint32_t distinct);

#endif
