// SPDX-License-Identifier: BSD-3-Clause
/*
 * The kernels of src/split/ against the scalar ones, which test_split.c compares with FORMAT.md.
 *
 * Free of test frameworks and libraries, so that a cross compiler alone can build it.
 */
#ifndef ZIPNN_TESTS_UNIT_SPLIT_COMPARE_H
#define ZIPNN_TESTS_UNIT_SPLIT_COMPARE_H

#include "split/split.h"

/*
 * Both directions, every layout, between pages that may not be touched: 0 to 300 elements at every
 * alignment, values random and adversarial, and some long runs. Returns 0, or -1 with message (size
 * bytes) saying what was wrong. A kernel that leaves its memory ends the process by SIGSEGV.
 */
int split_compare(const struct zipnn_split_kernels *kernels, char *message, size_t size);

#endif
