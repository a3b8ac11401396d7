// SPDX-License-Identifier: BSD-3-Clause
/*
 * roundtrip FILE...: compress and decompress files in every way a host does, and compare.
 *
 * Made data has the properties its maker thought of; real models have others. Each file is cut into
 * blobs of four sizes, and into one row of chunks whose lengths are odd, so that elements begin at
 * every phase. Prints coded size in percent of the raw size; ends with status 1 at the first
 * difference, error or broken promise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/chunk.h"
#include "guard.h"
#include "zipnn.h"

static const size_t blob_sizes[] = {(size_t)4 << 10, (size_t)64 << 10, (size_t)512 << 10,
				    (size_t)4 << 20};
#define BLOB_SIZES (sizeof(blob_sizes) / sizeof(blob_sizes[0]))

/* Lengths of the chunks in the row, in turn: tiny, near a page, a sample and the default, and
 * beyond it. All are odd, so that elements begin anywhere. */
static const size_t chunk_sizes[] = {1, 262143, 7, 4099, 65537, 511, 262145, 1048573, 2049, 33333};
#define CHUNK_SIZES (sizeof(chunk_sizes) / sizeof(chunk_sizes[0]))
#define MAX_CHUNK ((size_t)1048573)

struct coder {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	const char *path; /* the file at work, for messages */
};

static void fail(const struct coder *coder, const char *what, size_t part, size_t offset,
		 const char *reason)
{
	fprintf(stderr, "roundtrip: %s: %s of %zu bytes at offset %zu: %s\n", coder->path, what,
		part, offset, reason);
	exit(1);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	long length = -1;

	if (file && fseek(file, 0, SEEK_END) == 0)
		length = ftell(file);
	uint8_t *data = length >= 0 ? malloc((size_t)length + 1) : NULL;

	if (!data || fseek(file, 0, SEEK_SET) != 0 ||
	    fread(data, 1, (size_t)length, file) != (size_t)length) {
		perror(path);
		exit(1);
	}
	fclose(file);
	*size = (size_t)length;
	return data;
}

/* One blob there and back. Returns its size. */
static size_t round_trip_blob(const struct coder *coder, const uint8_t *src, size_t size,
			      size_t offset, struct guard *coded, struct guard *decoded)
{
	int64_t result =
	    zipnn_compress(coder->cctx, coded->data, zipnn_compress_bound(size), src, size);

	if (result < 0)
		fail(coder, "compressing a blob", size, offset, zipnn_error_name(result));
	if ((size_t)result > size + 16 + size / 5000)
		fail(coder, "a blob", size, offset, "larger than promised");
	int64_t raw =
	    zipnn_decompress(coder->dctx, decoded->data, size, coded->data, (size_t)result);

	if (raw < 0)
		fail(coder, "decompressing a blob", size, offset, zipnn_error_name(raw));
	if ((size_t)raw != size || memcmp(decoded->data, src, size) != 0)
		fail(coder, "a blob", size, offset, "other data came back");
	return (size_t)result;
}

/* A file as blobs of one size. Returns their sum. */
static size_t round_trip_blobs(const struct coder *coder, const uint8_t *src, size_t size,
			       size_t blob_size)
{
	struct guard coded = guard_new(zipnn_compress_bound(blob_size), 0);
	struct guard decoded = guard_new(blob_size, 0);
	size_t sum = 0;

	for (size_t offset = 0; offset < size; offset += blob_size) {
		size_t n = size - offset < blob_size ? size - offset : blob_size;

		sum += round_trip_blob(coder, src + offset, n, offset, &coded, &decoded);
	}
	if (!guard_intact(&coded, coded.size) || !guard_intact(&decoded, decoded.size))
		fail(coder, "blobs", blob_size, 0, "a write outside of the output");
	guard_free(&coded);
	guard_free(&decoded);
	return sum;
}

