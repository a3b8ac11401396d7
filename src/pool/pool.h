// SPDX-License-Identifier: BSD-3-Clause
/*
 * A bounded pipeline: pieces are produced and consumed in order and worked on in between, by any of
 * its threads.
 *
 * A thread reads a piece, works on it and, when its turn comes, writes it: what it needs next is
 * mostly in its own caches, and no thread is there for reading and writing alone. Never are two
 * threads in produce, or two in consume (but one in each), and what one did there the next one
 * sees. So files need no locks, a failure is always that of the first bad piece, and memory is
 * bounded by pool_slots() pieces. With one thread there is no second: each piece is consumed before
 * the next one is asked for.
 */
#ifndef ZIPNN_POOL_POOL_H
#define ZIPNN_POOL_POOL_H

#define POOL_MAX_THREADS 256

struct pool;

/*
 * What to do with the pieces. The slot numbers index an array of the caller's, as do the workers.
 */
struct pool_task {
	void *context;
	/*
	 * Fill a slot: 1 done, 0 nothing is left, -1 failed (the slots before are still consumed).
	 * Not called again after 0 or -1.
	 */
	int (*produce)(void *context, unsigned slot);
	/* What it finds out goes into the slot. */
	void (*work)(void *context, unsigned worker, unsigned slot);
	/* 0, or -1 to give up: then nothing is produced or consumed any more. */
	int (*consume)(void *context, unsigned slot);
};

/*
 * 1 <= threads <= POOL_MAX_THREADS, of which the caller of pool_run is one. The others start when
 * there is work for them. NULL: no memory.
 */
struct pool *pool_create(unsigned threads);
void pool_free(struct pool *pool); /* NULL is fine; not during pool_run */

unsigned pool_slots(const struct pool *pool);   /* slot numbers are below this */
unsigned pool_workers(const struct pool *pool); /* worker numbers are below this */

/*
 * Produce, work and consume until nothing is left. Returns 0, or -1 if produce or consume failed.
 * If both failed, maybe at the same time, consume did so on an earlier piece.
 */
int pool_run(struct pool *pool, const struct pool_task *task);

/*
 * The errno with which a thread could not be started, or 0. The pool then works with those it has;
 * *started is their number, the caller's among them.
 */
int pool_start_error(const struct pool *pool, unsigned *started);

#endif
