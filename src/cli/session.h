// SPDX-License-Identifier: BSD-3-Clause
/* What one run of zipnn shares between its files. */
#ifndef ZIPNN_CLI_SESSION_H
#define ZIPNN_CLI_SESSION_H

#include <stdint.h>

#include "cli/engine.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/progress.h"

struct session {
	struct options options;
	struct console console;
	struct engine engine;
};

struct totals {
	uint64_t raw;
	uint64_t coded;
};

#endif
