// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pipeline of pool.h: a ring of slots, and threads that each do what is next.
 *
 * Pieces are numbered from 0 in a run. Three counters say all: consumed <= taken <= submitted <=
 * consumed + slots. A piece gets the slot that became free last: it is mostly the one that the same
 * thread has just written, still in its caches, where taking turns would walk through all of them.
 */
#include "pool/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * One piece in the hands of each thread, and two that wait for their turn: so the others go on
 * while one thread writes, or is kept from its core for a moment.
 */
#define SLOTS_PER_THREAD 3

struct worker {
	struct pool *pool;
	pthread_t thread;
	unsigned number;
};

struct pool {
	unsigned threads; /* asked for, the caller's among them */
	unsigned slots;
	struct worker *workers;

	pthread_mutex_t lock;
	pthread_cond_t changed; /* there is something to do, or the run is over */
	/* Under the lock: */
	unsigned started; /* threads beside the caller's */
	int start_error;
	const struct pool_task *task; /* NULL between runs */
	uint64_t submitted;
	uint64_t taken;
	uint64_t consumed;
	int more; /* what produce said last */
	bool producing;
	bool consuming;
	bool failed;      /* consume gave up */
	unsigned busy;    /* threads in a step */
	unsigned waiting; /* threads that wait for `changed` */
	bool stop;
	unsigned *slot_of; /* of piece i, at i modulo slots */
	unsigned *free;    /* slots; the last of them is taken first */
	unsigned free_count;
	bool *done; /* of each slot */
};

enum step { NOTHING, PRODUCE, WORK, CONSUME };

static void free_memory(struct pool *pool)
{
	free(pool->workers);
	free(pool->slot_of);
	free(pool->free);
	free(pool->done);
	free(pool);
}

struct pool *pool_create(unsigned threads)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->threads = threads;
	pool->slots = threads > 1 ? threads * SLOTS_PER_THREAD : 1;
	pool->workers = calloc(threads, sizeof(*pool->workers));
	pool->slot_of = calloc(pool->slots, sizeof(*pool->slot_of));
	pool->free = calloc(pool->slots, sizeof(*pool->free));
	pool->done = calloc(pool->slots, sizeof(*pool->done));
	if (pool->workers == NULL || pool->slot_of == NULL || pool->free == NULL ||
	    pool->done == NULL) {
		free_memory(pool);
		return NULL;
	}
	/* With default attributes these cannot fail. */
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	return pool;
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->started; i++)
		pthread_join(pool->workers[i].thread, NULL);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free_memory(pool);
}

unsigned pool_slots(const struct pool *pool)
{
	return pool->slots;
}

unsigned pool_workers(const struct pool *pool)
{
	return pool->threads;
}

int pool_start_error(const struct pool *pool, unsigned *started)
{
	*started = pool->started + 1;
	return pool->start_error;
}

static unsigned slot_of(const struct pool *pool, uint64_t piece)
{
	return pool->slot_of[piece % pool->slots];
}

/*
 * What a thread can do now. What is nearest to the end comes first: it makes room, keeps the reader
 * of a pipe supplied, and leaves a thread the piece that its caches hold.
 */
static enum step next_step(const struct pool *pool)
{
	if (pool->task == NULL || pool->failed)
		return NOTHING;
	if (!pool->consuming && pool->consumed < pool->taken &&
	    pool->done[slot_of(pool, pool->consumed)])
		return CONSUME;
	if (pool->taken < pool->submitted)
		return WORK;
	if (!pool->producing && pool->more > 0 && pool->free_count > 0)
		return PRODUCE;
	return NOTHING;
}

static void *worker_main(void *argument);

/* Signals are left to the caller's thread: it alone knows how to clean up. */
static void start_worker(struct pool *pool)
{
	struct worker *worker = &pool->workers[pool->started];
	sigset_t all, before;

	worker->pool = pool;
	worker->number = pool->started + 1; /* the caller is number 0 */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pool->start_error = pthread_create(&worker->thread, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pool->start_error == 0)
		pool->started++;
}

/*
 * The caller of this has claimed a step: is there another, for another thread? That one will ask
 * the same, so one is enough.
 */
static void call_another(struct pool *pool)
{
	if (next_step(pool) == NOTHING)
		return;
	if (pool->waiting > 0)
		pthread_cond_signal(&pool->changed);
	else if (pool->started + 1 < pool->threads && pool->start_error == 0)
		start_worker(pool);
}

/* Claim what the step needs: the slot it is about. */
static unsigned begin_step(struct pool *pool, enum step step)
{
	pool->busy++;
	switch (step) {
	case PRODUCE:
		pool->producing = true;
		return pool->free[--pool->free_count];
	case WORK:
		return slot_of(pool, pool->taken++);
	default:
		pool->consuming = true;
		return slot_of(pool, pool->consumed);
	}
}

static void end_step(struct pool *pool, enum step step, unsigned slot, int result)
{
	pool->busy--;
	switch (step) {
	case PRODUCE:
		pool->producing = false;
		pool->more = result;
		pool->done[slot] = false;
		if (result > 0)
			pool->slot_of[pool->submitted++ % pool->slots] = slot;
		else
			pool->free[pool->free_count++] = slot;
		break;
	case WORK:
		pool->done[slot] = true;
		break;
	default:
		pool->consuming = false;
		pool->failed = result < 0;
		pool->consumed++;
		pool->free[pool->free_count++] = slot;
		break;
	}
}

/* With the lock, which is free while the task is at work. */
static void do_step(struct pool *pool, unsigned worker, enum step step)
{
	const struct pool_task *task = pool->task;
	const unsigned slot = begin_step(pool, step);
	int result = 0;

	call_another(pool);
	pthread_mutex_unlock(&pool->lock);
	if (step == PRODUCE)
		result = task->produce(task->context, slot);
	else if (step == WORK)
		task->work(task->context, worker, slot);
	else
		result = task->consume(task->context, slot);
	pthread_mutex_lock(&pool->lock);
	end_step(pool, step, slot, result);
}

/* Where nobody is at work and there is nothing to do, there never will be. */
static bool is_over(const struct pool *pool)
{
	return pool->busy == 0 && next_step(pool) == NOTHING;
}

/* Do a step, or wait until that may be possible. */
static void take_part(struct pool *pool, unsigned worker)
{
	enum step step = next_step(pool);

	if (step != NOTHING) {
		do_step(pool, worker, step);
		if (is_over(pool))
			pthread_cond_broadcast(&pool->changed);
		return;
	}
	pool->waiting++;
	pthread_cond_wait(&pool->changed, &pool->lock);
	pool->waiting--;
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct pool *pool = worker->pool;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stop)
		take_part(pool, worker->number);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int pool_run(struct pool *pool, const struct pool_task *task)
{
	int result;

	pthread_mutex_lock(&pool->lock);
	pool->task = task;
	pool->submitted = pool->taken = pool->consumed = 0;
	pool->free_count = pool->slots;
	for (unsigned i = 0; i < pool->slots; i++)
		pool->free[i] = i;
	pool->more = 1;
	pool->failed = false;
	while (!is_over(pool))
		take_part(pool, 0);
	pool->task = NULL;
	result = pool->failed ? -1 : pool->more;
	pthread_mutex_unlock(&pool->lock);
	return result;
}
