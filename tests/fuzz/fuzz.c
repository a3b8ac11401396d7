// SPDX-License-Identifier: BSD-3-Clause
/* What all targets share: see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_failed(const char *condition, const char *file, int line)
{
	/* Not to stderr as a FILE, which fuzz_silence may have closed. */
	(void)dprintf(2, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

void *fuzz_malloc(size_t size)
{
	void *memory = malloc(size > 0 ? size : 1);

	FUZZ_CHECK(memory != NULL);
	return memory;
}

uint8_t *fuzz_copy(const void *src, size_t size)
{
	uint8_t *copy = fuzz_malloc(size);

	if (size > 0)
		memcpy(copy, src, size);
	return copy;
}

void fuzz_silence(void)
{
	FILE *nowhere = fopen("/dev/null", "w");

	FUZZ_CHECK(nowhere != NULL);
	/* With glibc stderr is a variable; descriptor 2 stays the engine's and the sanitizers'. */
	stderr = nowhere;
	FUZZ_CHECK(freopen("/dev/null", "w", stdout) != NULL);
}

uint64_t fuzz_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Of the sanitizers' interface; weak, as not every build has one. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
					      void (*on_free)(const volatile void *))
    __attribute__((weak));
size_t __sanitizer_get_allocated_size(const volatile void *memory) __attribute__((weak));

/* Signed: what was allocated before the start may be freed after it. */
static int64_t allocated;
static int64_t peak;

static void on_malloc(const volatile void *memory, size_t size)
{
	(void)memory;
	allocated += (int64_t)size;
	if (allocated > peak)
		peak = allocated;
}

static void on_free(const volatile void *memory)
{
	if (memory != NULL)
		allocated -= (int64_t)__sanitizer_get_allocated_size(memory);
}

void fuzz_memory_start(void)
{
	static int installed;

	if (!installed && __sanitizer_install_malloc_and_free_hooks != NULL)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	installed = 1;
	allocated = peak = 0;
}

size_t fuzz_memory_peak(void)
{
	return (size_t)peak;
}
