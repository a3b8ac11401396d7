// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pool promises its tasks that they need no locks: never two threads in produce or two in
 * consume, pieces in order, one worker number for each thread, and a slot that is one piece's alone
 * until it is consumed. Counters of the tasks here are plain variables, so that a sanitizer for
 * threads sees it too where the pool would break that.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "cmocka_all.h"
#include "pool/pool.h"

#define PIECES 400
#define MAX_SLOTS 64

struct counting {
	struct pool *pool;
	unsigned pieces;     /* produce has no more than these */
	int last;            /* what it says then */
	unsigned bad_piece;  /* at which consume gives up; none: UINT_MAX */
	unsigned slow_piece; /* which is done when there is no slot for another; none: UINT_MAX */
	unsigned produced;
	unsigned consumed;
	unsigned piece_of[MAX_SLOTS];
	unsigned worked[MAX_SLOTS]; /* the piece, once it is worked on */
	unsigned calls_after_end;
	unsigned order_faults;
	bool in_use[MAX_SLOTS];
	unsigned produce_slot_faults, consume_slot_faults;
	atomic_uint in_produce, in_consume;
	atomic_uint in_worker[POOL_MAX_THREADS];
	atomic_uint overlaps;
	atomic_uint done_after_slow; /* pieces behind it, in the run so far */
	unsigned overtaken_by;       /* those of them that were done before it */
};

static void enter(struct counting *counting, atomic_uint *place)
{
	if (atomic_fetch_add(place, 1) != 0)
		atomic_fetch_add(&counting->overlaps, 1);
}

static void leave(atomic_uint *place)
{
	atomic_fetch_sub(place, 1);
}

static int produce(void *context, unsigned slot)
{
	struct counting *counting = context;
	int result = 1;

	enter(counting, &counting->in_produce);
	counting->calls_after_end += counting->produced > counting->pieces;
	counting->produce_slot_faults +=
	    slot >= pool_slots(counting->pool) || counting->in_use[slot];
	if (counting->produced == counting->pieces)
		result = counting->last;
	else
		counting->piece_of[slot] = counting->produced;
	counting->in_use[slot] = result > 0;
	counting->produced++;
	leave(&counting->in_produce);
	return result;
}

/* Until they have filled all other slots; not for ever, so that a pool which waits can be told of.
 */
static void wait_for_others(struct counting *counting)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	for (int i = 0; i < 10000; i++) {
		counting->overtaken_by = atomic_load(&counting->done_after_slow);
		if (counting->overtaken_by == pool_slots(counting->pool) - 1)
			return;
		nanosleep(&moment, NULL);
	}
}

static void work(void *context, unsigned worker, unsigned slot)
{
	struct counting *counting = context;
	const unsigned piece = counting->piece_of[slot];

	enter(counting, &counting->in_worker[worker]);
	if (piece == counting->slow_piece)
		wait_for_others(counting);
	else if (piece > counting->slow_piece)
		atomic_fetch_add(&counting->done_after_slow, 1);
	counting->worked[slot] = piece;
	leave(&counting->in_worker[worker]);
}

static int consume(void *context, unsigned slot)
{
	struct counting *counting = context;
	const unsigned piece = counting->consumed++;

	enter(counting, &counting->in_consume);
	counting->order_faults += counting->worked[slot] != piece;
	counting->consume_slot_faults += !counting->in_use[slot];
	counting->in_use[slot] = false;
	leave(&counting->in_consume);
	return piece == counting->bad_piece ? -1 : 0;
}

/* Run, and check what every run promises. Returns what pool_run does. */
static int run(struct pool *pool, struct counting *counting)
{
	const struct pool_task task = {counting, produce, work, consume};
	int result;

	assert_in_range(pool_slots(pool), 1, MAX_SLOTS);
	memset(counting->worked, 0xff, sizeof(counting->worked));
	counting->pool = pool;
	result = pool_run(pool, &task);
	assert_int_equal(counting->overlaps, 0);
	assert_int_equal(counting->order_faults, 0);
	assert_int_equal(counting->produce_slot_faults + counting->consume_slot_faults, 0);
	assert_int_equal(counting->calls_after_end, 0);
	return result;
}

static const unsigned thread_counts[] = {1, 2, 3, 8};

#define THREAD_COUNTS (sizeof(thread_counts) / sizeof(thread_counts[0]))

static void all_pieces_in_order(void **state)
{
	static const unsigned piece_counts[] = {0, 1, 2, 7, PIECES};

	(void)state;
	for (unsigned i = 0; i < THREAD_COUNTS; i++) {
		struct pool *pool = pool_create(thread_counts[i]);

		assert_non_null(pool);
		for (unsigned k = 0; k < sizeof(piece_counts) / sizeof(piece_counts[0]); k++) {
			struct counting counting = {
			    .pieces = piece_counts[k], .bad_piece = -1u, .slow_piece = -1u};

			assert_int_equal(run(pool, &counting), 0);
			assert_int_equal(counting.produced, piece_counts[k] + 1);
			assert_int_equal(counting.consumed, piece_counts[k]);
		}
		pool_free(pool);
	}
}

static void failed_produce_comes_last(void **state)
{
	(void)state;
	for (unsigned i = 0; i < THREAD_COUNTS; i++) {
		struct pool *pool = pool_create(thread_counts[i]);

		assert_non_null(pool);
		for (unsigned pieces = 0; pieces < 20; pieces++) {
			struct counting counting = {
			    .pieces = pieces, .last = -1, .bad_piece = -1u, .slow_piece = -1u};

			assert_int_equal(run(pool, &counting), -1);
			assert_int_equal(counting.consumed, pieces);
		}
		pool_free(pool);
	}
}

/* Nothing is consumed after it, and the pool is good for the next run. */
static void failed_consume_ends_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < THREAD_COUNTS; i++) {
		struct pool *pool = pool_create(thread_counts[i]);

		assert_non_null(pool);
		for (unsigned bad = 0; bad < 20; bad++) {
			struct counting counting = {
			    .pieces = 20, .last = -1, .bad_piece = bad, .slow_piece = -1u};

			assert_int_equal(run(pool, &counting), -1);
			assert_int_equal(counting.consumed, bad + 1);
			assert_in_range(counting.produced, bad + 1, bad + 1 + pool_slots(pool));
		}
		pool_free(pool);
	}
}

/* Other threads go on while one is at a long piece, as far as there are slots. */
static void a_slow_piece_keeps_nobody(void **state)
{
	(void)state;
	for (unsigned i = 1; i < THREAD_COUNTS; i++) {
		struct pool *pool = pool_create(thread_counts[i]);
		struct counting counting = {.pieces = 100, .bad_piece = -1u, .slow_piece = 3};

		assert_non_null(pool);
		assert_int_equal(run(pool, &counting), 0);
		assert_int_equal(counting.overtaken_by, pool_slots(pool) - 1);
		pool_free(pool);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_pieces_in_order),
	    cmocka_unit_test(failed_produce_comes_last),
	    cmocka_unit_test(failed_consume_ends_all),
	    cmocka_unit_test(a_slow_piece_keeps_nobody),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
