// SPDX-License-Identifier: BSD-3-Clause
/*
 * A wrong answer about the CPU is a crash of whatever host loaded the library, on a machine nobody
 * tested; and if ZIPNN_CPU did not work, all tests of the slower kernels would test the fastest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "core/cpu.h"
#include "data.h"
#include "frame/context.h"
#include "zipnn.h"

#define RAW_SIZE ((size_t)300000)

static void words_of_the_environment(void **state)
{
	(void)state;
	assert_string_equal(zipnn_isa_name(ZIPNN_ISA_SCALAR), "scalar");
	assert_string_equal(zipnn_isa_name(ZIPNN_ISA_AVX2), "avx2");
	assert_string_equal(zipnn_isa_name(ZIPNN_ISA_AVX512), "avx512");
	assert_string_equal(zipnn_isa_name(ZIPNN_ISA_VBMI), "vbmi");
	assert_string_equal(zipnn_isa_name(ZIPNN_ISA_NEON), "neon");
	assert_string_equal(zipnn_isa_name(ZIPNN_ISA_COUNT), "unknown");
}

static void a_limit_never_adds(void **state)
{
	const enum zipnn_isa S = ZIPNN_ISA_SCALAR;
	const enum zipnn_isa A2 = ZIPNN_ISA_AVX2;
	const enum zipnn_isa A5 = ZIPNN_ISA_AVX512;
	const enum zipnn_isa V = ZIPNN_ISA_VBMI;
	const enum zipnn_isa N = ZIPNN_ISA_NEON;
	const enum zipnn_isa expected[ZIPNN_ISA_COUNT][ZIPNN_ISA_COUNT] = {
	    /* limit: scalar, avx2, avx512, vbmi, neon */
	    {S, S, S, S, S},   {S, A2, A2, A2, S}, {S, A2, A5, A5, S},
	    {S, A2, A5, V, S}, {S, S, S, S, N},
	};

	(void)state;
	for (unsigned best = 0; best < ZIPNN_ISA_COUNT; best++) {
		for (unsigned limit = 0; limit < ZIPNN_ISA_COUNT; limit++)
			assert_int_equal(
			    zipnn_isa_limit((enum zipnn_isa)best, (enum zipnn_isa)limit),
			    expected[best][limit]);
	}
}

static void environment_limits_what_is_detected(void **state)
{
	static const char *const ignored[] = {"", "AVX2", "avx", "avx2 ", "scalars", "sse2", "0"};

	(void)state;
	assert_int_equal(unsetenv("ZIPNN_CPU"), 0);
	const enum zipnn_isa best = zipnn_isa_detect();

	for (unsigned isa = 0; isa < ZIPNN_ISA_COUNT; isa++) {
		assert_int_equal(setenv("ZIPNN_CPU", zipnn_isa_name((enum zipnn_isa)isa), 1), 0);
		assert_int_equal(zipnn_isa_detect(), zipnn_isa_limit(best, (enum zipnn_isa)isa));
	}
	for (unsigned i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		assert_int_equal(setenv("ZIPNN_CPU", ignored[i], 1), 0);
		assert_int_equal(zipnn_isa_detect(), best);
	}
	assert_int_equal(unsetenv("ZIPNN_CPU"), 0);
}

#if defined(__x86_64__)
/* Whether " name " is among the words of a line, the last of which ends with a newline. */
static int has_flag(const char *line, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = strstr(line, name); at; at = strstr(at + 1, name)) {
		if (at[-1] == ' ' && (at[length] == ' ' || at[length] == '\n'))
			return 1;
	}
	return 0;
}

static int has_flags(const char *line, const char *const names[])
{
	for (unsigned i = 0; names[i]; i++) {
		if (!has_flag(line, names[i]))
			return 0;
	}
	return 1;
}

/* The kernel has asked the CPU, too, and shows only what it lets programs use. */
static enum zipnn_isa isa_of_flags(const char *line)
{
	const char *const avx2[] = {"avx2", "bmi1", "bmi2", "abm", "popcnt", NULL};
	const char *const avx512[] = {"avx512f", "avx512bw", "avx512dq", "avx512vl", NULL};
	const char *const vbmi[] = {"avx512vbmi", "avx512_vbmi2", NULL};

	if (!has_flags(line, avx2))
		return ZIPNN_ISA_SCALAR;
	if (!has_flags(line, avx512))
		return ZIPNN_ISA_AVX2;
	return has_flags(line, vbmi) ? ZIPNN_ISA_VBMI : ZIPNN_ISA_AVX512;
}

