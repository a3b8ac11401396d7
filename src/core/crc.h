// SPDX-License-Identifier: BSD-3-Clause
/* CRC-32C (Castagnoli), through ISA-L: src/FORMAT.md section 1. */
#ifndef ZIPNN_CORE_CRC_H
#define ZIPNN_CORE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* The plain CRC-32C of a followed by b. */
uint32_t zipnn_crc32c_two(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);

/*
 * The CRC of a chunk, piece by piece, while its bytes are at hand: begin with its raw offset, add
 * its raw bytes in order, end.
 */
uint32_t zipnn_chunk_crc_begin(uint64_t raw_offset);
uint32_t zipnn_chunk_crc_add(uint32_t state, const uint8_t *raw, size_t size);
uint32_t zipnn_chunk_crc_end(uint32_t state);

/* The CRC of a chunk: of its raw offset as a u64le, followed by its raw bytes. */
uint32_t zipnn_chunk_crc(uint64_t raw_offset, const uint8_t *raw, size_t size);

#endif
