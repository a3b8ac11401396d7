// SPDX-License-Identifier: BSD-3-Clause
/* Reading rans, every rule checked: src/FORMAT.md section 3.3. */
#include "entropy/rans/rans.h"

#include "core/bits.h"
#include "core/bytes.h"
#include "entropy/lanes/sets.h"
#include "zipnn.h"

#define MAX_BITS 13
#define MAX_DIFFERENCE 12

/* By slot: the value, its frequency, and the slot's distance from its start. */
struct slot {
	uint16_t frequency;
	uint16_t offset;
	uint8_t value;
};

/* The next frequency, whose bits are compared with *bits and become them; 0 if it is none. */
static uint32_t next_frequency(struct zipnn_bit_reader *reader, int *bits)
{
	int magnitude = 0;

	while (zipnn_get_bits(reader, 1)) {
		if (++magnitude > MAX_DIFFERENCE)
			return 0;
	}
	const int negative = magnitude > 0 && zipnn_get_bits(reader, 1);

	*bits += negative ? -magnitude : magnitude;
	if (*bits < 1 || *bits > MAX_BITS)
		return 0;
	const unsigned low = (unsigned)*bits - 1;
	const uint32_t frequency = 1u << low | zipnn_get_bits(reader, low);

	return reader->overrun ? 0 : frequency;
}

/* Read kept set and frequencies; returns their size, or ZIPNN_ERROR_CORRUPT. */
static int64_t read_table(struct slot table[ZIPNN_RANS_SCALE], const uint8_t *src, size_t size)
{
	struct zipnn_lanes_code kept; /* for its set of kept values */
	const int64_t set_size = zipnn_get_kept_set(&kept, src, size);

	if (set_size < 0)
		return set_size;
	struct zipnn_bit_reader reader = {.at = src + set_size, .end = src + size};
	int bits = ZIPNN_RANS_FIRST_BITS;
	uint32_t start = 0;

	for (unsigned v = 0; v < 256; v++) {
		if (!kept.lengths[v])
			continue;
		const uint32_t frequency = next_frequency(&reader, &bits);

		if (frequency == 0 || frequency > ZIPNN_RANS_SCALE - start)
			return ZIPNN_ERROR_CORRUPT;
		for (uint32_t i = 0; i < frequency; i++)
			table[start + i] =
			    (struct slot){(uint16_t)frequency, (uint16_t)i, (uint8_t)v};
		start += frequency;
	}
	return start == ZIPNN_RANS_SCALE ? reader.at - src : ZIPNN_ERROR_CORRUPT;
}

/* Decode n values from exactly `words` words at src. */
static int64_t decode_values(uint8_t *dst, size_t n, const struct slot table[ZIPNN_RANS_SCALE],
			     uint32_t states[ZIPNN_RANS_STATES], const uint8_t *src, size_t words)
{
	const uint8_t *end = src + 2 * words;

	for (size_t i = 0; i < n; i++) {
		uint32_t x = states[i % ZIPNN_RANS_STATES];
		const struct slot *slot = &table[x % ZIPNN_RANS_SCALE];

		/* At most 4096 * (2^20 - 1) + 4095: it fits. */
		x = slot->frequency * (x / ZIPNN_RANS_SCALE) + slot->offset;
		dst[i] = slot->value;
		if (x < ZIPNN_RANS_LOW) {
			if (src == end)
				return ZIPNN_ERROR_CORRUPT;
			x = x << 16 | zipnn_load16(src);
			src += 2;
		}
		states[i % ZIPNN_RANS_STATES] = x;
	}
	for (unsigned k = 0; k < ZIPNN_RANS_STATES; k++) {
		if (states[k] != ZIPNN_RANS_LOW)
			return ZIPNN_ERROR_CORRUPT;
	}
	return src == end ? 0 : ZIPNN_ERROR_CORRUPT;
}

/* Decode one segment of *n values, at most room; returns its size, or ZIPNN_ERROR_CORRUPT. */
static int64_t decode_segment(uint8_t *dst, size_t room, size_t *n, const uint8_t *src, size_t size)
{
	struct slot table[ZIPNN_RANS_SCALE];
	uint32_t states[ZIPNN_RANS_STATES];
	size_t at = ZIPNN_RANS_HEADER_SIZE;

	if (size < ZIPNN_RANS_HEADER_SIZE)
		return ZIPNN_ERROR_CORRUPT;
	*n = zipnn_load24(src);
	const size_t words = zipnn_load24(src + 3);

	if (*n == 0 || *n > room)
		return ZIPNN_ERROR_CORRUPT;
	const int64_t table_size = read_table(table, src + at, size - at);

	if (table_size < 0)
		return table_size;
	at += (size_t)table_size;
	if (size - at < 4 * ZIPNN_RANS_STATES + 2 * words)
		return ZIPNN_ERROR_CORRUPT;
	for (unsigned k = 0; k < ZIPNN_RANS_STATES; k++, at += 4) {
		states[k] = zipnn_load32(src + at);
		if (states[k] < ZIPNN_RANS_LOW)
			return ZIPNN_ERROR_CORRUPT;
	}
	const int64_t result = decode_values(dst, *n, table, states, src + at, words);

	return result < 0 ? result : (int64_t)(at + 2 * words);
}

int64_t zipnn_rans_decode(uint8_t *dst, size_t n, const uint8_t *src, size_t size)
{
	while (n > 0) {
		size_t decoded;
		const int64_t used = decode_segment(dst, n, &decoded, src, size);

		if (used < 0)
			return used;
		dst += decoded;
		n -= decoded;
		src += used;
		size -= (size_t)used;
	}
	return size == 0 ? 0 : ZIPNN_ERROR_CORRUPT;
}
