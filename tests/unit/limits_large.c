// SPDX-License-Identifier: BSD-3-Clause
/*
 * The largest blob there can be, 4 GiB - 1 raw bytes, and buffers of more: where 32-bit sums
 * overflow, and where sizes do not fit into a blob any more. Raw bytes are mostly zeros, which take
 * no memory; what they are decoded to takes 4 GiB.
 */
#define _GNU_SOURCE 1 /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "data.h"
#include "zipnn.h"

#define GIB ((size_t)1 << 30)
#define MOST ((size_t)UINT32_MAX) /* raw bytes of a blob */
#define RAW_SIZE (4 * GIB + 12345)
#define NOISE ((size_t)64 << 20)
/* For output of 4 GiB, and what there is beside it. */
#define MEMORY_NEEDED (6 * GIB)

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	uint8_t *raw; /* RAW_SIZE */
	uint8_t *blob;
	size_t capacity;
};

/* Pages that take memory only when they are written. */
static uint8_t *reserve(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	*state = f;
	f->cctx = zipnn_cctx_create();
	f->dctx = zipnn_dctx_create();
	f->capacity = zipnn_compress_bound(MOST);
	f->raw = reserve(RAW_SIZE);
	f->blob = reserve(f->capacity);
	return f->cctx && f->dctx && f->raw && f->blob ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	munmap(f->raw, RAW_SIZE);
	munmap(f->blob, f->capacity);
	free(f);
	return 0;
}

static size_t available_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[200];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemAvailable: %llu", &kib) == 1)
			break;
	}
	if (file)
		(void)fclose(file);
	return (size_t)kib * 1024;
}

static void check_decoding(struct fixture *f, size_t coded)
{
	uint8_t *out = reserve(MOST);

	assert_non_null(out);
	assert_int_equal(zipnn_decompress(f->dctx, out, MOST - 1, f->blob, coded),
			 ZIPNN_ERROR_DST_TOO_SMALL);
	assert_int_equal(zipnn_decompress(f->dctx, out, MOST, f->blob, coded), MOST);
	assert_memory_equal(out, f->raw, MOST);
	/* The last bytes, where sums of 32 bits would have come round, are looked at too. */
	f->blob[coded - 1] ^= 1;
	assert_true(zipnn_decompress(f->dctx, out, MOST, f->blob, coded) < 0);
	munmap(out, MOST);
}

/* The raw bytes of a blob of the largest size come back. */
static void check_largest(struct fixture *f, uint32_t magic)
{
	int64_t coded = zipnn_compress(f->cctx, f->blob, f->capacity, f->raw, MOST);
	uint32_t found;

	assert_true(coded > 8);
	memcpy(&found, f->blob + 4, 4);
	assert_memory_equal(&found, &magic, 4);
	assert_int_equal(zipnn_raw_size(f->blob, (size_t)coded), MOST);
	print_message("%zu raw bytes in %lld\n", MOST, (long long)coded);
	if (available_memory() < MEMORY_NEEDED)
		print_message("not decoded: that takes %zu GiB\n", MEMORY_NEEDED / GIB);
	else
		check_decoding(f, (size_t)coded);
}

static void zeros(void **state)
{
	uint32_t zstd;

	memcpy(&zstd, "\x28\xb5\x2f\xfd", 4);
	check_largest(*state, zstd);
}

/* At the start, on both sides of 2 GiB, and at the end. */
static void islands_of_weights(void **state)
{
	static const size_t islands[] = {0, GIB, 2 * GIB - 300001, 3 * GIB + 77, MOST - 700001};
	struct fixture *f = *state;
	uint32_t zipnn;

	for (size_t i = 0; i < sizeof(islands) / sizeof(islands[0]); i++)
		data_fill(i % 2 ? DATA_FP32 : DATA_BF16, f->raw + islands[i], 700000, i);
	memcpy(&zipnn, "ZNN\x01", 4);
	check_largest(f, zipnn);
}

static void more_than_a_blob_can_hold(void **state)
{
	static const size_t sizes[] = {MOST + 1, MOST + 2, RAW_SIZE};
	struct fixture *f = *state;

	f->raw[0] = 1;
	f->raw[RAW_SIZE - 1] = 1;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_true(zipnn_compress_bound(sizes[i]) == SIZE_MAX);
		assert_int_equal(zipnn_compress(f->cctx, f->blob, SIZE_MAX, f->raw, sizes[i]),
				 ZIPNN_ERROR_SRC_TOO_LARGE);
		assert_int_equal(zipnn_compress(f->cctx, f->blob, f->capacity, f->raw, sizes[i]),
				 ZIPNN_ERROR_SRC_TOO_LARGE);
	}
	/* Nothing was written, and a small blob still can be. */
	for (size_t i = 0; i < 4096; i++)
		assert_int_equal(f->blob[i], 0);
	assert_true(zipnn_compress(f->cctx, f->blob, f->capacity, f->raw, 4096) > 0);
}

/* The same noise again and again, too far apart for zstd to see. It takes memory once. */
static int repeat_noise(uint8_t *raw)
{
	int fd = memfd_create("noise", MFD_CLOEXEC);
	uint8_t *noise = malloc(NOISE);
	int done = fd >= 0 && noise;

	if (done) {
		data_fill(DATA_NOISE, noise, NOISE, 1);
		done = write(fd, noise, NOISE) == (ssize_t)NOISE;
	}
	for (size_t at = 0; done && at + NOISE <= RAW_SIZE; at += NOISE)
		done =
		    mmap(raw + at, NOISE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
	if (fd >= 0)
		close(fd);
	free(noise);
	return done;
}

/* The blob itself is longer than 4 GiB. */
static void noise_of_which_nothing_shrinks(void **state)
{
	struct fixture *f = *state;

	if (available_memory() < 2 * MEMORY_NEEDED)
		skip();
	assert_true(repeat_noise(f->raw));
	int64_t coded = zipnn_compress(f->cctx, f->blob, f->capacity, f->raw, MOST);

	assert_in_range(coded, UINT32_MAX + UINT64_C(1), MOST + 16 + MOST / 5000);
	check_decoding(f, (size_t)coded);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(zeros),
	    TEST(islands_of_weights),
	    TEST(more_than_a_blob_can_hold),
	    TEST(noise_of_which_nothing_shrinks),
	};

	return cmocka_run_group_tests_name("limits_large", tests, NULL, NULL);
}
