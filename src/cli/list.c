// SPDX-License-Identifier: BSD-3-Clause
/*
 * The listing: a table for people, one JSON object a line for programs.
 *
 * Footer and seek table tell nearly all. Only the planes of the chunks need a look at each chunk's
 * first bytes, so they are read only where they are shown.
 */
#include "cli/list.h"

#include <stdio.h>
#include <string.h>

#include "cli/archive.h"
#include "cli/json.h"
#include "entropy/coder.h"

static double percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static bool add_planes(const struct archive *archive, struct failure *failure,
		       struct listing *listing, uint64_t index,
		       const struct zipnn_chunk_info *entry, uint64_t offset)
{
	uint8_t prefix[ZIPNN_CHUNK_MAX_PREFIX];
	uint64_t room = archive->table_offset - offset;
	size_t size = room < sizeof(prefix) ? (size_t)room : sizeof(prefix);
	struct zipnn_chunk_info info;
	int64_t result;

	if (!input_read_at(archive->input, failure, prefix, size, offset))
		return false;
	result = zipnn_chunk_parse(&info, prefix, size);
	if (result >= 0 && (!archive_entry_matches(archive, index, prefix) ||
			    info.coded_size != entry->coded_size))
		result = ZIPNN_ERROR_CORRUPT;
	if (result < 0) {
		failure_code(failure, archive->input->name, offset,
			     "the chunk is not the one in the seek table", result);
		return false;
	}
	for (unsigned i = 0; i < info.plane_count; i++) {
		unsigned coder = info.planes[i].coder;

		listing->coder_planes[coder]++;
		listing->coder_raw[coder] += info.values;
		listing->coder_coded[coder] += info.planes[i].coded_size;
	}
	return true;
}

static bool examine(struct archive *archive, struct failure *failure, struct listing *listing,
		    bool planes)
{
	uint64_t offset = ZIPNN_FILE_HEADER_SIZE;

	listing->files = 1;
	listing->chunks = archive->footer.chunk_count;
	listing->raw = archive->footer.raw_size;
	listing->coded = archive->size;
	for (uint64_t i = 0; i < listing->chunks; i++) {
		struct zipnn_chunk_info entry;

		if (!archive_entry(archive, failure, i, &entry) ||
		    (planes && !add_planes(archive, failure, listing, i, &entry, offset)))
			return false;
		listing->checked += entry.has_crc != 0;
		listing->layout_raw[entry.layout.id] += entry.raw_size;
		offset += entry.coded_size;
	}
	return true;
}

static void print_json(const char *name, const struct listing *listing)
{
	const char *separator = "";

	fputs("{\"file\": ", stdout);
	json_print_string(name);
	printf(", \"raw_bytes\": %llu, \"coded_bytes\": %llu, \"chunks\": %llu, "
	       "\"checked_chunks\": %llu, \"dtype_bytes\": {",
	       (unsigned long long)listing->raw, (unsigned long long)listing->coded,
	       (unsigned long long)listing->chunks, (unsigned long long)listing->checked);
	for (int i = 0; i < ZIPNN_LAYOUT_COUNT; i++) {
		if (listing->layout_raw[i] == 0)
			continue;
		printf("%s\"%s\": %llu", separator, zipnn_layout_name((enum zipnn_layout_id)i),
		       (unsigned long long)listing->layout_raw[i]);
		separator = ", ";
	}
	fputs("}, \"coders\": {", stdout);
	separator = "";
	for (unsigned i = 0; i < ZIPNN_CODER_COUNT; i++) {
		if (listing->coder_planes[i] == 0)
			continue;
		printf("%s\"%s\": {\"planes\": %llu, \"raw_bytes\": %llu, \"bytes\": %llu}",
		       separator, zipnn_coder_name(i), (unsigned long long)listing->coder_planes[i],
		       (unsigned long long)listing->coder_raw[i],
		       (unsigned long long)listing->coder_coded[i]);
		separator = ", ";
	}
	puts("}}");
}

static void print_row(const char *name, const struct listing *listing)
{
	char dtypes[ZIPNN_LAYOUT_COUNT * 16] = "";
	size_t length = 0;
	char clean[4200];

	for (int i = 0; i < ZIPNN_LAYOUT_COUNT; i++) {
		if (listing->layout_raw[i] == 0)
			continue;
		length += (size_t)snprintf(dtypes + length, sizeof(dtypes) - length, "%s%s %.0f%%",
					   length > 0 ? ", " : "",
					   zipnn_layout_name((enum zipnn_layout_id)i),
					   percent(listing->layout_raw[i], listing->raw));
	}
	snprintf(clean, sizeof(clean), "%s", name);
	message_clean(clean);
	printf("%8llu %15llu %15llu %7.2f%%  %-5s  %-28s  %s\n",
	       (unsigned long long)listing->chunks, (unsigned long long)listing->raw,
	       (unsigned long long)listing->coded, percent(listing->coded, listing->raw),
	       listing->checked == listing->chunks ? "crc"
	       : listing->checked > 0              ? "some"
						   : "none",
	       dtypes, clean);
}

static void print_heading(void)
{
	printf("%8s %15s %15s %8s  %-5s  %-28s  %s\n", "chunks", "raw", "coded", "ratio", "check",
	       "dtypes", "file");
}

static void print_details(const struct listing *listing)
{
	for (int i = 0; i < ZIPNN_LAYOUT_COUNT; i++) {
		if (listing->layout_raw[i] > 0)
			printf("  layout %-8s %15llu raw bytes\n",
			       zipnn_layout_name((enum zipnn_layout_id)i),
			       (unsigned long long)listing->layout_raw[i]);
	}
	for (unsigned i = 0; i < ZIPNN_CODER_COUNT; i++) {
		if (listing->coder_planes[i] > 0)
			printf("  coder  %-8s %15llu raw bytes in %llu planes, coded in %llu "
			       "(%.2f%%)\n",
			       zipnn_coder_name(i), (unsigned long long)listing->coder_raw[i],
			       (unsigned long long)listing->coder_planes[i],
			       (unsigned long long)listing->coder_coded[i],
			       percent(listing->coder_coded[i], listing->coder_raw[i]));
	}
}

static void add(struct listing *sum, const struct listing *listing)
{
	sum->files += listing->files;
	sum->chunks += listing->chunks;
	sum->checked += listing->checked;
	sum->raw += listing->raw;
	sum->coded += listing->coded;
	for (int i = 0; i < ZIPNN_LAYOUT_COUNT; i++)
		sum->layout_raw[i] += listing->layout_raw[i];
}

bool list_file(struct session *session, struct input *input, struct failure *failure,
	       struct listing *sum)
{
	const struct options *options = &session->options;
	struct listing listing = {0};
	struct archive archive;
	bool done;

	if (!archive_open(&archive, input, failure))
		return false;
	done = examine(&archive, failure, &listing, options->json || options->verbose);
	archive_close(&archive);
	if (!done)
		return false;
	if (options->json) {
		print_json(input->name, &listing);
	} else {
		if (sum->files == 0)
			print_heading();
		print_row(input->name, &listing);
		if (options->verbose)
			print_details(&listing);
	}
	add(sum, &listing);
	return true;
}

void list_sum(const struct session *session, const struct listing *sum)
{
	char name[48];

	if (sum->files < 2 || session->options.json)
		return;
	snprintf(name, sizeof(name), "%llu files", (unsigned long long)sum->files);
	print_row(name, sum);
}
