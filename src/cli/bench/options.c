// SPDX-License-Identifier: BSD-3-Clause
/* Parsing of zipnn bench's command line, and its help: see options.h. */
#include "cli/bench/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench/stages.h"
#include "cli/size.h"

#define MIN_BLOCK_SIZE ((size_t)4 << 10)
#define DEFAULT_SECONDS 3.0
#define MAX_SECONDS 3600.0

static const char *const help_lines[] = {
    "zipnn bench: how small and how fast, against other codecs",
    "",
    "Usage: zipnn bench [OPTIONS] FILE...",
    "",
    "In memory, on one thread. Each FILE is cut into blocks; the codecs take turns, round by",
    "round in random order, each walking all the blocks; the medians of the rounds are shown.",
    "Every block that comes back is compared with what it was: a difference is an error.",
    "",
    "  --codec=NAME,...      only these codecs (default: all that this build has):",
    "                        memcpy, zstd-1, zstd-3, lz4, huff0-planes, zipnn; with --blosc2:",
    "                        blosc2-shuffle-zstd, blosc2-bitshuffle-zstd, blosc2-shuffle-lz4,",
    "                        blosc2-bitshuffle-lz4",
    "  --block-size=SIZE,... raw bytes of a block, 4K to 8M (default 64K,512K)",
    "  -i SECONDS            measure this long for each FILE and block size (default 3); at",
    "                        least 3 rounds are made, however long they take",
    "  --cold=SIZE           copy the blocks, each into memory of its own, until they fill",
    "                        SIZE: more than the caches hold, so that all codecs find them cold",
    "  --blosc2=LIBRARY      the libblosc2.so to measure too: a path, or a name that the dynamic",
    "                        linker finds; bench/speed of the source fetches one",
    "  --best                zipnn: smaller, slower",
    "  --stages              instead of the codecs: where zipnn's time goes, each stage by itself;",
    "                        blocks up to 256K (default 256K), each in the caches when it begins",
    "  --json                one JSON object instead of the table",
    "  -h, --help            this help",
    "",
    "Codecs: huff0-planes is the strongest rival made of known parts: zipnn's planes, those that",
    "shrink coded by libzstd's own Huffman coder, split and merged with AVX2; it is not charged",
    "for finding out layout and planes. It and zipnn include a CRC-32C, written and checked.",
    "blosc2 runs at its default level (5), one chunk a block, and is told the size of an element.",
    "1 MB/s is 10^6 raw bytes in a second of CPU time.",
    "SIZE takes K, M or G (1024, 1024^2, 1024^3).",
    "",
    "Examples:",
    "  zipnn bench model.safetensors",
    "  zipnn bench --json -i 10 --cold=128M --block-size=256K --codec=zstd-1,zipnn model.bin",
    "",
    "Exit: 0 done, 1 error. A file named bench is compressed by: zipnn ./bench",
};

void bench_print_help(void)
{
	for (size_t i = 0; i < sizeof(help_lines) / sizeof(help_lines[0]); i++)
		puts(help_lines[i]);
}

#define usage_error(console, ...) (console_error(console, NULL, __VA_ARGS__), false)

static bool add_block_size(struct bench_options *options, struct console *console, const char *text,
			   size_t length)
{
	uint64_t size;

	if (!size_parse(text, length, &size) || size < MIN_BLOCK_SIZE || size > PLAN_MAX_BLOCK)
		return usage_error(console,
				   "'%.*s' is no block size; give %zuK to %zuM: "
				   "--block-size=64K,512K",
				   (int)length, text, MIN_BLOCK_SIZE >> 10, PLAN_MAX_BLOCK >> 20);
	if (options->block_size_count == BENCH_MAX_BLOCK_SIZES)
		return usage_error(console, "more than %u block sizes; give fewer",
				   BENCH_MAX_BLOCK_SIZES);
	options->block_sizes[options->block_size_count++] = (size_t)size;
	return true;
}

static bool add_codec(struct bench_options *options, struct console *console, const char *text,
		      size_t length)
{
	const struct codec *codec = codec_find(text, length);

	if (codec == NULL)
		return usage_error(console, "'%.*s' is no codec; see zipnn bench --help",
				   (int)length, text);
	if (codec->unavailable != NULL)
		return usage_error(console, "codec %s: %s", codec->name, codec->unavailable);
	for (size_t i = 0; i < options->codec_count; i++) {
		if (options->codecs[i] == codec)
			return usage_error(console, "codec %s is named twice; leave one out",
					   codec->name);
	}
	options->codecs[options->codec_count++] = codec;
	return true;
}

/* Call add for each part of a list with commas. */
static bool parse_list(struct bench_options *options, struct console *console, const char *text,
		       bool (*add)(struct bench_options *options, struct console *console,
				   const char *text, size_t length))
{
	for (;;) {
		size_t length = strcspn(text, ",");

		if (!add(options, console, text, length))
			return false;
		if (text[length] == '\0')
			return true;
		text += length + 1;
	}
}

static bool parse_seconds(struct bench_options *options, struct console *console, const char *text)
{
	char *end;

	options->seconds = strtod(text, &end);
	/* Written so that not-a-number is refused too. */
	if (end == text || *end != '\0' ||
	    !(options->seconds > 0 && options->seconds <= MAX_SECONDS))
		return usage_error(console,
				   "'%s' is no measuring time; give seconds up to %.0f: -i 3", text,
				   MAX_SECONDS);
	return true;
}

