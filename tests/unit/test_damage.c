// SPDX-License-Identifier: BSD-3-Clause
/*
 * A blob of every layout and every coder, cut at every byte and damaged in 10,000 random ways: the
 * decoder gives an error or the data that went in. Without checksums it may give other data, but
 * stays inside its buffers; under AddressSanitizer (tests/run.sh sanitizers) that is proven to the
 * byte, as input and output end where their memory ends. ZIPNN_TEST_DAMAGES=N damages N times
 * instead.
 */
#include "cmocka_all.h"
#include "core/bytes.h"
#include "data.h"
#include "entropy/coder.h"
#include "frame/blob.h"
#include "frame/chunk.h"
#include "guard.h"

#define RAW_SIZE ((size_t)40 << 10)
#define RANDOM_DAMAGES 10000u

struct sample {
	const char *name;
	enum zipnn_dtype dtype;
	enum data_kind kind;
	int best;
};

static const struct sample samples[] = {
    {"BF16", ZIPNN_DTYPE_BF16, DATA_BF16, 0},
    {"FP16", ZIPNN_DTYPE_FP16, DATA_FP16, 0},
    {"FP32", ZIPNN_DTYPE_FP32, DATA_FP32, 0},
    {"FP64", ZIPNN_DTYPE_FP64, DATA_FP64, 0},
    {"FP8", ZIPNN_DTYPE_FP8, DATA_FP8, 0},
    {"clean FP32", ZIPNN_DTYPE_FP32, DATA_CLEAN_FP32, 0},
    {"sparse FP32", ZIPNN_DTYPE_FP32, DATA_SPARSE_FP32, 0},
    {"counters", ZIPNN_DTYPE_FP16, DATA_COUNTER16, 0},
    {"a mix", ZIPNN_DTYPE_AUTO, DATA_MIX, 0},
    {"text", ZIPNN_DTYPE_AUTO, DATA_TEXT, 0},
    {"text as planes", ZIPNN_DTYPE_FP8, DATA_TEXT, 0},
    {"noise", ZIPNN_DTYPE_AUTO, DATA_NOISE, 0},
    {"BF16, the smallest", ZIPNN_DTYPE_BF16, DATA_BF16, 1},
    {"FP8, the smallest", ZIPNN_DTYPE_FP8, DATA_FP8, 1},
    {"a mix, the smallest", ZIPNN_DTYPE_FP8, DATA_MIX, 1},
};

struct fixture {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	uint8_t raw[RAW_SIZE];
	uint8_t *blob;
	size_t size;
	struct guard out;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f)
		return -1;
	f->cctx = zipnn_cctx_create();
	f->dctx = zipnn_dctx_create();
	f->blob = malloc(zipnn_compress_bound(RAW_SIZE));
	f->out = guard_new(RAW_SIZE, 0);
	return f->cctx && f->dctx && f->blob ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	zipnn_cctx_free(f->cctx);
	zipnn_dctx_free(f->dctx);
	free(f->blob);
	guard_free(&f->out);
	free(f);
	return 0;
}

static void make(struct fixture *f, const struct sample *sample, int check)
{
	data_fill(sample->kind, f->raw, RAW_SIZE, 1);
	assert_int_equal(zipnn_cctx_set_dtype(f->cctx, sample->dtype), 0);
	assert_int_equal(zipnn_cctx_set_best(f->cctx, sample->best), 0);
	assert_int_equal(zipnn_cctx_set_check(f->cctx, check), 0);
	int64_t size =
	    zipnn_compress(f->cctx, f->blob, zipnn_compress_bound(RAW_SIZE), f->raw, RAW_SIZE);

	assert_true(size > 0);
	f->size = (size_t)size;
}

/* Decode; with a checksum, what is accepted must be the data that went in. */
static void decode(struct fixture *f, const uint8_t *blob, size_t size, int check, const char *what)
{
	uint8_t *copy = exact_copy(blob, size);
	int64_t result = zipnn_decompress(f->dctx, f->out.data, RAW_SIZE, copy, size);

	assert_true(guard_intact(&f->out, RAW_SIZE));
	assert_true(result >= ZIPNN_ERROR_ZSTD && result <= (int64_t)RAW_SIZE);
	if (check && result >= 0 &&
	    ((size_t)result != RAW_SIZE || memcmp(f->out.data, f->raw, RAW_SIZE) != 0))
		fail_msg("%s: wrong data, and no error", what);
	free(copy);
}

