// SPDX-License-Identifier: BSD-3-Clause
/*
 * Stage by stage: see stages.h.
 *
 * A stage takes microseconds, so the clock is the one that is cheap to read, and what reading it
 * costs is taken off. Other programs disturb it: what counts of a stage and a block is the median
 * of the rounds. A block goes through its stages one after the other, as in the library, so that
 * each finds in the caches what the one before left there.
 */
#include "cli/bench/stages.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/bench/measure.h"
#include "core/crc.h"
#include "detect/detect.h"
#include "entropy/coder.h"
#include "entropy/lanes/choose.h"
#include "entropy/lanes/segment.h"
#include "frame/chunk_encode.h"
#include "split/split.h"
#include "zipnn.h"

/* More do not move a median, and each takes memory for the times of all blocks. */
#define MAX_ROUNDS 31u
#define ZSTD_LEVEL 3 /* the library's default */
#define CLOCK_READS 1001u
#define MAX_SEGMENTS (ZIPNN_MAX_PLANES + STAGES_MAX_BLOCK / ZIPNN_SEGMENT_MAX)

/* A segment of a plane, with the code for exactly its values. */
struct segment {
	const uint8_t *values;
	size_t n;
	struct zipnn_lanes_code code;
};

struct walk {
	const uint8_t *file;
	size_t size;
	size_t block_size;
	size_t blocks;
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	struct zipnn_plane_encoder encoder;
	const struct zipnn_split_kernels *kernels;
	double clock_cost; /* seconds of reading it once */
	double *times;     /* of each stage, block and round */
	unsigned round;
	uint64_t values; /* of a round */
	uint64_t crcs;   /* their sum, so that none is optimised away */
	uint8_t *planes;
	uint8_t *spare;
	uint8_t *coded;
	size_t capacity; /* of coded */
	struct segment segments[MAX_SEGMENTS];
	const char *name;
	struct failure *failure;
};

const char *stage_name(enum stage stage)
{
	static const char *const names[STAGE_COUNT] = {
	    "detect", "split", "crc", "look", "build codes", "encode", "rest", "compress", "verify",
	};

	return names[stage];
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double clock_cost(void)
{
	double costs[CLOCK_READS];

	for (unsigned i = 0; i < CLOCK_READS; i++) {
		double start = now();

		costs[i] = now() - start;
	}
	return measure_median(costs, CLOCK_READS);
}

static double *times_of(const struct walk *walk, enum stage stage, size_t block)
{
	return walk->times + ((size_t)stage * walk->blocks + block) * MAX_ROUNDS;
}

/* A stage of a block ends now; it began at start. Returns when the next begins. */
static double note(struct walk *walk, enum stage stage, size_t block, double start)
{
	double took = now() - start - walk->clock_cost;

	times_of(walk, stage, block)[walk->round] = took > 0 ? took : 0;
	return now();
}

static bool fail(const struct walk *walk, size_t block, const char *what, int64_t code)
{
	failure_code(walk->failure, walk->name, (uint64_t)block * walk->block_size, what, code);
	return false;
}

static size_t block_at(const struct walk *walk, size_t block, const uint8_t **src)
{
	size_t at = block * walk->block_size;

	*src = walk->file + at;
	return walk->size - at < walk->block_size ? walk->size - at : walk->block_size;
}

/* The segments that lanes would make of a plane at most, and a code for each. */
static size_t make_segments(struct segment *segments, const uint8_t *plane, size_t n)
{
	size_t count = 0;

	for (size_t at = 0; at < n; at += ZIPNN_SEGMENT_MAX) {
		struct segment *segment = &segments[count];
		struct zipnn_sorted_counts sorted;
		uint32_t counts[256] = {0};

		segment->values = plane + at;
		segment->n = n - at < ZIPNN_SEGMENT_MAX ? n - at : ZIPNN_SEGMENT_MAX;
		for (size_t i = 0; i < segment->n; i++)
			counts[segment->values[i]]++;
		zipnn_sort_counts(&sorted, counts);
		/* One value is no code: the segment becomes constant, which costs nothing. */
		if (sorted.distinct < 2)
			continue;
		zipnn_lanes_choose(&segment->code, &sorted, NULL, 0);
		count++;
	}
	return count;
}

/* Code the planes; what lanes' kernels take of it is then measured once more, alone. */
static bool code_planes(struct walk *walk, size_t block, const struct zipnn_detection *found,
			uint8_t *const planes[], size_t count, size_t n)
{
	enum zipnn_coder coders[ZIPNN_MAX_PLANES];
	size_t segments = 0;
	double start = now();
	double *build = times_of(walk, STAGE_BUILD, block) + walk->round;
	double *encode = times_of(walk, STAGE_ENCODE, block) + walk->round;

	for (size_t k = count; k-- > 0;)
		coders[k] =
		    zipnn_chunk_choose_coder(found, (unsigned)k, planes[k], n,
					     k + 1 < count && coders[k + 1] == ZIPNN_CODER_STORED);
	start = note(walk, STAGE_LOOK, block, start);
	for (size_t k = count; k-- > 0;) {
		int64_t result;

		/* Noise lies in the chunk already: split has put it there. */
		if (coders[k] == ZIPNN_CODER_STORED)
			continue;
		result = zipnn_plane_encode(&walk->encoder, &coders[k], walk->coded, walk->spare,
					    planes[k], n, 1);
		if (result < 0)
			return fail(walk, block, "cannot code a plane", result);
	}
	note(walk, STAGE_BUILD, block, start);
	for (size_t k = 0; k < count; k++) {
		if (coders[k] == ZIPNN_CODER_LANES)
			segments += make_segments(walk->segments + segments, planes[k], n);
	}
	start = now();
	for (size_t i = 0; i < segments; i++) {
		const struct segment *segment = &walk->segments[i];

		zipnn_segment_put_coded(walk->encoder.lanes, walk->coded, walk->capacity,
					&segment->code, segment->values, segment->n);
	}
	note(walk, STAGE_ENCODE, block, start);
	*encode = *encode < *build ? *encode : *build;
	*build -= *encode;
	return true;
}

static bool walk_stages(struct walk *walk, size_t block)
{
	const uint8_t *src;
	const size_t size = block_at(walk, block, &src);
	double start = now();
	const struct zipnn_detection found = zipnn_detect(src, size);
	struct zipnn_layout layout = found.layout;
	uint8_t *planes[ZIPNN_MAX_PLANES];
	size_t count = zipnn_element_size(layout.id);
	size_t n;

	note(walk, STAGE_DETECT, block, start);
	/* Not floats: nothing to split, and what zstd takes is in the rest. */
	if (layout.id == ZIPNN_LAYOUT_BYTES || count == 0 || size < layout.phase + count) {
		layout = (struct zipnn_layout){.id = ZIPNN_LAYOUT_BYTES};
		count = 0;
	}
	n = count == 0 ? 0 : (size - layout.phase) / count;
	walk->values += count == 0 ? size : n;
	for (size_t k = 0; k < count; k++)
		planes[k] = walk->planes + k * n;
	start = now();
	if (count > 0)
		walk->kernels->split(layout.id, planes, src + layout.phase, n);
	start = note(walk, STAGE_SPLIT, block, start);
	walk->crcs += zipnn_chunk_crc(0, src, size);
	note(walk, STAGE_CRC, block, start);
	return code_planes(walk, block, &found, planes, count, n);
}

static bool walk_whole(struct walk *walk, size_t block)
{
	const uint8_t *src;
	const size_t size = block_at(walk, block, &src);
	double start = now();
	int64_t coded = zipnn_compress(walk->cctx, walk->coded, walk->capacity, src, size);
	int64_t raw;
	bool same;

	start = note(walk, STAGE_COMPRESS, block, start);
	if (coded < 0)
		return fail(walk, block, "cannot compress", coded);
	raw = zipnn_decompress(walk->dctx, walk->planes, size, walk->coded, (size_t)coded);
	same = raw == (int64_t)size && memcmp(walk->planes, src, size) == 0;
	note(walk, STAGE_VERIFY, block, start);
	return same || fail(walk, block, "cannot decompress", raw < 0 ? raw : ZIPNN_ERROR_CORRUPT);
}

static bool one_round(struct walk *walk)
{
	walk->values = 0;
	for (size_t i = 0; i < walk->blocks; i++) {
		if (!walk_stages(walk, i))
			return false;
	}
	for (size_t i = 0; i < walk->blocks; i++) {
		if (!walk_whole(walk, i))
			return false;
	}
	return true;
}

static bool run(struct walk *walk, struct stage_times *times, double seconds)
{
	double start = now();

	/* The first one lets contexts grow and touches all memory. */
	if (!one_round(walk))
		return false;
	for (; walk->round < MAX_ROUNDS; walk->round++) {
		if (walk->round >= MEASURE_MIN_ROUNDS && now() - start >= seconds)
			break;
		if (!one_round(walk))
			return false;
	}
	*times = (struct stage_times){
	    .values = walk->values, .blocks = walk->blocks, .rounds = walk->round};
	for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
		for (size_t i = 0; stage != STAGE_REST && i < walk->blocks; i++)
			times->seconds[stage] +=
			    measure_median(times_of(walk, (enum stage)stage, i), walk->round);
	}
	times->seconds[STAGE_REST] = times->seconds[STAGE_COMPRESS];
	for (unsigned stage = 0; stage < STAGE_REST; stage++)
		times->seconds[STAGE_REST] -= times->seconds[stage];
	return true;
}

