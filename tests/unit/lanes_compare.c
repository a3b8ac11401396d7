// SPDX-License-Identifier: BSD-3-Clause
/* A pair of kernels against the scalar ones: see lanes_compare.h. */
#include "lanes_compare.h"

#include <stdio.h>

#include "entropy/lanes/segment.h"
#include "guard.h"

#define DENSE 1300u      /* all numbers of values up to here: ten blocks */
#define MANY_BLOCKS 100u /* all numbers of blocks up to here: three batches of a decoder */
#define DAMAGES 10u      /* of each segment */
#define STARVED 4000u    /* decoders that are given what comes */
#define ESCAPE ZIPNN_LANES_ESCAPE
#define MAX_CODED                                                                                  \
	((size_t)3 * ZIPNN_SEGMENT_MAX) /* words, literals, raw bits: more than any is             \
					 */

/* Codes are narrow or have 0, 1, 2 raw bits; which values are likely: */
enum taste {
	EVEN,  /* all the same, so that narrow codes have mostly escapes */
	SHORT, /* those of short codes, as in real planes: many still blocks, few words */
	LONG,  /* those of long codes: few still blocks, many words */
	TASTES,
};

struct trial {
	unsigned number; /* seeds everything */
	unsigned raw_bits;
	int narrow;
	size_t n;
	enum taste taste;
	struct zipnn_lanes_code code;
	const uint8_t *values;
	size_t coded_size;
};

struct arena {
	zipnn_lanes_encode_kernel *encode;
	zipnn_lanes_decode_kernel *decode;
	struct guard_pages values, coded, raw_bits, dst;
	uint8_t *expected_coded;
	uint8_t *expected_values;
	struct zipnn_lanes_encoder *encoder;
	struct zipnn_lanes_decoder *decoder;
	uint64_t random;
	char *message;
	size_t message_size;
};

static unsigned draw(struct arena *arena, unsigned below)
{
	arena->random = arena->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((arena->random >> 32) * below >> 32);
}

static int complain(const struct arena *arena, const struct trial *trial, const char *what)
{
	(void)snprintf(arena->message, arena->message_size,
		       "%s: trial %u, %zu values, raw bits %u%s, taste %u", what, trial->number,
		       trial->n, trial->raw_bits, trial->narrow ? ", narrow" : "", trial->taste);
	return -1;
}

/*
 * Split classes of lengths from..below-1, numbers[n] of each length n, into two that are one longer
 * each, until there are so many or luck is out. Returns how many there are.
 */
static unsigned split_classes(struct arena *arena, unsigned *numbers, unsigned classes,
			      unsigned wanted, unsigned from, unsigned below)
{
	for (unsigned tries = 0; classes < wanted && tries < 5000; tries++) {
		const unsigned n = from + draw(arena, below - from);

		if (numbers[n] == 0)
			continue;
		numbers[n]--;
		numbers[n + 1] += 2;
		classes++;
	}
	return classes;
}

