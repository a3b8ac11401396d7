// SPDX-License-Identifier: BSD-3-Clause
/*
 * The working part: threads, and the chunks they code or decode. It is kept from file to file, so
 * that only the first allocates.
 */
#ifndef ZIPNN_CLI_ENGINE_H
#define ZIPNN_CLI_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"
#include "pool/pool.h"
#include "zipnn.h"

/* A block to code, or a chunk to decode, on its way through the pool. Buffers grow when needed and
 * are never given back. */
struct job {
	uint8_t *raw;
	size_t raw_capacity;
	size_t raw_size;
	uint8_t *coded;
	size_t coded_capacity;
	size_t coded_size;
	uint64_t raw_offset;  /* of the bytes in the raw data */
	uint64_t file_offset; /* of the chunk in the .znn file: when decoding */
	int64_t result;       /* of the work: the size it made, or an enum zipnn_error */
};

struct worker_state {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	uint8_t *decoded; /* for verifying */
};

struct engine {
	const struct options *options;
	struct pool *pool;
	struct job *jobs;             /* one for each slot of the pool */
	struct worker_state *workers; /* one for each worker of the pool */
};

/* false: no memory. Free it in either case. */
bool engine_init(struct engine *engine, const struct options *options);
void engine_free(struct engine *engine);

/* Give a job at least these capacities; what its buffers hold stays. false: no memory. */
bool job_reserve(struct job *job, size_t raw, size_t coded);

/*
 * Work on a job in a worker. Encoding goes from raw to coded; where the source will be removed, it
 * decodes the result and compares: ZIPNN_ERROR_CHECKSUM if they differ. Decoding is the reverse.
 */
void engine_encode(struct engine *engine, unsigned worker, unsigned slot);
void engine_decode(struct engine *engine, unsigned worker, unsigned slot);

#endif
