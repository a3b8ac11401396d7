// SPDX-License-Identifier: BSD-3-Clause
/*
 * The confusion matrix of detection: slices of real tensors, of every size, at every phase.
 *
 * A slice says nothing of its file, so what counts is what zipnn_detect makes of the bytes alone.
 * Float slices must be named right, phase included; slices of other data may be taken for anything,
 * as long as coding them costs no more than the best of stored and plain zstd.
 *
 * Reads a list of places from stdin (matrix.py writes it), a line each: class, expected layout,
 * file, offset, length, separated by tabs. Slices of a class are drawn from its places by length.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "core/layout.h"
#include "data.h"
#include "detect/detect.h"
#include "zipnn.h"

#define KIB ((size_t)1024)
#define MAX_SLICE (512 * KIB)
#define MAX_CLASSES 64u
#define MAX_PHASES 8u
#define SIZES 4u
#define MAX_FILES 64u
#define ZSTD_PREFIX "zstd:" /* before a path: the file as zstd compresses it */

/* What is asked of detection: see the head of matrix.py. */
#define MIN_RIGHT_PERCENT 99.0
#define MAX_LOSS_PERCENT 0.1
/* A draw that hits bytes without a dtype is repeated; a class of nothing else must not hang. */
#define MAX_DRAWS_A_SLICE 20u

static const size_t slice_sizes[SIZES] = {8 * KIB, 64 * KIB, 256 * KIB, 512 * KIB};

struct place {
	const uint8_t *data; /* of the whole file */
	size_t offset;
	size_t size;
};

struct class
{
	char name[64];
	enum zipnn_layout_id expected; /* BYTES: only what it costs counts */
	struct place *places;
	size_t count;
};

struct tally {
	unsigned long right;
	unsigned long wrong_phase;
	unsigned long as[ZIPNN_LAYOUT_COUNT]; /* where the layout is wrong */
	unsigned long sure;
	unsigned long mixed;
	unsigned long total;
	unsigned long skipped; /* constant slices */
	uint64_t coded;        /* bytes, of other data */
	uint64_t best;         /* the same, where nothing is taken for floats */
};

static void *check_alloc(void *memory)
{
	if (!memory) {
		fprintf(stderr, "matrix: out of memory\n");
		exit(2);
	}
	return memory;
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");

	if (!file || fseek(file, 0, SEEK_END) != 0) {
		fprintf(stderr, "matrix: %s cannot be read\n", path);
		exit(2);
	}
	*size = (size_t)ftell(file);
	uint8_t *data = check_alloc(malloc(*size + 1));

	rewind(file);
	if (fread(data, 1, *size, file) != *size) {
		fprintf(stderr, "matrix: %s cannot be read\n", path);
		exit(2);
	}
	fclose(file);
	return data;
}

/* What zstd makes of a file: data that is compressed already. */
static uint8_t *compress_file(const char *path, size_t *size)
{
	uint8_t *data = read_file(path, size);
	size_t bound = ZSTD_compressBound(*size);
	uint8_t *coded = check_alloc(malloc(bound));

	*size = ZSTD_compress(coded, bound, data, *size, 3);
	free(data);
	return coded;
}

/* Files are read whole, once each: places share them. */
static const uint8_t *load_file(const char *path, size_t *size)
{
	static struct {
		char path[512];
		uint8_t *data;
		size_t size;
	} files[MAX_FILES];
	size_t i = 0;

	while (i < MAX_FILES && files[i].data && strcmp(files[i].path, path) != 0)
		i++;
	if (i == MAX_FILES) {
		fprintf(stderr, "matrix: too many files\n");
		exit(2);
	}
	if (!files[i].data) {
		const size_t prefix = strlen(ZSTD_PREFIX);

		files[i].data = strncmp(path, ZSTD_PREFIX, prefix) == 0
				    ? compress_file(path + prefix, &files[i].size)
				    : read_file(path, &files[i].size);
		snprintf(files[i].path, sizeof(files[i].path), "%s", path);
	}
	*size = files[i].size;
	return files[i].data;
}

static enum zipnn_layout_id layout_named(const char *name)
{
	for (unsigned id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++) {
		if (strcmp(zipnn_layout_name((enum zipnn_layout_id)id), name) == 0)
			return (enum zipnn_layout_id)id;
	}
	fprintf(stderr, "matrix: there is no layout %s\n", name);
	exit(2);
}

