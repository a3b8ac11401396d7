// SPDX-License-Identifier: BSD-3-Clause
/* Footer and seek table of a seekable .znn file: see archive.h. */
#include "cli/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Header, end mark and footer: a .znn file of 0 raw bytes. */
#define SMALLEST_FILE (ZIPNN_FILE_HEADER_SIZE + ZIPNN_FILE_END_MARK_SIZE + ZIPNN_FILE_FOOTER_SIZE)

static bool fail_code(const struct archive *archive, struct failure *failure, uint64_t offset,
		      const char *what, int64_t code)
{
	failure_code(failure, archive->input->name, offset, what, code);
	return false;
}

static const uint8_t *entry_bytes(const struct archive *archive, uint64_t index)
{
	return archive->table + ZIPNN_FILE_END_MARK_SIZE + index * ZIPNN_FILE_ENTRY_SIZE;
}

bool archive_entry(const struct archive *archive, struct failure *failure, uint64_t index,
		   struct zipnn_chunk_info *info)
{
	int64_t result = zipnn_file_parse_entry(info, entry_bytes(archive, index));

	return result >= 0 || fail_code(archive, failure,
					archive->table_offset + ZIPNN_FILE_END_MARK_SIZE +
					    index * ZIPNN_FILE_ENTRY_SIZE,
					"bad entry of the seek table", result);
}

bool archive_entry_matches(const struct archive *archive, uint64_t index, const uint8_t *chunk)
{
	return memcmp(entry_bytes(archive, index), chunk, ZIPNN_CHUNK_HEADER_SIZE) == 0;
}

static bool check_file_header(const struct archive *archive, struct failure *failure)
{
	uint8_t header[ZIPNN_FILE_HEADER_SIZE];
	size_t size = archive->size < sizeof(header) ? (size_t)archive->size : sizeof(header);
	int64_t result;

	if (!input_read_at(archive->input, failure, header, size, 0))
		return false;
	result = zipnn_file_check_header(header, size);
	return result >= 0 ||
	       fail_code(archive, failure, result == ZIPNN_ERROR_TRUNCATED ? archive->size : 0,
			 "cannot read", result);
}

static bool read_footer(struct archive *archive, struct failure *failure)
{
	uint8_t bytes[ZIPNN_FILE_FOOTER_SIZE];
	uint64_t offset = archive->size - sizeof(bytes);
	uint64_t room = archive->size - SMALLEST_FILE;
	int64_t result;

	if (!input_read_at(archive->input, failure, bytes, sizeof(bytes), offset))
		return false;
	result = zipnn_file_parse_footer(&archive->footer, bytes);
	if (result == ZIPNN_ERROR_TRUNCATED) {
		failure_set(failure, archive->input->name, offset,
			    "no footer at the end: the file is truncated or has extra bytes after "
			    "its end; get a complete copy, or run -t to see how far it is sound");
		return false;
	}
	/* The least a chunk and its entry take. Bounds the table by the file's true size. */
	if (result >= 0 && archive->footer.chunk_count >
			       room / (ZIPNN_CHUNK_HEADER_SIZE + 1 + ZIPNN_FILE_ENTRY_SIZE))
		result = ZIPNN_ERROR_CORRUPT;
	return result >= 0 || fail_code(archive, failure, offset, "bad footer", result);
}

/* The chunks must fill the file from its header to the end mark. */
static bool check_coded_sizes(const struct archive *archive, struct failure *failure)
{
	uint64_t end = ZIPNN_FILE_HEADER_SIZE;
	struct zipnn_chunk_info info;

	for (uint64_t i = 0; i < archive->footer.chunk_count; i++) {
		if (!archive_entry(archive, failure, i, &info))
			return false;
		end += info.coded_size;
	}
	return end == archive->table_offset ||
	       fail_code(archive, failure, archive->table_offset,
			 "the seek table does not fit the file", ZIPNN_ERROR_CORRUPT);
}

static bool fail_table(const struct archive *archive, struct failure *failure, int64_t code)
{
	return fail_code(archive, failure, archive->table_offset, "bad seek table", code);
}

/* A sparse file is as large as it likes, so its size alone must not make us allocate. */
static bool check_end_mark(const struct archive *archive, struct failure *failure)
{
	uint8_t mark[ZIPNN_FILE_END_MARK_SIZE];
	int64_t result;

	if (!input_read_at(archive->input, failure, mark, sizeof(mark), archive->table_offset))
		return false;
	result = zipnn_file_is_end_mark(mark);
	return result == 1 ||
	       fail_table(archive, failure, result == 0 ? ZIPNN_ERROR_CORRUPT : result);
}

static bool read_table(struct archive *archive, struct failure *failure)
{
	size_t size =
	    ZIPNN_FILE_END_MARK_SIZE + (size_t)archive->footer.chunk_count * ZIPNN_FILE_ENTRY_SIZE;
	int64_t result;

	archive->table_offset = archive->size - ZIPNN_FILE_FOOTER_SIZE - size;
	if (!check_end_mark(archive, failure))
		return false;
	archive->table = malloc(size);
	if (archive->table == NULL)
		return fail_code(archive, failure, archive->table_offset,
				 "no room for the seek table", ZIPNN_ERROR_MEMORY);
	if (!input_read_at(archive->input, failure, archive->table, size, archive->table_offset))
		return false;
	result = zipnn_file_check_table(&archive->footer, archive->table, size);
	if (result < 0)
		return fail_table(archive, failure, result);
	return check_coded_sizes(archive, failure);
}

bool archive_open(struct archive *archive, struct input *input, struct failure *failure)
{
	*archive = (struct archive){.input = input};
	if (!input_seekable_size(input, failure, &archive->size) ||
	    !check_file_header(archive, failure))
		return false;
	if (archive->size < SMALLEST_FILE)
		return fail_code(archive, failure, archive->size, "the file ends here",
				 ZIPNN_ERROR_TRUNCATED);
	if (read_footer(archive, failure) && read_table(archive, failure))
		return true;
	archive_close(archive);
	return false;
}

void archive_close(struct archive *archive)
{
	free(archive->table);
}
