// SPDX-License-Identifier: BSD-3-Clause
/*
 * Where zipnn's time goes: the stages of src/ARCHITECTURE.md, each by itself, block by block,
 * beside zipnn_compress as a whole.
 */
#ifndef ZIPNN_CLI_BENCH_STAGES_H
#define ZIPNN_CLI_BENCH_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/message.h"

/* A chunk holds no more when a blob is cut, so that a block is one detection. */
#define STAGES_MAX_BLOCK ((size_t)256 << 10)

enum stage {
	STAGE_DETECT,   /* zipnn_detect */
	STAGE_SPLIT,    /* into planes */
	STAGE_CRC,      /* of the raw bytes */
	STAGE_LOOK,     /* is a plane noise? zipnn_chunk_choose_coder */
	STAGE_BUILD,    /* the rest of coding the planes: sampling, cutting, building codes, trying
			   others */
	STAGE_ENCODE,   /* the kernels of lanes and what brings their segments into the plane */
	STAGE_REST,     /* of zipnn_compress: the frame, moving planes, zstd where it is tried */
	STAGE_COMPRESS, /* all of the above: zipnn_compress */
	STAGE_VERIFY,   /* zipnn_decompress and a comparison, as the plugin does */
	STAGE_COUNT,
};

/* As the tables and the JSON have it. */
const char *stage_name(enum stage stage);

struct stage_times {
	double seconds[STAGE_COUNT]; /* of the whole file: sums of the blocks' medians */
	uint64_t values;             /* elements of the file's layouts */
	size_t blocks;
	unsigned rounds;
};

/*
 * Measure until the seconds have passed, at least three rounds. 1 <= size; block_size is at most
 * STAGES_MAX_BLOCK. name is the file's. false: a stage failed or there is no memory.
 */
bool stages_measure(struct stage_times *times, const uint8_t *file, size_t size, size_t block_size,
		    double seconds, const char *name, struct failure *failure);

#endif