/* A random complete code: split one class of all the space, then deal the lengths to values. */
static void draw_code(struct arena *arena, struct trial *trial)
{
	struct zipnn_lanes_code *code = &trial->code;
	unsigned numbers[ZIPNN_LANES_MAX_LENGTH + 1] = {1};
	unsigned symbols;
	unsigned escape = 1;

	*code = (struct zipnn_lanes_code){.raw_bits = trial->raw_bits, .narrow = trial->narrow};
	if (trial->narrow) {
		symbols =
		    split_classes(arena, numbers, 1, 2 + draw(arena, 13), 0, ZIPNN_NARROW_PREFIX);
		if (numbers[ZIPNN_NARROW_PREFIX] > 0 && draw(arena, 4) > 0) {
			numbers[ZIPNN_NARROW_PREFIX]--;
			numbers[ZIPNN_NARROW_PREFIX + 1] = 2;
			symbols++;
			symbols = split_classes(arena, numbers, symbols,
						symbols + draw(arena, 17 - symbols),
						ZIPNN_NARROW_PREFIX + 1, ZIPNN_NARROW_MAX_LENGTH);
		}
	} else {
		const unsigned most = 256u >> trial->raw_bits;

		symbols = split_classes(arena, numbers, 1,
					2 + draw(arena, draw(arena, 2) ? 14 : most - 1), 0,
					ZIPNN_LANES_MAX_LENGTH)
			  << trial->raw_bits;
		/* The last class may be short. */
		symbols -= draw(arena, 1u << trial->raw_bits);
		escape = draw(arena, 2);
	}
	/* Kept values: as many of a span that may go past 255 and on at 0. */
	const unsigned kept = symbols - escape;
	const unsigned first = draw(arena, 256);
	const unsigned span = kept + draw(arena, 257 - kept);

	for (unsigned left = kept; left > 0;) {
		const unsigned v = (first + draw(arena, span)) & 255;

		left -= code->lengths[v] == 0;
		code->lengths[v] = 1; /* a place; its length comes below */
	}
	code->lengths[ESCAPE] = (uint8_t)escape;
	/* Lengths by rising rank; which symbol gets which is drawn by rotating. */
	uint8_t by_rank[ZIPNN_LANES_MAX_RANKS];
	unsigned ranks = 0;

	for (unsigned n = 1; n <= ZIPNN_LANES_MAX_LENGTH; n++) {
		for (unsigned i = 0; i < numbers[n] << trial->raw_bits; i++)
			by_rank[ranks++] = (uint8_t)n;
	}
	unsigned at = draw(arena, symbols);

	for (unsigned s = 0; s < ZIPNN_LANES_SYMBOLS; s++) {
		if (code->lengths[s] > 0)
			code->lengths[s] = by_rank[at++ % symbols];
	}
}

/* The length of a value's code; 0 if the code cannot express it. */
static unsigned length_of(const struct zipnn_lanes_code *code, unsigned value)
{
	return code->lengths[code->lengths[value] > 0 ? value : ESCAPE];
}

/* Values that the code can express. */
static void draw_values(struct arena *arena, struct trial *trial)
{
	uint8_t *values = arena->values.end - trial->n;
	const unsigned others = trial->taste == EVEN ? 0 : 1 + draw(arena, 8);

	for (size_t i = 0; i < trial->n;) {
		unsigned v = draw(arena, 256);

		for (unsigned k = 0; k < others; k++) {
			const unsigned other = draw(arena, 256);
			const unsigned length = length_of(&trial->code, other);

			if (length > 0 &&
			    (trial->taste == SHORT) == (length < length_of(&trial->code, v)))
				v = other;
		}
		values[i] = (uint8_t)v;
		i += length_of(&trial->code, v) > 0;
	}
	trial->values = values;
}

