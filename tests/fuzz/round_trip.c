// SPDX-License-Identifier: BSD-3-Clause
/*
 * Any data, any settings: what goes in comes out; the bytes between are within their bound and the
 * same whatever set of instructions made them, with contexts that have served other inputs before
 * and with fresh ones; and every set reads what every other one wrote.
 *
 * Input: eight bytes of parameters (struct parameters), a recipe (recipe.h).
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "contexts.h"
#include "core/bytes.h"
#include "frame/block.h"
#include "fuzz.h"
#include "recipe.h"

#define PARAMETERS 8u

/* For time: the slower the settings, the less data. */
#define MAX_BEST_RAW ((size_t)12 << 10)
#define MAX_HIGH_LEVEL_RAW ((size_t)48 << 10)
#define HIGH_LEVEL 6

enum way { BLOB, CHUNKS, FILES, WAYS };

struct parameters {
	enum zipnn_dtype dtype;
	int check;
	int best;
	int fresh;         /* contexts for this input alone, too */
	int level;         /* of zstd */
	enum way way;      /* through which interface */
	size_t alignment;  /* of the raw bytes */
	size_t block_size; /* of chunks and files */
	uint64_t raw_offset;
};

static enum zipnn_isa isas[ZIPNN_ISA_COUNT];
static zipnn_cctx *encoders[ZIPNN_ISA_COUNT];
static zipnn_dctx *decoders[ZIPNN_ISA_COUNT];
static unsigned isa_count;

static void set_up(void)
{
	if (isa_count > 0)
		return;
	fuzz_silence();
	isa_count = fuzz_isas(isas);
	for (unsigned i = 0; i < isa_count; i++) {
		encoders[i] = fuzz_cctx(isas[i]);
		decoders[i] = fuzz_dctx(isas[i]);
	}
}

static struct parameters read_parameters(const uint8_t *data)
{
	const unsigned flags = data[1];

	return (struct parameters){
	    .dtype = (enum zipnn_dtype)(data[0] % (ZIPNN_DTYPE_FP64 + 1)),
	    .check = !(flags & 1),
	    .best = (flags & 0x0e) == 0x0e,
	    .fresh = (flags & 0x70) == 0x70,
	    .level = (flags & 0x80) ? data[2] % 19 + 1 : 3,
	    .way = (enum way)(data[6] % WAYS),
	    .alignment = data[3] % 64,
	    .block_size = ((size_t)4 << 10) + (size_t)8 * zipnn_load16(data + 4),
	    .raw_offset = (uint64_t)data[7] << (data[6] >> 4) * 4,
	};
}

static size_t most_raw(const struct parameters *parameters)
{
	if (parameters->best)
		return MAX_BEST_RAW;
	return parameters->level > HIGH_LEVEL ? MAX_HIGH_LEVEL_RAW : RECIPE_MAX_RAW;
}

static void apply(zipnn_cctx *encoder, const struct parameters *parameters)
{
	FUZZ_CHECK(zipnn_cctx_set_dtype(encoder, parameters->dtype) == 0);
	FUZZ_CHECK(zipnn_cctx_set_check(encoder, parameters->check) == 0);
	FUZZ_CHECK(zipnn_cctx_set_zstd_level(encoder, parameters->level) == 0);
	FUZZ_CHECK(zipnn_cctx_set_best(encoder, parameters->best) == 0);
}

/* Blobs. */

/* FORMAT.md section 5. */
static size_t most_blob(size_t size)
{
	const size_t block = ZIPNN_CHUNK_DEFAULT_SIZE;

	return size + 8 + 8 * ((size + block - 1) / block);
}

/* Into memory of just the size that is asked for; the blob is as long as it is. */
static uint8_t *make_blob(zipnn_cctx *encoder, const struct parameters *parameters,
			  const uint8_t *raw, size_t size, size_t *blob_size)
{
	const size_t bound = zipnn_compress_bound(size);
	uint8_t *room = fuzz_malloc(bound);

	apply(encoder, parameters);
	FUZZ_CHECK(zipnn_compress(encoder, room, bound - 1, raw, size) ==
		   ZIPNN_ERROR_DST_TOO_SMALL);
	const int64_t result = zipnn_compress(encoder, room, bound, raw, size);

	FUZZ_CHECK(result > 0 && (size_t)result <= most_blob(size));
	*blob_size = (size_t)result;
	uint8_t *blob = fuzz_copy(room, *blob_size);

	free(room);
	return blob;
}

