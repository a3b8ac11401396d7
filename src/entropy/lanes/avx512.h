// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the AVX-512 kernels of lanes share.
 *
 * Nobody had such a CPU when they were written: tests/unit/simd_emulation/ says how they are
 * tested anyway.
 */
#ifndef ZIPNN_ENTROPY_LANES_AVX512_H
#define ZIPNN_ENTROPY_LANES_AVX512_H

#include <immintrin.h>
#include <string.h>

#include "entropy/lanes/byte_symbols.h"
#include "entropy/lanes/kernel.h"

/*
 * The library itself is built for any x86-64; these functions run only where the CPU was found to
 * have the instructions. Where they are emulated, the compiler need not know them, nor spend its
 * time on copies of what is inlined.
 */
#ifdef ZIPNN_EMULATED
#define ZIPNN_TARGET(features)
#define ZIPNN_INLINE static inline
#else
#define ZIPNN_TARGET(features) __attribute__((target(features)))
#define ZIPNN_INLINE static inline __attribute__((always_inline))
#endif
#define ZIPNN_AVX512_FEATURES "avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,lzcnt,popcnt"
#define ZIPNN_AVX512 ZIPNN_TARGET(ZIPNN_AVX512_FEATURES)
#define ZIPNN_VBMI ZIPNN_TARGET(ZIPNN_AVX512_FEATURES ",avx512vbmi,avx512vbmi2")
#define ZIPNN_AVX512_INLINE ZIPNN_AVX512 ZIPNN_INLINE
#define ZIPNN_VBMI_INLINE ZIPNN_VBMI ZIPNN_INLINE

/* A truth table of _mm512_ternarylogic_epi32. */
#define ZIPNN_B_WHERE_C_ELSE_A 0xd8

ZIPNN_AVX512_INLINE __m512i zipnn_load512(const void *p)
{
	return _mm512_loadu_si512(p);
}

ZIPNN_AVX512_INLINE void zipnn_store512(void *p, __m512i v)
{
	_mm512_storeu_si512(p, v);
}

/*
 * A load that the compiler may not make the memory operand of the expansion that follows: from
 * registers expansions are fast everywhere, from memory not on every CPU.
 */
ZIPNN_AVX512_INLINE __m512i zipnn_load512_apart(const void *p)
{
	__m512i v = zipnn_load512(p);

#ifndef ZIPNN_EMULATED
	__asm__("" : "+v"(v));
#endif
	return v;
}

/* A constant that stays in a register: gcc otherwise makes some anew in each turn of a loop. */
ZIPNN_AVX512_INLINE __m512i zipnn_keep512(__m512i v)
{
#ifndef ZIPNN_EMULATED
	__asm__("" : "+v"(v));
#endif
	return v;
}

ZIPNN_AVX512_INLINE __mmask64 zipnn_keep_mask64(__mmask64 mask)
{
#ifndef ZIPNN_EMULATED
	__asm__("" : "+k"(mask));
#endif
	return mask;
}

#endif
