// SPDX-License-Identifier: BSD-3-Clause
/*
 * One line on stderr: name, bar, percent, speed in raw MB/s, coded size in percent, time left.
 *
 * ASCII only, no escape sequences: it must look right on any terminal. The line is always padded to
 * the same width, so each one covers the one before.
 */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#define SECOND 1000000000LL
#define FIRST_DRAW (3 * SECOND / 10) /* short work needs no bar */
#define DRAW_EVERY (SECOND / 10)

#define MAX_COLUMNS 200
#define NAME_COLUMNS 24
#define BAR_COLUMNS 20

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

void progress_start(struct progress *progress, struct console *console, bool enabled,
		    const char *name, uint64_t total)
{
	progress->console = console;
	progress->name = name;
	progress->enabled = enabled && console->terminal && !console->quiet;
	progress->total = total;
	progress->started = now();
	progress->next_draw = progress->started + FIRST_DRAW;
}

static int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(2, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col < MAX_COLUMNS ? size.ws_col : MAX_COLUMNS;
}

/* `[=====>    ]  45%` and the time left, where the size of the input is known. */
static void format_share(const struct progress *progress, double share, double seconds, char *bar,
			 size_t bar_size, char *left, size_t left_size)
{
	char cells[BAR_COLUMNS + 1];
	int full = (int)(share * BAR_COLUMNS);
	unsigned long long rest = (unsigned long long)(seconds / share - seconds + 0.5);

	if (progress->total == 0) {
		bar[0] = left[0] = '\0';
		return;
	}
	memset(cells, ' ', BAR_COLUMNS);
	memset(cells, '=', (size_t)full);
	if (full < BAR_COLUMNS)
		cells[full] = '>';
	cells[BAR_COLUMNS] = '\0';
	snprintf(bar, bar_size, "[%s] %3d%%", cells, (int)(share * 100));
	snprintf(left, left_size, "  %llu:%02llu left", rest / 60, rest % 60);
}

void progress_update(struct progress *progress, uint64_t input, uint64_t raw, uint64_t coded)
{
	struct console *console = progress->console;
	char line[MAX_COLUMNS + 200], name[NAME_COLUMNS + 1], bar[BAR_COLUMNS + 16], left[48];
	int64_t time;
	double seconds, share;
	int width;

	if (!progress->enabled || (time = now()) < progress->next_draw)
		return;
	progress->next_draw = time + DRAW_EVERY;
	seconds = (double)(time - progress->started) / (double)SECOND;
	/* A file may grow while it is read. */
	share = progress->total > input ? (double)input / (double)progress->total : 1;
	if (share < 1e-6)
		share = 1e-6;
	format_share(progress, share, seconds, bar, sizeof(bar), left, sizeof(left));
	snprintf(name, sizeof(name), "%s", progress->name);
	message_clean(name);
	width = terminal_columns() - 1;
	snprintf(line, sizeof(line), "%s %s %6llu MB  %5.0f MB/s  %6.2f%%%s", name, bar,
		 (unsigned long long)(raw / 1000000), (double)raw / 1e6 / seconds,
		 raw > 0 ? 100.0 * (double)coded / (double)raw : 100.0, left);
	fprintf(stderr, "\r%-*.*s", width, width, line);
	console->bar_width = width;
}
