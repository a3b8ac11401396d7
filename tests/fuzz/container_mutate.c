// SPDX-License-Identifier: BSD-3-Clause
/*
 * Changes that keep structure: see container_mutate.h. The engine's own mutator makes the changes,
 * so that it can steer them by coverage; here is where they go, and what is put right afterwards.
 */
#include "container_mutate.h"

#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "core/bytes.h"
#include "fuzz.h"

#define HEADER 8u
#define CODERS 6u
#define CODER_CONSTANT 1u
#define CODER_LANES 3u
#define CODER_SHIFT 24
#define LANES_BLOCK 128u

struct work {
	uint8_t *bytes; /* of the container */
	size_t size;
	size_t capacity;
	uint64_t random;
	struct container container;
};

static size_t below(struct work *work, size_t n)
{
	return n == 0 ? 0 : (size_t)(fuzz_random(&work->random) % n);
}

/* Let the engine change the n bytes at `at`, in place. */
static void change(struct work *work, size_t at, size_t n)
{
	if (n > 0)
		(void)LLVMFuzzerMutate(work->bytes + at, n, n);
}

/* Make n bytes at `at` `now` bytes long: what follows moves. Returns 0 if there is no room. */
static int resize(struct work *work, size_t at, size_t n, size_t now)
{
	if (work->size - n + now > work->capacity)
		return 0;
	memmove(work->bytes + at + now, work->bytes + at + n, work->size - at - n);
	work->size += now - n;
	return 1;
}

static uint8_t *descriptor(const struct work *work, const struct chunk_span *chunk, unsigned k)
{
	return work->bytes + chunk->at + HEADER + (size_t)4 * k;
}

/* Where the payload of plane k begins: the last plane comes first. */
static size_t payload_at(const struct chunk_span *chunk, unsigned k)
{
	size_t at = chunk->payload;

	for (unsigned above = chunk->planes; --above > k;)
		at += chunk->coded[above];
	return at;
}

/* Change a plane's payload, and its length where the engine does. */
static void change_payload(struct work *work, const struct chunk_span *chunk, unsigned k)
{
	const size_t at = payload_at(chunk, k);
	const size_t n = chunk->coded[k];
	const size_t room = n + 64;
	uint8_t *copy;

	/* Fields come first: of segments, frames, tables. */
	if (below(work, 2)) {
		change(work, at, n < 256 ? n : 16 + below(work, 240));
		return;
	}
	if (below(work, 2)) {
		change(work, at, n);
		return;
	}
	copy = malloc(room);
	if (copy == NULL)
		return;
	memcpy(copy, work->bytes + at, n);
	const size_t now = LLVMFuzzerMutate(copy, n, room);

	if (now > 0 && resize(work, at, n, now)) {
		memcpy(work->bytes + at, copy, now);
		zipnn_store24(descriptor(work, chunk, k), (uint32_t)now);
	}
	free(copy);
}

/* Give a plane another coder, with a length that fits it. */
static void change_coder(struct work *work, const struct chunk_span *chunk, unsigned k)
{
	const unsigned coder = (unsigned)below(work, CODERS);
	const size_t at = payload_at(chunk, k);
	const size_t n = chunk->coded[k];
	const size_t now = coder == 0 ? chunk->values : coder == 1 ? 1 : n;

	if (!resize(work, at, n, now))
		return;
	if (now > n)
		memset(work->bytes + at + n, 0, now - n);
	zipnn_store24(descriptor(work, chunk, k), (uint32_t)now);
	descriptor(work, chunk, k)[3] = (uint8_t)coder;
}

/* Put a plane's payload, with its coder, in the place of another one's. */
static void copy_plane(struct work *work, const struct chunk_span *from, unsigned k,
		       const struct chunk_span *to, unsigned l)
{
	const size_t n = from->coded[k];
	uint8_t coder = descriptor(work, from, k)[3];
	uint8_t *copy = malloc(n + 1);

	if (copy == NULL)
		return;
	memcpy(copy, work->bytes + payload_at(from, k), n);
	if (resize(work, payload_at(to, l), to->coded[l], n)) {
		memcpy(work->bytes + payload_at(to, l), copy, n);
		zipnn_store24(descriptor(work, to, l), (uint32_t)n);
		descriptor(work, to, l)[3] = coder;
	}
	free(copy);
}