static void detected_as_the_kernel_says(void **state)
{
	char line[8192] = "";
	FILE *cpuinfo = fopen("/proc/cpuinfo", "r");

	(void)state;
	if (!cpuinfo)
		skip();
	while (fgets(line, sizeof(line), cpuinfo) && strncmp(line, "flags", 5) != 0)
		;
	(void)fclose(cpuinfo);
	if (strncmp(line, "flags", 5) != 0)
		skip();
	assert_int_equal(unsetenv("ZIPNN_CPU"), 0);
	assert_string_equal(zipnn_isa_name(zipnn_isa_detect()), zipnn_isa_name(isa_of_flags(line)));
}
#else
static void detected_as_the_kernel_says(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("ZIPNN_CPU"), 0);
#if defined(__aarch64__)
	assert_int_equal(zipnn_isa_detect(), ZIPNN_ISA_NEON);
#else
	assert_int_equal(zipnn_isa_detect(), ZIPNN_ISA_SCALAR);
#endif
}
#endif

static void a_context_keeps_what_it_was_created_with(void **state)
{
	(void)state;
	assert_int_equal(setenv("ZIPNN_CPU", "scalar", 1), 0);
	zipnn_cctx *cctx = zipnn_cctx_create();
	zipnn_dctx *dctx = zipnn_dctx_create();

	assert_int_equal(unsetenv("ZIPNN_CPU"), 0);
	zipnn_cctx *best_cctx = zipnn_cctx_create();
	zipnn_dctx *best_dctx = zipnn_dctx_create();

	assert_non_null(cctx);
	assert_non_null(dctx);
	assert_non_null(best_cctx);
	assert_non_null(best_dctx);
	assert_int_equal(cctx->isa, ZIPNN_ISA_SCALAR);
	assert_int_equal(dctx->isa, ZIPNN_ISA_SCALAR);
	assert_int_equal(best_cctx->isa, zipnn_isa_detect());
	assert_int_equal(best_dctx->isa, zipnn_isa_detect());
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	zipnn_cctx_free(best_cctx);
	zipnn_dctx_free(best_dctx);
}

/* Replicas of an object are written by whatever CPUs the hosts have, and compared by checksum. */
static void blobs_do_not_depend_on_the_cpu(void **state)
{
	const size_t capacity = zipnn_compress_bound(RAW_SIZE);
	uint8_t *raw = malloc(RAW_SIZE);
	uint8_t *back = malloc(RAW_SIZE);
	uint8_t *blobs[2] = {malloc(capacity), malloc(capacity)};
	zipnn_cctx *cctx = zipnn_cctx_create();
	zipnn_dctx *dctx = zipnn_dctx_create();

	(void)state;
	assert_non_null(raw);
	assert_non_null(back);
	assert_non_null(blobs[0]);
	assert_non_null(blobs[1]);
	assert_non_null(cctx);
	assert_non_null(dctx);
	const enum zipnn_isa best = zipnn_isa_detect();

	for (unsigned kind = 0; kind < DATA_KIND_COUNT; kind++) {
		data_fill((enum data_kind)kind, raw, RAW_SIZE, kind);
		cctx->isa = ZIPNN_ISA_SCALAR;
		int64_t size = zipnn_compress(cctx, blobs[0], capacity, raw, RAW_SIZE);

		assert_true(size > 0);
		for (unsigned isa = 1; isa < ZIPNN_ISA_COUNT; isa++) {
			if (zipnn_isa_limit(best, (enum zipnn_isa)isa) != isa)
				continue; /* not this machine's */
			cctx->isa = (enum zipnn_isa)isa;
			dctx->isa = (enum zipnn_isa)isa;
			assert_int_equal(zipnn_compress(cctx, blobs[1], capacity, raw, RAW_SIZE),
					 size);
			assert_memory_equal(blobs[1], blobs[0], (size_t)size);
			assert_int_equal(
			    zipnn_decompress(dctx, back, RAW_SIZE, blobs[1], (size_t)size),
			    RAW_SIZE);
			assert_memory_equal(back, raw, RAW_SIZE);
		}
	}
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	free(raw);
	free(back);
	free(blobs[0]);
	free(blobs[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_of_the_environment),
	    cmocka_unit_test(a_limit_never_adds),
	    cmocka_unit_test(environment_limits_what_is_detected),
	    cmocka_unit_test(detected_as_the_kernel_says),
	    cmocka_unit_test(a_context_keeps_what_it_was_created_with),
	    cmocka_unit_test(blobs_do_not_depend_on_the_cpu),
	};

	return cmocka_run_group_tests_name("cpu", tests, NULL, NULL);
}
