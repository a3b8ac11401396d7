// SPDX-License-Identifier: BSD-3-Clause
/* zipnn bench: each file, at each block size; see bench.h. */
#include "cli/bench/bench.h"

#include <stdlib.h>

#include "cli/bench/blosc2.h"
#include "cli/bench/measure.h"
#include "cli/bench/options.h"
#include "cli/bench/report.h"
#include "cli/bench/stages.h"
#include "cli/bench/working_set.h"
#include "cli/input.h"

/* Files grow into memory from here. */
#define FIRST_CAPACITY ((size_t)1 << 20)
/* Coded blocks begin at cache lines. */
#define LINE 64u

struct bench {
	const struct bench_options *options;
	struct console *console;
	struct blosc2_library *blosc2; /* NULL: not asked for */
	struct report report;
};

struct content {
	uint8_t *bytes;
	size_t size;
};

/* Read all of an input, which may be a pipe. */
static bool read_input(struct input *input, struct content *content, struct failure *failure)
{
	size_t capacity = FIRST_CAPACITY;

	*content = (struct content){.bytes = malloc(capacity)};
	while (content->bytes != NULL) {
		ssize_t got = input_read(input, failure, content->bytes + content->size,
					 capacity - content->size);
		uint8_t *larger;

		if (got < 0)
			return false;
		content->size += (size_t)got;
		if (content->size < capacity)
			return true;
		larger = capacity > SIZE_MAX / 2 ? NULL : realloc(content->bytes, capacity * 2);
		if (larger == NULL)
			break;
		content->bytes = larger;
		capacity *= 2;
	}
	failure_set(failure, input->name, NO_OFFSET,
		    "out of memory; measure a smaller file, or a part of it");
	return false;
}

static bool load(const char *path, struct content *content, struct failure *failure)
{
	struct input input;
	bool done;

	*content = (struct content){.bytes = NULL};
	if (!input_open(&input, failure, path, INPUT_ANY))
		return false;
	done = read_input(&input, content, failure);
	if (done && content->size == 0) {
		failure_set(failure, input.name, NO_OFFSET,
			    "is empty: nothing to measure; name another file");
		done = false;
	}
	input_close(&input);
	return done;
}

static void leave(struct contestant *contestants, size_t count)
{
	for (size_t i = 0; i < count; i++)
		contestants[i].codec->destroy(contestants[i].context);
}

/* A context for each codec. pitch: room for a block of the most generous. */
static bool enter(const struct bench *bench, struct contestant *contestants, size_t block_size,
		  size_t *pitch, const char *name, struct failure *failure)
{
	const struct bench_options *options = bench->options;
	const struct codec_settings settings = {
	    .max_block = block_size,
	    .best = options->best,
	    .blosc2 = bench->blosc2,
	};

	*pitch = 0;
	for (size_t i = 0; i < options->codec_count; i++) {
		const struct codec *codec = options->codecs[i];
		size_t bound = codec->bound(block_size);
		const char *why = "out of memory; give a smaller --block-size";

		contestants[i] = (struct contestant){
		    .codec = codec,
		    .context = codec->create(codec, &settings, &why),
		};
		if (contestants[i].context == NULL) {
			failure_set(failure, name, NO_OFFSET, "codec %s: %s", codec->name, why);
			leave(contestants, i);
			return false;
		}
		if (*pitch < bound)
			*pitch = bound;
	}
	*pitch = (*pitch + LINE - 1) / LINE * LINE;
	return true;
}

static bool run_block_size(struct bench *bench, const char *name, const struct content *content,
			   size_t block_size, struct failure *failure)
{
	const struct bench_options *options = bench->options;
	struct contestant contestants[BENCH_MAX_CODECS];
	struct working_set set;
	size_t pitch;
	bool done = false;

	if (!enter(bench, contestants, block_size, &pitch, name, failure))
		return false;
	if (!working_set_init(&set, content->bytes, content->size, block_size, pitch,
			      options->cold_size))
		failure_set(failure, name, NO_OFFSET,
			    "out of memory; measure a smaller file, or give a smaller --cold");
	else
		done = measure(contestants, options->codec_count, &set, options->seconds, name,
			       failure);
	working_set_free(&set);
	if (done)
		report_results(&bench->report, name, content->size, block_size, contestants,
			       options->codec_count);
	leave(contestants, options->codec_count);
	return done;
}

static bool run_stages(struct bench *bench, const char *name, const struct content *content,
		       size_t block_size, struct failure *failure)
{
	struct stage_times times;

	if (!stages_measure(&times, content->bytes, content->size, block_size,
			    bench->options->seconds, name, failure))
		return false;
	report_stages(&bench->report, name, content->size, block_size, &times);
	return true;
}

static void run_file(struct bench *bench, const char *path)
{
	const struct bench_options *options = bench->options;
	struct content content;
	struct failure failure;
	bool done = load(path, &content, &failure);

	for (size_t i = 0; done && i < options->block_size_count; i++)
		done = (options->stages ? run_stages : run_block_size)(
		    bench, path, &content, options->block_sizes[i], &failure);
	if (!done)
		console_failure(bench->console, &failure);
	free(content.bytes);
}

/* Of codecs that nobody asked for by name, those left out are named once. */
static void name_left_out(struct console *console)
{
	for (size_t i = 0; i < codec_count; i++) {
		if (codecs[i]->unavailable != NULL)
			console_note(console, "zipnn: without codec %s: %s", codecs[i]->name,
				     codecs[i]->unavailable);
	}
}

/* Before anything is measured: a user who names a library wants to know that it is not used. */
static bool load_blosc2(struct bench *bench)
{
	const char *path = bench->options->blosc2;
	char why[BLOSC2_WHY_SIZE];

	if (path == NULL)
		return true;
	bench->blosc2 = blosc2_open(path, why);
	if (bench->blosc2 == NULL)
		console_error(bench->console, NULL, "--blosc2: %s; name another, or leave it out",
			      why);
	return bench->blosc2 != NULL;
}

void bench_run(struct console *console, int argc, char **argv)
{
	struct bench_options options;
	struct bench bench = {.options = &options, .console = console};

	if (!bench_options_parse(&options, console, argc, argv))
		return;
	if (options.help) {
		bench_print_help();
		return;
	}
	if (!load_blosc2(&bench))
		return;
	if (options.all_codecs && !options.stages)
		name_left_out(console);
	bench.report.json = options.json;
	report_begin(&bench.report);
	for (size_t i = 0; i < options.file_count; i++)
		run_file(&bench, options.files[i]);
	report_end(&bench.report);
	blosc2_close(bench.blosc2);
}
