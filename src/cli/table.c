// SPDX-License-Identifier: BSD-3-Clause
/* The growing seek table: see table.h. */
#include "cli/table.h"

#include <stdlib.h>

#include "frame/file.h"

#define FIRST_CAPACITY ((size_t)4096)

bool table_init(struct table *table)
{
	*table = (struct table){.bytes = malloc(FIRST_CAPACITY), .capacity = FIRST_CAPACITY};
	if (table->bytes == NULL)
		return false;
	zipnn_file_write_end_mark(table->bytes);
	table->size = ZIPNN_FILE_END_MARK_SIZE;
	return true;
}

void table_free(struct table *table)
{
	free(table->bytes);
}

bool table_add(struct table *table, const uint8_t *chunk, uint32_t coded_size)
{
	if (table->capacity - table->size < ZIPNN_FILE_ENTRY_SIZE) {
		uint8_t *larger = realloc(table->bytes, table->capacity * 2);

		if (larger == NULL)
			return false;
		table->bytes = larger;
		table->capacity *= 2;
	}
	zipnn_file_write_entry(table->bytes + table->size, chunk, coded_size);
	table->size += ZIPNN_FILE_ENTRY_SIZE;
	table->chunks++;
	return true;
}
