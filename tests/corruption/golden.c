// SPDX-License-Identifier: BSD-3-Clause
/* Golden files, taken apart: see golden.h. */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "frame/blob.h"
#include "frame/file.h"

/* Of the header of a zstd frame (RFC 8878, section 3.1.1.1.1), which begins at byte 4 of a blob. */
#define FRAME_DESCRIPTOR 8
#define FRAME_HAS_CHECKSUM 4

void give_up(const char *name, const char *reason)
{
	fprintf(stderr, "corruption: %s: %s\n", name, reason);
	exit(2);
}

void *allocate(size_t size)
{
	void *memory = malloc(size > 0 ? size : 1);

	if (memory == NULL)
		give_up("memory", "there is none");
	return memory;
}

static void read_all(struct golden *golden, const char *folder)
{
	char path[4096];
	FILE *file;
	long size;

	snprintf(path, sizeof(path), "%s/%s", folder, golden->name);
	file = fopen(path, "rbe");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
		give_up(path, "cannot be read");
	rewind(file);
	golden->size = (size_t)size;
	golden->bytes = allocate(golden->size);
	if (fread(golden->bytes, 1, golden->size, file) != golden->size)
		give_up(path, "cannot be read");
	fclose(file);
}

static void add_section(struct golden *golden, size_t at)
{
	golden->sections[golden->section_count++] = at;
}

static void add_checked(struct golden *golden, size_t from, size_t to)
{
	struct span *last = golden->checked + golden->checked_count;

	if (golden->checked_count > 0 && last[-1].to == from)
		last[-1].to = to;
	else if (from < to)
		golden->checked[golden->checked_count++] = (struct span){from, to};
}

/* Chunks from `at` on until `raw_size` raw bytes are reached. Returns where they end. */
static size_t add_chunks(struct golden *golden, size_t at)
{
	size_t raw = 0;

	while (raw < golden->raw_size) {
		struct zipnn_chunk_info info;

		if (zipnn_chunk_parse(&info, golden->bytes + at, golden->size - at) < 0)
			give_up(golden->name, "has a bad chunk");
		add_section(golden, at);
		golden->chunk_count++;
		if (info.has_crc)
			add_checked(golden, raw, raw + info.raw_size);
		at += info.coded_size;
		raw += info.raw_size;
	}
	return at;
}

static void take_blob_apart(struct golden *golden)
{
	int64_t claim = zipnn_raw_size(golden->bytes, golden->size);

	if (claim < 0)
		give_up(golden->name, zipnn_error_name(claim));
	golden->raw_size = (size_t)claim;
	add_section(golden, 0);
	if (zipnn_load32(golden->bytes + 4) == ZIPNN_BLOB_MAGIC) {
		add_chunks(golden, ZIPNN_BLOB_HEADER_SIZE);
		return;
	}
	add_section(golden, ZIPNN_BLOB_LENGTH_SIZE);
	if (golden->bytes[FRAME_DESCRIPTOR] & FRAME_HAS_CHECKSUM)
		add_checked(golden, 0, golden->raw_size);
}

static void take_file_apart(struct golden *golden)
{
	struct zipnn_file_footer footer;
	size_t at;

	if (golden->size < ZIPNN_FILE_HEADER_SIZE + ZIPNN_FILE_FOOTER_SIZE ||
	    zipnn_file_parse_footer(&footer,
				    golden->bytes + golden->size - ZIPNN_FILE_FOOTER_SIZE) < 0)
		give_up(golden->name, "has no footer");
	golden->raw_size = (size_t)footer.raw_size;
	add_section(golden, 0);
	at = add_chunks(golden, ZIPNN_FILE_HEADER_SIZE);
	add_section(golden, at);
	for (at += ZIPNN_FILE_END_MARK_SIZE; at + ZIPNN_FILE_FOOTER_SIZE < golden->size;
	     at += ZIPNN_FILE_ENTRY_SIZE)
		add_section(golden, at);
	add_section(golden, at);
}

static void decode(struct golden *golden)
{
	zipnn_dctx *dctx = zipnn_dctx_create();
	int64_t result = 0;
	size_t done = 0;

	if (dctx == NULL)
		give_up(golden->name, "no memory");
	if (!golden->is_file)
		result = zipnn_decompress(dctx, golden->raw, golden->raw_size, golden->bytes,
					  golden->size);
	for (size_t i = 1; golden->is_file && result >= 0 && i <= golden->chunk_count; i++) {
		const size_t at = golden->sections[i];

		result = zipnn_chunk_decode(dctx, golden->raw + done, golden->raw_size - done,
					    golden->bytes + at, golden->size - at, done);
		done += result > 0 ? (size_t)result : 0;
	}
	if (result < 0)
		give_up(golden->name, zipnn_error_name(result));
	zipnn_dctx_free(dctx);
}

void golden_load(struct golden *golden, const char *folder, const char *name)
{
	*golden = (struct golden){.is_file = strcmp(name + strlen(name) - 4, ".znn") == 0};
	snprintf(golden->name, sizeof(golden->name), "%s", name);
	read_all(golden, folder);
	/* No section is shorter than 4 bytes. */
	golden->sections = allocate((golden->size / 4 + 3) * sizeof(*golden->sections));
	golden->checked = allocate((golden->size / 4 + 3) * sizeof(*golden->checked));
	if (golden->is_file)
		take_file_apart(golden);
	else
		take_blob_apart(golden);
	add_section(golden, golden->size);
	golden->section_count--;
	golden->raw = allocate(golden->raw_size);
	decode(golden);
}

void golden_free(struct golden *golden)
{
	free(golden->bytes);
	free(golden->raw);
	free(golden->sections);
	free(golden->checked);
}

enum sameness golden_compare(const struct golden *golden, const uint8_t *data, size_t size,
			     size_t offset)
{
	if (offset > golden->raw_size || size > golden->raw_size - offset)
		return DIFFERENT;
	if (size == 0 || memcmp(data, golden->raw + offset, size) == 0)
		return SAME;
	for (size_t i = 0; i < golden->checked_count; i++) {
		size_t from = golden->checked[i].from;
		size_t to = golden->checked[i].to;

		from = from > offset ? from : offset;
		to = to < offset + size ? to : offset + size;
		if (from < to && memcmp(data + (from - offset), golden->raw + from, to - from) != 0)
			return DIFFERENT;
	}
	return SAME_IF_CHECKED;
}
