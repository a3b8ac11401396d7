// SPDX-License-Identifier: BSD-3-Clause
/* Counting and failing allocations: see heap.h. */
#include "heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static atomic_long blocks;
static atomic_size_t bytes;
static atomic_size_t peak;

/* Of this thread: allocations since the last heap_fail, the failing one (0: none), and whether all
 * later ones fail too. */
static _Thread_local unsigned long calls;
static _Thread_local unsigned long failing;
static _Thread_local bool failing_for_good;

static void add(size_t size)
{
	const size_t now = atomic_fetch_add(&bytes, size) + size;
	size_t most = atomic_load(&peak);

	atomic_fetch_add(&blocks, 1);
	while (now > most && !atomic_compare_exchange_weak(&peak, &most, now))
		;
}

static void subtract(size_t size)
{
	atomic_fetch_sub(&blocks, 1);
	atomic_fetch_sub(&bytes, size);
}

long heap_blocks(void)
{
	return atomic_load(&blocks);
}

size_t heap_bytes(void)
{
	return atomic_load(&bytes);
}

size_t heap_peak(void)
{
	return atomic_load(&peak);
}

void heap_forget_peak(void)
{
	atomic_store(&peak, atomic_load(&bytes));
}

unsigned long heap_fail(unsigned long number, bool for_good)
{
	const unsigned long made = calls;

	calls = 0;
	failing = number;
	failing_for_good = for_good;
	return made;
}

#ifdef SANITIZED

/* Of gcc's and clang's sanitizers; declared here because gcc's package has no header of it. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
					      void (*freed)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *memory);

static void allocated(const volatile void *memory, size_t size)
{
	if (memory != NULL)
		add(size);
	calls++;
}

static void freed(const volatile void *memory)
{
	if (memory != NULL)
		subtract(__sanitizer_get_allocated_size(memory));
}

__attribute__((constructor)) static void install(void)
{
	__sanitizer_install_malloc_and_free_hooks(allocated, freed);
}

bool heap_can_fail(void)
{
	return false;
}

#else

/* For shared libraries to find. */
#define EXPORTED __attribute__((visibility("default")))

/* What malloc and its relatives are in glibc, under names of its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

bool heap_can_fail(void)
{
	return true;
}

static bool fails(void)
{
	calls++;
	if (failing == 0 || calls < failing || (calls > failing && !failing_for_good))
		return false;
	errno = ENOMEM;
	return true;
}

static void *count(void *memory)
{
	if (memory != NULL)
		add(malloc_usable_size(memory));
	return memory;
}

EXPORTED void *malloc(size_t size)
{
	return fails() ? NULL : count(__libc_malloc(size));
}

EXPORTED void *calloc(size_t number, size_t size)
{
	return fails() ? NULL : count(__libc_calloc(number, size));
}

EXPORTED void *realloc(void *old, size_t size)
{
	const size_t before = old == NULL ? 0 : malloc_usable_size(old);
	void *memory;

	if (fails())
		return NULL;
	memory = __libc_realloc(old, size);
	/* realloc to 0 bytes frees. */
	if (old != NULL && (memory != NULL || size == 0))
		subtract(before);
	return count(memory);
}

EXPORTED void *memalign(size_t alignment, size_t size)
{
	return fails() ? NULL : count(__libc_memalign(alignment, size));
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

EXPORTED int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *got = memalign(alignment, size);

	if (got == NULL)
		return ENOMEM;
	*memory = got;
	return 0;
}

EXPORTED void free(void *memory)
{
	if (memory != NULL)
		subtract(malloc_usable_size(memory));
	__libc_free(memory);
}

#endif