static size_t read_list(struct class *classes)
{
	char line[1024];
	size_t count = 0;

	while (fgets(line, sizeof(line), stdin)) {
		char name[64];
		char layout[16];
		char path[512];
		size_t offset;
		size_t size;
		size_t file_size;
		size_t i = 0;

		if (sscanf(line, "%63[^\t]\t%15[^\t]\t%511[^\t]\t%zu\t%zu", name, layout, path,
			   &offset, &size) != 5) {
			fprintf(stderr, "matrix: not a place: %s", line);
			exit(2);
		}
		while (i < count && strcmp(classes[i].name, name) != 0)
			i++;
		if (i == MAX_CLASSES) {
			fprintf(stderr, "matrix: too many classes\n");
			exit(2);
		}
		if (i == count) {
			snprintf(classes[i].name, sizeof(classes[i].name), "%s", name);
			classes[i].expected = layout_named(layout);
			count++;
		}
		struct class *class = &classes[i];
		const uint8_t *data = load_file(path, &file_size);

		if (offset > file_size || size > file_size - offset) {
			fprintf(stderr, "matrix: %s ends before this place: %s", path, line);
			exit(2);
		}
		class->places = check_alloc(
		    realloc(class->places, (class->count + 1) * sizeof(*class->places)));
		class->places[class->count++] = (struct place){data, offset, size};
	}
	return count;
}

/* A slice of a place at which elements begin at byte phase; NULL if no place is large enough. */
static const uint8_t *draw(const struct class *class, size_t size, unsigned phase, uint64_t *random)
{
	const size_t element = zipnn_element_size(class->expected);
	const size_t needed = size + element; /* any phase fits */
	uint64_t starts = 0;

	for (size_t i = 0; i < class->count; i++) {
		if (class->places[i].size >= needed)
			starts += (class->places[i].size - needed) / element + 1;
	}
	if (starts == 0)
		return NULL;
	uint64_t pick = data_random(random) % starts;

	for (size_t i = 0; i < class->count; i++) {
		const struct place *place = &class->places[i];

		if (place->size < needed)
			continue;
		uint64_t here = (place->size - needed) / element + 1;

		if (pick < here)
			return place->data + place->offset + pick * element +
			       (element - phase) % element;
		pick -= here;
	}
	return NULL;
}

static int is_constant(const uint8_t *src, size_t size)
{
	return memcmp(src, src + 1, size - 1) == 0;
}

static size_t code(zipnn_cctx *cctx, const uint8_t *src, size_t size)
{
	static uint8_t coded[2 * MAX_SLICE];
	int64_t result = zipnn_compress(cctx, coded, sizeof(coded), src, size);

	if (result < 0) {
		fprintf(stderr, "matrix: coding fails: %s\n", zipnn_error_name(result));
		exit(2);
	}
	return (size_t)result;
}

/* The same bytes, once with the dtype that detection finds, once with that of no floats. */
static size_t code_as(zipnn_cctx *cctx, enum zipnn_dtype dtype, const uint8_t *src, size_t size)
{
	zipnn_cctx_set_dtype(cctx, dtype);
	return code(cctx, src, size);
}

static void judge(struct tally *tally, zipnn_cctx *cctx, const struct class *class,
		  const uint8_t *src, size_t size, unsigned phase, int verbose)
{
	struct zipnn_detection found = zipnn_detect(src, size);

	tally->total++;
	tally->sure += found.sure != 0;
	tally->mixed += found.mixed != 0;
	if (found.layout.id != class->expected)
		tally->as[found.layout.id]++;
	else if (found.layout.phase != phase)
		tally->wrong_phase++;
	else
		tally->right++;
	if (verbose && class->expected != ZIPNN_LAYOUT_BYTES &&
	    (found.layout.id != class->expected || found.layout.phase != phase)) {
		for (size_t i = 0; i < class->count; i++) {
			const uint8_t *start = class->places[i].data + class->places[i].offset;

			if (src + 8 >= start && src + size <= start + class->places[i].size + 8) {
				fprintf(stderr, "%s %zu KiB phase %u: %s phase %u at %td\n",
					class->name, size / KIB, phase,
					zipnn_layout_name(found.layout.id), found.layout.phase,
					src - class->places[i].data);
				break;
			}
		}
	}
	if (class->expected == ZIPNN_LAYOUT_BYTES) {
		tally->coded += code_as(cctx, ZIPNN_DTYPE_AUTO, src, size);
		tally->best += code_as(cctx, ZIPNN_DTYPE_BYTES, src, size);
	}
}

