// SPDX-License-Identifier: BSD-3-Clause
/*
 * Reading a whole .znn file, from a pipe too: src/FORMAT.md section 6.
 *
 * A pipe tells its seek table last, so the chunks are found by their own headers, and the table
 * must then repeat them. No length from the file is trusted further than one chunk: a header can
 * make us allocate 16 MiB, not more.
 */
#include <errno.h>
#include <string.h>

#include "cli/stream.h"
#include "cli/table.h"
#include "frame/file.h"

struct decompressor {
	struct stream *stream;
	struct table table;  /* what the seek table must say */
	uint64_t raw_offset; /* of the next chunk */
};

/* Before and after the pool, and in consume. */
static bool fail_code(struct stream *stream, uint64_t offset, const char *what, int64_t code)
{
	failure_code(&stream->failure, stream->input->name, offset, what, code);
	return false;
}

static int fail_produce(struct stream *stream, uint64_t offset, const char *what, int64_t code)
{
	failure_code(&stream->produce_failure, stream->input->name, offset, what, code);
	return -1;
}

/*
 * Read the header and plane descriptors of the next chunk into job->coded.
 * 1: done, 0: there was the end mark instead, -1: failed.
 */
static int read_prefix(struct stream *stream, struct job *job, struct zipnn_chunk_info *info)
{
	struct input *input = stream->input;
	size_t planes_size;
	int64_t result;

	job->file_offset = input->offset;
	if (!input_read_all(input, &stream->produce_failure, job->coded, ZIPNN_CHUNK_HEADER_SIZE))
		return -1;
	result = zipnn_file_is_end_mark(job->coded);
	if (result == 1)
		return 0;
	/* The low four bits name the layout; zipnn_chunk_parse judges the value. */
	planes_size = 4 * (size_t)zipnn_element_size((enum zipnn_layout_id)(job->coded[0] & 15));
	if (result == 0 && !input_read_all(input, &stream->produce_failure,
					   job->coded + ZIPNN_CHUNK_HEADER_SIZE, planes_size))
		return -1;
	if (result == 0)
		result = zipnn_chunk_parse(info, job->coded, ZIPNN_CHUNK_HEADER_SIZE + planes_size);
	if (result < 0)
		return fail_produce(stream, job->file_offset, "bad chunk header", result);
	return 1;
}

static int produce(void *context, unsigned slot)
{
	struct decompressor *decompressor = context;
	struct stream *stream = decompressor->stream;
	struct job *job = &stream->session->engine.jobs[slot];
	struct zipnn_chunk_info info = {0};
	int more;

	if (!job_reserve(job, 0, ZIPNN_CHUNK_MAX_PREFIX))
		return fail_produce(stream, stream->input->offset, "cannot decompress",
				    ZIPNN_ERROR_MEMORY);
	more = read_prefix(stream, job, &info);
	if (more <= 0)
		return more;
	if (!job_reserve(job, info.raw_size, info.coded_size) ||
	    !table_add(&decompressor->table, job->coded, (uint32_t)info.coded_size))
		return fail_produce(stream, job->file_offset, "cannot decompress",
				    ZIPNN_ERROR_MEMORY);
	if (!input_read_all(stream->input, &stream->produce_failure, job->coded + info.prefix_size,
			    info.coded_size - info.prefix_size))
		return -1;
	job->coded_size = info.coded_size;
	job->raw_size = info.raw_size;
	job->raw_offset = decompressor->raw_offset;
	decompressor->raw_offset += info.raw_size;
	return 1;
}

static void work(void *context, unsigned worker, unsigned slot)
{
	struct decompressor *decompressor = context;

	engine_decode(&decompressor->stream->session->engine, worker, slot);
}

void stream_damaged_chunk(struct stream *stream, const struct job *job)
{
	unsigned long long first = job->raw_offset;

	if (job->result != ZIPNN_ERROR_CORRUPT && job->result != ZIPNN_ERROR_CHECKSUM) {
		fail_code(stream, job->file_offset, "cannot decompress the chunk", job->result);
		return;
	}
	failure_set(&stream->failure, stream->input->name, job->file_offset,
		    "damaged chunk (raw bytes %llu to %llu): %s; restore the file from another "
		    "copy, or read the other raw bytes with -d --range",
		    first, first + job->raw_size - 1, zipnn_error_name(job->result));
}

