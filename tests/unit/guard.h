// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffers with a border of known bytes on both sides, so that a write outside shows in any build,
 * not under a sanitizer alone; and buffers between pages that end the process that reads them.
 */
#ifndef ZIPNN_TESTS_UNIT_GUARD_H
#define ZIPNN_TESTS_UNIT_GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARD_BORDER 64u
#define GUARD_BYTE 0xa5

struct guard {
	uint8_t *memory;
	uint8_t *data; /* the size bytes that may be written */
	size_t size;
};

/* offset shifts data from the alignment malloc gives. */
static inline struct guard guard_new(size_t size, size_t offset)
{
	struct guard guard = {malloc(size + offset + 2 * GUARD_BORDER), NULL, size};

	if (!guard.memory)
		abort();
	memset(guard.memory, GUARD_BYTE, size + offset + 2 * GUARD_BORDER);
	guard.data = guard.memory + GUARD_BORDER + offset;
	return guard;
}

/* Whether nothing was written outside of the first used bytes of data. */
static inline int guard_intact(const struct guard *guard, size_t used)
{
	const uint8_t *end = guard->data + guard->size + GUARD_BORDER;

	for (const uint8_t *p = guard->memory; p < guard->data; p++) {
		if (*p != GUARD_BYTE)
			return 0;
	}
	for (const uint8_t *p = guard->data + used; p < end; p++) {
		if (*p != GUARD_BYTE)
			return 0;
	}
	return 1;
}

static inline void guard_free(struct guard *guard)
{
	free(guard->memory);
	guard->memory = NULL;
}

/* Bytes from begin to end, in pages between two that may be neither read nor written. */
struct guard_pages {
	uint8_t *memory;
	size_t memory_size;
	uint8_t *begin;
	uint8_t *end;
};

/* At least size bytes. */
static inline struct guard_pages guard_pages_new(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t inner = (size + page - 1) / page * page;
	void *memory = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	struct guard_pages pages = {memory, inner + 2 * page, (uint8_t *)memory + page,
				    (uint8_t *)memory + page + inner};

	if (mprotect(pages.begin, inner, PROT_READ | PROT_WRITE) != 0)
		abort();
	return pages;
}

static inline void guard_pages_free(struct guard_pages *pages)
{
	munmap(pages->memory, pages->memory_size);
	pages->memory = NULL;
}

/* A copy that ends where its memory ends: a sanitizer sees any read behind it. */
static inline uint8_t *exact_copy(const uint8_t *src, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, src, size);
	return copy;
}

#endif
