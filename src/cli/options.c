// SPDX-License-Identifier: BSD-3-Clause
/*
 * Parsing of the command line, in zstd's habits: short flags may be combined, -T# takes its number
 * attached, the last of several modes counts. Options that would do nothing, or harm, where they
 * stand are refused here, before any file is touched.
 */
#include "cli/options.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/size.h"
#include "core/layout.h"
#include "frame/chunk.h"
#include "pool/pool.h"

#define MIN_BLOCK_SIZE ((size_t)4 << 10)
#define MAX_BLOCK_SIZE ((size_t)8 << 20)

struct parser {
	struct options *options;
	struct console *console;
	bool to_stdout;
	const char *named_output;
};

#define usage_error(parser, ...) (console_error((parser)->console, NULL, __VA_ARGS__), false)

static unsigned available_cores(void)
{
	cpu_set_t set;
	long cores = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set)
								  : sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < 1)
		return 1;
	return cores < POOL_MAX_THREADS ? (unsigned)cores : POOL_MAX_THREADS;
}

static bool parse_threads(struct parser *parser, const char *text, size_t length)
{
	uint64_t threads;

	if (!size_parse(text, length, &threads) || threads > POOL_MAX_THREADS)
		return usage_error(parser,
				   "'%.*s' is no number of threads; give 1 to %d, or 0 for all "
				   "cores: -T4",
				   (int)length, text, POOL_MAX_THREADS);
	parser->options->threads = threads == 0 ? available_cores() : (unsigned)threads;
	return true;
}

static bool parse_block_size(struct parser *parser, const char *text)
{
	uint64_t size;

	if (!size_parse(text, strlen(text), &size) || size < MIN_BLOCK_SIZE ||
	    size > MAX_BLOCK_SIZE)
		return usage_error(parser,
				   "'%s' is no block size; give %zuK to %zuM: --block-size=512K",
				   text, MIN_BLOCK_SIZE >> 10, MAX_BLOCK_SIZE >> 20);
	parser->options->block_size = (size_t)size;
	return true;
}

static bool parse_dtype(struct parser *parser, const char *text)
{
	if (strcmp(text, "auto") == 0) {
		parser->options->dtype = ZIPNN_DTYPE_AUTO;
		return true;
	}
	for (int id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++) {
		if (strcmp(text, zipnn_layout_name((enum zipnn_layout_id)id)) == 0) {
			parser->options->dtype = (enum zipnn_dtype)id;
			return true;
		}
	}
	return usage_error(parser,
			   "'%s' is no dtype; give auto, bf16, fp16, fp32, fp64, fp8 or bytes: "
			   "--dtype=bf16",
			   text);
}

static bool parse_range(struct parser *parser, const char *text)
{
	struct options *options = parser->options;
	const char *colon = strchr(text, ':');

	if (colon == NULL || !size_parse(text, (size_t)(colon - text), &options->range_offset) ||
	    !size_parse(colon + 1, strlen(colon + 1), &options->range_length) ||
	    options->range_offset > UINT64_MAX - options->range_length)
		return usage_error(parser,
				   "'%s' is no range; give OFFSET:LENGTH in raw bytes: "
				   "--range=1M:4K",
				   text);
	options->has_range = true;
	return true;
}

enum long_id {
	LONG_SHORT, /* the same as a short flag */
	LONG_BLOCK_SIZE,
	LONG_CHECK,
	LONG_DTYPE,
	LONG_JSON,
	LONG_BEST,
	LONG_NO_CHECK,
	LONG_NO_PROGRESS,
	LONG_RANGE,
	LONG_REMOVE,
	LONG_THREADS,
};

struct long_option {
	const char *name;
	enum long_id id;
	char flag; /* for LONG_SHORT */
	bool has_value;
};

