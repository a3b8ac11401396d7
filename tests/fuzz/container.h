// SPDX-License-Identifier: BSD-3-Clause
/*
 * Blobs and .znn files as far as their headers make sense, for changing them: what is damaged in
 * one place would else be refused in another, by a length or a checksum that does not fit.
 *
 * Written from src/FORMAT.md and independent of the library: it also runs inside AFL++.
 */
#ifndef ZIPNN_TESTS_FUZZ_CONTAINER_H
#define ZIPNN_TESTS_FUZZ_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#define CONTAINER_MAX_CHUNKS 64u
#define CONTAINER_MAX_PLANES 8u

struct chunk_span {
	size_t at; /* of the header in the container */
	size_t raw_size;
	size_t size;     /* header included */
	unsigned planes; /* 0 for layout `stored` */
	size_t values;   /* of a plane */
	size_t payload;  /* where the first of the payloads, that of the last plane, is */
	size_t coded[CONTAINER_MAX_PLANES]; /* bytes of each plane */
};

struct container {
	int is_file;
	unsigned count;
	size_t end; /* of the last chunk */
	struct chunk_span chunks[CONTAINER_MAX_CHUNKS];
};

/*
 * Find the chunks, up to the first that is none or that does not lie whole in the bytes. Returns
 * their number; 0 for a zstd blob.
 */
unsigned container_find(struct container *container, const uint8_t *bytes, size_t size);

/* Of all chunks together. */
uint64_t container_raw_size(const struct container *container);

/* Take the CRC out of every chunk, so that what follows it is looked at. Returns whether there was
 * one. */
int container_strip_crcs(const struct container *container, uint8_t *bytes);

/* What container_finish needs beyond the chunks. */
#define CONTAINER_FINISH_ROOM(count) ((size_t)12 * (count) + 32)

/*
 * Make what stands around the chunks true of them: the raw length of a blob; end mark, seek table
 * and footer of a file, written behind the last chunk. There must be room. Returns the new size.
 */
size_t container_finish(const struct container *container, uint8_t *bytes, size_t size);

/* Set the CRC of a file's footer to that of whatever seek table it has. Returns whether the footer
 * tells of one that fits. */
int container_sign_footer(uint8_t *bytes, size_t size);

#endif
