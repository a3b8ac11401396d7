// SPDX-License-Identifier: BSD-3-Clause
/*
 * CRC-32C through ISA-L, which is as fast as memory: src/FORMAT.md section 1.
 *
 * ISA-L's crc32_iscsi applies neither the initial nor the final xor and takes its length as an int;
 * both are seen to here.
 */
#include "core/crc.h"

#include <isa-l/crc.h>

#include "core/bytes.h"

/* A multiple of any block ISA-L folds, far below INT_MAX. */
#define MAX_STEP ((size_t)1 << 30)

static uint32_t update(uint32_t state, const uint8_t *data, size_t size)
{
	while (size > 0) {
		size_t step = size < MAX_STEP ? size : MAX_STEP;
		/* The parameter lacks a const; the buffer is only read. */
		state = crc32_iscsi((unsigned char *)(uintptr_t)data, (int)step, state);
		data += step;
		size -= step;
	}
	return state;
}

uint32_t zipnn_crc32c_two(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	return ~update(update(0xffffffffu, a, a_size), b, b_size);
}

uint32_t zipnn_chunk_crc_begin(uint64_t raw_offset)
{
	uint8_t prefix[8];

	zipnn_store64(prefix, raw_offset);
	return update(0xffffffffu, prefix, sizeof(prefix));
}

uint32_t zipnn_chunk_crc_add(uint32_t state, const uint8_t *raw, size_t size)
{
	return update(state, raw, size);
}

uint32_t zipnn_chunk_crc_end(uint32_t state)
{
	return ~state;
}

uint32_t zipnn_chunk_crc(uint64_t raw_offset, const uint8_t *raw, size_t size)
{
	return ~update(zipnn_chunk_crc_begin(raw_offset), raw, size);
}
