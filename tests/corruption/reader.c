// SPDX-License-Identifier: BSD-3-Clause
/* Reading damaged bytes: see reader.h. */
#define _GNU_SOURCE 1
#include "reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/stream.h"
#include "core/bytes.h"
#include "frame/file.h"
#include "heap.h"

/* A blob may claim as much; address space costs nothing. */
#define MOST_CLAIM ((size_t)UINT32_MAX + 1)

/* Allocations are counted as the allocator rounds them up: a page or two each. */
#define ROUNDING ((size_t)32 << 10)

static void *map(size_t size, int fd)
{
	const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (memory == MAP_FAILED)
		give_up("memory", "there is none to map");
	return memory;
}

static int memory_file(size_t size)
{
	int fd = memfd_create("corruption", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
		give_up("memory", "cannot become a file");
	return fd;
}

void reader_init(struct reader *reader, size_t most_coded, size_t most_raw)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *raw = map(MOST_CLAIM + page, -1);

	*reader = (struct reader){.coded = guard_pages_new(most_coded)};
	reader->raw_end = raw + MOST_CLAIM;
	if (mprotect(reader->raw_end, page, PROT_NONE) != 0)
		give_up("memory", "cannot be protected");
	reader->coded_fd = memory_file(most_coded);
	reader->out_fd = memory_file(most_raw);
	reader->out = map(most_raw, reader->out_fd);
	reader->session.options =
	    (struct options){.mode = MODE_DECOMPRESS, .output = "-", .quiet = true, .threads = 1};
	reader->session.console.quiet = true;
}

static void end(struct reader *reader)
{
	zipnn_dctx_free(reader->dctx);
	if (reader->session.engine.pool != NULL)
		engine_free(&reader->session.engine);
}

void reader_free(struct reader *reader)
{
	end(reader);
	guard_pages_free(&reader->coded);
	close(reader->coded_fd);
	close(reader->out_fd);
}

void reader_begin(struct reader *reader, const struct golden *golden)
{
	const struct origins origins = {golden, NULL};
	enum outcome outcome;

	end(reader);
	reader->golden = NULL;
	reader->dctx = zipnn_dctx_create();
	if (reader->dctx == NULL || !engine_init(&reader->session.engine, &reader->session.options))
		give_up(golden->name, "no memory");
	/* An empty file would leave it to the next one. */
	reader->session.engine.workers[0].dctx = zipnn_dctx_create();
	outcome = golden->is_file ? read_file(reader, &origins, golden->bytes, golden->size)
				  : read_blob(reader, &origins, golden->bytes, golden->size);
	if (outcome != IDENTICAL)
		give_up(golden->name, outcome == GREEDY ? "takes more memory than it declares"
							: "does not come back, undamaged as it is");
	reader->golden = golden;
}

/* Of memory that was taken since heap_forget_peak, when there were `before` bytes. */
static enum outcome check_memory(struct reader *reader, size_t before, size_t allowed,
				 enum outcome outcome)
{
	const size_t taken = heap_peak() - before;
	const struct golden *golden = reader->golden;

	if (golden != NULL && taken > reader->most_memory)
		reader->most_memory = taken;
	/* So that the next case, too, shows what it takes. */
	if (golden != NULL && heap_bytes() > before)
		reader_begin(reader, golden);
	return taken > allowed + ROUNDING ? GREEDY : outcome;
}

/* Data that were read from offset on; complete: there are no others. */
static enum outcome judge(const struct origins *origins, const uint8_t *data, size_t size,
			  size_t offset, bool complete)
{
	const struct golden *both[] = {origins->first, origins->second};
	enum outcome outcome = WRONG;

	for (unsigned i = 0; i < 2 && both[i] != NULL && outcome != IDENTICAL; i++) {
		if (complete && size != both[i]->raw_size)
			continue;
		switch (golden_compare(both[i], data, size, offset)) {
		case SAME:
			outcome = IDENTICAL;
			break;
		case SAME_IF_CHECKED:
			outcome = UNCHECKED;
			break;
		case DIFFERENT:
			break;
		}
	}
	return outcome;
}

enum outcome read_blob(struct reader *reader, const struct origins *origins, const uint8_t *bytes,
		       size_t size)
{
	uint8_t *coded = reader->coded.end - size;
	size_t before = heap_bytes();
	uint8_t *raw;
	int64_t claim;
	int64_t result;

	if (size > 0)
		memcpy(coded, bytes, size);
	claim = zipnn_raw_size(coded, size);
	raw = reader->raw_end - (claim > 0 ? claim : 0);
	heap_forget_peak();
	result = zipnn_decompress(reader->dctx, raw, claim > 0 ? (size_t)claim : 0, coded, size);

	enum outcome outcome = result < 0 ? CAUGHT : judge(origins, raw, (size_t)result, 0, true);

	/* What was written for another claim is not kept: it may be 4 GiB. */
	if (claim > 0 && (size_t)claim > origins->first->raw_size)
		madvise(reader->raw_end - MOST_CLAIM, MOST_CLAIM, MADV_DONTNEED);
	return check_memory(reader, before, claim > 0 ? (size_t)claim : 0, outcome);
}

