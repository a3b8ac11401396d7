// SPDX-License-Identifier: BSD-3-Clause
/* What tells compressed files by their names. */
#ifndef ZIPNN_CLI_SUFFIX_H
#define ZIPNN_CLI_SUFFIX_H

#include <stdbool.h>
#include <string.h>

#define SUFFIX ".znn"
#define SUFFIX_LENGTH (sizeof(SUFFIX) - 1)

/* Has the path the suffix, after a name of at least one character? */
static inline bool has_suffix(const char *path)
{
	size_t length = strlen(path);

	return length > SUFFIX_LENGTH && strcmp(path + length - SUFFIX_LENGTH, SUFFIX) == 0 &&
	       path[length - SUFFIX_LENGTH - 1] != '/';
}

#endif
