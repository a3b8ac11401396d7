// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the command line writes: nothing half done under the final name.
 *
 * A file is written under a temporary name in its folder and renamed when it is complete. An error
 * or a signal removes it; a SIGKILL leaves the temporary name only. Stdout, and pipes and devices
 * that the user named, are written as they are.
 */
#ifndef ZIPNN_CLI_OUTPUT_H
#define ZIPNN_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "cli/input.h"
#include "cli/message.h"

/* Why the source is not removed after all that is not from one file to another. */
#define OUTPUT_KEEPS_SOURCE                                                                        \
	"--rm works from a regular file to a regular file only, to lose nothing; leave it out"

/* Where an output goes, and what it may be. */
struct output_place {
	const char *path; /* "-" is stdout */
	bool named;       /* by the user, not made by zipnn of another name */
	bool force;
	bool only_file; /* nothing but a file with a temporary name until it is complete */
};

struct output {
	const char *name; /* final; for messages too; stdout is "stdout" */
	char *temporary;  /* NULL: written directly */
	int fd;
	bool is_stdout;
	bool force;
	uint64_t written;
};

/*
 * Begin to write. An existing file is refused without force, and so are a terminal and, even with
 * force, the source itself. Pipes and devices are written to only where the user named them. After
 * a failure there is nothing to discard.
 */
bool output_open(struct output *output, struct failure *failure, const struct output_place *place,
		 const struct stat *source);

bool output_write(struct output *output, struct failure *failure, const void *data, size_t size);

/*
 * Complete it: owner, mode and mtime of a source that is a regular file, or NULL (a warning if the
 * disk cannot hold them), then the final name. durable: on disk when this returns, or a failure.
 * What replaces an existing file is on disk before it does. Nothing needs to be discarded after it.
 */
bool output_commit(struct output *output, struct failure *failure, struct console *console,
		   const struct input *source, bool durable);

/* Give up: nothing is left of it, except what a pipe, a device or stdout took already. */
void output_discard(struct output *output);

#endif