static bool parse_cold(struct bench_options *options, struct console *console, const char *text)
{
	uint64_t size;

	/* Three buffers of this size have to be addressed. */
	if (!size_parse(text, strlen(text), &size) || size == 0 || size > SIZE_MAX / 8)
		return usage_error(console,
				   "'%s' is no size; give more than the caches hold: "
				   "--cold=128M",
				   text);
	options->cold_size = (size_t)size;
	return true;
}

enum option_id {
	OPTION_HELP,
	OPTION_JSON,
	OPTION_BEST,
	OPTION_STAGES,
	OPTION_SECONDS,
	OPTION_COLD,
	OPTION_BLOCKS,
	OPTION_BLOSC2,
	OPTION_CODECS
};

static const struct option {
	const char *name;
	enum option_id id;
	bool has_value;
} known_options[] = {
    {"-h", OPTION_HELP, false},         {"--help", OPTION_HELP, false},
    {"--json", OPTION_JSON, false},     {"--best", OPTION_BEST, false},
    {"--stages", OPTION_STAGES, false}, {"-i", OPTION_SECONDS, true},
    {"--cold", OPTION_COLD, true},      {"--block-size", OPTION_BLOCKS, true},
    {"--blosc2", OPTION_BLOSC2, true},  {"--codec", OPTION_CODECS, true},
};

static bool apply(struct bench_options *options, struct console *console, enum option_id id,
		  const char *value)
{
	switch (id) {
	case OPTION_HELP:
		options->help = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_BEST:
		options->best = true;
		return true;
	case OPTION_STAGES:
		options->stages = true;
		return true;
	case OPTION_SECONDS:
		return parse_seconds(options, console, value);
	case OPTION_COLD:
		return parse_cold(options, console, value);
	case OPTION_BLOCKS:
		return parse_list(options, console, value, add_block_size);
	case OPTION_BLOSC2:
		options->blosc2 = value;
		return true;
	case OPTION_CODECS:
		return parse_list(options, console, value, add_codec);
	}
	return false;
}

/* `--name`, `--name=value`, `--name value`, `-i value` or `-ivalue`. */
static bool parse_option(struct bench_options *options, struct console *console, const char *text,
			 const char *next, bool *used_next)
{
	size_t length = text[1] == '-' ? strcspn(text, "=") : 2;
	const char *value = text[length] == '\0' ? NULL : text + length + (text[1] == '-');

	for (size_t i = 0; i < sizeof(known_options) / sizeof(known_options[0]); i++) {
		const struct option *option = &known_options[i];

		if (strlen(option->name) != length || strncmp(option->name, text, length) != 0)
			continue;
		if (!option->has_value && value != NULL)
			return usage_error(console, "%s takes no value; see zipnn bench --help",
					   option->name);
		if (option->has_value && value == NULL) {
			if (next == NULL)
				return usage_error(console,
						   "%s needs a value; see zipnn bench --help",
						   option->name);
			*used_next = true;
			value = next;
		}
		return apply(options, console, option->id, value != NULL ? value : "");
	}
	return usage_error(console, "unknown option %s; see zipnn bench --help", text);
}

/* Stages are those of default settings, in the memory of the file. */
static bool check_stages(const struct bench_options *options, struct console *console)
{
	if (options->best || options->cold_size > 0 || options->codec_count > 0)
		return usage_error(console,
				   "--stages goes with neither --codec, --best nor --cold");
	for (size_t i = 0; i < options->block_size_count; i++) {
		if (options->block_sizes[i] > STAGES_MAX_BLOCK)
			return usage_error(
			    console, "--stages takes blocks of up to %zuK: what a chunk holds",
			    STAGES_MAX_BLOCK >> 10);
	}
	return true;
}

/* What was not said. false: nothing to measure was. */
static bool fill_in(struct bench_options *options, struct console *console)
{
	if (options->help)
		return true;
	if (options->file_count == 0)
		return usage_error(console, "bench needs a FILE; see zipnn bench --help");
	if (options->stages && !check_stages(options, console))
		return false;
	if (options->block_size_count == 0)
		parse_list(options, console, options->stages ? "256K" : "64K,512K", add_block_size);
	options->all_codecs = options->codec_count == 0;
	for (size_t i = 0; options->all_codecs && i < codec_count; i++) {
		if (codecs[i]->unavailable == NULL &&
		    (!codecs[i]->needs_blosc2 || options->blosc2 != NULL))
			options->codecs[options->codec_count++] = codecs[i];
	}
	for (size_t i = 0; i < options->codec_count; i++) {
		if (options->codecs[i]->needs_blosc2 && options->blosc2 == NULL)
			return usage_error(console,
					   "codec %s needs libblosc2; say where it is: "
					   "--blosc2=/usr/lib/libblosc2.so",
					   options->codecs[i]->name);
	}
	return true;
}

bool bench_options_parse(struct bench_options *options, struct console *console, int argc,
			 char **argv)
{
	bool operands_only = false;

	*options = (struct bench_options){.seconds = DEFAULT_SECONDS, .files = argv};
	for (int i = 0; i < argc; i++) {
		char *argument = argv[i];
		bool used_next = false;

		if (operands_only || argument[0] != '-' || argument[1] == '\0')
			argv[options->file_count++] = argument;
		else if (strcmp(argument, "--") == 0)
			operands_only = true;
		else if (!parse_option(options, console, argument,
				       i + 1 < argc ? argv[i + 1] : NULL, &used_next))
			return false;
		i += used_next;
	}
	return fill_in(options, console);
}