/* Code a file as one row of chunks. Returns the row, malloc'd, and its size. */
static uint8_t *encode_row(const struct coder *coder, const uint8_t *src, size_t size,
			   size_t *row_size)
{
	size_t capacity = zipnn_chunk_bound(MAX_CHUNK);
	size_t at = 0;
	uint8_t *row = malloc(capacity);

	if (!row)
		fail(coder, "a row", capacity, 0, "out of memory");
	for (size_t i = 0, offset = 0; offset < size; i++) {
		size_t n = chunk_sizes[i % CHUNK_SIZES];

		n = n < size - offset ? n : size - offset;
		if (capacity - at < zipnn_chunk_bound(n)) {
			capacity = 2 * capacity + zipnn_chunk_bound(n);
			uint8_t *longer = realloc(row, capacity);

			if (!longer)
				fail(coder, "a row", capacity, offset, "out of memory");
			row = longer;
		}
		int64_t result = zipnn_chunk_encode(coder->cctx, row + at, capacity - at,
						    src + offset, n, offset);

		if (result < 0)
			fail(coder, "coding a chunk", n, offset, zipnn_error_name(result));
		if ((size_t)result > n + ZIPNN_CHUNK_HEADER_SIZE)
			fail(coder, "a chunk", n, offset, "larger than promised");
		at += (size_t)result;
		offset += n;
	}
	*row_size = at;
	return row;
}

/* Walk a row of chunks and compare what comes out with src. */
static void decode_row(const struct coder *coder, const uint8_t *row, size_t row_size,
		       const uint8_t *src, size_t size)
{
	struct guard decoded = guard_new(MAX_CHUNK, 1);
	size_t at = 0;
	size_t offset = 0;

	while (offset < size) {
		struct zipnn_chunk_info info;
		int64_t result = zipnn_chunk_parse(&info, row + at, row_size - at);

		if (result == 0)
			result = zipnn_chunk_decode(coder->dctx, decoded.data, MAX_CHUNK, row + at,
						    row_size - at, offset);
		if (result < 0)
			fail(coder, "decoding a chunk", info.raw_size, offset,
			     zipnn_error_name(result));
		if (info.raw_size > size - offset ||
		    memcmp(decoded.data, src + offset, info.raw_size) != 0)
			fail(coder, "a chunk", info.raw_size, offset, "other data came back");
		at += info.coded_size;
		offset += info.raw_size;
	}
	if (at != row_size || !guard_intact(&decoded, decoded.size))
		fail(coder, "a row", row_size, offset, "it does not end where it should");
	guard_free(&decoded);
}

static void round_trip_file(struct coder *coder, const char *path)
{
	size_t size = 0;
	uint8_t *raw = read_file(path, &size);
	size_t row_size = 0;

	coder->path = path;
	for (size_t i = 0; i < BLOB_SIZES; i++) {
		size_t coded = round_trip_blobs(coder, raw, size, blob_sizes[i]);

		printf("%7.2f ", size ? 100.0 * (double)coded / (double)size : 0.0);
	}
	uint8_t *row = encode_row(coder, raw, size, &row_size);

	decode_row(coder, row, row_size, raw, size);
	printf("%7.2f %12zu  %s\n", size ? 100.0 * (double)row_size / (double)size : 0.0, size,
	       path);
	fflush(stdout);
	free(row);
	free(raw);
}

int main(int argc, char **argv)
{
	struct coder coder = {zipnn_cctx_create(), zipnn_dctx_create(), ""};

	if (argc < 2) {
		fprintf(stderr, "usage: roundtrip FILE...\n");
		return 1;
	}
	if (!coder.cctx || !coder.dctx) {
		fprintf(stderr, "roundtrip: out of memory\n");
		return 1;
	}
	printf("coded size in %% of the raw size\n%7s %7s %7s %7s %7s %12s  file\n", "4K", "64K",
	       "512K", "4M", "chunks", "raw bytes");
	for (int i = 1; i < argc; i++)
		round_trip_file(&coder, argv[i]);
	zipnn_cctx_free(coder.cctx);
	zipnn_dctx_free(coder.dctx);
	return 0;
}
