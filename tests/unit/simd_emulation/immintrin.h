// SPDX-License-Identifier: BSD-3-Clause
/*
 * Stands in for the compiler's <immintrin.h> where AVX-512 kernels are tested on a CPU without
 * AVX-512: each intrinsic becomes plain C. Most come from SIMDe (Debian: libsimde-dev); those that
 * its version 0.7.4 lacks are written out below from the pseudocode of the "Intel Intrinsics
 * Guide". The kernels' sources are compiled as they are, with this folder before the compiler's own
 * and with ZIPNN_EMULATED, which leaves out what only a real CPU wants: avx512.h.
 *
 * What this cannot show: that the compiler makes the right instructions, and how fast they are.
 */
#ifndef ZIPNN_TESTS_UNIT_SIMD_EMULATION_IMMINTRIN_H
#define ZIPNN_TESTS_UNIT_SIMD_EMULATION_IMMINTRIN_H

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <stdint.h>
#include <string.h>

typedef simde__mmask16 __mmask16;
typedef simde__mmask32 __mmask32;
typedef simde__mmask64 __mmask64;

#define ZIPNN_EMULATE static inline __attribute__((unused))

/* The numbers of a register, or of the part that one belongs to. */
union zipnn_emulated {
	uint8_t u8[64];
	uint16_t u16[32];
	uint32_t u32[16];
};

ZIPNN_EMULATE union zipnn_emulated zipnn_numbers(__m512i v)
{
	union zipnn_emulated numbers;

	memcpy(&numbers, &v, sizeof(numbers));
	return numbers;
}

ZIPNN_EMULATE __m512i zipnn_register(union zipnn_emulated numbers)
{
	__m512i v;

	memcpy(&v, &numbers, sizeof(v));
	return v;
}

/* vpexpandb: the lowest bytes of a to the places of the mask, in order; src to the others. */
ZIPNN_EMULATE __m512i zipnn_mask_expand_epi8(__m512i src, __mmask64 k, __m512i a)
{
	union zipnn_emulated dst = zipnn_numbers(src);
	const union zipnn_emulated from = zipnn_numbers(a);
	unsigned m = 0;

	for (unsigned j = 0; j < 64; j++) {
		if (k >> j & 1)
			dst.u8[j] = from.u8[m++];
	}
	return zipnn_register(dst);
}

/* vpexpandw, vpexpandd with zeroing. */
ZIPNN_EMULATE __m512i zipnn_maskz_expand_epi16(__mmask32 k, __m512i a)
{
	const union zipnn_emulated from = zipnn_numbers(a);
	union zipnn_emulated dst;
	unsigned m = 0;

	for (unsigned j = 0; j < 32; j++)
		dst.u16[j] = k >> j & 1 ? from.u16[m++] : 0;
	return zipnn_register(dst);
}

ZIPNN_EMULATE __m512i zipnn_maskz_expand_epi32(__mmask16 k, __m512i a)
{
	const union zipnn_emulated from = zipnn_numbers(a);
	union zipnn_emulated dst;
	unsigned m = 0;

	for (unsigned j = 0; j < 16; j++)
		dst.u32[j] = k >> j & 1 ? from.u32[m++] : 0;
	return zipnn_register(dst);
}

/* vpcompressw with zeroing: the numbers of the mask to the lowest places, in order. */
ZIPNN_EMULATE __m512i zipnn_maskz_compress_epi16(__mmask32 k, __m512i a)
{
	const union zipnn_emulated from = zipnn_numbers(a);
	union zipnn_emulated dst = {{0}};
	unsigned m = 0;

	for (unsigned j = 0; j < 32; j++) {
		if (k >> j & 1)
			dst.u16[m++] = from.u16[j];
	}
	return zipnn_register(dst);
}

/* vpshldvw: the upper half of a:b shifted left; vpshrdvw: the lower half of b:a shifted right; the
 * count modulo 16. */
ZIPNN_EMULATE __m512i zipnn_shldv_epi16(__m512i a, __m512i b, __m512i c)
{
	const union zipnn_emulated high = zipnn_numbers(a);
	const union zipnn_emulated low = zipnn_numbers(b);
	const union zipnn_emulated count = zipnn_numbers(c);
	union zipnn_emulated dst;

	for (unsigned j = 0; j < 32; j++) {
		const uint32_t both = (uint32_t)high.u16[j] << 16 | low.u16[j];

		dst.u16[j] = (uint16_t)(both << (count.u16[j] & 15) >> 16);
	}
	return zipnn_register(dst);
}

ZIPNN_EMULATE __m512i zipnn_shrdv_epi16(__m512i a, __m512i b, __m512i c)
{
	const union zipnn_emulated low = zipnn_numbers(a);
	const union zipnn_emulated high = zipnn_numbers(b);
	const union zipnn_emulated count = zipnn_numbers(c);
	union zipnn_emulated dst;

	for (unsigned j = 0; j < 32; j++) {
		const uint32_t both = (uint32_t)high.u16[j] << 16 | low.u16[j];

		dst.u16[j] = (uint16_t)(both >> (count.u16[j] & 15));
	}
	return zipnn_register(dst);
}

