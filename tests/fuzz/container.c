// SPDX-License-Identifier: BSD-3-Clause
/* Chunks, and what stands around them: src/FORMAT.md sections 2, 3 and 6. */
#include "container.h"

#include <string.h>

#include "core/bytes.h"

#define HEADER 8u /* of a blob, a file, a chunk alike; and the end mark */
#define ENTRY 12u
#define FOOTER 24u
#define HAS_CRC 0x80u
#define FILE_MAGIC 0x464e4e5au
#define FOOTER_MAGIC 0x454e4e5au
#define BLOB_MAGIC 0x014e4e5au

static uint32_t crc_add(uint32_t state, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		state ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			state = state >> 1 ^ (0x82f63b78u & (0u - (state & 1)));
	}
	return state;
}

/* Fill span from the header at span->at. Returns 0 if it is none or the chunk is not whole. */
static int find_chunk(struct chunk_span *span, const uint8_t *bytes, size_t size)
{
	static const uint8_t element_sizes[16] = {0, 1, 1, 2, 2, 4, 8};
	const uint8_t *header = bytes + span->at;
	const size_t left = size - span->at;

	if (left < HEADER)
		return 0;
	const unsigned id = header[0] & 15;
	const size_t phase = header[0] >> 4 & 7;

	span->raw_size = zipnn_load24(header + 1);
	span->planes = element_sizes[id];
	if (id > 6 || span->raw_size == 0)
		return 0;
	if (id == 0) {
		span->size = HEADER + span->raw_size;
		return span->size <= left;
	}
	span->size = HEADER + (size_t)4 * span->planes;
	if (phase >= span->planes || span->raw_size < phase + span->planes || left < span->size)
		return 0;
	span->values = (span->raw_size - phase) / span->planes;
	span->size += phase + (span->raw_size - phase) % span->planes;
	span->payload = span->at + span->size;
	for (unsigned k = 0; k < span->planes; k++) {
		span->coded[k] = zipnn_load24(header + HEADER + (size_t)4 * k);
		span->size += span->coded[k];
	}
	return span->size <= left;
}

unsigned container_find(struct container *container, const uint8_t *bytes, size_t size)
{
	memset(container, 0, sizeof(*container));
	container->end = HEADER;
	if (size < HEADER)
		return 0;
	container->is_file = zipnn_load32(bytes) == FILE_MAGIC;
	if (!container->is_file && zipnn_load32(bytes + 4) != BLOB_MAGIC)
		return 0;
	while (container->count < CONTAINER_MAX_CHUNKS) {
		struct chunk_span *span = &container->chunks[container->count];

		span->at = container->end;
		if (!find_chunk(span, bytes, size))
			break;
		container->end += span->size;
		container->count++;
	}
	return container->count;
}

int container_strip_crcs(const struct container *container, uint8_t *bytes)
{
	int found = 0;

	for (unsigned i = 0; i < container->count; i++) {
		uint8_t *header = bytes + container->chunks[i].at;

		if (!(header[0] & HAS_CRC))
			continue;
		header[0] ^= HAS_CRC;
		zipnn_store32(header + 4, 0);
		found = 1;
	}
	return found;
}

uint64_t container_raw_size(const struct container *container)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < container->count; i++)
		sum += container->chunks[i].raw_size;
	return sum;
}

size_t container_finish(const struct container *container, uint8_t *bytes, size_t size)
{
	uint8_t *at = bytes + container->end;

	if (!container->is_file) {
		zipnn_store32(bytes, (uint32_t)container_raw_size(container));
		return size;
	}
	zipnn_store64(at, 15); /* the end mark */
	at += HEADER;
	for (unsigned i = 0; i < container->count; i++) {
		memcpy(at, bytes + container->chunks[i].at, HEADER);
		zipnn_store32(at + HEADER, (uint32_t)container->chunks[i].size);
		at += ENTRY;
	}
	zipnn_store64(at, container->count);
	zipnn_store64(at + 8, container_raw_size(container));
	zipnn_store32(at + 20, FOOTER_MAGIC);
	size = (size_t)(at - bytes) + FOOTER;
	(void)container_sign_footer(bytes, size);
	return size;
}

int container_sign_footer(uint8_t *bytes, size_t size)
{
	if (size < 2 * HEADER + FOOTER)
		return 0;
	uint8_t *footer = bytes + size - FOOTER;
	const uint64_t count = zipnn_load64(footer);

	if (count > (size - 2 * HEADER - FOOTER) / ENTRY)
		return 0;
	const uint8_t *table = footer - count * ENTRY - HEADER;
	const uint32_t crc = crc_add(0xffffffffu, table, (size_t)(footer + 16 - table));

	zipnn_store32(footer + 16, ~crc);
	return 1;
}
