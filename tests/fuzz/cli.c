// SPDX-License-Identifier: BSD-3-Clause
/*
 * The command line's streams on bytes in memory: see cli.h. All of src/cli/ that reads input is
 * what is linked; output_write is defined here in place of the one in src/cli/output.c.
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/list.h"
#include "cli/session.h"
#include "cli/stream.h"
#include "contexts.h"
#include "frame/chunk.h"
#include "fuzz.h"

/* The name of the input in messages. */
#define NAME "input"

struct cli {
	struct session session;
	enum zipnn_isa isa;
	struct input input; /* its buffer is large */
};

/* What a stream writes to. */
struct sink {
	struct output output;
	struct cli_output *to;
};

bool output_write(struct output *output, struct failure *failure, const void *data, size_t size)
{
	struct cli_output *to = ((struct sink *)(void *)output)->to;

	if (size > to->capacity - to->size) {
		to->full = true;
		failure_set(failure, output->name, output->written, "the buffer is full");
		return false;
	}
	if (size > 0)
		memcpy(to->bytes + to->size, data, size);
	to->size += size;
	output->written += size;
	return true;
}

struct cli_output cli_output_new(size_t capacity)
{
	return (struct cli_output){.bytes = fuzz_malloc(capacity), .capacity = capacity};
}

void cli_output_free(struct cli_output *output)
{
	free(output->bytes);
	output->bytes = NULL;
}

void cli_output_reset(struct cli_output *output)
{
	output->done = output->full = false;
	output->reason[0] = '\0';
	output->size = 0;
}

struct options cli_default_options(void)
{
	return (struct options){
	    .check = true,
	    .threads = 1,
	    .block_size = ZIPNN_CHUNK_DEFAULT_SIZE,
	};
}

struct cli *cli_new(enum zipnn_isa isa, const struct options *options)
{
	struct cli *cli = calloc(1, sizeof(*cli));

	FUZZ_CHECK(cli != NULL);
	cli->isa = isa;
	cli->session.options = *options;
	FUZZ_CHECK(engine_init(&cli->session.engine, &cli->session.options));
	return cli;
}

void cli_free(struct cli *cli)
{
	engine_free(&cli->session.engine);
	free(cli);
}

unsigned cli_new_readers(struct cli *readers[ZIPNN_ISA_COUNT], bool has_range)
{
	struct options options = cli_default_options();
	enum zipnn_isa isas[ZIPNN_ISA_COUNT];
	const unsigned count = fuzz_native_isas(isas);

	fuzz_silence();
	options.mode = MODE_DECOMPRESS;
	options.has_range = has_range;
	for (unsigned i = 0; i < count; i++)
		readers[i] = cli_new(isas[i], &options);
	return count;
}

/* A later input gets buffers of its own size: larger ones would hide what is read or written behind
 * them. */
static void drop_buffers(struct engine *engine)
{
	for (unsigned i = 0; i < pool_slots(engine->pool); i++) {
		free(engine->jobs[i].raw);
		free(engine->jobs[i].coded);
		engine->jobs[i] = (struct job){0};
	}
}

/* The bytes as an open file. */
static void open_input(struct cli *cli, const uint8_t *data, size_t size)
{
	struct input *input = &cli->input;

	input->name = NAME;
	input->fd = memfd_create("fuzz", MFD_CLOEXEC);
	input->offset = 0;
	input->start = input->end = 0;
	FUZZ_CHECK(input->fd >= 0);
	FUZZ_CHECK(write(input->fd, data, size) == (ssize_t)size);
	FUZZ_CHECK(lseek(input->fd, 0, SEEK_SET) == 0);
	FUZZ_CHECK(fstat(input->fd, &input->stat) == 0);
	/* The engine makes its contexts when it first needs them. */
	fuzz_use_isa(cli->isa);
}

/*
 * zipnn(1) promises blocks of raw and coded bytes and contexts, none of them larger than a chunk
 * can be, and the seek table, which is smaller than the file. There is one slot and one worker.
 */
static size_t most_memory(const struct cli *cli, size_t size)
{
	const size_t contexts = (size_t)16 << 20;
	const size_t chunk = cli->session.options.mode == MODE_COMPRESS
				 ? cli->session.options.block_size
				 : ZIPNN_CHUNK_MAX_SIZE;

	return contexts + 4 * (chunk + 4096) + 4 * size;
}

static void run(struct cli *cli, struct cli_output *output, const uint8_t *data, size_t size,
		bool (*function)(struct stream *stream))
{
	struct sink sink = {.output = {.name = "output", .fd = -1}, .to = output};
	struct stream stream = {
	    .session = &cli->session, .input = &cli->input, .output = &sink.output};

	cli_output_reset(output);
	open_input(cli, data, size);
	fuzz_memory_start();
	output->done = function(&stream);
	FUZZ_CHECK(fuzz_memory_peak() <= most_memory(cli, size));
	(void)close(cli->input.fd);
	drop_buffers(&cli->session.engine);
	/* A failure says where and why. */
	if (output->done)
		return;
	FUZZ_CHECK(stream.failure.name != NULL && stream.failure.text[0] != '\0');
	(void)snprintf(output->reason, sizeof(output->reason), "%llu: %s",
		       (unsigned long long)stream.failure.offset, stream.failure.text);
}

void cli_compress(struct cli *cli, struct cli_output *output, const uint8_t *data, size_t size)
{
	run(cli, output, data, size, compress_stream);
}

void cli_decompress(struct cli *cli, struct cli_output *output, const uint8_t *data, size_t size)
{
	run(cli, output, data, size, decompress_stream);
}

void cli_range(struct cli *cli, struct cli_output *output, const uint8_t *data, size_t size,
	       uint64_t offset, uint64_t length)
{
	cli->session.options.range_offset = offset;
	cli->session.options.range_length = length;
	run(cli, output, data, size, decompress_range);
}

bool cli_list(struct cli *cli, const uint8_t *data, size_t size, bool planes, uint64_t *raw_size)
{
	struct listing listing = {0};
	struct failure failure = {0};

	cli->session.options.json = planes;
	open_input(cli, data, size);
	const bool done = list_file(&cli->session, &cli->input, &failure, &listing);

	(void)close(cli->input.fd);
	FUZZ_CHECK(done == (failure.name == NULL));
	*raw_size = listing.raw;
	return done;
}
