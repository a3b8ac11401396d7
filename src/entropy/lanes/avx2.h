// SPDX-License-Identifier: BSD-3-Clause
/*
 * What both AVX2 kernels of lanes share: how lanes lie in registers, and look-ups.
 *
 * A row of 64 values is two *halves* of 32, a register of bytes each. The windows of a half's lanes
 * lie in four registers of 32-bit numbers: number q of register k belongs to the lane of value
 * 4 q + k of the half. So byte k of number q of a register of bytes speaks of that lane, and a
 * register of bytes is taken apart into four of numbers by shifts. Values of even number belong to
 * group 0: registers 0 and 2 are group 0's, 1 and 3 group 1's.
 */
#ifndef ZIPNN_ENTROPY_LANES_AVX2_H
#define ZIPNN_ENTROPY_LANES_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "entropy/lanes/deal_words.h"
#include "entropy/lanes/kernel.h"

/* The library itself is built for any x86-64; these functions run only where AVX2 was found. */
#define ZIPNN_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define ZIPNN_AVX2_INLINE ZIPNN_AVX2 static inline __attribute__((always_inline))

#define ZIPNN_HALF 32u
#define ZIPNN_HALF_REGISTERS 4u

/* The lanes of half h: which one is number q of register k? */
static inline unsigned zipnn_half_lane(unsigned h, unsigned k, unsigned q)
{
	return ZIPNN_GROUP_LANES * (k & 1) + 16 * h + 2 * q + (k >> 1);
}

ZIPNN_AVX2_INLINE __m256i zipnn_load256(const void *p)
{
	return _mm256_loadu_si256((const __m256i *)p);
}

ZIPNN_AVX2_INLINE void zipnn_store256(void *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)p, v);
}

/* 16 bytes, in both halves of a register: a table for _mm256_shuffle_epi8. */
ZIPNN_AVX2_INLINE __m256i zipnn_table16(const void *p)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)p));
}

/* Byte k of each 32-bit number, alone in it. */
ZIPNN_AVX2_INLINE __m256i zipnn_byte_of_each(__m256i bytes, unsigned k)
{
	const __m256i low = _mm256_set1_epi32(255);

	if (k == 0)
		return _mm256_and_si256(bytes, low);
	if (k == 3)
		return _mm256_srli_epi32(bytes, 24);
	return _mm256_and_si256(_mm256_srli_epi32(bytes, 8 * (int)k), low);
}

/*
 * The bits of a half's mask (a bit a value) that belong to group j, of its lower or upper 8 lanes.
 */
ZIPNN_AVX2_INLINE unsigned zipnn_group_bits(uint32_t mask, unsigned j, unsigned upper)
{
	return _pext_u32(mask, (upper ? 0x55550000u : 0x5555u) << j);
}

#endif