static bool walk_init(struct walk *walk)
{
	const enum zipnn_isa isa = zipnn_isa_detect();

	walk->blocks = (walk->size - 1) / walk->block_size + 1;
	walk->kernels = zipnn_split_kernels(isa);
	walk->clock_cost = clock_cost();
	walk->capacity = zipnn_compress_bound(walk->block_size);
	walk->times = calloc(walk->blocks, STAGE_COUNT * MAX_ROUNDS * sizeof(*walk->times));
	walk->planes = malloc(walk->block_size);
	walk->spare = malloc(walk->block_size);
	walk->coded = malloc(walk->capacity);
	walk->cctx = zipnn_cctx_create();
	walk->dctx = zipnn_dctx_create();
	return walk->times != NULL && walk->planes != NULL && walk->spare != NULL &&
	       walk->coded != NULL && walk->cctx != NULL && walk->dctx != NULL &&
	       zipnn_plane_encoder_init(&walk->encoder, isa, ZSTD_LEVEL) == 0;
}

static void walk_free(struct walk *walk)
{
	free(walk->times);
	free(walk->planes);
	free(walk->spare);
	free(walk->coded);
	zipnn_cctx_free(walk->cctx);
	zipnn_dctx_free(walk->dctx);
	zipnn_plane_encoder_free(&walk->encoder);
	free(walk);
}

bool stages_measure(struct stage_times *times, const uint8_t *file, size_t size, size_t block_size,
		    double seconds, const char *name, struct failure *failure)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	bool done = false;

	if (walk == NULL) {
		failure_set(failure, name, NO_OFFSET, "out of memory");
		return false;
	}
	walk->file = file;
	walk->size = size;
	walk->block_size = block_size;
	walk->name = name;
	walk->failure = failure;
	if (!walk_init(walk))
		failure_set(failure, name, NO_OFFSET, "out of memory");
	else
		done = run(walk, times, seconds);
	walk_free(walk);
	return done;
}
