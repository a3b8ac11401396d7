// SPDX-License-Identifier: BSD-3-Clause
/*
 * Split and merge with AVX2: see split_fast.h, and src/FORMAT.md section 3.1 for the planes.
 *
 * Each kernel takes 32 elements at a time, so that it loads or stores one full vector of each
 * plane; the library's functions take the rest. Shuffles work within halves (lanes) of 16 bytes;
 * the permutations that follow or precede them put the halves in order.
 */
#include "cli/bench/split_fast.h"

#include "split/split.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define STEP 32u

#define load(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define store(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)

/* Both lanes of a vector from one constant of 16 bytes. */
#define both_lanes(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

AVX2 static size_t split16(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	const __m256i low_byte = _mm256_set1_epi16(0xff);
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		__m256i a = load(src + 2 * i);
		__m256i b = load(src + 2 * i + 32);
		__m256i high;
		__m256i low;

		a = _mm256_or_si256(_mm256_slli_epi16(a, 1), _mm256_srli_epi16(a, 15));
		b = _mm256_or_si256(_mm256_slli_epi16(b, 1), _mm256_srli_epi16(b, 15));
		high = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
		low = _mm256_packus_epi16(_mm256_and_si256(a, low_byte),
					  _mm256_and_si256(b, low_byte));
		store(planes[0] + i, _mm256_permute4x64_epi64(high, 0xd8));
		store(planes[1] + i, _mm256_permute4x64_epi64(low, 0xd8));
	}
	return i;
}

AVX2 static size_t merge16(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		__m256i high = _mm256_permute4x64_epi64(load(planes[0] + i), 0xd8);
		__m256i low = _mm256_permute4x64_epi64(load(planes[1] + i), 0xd8);
		__m256i a = _mm256_unpacklo_epi8(low, high);
		__m256i b = _mm256_unpackhi_epi8(low, high);

		store(dst + 2 * i,
		      _mm256_or_si256(_mm256_srli_epi16(a, 1), _mm256_slli_epi16(a, 15)));
		store(dst + 2 * i + 32,
		      _mm256_or_si256(_mm256_srli_epi16(b, 1), _mm256_slli_epi16(b, 15)));
	}
	return i;
}

/* 8 elements, rotated; in each lane the four bytes of each plane side by side, plane 0 first. */
AVX2 static __m256i group32(const uint8_t *src)
{
	const __m256i by_plane = both_lanes(3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12);
	__m256i v = load(src);

	v = _mm256_or_si256(_mm256_slli_epi32(v, 1), _mm256_srli_epi32(v, 31));
	return _mm256_shuffle_epi8(v, by_plane);
}

AVX2 static size_t split32(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	const __m256i interleave = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		__m256i a = group32(src + 4 * i);
		__m256i b = group32(src + 4 * i + 32);
		__m256i c = group32(src + 4 * i + 64);
		__m256i d = group32(src + 4 * i + 96);
		__m256i ab01 = _mm256_unpacklo_epi32(a, b); /* planes 0 and 1 of a and b */
		__m256i ab23 = _mm256_unpackhi_epi32(a, b);
		__m256i cd01 = _mm256_unpacklo_epi32(c, d);
		__m256i cd23 = _mm256_unpackhi_epi32(c, d);
		__m256i p[4] = {
		    _mm256_unpacklo_epi64(ab01, cd01),
		    _mm256_unpackhi_epi64(ab01, cd01),
		    _mm256_unpacklo_epi64(ab23, cd23),
		    _mm256_unpackhi_epi64(ab23, cd23),
		};

		for (unsigned k = 0; k < 4; k++)
			store(planes[k] + i, _mm256_permutevar8x32_epi32(p[k], interleave));
	}
	return i;
}

AVX2 static void store_rotated32(uint8_t *dst, __m256i v)
{
	store(dst, _mm256_or_si256(_mm256_srli_epi32(v, 1), _mm256_slli_epi32(v, 31)));
}

AVX2 static size_t merge32(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	const __m256i deinterleave = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		__m256i p[4];
		__m256i low;
		__m256i high;

		for (unsigned k = 0; k < 4; k++)
			p[k] = _mm256_permutevar8x32_epi32(load(planes[k] + i), deinterleave);
		low = _mm256_unpacklo_epi8(p[3], p[2]);
		high = _mm256_unpacklo_epi8(p[1], p[0]);
		store_rotated32(dst + 4 * i, _mm256_unpacklo_epi16(low, high));
		store_rotated32(dst + 4 * i + 32, _mm256_unpackhi_epi16(low, high));
		low = _mm256_unpackhi_epi8(p[3], p[2]);
		high = _mm256_unpackhi_epi8(p[1], p[0]);
		store_rotated32(dst + 4 * i + 64, _mm256_unpacklo_epi16(low, high));
		store_rotated32(dst + 4 * i + 96, _mm256_unpackhi_epi16(low, high));
	}
	return i;
}