static void read_blob(zipnn_dctx *decoder, const uint8_t *blob, size_t blob_size,
		      const uint8_t *raw, size_t size)
{
	uint8_t *decoded = fuzz_malloc(size);

	FUZZ_CHECK(zipnn_raw_size(blob, blob_size) == (int64_t)size);
	FUZZ_CHECK(zipnn_decompress(decoder, decoded, size, blob, blob_size) == (int64_t)size);
	FUZZ_CHECK(size == 0 || memcmp(decoded, raw, size) == 0);
	free(decoded);
}

static void with_fresh_contexts(const struct parameters *parameters, const uint8_t *raw,
				size_t size, const uint8_t *expected, size_t expected_size)
{
	for (unsigned i = 0; i < isa_count; i++) {
		zipnn_cctx *encoder = fuzz_cctx(isas[i]);
		zipnn_dctx *decoder = fuzz_dctx(isas[i]);
		size_t blob_size;
		uint8_t *blob = make_blob(encoder, parameters, raw, size, &blob_size);

		FUZZ_CHECK(blob_size == expected_size && memcmp(blob, expected, blob_size) == 0);
		read_blob(decoder, blob, blob_size, raw, size);
		zipnn_cctx_free(encoder);
		zipnn_dctx_free(decoder);
		free(blob);
	}
}

static void round_trip_blob(const struct parameters *parameters, const uint8_t *raw, size_t size)
{
	size_t blob_size;
	uint8_t *blob = make_blob(encoders[0], parameters, raw, size, &blob_size);

	read_blob(decoders[0], blob, blob_size, raw, size);
	for (unsigned i = 1; i < isa_count; i++) {
		size_t other_size;
		uint8_t *other = make_blob(encoders[i], parameters, raw, size, &other_size);

		FUZZ_CHECK(other_size == blob_size && memcmp(other, blob, blob_size) == 0);
		read_blob(decoders[i], blob, blob_size, raw, size);
		free(other);
	}
	if (parameters->fresh)
		with_fresh_contexts(parameters, raw, size, blob, blob_size);
	free(blob);
}

/* Chunks, as the command line writes them. */

static void read_chunks(zipnn_dctx *decoder, const uint8_t *coded, size_t coded_size,
			const uint8_t *raw, size_t size, uint64_t raw_offset)
{
	uint8_t *decoded = fuzz_malloc(size);
	size_t at = 0;
	size_t done = 0;

	while (at < coded_size) {
		struct zipnn_chunk_info info;

		FUZZ_CHECK(zipnn_chunk_parse(&info, coded + at, coded_size - at) == 0);
		FUZZ_CHECK(zipnn_chunk_decode(decoder, decoded + done, size - done, coded + at,
					      coded_size - at,
					      raw_offset + done) == (int64_t)info.raw_size);
		at += info.coded_size;
		done += info.raw_size;
	}
	FUZZ_CHECK(at == coded_size && done == size && memcmp(decoded, raw, size) == 0);
	free(decoded);
}

static void round_trip_block(const struct parameters *parameters, const uint8_t *raw, size_t size,
			     uint64_t raw_offset)
{
	const size_t bound = zipnn_block_bound(size);
	uint8_t *coded = fuzz_malloc(bound);
	int64_t coded_size = 0;

	for (unsigned i = 0; i < isa_count; i++) {
		uint8_t *room = fuzz_malloc(bound);

		apply(encoders[i], parameters);
		FUZZ_CHECK(zipnn_cctx_reserve(encoders[i], size) == 0);
		const int64_t result =
		    zipnn_block_encode(encoders[i], room, bound, raw, size, raw_offset);

		FUZZ_CHECK(result > 0 && (size_t)result <= size + ZIPNN_CHUNK_HEADER_SIZE);
		FUZZ_CHECK(i == 0 ||
			   (result == coded_size && memcmp(room, coded, (size_t)coded_size) == 0));
		coded_size = result;
		memcpy(coded, room, (size_t)coded_size);
		free(room);
	}
	uint8_t *exact = fuzz_copy(coded, (size_t)coded_size);

	for (unsigned i = 0; i < isa_count; i++)
		read_chunks(decoders[i], exact, (size_t)coded_size, raw, size, raw_offset);
	free(exact);
	free(coded);
}

