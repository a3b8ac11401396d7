// SPDX-License-Identifier: BSD-3-Clause
/*
 * Rounds, turns and medians: see measure.h.
 *
 * The clock is the thread's CPU time: what other programs take of a shared core does not count.
 */
#include "cli/bench/measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "zipnn.h"

/* A turn takes the working set more often if it is smaller: the clock itself takes a microsecond.
 */
#define MIN_TURN_BYTES ((size_t)2 << 20)
/* For a file of a few bytes, each walk is a call or two, which take a microsecond themselves. */
#define MAX_WALKS ((size_t)256)
/* Enough for the median of the smallest file in an hour; bounds the memory for times. */
#define MAX_ROUNDS 10000u
/* Before the first round, this much of the set lets contexts grow and the core wake up. */
#define WARM_UP_BYTES ((size_t)4 << 20)

struct times {
	double *compress; /* of each round, in seconds for the working set */
	double *decompress;
};

struct race {
	struct contestant *contestants;
	struct times *times; /* of each contestant */
	unsigned *order;     /* of the turns of a round */
	size_t count;
	struct working_set *set;
	size_t walks; /* of a turn */
	const char *name;
	struct failure *failure;
};

static double seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Record what went wrong with block i, by its place in the file. */
static bool fail(const struct race *race, const struct contestant *who, size_t i, const char *what)
{
	uint64_t offset = (uint64_t)(i % race->set->file_blocks) * race->set->block_size;

	failure_set(race->failure, race->name, offset,
		    "codec %s %s; do not trust it with data, and report this", who->codec->name,
		    what);
	return false;
}

/* The same where a codec returned an error of which only no memory is not the codec's fault. */
static bool fail_call(const struct race *race, const struct contestant *who, size_t i, int64_t code,
		      const char *what)
{
	fail(race, who, i, what);
	if (code == ZIPNN_ERROR_MEMORY)
		failure_set(race->failure, race->name, race->failure->offset,
			    "codec %s: out of memory; give a smaller --block-size",
			    who->codec->name);
	return false;
}

static bool compress_blocks(const struct race *race, struct contestant *who, size_t blocks)
{
	struct working_set *set = race->set;

	for (size_t i = 0; i < blocks; i++) {
		size_t size;
		size_t at = working_set_block(set, i, &size);
		int64_t coded = who->codec->compress(
		    who->context, &set->plans[i % set->file_blocks], set->coded + i * set->pitch,
		    set->pitch, set->raw + at, size);

		if (coded < 0)
			return fail_call(race, who, i, coded, "could not compress this block");
		set->coded_sizes[i] = (size_t)coded;
	}
	return true;
}

static bool decompress_blocks(const struct race *race, struct contestant *who, size_t blocks)
{
	struct working_set *set = race->set;

	for (size_t i = 0; i < blocks; i++) {
		size_t size;
		size_t at = working_set_block(set, i, &size);
		int64_t raw =
		    who->codec->decompress(who->context, set->decoded + at, size,
					   set->coded + i * set->pitch, set->coded_sizes[i]);

		if (raw != (int64_t)size)
			return fail_call(race, who, i, raw,
					 "could not decompress what it made of this block");
	}
	return true;
}

static bool compare_blocks(const struct race *race, const struct contestant *who, size_t blocks)
{
	const struct working_set *set = race->set;

	for (size_t i = 0; i < blocks; i++) {
		size_t size;
		size_t at = working_set_block(set, i, &size);

		if (memcmp(set->decoded + at, set->raw + at, size) != 0)
			return fail(race, who, i,
				    "did not give this block back as it was: round trip mismatch");
	}
	return true;
}

/* The same input must give the same size, round after round. */
static bool note_coded_size(const struct race *race, struct contestant *who)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < race->set->file_blocks; i++)
		sum += race->set->coded_sizes[i];
	if (who->rounds > 0 && sum != who->coded_bytes)
		return fail(race, who, 0, "gave another size than in the round before");
	who->coded_bytes = sum;
	return true;
}

