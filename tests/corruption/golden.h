// SPDX-License-Identifier: BSD-3-Clause
/* A golden file (tests/golden/README.md), what comes out of it, and where its parts begin. */
#ifndef ZIPNN_TESTS_CORRUPTION_GOLDEN_H
#define ZIPNN_TESTS_CORRUPTION_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raw bytes from `from` on and before `to`. */
struct span {
	size_t from;
	size_t to;
};

struct golden {
	char name[64];
	bool is_file; /* a .znn file, not a blob */
	uint8_t *bytes;
	size_t size;
	uint8_t *raw;
	size_t raw_size;
	/* Where header, chunks, end mark, entries of the seek table and footer begin; then size. */
	size_t *sections;
	size_t section_count;
	size_t chunk_count; /* of the sections, after the header */
	/* The raw bytes that a checksum covers, in order; neighbours are one span. */
	struct span *checked;
	size_t checked_count;
};

/*
 * Read a file of this name from a folder, decode it, and take it apart. What is wrong with it ends
 * the program: what comes out of the files themselves is what tests/golden/ tests.
 */
void golden_load(struct golden *golden, const char *folder, const char *name);
void golden_free(struct golden *golden);

enum sameness {
	SAME,            /* all bytes are */
	SAME_IF_CHECKED, /* those that a checksum covers are */
	DIFFERENT,
};

/* Are these the raw bytes from offset on? */
enum sameness golden_compare(const struct golden *golden, const uint8_t *data, size_t size,
			     size_t offset);

/* Memory that must be there, or the program ends */
void *allocate(size_t size);

/* Ends the program. */
__attribute__((noreturn)) void give_up(const char *name, const char *reason);

#endif
