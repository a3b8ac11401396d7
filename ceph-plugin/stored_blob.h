// SPDX-License-Identifier: BSD-3-Clause
/*
 * The blob of last resort: the raw bytes in stored chunks, made without the encoder.
 *
 * radosgw has to be given a blob even after the encoder was found to be broken. So this is
 * written here, in the simplest way src/FORMAT.md allows (layout 0: sections 2 and 3), with a CRC
 * of its own making: later reads of a machine that was found to be faulty must not go unchecked.
 */
#ifndef ZIPNN_CEPH_STORED_BLOB_H
#define ZIPNN_CEPH_STORED_BLOB_H

#include <cstddef>

size_t stored_blob_size(size_t raw_size);

// Writes stored_blob_size(size) bytes to blob. size must be below 4 GiB.
void write_stored_blob(char *blob, const char *raw, size_t size);

#endif
