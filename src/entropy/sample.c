// SPDX-License-Identifier: BSD-3-Clause
/* Counting a sample: see sample.h. */
#include "entropy/sample.h"

#include <string.h>

/*
 * Four tables, because increments of one counter in a row wait for each other, and few values make
 * up most exponents.
 */
#define TABLES 4u

static void count(uint32_t tables[TABLES][256], const uint8_t *values, size_t n)
{
	size_t i = 0;

	for (; i + TABLES <= n; i += TABLES) {
		for (unsigned k = 0; k < TABLES; k++)
			tables[k][values[i + k]]++;
	}
	for (; i < n; i++)
		tables[0][values[i]]++;
}

/* Stops at the first difference, which in most lines is the first byte. */
static unsigned is_constant(const uint8_t *values)
{
	return memcmp(values, values + 1, ZIPNN_SAMPLE_LINE - 1) == 0;
}

unsigned zipnn_sample_counts(uint32_t counts[256], const uint8_t *values, size_t n, size_t lines,
			     uint32_t seed)
{
	uint32_t tables[TABLES][256] = {0};
	unsigned constant = 0;

	if (n / ZIPNN_SAMPLE_LINE < lines) {
		for (size_t i = 0; i + ZIPNN_SAMPLE_LINE <= n; i += ZIPNN_SAMPLE_LINE)
			constant += is_constant(values + i);
		count(tables, values, n);
	} else {
		const size_t stride = n / lines;
		const size_t slack = stride - ZIPNN_SAMPLE_LINE + 1;

		for (size_t i = 0; i < lines; i++) {
			seed = seed * 1664525u + 1013904223u;
			const uint8_t *line = values + i * stride + (seed >> 8) % slack;

			constant += is_constant(line);
			count(tables, line, ZIPNN_SAMPLE_LINE);
		}
	}
	for (unsigned v = 0; v < 256; v++)
		counts[v] += tables[0][v] + tables[1][v] + tables[2][v] + tables[3][v];
	return constant;
}
