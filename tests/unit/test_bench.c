// SPDX-License-Identifier: BSD-3-Clause
/*
 * A benchmark that does not look at what comes back praises codecs that lose data. These codecs of
 * the test do so, each in another way, and every one must be caught.
 */
#include "cli/bench/measure.h"
#include "cmocka_all.h"
#include "data.h"

#include <stdlib.h>
#include <string.h>

#define FILE_SIZE 300001u
#define BLOCK_SIZE 65536u
#define BLOCKS 5u
#define SHORT 0.001 /* seconds: the least number of rounds */

enum misdeed {
	HONEST,
	FLIP_A_BIT,    /* of the last byte of the last block, from the second round on */
	WRITE_NOTHING, /* trusts that the buffer holds the data already */
	RETURN_SHORT,  /* one byte less */
	FAIL_TO_CODE,
	FAIL_TO_DECODE,
	CHANGE_SIZE, /* another coded size in each call */
};

struct rogue {
	enum misdeed misdeed;
	unsigned compressed; /* calls so far */
	unsigned decompressed;
};

static size_t rogue_bound(size_t size)
{
	return size + 4096;
}

static int64_t rogue_compress(void *context, const struct plan *plan, uint8_t *dst, size_t capacity,
			      const uint8_t *src, size_t size)
{
	struct rogue *rogue = context;

	assert_non_null(plan);
	assert_true(capacity >= rogue_bound(size));
	memcpy(dst, src, size);
	rogue->compressed++;
	if (rogue->misdeed == FAIL_TO_CODE)
		return -1;
	return (int64_t)size + (rogue->misdeed == CHANGE_SIZE ? rogue->compressed % 4096 : 0);
}

static int64_t rogue_decompress(void *context, uint8_t *dst, size_t capacity, const uint8_t *src,
				size_t size)
{
	struct rogue *rogue = context;

	assert_true(capacity <= size);
	rogue->decompressed++;
	if (rogue->misdeed == FAIL_TO_DECODE)
		return -1;
	if (rogue->misdeed != WRITE_NOTHING)
		memcpy(dst, src, capacity);
	if (rogue->misdeed == FLIP_A_BIT && capacity < BLOCK_SIZE && rogue->decompressed > 100)
		dst[capacity - 1] ^= 0x10;
	return (int64_t)capacity - (rogue->misdeed == RETURN_SHORT);
}

static const struct codec rogue_codec = {
    .name = "rogue",
    .bound = rogue_bound,
    .compress = rogue_compress,
    .decompress = rogue_decompress,
};

static uint8_t *new_file(void)
{
	uint8_t *file = malloc(FILE_SIZE);

	assert_non_null(file);
	data_fill(DATA_BF16, file, FILE_SIZE, 1);
	return file;
}

/* An honest codec and another one, over the same blocks, so that its results lie in the buffers. */
static bool measure_two(enum misdeed misdeed, struct contestant two[2], struct failure *failure)
{
	struct rogue rogues[2] = {{.misdeed = HONEST}, {.misdeed = misdeed}};
	struct working_set set;
	uint8_t *file = new_file();
	bool done;

	for (unsigned i = 0; i < 2; i++)
		two[i] = (struct contestant){.codec = &rogue_codec, .context = &rogues[i]};
	assert_true(
	    working_set_init(&set, file, FILE_SIZE, BLOCK_SIZE, rogue_bound(BLOCK_SIZE), 1 << 20));
	done = measure(two, 2, &set, SHORT, "a file", failure);
	working_set_free(&set);
	free(file);
	return done;
}

static void honest_codecs_are_measured(void **state)
{
	struct contestant two[2];
	struct failure failure;

	(void)state;
	assert_true(measure_two(HONEST, two, &failure));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(two[i].coded_bytes, FILE_SIZE);
		assert_true(two[i].rounds >= MEASURE_MIN_ROUNDS);
		assert_int_equal(two[i].rounds, two[0].rounds);
		assert_true(two[i].compress_mbps > 0);
		assert_true(two[i].decompress_mbps > 0);
	}
}

static void every_misdeed_is_an_error(void **state)
{
	static const struct {
		enum misdeed misdeed;
		uint64_t offset;
		const char *text;
	} cases[] = {
	    {FLIP_A_BIT, (BLOCKS - 1) * (uint64_t)BLOCK_SIZE, "round trip mismatch"},
	    {WRITE_NOTHING, 0, "round trip mismatch"},
	    {RETURN_SHORT, 0, "could not decompress"},
	    {FAIL_TO_CODE, 0, "could not compress"},
	    {FAIL_TO_DECODE, 0, "could not decompress"},
	    {CHANGE_SIZE, 0, "another size"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct contestant two[2];
		struct failure failure = {.name = NULL};

		if (measure_two(cases[i].misdeed, two, &failure))
			fail_msg("misdeed %d passes", cases[i].misdeed);
		assert_string_equal(failure.name, "a file");
		assert_int_equal(failure.offset, cases[i].offset);
		if (strstr(failure.text, cases[i].text) == NULL ||
		    strstr(failure.text, "rogue") == NULL)
			fail_msg("misdeed %d: '%s'", cases[i].misdeed, failure.text);
	}
}

/* Blocks cover the copies without gap or overlap, and each copy is the file. */
static void working_set_holds_whole_copies(void **state)
{
	static const size_t min_sizes[] = {0, 1, FILE_SIZE, FILE_SIZE + 1, 3 * FILE_SIZE};
	static const size_t copies[] = {1, 1, 1, 2, 3};
	uint8_t *file = new_file();

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct working_set set;
		size_t end = 0;

		assert_true(working_set_init(&set, file, FILE_SIZE, BLOCK_SIZE, 64, min_sizes[i]));
		assert_int_equal(set.blocks, copies[i] * BLOCKS);
		for (size_t block = 0; block < set.blocks; block++) {
			size_t size;
			size_t at = working_set_block(&set, block, &size);

			assert_int_equal(at, end);
			assert_memory_equal(set.raw + at, file + at % FILE_SIZE, size);
			end = at + size;
		}
		assert_int_equal(end, copies[i] * FILE_SIZE);
		assert_int_equal(end, set.raw_size);
		working_set_free(&set);
	}
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(honest_codecs_are_measured),
	    cmocka_unit_test(every_misdeed_is_an_error),
	    cmocka_unit_test(working_set_holds_whole_copies),
	};

	return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
