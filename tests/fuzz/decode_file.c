// SPDX-License-Identifier: BSD-3-Clause
/*
 * Hostile .znn files through the command line's readers: the one from first byte to last, the one
 * that begins with the seek table, the listing. The first two must accept the same files and give
 * the same bytes, by the kernels of every set of instructions, in bounded memory.
 *
 * Input: a file. It is read as it is; with its footer's CRC put right; and with CRCs of chunks
 * removed and the seek table made anew, so that damage in a chunk is looked at, too.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "container.h"
#include "container_mutate.h"
#include "fuzz.h"

static struct cli *runs[ZIPNN_ISA_COUNT];
static unsigned isa_count;
static struct cli_output streamed; /* by the scalar kernels */
static struct cli_output other;

static void set_up(void)
{
	if (isa_count > 0)
		return;
	isa_count = cli_new_readers(runs, false);
	streamed = cli_output_new(FUZZ_MAX_RAW);
	other = cli_output_new(FUZZ_MAX_RAW);
}

static int same_bytes(const struct cli_output *a, const struct cli_output *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* The readers that begin with the seek table, after the other one. */
static void read_by_table(struct cli *run, const uint8_t *file, size_t size)
{
	uint64_t raw_size = 0;
	uint64_t again = 0;
	const bool has_table = cli_list(run, file, size, false, &raw_size);
	const bool has_planes = cli_list(run, file, size, true, &again);

	FUZZ_CHECK(!has_planes || (has_table && again == raw_size));
	if (streamed.done)
		FUZZ_CHECK(has_planes && raw_size == streamed.size);
	if (!has_table)
		return;
	cli_range(run, &other, file, size, 0, raw_size);
	/* One reader may meet damage, or the end of the buffer, before the other. */
	if (!streamed.full && !other.full)
		FUZZ_CHECK(other.done == streamed.done);
	if (other.done)
		FUZZ_CHECK(same_bytes(&other, &streamed));
	const size_t both = other.size < streamed.size ? other.size : streamed.size;

	FUZZ_CHECK(memcmp(other.bytes, streamed.bytes, both) == 0);
	cli_range(run, &other, file, size, 0, raw_size + 1);
	FUZZ_CHECK(!other.done && other.size == 0);
}

static void read_file(const uint8_t *file, size_t size)
{
	cli_decompress(runs[0], &streamed, file, size);
	for (unsigned i = 1; i < isa_count; i++) {
		cli_decompress(runs[i], &other, file, size);
		FUZZ_CHECK(other.done == streamed.done && other.full == streamed.full);
		FUZZ_CHECK(strcmp(other.reason, streamed.reason) == 0);
		FUZZ_CHECK(same_bytes(&other, &streamed));
	}
	/* By another set each time: range.c compares what they read. */
	read_by_table(runs[size % isa_count], file, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct container container;
	uint8_t *file = fuzz_copy(data, size);

	set_up();
	(void)container_find(&container, file, size);
	/* What the outputs cannot hold is looked at once, for time. */
	if (container_raw_size(&container) > FUZZ_MAX_RAW) {
		cli_decompress(runs[0], &streamed, file, size);
		FUZZ_CHECK(!streamed.done);
		free(file);
		return 0;
	}
	read_file(file, size);
	if (container_sign_footer(file, size) && memcmp(file, data, size) != 0)
		read_file(file, size);
	free(file);
	if (!container.is_file)
		return 0;
	file = fuzz_malloc(container.end + CONTAINER_FINISH_ROOM(container.count));
	memcpy(file, data, container.end);
	(void)container_strip_crcs(&container, file);
	read_file(file, container_finish(&container, file, container.end));
	free(file);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return container_mutate(data, size, max_size, seed, 0);
}
