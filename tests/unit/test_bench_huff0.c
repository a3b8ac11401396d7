// SPDX-License-Identifier: BSD-3-Clause
/*
 * The rival must be a real codec: what it leaves out of its blocks, or does not check, would make
 * it look better than anything that can be used.
 */
#include "cli/bench/codec.h"
#include "cmocka_all.h"
#include "data.h"
#include "guard.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BLOCK ((size_t)1 << 20)

struct fixture {
	const struct codec *codec;
	void *context;
	uint8_t *raw;
	uint8_t *scratch;
	uint8_t *coded;
	uint8_t *back;
	size_t capacity;
};

static int setup(void **state)
{
	static struct fixture fixture;
	const struct codec_settings settings = {.max_block = MAX_BLOCK};
	const char *why = NULL;

	fixture.codec = &codec_huff0_planes;
	*state = &fixture;
	if (fixture.codec->unavailable != NULL)
		return 0;
	fixture.context = fixture.codec->create(fixture.codec, &settings, &why);
	fixture.capacity = fixture.codec->bound(MAX_BLOCK);
	fixture.raw = malloc(MAX_BLOCK);
	fixture.scratch = malloc(MAX_BLOCK);
	fixture.coded = malloc(fixture.capacity);
	fixture.back = malloc(MAX_BLOCK);
	return !fixture.context || !fixture.raw || !fixture.scratch || !fixture.coded ||
	       !fixture.back;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->codec->unavailable != NULL)
		return 0;
	fixture->codec->destroy(fixture->context);
	free(fixture->raw);
	free(fixture->scratch);
	free(fixture->coded);
	free(fixture->back);
	return 0;
}

static struct fixture *have(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->codec->unavailable != NULL) {
		print_message("%s\n", fixture->codec->unavailable);
		skip();
	}
	return fixture;
}

static size_t encode(struct fixture *f, size_t size)
{
	struct plan plan;
	int64_t coded;

	plan_make(&plan, f->raw, size, f->scratch);
	coded =
	    f->codec->compress(f->context, &plan, f->coded, f->codec->bound(size), f->raw, size);
	assert_true(coded > 0 && (size_t)coded <= f->codec->bound(size));
	return (size_t)coded;
}

static size_t round_trip(struct fixture *f, size_t size)
{
	size_t coded = encode(f, size);

	memset(f->back, 0x55, size);
	assert_int_equal(f->codec->decompress(f->context, f->back, size, f->coded, coded), size);
	assert_memory_equal(f->back, f->raw, size);
	return coded;
}

static void all_data_come_back(void **state)
{
	static const size_t sizes[] = {1,     2,      7,      511,    512,      4096,
				       65535, 131072, 262147, 524288, MAX_BLOCK};
	struct fixture *f = have(state);

	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			data_fill((enum data_kind)kind, f->raw, sizes[i], i);
			round_trip(f, sizes[i]);
		}
	}
}

static void elements_begin_anywhere(void **state)
{
	static const struct {
		enum data_kind kind;
		unsigned element;
	} kinds[] = {{DATA_BF16, 2}, {DATA_FP16, 2}, {DATA_FP32, 4}, {DATA_FP64, 8}};
	struct fixture *f = have(state);

	for (size_t i = 0; i < 4; i++) {
		for (unsigned phase = 0; phase < kinds[i].element; phase++) {
			data_weights(kinds[i].kind, f->raw, 262143, phase, 1);
			round_trip(f, 262143);
		}
	}
}

/* It codes what shrinks, it counts what it writes: sizes near the entropy, and none below it. */
static void sizes_are_what_they_should_be(void **state)
{
	struct fixture *f = have(state);
	size_t size = 524288;
	size_t coded;

	data_fill(DATA_BF16, f->raw, size, 1);
	coded = round_trip(f, size);
	assert_in_range(coded, size * 62 / 100, size * 70 / 100);
	data_fill(DATA_FP32, f->raw, size, 1);
	coded = round_trip(f, size);
	assert_in_range(coded, size * 80 / 100, size * 86 / 100);
	/* Two planes of zeros, a byte each; what FP32 made from BF16 has besides is a BF16. */
	data_fill(DATA_CLEAN_FP32, f->raw, size, 1);
	coded = round_trip(f, size);
	assert_in_range(coded, size * 30 / 100, size * 36 / 100);
	/* Header and CRC, an entry of one plane, the byte. */
	data_fill(DATA_CONSTANT, f->raw, size, 1);
	assert_int_equal(round_trip(f, size), 12 + 4 + 1);
	data_fill(DATA_NOISE, f->raw, size, 1);
	assert_int_equal(round_trip(f, size), 12 + 4 + size);
}

/* The checksum is checked: no flipped bit gives other data. */
static void damage_never_gives_other_data(void **state)
{
	struct fixture *f = have(state);
	size_t size = 8192;
	size_t coded;
	size_t caught = 0;

	data_fill(DATA_BF16, f->raw, size, 1);
	coded = encode(f, size);
	for (size_t bit = 0; bit < 8 * coded; bit += bit < 400 ? 1 : 61) {
		f->coded[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (f->codec->decompress(f->context, f->back, size, f->coded, coded) ==
		    (int64_t)size)
			assert_memory_equal(f->back, f->raw, size);
		else
			caught++;
		f->coded[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(caught > 400);
	for (size_t cut = 0; cut < coded; cut += cut < 64 ? 1 : 37) {
		uint8_t *copy = exact_copy(f->coded, cut);

		assert_true(f->codec->decompress(f->context, f->back, size, copy, cut) < 0);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_data_come_back),
	    cmocka_unit_test(elements_begin_anywhere),
	    cmocka_unit_test(sizes_are_what_they_should_be),
	    cmocka_unit_test(damage_never_gives_other_data),
	};

	return cmocka_run_group_tests_name("bench_huff0", tests, setup, teardown);
}
