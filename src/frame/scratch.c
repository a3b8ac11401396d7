// SPDX-License-Identifier: BSD-3-Clause
/* Scratch memory that only grows. */
#include <stdlib.h>

#include "frame/context.h"

int64_t zipnn_scratch_reserve(struct zipnn_scratch *scratch, size_t size)
{
	if (size <= scratch->capacity)
		return 0;
	uint8_t *data = malloc(size);

	if (!data)
		return ZIPNN_ERROR_MEMORY;
	free(scratch->data);
	scratch->data = data;
	scratch->capacity = size;
	return 0;
}

void zipnn_scratch_free(struct zipnn_scratch *scratch)
{
	free(scratch->data);
	scratch->data = NULL;
	scratch->capacity = 0;
}