static const struct long_option long_options[] = {
    {"best", LONG_BEST, 0, false},
    {"block-size", LONG_BLOCK_SIZE, 0, true},
    {"check", LONG_CHECK, 0, false},
    {"compress", LONG_SHORT, 'z', false},
    {"decompress", LONG_SHORT, 'd', false},
    {"dtype", LONG_DTYPE, 0, true},
    {"force", LONG_SHORT, 'f', false},
    {"help", LONG_SHORT, 'h', false},
    {"json", LONG_JSON, 0, false},
    {"keep", LONG_SHORT, 'k', false},
    {"list", LONG_SHORT, 'l', false},
    {"no-check", LONG_NO_CHECK, 0, false},
    {"no-progress", LONG_NO_PROGRESS, 0, false},
    {"quiet", LONG_SHORT, 'q', false},
    {"range", LONG_RANGE, 0, true},
    {"recursive", LONG_SHORT, 'r', false},
    {"rm", LONG_REMOVE, 0, false},
    {"stdout", LONG_SHORT, 'c', false},
    {"test", LONG_SHORT, 't', false},
    {"threads", LONG_THREADS, 0, true},
    {"verbose", LONG_SHORT, 'v', false},
    {"version", LONG_SHORT, 'V', false},
};

/* The flags without a value; those with one are parse_short's. */
static bool apply_flag(struct parser *parser, char flag)
{
	struct options *options = parser->options;

	switch (flag) {
	case 'z':
		options->mode = MODE_COMPRESS;
		break;
	case 'd':
		options->mode = MODE_DECOMPRESS;
		break;
	case 't':
		options->mode = MODE_TEST;
		break;
	case 'l':
		options->mode = MODE_LIST;
		break;
	case 'c':
		parser->to_stdout = true;
		break;
	case 'k':
		options->remove = false;
		break;
	case 'f':
		options->force = true;
		break;
	case 'r':
		options->recursive = true;
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	case 'V':
		options->version = true;
		break;
	case 'h':
		options->help = true;
		break;
	default:
		return usage_error(parser, "unknown option -%c; see zipnn --help", flag);
	}
	return true;
}

/* One argument of short flags. next: the argument after it, or NULL; *used_next tells its use. */
static bool parse_short(struct parser *parser, const char *flags, const char *next, bool *used_next)
{
	for (; *flags != '\0'; flags++) {
		if (*flags == 'T') {
			size_t digits = strspn(flags + 1, "0123456789");

			if (!parse_threads(parser, flags + 1, digits))
				return false;
			flags += digits;
		} else if (*flags == 'o') {
			*used_next = flags[1] == '\0';
			parser->named_output = *used_next ? next : flags + 1;
			if (parser->named_output == NULL || *parser->named_output == '\0')
				return usage_error(parser, "-o needs the name of a file: -o FILE");
			return true;
		} else if (!apply_flag(parser, *flags)) {
			return false;
		}
	}
	return true;
}

static bool apply_long(struct parser *parser, const struct long_option *option, const char *value)
{
	struct options *options = parser->options;

	switch (option->id) {
	case LONG_SHORT:
		return apply_flag(parser, option->flag);
	case LONG_BEST:
		options->best = true;
		return true;
	case LONG_BLOCK_SIZE:
		return parse_block_size(parser, value);
	case LONG_CHECK:
		options->check = true;
		return true;
	case LONG_DTYPE:
		return parse_dtype(parser, value);
	case LONG_JSON:
		options->json = true;
		return true;
	case LONG_NO_CHECK:
		options->check = false;
		return true;
	case LONG_NO_PROGRESS:
		options->progress = false;
		return true;
	case LONG_RANGE:
		return parse_range(parser, value);
	case LONG_REMOVE:
		options->remove = true;
		return true;
	case LONG_THREADS:
		return parse_threads(parser, value, strlen(value));
	}
	return false;
}

/* `--name`, `--name=value` or `--name value`. */
static bool parse_long(struct parser *parser, const char *text, const char *next, bool *used_next)
{
	size_t length = strcspn(text, "=");
	const char *value = text[length] == '=' ? text + length + 1 : NULL;

	for (size_t i = 0; i < sizeof(long_options) / sizeof(long_options[0]); i++) {
		const struct long_option *option = &long_options[i];

		if (strlen(option->name) != length || strncmp(option->name, text, length) != 0)
			continue;
		if (!option->has_value && value != NULL)
			return usage_error(parser, "--%s takes no value; see zipnn --help",
					   option->name);
		if (option->has_value && value == NULL) {
			if (next == NULL)
				return usage_error(parser, "--%s needs a value; see zipnn --help",
						   option->name);
			*used_next = true;
			value = next;
		}
		return apply_long(parser, option, value != NULL ? value : "");
	}
	return usage_error(parser, "unknown option --%s; see zipnn --help", text);
}

