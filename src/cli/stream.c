// SPDX-License-Identifier: BSD-3-Clause
/* What all streams have in common: see stream.h. */
#include "cli/stream.h"

bool stream_run(struct stream *stream, const struct pool_task *task)
{
	if (pool_run(stream->session->engine.pool, task) == 0)
		return true;
	if (stream->failure.name == NULL)
		stream->failure = stream->produce_failure;
	return false;
}
