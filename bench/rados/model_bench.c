// SPDX-License-Identifier: BSD-3-Clause
/*
 * rados-model-bench: `rados bench`, but with the bytes of a real model.
 *
 * `rados bench` writes one repeated letter, which every compressor shrinks to nothing; that
 * measures overhead, not a compressor. This program writes slices of a file as objects, reads them
 * back in order or at random with the same number of operations in flight, compares every byte, and
 * prints one line: phase, objects, bytes, seconds, MB/s (10^6), and the latency's mean, median and
 * 99th percentile.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <rados/librados.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_DEPTH 256
#define MAX_OBJECTS 1000000

struct options {
	const char *conf;
	const char *pool;
	const char *file;
	const char *phase;
	size_t object_size;
	unsigned depth;
	double seconds;
	unsigned objects;
	int whole; /* the file once, its last short slice included */
};

/* One operation in flight. */
struct slot {
	rados_completion_t completion;
	char *buffer;
	unsigned object;
	double started;
	_Atomic double finished;
};

struct bench {
	struct options options;
	char *model;
	size_t model_size;
	size_t slices; /* objects in the model; the last is short if options.whole */
	rados_ioctx_t io;
	struct slot slots[MAX_DEPTH];
	double *latencies;
	unsigned done;
	size_t bytes;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what, const char *name, int error)
{
	fprintf(stderr, "rados-model-bench: %s %s: %s\n", what, name,
		strerror(error < 0 ? -error : error));
	exit(1);
}

static void *allocate(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		fail("allocating", "memory", ENOMEM);
	return p;
}

static const char usage[] =
    "usage: rados-model-bench [options] write|seq|rand POOL FILE\n"
    "\n"
    "Writes slices of FILE as objects into POOL, or reads back what an earlier write left there "
    "and\n"
    "compares every byte. Prints: phase objects bytes seconds MB/s mean_ms p50_ms p99_ms.\n"
    "\n"
    "  -c CONF     the cluster's ceph.conf (default: what librados finds)\n"
    "  -b BYTES    object size (default 4194304)\n"
    "  -t N        operations in flight (default 4)\n"
    "  -s SECONDS  time limit (default 10)\n"
    "  -n OBJECTS  write at most so many; seq and rand: how many the write left\n";

static unsigned long number(const char *text, unsigned long max, const char *option)
{
	char *end;

	errno = 0;
	unsigned long value = strtoul(text, &end, 10);

	if (errno || *end || end == text || value == 0 || value > max) {
		fprintf(stderr, "rados-model-bench: -%s takes a number from 1 to %lu, not '%s'\n",
			option, max, text);
		exit(1);
	}
	return value;
}

static struct options parse_options(int argc, char **argv)
{
	struct options o = {.object_size = (size_t)4 << 20, .depth = 4, .seconds = 10};
	int option;

	while ((option = getopt(argc, argv, "c:b:t:s:n:wh")) != -1) {
		switch (option) {
		case 'c':
			o.conf = optarg;
			break;
		case 'b':
			o.object_size = number(optarg, 64ul << 20, "b");
			break;
		case 't':
			o.depth = (unsigned)number(optarg, MAX_DEPTH, "t");
			break;
		case 's':
			o.seconds = (double)number(optarg, 3600, "s");
			break;
		case 'n':
			o.objects = (unsigned)number(optarg, MAX_OBJECTS, "n");
			break;
		case 'w':
			o.whole = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(1);
		}
	}
	if (argc - optind != 3) {
		fputs(usage, stderr);
		exit(1);
	}
	o.phase = argv[optind];
	o.pool = argv[optind + 1];
	o.file = argv[optind + 2];
	if (strcmp(o.phase, "write") != 0 && strcmp(o.phase, "seq") != 0 &&
	    strcmp(o.phase, "rand") != 0) {
		fprintf(stderr, "rados-model-bench: no phase '%s': write, seq or rand\n", o.phase);
		exit(1);
	}
	if (o.whole && (o.objects || strcmp(o.phase, "rand") == 0)) {
		fputs("rados-model-bench: -w goes with write or seq, and without -n\n", stderr);
		exit(1);
	}
	if (strcmp(o.phase, "write") != 0 && o.objects == 0 && !o.whole) {
		fputs("rados-model-bench: seq and rand need -n, the number of objects written\n",
		      stderr);
		exit(1);
	}
	return o;
}

static void load_model(struct bench *b)
{
	FILE *f = fopen(b->options.file, "rb");

	if (!f || fseek(f, 0, SEEK_END))
		fail("opening", b->options.file, errno);
	long size = ftell(f);

	if (size < 0)
		fail("measuring", b->options.file, errno);
	b->model_size = (size_t)size;
	b->slices = b->model_size / b->options.object_size;
	if (b->options.whole) {
		b->slices += b->model_size % b->options.object_size != 0;
		b->options.objects = (unsigned)b->slices;
		b->options.seconds = 1e9;
	}
	if (b->slices == 0 || b->slices > MAX_OBJECTS) {
		fprintf(stderr, "rados-model-bench: %s: %zu bytes are no fit for objects of %zu\n",
			b->options.file, b->model_size, b->options.object_size);
		exit(1);
	}
	rewind(f);
	b->model = allocate((size_t)size);
	if (fread(b->model, 1, (size_t)size, f) != (size_t)size)
		fail("reading", b->options.file, errno ? errno : EIO);
	fclose(f);
}

