// SPDX-License-Identifier: BSD-3-Clause
#include "stored_blob.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "zipnn.h"

namespace
{

constexpr size_t chunk_raw_size = 256 << 10;
constexpr size_t header_size = 8; // of the blob and of a chunk alike
constexpr uint32_t has_crc = 0x80;

// CRC-32C, bit by bit: not the library's, which may be what failed.
uint32_t crc32c(uint32_t crc, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		crc ^= static_cast<unsigned char>(bytes[i]);
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
	}
	return crc;
}

char *write32(char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		*to++ = static_cast<char>(value >> 8 * i);
	return to;
}

} // namespace

size_t stored_blob_size(size_t raw_size)
{
	size_t chunks = (raw_size + chunk_raw_size - 1) / chunk_raw_size;

	return header_size + chunks * header_size + raw_size;
}

void write_stored_blob(char *blob, const char *raw, size_t size)
{
	const char magic[4] = {'Z', 'N', 'N', ZIPNN_FORMAT_VERSION};

	blob = write32(blob, static_cast<uint32_t>(size));
	memcpy(blob, magic, sizeof(magic));
	blob += sizeof(magic);
	for (size_t at = 0; at < size;) {
		size_t step = std::min(size - at, chunk_raw_size);
		char offset[8] = {};
		write32(offset, static_cast<uint32_t>(at));
		uint32_t crc = crc32c(crc32c(UINT32_MAX, offset, sizeof(offset)), raw + at, step);

		// The low byte is the layout, 0; the raw length is in the other three.
		blob = write32(blob, static_cast<uint32_t>(step << 8) | has_crc);
		blob = write32(blob, ~crc);
		memcpy(blob, raw + at, step);
		blob += step;
		at += step;
	}
}
