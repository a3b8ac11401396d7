// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bit strings, LSB first: bit 0 of byte 0 comes first. src/FORMAT.md section 4.
 *
 * The reader never passes its end: there it reads zeros and remembers that it did.
 */
#ifndef ZIPNN_CORE_BITS_H
#define ZIPNN_CORE_BITS_H

#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

struct zipnn_bit_writer {
	uint8_t *at;   /* the next byte to write */
	uint64_t bits; /* fewer than 32 between calls */
	unsigned count;
};

/* Append the low `count` (0-32) bits of value, whose higher bits must be 0. */
static inline void zipnn_put_bits(struct zipnn_bit_writer *writer, uint32_t value, unsigned count)
{
	writer->bits |= (uint64_t)value << (writer->count & 31); /* which is below 32 */
	writer->count += count;
	if (writer->count >= 32) {
		const uint32_t word = (uint32_t)writer->bits;

		writer->bits >>= 32;
		writer->count -= 32;
		zipnn_store32(writer->at, word);
		writer->at += 4;
	}
}

/* Write what is left, padded with zeros to a whole byte. Until then `at` is behind. */
static inline void zipnn_flush_bits(struct zipnn_bit_writer *writer)
{
	for (unsigned done = 0; done < writer->count; done += 8) {
		*writer->at++ = (uint8_t)writer->bits;
		writer->bits >>= 8;
	}
	writer->bits = 0;
	writer->count = 0;
}

/* Bit 0 of each of the eight bytes of x, whose other bits must be 0: of byte b it becomes bit b. */
static inline uint64_t zipnn_gather_bits(uint64_t x)
{
	return x * 0x0102040810204080 >> 56;
}

struct zipnn_bit_reader {
	const uint8_t *at; /* the next byte to read */
	const uint8_t *end;
	uint64_t bits;
	unsigned count;
	int overrun; /* 1 once more was asked for than there is */
};

/* The next `count` (0-32) bits. */
static inline uint32_t zipnn_get_bits(struct zipnn_bit_reader *reader, unsigned count)
{
	while (reader->count < count) {
		if (reader->at == reader->end) {
			reader->overrun = 1;
			reader->count = 64; /* zeros from here on */
			break;
		}
		reader->bits |= (uint64_t)*reader->at++ << reader->count;
		reader->count += 8;
	}
	uint32_t value = (uint32_t)(reader->bits & (((uint64_t)1 << count) - 1));

	reader->bits >>= count;
	reader->count -= count;
	return value;
}

#endif