/* In each lane, eight words of eight vectors: word j of vector i becomes word i of vector j. */
AVX2 static void transpose_words(__m256i v[8])
{
	__m256i a[8];
	__m256i b[8];

	for (unsigned i = 0; i < 4; i++) {
		a[2 * i] = _mm256_unpacklo_epi16(v[2 * i], v[2 * i + 1]);
		a[2 * i + 1] = _mm256_unpackhi_epi16(v[2 * i], v[2 * i + 1]);
	}
	for (unsigned i = 0; i < 2; i++) {
		b[4 * i] = _mm256_unpacklo_epi32(a[4 * i], a[4 * i + 2]);
		b[4 * i + 1] = _mm256_unpackhi_epi32(a[4 * i], a[4 * i + 2]);
		b[4 * i + 2] = _mm256_unpacklo_epi32(a[4 * i + 1], a[4 * i + 3]);
		b[4 * i + 3] = _mm256_unpackhi_epi32(a[4 * i + 1], a[4 * i + 3]);
	}
	for (unsigned i = 0; i < 4; i++) {
		v[2 * i] = _mm256_unpacklo_epi64(b[i], b[i + 4]);
		v[2 * i + 1] = _mm256_unpackhi_epi64(b[i], b[i + 4]);
	}
}

AVX2 static size_t split64(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	/* In each lane, the two bytes of each plane side by side. */
	const __m256i by_plane = both_lanes(7, 15, 6, 14, 5, 13, 4, 12, 3, 11, 2, 10, 1, 9, 0, 8);
	const __m256i interleave = both_lanes(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		__m256i v[8];

		for (unsigned j = 0; j < 8; j++) {
			__m256i x = load(src + 8 * i + (size_t)32 * j);

			x = _mm256_or_si256(_mm256_slli_epi64(x, 1), _mm256_srli_epi64(x, 63));
			v[j] = _mm256_shuffle_epi8(x, by_plane);
		}
		transpose_words(v);
		for (unsigned k = 0; k < 8; k++) {
			__m256i x = _mm256_permute4x64_epi64(v[k], 0xd8);

			store(planes[k] + i, _mm256_shuffle_epi8(x, interleave));
		}
	}
	return i;
}

AVX2 static size_t merge64(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	const __m256i deinterleave =
	    both_lanes(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
	const __m256i by_element = both_lanes(14, 12, 10, 8, 6, 4, 2, 0, 15, 13, 11, 9, 7, 5, 3, 1);
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		__m256i v[8];

		for (unsigned k = 0; k < 8; k++) {
			__m256i x = _mm256_shuffle_epi8(load(planes[k] + i), deinterleave);

			v[k] = _mm256_permute4x64_epi64(x, 0xd8);
		}
		transpose_words(v);
		for (unsigned j = 0; j < 8; j++) {
			__m256i x = _mm256_shuffle_epi8(v[j], by_element);

			x = _mm256_or_si256(_mm256_srli_epi64(x, 1), _mm256_slli_epi64(x, 63));
			store(dst + 8 * i + (size_t)32 * j, x);
		}
	}
	return i;
}

static size_t split_vectors(unsigned element, uint8_t *const planes[], const uint8_t *src, size_t n)
{
	if (!__builtin_cpu_supports("avx2"))
		return 0;
	switch (element) {
	case 2:
		return split16(planes, src, n);
	case 4:
		return split32(planes, src, n);
	case 8:
		return split64(planes, src, n);
	default:
		return 0;
	}
}

static size_t merge_vectors(unsigned element, uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	if (!__builtin_cpu_supports("avx2"))
		return 0;
	switch (element) {
	case 2:
		return merge16(dst, planes, n);
	case 4:
		return merge32(dst, planes, n);
	case 8:
		return merge64(dst, planes, n);
	default:
		return 0;
	}
}
#else
static size_t split_vectors(unsigned element, uint8_t *const planes[], const uint8_t *src, size_t n)
{
	(void)element, (void)planes, (void)src, (void)n;
	return 0;
}

static size_t merge_vectors(unsigned element, uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	(void)element, (void)dst, (void)planes, (void)n;
	return 0;
}
#endif

void split_fast(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src, size_t n)
{
	unsigned element = zipnn_element_size(layout);
	size_t done = split_vectors(element, planes, src, n);
	uint8_t *rest[ZIPNN_MAX_PLANES] = {NULL};

	for (unsigned k = 0; k < element; k++)
		rest[k] = planes[k] + done;
	zipnn_split(layout, rest, src + done * element, n - done);
}

void merge_fast(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	unsigned element = zipnn_element_size(layout);
	size_t done = merge_vectors(element, dst, planes, n);
	const uint8_t *rest[ZIPNN_MAX_PLANES] = {NULL};

	for (unsigned k = 0; k < element; k++)
		rest[k] = planes[k] + done;
	zipnn_merge(layout, dst + done * element, rest, n - done);
}
