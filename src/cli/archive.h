// SPDX-License-Identifier: BSD-3-Clause
/* A .znn file that is opened from its end: footer and seek table, src/FORMAT.md section 6. */
#ifndef ZIPNN_CLI_ARCHIVE_H
#define ZIPNN_CLI_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/input.h"
#include "frame/file.h"

struct archive {
	struct input *input;
	uint64_t size; /* of the whole file */
	struct zipnn_file_footer footer;
	uint8_t *table; /* end mark and seek table */
	uint64_t table_offset;
};

/*
 * Read and check everything that is not a chunk. Memory: the seek table, which is smaller than the
 * chunks it lists. Close it only after a success.
 */
bool archive_open(struct archive *archive, struct input *input, struct failure *failure);
void archive_close(struct archive *archive);

/* Entry number index of the seek table; layout, has_crc, crc, raw_size and coded_size of info. */
bool archive_entry(const struct archive *archive, struct failure *failure, uint64_t index,
		   struct zipnn_chunk_info *info);

/* Does the chunk begin with the 8 header bytes that its entry repeats? */
bool archive_entry_matches(const struct archive *archive, uint64_t index, const uint8_t *chunk);

#endif