/* The most raw bytes that a chunk claims to have, by its header or its entry in the seek table. */
static size_t largest_claim(const uint8_t *bytes, size_t size)
{
	struct zipnn_chunk_info info;
	struct zipnn_file_footer footer;
	size_t largest = 0;

	for (size_t at = ZIPNN_FILE_HEADER_SIZE; at < size; at += info.coded_size) {
		if (zipnn_chunk_parse(&info, bytes + at, size - at) < 0)
			break;
		largest = info.raw_size > largest ? info.raw_size : largest;
	}
	if (size < ZIPNN_FILE_FOOTER_SIZE ||
	    zipnn_file_parse_footer(&footer, bytes + size - ZIPNN_FILE_FOOTER_SIZE) < 0)
		return largest;
	for (size_t i = 1; i <= footer.chunk_count && i < size / ZIPNN_FILE_ENTRY_SIZE - 1; i++) {
		const uint8_t *entry =
		    bytes + size - ZIPNN_FILE_FOOTER_SIZE - i * ZIPNN_FILE_ENTRY_SIZE;

		largest = zipnn_load24(entry + 1) > largest ? zipnn_load24(entry + 1) : largest;
	}
	return largest;
}

/*
 * The man page's formula for one thread: a chunk's raw bytes, its coded bytes, its planes; and what
 * is kept of each chunk for the seek table.
 */
static size_t allowed_for_file(const uint8_t *bytes, size_t size)
{
	return 3 * largest_claim(bytes, size) + 2 * size;
}

static void place(const struct reader *reader, const uint8_t *bytes, size_t size)
{
	if (ftruncate(reader->coded_fd, (off_t)size) != 0 ||
	    pwrite(reader->coded_fd, bytes, size, 0) != (ssize_t)size)
		give_up("memory", "cannot be written as a file");
}

static bool decode(struct reader *reader, const struct golden *golden, struct output *output)
{
	struct input input = {.name = golden->name, .fd = reader->coded_fd};
	struct stream stream = {.session = &reader->session, .input = &input, .output = output};

	*output = (struct output){.name = "stdout", .fd = reader->out_fd, .is_stdout = true};
	if (fstat(input.fd, &input.stat) != 0 || lseek(input.fd, 0, SEEK_SET) != 0 ||
	    lseek(output->fd, 0, SEEK_SET) != 0)
		give_up(golden->name, "cannot be read from its start");
	return reader->session.options.has_range ? decompress_range(&stream)
						 : decompress_stream(&stream);
}

/*
 * Has what a pipe got before an error to be right? Not where a chunk without CRC, or one of another
 * file, may have come to lie: each chunk is what it says it is, and the error comes at the end.
 */
static bool prefix_is_proven(const struct origins *origins)
{
	const struct golden *golden = origins->first;

	return origins->second == NULL && golden->checked_count == 1 &&
	       golden->checked[0].from == 0 && golden->checked[0].to == golden->raw_size;
}

enum outcome read_file(struct reader *reader, const struct origins *origins, const uint8_t *bytes,
		       size_t size)
{
	struct output output;
	size_t before = heap_bytes();

	place(reader, bytes, size);
	heap_forget_peak();

	enum outcome outcome = CAUGHT;

	if (decode(reader, origins->first, &output))
		outcome = judge(origins, reader->out, output.written, 0, true);
	else if (prefix_is_proven(origins))
		outcome =
		    judge(origins, reader->out, output.written, 0, false) == WRONG ? WRONG : CAUGHT;
	return check_memory(reader, before, allowed_for_file(bytes, size), outcome);
}

enum outcome read_range(struct reader *reader, const struct origins *origins, const uint8_t *bytes,
			size_t size, struct span range)
{
	struct options *options = &reader->session.options;
	struct output output;
	size_t before = heap_bytes();

	place(reader, bytes, size);
	options->has_range = true;
	options->range_offset = range.from;
	options->range_length = range.to - range.from;
	heap_forget_peak();

	enum outcome outcome = CAUGHT;

	if (decode(reader, origins->first, &output))
		outcome = output.written == options->range_length
			      ? judge(origins, reader->out, output.written, range.from, false)
			      : WRONG;
	options->has_range = false;
	return check_memory(reader, before, allowed_for_file(bytes, size), outcome);
}
