// SPDX-License-Identifier: BSD-3-Clause
/* Decoding a range of a .znn file: only the chunks that hold it are read. */
#include <errno.h>

#include "cli/archive.h"
#include "cli/stream.h"

struct range_reader {
	struct stream *stream;
	struct archive archive;
	uint64_t first; /* raw offsets: what is wanted is first <= x < end */
	uint64_t end;
	/* The next chunk: */
	uint64_t index;
	uint64_t raw_offset;
	uint64_t file_offset;
};

static int read_chunk(struct range_reader *reader, struct job *job,
		      const struct zipnn_chunk_info *entry)
{
	struct stream *stream = reader->stream;
	struct zipnn_chunk_info info;
	int64_t result;

	job->raw_offset = reader->raw_offset;
	job->file_offset = reader->file_offset;
	job->raw_size = entry->raw_size;
	job->coded_size = entry->coded_size;
	if (!job_reserve(job, entry->raw_size, entry->coded_size)) {
		failure_code(&stream->produce_failure, stream->input->name, job->file_offset,
			     "cannot decompress", ZIPNN_ERROR_MEMORY);
		return -1;
	}
	if (!input_read_at(stream->input, &stream->produce_failure, job->coded, job->coded_size,
			   job->file_offset))
		return -1;
	result = zipnn_chunk_parse(&info, job->coded, job->coded_size);
	if (result >= 0 && (!archive_entry_matches(&reader->archive, reader->index, job->coded) ||
			    info.coded_size != entry->coded_size))
		result = ZIPNN_ERROR_CORRUPT;
	if (result < 0) {
		failure_code(&stream->produce_failure, stream->input->name, job->file_offset,
			     "the chunk is not the one in the seek table", result);
		return -1;
	}
	return 1;
}

static int produce(void *context, unsigned slot)
{
	struct range_reader *reader = context;
	struct stream *stream = reader->stream;
	int result = 0;

	while (result == 0 && reader->raw_offset < reader->end &&
	       reader->index < reader->archive.footer.chunk_count) {
		struct zipnn_chunk_info entry;

		if (!archive_entry(&reader->archive, &stream->produce_failure, reader->index,
				   &entry))
			return -1;
		if (reader->raw_offset + entry.raw_size > reader->first)
			result = read_chunk(reader, &stream->session->engine.jobs[slot], &entry);
		reader->index++;
		reader->raw_offset += entry.raw_size;
		reader->file_offset += entry.coded_size;
	}
	return result;
}

static void work(void *context, unsigned worker, unsigned slot)
{
	struct range_reader *reader = context;

	engine_decode(&reader->stream->session->engine, worker, slot);
}

static int consume(void *context, unsigned slot)
{
	struct range_reader *reader = context;
	struct stream *stream = reader->stream;
	const struct job *job = &stream->session->engine.jobs[slot];
	uint64_t job_end = job->raw_offset + job->raw_size;
	size_t from =
	    job->raw_offset < reader->first ? (size_t)(reader->first - job->raw_offset) : 0;
	size_t to = (size_t)((job_end < reader->end ? job_end : reader->end) - job->raw_offset);

	if (job->result < 0) {
		stream_damaged_chunk(stream, job);
		return -1;
	}
	if (!output_write(stream->output, &stream->failure, job->raw + from, to - from))
		return -1;
	stream->totals.raw += to - from;
	stream->totals.coded += job->coded_size;
	progress_update(&stream->progress, stream->totals.raw, stream->totals.raw,
			stream->totals.coded);
	return 0;
}

bool decompress_range(struct stream *stream)
{
	const struct options *options = &stream->session->options;
	struct range_reader reader = {
	    .stream = stream,
	    .first = options->range_offset,
	    .end = options->range_offset + options->range_length,
	    .file_offset = ZIPNN_FILE_HEADER_SIZE,
	};
	const struct pool_task task = {&reader, produce, work, consume};
	bool done;

	if (!archive_open(&reader.archive, stream->input, &stream->failure))
		return false;
	done = reader.end <= reader.archive.footer.raw_size;
	if (!done)
		failure_set(&stream->failure, stream->input->name, NO_OFFSET,
			    "holds %llu raw bytes, the range ends at %llu; give a smaller one",
			    (unsigned long long)reader.archive.footer.raw_size,
			    (unsigned long long)reader.end);
	done = done && stream_run(stream, &task);
	archive_close(&reader.archive);
	return done;
}
