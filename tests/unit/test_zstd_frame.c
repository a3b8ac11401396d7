// SPDX-License-Identifier: BSD-3-Clause
/*
 * Whether zstd is worth a try is guessed from LZ at its fastest. A guess that is too low costs ten
 * times the time that coding takes, one that is too high costs the space of every duplicate.
 */
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "data.h"
#include "entropy/zstd_frame.h"

#define SIZE ((size_t)256 << 10)

struct fixture {
	ZSTD_CCtx *zstd; /* level 3, as the library has it */
	ZSTD_CCtx *probe;
	uint8_t raw[SIZE];
	uint8_t scratch[SIZE];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->zstd = ZSTD_createCCtx();
	f->probe = ZSTD_createCCtx();
	assert_true(f->zstd && f->probe);
	ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_compressionLevel, 3);
	assert_int_equal(zipnn_zstd_probe_init(f->probe), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ZSTD_freeCCtx(f->zstd);
	ZSTD_freeCCtx(f->probe);
	free(f);
	return 0;
}

/* The guess must say yes a little above what zstd takes, and no at `percent` of it. */
static void check_guess(struct fixture *f, size_t percent)
{
	const int64_t real = zipnn_zstd_frame_encode(f->zstd, 0, f->scratch, SIZE, f->raw, SIZE);

	assert_true(real > 0);
	const size_t above = (size_t)real + (size_t)real / 50;
	const size_t below = (size_t)real * percent / 100;

	if (!zipnn_zstd_may_win(f->probe, f->scratch, f->raw, SIZE, above))
		fail_msg("zstd takes %d bytes, and is not tried against %zu", (int)real, above);
	if (zipnn_zstd_may_win(f->probe, f->scratch, f->raw, SIZE, below))
		fail_msg("zstd takes %d bytes, and is tried against %zu", (int)real, below);
}

/* FP16 of which some are zero: many short matches, and literals that are nearly noise. */
static void pruned_weights_are_not_tried_in_vain(void **state)
{
	struct fixture *f = *state;

	for (unsigned tenths = 4; tenths < 8; tenths++) {
		data_pruned_fp16(f->raw, SIZE, tenths, tenths);
		check_guess(f, 88);
	}
}

/* Rows that are found again, at any distance, between others. */
static void copies_are_tried(void **state)
{
	struct fixture *f = *state;
	const size_t row = 3072;

	for (unsigned share = 2; share < 6; share++) {
		data_weights(DATA_BF16, f->raw, SIZE, 0, share);
		for (size_t at = SIZE / 2; at + row <= SIZE; at += share * row)
			memcpy(f->raw + at, f->raw + at - SIZE / 2, row);
		check_guess(f, 85);
	}
}

static void text_is_tried(void **state)
{
	struct fixture *f = *state;

	data_fill(DATA_TEXT, f->raw, SIZE, 1);
	check_guess(f, 50);
}

static void noise_is_not_tried(void **state)
{
	struct fixture *f = *state;

	data_fill(DATA_NOISE, f->raw, SIZE, 1);
	assert_false(zipnn_zstd_may_win(f->probe, f->scratch, f->raw, SIZE, SIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pruned_weights_are_not_tried_in_vain),
	    cmocka_unit_test(copies_are_tried),
	    cmocka_unit_test(text_is_tried),
	    cmocka_unit_test(noise_is_not_tried),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
