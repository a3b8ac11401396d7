// SPDX-License-Identifier: BSD-3-Clause
/* Memory to measure in: see working_set.h. */
#include "cli/bench/working_set.h"

#include <stdlib.h>
#include <string.h>

/* Writing to each page now spares the first codec the page faults. */
static uint8_t *touched(size_t count, size_t size)
{
	uint8_t *memory = NULL;

	if (size > 0 && count > 0 && count <= SIZE_MAX / size)
		memory = malloc(count * size);
	if (memory != NULL)
		memset(memory, 1, count * size);
	return memory;
}

static bool make_plans(struct working_set *set)
{
	uint8_t *scratch = malloc(set->block_size);

	if (scratch == NULL)
		return false;
	for (size_t i = 0; i < set->file_blocks; i++) {
		size_t size;
		size_t at = working_set_block(set, i, &size);

		plan_make(&set->plans[i], set->raw + at, size, scratch);
	}
	free(scratch);
	return true;
}

bool working_set_init(struct working_set *set, const uint8_t *file, size_t file_size,
		      size_t block_size, size_t pitch, size_t min_size)
{
	size_t copies = min_size > file_size ? (min_size - 1) / file_size + 1 : 1;

	*set = (struct working_set){
	    .file_size = file_size,
	    .block_size = block_size,
	    .file_blocks = (file_size - 1) / block_size + 1,
	    .pitch = pitch,
	};
	set->blocks = set->file_blocks * copies;
	set->raw_size = file_size * copies;
	set->raw = touched(copies, file_size);
	set->decoded = touched(copies, file_size);
	set->coded = touched(set->blocks, pitch);
	set->coded_sizes = calloc(set->blocks, sizeof(*set->coded_sizes));
	set->plans = calloc(set->file_blocks, sizeof(*set->plans));
	if (set->raw == NULL || set->decoded == NULL || set->coded == NULL ||
	    set->coded_sizes == NULL || set->plans == NULL)
		return false;
	for (size_t i = 0; i < copies; i++)
		memcpy(set->raw + i * file_size, file, file_size);
	return make_plans(set);
}

void working_set_free(struct working_set *set)
{
	free(set->raw);
	free(set->coded);
	free(set->decoded);
	free(set->coded_sizes);
	free(set->plans);
}