static rados_t connect_cluster(struct bench *b)
{
	rados_t cluster;
	int r = rados_create(&cluster, "admin");

	if (r == 0)
		r = rados_conf_read_file(cluster, b->options.conf);
	if (r == 0)
		r = rados_connect(cluster);
	if (r < 0)
		fail("connecting with", b->options.conf ? b->options.conf : "default ceph.conf", r);
	r = rados_ioctx_create(cluster, b->options.pool, &b->io);
	if (r < 0)
		fail("opening pool", b->options.pool, r);
	return cluster;
}

/* The slice of the model that is this object, and its size. */
static const char *slice(const struct bench *b, unsigned object, size_t *size)
{
	const size_t offset = (object % b->slices) * b->options.object_size;
	const size_t left = b->model_size - offset;

	*size = left < b->options.object_size ? left : b->options.object_size;
	return b->model + offset;
}

static void finished(rados_completion_t completion, void *argument)
{
	struct slot *slot = argument;

	(void)completion;
	atomic_store(&slot->finished, now());
}

static void start(struct bench *b, struct slot *slot, unsigned object)
{
	size_t size;
	const char *data = slice(b, object, &size);
	char name[32];
	int r = rados_aio_create_completion2(slot, finished, &slot->completion);

	if (r < 0)
		fail("starting", "an operation", r);
	snprintf(name, sizeof(name), "model_%u", object);
	slot->object = object;
	slot->started = now();
	if (strcmp(b->options.phase, "write") == 0)
		r = rados_aio_write_full(b->io, name, slot->completion, data, size);
	else
		r = rados_aio_read(b->io, name, slot->completion, slot->buffer, size, 0);
	if (r < 0)
		fail(b->options.phase, name, r);
}

/* Wait for a slot's operation, check what it brought, free the slot. */
static void finish(struct bench *b, struct slot *slot)
{
	size_t size;
	const char *expected = slice(b, slot->object, &size);
	char name[32];

	if (!slot->completion)
		return;
	rados_aio_wait_for_complete_and_cb(slot->completion);
	int r = rados_aio_get_return_value(slot->completion);

	rados_aio_release(slot->completion);
	slot->completion = NULL;
	snprintf(name, sizeof(name), "model_%u", slot->object);
	if (r < 0)
		fail(b->options.phase, name, r);
	if (strcmp(b->options.phase, "write") != 0 &&
	    ((size_t)r != size || memcmp(slot->buffer, expected, size) != 0)) {
		fprintf(stderr, "rados-model-bench: %s: WRONG DATA: %d bytes came back for %zu\n",
			name, r, size);
		exit(1);
	}
	b->bytes += size;
	b->latencies[b->done++] = atomic_load(&slot->finished) - slot->started;
}

static unsigned next_object(const struct bench *b, unsigned i, uint64_t *random)
{
	const unsigned objects = b->options.objects;

	if (objects == 0 || strcmp(b->options.phase, "rand") != 0)
		return i;
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((*random >> 33) % objects);
}

static double run(struct bench *b)
{
	const struct options *o = &b->options;
	const unsigned limit =
	    o->objects && strcmp(o->phase, "rand") != 0 ? o->objects : MAX_OBJECTS;
	const double begin = now();
	uint64_t random = 1;
	unsigned i = 0;

	for (; i < limit && now() - begin < o->seconds; i++) {
		struct slot *slot = &b->slots[i % o->depth];

		finish(b, slot);
		start(b, slot, next_object(b, i, &random));
	}
	for (unsigned k = 0; k < o->depth; k++)
		finish(b, &b->slots[(i + k) % o->depth]);
	return now() - begin;
}

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(struct bench *b, double seconds)
{
	const unsigned done = b->done;
	const double bytes = (double)b->bytes;

	if (done == 0) {
		fputs("rados-model-bench: the time limit ended before the first operation\n",
		      stderr);
		exit(1);
	}
	double sum = 0;

	qsort(b->latencies, done, sizeof(*b->latencies), compare_doubles);
	for (unsigned i = 0; i < done; i++)
		sum += b->latencies[i];
	printf("%s %u %.0f %.3f %.1f %.2f %.2f %.2f\n", b->options.phase, done, bytes, seconds,
	       bytes / seconds / 1e6, 1e3 * sum / done, 1e3 * b->latencies[done / 2],
	       1e3 * b->latencies[(uint64_t)done * 99 / 100]);
}

int main(int argc, char **argv)
{
	struct bench *b = allocate(sizeof(*b));

	b->options = parse_options(argc, argv);
	load_model(b);
	b->latencies = allocate(MAX_OBJECTS * sizeof(*b->latencies));
	for (unsigned k = 0; k < b->options.depth; k++)
		b->slots[k].buffer = allocate(b->options.object_size);
	rados_t cluster = connect_cluster(b);
	double seconds = run(b);

	report(b, seconds);
	rados_ioctx_destroy(b->io);
	rados_shutdown(cluster);
	for (unsigned k = 0; k < b->options.depth; k++)
		free(b->slots[k].buffer);
	free(b->latencies);
	free(b->model);
	free(b);
	return 0;
}
