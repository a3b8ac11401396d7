// SPDX-License-Identifier: BSD-3-Clause
/* From one file or pipe to another, chunk by chunk, in bounded memory. */
#ifndef ZIPNN_CLI_STREAM_H
#define ZIPNN_CLI_STREAM_H

#include <stdbool.h>

#include "cli/input.h"
#include "cli/output.h"
#include "cli/session.h"

/* What the functions work with. After a failure, `failure` says which. */
struct stream {
	struct session *session;
	struct input *input;
	struct output *output; /* NULL: only check (-t) */
	struct progress progress;
	struct totals totals; /* of what has been dealt with */
	struct failure failure;
	/* Of produce: consume may fail at the same time, and then that is what counts. */
	struct failure produce_failure;
};

/* Let the pool do the task. A failure of produce is told where consume had none. */
bool stream_run(struct stream *stream, const struct pool_task *task);

bool compress_stream(struct stream *stream);

/* Decode a whole .znn file; everything in it is checked. */
bool decompress_stream(struct stream *stream);

/*
 * Decode the bytes that --range names from an input that is seekable, reading only what they need.
 */
bool decompress_range(struct stream *stream);

/* Record that the chunk of a job does not decode. */
void stream_damaged_chunk(struct stream *stream, const struct job *job);

#endif
