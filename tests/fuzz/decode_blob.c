// SPDX-License-Identifier: BSD-3-Clause
/*
 * Hostile blobs: every set of instructions gives the same answer as the scalar kernels (accepted or
 * which error, where, which bytes), inside its buffers and with no more memory than was announced.
 *
 * Input: a blob. Where its chunks have CRCs they are decoded once more without: what the CRC would
 * refuse must not depend on the kernels either.
 */
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "container_mutate.h"
#include "contexts.h"
#include "fuzz.h"
#include "zipnn.h"

struct answer {
	int64_t result; /* raw size or error */
	uint64_t error_offset;
	uint8_t *raw; /* if it is no error */
};

static enum zipnn_isa isas[ZIPNN_ISA_COUNT];
static zipnn_dctx *contexts[ZIPNN_ISA_COUNT];
static unsigned isa_count;

static void set_up(void)
{
	if (isa_count > 0)
		return;
	isa_count = fuzz_isas(isas);
	for (unsigned i = 0; i < isa_count; i++)
		contexts[i] = fuzz_dctx(isas[i]);
}

/* What decompressing a blob may fail with that has room for what it claims. */
static int is_error_of_data(int64_t result)
{
	return result == ZIPNN_ERROR_TRUNCATED || result == ZIPNN_ERROR_MAGIC ||
	       result == ZIPNN_ERROR_VERSION || result == ZIPNN_ERROR_CORRUPT ||
	       result == ZIPNN_ERROR_CHECKSUM;
}

static struct answer decode(zipnn_dctx *context, const uint8_t *blob, size_t size, size_t raw_size)
{
	struct answer answer = {.raw = fuzz_malloc(raw_size)};

	fuzz_memory_start();
	answer.result = zipnn_decompress(context, answer.raw, raw_size, blob, size);
	/* The planes of a chunk at most, and a chunk is not larger than the blob's raw bytes. */
	FUZZ_CHECK(fuzz_memory_peak() <= raw_size);
	FUZZ_CHECK(answer.result == (int64_t)raw_size || is_error_of_data(answer.result));
	if (answer.result < 0) {
		answer.error_offset = zipnn_dctx_error_offset(context);
		FUZZ_CHECK(answer.error_offset <= size);
		free(answer.raw);
		answer.raw = NULL;
	}
	return answer;
}

/* What all kernels say of a blob. */
static struct answer decode_by_all(const uint8_t *blob, size_t size, size_t raw_size)
{
	const struct answer first = decode(contexts[0], blob, size, raw_size);

	for (unsigned i = 1; i < isa_count; i++) {
		const struct answer other = decode(contexts[i], blob, size, raw_size);

		FUZZ_CHECK(other.result == first.result);
		FUZZ_CHECK(other.error_offset == first.error_offset);
		FUZZ_CHECK(first.result <= 0 || memcmp(other.raw, first.raw, raw_size) == 0);
		free(other.raw);
	}
	return first;
}

/* A blob that claims a byte more than there is room for is refused before anything is written. */
static void refuse(const uint8_t *blob, size_t size, size_t raw_size)
{
	uint8_t *nothing = fuzz_malloc(0);

	if (raw_size > 0)
		FUZZ_CHECK(zipnn_decompress(contexts[0], nothing, raw_size - 1, blob, size) ==
			   ZIPNN_ERROR_DST_TOO_SMALL);
	free(nothing);
}

/* The same blob without CRCs. */
static void decode_unchecked(struct answer checked, const uint8_t *blob, size_t size,
			     size_t raw_size)
{
	struct container container;
	uint8_t *copy = fuzz_copy(blob, size);

	if (container_find(&container, copy, size) > 0 && container_strip_crcs(&container, copy)) {
		const struct answer unchecked = decode_by_all(copy, size, raw_size);

		/* A CRC only adds a reason to refuse. */
		if (checked.result >= 0)
			FUZZ_CHECK(unchecked.result == checked.result &&
				   memcmp(unchecked.raw, checked.raw, raw_size) == 0);
		else
			FUZZ_CHECK(unchecked.result == checked.result ||
				   checked.result == ZIPNN_ERROR_CHECKSUM);
		free(unchecked.raw);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *blob = fuzz_copy(data, size);
	const int64_t claim = zipnn_raw_size(blob, size);

	set_up();
	if (claim < 0) {
		uint8_t byte;

		FUZZ_CHECK(is_error_of_data(claim));
		FUZZ_CHECK(zipnn_decompress(contexts[0], &byte, 1, blob, size) == claim);
	} else {
		refuse(blob, size, (size_t)claim);
	}
	if (claim >= 0 && (size_t)claim <= FUZZ_MAX_RAW) {
		const struct answer answer = decode_by_all(blob, size, (size_t)claim);

		decode_unchecked(answer, blob, size, (size_t)claim);
		free(answer.raw);
	}
	FUZZ_CHECK(size == 0 || memcmp(blob, data, size) == 0);
	free(blob);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return container_mutate(data, size, max_size, seed, 0);
}