/* Whether all bytes there are still GUARD_BYTE. */
static int untouched(const void *begin, const void *end)
{
	const uint8_t *bytes = begin;
	const size_t size = (size_t)((const uint8_t *)end - bytes);

	return size == 0 || (bytes[0] == GUARD_BYTE && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static size_t encode_with(struct arena *arena, const struct trial *trial,
			  zipnn_lanes_encode_kernel *kernel, uint8_t *coded)
{
	memset(arena->encoder, GUARD_BYTE, sizeof(*arena->encoder));
	arena->encoder->kernel = kernel;
	return zipnn_segment_put_coded(arena->encoder, coded, MAX_CODED, &trial->code,
				       trial->values, trial->n);
}

static int compare_encode(struct arena *arena, struct trial *trial)
{
	const size_t rows = trial->n / ZIPNN_LANES_BLOCK * 2;
	const struct zipnn_lanes_encoder *encoder = arena->encoder;
	uint8_t *coded = arena->coded.begin;

	trial->coded_size =
	    encode_with(arena, trial, zipnn_lanes_encode_scalar, arena->expected_coded);
	if (encode_with(arena, trial, arena->encode, coded) != trial->coded_size ||
	    memcmp(coded, arena->expected_coded, trial->coded_size) != 0)
		return complain(arena, trial, "encode gives other bytes");
	if (!untouched(encoder->escapes + rows, encoder->raw_bits) ||
	    !untouched(encoder->raw_bits + rows * trial->raw_bits, encoder->words))
		return complain(arena, trial, "encode writes past its rows");
	for (unsigned j = 0; trial->coded_size > 0 && j < ZIPNN_LANE_GROUPS; j++) {
		/* FORMAT.md section 4: the numbers of words. */
		const size_t words = coded[8 + 2 * j] + 256u * coded[9 + 2 * j];
		const uint8_t *end = encoder->words[j] + sizeof(encoder->words[j]);

		if (!untouched(encoder->words[j], end - 2 * words - ZIPNN_WORDS_SLACK))
			return complain(arena, trial, "encode writes too far below its words");
	}
	return 0;
}

/* Decode what is at the end of arena->coded into the end of arena->dst. */
static int64_t decode_with(struct arena *arena, const struct trial *trial,
			   zipnn_lanes_decode_kernel *kernel, size_t *n)
{
	uint8_t *dst = arena->dst.end - trial->n;

	memset(dst - GUARD_BORDER, GUARD_BYTE, trial->n + GUARD_BORDER);
	arena->decoder->kernel = kernel;
	return zipnn_segment_get(arena->decoder, dst, trial->n, n,
				 arena->coded.end - trial->coded_size, trial->coded_size);
}

static int border_intact(const struct arena *arena, const struct trial *trial)
{
	const uint8_t *dst = arena->dst.end - trial->n;

	return untouched(dst - GUARD_BORDER, dst);
}

static int compare_decode(struct arena *arena, struct trial *trial)
{
	size_t n;

	memcpy(arena->coded.end - trial->coded_size, arena->expected_coded, trial->coded_size);
	if (decode_with(arena, trial, arena->decode, &n) != (int64_t)trial->coded_size ||
	    n != trial->n || memcmp(arena->dst.end - n, trial->values, n) != 0)
		return complain(arena, trial, "decode gives other values");
	if (!border_intact(arena, trial))
		return complain(arena, trial, "decode writes before the values");
	return 0;
}

/* Replace a byte of the coded segment and decode it with both. */
static int compare_damaged(struct arena *arena, struct trial *trial)
{
	uint8_t *coded = arena->coded.end - trial->coded_size;
	/* One in four before the words, where it is mostly the fields that are wrong. */
	const size_t at =
	    draw(arena,
		 (unsigned)(draw(arena, 4) > 0 || trial->coded_size < 64 ? trial->coded_size : 64));
	const uint8_t before = coded[at];
	uint8_t *dst = arena->dst.end - trial->n;
	size_t expected_n;
	size_t n;

	coded[at] = (uint8_t)(before ^ (1 + draw(arena, 255)));
	const int64_t expected = decode_with(arena, trial, zipnn_lanes_decode_scalar, &expected_n);

	memcpy(arena->expected_values, dst, trial->n);
	const int64_t result = decode_with(arena, trial, arena->decode, &n);

	coded[at] = before;
	if (result != expected)
		return complain(arena, trial, "decode says otherwise of a damaged segment");
	if (result >= 0 && (n != expected_n || memcmp(dst, arena->expected_values, n) != 0))
		return complain(arena, trial, "decode gives other values for a damaged segment");
	if (!border_intact(arena, trial))
		return complain(arena, trial, "decode of a damaged segment writes beside");
	return 0;
}

/* Bytes that decode to: */
enum food {
	LONGEST, /* codes */
	SHORTEST,
	ANY,
	FOODS,
};

static void fill(struct arena *arena, uint8_t *begin, const uint8_t *end, enum food food)
{
	for (uint8_t *p = begin; p < end; p++)
		*p = food == LONGEST ? 0 : food == SHORTEST ? 0xff : (uint8_t)draw(arena, 256);
}

static enum food draw_food(struct arena *arena)
{
	return (enum food)draw(arena, FOODS);
}

/*
 * A kernel's input without a segment around it, so that memory ends where the kernel's contract
 * says: too few words for one group, for both or for none; too few literals, or enough. In two
 * cases of three one group alone runs out of words, and on past all that may be read.
 */
static struct zipnn_lanes_input starved_input(struct arena *arena, unsigned blocks)
{
	uint8_t *state = arena->coded.end - ZIPNN_SEGMENT_STATE_SIZE;
	uint8_t *words = state;
	const unsigned literals = draw(arena, draw(arena, 2) ? 64 : 128 * blocks);
	uint8_t *literals_end = arena->values.end - ZIPNN_LITERALS_SLACK;
	const unsigned greedy = draw(arena, ZIPNN_LANE_GROUPS + 1);
	const int any = greedy == ZIPNN_LANE_GROUPS;
	struct zipnn_lanes_input input = {.literals = literals_end - literals,
					  .literals_end = literals_end,
					  .raw_bits = arena->raw_bits.end};

	fill(arena, state, arena->coded.end, any ? draw_food(arena) : LONGEST);
	fill(arena, literals_end - literals, literals_end, ANY);
	for (unsigned j = ZIPNN_LANE_GROUPS; j-- > 0;) {
		const unsigned most = !any ? 20 : draw(arena, 2) ? 100 : 32 * blocks;
		uint32_t *windows = input.state.window + (size_t)j * ZIPNN_GROUP_LANES;

		input.words_end[j] = words;
		words -= (size_t)2 * draw(arena, most);
		input.words[j] = words;
		fill(arena, words, input.words_end[j], any ? draw_food(arena) : SHORTEST);
		fill(arena, (uint8_t *)windows, (uint8_t *)(windows + ZIPNN_GROUP_LANES),
		     any           ? draw_food(arena)
		     : j == greedy ? LONGEST
				   : SHORTEST);
	}
	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		/* Full windows, so that the other group takes no word for a while. */
		input.state.missing[i] = (uint8_t)(any ? draw(arena, 16) : 0);
		input.state.window[i] &= UINT32_MAX >> input.state.missing[i];
	}
	return input;
}

static int compare_starved(struct arena *arena, unsigned number)
{
	struct trial trial = {.number = number, .raw_bits = number % 3, .narrow = number % 4 == 3};
	struct zipnn_lanes_ranks ranks;
	struct zipnn_lanes_decode_table table;

	arena->random = number;
	const unsigned blocks = 1 + draw(arena, MANY_BLOCKS);
	const size_t still_blocks = ZIPNN_LANES_MIN_STILL + draw(arena, 15);

	if (trial.narrow)
		trial.raw_bits = 0;
	trial.n = (size_t)blocks * ZIPNN_LANES_BLOCK;
	draw_code(arena, &trial);
	if (zipnn_lanes_rank(&ranks, &trial.code) < 0)
		return complain(arena, &trial, "no code");
	zipnn_lanes_fill_decode_table(&table, &ranks, &trial.code);
	struct zipnn_lanes_input expected = starved_input(arena, blocks);

	expected.raw_bits -= (size_t)16 * trial.raw_bits * blocks;
	fill(arena, arena->raw_bits.end - (size_t)16 * trial.raw_bits * blocks, arena->raw_bits.end,
	     ANY);
	struct zipnn_lanes_input input = expected;
	uint8_t *dst = arena->dst.end - trial.n;
	const int64_t expected_result = zipnn_lanes_decode_scalar(
	    &expected, &table, arena->expected_values, blocks, still_blocks);

	memset(dst - GUARD_BORDER, GUARD_BYTE, trial.n + GUARD_BORDER);
	const int64_t result = arena->decode(&input, &table, dst, blocks, still_blocks);
	const int used_up = input.words[0] == input.words_end[0] &&
			    input.words[1] == input.words_end[1] &&
			    input.literals == input.literals_end;

	if (!border_intact(arena, &trial))
		return complain(arena, &trial, "decode, starved, writes beside");
	if (expected_result < 0)
		return result < 0 || !used_up
			   ? 0
			   : complain(arena, &trial, "decode does not notice that it is starved");
	if (result < 0 || input.words[0] != expected.words[0] ||
	    input.words[1] != expected.words[1] || input.literals != expected.literals)
		return complain(arena, &trial, "decode takes more or less");
	if (memcmp(dst, arena->expected_values, trial.n) != 0)
		return complain(arena, &trial, "decode gives other values for any bytes");
	return 0;
}

/* Segments of n values, one under each kind of code. */
static int compare(struct arena *arena, unsigned *number, size_t n)
{
	for (unsigned kind = 0; kind < 4; kind++) {
		struct trial trial = {.number = ++*number,
				      .raw_bits = kind % 3,
				      .narrow = kind == 3,
				      .n = n,
				      .taste = *number / 4 % TASTES};

		arena->random = trial.number;
		draw_code(arena, &trial);
		draw_values(arena, &trial);
		if (compare_encode(arena, &trial) != 0)
			return -1;
		if (trial.coded_size == 0)
			continue; /* all of the longest are escapes, more than can be counted */
		if (compare_decode(arena, &trial) != 0)
			return -1;
		for (unsigned i = 0; i < DAMAGES; i++) {
			if (compare_damaged(arena, &trial) != 0)
				return -1;
		}
	}
	return 0;
}

static int compare_all(struct arena *arena)
{
	static const size_t longest[] = {20000, 65408, 65535, 65536};
	unsigned number = 0;
	int result = 0;

	for (size_t n = 1; result == 0 && n <= DENSE; n++)
		result = compare(arena, &number, n);
	for (size_t blocks = 1; result == 0 && blocks <= MANY_BLOCKS; blocks++)
		result = compare(arena, &number, blocks * ZIPNN_LANES_BLOCK + number % 2);
	for (unsigned i = 0; result == 0 && i < STARVED; i++)
		result = compare_starved(arena, i);
	for (unsigned i = 0; result == 0 && i < sizeof(longest) / sizeof(longest[0]) * TASTES; i++)
		result = compare(arena, &number, longest[i / TASTES]);
	return result;
}

int lanes_compare(zipnn_lanes_encode_kernel *encode, zipnn_lanes_decode_kernel *decode,
		  char *message, size_t size)
{
	struct arena arena = {.encode = encode,
			      .decode = decode,
			      .values = guard_pages_new(ZIPNN_SEGMENT_MAX + ZIPNN_LITERALS_SLACK),
			      .coded = guard_pages_new(MAX_CODED),
			      .raw_bits = guard_pages_new(MAX_CODED),
			      .dst = guard_pages_new(GUARD_BORDER + ZIPNN_SEGMENT_MAX),
			      .expected_coded = malloc(MAX_CODED),
			      .expected_values = malloc(ZIPNN_SEGMENT_MAX),
			      .encoder = malloc(sizeof(*arena.encoder)),
			      .decoder = malloc(sizeof(*arena.decoder)),
			      .message = message,
			      .message_size = size};

	if (!arena.expected_coded || !arena.expected_values || !arena.encoder || !arena.decoder)
		abort();
	const int result = compare_all(&arena);

	free(arena.decoder);
	free(arena.encoder);
	free(arena.expected_values);
	free(arena.expected_coded);
	guard_pages_free(&arena.dst);
	guard_pages_free(&arena.raw_bits);
	guard_pages_free(&arena.coded);
	guard_pages_free(&arena.values);
	return result;
}
