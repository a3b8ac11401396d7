// SPDX-License-Identifier: BSD-3-Clause
/* Counting a sample: see sample.h. */
#include "entropy/sample.h"

#include <string.h>

static void count(uint32_t counts[256], const uint8_t *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		counts[values[i]]++;
}

/* Stops at the first difference, which in most lines is the first byte. */
static unsigned is_constant(const uint8_t *values, size_t n)
{
	return memcmp(values, values + 1, n - 1) == 0;
}

unsigned zipnn_sample_counts(uint32_t counts[256], const uint8_t *values, size_t n, size_t lines,
			     uint32_t seed)
{
	unsigned constant = 0;

	if (n / ZIPNN_SAMPLE_LINE < lines) {
		size_t i = 0;

		for (; i + ZIPNN_SAMPLE_LINE <= n; i += ZIPNN_SAMPLE_LINE)
			constant += is_constant(values + i, ZIPNN_SAMPLE_LINE);
		count(counts, values, n);
		return constant;
	}
	const size_t stride = n / lines;
	const size_t slack = stride - ZIPNN_SAMPLE_LINE + 1;

	for (size_t i = 0; i < lines; i++) {
		seed = seed * 1664525u + 1013904223u;
		const uint8_t *line = values + i * stride + (seed >> 8) % slack;

		constant += is_constant(line, ZIPNN_SAMPLE_LINE);
		count(counts, line, ZIPNN_SAMPLE_LINE);
	}
	return constant;
}