static int consume(void *context, unsigned slot)
{
	struct decompressor *decompressor = context;
	struct stream *stream = decompressor->stream;
	const struct job *job = &stream->session->engine.jobs[slot];

	if (job->result < 0) {
		stream_damaged_chunk(stream, job);
		return -1;
	}
	if (stream->output != NULL &&
	    !output_write(stream->output, &stream->failure, job->raw, job->raw_size))
		return -1;
	stream->totals.raw += job->raw_size;
	stream->totals.coded = job->file_offset + job->coded_size;
	progress_update(&stream->progress, stream->totals.coded, stream->totals.raw,
			stream->totals.coded);
	return 0;
}

static bool read_header(struct stream *stream)
{
	uint8_t header[ZIPNN_FILE_HEADER_SIZE];
	ssize_t got = input_read(stream->input, &stream->failure, header, sizeof(header));
	int64_t result;

	if (got < 0)
		return false;
	result = zipnn_file_check_header(header, (size_t)got);
	return result >= 0 ||
	       fail_code(stream, result == ZIPNN_ERROR_TRUNCATED ? stream->input->offset : 0,
			 "cannot decompress", result);
}

/* After the end mark: does the seek table repeat what was seen? */
static bool check_table(struct decompressor *decompressor)
{
	struct stream *stream = decompressor->stream;
	const struct table *table = &decompressor->table;
	uint8_t piece[ZIPNN_FILE_ENTRY_SIZE * 256];
	size_t done = ZIPNN_FILE_END_MARK_SIZE;

	while (done < table->size) {
		size_t step =
		    table->size - done < sizeof(piece) ? table->size - done : sizeof(piece);
		uint64_t offset = stream->input->offset;

		if (!input_read_all(stream->input, &stream->failure, piece, step))
			return false;
		if (memcmp(piece, table->bytes + done, step) != 0)
			return fail_code(stream, offset,
					 "the seek table does not repeat the chunks",
					 ZIPNN_ERROR_CORRUPT);
		done += step;
	}
	return true;
}

static bool check_footer(struct decompressor *decompressor)
{
	struct stream *stream = decompressor->stream;
	const struct table *table = &decompressor->table;
	uint64_t offset = stream->input->offset;
	uint8_t bytes[ZIPNN_FILE_FOOTER_SIZE];
	struct zipnn_file_footer footer;
	int64_t result;

	if (!input_read_all(stream->input, &stream->failure, bytes, sizeof(bytes)))
		return false;
	result = zipnn_file_parse_footer(&footer, bytes);
	/* Where 24 bytes could be read, a missing magic is damage, not an early end. */
	if (result == ZIPNN_ERROR_TRUNCATED)
		result = ZIPNN_ERROR_CORRUPT;
	if (result >= 0)
		result = zipnn_file_check_table(&footer, table->bytes, table->size);
	return result >= 0 || fail_code(stream, offset, "bad footer", result);
}

static bool check_nothing_follows(struct stream *stream)
{
	uint64_t offset = stream->input->offset;
	uint8_t extra;
	ssize_t got = input_read(stream->input, &stream->failure, &extra, 1);

	if (got > 0)
		failure_set(&stream->failure, stream->input->name, offset,
			    "extra bytes follow the end of the .znn data; .znn files cannot be "
			    "joined: split them here");
	return got == 0;
}

bool decompress_stream(struct stream *stream)
{
	struct decompressor decompressor = {.stream = stream};
	const struct pool_task task = {&decompressor, produce, work, consume};
	bool done = table_init(&decompressor.table);

	if (!done)
		failure_errno(&stream->failure, stream->input->name, NO_OFFSET, "cannot decompress",
			      ENOMEM);
	done = done && read_header(stream) && stream_run(stream, &task) &&
	       check_table(&decompressor) && check_footer(&decompressor) &&
	       check_nothing_follows(stream);
	stream->totals.coded = stream->input->offset;
	table_free(&decompressor.table);
	return done;
}