/* vpsrlvw with merging. */
ZIPNN_EMULATE __m512i zipnn_mask_srlv_epi16(__m512i src, __mmask32 k, __m512i a, __m512i c)
{
	union zipnn_emulated dst = zipnn_numbers(src);
	const union zipnn_emulated from = zipnn_numbers(a);
	const union zipnn_emulated count = zipnn_numbers(c);

	for (unsigned j = 0; j < 32; j++) {
		if (k >> j & 1)
			dst.u16[j] =
			    (uint16_t)(count.u16[j] < 16 ? from.u16[j] >> count.u16[j] : 0);
	}
	return zipnn_register(dst);
}

/* vpcmpuw, less than. */
ZIPNN_EMULATE __mmask32 zipnn_cmplt_epu16_mask(__m512i a, __m512i b)
{
	const union zipnn_emulated x = zipnn_numbers(a);
	const union zipnn_emulated y = zipnn_numbers(b);
	__mmask32 k = 0;

	for (unsigned j = 0; j < 32; j++)
		k |= (__mmask32)(x.u16[j] < y.u16[j]) << j;
	return k;
}

/* vptestnmb, vptestnmw: where a and b have no bit in common. */
ZIPNN_EMULATE __mmask64 zipnn_testn_epi8_mask(__m512i a, __m512i b)
{
	const union zipnn_emulated x = zipnn_numbers(a);
	const union zipnn_emulated y = zipnn_numbers(b);
	__mmask64 k = 0;

	for (unsigned j = 0; j < 64; j++)
		k |= (__mmask64)((x.u8[j] & y.u8[j]) == 0) << j;
	return k;
}

ZIPNN_EMULATE __mmask32 zipnn_testn_epi16_mask(__m512i a, __m512i b)
{
	const union zipnn_emulated x = zipnn_numbers(a);
	const union zipnn_emulated y = zipnn_numbers(b);
	__mmask32 k = 0;

	for (unsigned j = 0; j < 32; j++)
		k |= (__mmask32)((x.u16[j] & y.u16[j]) == 0) << j;
	return k;
}

/* vpsrlw, vpsllw with merging; the count is below 16 here. */
ZIPNN_EMULATE __m512i zipnn_mask_srli_epi16(__m512i src, __mmask32 k, __m512i a, unsigned count)
{
	union zipnn_emulated dst = zipnn_numbers(src);
	const union zipnn_emulated from = zipnn_numbers(a);

	for (unsigned j = 0; j < 32; j++) {
		if (k >> j & 1)
			dst.u16[j] = (uint16_t)(from.u16[j] >> count);
	}
	return zipnn_register(dst);
}

ZIPNN_EMULATE __m512i zipnn_mask_slli_epi16(__m512i src, __mmask32 k, __m512i a, unsigned count)
{
	union zipnn_emulated dst = zipnn_numbers(src);
	const union zipnn_emulated from = zipnn_numbers(a);

	for (unsigned j = 0; j < 32; j++) {
		if (k >> j & 1)
			dst.u16[j] = (uint16_t)(from.u16[j] << count);
	}
	return zipnn_register(dst);
}

/* vpmovzxwd */
ZIPNN_EMULATE __m512i zipnn_cvtepu16_epi32(__m256i a)
{
	union zipnn_emulated dst;
	uint16_t from[16];

	memcpy(from, &a, sizeof(from));
	for (unsigned j = 0; j < 16; j++)
		dst.u32[j] = from[j];
	return zipnn_register(dst);
}

#define _mm512_testn_epi8_mask zipnn_testn_epi8_mask
#define _mm512_testn_epi16_mask zipnn_testn_epi16_mask
#define _mm512_mask_srli_epi16 zipnn_mask_srli_epi16
#define _mm512_mask_slli_epi16 zipnn_mask_slli_epi16
#define _mm512_cvtepu16_epi32 zipnn_cvtepu16_epi32
#define _mm512_mask_expand_epi8 zipnn_mask_expand_epi8
#define _mm512_maskz_expand_epi16 zipnn_maskz_expand_epi16
#define _mm512_maskz_expand_epi32 zipnn_maskz_expand_epi32
#define _mm512_maskz_compress_epi16 zipnn_maskz_compress_epi16
#define _mm512_shldv_epi16 zipnn_shldv_epi16
#define _mm512_shrdv_epi16 zipnn_shrdv_epi16
#define _mm512_mask_srlv_epi16 zipnn_mask_srlv_epi16
#define _mm512_cmplt_epu16_mask zipnn_cmplt_epu16_mask

#endif
