// SPDX-License-Identifier: BSD-3-Clause
/*
 * test_alloc.c makes the library's own allocations fail; here those inside libzstd fail as well,
 * one by one, alone and for good: an error that says so, nothing lost, and contexts that work when
 * there is memory again. Calls on a context in use allocate nothing, not even in libzstd.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "data.h"
#include "heap.h"
#include "zipnn.h"

/* Two chunks, of which the second is short. Looking for the smallest is slow: a short one. */
#define SIZE ((size_t)300000)
#define SIZE_OF_BEST ((size_t)20000)

struct life {
	enum data_kind kind;
	enum zipnn_dtype dtype;
	int level;
	int best;
};

/* A zipnn blob, planes of zstd, a zstd blob at several levels, whatever --best tries. */
static const struct life lives[] = {
    {DATA_BF16, ZIPNN_DTYPE_AUTO, 3, 0},       {DATA_SPARSE_FP32, ZIPNN_DTYPE_FP32, 3, 0},
    {DATA_CLEAN_FP32, ZIPNN_DTYPE_AUTO, 3, 0}, {DATA_TEXT, ZIPNN_DTYPE_AUTO, 1, 0},
    {DATA_TEXT, ZIPNN_DTYPE_AUTO, 19, 0},      {DATA_MIX, ZIPNN_DTYPE_AUTO, 3, 0},
    {DATA_BF16, ZIPNN_DTYPE_AUTO, 19, 1},      {DATA_MIX, ZIPNN_DTYPE_AUTO, 19, 1},
    {DATA_NOISE, ZIPNN_DTYPE_AUTO, 3, 0},
};

#define LIVES (sizeof(lives) / sizeof(lives[0]))

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	uint8_t *raw;
	uint8_t *blob;
	uint8_t *out;
	size_t capacity;
	size_t size; /* of raw, at this moment */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	f->capacity = zipnn_compress_bound(SIZE);
	f->raw = malloc(SIZE);
	f->blob = malloc(f->capacity);
	f->out = malloc(SIZE);
	return f->raw && f->blob && f->out ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->raw);
	free(f->blob);
	free(f->out);
	free(f);
	return 0;
}

static void bury(struct fixture *f)
{
	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	f->cctx = NULL;
	f->dctx = NULL;
}

static int64_t give_birth(struct fixture *f, const struct life *life)
{
	f->cctx = zipnn_cctx_create();
	f->dctx = zipnn_dctx_create();
	f->size = life->best ? SIZE_OF_BEST : SIZE;
	if (!f->cctx || !f->dctx)
		return ZIPNN_ERROR_MEMORY;
	int64_t result = zipnn_cctx_set_dtype(f->cctx, life->dtype);

	if (result >= 0)
		result = zipnn_cctx_set_zstd_level(f->cctx, life->level);
	return result < 0 ? result : zipnn_cctx_set_best(f->cctx, life->best);
}

static int64_t code(struct fixture *f)
{
	int64_t size = zipnn_compress(f->cctx, f->blob, f->capacity, f->raw, f->size);

	return size < 0 ? size : zipnn_decompress(f->dctx, f->out, f->size, f->blob, (size_t)size);
}

static void check_coding(struct fixture *f)
{
	memset(f->out, 0, f->size);
	assert_int_equal(code(f), f->size);
	assert_memory_equal(f->out, f->raw, f->size);
}

/* A life in which an allocation fails. Returns whether there was one of that number. */
static bool live(struct fixture *f, const struct life *life, unsigned long number, bool for_good)
{
	const long before = heap_blocks();

	heap_fail(number, for_good);
	int64_t result = give_birth(f, life);

	if (result >= 0)
		result = code(f);
	const bool failed = heap_fail(0, false) >= number;

	/* What libzstd can do without it may do without. */
	if (result != (int64_t)f->size) {
		assert_int_equal(result, ZIPNN_ERROR_MEMORY);
		assert_true(failed);
	}
	if (f->cctx && f->dctx)
		check_coding(f);
	bury(f);
	assert_int_equal(heap_blocks(), before);
	return failed;
}

static void every_allocation_of_a_life(void **state)
{
	struct fixture *f = *state;
	unsigned long failures = 0;

	if (!heap_can_fail())
		skip();
	for (size_t i = 0; i < LIVES; i++) {
		data_fill(lives[i].kind, f->raw, SIZE, i);
		for (int for_good = 0; for_good < 2; for_good++) {
			unsigned long number = 1;

			while (live(f, &lives[i], number, for_good))
				number++;
			failures += number - 1;
			/* The contexts' own 12, at least. */
			assert_in_range(number, 13, 200);
		}
	}
	printf("%lu allocations failed\n", failures);
}

/*
 * The promise of zipnn.h. The first call may: libzstd makes its tables as large as they need be. So
 * may all that look for the smallest: libzstd gives back what it did not need for 128 calls.
 */
static void contexts_in_use_allocate_nothing(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < LIVES; i++) {
		if (lives[i].best)
			continue;
		data_fill(lives[i].kind, f->raw, SIZE, i);
		assert_int_equal(give_birth(f, &lives[i]), 0);
		check_coding(f);
		for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
			data_fill((enum data_kind)kind, f->raw, SIZE, kind);
			check_coding(f);
			heap_fail(0, false);
			check_coding(f);
			assert_int_equal(heap_fail(0, false), 0);
		}
		bury(f);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_allocation_of_a_life),
	    TEST(contexts_in_use_allocate_nothing),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
