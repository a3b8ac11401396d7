// SPDX-License-Identifier: BSD-3-Clause
/* What the command line reads: a file, a pipe, stdin. */
#ifndef ZIPNN_CLI_INPUT_H
#define ZIPNN_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cli/message.h"

/* Chunk headers are a few bytes: without a buffer each would be a system call. */
#define INPUT_BUFFER_SIZE ((size_t)64 << 10)

struct input {
	const char *name; /* for messages; stdin is "stdin" */
	int fd;
	struct stat stat;
	uint64_t offset; /* of the next byte input_read gives */
	size_t start;    /* of the bytes in the buffer not given yet */
	size_t end;
	uint8_t buffer[INPUT_BUFFER_SIZE];
};

enum input_kind {
	INPUT_ANY,       /* of a pipe without a writer, wait for one */
	INPUT_FROM_FILE, /* for callers that refuse a pipe: it is opened without waiting */
	INPUT_FOUND,     /* in a folder: only a regular file, and no symbolic link */
};

/*
 * Open a file, or stdin if path is "-". Directories are refused. After a failure there is nothing
 * to close.
 */
bool input_open(struct input *input, struct failure *failure, const char *path,
		enum input_kind kind);
void input_close(struct input *input);

/* Read size bytes, fewer only at the end. -1: failed. */
ssize_t input_read(struct input *input, struct failure *failure, void *dst, size_t size);

/* Read size bytes, or fail: the input is truncated. */
bool input_read_all(struct input *input, struct failure *failure, void *dst, size_t size);

/* The size of an input that can be read at any place; fails for a pipe. */
bool input_seekable_size(struct input *input, struct failure *failure, uint64_t *size);

/* Read size bytes at an offset, or fail. Does not touch what input_read gives. */
bool input_read_at(struct input *input, struct failure *failure, void *dst, size_t size,
		   uint64_t offset);

#endif
