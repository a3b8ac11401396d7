// SPDX-License-Identifier: BSD-3-Clause
/* Changes to blobs and .znn files that keep most of their structure, so that they are looked into.
 */
#ifndef ZIPNN_TESTS_FUZZ_CONTAINER_MUTATE_H
#define ZIPNN_TESTS_FUZZ_CONTAINER_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Change data as LLVMFuzzerCustomMutator does. The first prefix bytes are parameters of the target,
 * behind which the container begins; they are changed now and then.
 */
size_t container_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed, size_t prefix);

#endif