static void round_trip_chunks(const struct parameters *parameters, const uint8_t *raw, size_t size)
{
	for (size_t at = 0; at < size;) {
		const size_t n =
		    size - at < parameters->block_size ? size - at : parameters->block_size;

		round_trip_block(parameters, raw + at, n, parameters->raw_offset + at);
		at += n;
	}
}

/* Files. */

static void read_file(enum zipnn_isa isa, const struct cli_output *file, const uint8_t *raw,
		      size_t size, uint64_t offset)
{
	struct options options = cli_default_options();
	struct cli_output decoded = cli_output_new(size);
	const uint64_t from = size > 0 ? offset % size : 0;

	options.mode = MODE_DECOMPRESS;
	struct cli *run = cli_new(isa, &options);

	cli_decompress(run, &decoded, file->bytes, file->size);
	FUZZ_CHECK(decoded.done && decoded.size == size && memcmp(decoded.bytes, raw, size) == 0);
	cli_range(run, &decoded, file->bytes, file->size, from, (size - from) / 2);
	FUZZ_CHECK(decoded.done && decoded.size == (size - from) / 2);
	FUZZ_CHECK(memcmp(decoded.bytes, raw + from, decoded.size) == 0);
	cli_free(run);
	cli_output_free(&decoded);
}

static void round_trip_file(const struct parameters *parameters, const uint8_t *raw, size_t size)
{
	enum zipnn_isa native[ZIPNN_ISA_COUNT];
	const unsigned count = fuzz_native_isas(native);
	struct options options = cli_default_options();
	const size_t blocks = size / parameters->block_size + 1;
	/* FORMAT.md section 5. */
	struct cli_output first = cli_output_new(size + 40 + 20 * blocks);
	struct cli_output other = cli_output_new(size + 40 + 20 * blocks);

	options.check = parameters->check != 0;
	options.best = parameters->best != 0;
	options.remove = parameters->fresh != 0; /* verifies, then */
	options.dtype = parameters->dtype;
	options.block_size = parameters->block_size;
	for (unsigned i = 0; i < count; i++) {
		struct cli *run = cli_new(native[i], &options);

		cli_compress(run, i == 0 ? &first : &other, raw, size);
		cli_free(run);
		FUZZ_CHECK(first.done && (i == 0 || other.done));
		FUZZ_CHECK(i == 0 || (other.size == first.size &&
				      memcmp(other.bytes, first.bytes, first.size) == 0));
	}
	for (unsigned i = 0; i < count; i++)
		read_file(native[i], &first, raw, size, parameters->raw_offset);
	cli_output_free(&first);
	cli_output_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t raw_size;

	set_up();
	if (size < PARAMETERS)
		return 0;
	const struct parameters parameters = read_parameters(data);
	uint8_t *made =
	    recipe_make(&raw_size, most_raw(&parameters), data + PARAMETERS, size - PARAMETERS);
	uint8_t *moved = fuzz_malloc(parameters.alignment + raw_size);
	uint8_t *raw = moved + parameters.alignment;

	memcpy(raw, made, raw_size);
	switch (parameters.way) {
	case BLOB:
		round_trip_blob(&parameters, raw, raw_size);
		break;
	case CHUNKS:
		round_trip_chunks(&parameters, raw, raw_size);
		break;
	default:
		round_trip_file(&parameters, raw, raw_size);
		break;
	}
	FUZZ_CHECK(memcmp(raw, made, raw_size) == 0);
	free(moved);
	free(made);
	return 0;
}
