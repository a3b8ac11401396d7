// SPDX-License-Identifier: BSD-3-Clause
/*
 * Ranges of hostile .znn files: what -d --range gives is a slice of what -d gives, if that gives
 * anything; it never reaches past the end; and the kernels of all sets of instructions agree.
 *
 * Input: u32 offset, u32 length, a file. Where its chunks have CRCs, it is read once more without.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "container.h"
#include "container_mutate.h"
#include "core/bytes.h"
#include "fuzz.h"

#define PARAMETERS 8u

struct range {
	uint64_t offset;
	uint64_t length;
};

static struct cli *runs[ZIPNN_ISA_COUNT];
static unsigned isa_count;
static struct cli_output whole;
static struct cli_output part;
static struct cli_output other;

static void set_up(void)
{
	if (isa_count > 0)
		return;
	isa_count = cli_new_readers(runs, true);
	whole = cli_output_new(FUZZ_MAX_RAW);
	part = cli_output_new(FUZZ_MAX_RAW);
	other = cli_output_new(FUZZ_MAX_RAW);
}

/* A range as the parameters ask for it: mostly inside of the raw bytes, now and then far outside.
 */
static struct range choose(const uint8_t *parameters, uint64_t raw_size)
{
	struct range range = {zipnn_load32(parameters), zipnn_load32(parameters + 4)};

	if (range.offset >> 28 == 15) {
		range.offset <<= 32;
	} else {
		range.offset %= raw_size + 2;
		range.length %= raw_size + 2 - range.offset;
	}
	return range;
}

/*
 * What was given of a range, against what was given of the whole. told: the table says of every
 * chunk what its header does. Where it does not, a range may be taken for another one: its chunks
 * are found by the table alone, and only a CRC says that they are where they should be.
 */
static void compare(struct range range, uint64_t raw_size, bool told)
{
	const uint64_t end = range.offset + range.length;

	if (end > raw_size) {
		FUZZ_CHECK(!part.done && part.size == 0);
		return;
	}
	if (whole.done)
		FUZZ_CHECK(part.done && part.size == range.length);
	FUZZ_CHECK(part.size <= range.length);
	if (part.done)
		FUZZ_CHECK(part.size == range.length);
	/* Where reading the whole gave up, it gave what is before that. */
	if (range.offset < whole.size && (whole.done || told)) {
		const size_t both = whole.size - (size_t)range.offset < part.size
					? whole.size - (size_t)range.offset
					: part.size;

		FUZZ_CHECK(memcmp(part.bytes, whole.bytes + range.offset, both) == 0);
	}
}

static void read_range(const uint8_t *parameters, const uint8_t *file, size_t size)
{
	uint64_t raw_size = 0;

	if (!cli_list(runs[0], file, size, false, &raw_size)) {
		cli_range(runs[0], &part, file, size, 0, 0);
		FUZZ_CHECK(!part.done);
		return;
	}
	const struct range range = choose(parameters, raw_size);

	cli_decompress(runs[0], &whole, file, size);
	cli_range(runs[0], &part, file, size, range.offset, range.length);
	uint64_t same_size;
	const bool told = cli_list(runs[0], file, size, true, &same_size);

	compare(range, raw_size, told);
	for (unsigned i = 1; i < isa_count; i++) {
		cli_range(runs[i], &other, file, size, range.offset, range.length);
		FUZZ_CHECK(other.done == part.done && other.size == part.size);
		FUZZ_CHECK(strcmp(other.reason, part.reason) == 0);
		FUZZ_CHECK(memcmp(other.bytes, part.bytes, part.size) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct container container;

	set_up();
	if (size < PARAMETERS)
		return 0;
	size -= PARAMETERS;
	uint8_t *file = fuzz_copy(data + PARAMETERS, size);

	(void)container_find(&container, file, size);
	/* Longer ones take long. */
	if (container_raw_size(&container) <= FUZZ_MAX_RAW)
		read_range(data, file, size);
	if (container_raw_size(&container) <= FUZZ_MAX_RAW && container.is_file) {
		uint8_t *unchecked =
		    fuzz_malloc(container.end + CONTAINER_FINISH_ROOM(container.count));

		memcpy(unchecked, file, container.end);
		(void)container_strip_crcs(&container, unchecked);
		read_range(data, unchecked, container_finish(&container, unchecked, container.end));
		free(unchecked);
	}
	free(file);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return container_mutate(data, size, max_size, seed, PARAMETERS);
}