/* Damage of every kind that disks, networks and people do. Returns the new size. */
static size_t damage(uint8_t *blob, size_t size, uint64_t *random)
{
	const size_t at = (size_t)(data_random(random) % size);
	const size_t n = 1 + (size_t)(data_random(random) % 64);
	const size_t here = n < size - at ? n : size - at;

	switch (data_random(random) % 8) {
	case 0: /* a bit */
	case 1:
		blob[at] ^= (uint8_t)(1u << data_random(random) % 8);
		break;
	case 2: /* a byte, near the front, where the headers are */
		blob[at % (size < 200 ? size : 200)] = (uint8_t)data_random(random);
		break;
	case 3: /* two bytes */
		blob[at] = (uint8_t)data_random(random);
		blob[data_random(random) % size] = (uint8_t)data_random(random);
		break;
	case 4: /* a run of one value */
		memset(blob + at, data_random(random) % 2 ? 0 : 255, here);
		break;
	case 5: /* bytes lost */
		memmove(blob + at, blob + at + here, size - at - here);
		return size - here;
	case 6: /* bytes from elsewhere */
		memmove(blob + at, blob + data_random(random) % (size - here + 1), here);
		break;
	default: /* cut, and something else behind */
		blob[size - 1] ^= 1;
		return size - here / 2;
	}
	return size;
}

static void every_truncation(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		make(f, &samples[i], 1);
		decode(f, f->blob, f->size, 1, samples[i].name);
		/* All near the front, where fields are; then in steps that meet every kind. */
		for (size_t cut = 0; cut < f->size; cut += cut < 1000 ? 1 : 37) {
			uint8_t *copy = exact_copy(f->blob, cut);

			assert_true(zipnn_decompress(f->dctx, f->out.data, RAW_SIZE, copy, cut) <
				    0);
			free(copy);
		}
	}
}

static void random_damage(struct fixture *f, int check)
{
	uint8_t *damaged = malloc(zipnn_compress_bound(RAW_SIZE));
	const char *fewer = getenv("ZIPNN_TEST_DAMAGES");
	const unsigned count = fewer ? (unsigned)atoi(fewer) : RANDOM_DAMAGES;

	assert_non_null(damaged);
	assert_true(count > 0);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		uint64_t random = i;

		make(f, &samples[i], check);
		for (unsigned k = 0; k < count; k++) {
			memcpy(damaged, f->blob, f->size);
			size_t size = damage(damaged, f->size, &random);

			decode(f, damaged, size, check, samples[i].name);
		}
	}
	free(damaged);
}

static void random_damage_with_checksum(void **state)
{
	random_damage(*state, 1);
}

static void random_damage_without_checksum(void **state)
{
	random_damage(*state, 0);
}

/* The samples are worth nothing if they do not hold every layout and every coder. */
static void samples_hold_every_layout_and_coder(void **state)
{
	struct fixture *f = *state;
	unsigned layouts = 0;
	unsigned coders = 0;
	unsigned zstd_blobs = 0;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		make(f, &samples[i], 1);
		if (zipnn_load32(f->blob + 4) != ZIPNN_BLOB_MAGIC) {
			zstd_blobs++;
			continue;
		}
		for (size_t at = ZIPNN_BLOB_HEADER_SIZE; at < f->size;) {
			struct zipnn_chunk_info info;

			assert_int_equal(zipnn_chunk_parse(&info, f->blob + at, f->size - at), 0);
			layouts |= 1u << info.layout.id;
			for (unsigned k = 0; k < info.plane_count; k++)
				coders |= 1u << info.planes[k].coder;
			at += info.coded_size;
		}
	}
	assert_int_equal(layouts, (1u << ZIPNN_LAYOUT_COUNT) - 1);
	assert_int_equal(coders, 1u << ZIPNN_CODER_STORED | 1u << ZIPNN_CODER_CONSTANT |
				     1u << ZIPNN_CODER_HUFFMAN | 1u << ZIPNN_CODER_LANES |
				     1u << ZIPNN_CODER_ZSTD | 1u << ZIPNN_CODER_RANS);
	assert_true(zstd_blobs > 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(samples_hold_every_layout_and_coder),
	    TEST(every_truncation),
	    TEST(random_damage_with_checksum),
	    TEST(random_damage_without_checksum),
	};

	return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}
