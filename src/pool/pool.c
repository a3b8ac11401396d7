// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pipeline of pool.h: a ring of slots between one thread and its workers.
 *
 * Pieces are numbered from 0 in a run; piece i lives in slot i modulo the number of slots. Three
 * counters say all: consumed <= taken <= submitted <= consumed + slots.
 */
#include "pool/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * One piece being worked on and one waiting, for each thread: none idles while the caller writes.
 */
#define SLOTS_PER_THREAD 2

struct worker {
	struct pool *pool;
	pthread_t thread;
	unsigned number;
};

struct pool {
	unsigned threads; /* asked for */
	unsigned slots;
	unsigned started;
	int start_error;
	struct worker *workers;

	pthread_mutex_t lock;
	pthread_cond_t work_ready;
	pthread_cond_t piece_done;
	/* Under the lock: */
	const struct pool_task *task;
	uint64_t submitted;
	uint64_t taken;
	uint64_t consumed;
	unsigned idle;
	unsigned busy;
	bool stop;
	bool *done; /* of each slot */
};

struct pool *pool_create(unsigned threads)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->threads = threads;
	pool->slots = threads > 1 ? threads * SLOTS_PER_THREAD : 1;
	pool->workers = calloc(threads, sizeof(*pool->workers));
	pool->done = calloc(pool->slots, sizeof(*pool->done));
	if (pool->workers == NULL || pool->done == NULL) {
		free(pool->workers);
		free(pool->done);
		free(pool);
		return NULL;
	}
	/* With default attributes these cannot fail. */
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work_ready, NULL);
	pthread_cond_init(&pool->piece_done, NULL);
	return pool;
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->work_ready);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->started; i++)
		pthread_join(pool->workers[i].thread, NULL);
	pthread_cond_destroy(&pool->piece_done);
	pthread_cond_destroy(&pool->work_ready);
	pthread_mutex_destroy(&pool->lock);
	free(pool->done);
	free(pool->workers);
	free(pool);
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
	*started = pool->started > 0 ? pool->started : 1;
	return pool->start_error;
}

static unsigned slot_of(const struct pool *pool, uint64_t piece)
{
	return (unsigned)(piece % pool->slots);
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct pool *pool = worker->pool;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stop) {
		if (pool->taken == pool->submitted) {
			pool->idle++;
			pthread_cond_wait(&pool->work_ready, &pool->lock);
			pool->idle--;
			continue;
		}
		const struct pool_task *task = pool->task;
		unsigned slot = slot_of(pool, pool->taken++);

		pool->busy++;
		pthread_mutex_unlock(&pool->lock);
		task->work(task->context, worker->number, slot);
		pthread_mutex_lock(&pool->lock);
		pool->busy--;
		pool->done[slot] = true;
		pthread_cond_signal(&pool->piece_done);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Signals are left to the caller's thread: it alone knows how to clean up. */
static void start_worker(struct pool *pool)
{
	struct worker *worker = &pool->workers[pool->started];
	sigset_t all, before;

	worker->pool = pool;
	worker->number = pool->started;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pool->start_error = pthread_create(&worker->thread, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pool->start_error == 0)
		pool->started++;
}

static void submit(struct pool *pool)
{
	bool wanted;

	pthread_mutex_lock(&pool->lock);
	pool->done[slot_of(pool, pool->submitted)] = false;
	pool->submitted++;
	wanted = pool->threads > 1 && pool->started < pool->threads && pool->start_error == 0 &&
		 pool->submitted - pool->taken > pool->idle;
	pthread_cond_signal(&pool->work_ready);
	pthread_mutex_unlock(&pool->lock);
	if (wanted)
		start_worker(pool);
	if (pool->started == 0) {
		unsigned slot = slot_of(pool, pool->taken++);

		pool->task->work(pool->task->context, 0, slot);
		pool->done[slot] = true;
	}
}

static void wait_for_oldest(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (!pool->done[slot_of(pool, pool->consumed)])
		pthread_cond_wait(&pool->piece_done, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
}

/*
 * Forget the pieces nobody works on, and wait for the others: their slots are the caller's again.
 */
static void abandon(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->taken = pool->submitted;
	while (pool->busy > 0)
		pthread_cond_wait(&pool->piece_done, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
}

int pool_run(struct pool *pool, const struct pool_task *task)
{
	int more = 1;

	pthread_mutex_lock(&pool->lock);
	pool->task = task;
	pool->submitted = pool->taken = pool->consumed = 0;
	pthread_mutex_unlock(&pool->lock);
	for (;;) {
		while (more > 0 && pool->submitted - pool->consumed < pool->slots) {
			more = task->produce(task->context, slot_of(pool, pool->submitted));
			if (more > 0)
				submit(pool);
		}
		if (pool->consumed == pool->submitted)
			return more;
		wait_for_oldest(pool);
		if (task->consume(task->context, slot_of(pool, pool->consumed)) < 0) {
			abandon(pool);
			return -1;
		}
		pool->consumed++;
	}
}
