// SPDX-License-Identifier: BSD-3-Clause
/*
 * The end mark and seek table of a .znn file, as bytes that grow with every chunk: src/FORMAT.md
 * section 6. Writers and readers of a pipe keep it: 12 bytes a chunk, 48 bytes for each MiB of raw
 * data in chunks of 256 KiB.
 */
#ifndef ZIPNN_CLI_TABLE_H
#define ZIPNN_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	uint8_t *bytes;
	size_t size;
	size_t capacity;
	uint64_t chunks;
};

/* false: no memory. Free it in either case. */
bool table_init(struct table *table);
void table_free(struct table *table);

/* Add a coded chunk, of which the 8 header bytes are needed. false: no memory. */
bool table_add(struct table *table, const uint8_t *chunk, uint32_t coded_size);

#endif
