// SPDX-License-Identifier: BSD-3-Clause
/*
 * The kernels of src/entropy/lanes/ against the scalar ones, the oracle.
 *
 * Free of test frameworks and libraries, so that a cross compiler alone can build it.
 */
#ifndef ZIPNN_TESTS_UNIT_LANES_COMPARE_H
#define ZIPNN_TESTS_UNIT_LANES_COMPARE_H

#include "entropy/lanes/kernel.h"

/*
 * Segments of every number of values up to some blocks, and of selected ones up to the longest,
 * each under a code drawn from all that the format allows: the same bytes; these decode to the
 * values; of damaged ones both decoders say the same. All memory lies between pages that may not
 * be touched, so that a kernel that leaves it ends the process by SIGSEGV. Returns 0, or -1 with
 * message (size bytes) saying what was wrong.
 */
int lanes_compare(zipnn_lanes_encode_kernel *encode, zipnn_lanes_decode_kernel *decode,
		  char *message, size_t size);

#endif
