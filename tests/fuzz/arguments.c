// SPDX-License-Identifier: BSD-3-Clause
/*
 * Command lines, of zipnn and of zipnn bench: they are refused with one message, or what they ask
 * for is possible and loses nothing. They are only read: nothing is opened, run or removed.
 *
 * Input: arguments, each ended by a newline (or a zero byte). If the first is `bench`, the others
 * are that command's.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/bench/options.h"
#include "cli/options.h"
#include "core/layout.h"
#include "frame/chunk.h"
#include "fuzz.h"
#include "pool/pool.h"

#define MAX_ARGUMENTS 64u

struct arguments {
	int count;
	char *own[MAX_ARGUMENTS + 1];    /* to free, whatever the parser does to values */
	char *values[MAX_ARGUMENTS + 1]; /* ends with NULL, as main's do */
};

/* Each in memory of just its size. */
static struct arguments split(const char *name, const uint8_t *data, size_t size)
{
	struct arguments arguments = {.count = 1};
	size_t at = 0;

	arguments.own[0] = (char *)fuzz_copy(name, strlen(name) + 1);
	while (at < size && arguments.count < (int)MAX_ARGUMENTS) {
		size_t n = 0;

		while (at + n < size && data[at + n] != '\n' && data[at + n] != '\0')
			n++;
		char *value = fuzz_malloc(n + 1);

		memcpy(value, data + at, n);
		value[n] = '\0';
		arguments.own[arguments.count++] = value;
		at += n + 1;
	}
	memcpy(arguments.values, arguments.own, sizeof(arguments.values));
	return arguments;
}

static void release(struct arguments *arguments)
{
	for (int i = 0; i < arguments->count; i++)
		free(arguments->own[i]);
}

static int is_argument(const struct arguments *arguments, const char *value)
{
	for (int i = 1; i < arguments->count; i++) {
		if (arguments->own[i] == value)
			return 1;
	}
	return 0;
}

/* A message for what is refused, and no other one. */
static void check_messages(const struct console *console, bool accepted)
{
	FUZZ_CHECK(console->errors == (accepted ? 0u : 1u) && console->warnings == 0);
}

/* What --rm, output and range must not do together: main.c relies on it. */
static void check_nothing_is_lost(const struct options *options)
{
	const bool coding = options->mode == MODE_COMPRESS || options->mode == MODE_DECOMPRESS;
	const bool to_stdout = options->output != NULL && strcmp(options->output, "-") == 0;
	const bool many = options->file_count > 1 || options->recursive;

	FUZZ_CHECK(options->output == NULL || coding);
	FUZZ_CHECK(!options->remove || (coding && !options->has_range && !to_stdout));
	for (size_t i = 0; options->remove && i < options->file_count; i++)
		FUZZ_CHECK(strcmp(options->files[i], "-") != 0);
	if (options->output != NULL && many)
		FUZZ_CHECK(to_stdout && options->mode == MODE_DECOMPRESS);
	if (options->has_range) {
		FUZZ_CHECK(options->mode == MODE_DECOMPRESS && options->output != NULL);
		FUZZ_CHECK(options->range_offset <= UINT64_MAX - options->range_length);
	}
}

static void check_options(const struct options *options, const struct arguments *arguments)
{
	const unsigned element = zipnn_element_size((enum zipnn_layout_id)options->dtype);

	FUZZ_CHECK(options->threads >= 1 && options->threads <= POOL_MAX_THREADS);
	FUZZ_CHECK(options->block_size >= 4096 && options->block_size <= ZIPNN_CHUNK_MAX_SIZE);
	FUZZ_CHECK((unsigned)options->dtype <= ZIPNN_DTYPE_FP64);
	FUZZ_CHECK(element < 2 || options->block_size % element == 0);
	FUZZ_CHECK(!options->json || options->mode == MODE_LIST);
	FUZZ_CHECK(options->file_count >= 1);
	if (options->file_count > 1 || strcmp(options->files[0], "-") != 0) {
		for (size_t i = 0; i < options->file_count; i++)
			FUZZ_CHECK(is_argument(arguments, options->files[i]));
	}
	check_nothing_is_lost(options);
}

static void parse(const uint8_t *data, size_t size)
{
	struct arguments arguments = split("zipnn", data, size);
	struct console console = {0};
	struct options options;
	const bool accepted = options_parse(&options, &console, arguments.count, arguments.values);

	check_messages(&console, accepted);
	if (accepted && !options.help && !options.version)
		check_options(&options, &arguments);
	release(&arguments);
}

static void check_bench_options(const struct bench_options *options)
{
	FUZZ_CHECK(options->file_count >= 1);
	/* Not-a-number fails both comparisons. */
	FUZZ_CHECK(options->seconds > 0 && options->seconds <= 3600);
	FUZZ_CHECK(options->block_size_count >= 1 &&
		   options->block_size_count <= BENCH_MAX_BLOCK_SIZES);
	for (size_t i = 0; i < options->block_size_count; i++)
		FUZZ_CHECK(options->block_sizes[i] >= 4096 &&
			   options->block_sizes[i] <= ZIPNN_CHUNK_MAX_SIZE);
	FUZZ_CHECK(options->codec_count >= 1 && options->codec_count <= BENCH_MAX_CODECS);
	for (size_t i = 0; i < options->codec_count; i++)
		FUZZ_CHECK(options->codecs[i]->unavailable == NULL &&
			   (!options->codecs[i]->needs_blosc2 || options->blosc2 != NULL));
}

static void parse_bench(const uint8_t *data, size_t size)
{
	struct arguments arguments = split("bench", data, size);
	struct console console = {0};
	struct bench_options options;
	const bool accepted =
	    bench_options_parse(&options, &console, arguments.count - 1, arguments.values + 1);

	check_messages(&console, accepted);
	if (accepted && !options.help)
		check_bench_options(&options);
	release(&arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char bench[] = "bench\n";
	const size_t n = sizeof(bench) - 1;
	static int is_silent;

	if (!is_silent)
		fuzz_silence();
	is_silent = 1;
	if (size >= n && memcmp(data, bench, n) == 0)
		parse_bench(data + n, size - n);
	else
		parse(data, size);
	return 0;
}
