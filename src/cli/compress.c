// SPDX-License-Identifier: BSD-3-Clause
/* Writing a .znn file: src/FORMAT.md section 6. */
#include <errno.h>

#include "cli/stream.h"
#include "cli/table.h"
#include "frame/block.h"
#include "frame/file.h"

struct compressor {
	struct stream *stream;
	struct table table;
	uint64_t raw_offset; /* of the next chunk */
	bool ended;
};

static int produce(void *context, unsigned slot)
{
	struct compressor *compressor = context;
	struct stream *stream = compressor->stream;
	struct job *job = &stream->session->engine.jobs[slot];
	size_t block_size = stream->session->options.block_size;
	ssize_t got;

	if (compressor->ended)
		return 0;
	if (!job_reserve(job, block_size, zipnn_block_bound(block_size))) {
		failure_code(&stream->produce_failure, stream->input->name, compressor->raw_offset,
			     "cannot compress", ZIPNN_ERROR_MEMORY);
		return -1;
	}
	got = input_read(stream->input, &stream->produce_failure, job->raw, block_size);
	if (got < 0)
		return -1;
	compressor->ended = (size_t)got < block_size;
	job->raw_size = (size_t)got;
	job->raw_offset = compressor->raw_offset;
	compressor->raw_offset += (size_t)got;
	return got > 0;
}

static void work(void *context, unsigned worker, unsigned slot)
{
	struct compressor *compressor = context;

	engine_encode(&compressor->stream->session->engine, worker, slot);
}

/* The seek table gets an entry for each chunk of the block. false: no memory. */
static bool add_chunks(struct table *table, const struct job *job)
{
	const size_t size = (size_t)job->result;
	struct zipnn_chunk_info info;

	for (size_t at = 0; at < size; at += info.coded_size) {
		/* What was just written is whole, so this cannot fail. */
		zipnn_chunk_parse(&info, job->coded + at, size - at);
		if (!table_add(table, job->coded + at, (uint32_t)info.coded_size))
			return false;
	}
	return true;
}

static int consume(void *context, unsigned slot)
{
	struct compressor *compressor = context;
	struct stream *stream = compressor->stream;
	const struct job *job = &stream->session->engine.jobs[slot];

	if (job->result == ZIPNN_ERROR_CHECKSUM) {
		failure_set(&stream->failure, stream->input->name, job->raw_offset,
			    "what was coded here does not decode to the source; check the memory "
			    "of this machine, and report it if that is sound");
		return -1;
	}
	if (job->result < 0) {
		failure_code(&stream->failure, stream->input->name, job->raw_offset,
			     "cannot compress", job->result);
		return -1;
	}
	if (!add_chunks(&compressor->table, job)) {
		failure_code(&stream->failure, stream->input->name, job->raw_offset,
			     "no room for the seek table", ZIPNN_ERROR_MEMORY);
		return -1;
	}
	if (!output_write(stream->output, &stream->failure, job->coded, (size_t)job->result))
		return -1;
	stream->totals.raw += job->raw_size;
	stream->totals.coded = stream->output->written;
	progress_update(&stream->progress, stream->totals.raw, stream->totals.raw,
			stream->totals.coded);
	return 0;
}

static bool write_header(struct stream *stream)
{
	uint8_t header[ZIPNN_FILE_HEADER_SIZE];

	zipnn_file_write_header(header);
	return output_write(stream->output, &stream->failure, header, sizeof(header));
}

static bool write_end(struct compressor *compressor)
{
	struct stream *stream = compressor->stream;
	const struct table *table = &compressor->table;
	uint8_t footer[ZIPNN_FILE_FOOTER_SIZE];

	zipnn_file_write_footer(footer, table->chunks, stream->totals.raw, table->bytes,
				table->size);
	if (!output_write(stream->output, &stream->failure, table->bytes, table->size) ||
	    !output_write(stream->output, &stream->failure, footer, sizeof(footer)))
		return false;
	stream->totals.coded = stream->output->written;
	return true;
}

bool compress_stream(struct stream *stream)
{
	struct compressor compressor = {.stream = stream};
	const struct pool_task task = {&compressor, produce, work, consume};
	bool done = table_init(&compressor.table);

	if (!done)
		failure_errno(&stream->failure, stream->input->name, NO_OFFSET, "cannot compress",
			      ENOMEM);
	done = done && write_header(stream) && stream_run(stream, &task) && write_end(&compressor);
	table_free(&compressor.table);
	return done;
}
