// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which vector instructions the kernels may use.
 *
 * Kernels of every set give the same bytes; the set only decides how fast. It is found when a
 * context is created and kept there: nothing is global, and contexts may differ.
 */
#ifndef ZIPNN_CORE_CPU_H
#define ZIPNN_CORE_CPU_H

/*
 * Sets of instructions, each with all of those before it on its ladder:
 * SCALAR < AVX2 < AVX512 < VBMI on x86-64, SCALAR < NEON on aarch64.
 */
enum zipnn_isa {
	ZIPNN_ISA_SCALAR = 0, /* what the compiler was told to use: any CPU */
	ZIPNN_ISA_AVX2,       /* AVX2, BMI1, BMI2, LZCNT, POPCNT: Haswell, Zen */
	ZIPNN_ISA_AVX512,     /* AVX-512 F, BW, DQ, VL: Skylake-SP */
	ZIPNN_ISA_VBMI,       /* AVX-512 VBMI, VBMI2: Ice Lake, Zen 4 */
	ZIPNN_ISA_NEON,       /* every aarch64 */
	ZIPNN_ISA_COUNT,
};

/* "scalar", "avx2", ...: the words of ZIPNN_CPU. */
const char *zipnn_isa_name(enum zipnn_isa isa);

/* The best set that CPU and operating system offer. */
enum zipnn_isa zipnn_isa_of_cpu(void);

/*
 * The best set of a CPU with best that is not above limit. If the two are on different ladders they
 * have SCALAR alone in common, and that is the answer.
 */
enum zipnn_isa zipnn_isa_limit(enum zipnn_isa best, enum zipnn_isa limit);

/*
 * zipnn_isa_of_cpu within the limit that the environment variable ZIPNN_CPU names, so that one
 * machine can run every kernel below its own. A set the CPU lacks gives the best it has below it
 * (ZIPNN_CPU=neon on x86-64: scalar); a word that names no set, in small letters, limits nothing.
 * Reads the environment: getenv(3) says what other threads may do.
 */
enum zipnn_isa zipnn_isa_detect(void);

#endif
