// SPDX-License-Identifier: BSD-3-Clause
/*
 * What all targets share: the functions that an engine (libFuzzer, AFL++, replay.c) calls or
 * offers, checks, and which kernels there are to compare.
 */
#ifndef ZIPNN_TESTS_FUZZ_FUZZ_H
#define ZIPNN_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Raw bytes that an input may ask for. More is only checked to be refused, so that an input takes
 * milliseconds. */
#define FUZZ_MAX_RAW ((size_t)1 << 20)

#ifdef __cplusplus
extern "C" {
#endif

/* The target. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Optional: change data, of which there are size bytes in room for max_size; the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* The engine's: any change. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* End the process, as a crash that the engine keeps, where something that must hold does not. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))
__attribute__((noreturn)) void fuzz_failed(const char *condition, const char *file, int line);

/* malloc(size) or the end: a byte at least, so that NULL is none of the results. */
void *fuzz_malloc(size_t size);

/* A copy that ends where its memory ends: a sanitizer sees any read behind it. */
uint8_t *fuzz_copy(const void *src, size_t size);

/*
 * The most memory that was allocated at once, beyond what was before, since the last start. 0
 * where no sanitizer counts: then only a bound on it can be checked.
 */
void fuzz_memory_start(void);
size_t fuzz_memory_peak(void);

/* What a program says on stderr is thrown away from now on; engines and sanitizers are heard. */
void fuzz_silence(void);

/* The next number of a generator that any state can seed (splitmix64). */
uint64_t fuzz_random(uint64_t *state);

#ifdef __cplusplus
}
#endif
#endif
