// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every allocation of a test program, those of libzstd, libstdc++ and Ceph too: counted, and made
 * to fail on demand. A program gets this by linking heap.c, whose malloc takes the C library's
 * place; it needs the linker option -rdynamic (ENABLE_EXPORTS) so that shared libraries use it.
 *
 * A sanitizer brings its own malloc: then allocations are counted by its hooks, and none fails.
 */
#ifndef ZIPNN_TESTS_UNIT_HEAP_H
#define ZIPNN_TESTS_UNIT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Allocated and not yet freed, of the whole process: blocks, and their bytes as rounded up. */
long heap_blocks(void);
size_t heap_bytes(void);

/* The most bytes that were allocated at once since heap_forget_peak. */
size_t heap_peak(void);
void heap_forget_peak(void);

/* Whether heap_fail does anything. */
bool heap_can_fail(void);

/*
 * Of the calling thread's allocations from here on, number `number` (from 1) fails, and with
 * for_good every later one too. 0: none fails. Returns how many this thread made since the last
 * call.
 */
unsigned long heap_fail(unsigned long number, bool for_good);

#ifdef __cplusplus
}
#endif

#endif
