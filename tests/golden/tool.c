// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decodes golden files through the library, and writes them: for test_golden.py, make.py and, built
 * for another byte order, test_big_endian.sh, where there is neither Python nor the command line.
 *
 * usage: golden_tool decode IN OUT [IN OUT]...                  blobs, and .znn files by their
 * suffix golden_tool encode DTYPE CHECK BEST IN OUT             zipnn_compress with these settings
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/file.h"
#include "zipnn.h"

struct bytes {
	uint8_t *data;
	size_t size;
};

static void fail(const char *name, const char *reason)
{
	fprintf(stderr, "golden_tool: %s: %s\n", name, reason);
	exit(1);
}

static void *allocate(size_t size)
{
	void *data = malloc(size > 0 ? size : 1);

	if (data == NULL)
		fail("memory", "there is none");
	return data;
}

/* Into memory of just that size, so that a sanitizer sees a read past the end. */
static struct bytes read_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	struct bytes bytes = {0};
	long size = -1;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
		fail(name, "cannot be read");
	rewind(file);
	bytes.size = (size_t)size;
	bytes.data = allocate(bytes.size);
	if (fread(bytes.data, 1, bytes.size, file) != bytes.size)
		fail(name, "cannot be read");
	fclose(file);
	return bytes;
}

static void write_file(const char *name, struct bytes bytes)
{
	FILE *file = fopen(name, "wb");

	if (file == NULL || fwrite(bytes.data, 1, bytes.size, file) != bytes.size ||
	    fclose(file) != 0)
		fail(name, "cannot be written");
}

static void check(const char *name, int64_t result)
{
	if (result < 0)
		fail(name, zipnn_error_name(result));
}

static struct bytes decode_blob(zipnn_dctx *dctx, const char *name, struct bytes blob)
{
	int64_t claim = zipnn_raw_size(blob.data, blob.size);
	struct bytes raw;

	check(name, claim);
	raw.size = (size_t)claim;
	raw.data = allocate(raw.size);
	check(name, zipnn_decompress(dctx, raw.data, raw.size, blob.data, blob.size));
	return raw;
}

/* src/FORMAT.md section 6: the footer tells how many chunks there are, and the rest is read in
 * order. */
static struct bytes decode_file(zipnn_dctx *dctx, const char *name, struct bytes file)
{
	size_t at = ZIPNN_FILE_HEADER_SIZE;
	struct zipnn_file_footer footer;
	struct bytes raw;
	size_t done = 0;

	check(name, zipnn_file_check_header(file.data, file.size));
	check(name,
	      zipnn_file_parse_footer(&footer, file.data + file.size - ZIPNN_FILE_FOOTER_SIZE));
	raw.size = (size_t)footer.raw_size;
	raw.data = allocate(raw.size);
	for (uint64_t i = 0; i < footer.chunk_count; i++) {
		struct zipnn_chunk_info info;

		check(name, zipnn_chunk_parse(&info, file.data + at, file.size - at));
		check(name, zipnn_chunk_decode(dctx, raw.data + done, raw.size - done,
					       file.data + at, file.size - at, done));
		at += info.coded_size;
		done += info.raw_size;
	}
	check(name, zipnn_file_check_table(&footer, file.data + at,
					   file.size - ZIPNN_FILE_FOOTER_SIZE - at));
	return raw;
}

static void decode(const char *from, const char *to)
{
	const char *suffix = strrchr(from, '.');
	struct bytes coded = read_file(from);
	zipnn_dctx *dctx = zipnn_dctx_create();
	struct bytes raw;

	if (dctx == NULL)
		fail(from, "no memory");
	raw = suffix != NULL && strcmp(suffix, ".znn") == 0 ? decode_file(dctx, from, coded)
							    : decode_blob(dctx, from, coded);
	write_file(to, raw);
	free(raw.data);
	free(coded.data);
	zipnn_dctx_free(dctx);
}

static void encode(char *const settings[3], const char *from, const char *to)
{
	struct bytes raw = read_file(from);
	size_t capacity = zipnn_compress_bound(raw.size);
	struct bytes blob = {.data = allocate(capacity)};
	zipnn_cctx *cctx = zipnn_cctx_create();
	int64_t size;

	if (cctx == NULL)
		fail(from, "no memory");
	check("dtype", zipnn_cctx_set_dtype(cctx, (enum zipnn_dtype)atoi(settings[0])));
	check("check", zipnn_cctx_set_check(cctx, atoi(settings[1])));
	check("best", zipnn_cctx_set_best(cctx, atoi(settings[2])));
	size = zipnn_compress(cctx, blob.data, capacity, raw.data, raw.size);
	check(from, size);
	blob.size = (size_t)size;
	write_file(to, blob);
	free(blob.data);
	free(raw.data);
	zipnn_cctx_free(cctx);
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "encode") == 0) {
		encode(argv + 2, argv[5], argv[6]);
		return 0;
	}
	if (argc < 4 || argc % 2 != 0 || strcmp(argv[1], "decode") != 0)
		fail("usage", "decode IN OUT [IN OUT]... | encode DTYPE CHECK BEST IN OUT");
	for (int i = 2; i < argc; i += 2)
		decode(argv[i], argv[i + 1]);
	return 0;
}