/* Is the output the one place where the data will be? Then its source must not go. */
static bool check_remove(struct parser *parser)
{
	const struct options *options = parser->options;

	if (!options->remove)
		return true;
	if (options->mode != MODE_COMPRESS && options->mode != MODE_DECOMPRESS)
		return usage_error(parser, "--rm removes what was coded: it needs -z or -d");
	if (options->has_range)
		return usage_error(parser, "--rm with --range would lose the rest of the file; "
					   "leave one out");
	if (options->output != NULL && strcmp(options->output, "-") == 0)
		return usage_error(parser, "--rm with output to stdout could lose the data; name "
					   "a file with -o, or remove the source yourself");
	for (size_t i = 0; i < options->file_count; i++) {
		if (strcmp(options->files[i], "-") == 0)
			return usage_error(parser, "--rm cannot remove stdin; leave one out");
	}
	return true;
}

/* Each - is a stream of its own, and all of them would go to stdout. */
static bool is_stdin_twice(const struct options *options)
{
	unsigned count = 0;

	for (size_t i = 0; i < options->file_count; i++)
		count += strcmp(options->files[i], "-") == 0;
	return count > 1;
}

static bool check_output(struct parser *parser)
{
	struct options *options = parser->options;
	bool many = options->file_count > 1 || options->recursive;

	if (parser->to_stdout && parser->named_output != NULL)
		return usage_error(parser, "-c and -o name two outputs; leave one out");
	if (options->mode == MODE_COMPRESS && is_stdin_twice(options))
		return usage_error(parser, "stdin can be compressed once only; leave out the other "
					   "-");
	options->output = parser->to_stdout ? "-" : parser->named_output;
	if (options->output == NULL)
		return true;
	if (options->mode != MODE_COMPRESS && options->mode != MODE_DECOMPRESS)
		return usage_error(parser, "-o and -c name an output: they need -z or -d");
	if (many && options->mode == MODE_COMPRESS)
		return usage_error(parser, "several files cannot become one .znn file; leave out "
					   "-o and -c, or put them into a tar archive first");
	if (many && !parser->to_stdout)
		return usage_error(parser, "-o takes one FILE; leave it out, or use -c");
	return true;
}

/* What only makes sense together, or not together. */
static bool check_options(struct parser *parser)
{
	struct options *options = parser->options;
	unsigned element = zipnn_element_size((enum zipnn_layout_id)options->dtype);

	if (!check_output(parser) || !check_remove(parser))
		return false;
	if (options->has_range && options->mode != MODE_DECOMPRESS)
		return usage_error(parser, "--range needs -d");
	if (options->has_range && options->output == NULL)
		return usage_error(parser, "--range gives a part only, so name where it goes: "
					   "-o FILE or -c");
	if (options->json && options->mode != MODE_LIST)
		return usage_error(parser, "--json needs -l");
	if (element > 1 && options->block_size % element != 0)
		return usage_error(parser,
				   "--dtype=%s needs a --block-size that is a multiple of its %u "
				   "bytes",
				   zipnn_layout_name((enum zipnn_layout_id)options->dtype),
				   element);
	return true;
}

bool options_parse(struct options *options, struct console *console, int argc, char **argv)
{
	static char stdin_name[] = "-";
	static char *only_stdin[] = {stdin_name};
	struct parser parser = {.options = options, .console = console};
	bool operands_only = false;

	*options = (struct options){
	    .progress = true,
	    .check = true,
	    .threads = 1,
	    .block_size = ZIPNN_CHUNK_DEFAULT_SIZE,
	    .files = argv,
	};
	for (int i = 1; i < argc; i++) {
		char *argument = argv[i];
		char *next = i + 1 < argc ? argv[i + 1] : NULL;
		bool used_next = false;

		if (operands_only || argument[0] != '-' || argument[1] == '\0') {
			argv[options->file_count++] = argument;
		} else if (strcmp(argument, "--") == 0) {
			operands_only = true;
		} else if (argument[1] == '-') {
			if (!parse_long(&parser, argument + 2, next, &used_next))
				return false;
		} else if (!parse_short(&parser, argument + 1, next, &used_next)) {
			return false;
		}
		i += used_next;
	}
	if (options->file_count == 0) {
		if (options->recursive)
			return usage_error(&parser, "-r needs a folder; name one");
		options->files = only_stdin;
		options->file_count = 1;
	}
	return options->help || options->version || check_options(&parser);
}