static bool warm_up(const struct race *race, struct contestant *who)
{
	size_t blocks = WARM_UP_BYTES / race->set->block_size + 1;

	if (blocks > race->set->blocks)
		blocks = race->set->blocks;
	return compress_blocks(race, who, blocks) && decompress_blocks(race, who, blocks);
}

static bool take_turn(const struct race *race, size_t index)
{
	struct contestant *who = &race->contestants[index];
	struct working_set *set = race->set;
	double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	double end;

	for (size_t walk = 0; walk < race->walks; walk++) {
		if (!compress_blocks(race, who, set->blocks))
			return false;
	}
	end = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	race->times[index].compress[who->rounds] = (end - start) / (double)race->walks;
	/* What the codec before left here would pass for this one's result. */
	memset(set->decoded, 0x55, set->raw_size);
	start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	for (size_t walk = 0; walk < race->walks; walk++) {
		if (!decompress_blocks(race, who, set->blocks))
			return false;
	}
	end = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	race->times[index].decompress[who->rounds] = (end - start) / (double)race->walks;
	if (!compare_blocks(race, who, set->blocks) || !note_coded_size(race, who))
		return false;
	who->rounds++;
	return true;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void shuffle(unsigned *order, size_t count, uint64_t *random)
{
	for (size_t i = count; i > 1; i--) {
		size_t j = next_random(random) % i;
		unsigned swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

static bool run(const struct race *race, double seconds)
{
	double start = seconds_of(CLOCK_MONOTONIC);
	uint64_t random = (uint64_t)(start * 1e9);

	for (size_t i = 0; i < race->count; i++) {
		if (!warm_up(race, &race->contestants[i]))
			return false;
	}
	for (unsigned round = 0; round < MAX_ROUNDS; round++) {
		if (round >= MEASURE_MIN_ROUNDS && seconds_of(CLOCK_MONOTONIC) - start >= seconds)
			break;
		shuffle(race->order, race->count, &random);
		for (size_t i = 0; i < race->count; i++) {
			if (!take_turn(race, race->order[i]))
				return false;
		}
	}
	return true;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double measure_median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare_doubles);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static double mbps(const struct race *race, double *seconds, size_t rounds)
{
	double middle = measure_median(seconds, rounds);

	/* A clock too coarse for the walk must not divide by zero. */
	return (double)race->set->raw_size / 1e6 / (middle > 1e-9 ? middle : 1e-9);
}

static bool race_init(struct race *race)
{
	race->times = calloc(race->count, sizeof(*race->times));
	race->order = calloc(race->count, sizeof(*race->order));
	if (race->times == NULL || race->order == NULL)
		return false;
	for (size_t i = 0; i < race->count; i++) {
		race->order[i] = (unsigned)i;
		race->contestants[i].rounds = 0;
		race->times[i].compress = calloc(MAX_ROUNDS, sizeof(double));
		race->times[i].decompress = calloc(MAX_ROUNDS, sizeof(double));
		if (race->times[i].compress == NULL || race->times[i].decompress == NULL)
			return false;
	}
	return true;
}

static void race_free(struct race *race)
{
	for (size_t i = 0; race->times != NULL && i < race->count; i++) {
		free(race->times[i].compress);
		free(race->times[i].decompress);
	}
	free(race->times);
	free(race->order);
}

bool measure(struct contestant *contestants, size_t count, struct working_set *set, double seconds,
	     const char *name, struct failure *failure)
{
	struct race race = {
	    .contestants = contestants,
	    .count = count,
	    .set = set,
	    .walks = (MIN_TURN_BYTES - 1) / set->raw_size + 1,
	    .name = name,
	    .failure = failure,
	};
	bool done = race_init(&race);

	if (race.walks > MAX_WALKS)
		race.walks = MAX_WALKS;
	if (!done) {
		failure_set(failure, name, NO_OFFSET, "out of memory");
	} else {
		done = run(&race, seconds);
		for (size_t i = 0; done && i < count; i++) {
			struct contestant *who = &contestants[i];

			who->compress_mbps = mbps(&race, race.times[i].compress, who->rounds);
			who->decompress_mbps = mbps(&race, race.times[i].decompress, who->rounds);
		}
	}
	race_free(&race);
	return done;
}
