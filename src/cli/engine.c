// SPDX-License-Identifier: BSD-3-Clause
/* Chunks and the contexts that code them: see engine.h. */
#include "cli/engine.h"

#include <stdlib.h>
#include <string.h>

#include "frame/block.h"

#define BEST_ZSTD_LEVEL 19 /* the highest that needs no more memory to decode */

bool engine_init(struct engine *engine, const struct options *options)
{
	*engine = (struct engine){.options = options, .pool = pool_create(options->threads)};
	if (engine->pool == NULL)
		return false;
	engine->jobs = calloc(pool_slots(engine->pool), sizeof(*engine->jobs));
	engine->workers = calloc(pool_workers(engine->pool), sizeof(*engine->workers));
	return engine->jobs != NULL && engine->workers != NULL;
}

void engine_free(struct engine *engine)
{
	unsigned slots = engine->jobs == NULL ? 0 : pool_slots(engine->pool);
	unsigned workers = engine->workers == NULL ? 0 : pool_workers(engine->pool);

	for (unsigned i = 0; i < slots; i++) {
		free(engine->jobs[i].raw);
		free(engine->jobs[i].coded);
	}
	for (unsigned i = 0; i < workers; i++) {
		zipnn_cctx_free(engine->workers[i].cctx);
		zipnn_dctx_free(engine->workers[i].dctx);
		free(engine->workers[i].decoded);
	}
	free(engine->jobs);
	free(engine->workers);
	pool_free(engine->pool);
}

static bool grow(uint8_t **buffer, size_t *capacity, size_t needed)
{
	uint8_t *larger;

	if (needed <= *capacity)
		return true;
	larger = realloc(*buffer, needed);
	if (larger == NULL)
		return false;
	*buffer = larger;
	*capacity = needed;
	return true;
}

bool job_reserve(struct job *job, size_t raw, size_t coded)
{
	return grow(&job->raw, &job->raw_capacity, raw) &&
	       grow(&job->coded, &job->coded_capacity, coded);
}

/* Contexts are made where they are first needed: most runs use few of the workers. */
static int64_t prepare_encoder(const struct engine *engine, struct worker_state *worker)
{
	const struct options *options = engine->options;
	int64_t result;

	if (worker->cctx != NULL)
		return 0;
	worker->cctx = zipnn_cctx_create();
	if (worker->cctx == NULL)
		return ZIPNN_ERROR_MEMORY;
	result = zipnn_cctx_set_dtype(worker->cctx, options->dtype);
	if (result >= 0)
		result = zipnn_cctx_set_check(worker->cctx, options->check);
	if (result >= 0)
		result = zipnn_cctx_set_best(worker->cctx, options->best);
	if (result >= 0 && options->best)
		result = zipnn_cctx_set_zstd_level(worker->cctx, BEST_ZSTD_LEVEL);
	if (result >= 0)
		result = zipnn_cctx_reserve(worker->cctx, options->block_size);
	if (result < 0) {
		zipnn_cctx_free(worker->cctx);
		worker->cctx = NULL;
	}
	return result;
}

static int64_t prepare_decoder(struct worker_state *worker)
{
	if (worker->dctx == NULL)
		worker->dctx = zipnn_dctx_create();
	return worker->dctx == NULL ? ZIPNN_ERROR_MEMORY : 0;
}

static int64_t verify(const struct engine *engine, struct worker_state *worker,
		      const struct job *job)
{
	int64_t result = prepare_decoder(worker);

	if (result < 0)
		return result;
	if (worker->decoded == NULL)
		worker->decoded = malloc(engine->options->block_size);
	if (worker->decoded == NULL)
		return ZIPNN_ERROR_MEMORY;

	size_t raw = 0;
	size_t coded = 0;

	while (coded < (size_t)job->result) {
		struct zipnn_chunk_info info;

		result = zipnn_chunk_decode(worker->dctx, worker->decoded + raw,
					    engine->options->block_size - raw, job->coded + coded,
					    (size_t)job->result - coded, job->raw_offset + raw);
		if (result == ZIPNN_ERROR_MEMORY)
			return result;
		if (result < 0 ||
		    zipnn_chunk_parse(&info, job->coded + coded, (size_t)job->result - coded) < 0)
			return ZIPNN_ERROR_CHECKSUM;
		raw += info.raw_size;
		coded += info.coded_size;
	}
	return raw == job->raw_size && memcmp(worker->decoded, job->raw, raw) == 0
		   ? job->result
		   : ZIPNN_ERROR_CHECKSUM;
}

void engine_encode(struct engine *engine, unsigned worker, unsigned slot)
{
	struct worker_state *state = &engine->workers[worker];
	struct job *job = &engine->jobs[slot];

	job->result = prepare_encoder(engine, state);
	if (job->result >= 0)
		job->result = zipnn_block_encode(state->cctx, job->coded, job->coded_capacity,
						 job->raw, job->raw_size, job->raw_offset);
	if (job->result >= 0 && engine->options->remove)
		job->result = verify(engine, state, job);
}

void engine_decode(struct engine *engine, unsigned worker, unsigned slot)
{
	struct worker_state *state = &engine->workers[worker];
	struct job *job = &engine->jobs[slot];

	job->result = prepare_decoder(state);
	if (job->result >= 0)
		job->result = zipnn_chunk_decode(state->dctx, job->raw, job->raw_capacity,
						 job->coded, job->coded_size, job->raw_offset);
}
