// SPDX-License-Identifier: BSD-3-Clause
/* Header, seek table and footer of a .znn file: src/FORMAT.md section 6. */
#include "frame/file.h"

#include <string.h>

#include "core/bytes.h"
#include "core/crc.h"
#include "zipnn.h"

#define FILE_MAGIC 0x464e4e5au   /* "ZNNF" */
#define FOOTER_MAGIC 0x454e4e5au /* "ZNNE" */
#define FOOTER_CRC_OFFSET 16
#define FOOTER_MAGIC_OFFSET 20

void zipnn_file_write_header(uint8_t dst[ZIPNN_FILE_HEADER_SIZE])
{
	memset(dst, 0, ZIPNN_FILE_HEADER_SIZE);
	zipnn_store32(dst, FILE_MAGIC);
	dst[4] = ZIPNN_FORMAT_VERSION;
}

int64_t zipnn_file_check_header(const uint8_t *src, size_t size)
{
	if (size < 4)
		return ZIPNN_ERROR_TRUNCATED;
	if (zipnn_load32(src) != FILE_MAGIC)
		return ZIPNN_ERROR_MAGIC;
	if (size < ZIPNN_FILE_HEADER_SIZE)
		return ZIPNN_ERROR_TRUNCATED;
	/* Version, flags, reserved: another value means something this reader does not know. */
	return zipnn_load32(src + 4) == ZIPNN_FORMAT_VERSION ? 0 : ZIPNN_ERROR_VERSION;
}

void zipnn_file_write_end_mark(uint8_t dst[ZIPNN_FILE_END_MARK_SIZE])
{
	memset(dst, 0, ZIPNN_FILE_END_MARK_SIZE);
	dst[0] = ZIPNN_LAYOUT_END;
}

int64_t zipnn_file_is_end_mark(const uint8_t src[ZIPNN_FILE_END_MARK_SIZE])
{
	if ((src[0] & ZIPNN_LAYOUT_ID_MASK) != ZIPNN_LAYOUT_END)
		return 0;
	return zipnn_load64(src) == ZIPNN_LAYOUT_END ? 1 : ZIPNN_ERROR_CORRUPT;
}

void zipnn_file_write_entry(uint8_t dst[ZIPNN_FILE_ENTRY_SIZE], const uint8_t *chunk,
			    uint32_t coded_size)
{
	memcpy(dst, chunk, ZIPNN_CHUNK_HEADER_SIZE);
	zipnn_store32(dst + ZIPNN_CHUNK_HEADER_SIZE, coded_size);
}

int64_t zipnn_file_parse_entry(struct zipnn_chunk_info *info,
			       const uint8_t src[ZIPNN_FILE_ENTRY_SIZE])
{
	const uint32_t coded_size = zipnn_load32(src + ZIPNN_CHUNK_HEADER_SIZE);
	/* TRUNCATED: a valid header of a chunk with planes, whose descriptors are not here. */
	int64_t result = zipnn_chunk_parse(info, src, ZIPNN_CHUNK_HEADER_SIZE);

	if (result < 0 && result != ZIPNN_ERROR_TRUNCATED)
		return result;
	if (result == 0 && coded_size != info->coded_size)
		return ZIPNN_ERROR_CORRUPT;
	/* Each plane takes a byte at least and its values at most, the edge what it takes. */
	if (coded_size < info->prefix_size + zipnn_element_size(info->layout.id) ||
	    coded_size > info->prefix_size + info->raw_size)
		return ZIPNN_ERROR_CORRUPT;
	info->coded_size = coded_size;
	return 0;
}

void zipnn_file_write_footer(uint8_t dst[ZIPNN_FILE_FOOTER_SIZE], uint64_t chunk_count,
			     uint64_t raw_size, const uint8_t *table, size_t table_size)
{
	zipnn_store64(dst, chunk_count);
	zipnn_store64(dst + 8, raw_size);
	zipnn_store32(dst + FOOTER_CRC_OFFSET,
		      zipnn_crc32c_two(table, table_size, dst, FOOTER_CRC_OFFSET));
	zipnn_store32(dst + FOOTER_MAGIC_OFFSET, FOOTER_MAGIC);
}

int64_t zipnn_file_parse_footer(struct zipnn_file_footer *footer,
				const uint8_t src[ZIPNN_FILE_FOOTER_SIZE])
{
	if (zipnn_load32(src + FOOTER_MAGIC_OFFSET) != FOOTER_MAGIC)
		return ZIPNN_ERROR_TRUNCATED;
	footer->chunk_count = zipnn_load64(src);
	footer->raw_size = zipnn_load64(src + 8);
	footer->crc = zipnn_load32(src + FOOTER_CRC_OFFSET);
	return 0;
}

int64_t zipnn_file_check_table(const struct zipnn_file_footer *footer, const uint8_t *table,
			       size_t table_size)
{
	uint8_t counts[FOOTER_CRC_OFFSET];
	uint64_t raw_size = 0;

	zipnn_store64(counts, footer->chunk_count);
	zipnn_store64(counts + 8, footer->raw_size);
	if (zipnn_crc32c_two(table, table_size, counts, sizeof(counts)) != footer->crc)
		return ZIPNN_ERROR_CHECKSUM;
	if (table_size < ZIPNN_FILE_END_MARK_SIZE || zipnn_file_is_end_mark(table) != 1 ||
	    (table_size - ZIPNN_FILE_END_MARK_SIZE) % ZIPNN_FILE_ENTRY_SIZE != 0 ||
	    (table_size - ZIPNN_FILE_END_MARK_SIZE) / ZIPNN_FILE_ENTRY_SIZE != footer->chunk_count)
		return ZIPNN_ERROR_CORRUPT;
	for (size_t at = ZIPNN_FILE_END_MARK_SIZE; at < table_size; at += ZIPNN_FILE_ENTRY_SIZE) {
		struct zipnn_chunk_info info;
		int64_t result = zipnn_file_parse_entry(&info, table + at);

		if (result < 0)
			return result;
		raw_size += info.raw_size;
	}
	return raw_size == footer->raw_size ? 0 : ZIPNN_ERROR_CORRUPT;
}
