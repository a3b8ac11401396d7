// SPDX-License-Identifier: BSD-3-Clause
/* Looking at a block before it is timed: see plan.h. */
#include "cli/bench/plan.h"

#include <string.h>

#include "core/log2.h"
#include "detect/detect.h"
#include "split/split.h"

/* A description of a prefix code takes about half a byte a symbol, and four streams 6 bytes. */
static size_t estimate(const uint32_t counts[256], size_t n)
{
	size_t symbols = 0;

	for (unsigned i = 0; i < 256; i++)
		symbols += counts[i] > 0;
	return (size_t)((uint64_t)zipnn_entropy(counts) * n / ZIPNN_BIT / 8) + symbols / 2 + 6;
}

static bool piece_shrinks(const uint8_t *piece, size_t n)
{
	uint32_t counts[256] = {0};

	for (size_t i = 0; i < n; i++)
		counts[piece[i]]++;
	return estimate(counts, n) + plan_min_gain(n) <= n;
}

static void plan_plane(struct plan *plan, unsigned k, const uint8_t *plane, size_t n)
{
	plan->constant[k] = n > 1 && memcmp(plane, plane + 1, n - 1) == 0;
	if (plan->constant[k])
		return;
	for (size_t at = 0; at < n; at += PLAN_PIECE_SIZE) {
		size_t piece = n - at < PLAN_PIECE_SIZE ? n - at : PLAN_PIECE_SIZE;

		if (piece_shrinks(plane + at, piece))
			plan->shrinks[k] |= (uint64_t)1 << at / PLAN_PIECE_SIZE;
	}
}

void plan_make(struct plan *plan, const uint8_t *src, size_t size, uint8_t *scratch)
{
	uint8_t *planes[ZIPNN_MAX_PLANES];
	unsigned count;
	size_t n;

	*plan = (struct plan){.layout = zipnn_detect(src, size).layout};
	count = zipnn_element_size(plan->layout.id);
	if (count == 0 || plan->layout.phase > size) {
		plan->layout = (struct zipnn_layout){.id = ZIPNN_LAYOUT_BYTES};
		count = 1;
	}
	n = (size - plan->layout.phase) / count;
	for (unsigned k = 0; k < count; k++)
		planes[k] = scratch + k * n;
	zipnn_split_kernels(zipnn_isa_of_cpu())
	    ->split(plan->layout.id, planes, src + plan->layout.phase, n);
	for (unsigned k = 0; k < count; k++)
		plan_plane(plan, k, planes[k], n);
}
