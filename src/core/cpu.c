// SPDX-License-Identifier: BSD-3-Clause
/*
 * Asking the CPU, within the limit of ZIPNN_CPU: see cpu.h.
 *
 * The compiler's __builtin_cpu_supports also asks the operating system whether it saves the wide
 * registers (XGETBV). Not every compiler knows all names there: LZCNT is asked for by number.
 */
#include "core/cpu.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static int has_lzcnt(void)
{
	unsigned a;
	unsigned b;
	unsigned c;
	unsigned d;

	return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & bit_LZCNT);
}

enum zipnn_isa zipnn_isa_of_cpu(void)
{
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
	    !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("popcnt") || !has_lzcnt())
		return ZIPNN_ISA_SCALAR;
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
	    !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
		return ZIPNN_ISA_AVX2;
	if (!__builtin_cpu_supports("avx512vbmi") || !__builtin_cpu_supports("avx512vbmi2"))
		return ZIPNN_ISA_AVX512;
	return ZIPNN_ISA_VBMI;
}
#elif defined(__aarch64__)
enum zipnn_isa zipnn_isa_of_cpu(void)
{
	return ZIPNN_ISA_NEON;
}
#else
enum zipnn_isa zipnn_isa_of_cpu(void)
{
	return ZIPNN_ISA_SCALAR;
}
#endif

const char *zipnn_isa_name(enum zipnn_isa isa)
{
	static const char *const names[ZIPNN_ISA_COUNT] = {"scalar", "avx2", "avx512", "vbmi",
							   "neon"};

	return isa < ZIPNN_ISA_COUNT ? names[isa] : "unknown";
}

enum zipnn_isa zipnn_isa_limit(enum zipnn_isa best, enum zipnn_isa limit)
{
	if (best == ZIPNN_ISA_NEON || limit == ZIPNN_ISA_NEON)
		return best == limit ? best : ZIPNN_ISA_SCALAR;
	return best < limit ? best : limit;
}

enum zipnn_isa zipnn_isa_detect(void)
{
	const enum zipnn_isa best = zipnn_isa_of_cpu();
	const char *word = getenv("ZIPNN_CPU");

	for (unsigned isa = 0; word && isa < ZIPNN_ISA_COUNT; isa++) {
		if (strcmp(word, zipnn_isa_name((enum zipnn_isa)isa)) == 0)
			return zipnn_isa_limit(best, (enum zipnn_isa)isa);
	}
	return best;
}
