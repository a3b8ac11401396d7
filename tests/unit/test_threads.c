// SPDX-License-Identifier: BSD-3-Clause
/*
 * Contexts are independent: 64 threads with their own give, at the same time and from the same
 * input, the bytes one thread gives alone. State shared by mistake shows here, above all under
 * ThreadSanitizer (tests/run.sh sanitizers).
 */
#include <pthread.h>

#include "cmocka_all.h"
#include "data.h"
#include "guard.h"
#include "zipnn.h"

#define THREADS 64u
#define SIZE ((size_t)300000) /* more than a chunk */

struct expected {
	uint8_t *raw;
	uint8_t *blob;
	int64_t blob_size;
};

struct task {
	pthread_t thread;
	const struct expected *expected; /* DATA_KIND_COUNT of them */
	pthread_barrier_t *start;
	unsigned first;      /* the kind this thread begins with */
	const char *failure; /* NULL if all went well */
};

static const char *check_kind(zipnn_cctx *cctx, zipnn_dctx *dctx, const struct expected *expected)
{
	const size_t capacity = zipnn_compress_bound(SIZE);
	uint8_t *blob = malloc(capacity);
	uint8_t *out = malloc(SIZE);
	const char *failure = NULL;

	if (!blob || !out)
		failure = "out of memory";
	else if (zipnn_compress(cctx, blob, capacity, expected->raw, SIZE) != expected->blob_size)
		failure = "a blob of another size";
	else if (memcmp(blob, expected->blob, (size_t)expected->blob_size) != 0)
		failure = "a blob of other bytes";
	else if (zipnn_decompress(dctx, out, SIZE, expected->blob, (size_t)expected->blob_size) !=
		 (int64_t)SIZE)
		failure = "a blob that does not decode";
	else if (memcmp(out, expected->raw, SIZE) != 0)
		failure = "other data";
	free(blob);
	free(out);
	return failure;
}

static void *run(void *argument)
{
	struct task *task = argument;

	/* Creating contexts, which looks at the CPU, has to be safe as well. */
	pthread_barrier_wait(task->start);

	zipnn_cctx *cctx = zipnn_cctx_create();
	zipnn_dctx *dctx = zipnn_dctx_create();

	if (!cctx || !dctx)
		task->failure = "out of memory";
	for (unsigned i = 0; i < DATA_KIND_COUNT && !task->failure; i++)
		task->failure =
		    check_kind(cctx, dctx, &task->expected[(task->first + i) % DATA_KIND_COUNT]);
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	return NULL;
}

static void threads_give_equal_bytes(void **state)
{
	struct expected expected[DATA_KIND_COUNT];
	struct task tasks[THREADS];
	pthread_barrier_t start;
	zipnn_cctx *cctx = zipnn_cctx_create();

	(void)state;
	assert_non_null(cctx);
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		struct expected *e = &expected[kind];

		e->raw = malloc(SIZE);
		e->blob = malloc(zipnn_compress_bound(SIZE));
		assert_non_null(e->raw);
		assert_non_null(e->blob);
		data_fill((enum data_kind)kind, e->raw, SIZE, kind);
		e->blob_size =
		    zipnn_compress(cctx, e->blob, zipnn_compress_bound(SIZE), e->raw, SIZE);
		assert_true(e->blob_size > 0);
	}
	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		tasks[i] = (struct task){.expected = expected, .start = &start, .first = i};
		assert_int_equal(pthread_create(&tasks[i].thread, NULL, run, &tasks[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(tasks[i].thread, NULL), 0);
	pthread_barrier_destroy(&start);
	for (unsigned i = 0; i < THREADS; i++) {
		if (tasks[i].failure)
			fail_msg("thread %u: %s", i, tasks[i].failure);
	}
	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		free(expected[kind].raw);
		free(expected[kind].blob);
	}
	zipnn_cctx_free(cctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(threads_give_equal_bytes),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
