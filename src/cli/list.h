// SPDX-License-Identifier: BSD-3-Clause
/* zipnn -l: what is in .znn files, without decoding them. */
#ifndef ZIPNN_CLI_LIST_H
#define ZIPNN_CLI_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/input.h"
#include "cli/session.h"
#include "core/layout.h"
#include "entropy/coder.h"

struct listing {
	uint64_t files;
	uint64_t chunks;
	uint64_t checked; /* chunks with a CRC */
	uint64_t raw;
	uint64_t coded; /* the whole files */
	uint64_t layout_raw[ZIPNN_LAYOUT_COUNT];
	uint64_t coder_planes[ZIPNN_CODER_COUNT];
	uint64_t coder_raw[ZIPNN_CODER_COUNT];
	uint64_t coder_coded[ZIPNN_CODER_COUNT];
};

/* Look into one file, print it on stdout, and add it to the sum of all. */
bool list_file(struct session *session, struct input *input, struct failure *failure,
	       struct listing *sum);

/* The last line of the table, if there were several files. */
void list_sum(const struct session *session, const struct listing *sum);

#endif
