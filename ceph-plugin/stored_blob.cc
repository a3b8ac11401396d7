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

char *write_header(char *to, uint32_t first, const char *rest)
{
	for (int i = 0; i < 4; i++)
		to[i] = static_cast<char>(first >> 8 * i);
	memcpy(to + 4, rest, 4);
	return to + header_size;
}

} // namespace

size_t stored_blob_size(size_t raw_size)
{
	size_t chunks = (raw_size + chunk_raw_size - 1) / chunk_raw_size;

	return header_size + chunks * header_size + raw_size;
}

void write_stored_blob(char *blob, const char *raw, size_t size)
{
	const char magic[4] = {'Z', 'N', 'N', ZIPNN_FORMAT_VERSION}, no_crc[4] = {};

	blob = write_header(blob, static_cast<uint32_t>(size), magic);
	while (size > 0) {
		size_t step = std::min(size, chunk_raw_size);
		// The low byte is the layout, 0; the raw length is in the other three.
		blob = write_header(blob, static_cast<uint32_t>(step << 8), no_crc);
		memcpy(blob, raw, step);
		blob += step;
		raw += step;
		size -= step;
	}
}