static void fill_tally(struct tally *tally, zipnn_cctx *cctx, const struct class *class,
		       size_t size, unsigned phase, unsigned long slices, int verbose)
{
	uint64_t random = size + phase;

	for (unsigned long draws = 0; tally->total < slices && draws < slices * MAX_DRAWS_A_SLICE;
	     draws++) {
		const uint8_t *src = draw(class, size, phase, &random);

		if (!src)
			return;
		if (is_constant(src, size))
			tally->skipped++;
		else
			judge(tally, cctx, class, src, size, phase, verbose);
	}
}

static void print_head(void)
{
	printf("| class | KiB | slices | right | other phase |");
	for (unsigned id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++)
		printf(" %s |", zipnn_layout_name((enum zipnn_layout_id)id));
	printf(" sure | mixed | constant | loss |\n|---|---|---|---|---|");
	for (unsigned id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++)
		printf("---|");
	printf("---|---|---|---|\n");
}

/* Returns whether what is asked is met. */
static int print_row(const struct class *class, const char *size, const struct tally *tally)
{
	const int is_float = class->expected != ZIPNN_LAYOUT_BYTES;
	const double right = 100.0 * (double)tally->right / (double)tally->total;
	const double loss =
	    tally->best ? 100.0 * ((double)tally->coded / (double)tally->best - 1) : 0;

	printf("| %s | %s | %lu | %.2f %% | %lu |", class->name, size, tally->total, right,
	       tally->wrong_phase);
	for (unsigned id = ZIPNN_LAYOUT_BYTES; id < ZIPNN_LAYOUT_COUNT; id++)
		printf(id == class->expected ? " . |" : " %lu |", tally->as[id]);
	printf(" %.1f %% | %.1f %% | %lu | ", 100.0 * (double)tally->sure / (double)tally->total,
	       100.0 * (double)tally->mixed / (double)tally->total, tally->skipped);
	if (is_float)
		printf("- |\n");
	else
		printf("%.3f %% |\n", loss);
	return is_float ? right >= MIN_RIGHT_PERCENT : loss <= MAX_LOSS_PERCENT;
}

static void add(struct tally *sum, const struct tally *part)
{
	sum->right += part->right;
	sum->wrong_phase += part->wrong_phase;
	for (unsigned id = 0; id < ZIPNN_LAYOUT_COUNT; id++)
		sum->as[id] += part->as[id];
	sum->sure += part->sure;
	sum->mixed += part->mixed;
	sum->total += part->total;
	sum->skipped += part->skipped;
	sum->coded += part->coded;
	sum->best += part->best;
}

static int run_class(zipnn_cctx *cctx, const struct class *class, unsigned long slices, int verbose)
{
	const unsigned phases = zipnn_element_size(class->expected);
	int passed = 1;

	for (unsigned s = 0; s < SIZES; s++) {
		struct tally sum = {0};
		char size[24];

		for (unsigned phase = 0; phase < phases; phase++) {
			struct tally tally = {0};

			fill_tally(&tally, cctx, class, slice_sizes[s], phase,
				   (slices + phases - 1) / phases, verbose);
			add(&sum, &tally);
		}
		snprintf(size, sizeof(size), "%zu", slice_sizes[s] / KIB);
		if (sum.total > 0)
			passed &= print_row(class, size, &sum);
		fflush(stdout);
	}
	return passed;
}

int main(int argc, char **argv)
{
	static struct class classes[MAX_CLASSES];
	unsigned long slices = 1000;
	int verbose = 0;
	int passed = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			verbose = 1;
		else
			slices = strtoul(argv[i], NULL, 10);
	}
	size_t count = read_list(classes);
	zipnn_cctx *cctx = check_alloc(zipnn_cctx_create());

	if (count == 0 || slices == 0) {
		fprintf(stderr, "usage: matrix [-v] [SLICES] < LIST\n");
		return 2;
	}
	print_head();
	for (size_t i = 0; i < count; i++)
		passed &= run_class(cctx, &classes[i], slices, verbose);
	zipnn_cctx_free(cctx);
	if (!passed)
		printf(
		    "\nNot met: %.0f %% of float slices right, at most %.1f %% lost on others.\n",
		    MIN_RIGHT_PERCENT, MAX_LOSS_PERCENT);
	return !passed;
}
