// SPDX-License-Identifier: BSD-3-Clause
/* Counting a sample: see sample.h. */
#include "entropy/sample.h"

#include <string.h>

#include "core/log2.h"

/* 4 KiB: the entropy comes out within 0.03 bit. */
#define ENTROPY_LINES 64u

/*
 * Four tables, the caller's and these, because increments of one counter in a row wait for each
 * other, and few values make up most exponents.
 */
#define MORE_TABLES 3u
#define TOGETHER 4u /* samples, each with a table */

struct tables {
	uint32_t of[MORE_TABLES][256];
};

static void count(uint32_t counts[256], struct tables *more, const uint8_t *values, size_t n)
{
	size_t i = 0;

#pragma GCC unroll 4
	for (; i + MORE_TABLES < n; i += MORE_TABLES + 1) {
		counts[values[i]]++;
		for (unsigned k = 0; k < MORE_TABLES; k++)
			more->of[k][values[i + 1 + k]]++;
	}
	for (; i < n; i++)
		counts[values[i]]++;
}

static void collect(uint32_t counts[256], const struct tables *more)
{
	for (unsigned v = 0; v < 256; v++)
		counts[v] += more->of[0][v] + more->of[1][v] + more->of[2][v];
}

static unsigned is_constant(const uint8_t *line)
{
	return line[0] == line[ZIPNN_SAMPLE_LINE - 1] &&
	       memcmp(line, line + 1, ZIPNN_SAMPLE_LINE - 1) == 0;
}

/* The lines of a sample, one after the other. */
struct lines {
	const uint8_t *values;
	size_t stride;
	size_t slack;
	uint32_t random;
};

static struct lines lines_of(const uint8_t *values, size_t n, size_t lines, uint32_t seed)
{
	const size_t stride = n / lines;

	return (struct lines){values, stride, stride - ZIPNN_SAMPLE_LINE + 1, seed};
}

static const uint8_t *next_line(struct lines *lines)
{
	lines->random = lines->random * 1664525u + 1013904223u;
	const uint8_t *line =
	    lines->values + (size_t)((uint64_t)lines->random * lines->slack >> 32);

	lines->values += lines->stride;
	return line;
}

unsigned zipnn_sample_counts(uint32_t counts[256], const uint8_t *values, size_t n, size_t lines,
			     uint32_t seed)
{
	struct tables more = {{{0}}};
	unsigned constant = 0;

	if (n / ZIPNN_SAMPLE_LINE < lines) {
		for (size_t i = 0; i + ZIPNN_SAMPLE_LINE <= n; i += ZIPNN_SAMPLE_LINE)
			constant += is_constant(values + i);
		count(counts, &more, values, n);
	} else {
		struct lines next = lines_of(values, n, lines, seed);

		for (; lines > 0; lines--) {
			const uint8_t *line = next_line(&next);

			constant += is_constant(line);
			count(counts, &more, line, ZIPNN_SAMPLE_LINE);
		}
	}
	collect(counts, &more);
	return constant;
}

/* Whether each of the first TOGETHER has room for all lines. */
static int have_room(const struct zipnn_sample_of *of, size_t lines)
{
	for (unsigned k = 0; k < TOGETHER; k++) {
		if (of[k].n / ZIPNN_SAMPLE_LINE < lines)
			return 0;
	}
	return 1;
}

/* Lines of several samples in turn: none of their tables needs others beside it. */
static void count_together(struct zipnn_sample_of of[TOGETHER], size_t lines)
{
	struct lines next[TOGETHER];

	for (unsigned k = 0; k < TOGETHER; k++)
		next[k] = lines_of(of[k].values, of[k].n, lines, of[k].seed);
	for (; lines > 0; lines--) {
		const uint8_t *line[TOGETHER];

		for (unsigned k = 0; k < TOGETHER; k++) {
			line[k] = next_line(&next[k]);
			of[k].constant += is_constant(line[k]);
		}
#pragma GCC unroll 4
		for (unsigned i = 0; i < ZIPNN_SAMPLE_LINE; i++) {
#pragma GCC unroll 4
			for (unsigned k = 0; k < TOGETHER; k++)
				of[k].counts[line[k][i]]++;
		}
	}
}

void zipnn_sample_each(struct zipnn_sample_of *of, size_t count, size_t lines)
{
	for (size_t i = 0; i < count; i++)
		of[i].constant = 0;
	for (; count >= TOGETHER && have_room(of, lines); count -= TOGETHER, of += TOGETHER)
		count_together(of, lines);
	for (; count > 0; count--, of++)
		of->constant = zipnn_sample_counts(of->counts, of->values, of->n, lines, of->seed);
}

uint64_t zipnn_prefix_coded_size(const uint8_t *values, size_t n)
{
	uint32_t counts[256] = {0};

	zipnn_sample_counts(counts, values, n, ENTROPY_LINES, 1);
	return n * (uint64_t)(zipnn_entropy(counts) + ZIPNN_BIT / 8) / (8 * ZIPNN_BIT);
}

void zipnn_sample_mark(uint8_t found[256], const uint8_t *values, size_t n, size_t lines,
		       uint32_t seed)
{
	struct lines next = lines_of(values, n, lines, seed);

	for (; lines > 0; lines--) {
		const uint8_t *line = next_line(&next);

		/* The loop would take as long as what it does. */
#pragma GCC unroll 16
		for (unsigned i = 0; i < ZIPNN_SAMPLE_LINE; i++)
			found[line[i]] = 1;
	}
}
