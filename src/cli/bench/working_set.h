// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory a file is measured in: its blocks, room for what they become, and room for what comes
 * back. Every page is touched before the first measurement. With copies of the file, each in memory
 * of its own, it can be made larger than any cache.
 */
#ifndef ZIPNN_CLI_BENCH_WORKING_SET_H
#define ZIPNN_CLI_BENCH_WORKING_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/bench/plan.h"

struct working_set {
	size_t file_size;
	size_t block_size;
	size_t file_blocks; /* of one copy of the file; the last may be smaller */
	size_t blocks;      /* of all copies */
	size_t raw_size;    /* of all copies */
	size_t pitch;       /* bytes between coded blocks */
	uint8_t *raw;
	uint8_t *coded;
	uint8_t *decoded;
	size_t *coded_sizes; /* of each block */
	struct plan *plans;  /* of each block of the file */
};

/*
 * As many whole copies of file as make up min_size, at least one. pitch: room for a coded block.
 * 1 <= file_size; block_size is at most PLAN_MAX_BLOCK. false: no memory. Free it in either case.
 */
bool working_set_init(struct working_set *set, const uint8_t *file, size_t file_size,
		      size_t block_size, size_t pitch, size_t min_size);
void working_set_free(struct working_set *set);

/* Where block i lies in raw and in decoded, and its size. */
static inline size_t working_set_block(const struct working_set *set, size_t i, size_t *size)
{
	size_t copy = i / set->file_blocks;
	size_t at = i % set->file_blocks * set->block_size;
	size_t rest = set->file_size - at;

	*size = rest < set->block_size ? rest : set->block_size;
	return copy * set->file_size + at;
}

#endif
