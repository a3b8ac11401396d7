// SPDX-License-Identifier: BSD-3-Clause
/*
 * The parts of a .znn file around its chunks: header, seek table, footer. src/FORMAT.md section 6.
 *
 * Pure functions on bytes: whoever owns the file does the reading and writing.
 */
#ifndef ZIPNN_FRAME_FILE_H
#define ZIPNN_FRAME_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "frame/chunk.h"

#define ZIPNN_FILE_HEADER_SIZE 8
#define ZIPNN_FILE_END_MARK_SIZE 8
#define ZIPNN_FILE_ENTRY_SIZE 12
#define ZIPNN_FILE_FOOTER_SIZE 24

struct zipnn_file_footer {
	uint64_t chunk_count;
	uint64_t raw_size;
	uint32_t crc; /* of end mark, seek table and the 16 footer bytes before it */
};

void zipnn_file_write_header(uint8_t dst[ZIPNN_FILE_HEADER_SIZE]);
int64_t zipnn_file_check_header(const uint8_t *src, size_t size); /* 0 or an error */

void zipnn_file_write_end_mark(uint8_t dst[ZIPNN_FILE_END_MARK_SIZE]);

/* Whether the 8 bytes at src, where a chunk header could stand, are the end mark: 1, 0, or an error
 * for an end mark with a wrong tail. */
int64_t zipnn_file_is_end_mark(const uint8_t src[ZIPNN_FILE_END_MARK_SIZE]);

/* A seek table entry repeats the 8 header bytes of a coded chunk and adds its coded size. */
void zipnn_file_write_entry(uint8_t dst[ZIPNN_FILE_ENTRY_SIZE], const uint8_t *chunk,
			    uint32_t coded_size);

/*
 * Read an entry: fills layout, has_crc, crc, raw_size and coded_size of info (not the planes, which
 * only the chunk itself tells). Returns 0 or an error.
 */
int64_t zipnn_file_parse_entry(struct zipnn_chunk_info *info,
			       const uint8_t src[ZIPNN_FILE_ENTRY_SIZE]);

/* Write the footer. table: end mark followed by the whole seek table, table_size bytes of it. */
void zipnn_file_write_footer(uint8_t dst[ZIPNN_FILE_FOOTER_SIZE], uint64_t chunk_count,
			     uint64_t raw_size, const uint8_t *table, size_t table_size);

/* Read the last 24 bytes of a file. Returns 0 or an error; the CRC is not yet checked. */
int64_t zipnn_file_parse_footer(struct zipnn_file_footer *footer,
				const uint8_t src[ZIPNN_FILE_FOOTER_SIZE]);

/*
 * Check a seek table against its footer: the CRC, the number of chunks, the sum of their raw sizes.
 * table: end mark followed by the whole seek table. Returns 0 or an error.
 */
int64_t zipnn_file_check_table(const struct zipnn_file_footer *footer, const uint8_t *table,
			       size_t table_size);

#endif
