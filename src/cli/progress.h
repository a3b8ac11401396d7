// SPDX-License-Identifier: BSD-3-Clause
/* The progress bar: for a user at a terminal who waits. */
#ifndef ZIPNN_CLI_PROGRESS_H
#define ZIPNN_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/message.h"

struct progress {
	struct console *console;
	const char *name;
	bool enabled;
	uint64_t total;  /* bytes of the input, 0 if unknown */
	int64_t started; /* nanoseconds of the monotonic clock */
	int64_t next_draw;
};

/* The console must outlive the progress. total: bytes of the input, 0 if unknown. */
void progress_start(struct progress *progress, struct console *console, bool enabled,
		    const char *name, uint64_t total);

/* input: bytes read so far; raw and coded: bytes dealt with on both sides. Cheap: call it often. */
void progress_update(struct progress *progress, uint64_t input, uint64_t raw, uint64_t coded);

#endif
