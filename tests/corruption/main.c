// SPDX-License-Identifier: BSD-3-Clause
/*
 * usage: corruption STRIDE CLASS FOLDER...
 *
 * All golden files of some folders, damaged in every way of damages.c. Whatever was done to the
 * bytes, a reader gives an error or the data that went in, and takes no more memory than they
 * declare. Only chunks that were written without a CRC may come out wrong, and no others beside
 * them. Of each class every STRIDE-th case is tried, of small ones more; 1 tries all.
 *
 * A line for each class and way of reading: how many cases, and what became of them.
 */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "sweep.h"

/* Of all folders. */
#define MOST_GOLDENS 1000u

/* More would say nothing more. */
#define MOST_MESSAGES 20u

/* Longer ones take long to decode, and their few bytes have been met in shorter ones. */
#define MOST_RAW_OF_PAIRS ((size_t)1 << 20)

static const char *const way_names[WAY_COUNT] = {"blob", "file", "range"};

/* For the handler of signals. */
static const struct sweep *at_work;

static void tell_case(const struct sweep *sweep, const char *what)
{
	const struct golden *other = sweep->other;

	dprintf(STDERR_FILENO, "corruption: %s%s%s, %s, at %zu, %zu: %s\n", sweep->golden->name,
		other == NULL ? "" : " and ", other == NULL ? "" : other->name, sweep->damage->name,
		sweep->at, sweep->detail, what);
}

/* A crash, too, has to say what led to it. */
static void tell_crash(int number)
{
	tell_case(at_work, "crashed the reader");
	signal(number, SIG_DFL);
	raise(number);
}

bool sweep_chooses(struct sweep *sweep, size_t at, size_t detail)
{
	sweep->at = at;
	sweep->detail = detail;
	return sweep->cases++ % ((sweep->stride - 1) / sweep->damage->denser + 1) == 0;
}

static void count(struct sweep *sweep, enum way way, enum outcome outcome)
{
	struct tally *tally = &sweep->tallies[way];
	const char *failure = NULL;

	tally->tried++;
	tally->caught += outcome == CAUGHT;
	tally->identical += outcome == IDENTICAL;
	tally->unchecked += outcome == UNCHECKED;
	if (outcome == WRONG)
		failure = "wrong data, and no error";
	else if (outcome == GREEDY)
		failure = "more memory than declared";
	else if (sweep->damage->is_loss && outcome != CAUGHT)
		failure = "accepted";
	if (failure != NULL && sweep->failures++ < MOST_MESSAGES)
		tell_case(sweep, failure);
}

/* Some raw bytes: others for each case, but the same for each run. */
static struct span some_range(const struct sweep *sweep)
{
	const size_t raw_size = sweep->golden->raw_size;
	uint64_t random = sweep->cases;
	struct span range = {0, 0};

	if (raw_size == 0)
		return range;
	range.from = (size_t)(data_random(&random) % raw_size);
	range.to = range.from + 1 + (size_t)(data_random(&random) % (raw_size - range.from));
	return range;
}

void sweep_try(struct sweep *sweep, const uint8_t *bytes, size_t size)
{
	const struct origins origins = {sweep->golden, sweep->other};
	struct reader *reader = &sweep->reader;

	if (!sweep->golden->is_file) {
		count(sweep, BLOB, read_blob(reader, &origins, bytes, size));
		return;
	}
	count(sweep, WHOLE_FILE, read_file(reader, &origins, bytes, size));
	count(sweep, RANGE, read_range(reader, &origins, bytes, size, some_range(sweep)));
}

static void run_pairs(struct sweep *sweep)
{
	const struct golden *golden = sweep->golden;

	for (size_t i = 0; i < sweep->golden_count; i++) {
		sweep->other = &sweep->goldens[i];
		if (sweep->other->is_file == golden->is_file &&
		    golden->raw_size <= MOST_RAW_OF_PAIRS &&
		    sweep->other->raw_size <= MOST_RAW_OF_PAIRS)
			sweep->damage->run(sweep);
	}
	sweep->other = NULL;
}

static void print_tallies(const struct sweep *sweep)
{
	for (unsigned way = 0; way < WAY_COUNT; way++) {
		const struct tally *tally = &sweep->tallies[way];

		if (tally->tried > 0)
			printf("%-18s %-6s %9lu tried %9lu caught %8lu identical %8lu unchecked\n",
			       sweep->damage->name, way_names[way], tally->tried, tally->caught,
			       tally->identical, tally->unchecked);
	}
	(void)fflush(stdout);
}

static void run(struct sweep *sweep, const struct damage *damage)
{
	sweep->damage = damage;
	sweep->cases = 0;
	memset(sweep->tallies, 0, sizeof(sweep->tallies));
	for (size_t i = 0; i < sweep->golden_count; i++) {
		sweep->golden = &sweep->goldens[i];
		reader_begin(&sweep->reader, sweep->golden);
		if (damage->of_pairs)
			run_pairs(sweep);
		else
			damage->run(sweep);
	}
	print_tallies(sweep);
}

static int is_golden(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && (strcmp(dot, ".blob") == 0 || strcmp(dot, ".znn") == 0);
}

static void load(struct sweep *sweep, const char *folder)
{
	struct dirent **entries;
	int found = scandir(folder, &entries, is_golden, alphasort);

	if (found <= 0)
		give_up(folder, "holds no golden files");
	if (sweep->golden_count + (size_t)found > MOST_GOLDENS)
		give_up(folder, "holds too many golden files");
	for (int i = 0; i < found; i++) {
		golden_load(&sweep->goldens[sweep->golden_count++], folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* Room for all that will be read, and for what comes out. */
static void prepare(struct sweep *sweep)
{
	size_t most_coded = 1;
	size_t most_raw = 1;

	for (size_t i = 0; i < sweep->golden_count; i++) {
		const struct golden *golden = &sweep->goldens[i];

		most_raw = golden->raw_size > most_raw ? golden->raw_size : most_raw;
		most_coded = golden->size > most_coded ? golden->size : most_coded;
	}
	/* Two of them, or one and what is appended. */
	most_coded = 2 * most_coded + MOST_APPENDED;
	sweep->work = allocate(most_coded);
	reader_init(&sweep->reader, most_coded, most_raw);
}

static void clean_up(struct sweep *sweep)
{
	reader_free(&sweep->reader);
	for (size_t i = 0; i < sweep->golden_count; i++)
		golden_free(&sweep->goldens[i]);
	free(sweep->work);
}

int main(int argc, char **argv)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	static struct golden goldens[MOST_GOLDENS];
	struct sweep sweep = {.goldens = goldens};
	size_t classes = 0;

	sweep.stride = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	if (sweep.stride == 0)
		give_up("usage", "corruption STRIDE CLASS FOLDER...");
	for (int i = 3; i < argc; i++)
		load(&sweep, argv[i]);
	prepare(&sweep);
	at_work = &sweep;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		signal(crashes[i], tell_crash);
	for (size_t i = 0; i < damage_count; i++) {
		if (strcmp(argv[2], "all") != 0 && strcmp(argv[2], damages[i].name) != 0)
			continue;
		run(&sweep, &damages[i]);
		classes++;
	}
	if (classes == 0)
		give_up(argv[2], "is no class of damage");
	printf("memory beyond that of the undamaged file: at most %zu bytes\n",
	       sweep.reader.most_memory);
	clean_up(&sweep);
	if (sweep.failures > 0)
		fprintf(stderr, "corruption: %lu failures\n", sweep.failures);
	return sweep.failures > 0;
}