/* Remove a chunk, or put a copy of it before another one. */
static void change_order(struct work *work, const struct chunk_span *chunk,
			 const struct chunk_span *before)
{
	uint8_t *copy;

	if (below(work, 3) == 0) {
		(void)resize(work, chunk->at, chunk->size, 0);
		return;
	}
	copy = malloc(chunk->size);
	if (copy == NULL)
		return;
	memcpy(copy, work->bytes + chunk->at, chunk->size);
	if (resize(work, before->at, 0, chunk->size))
		memcpy(work->bytes + before->at, copy, chunk->size);
	free(copy);
}

static void change_raw_size(struct work *work, const struct chunk_span *chunk)
{
	uint8_t *field = work->bytes + chunk->at + 1;
	const uint32_t steps[] = {1, 2, 8, 127, 128, 4096, 65536};
	const uint32_t step = steps[below(work, sizeof(steps) / sizeof(steps[0]))];

	zipnn_store24(field, zipnn_load24(field) + (below(work, 2) ? step : 0u - step));
}

/*
 * Make the chunk all about plane k, if it is of coder lanes, and let its first segment claim more
 * or fewer blocks than it holds: its kernel runs out of words, or has some left. Constant planes
 * have any number of values.
 */
static void starve(struct work *work, const struct chunk_span *chunk, unsigned k)
{
	const uint32_t blocks = 1 + (uint32_t)below(work, below(work, 4) > 0 ? 16 : 500);
	const uint32_t more = LANES_BLOCK * (below(work, 4) > 0 ? blocks : 0u - blocks);
	uint8_t *header = work->bytes + chunk->at;
	uint8_t *segment = work->bytes + payload_at(chunk, k);
	size_t at = chunk->payload;

	if (descriptor(work, chunk, k)[3] != CODER_LANES || chunk->coded[k] < 3)
		return;
	zipnn_store16(segment + 1, (uint16_t)(zipnn_load16(segment + 1) + more));
	zipnn_store24(header + 1, zipnn_load24(header + 1) + chunk->planes * more);
	for (unsigned l = chunk->planes; l-- > 0;) {
		const size_t now = l == k ? chunk->coded[l] : 1;

		(void)resize(work, at, chunk->coded[l], now);
		zipnn_store32(descriptor(work, chunk, l),
			      (uint32_t)now | (l == k ? CODER_LANES : CODER_CONSTANT)
						  << CODER_SHIFT);
		at += now;
	}
}

static void change_chunks(struct work *work)
{
	const struct container *container = &work->container;
	const struct chunk_span *chunk = &container->chunks[below(work, container->count)];
	const struct chunk_span *other = &container->chunks[below(work, container->count)];
	const unsigned kind = (unsigned)below(work, 16);
	const unsigned k = (unsigned)below(work, chunk->planes);

	if (kind == 0)
		change_order(work, chunk, other);
	else if (kind == 1)
		change(work, chunk->at, HEADER);
	else if (kind == 2)
		change_raw_size(work, chunk);
	else if (chunk->planes == 0)
		change(work, chunk->at, chunk->size);
	else if (kind == 3)
		change(work, chunk->at + HEADER, (size_t)4 * chunk->planes);
	else if (kind == 4)
		change_coder(work, chunk, k);
	else if (kind == 5)
		starve(work, chunk, k);
	else if (kind == 6 && other->planes > 0)
		copy_plane(work, other, (unsigned)below(work, other->planes), chunk, k);
	else
		change_payload(work, chunk, k);
}

/* Most of the time, what stands around the chunks is made to fit them. */
static void put_right(struct work *work)
{
	struct container *container = &work->container;

	if (below(work, 8) == 0 || container_find(container, work->bytes, work->size) == 0)
		return;
	if (below(work, 4) > 0)
		(void)container_strip_crcs(container, work->bytes);
	if (!container->is_file ||
	    container->end + CONTAINER_FINISH_ROOM(container->count) <= work->capacity)
		work->size = container_finish(container, work->bytes, work->size);
	/* A seek table that tells something else, and a checksum that agrees. */
	if (container->is_file && below(work, 8) == 0) {
		change(work, container->end, work->size - container->end);
		(void)container_sign_footer(work->bytes, work->size);
	}
}

size_t container_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed, size_t prefix)
{
	struct work work = {.random = seed};

	if (size <= prefix || max_size <= prefix || below(&work, 8) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	work.bytes = data + prefix;
	work.size = size - prefix;
	work.capacity = max_size - prefix;
	if (prefix > 0 && below(&work, 8) == 0) {
		(void)LLVMFuzzerMutate(data, prefix, prefix);
		return size;
	}
	if (container_find(&work.container, work.bytes, work.size) > 0)
		change_chunks(&work);
	else
		work.size = LLVMFuzzerMutate(work.bytes, work.size, work.capacity);
	put_right(&work);
	return prefix + work.size;
}
