// SPDX-License-Identifier: BSD-3-Clause
/*
 * Split and merge with AVX2: src/FORMAT.md section 3.1. The scalar kernels are the reference, and
 * do what is left over behind the last whole step.
 *
 * A step is 32 elements, which fill one register of each plane. The instructions that shuffle bytes
 * work on the two halves of a register apart, so the elements of a step are laid out to match: the
 * first 16 in the low halves, the other 16 in the high halves. Within a half, elements and planes
 * are rows and columns of a small matrix of bytes, which is transposed by interleaving rows.
 */
#include "split/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define STEP 32u

/* The library itself is built for any x86-64; these functions run only where AVX2 was found. */
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load(const uint8_t *p)
{
	return _mm256_loadu_si256((const __m256i *)p);
}

AVX2 static inline void store(uint8_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)p, v);
}

/* 16 bytes into the low half, 16 from elsewhere into the high half. */
AVX2 static inline __m256i load_halves(const uint8_t *low, const uint8_t *high)
{
	const __m256i v = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low));

	return _mm256_inserti128_si256(v, _mm_loadu_si128((const __m128i *)high), 1);
}

/* The low halves of a and b to low, the high halves to high. */
AVX2 static inline void store_halves(uint8_t *low, uint8_t *high, __m256i a, __m256i b)
{
	store(low, _mm256_permute2x128_si256(a, b, 0x20));
	store(high, _mm256_permute2x128_si256(a, b, 0x31));
}

/* The same order of bytes in both halves. */
AVX2 static inline __m256i reorder(__m256i v, __m128i order)
{
	return _mm256_shuffle_epi8(v, _mm256_broadcastsi128_si256(order));
}

AVX2 static inline __m256i rotate_left16(__m256i v)
{
	return _mm256_or_si256(_mm256_add_epi16(v, v), _mm256_srli_epi16(v, 15));
}

AVX2 static inline __m256i rotate_right16(__m256i v)
{
	return _mm256_or_si256(_mm256_srli_epi16(v, 1), _mm256_slli_epi16(v, 15));
}

AVX2 static inline __m256i rotate_left32(__m256i v)
{
	return _mm256_or_si256(_mm256_add_epi32(v, v), _mm256_srli_epi32(v, 31));
}

AVX2 static inline __m256i rotate_right32(__m256i v)
{
	return _mm256_or_si256(_mm256_srli_epi32(v, 1), _mm256_slli_epi32(v, 31));
}

AVX2 static inline __m256i rotate_left64(__m256i v)
{
	return _mm256_or_si256(_mm256_add_epi64(v, v), _mm256_srli_epi64(v, 63));
}

AVX2 static inline __m256i rotate_right64(__m256i v)
{
	return _mm256_or_si256(_mm256_srli_epi64(v, 1), _mm256_slli_epi64(v, 63));
}

/*
 * The functions below do as many whole steps as fit into n elements and return how many elements
 * that was. Plane pointers are copied: the compiler must assume that a store changes the array.
 */

AVX2 static size_t split16(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	/* Of 8 elements: all top bytes, then all bottom bytes. */
	const __m128i order = _mm_setr_epi8(1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14);
	uint8_t *const p0 = planes[0];
	uint8_t *const p1 = planes[1];
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		const uint8_t *p = src + 2 * i;
		__m256i a = reorder(rotate_left16(load_halves(p, p + 32)), order);
		__m256i b = reorder(rotate_left16(load_halves(p + 16, p + 48)), order);

		store(p0 + i, _mm256_unpacklo_epi64(a, b));
		store(p1 + i, _mm256_unpackhi_epi64(a, b));
	}
	return i;
}

AVX2 static size_t merge16(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	const uint8_t *const p0 = planes[0];
	const uint8_t *const p1 = planes[1];
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		__m256i high = load(p0 + i);
		__m256i low = load(p1 + i);
		__m256i a = rotate_right16(_mm256_unpacklo_epi8(low, high));
		__m256i b = rotate_right16(_mm256_unpackhi_epi8(low, high));

		store_halves(dst + 2 * i, dst + 2 * i + 32, a, b);
	}
	return i;
}

AVX2 static size_t split32(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	/* Of 4 elements: a word of 4 bytes for each plane. */
	const __m128i order = _mm_setr_epi8(3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12);
	uint8_t *const p0 = planes[0];
	uint8_t *const p1 = planes[1];
	uint8_t *const p2 = planes[2];
	uint8_t *const p3 = planes[3];
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		const uint8_t *p = src + 4 * i;
		__m256i a = reorder(rotate_left32(load_halves(p, p + 64)), order);
		__m256i b = reorder(rotate_left32(load_halves(p + 16, p + 80)), order);
		__m256i c = reorder(rotate_left32(load_halves(p + 32, p + 96)), order);
		__m256i d = reorder(rotate_left32(load_halves(p + 48, p + 112)), order);
		__m256i ab01 = _mm256_unpacklo_epi32(a, b);
		__m256i ab23 = _mm256_unpackhi_epi32(a, b);
		__m256i cd01 = _mm256_unpacklo_epi32(c, d);
		__m256i cd23 = _mm256_unpackhi_epi32(c, d);

		store(p0 + i, _mm256_unpacklo_epi64(ab01, cd01));
		store(p1 + i, _mm256_unpackhi_epi64(ab01, cd01));
		store(p2 + i, _mm256_unpacklo_epi64(ab23, cd23));
		store(p3 + i, _mm256_unpackhi_epi64(ab23, cd23));
	}
	return i;
}

AVX2 static size_t merge32(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	const uint8_t *const p0 = planes[0];
	const uint8_t *const p1 = planes[1];
	const uint8_t *const p2 = planes[2];
	const uint8_t *const p3 = planes[3];
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		uint8_t *p = dst + 4 * i;
		__m256i v0 = load(p0 + i);
		__m256i v1 = load(p1 + i);
		__m256i v2 = load(p2 + i);
		__m256i v3 = load(p3 + i);
		__m256i ab_top = _mm256_unpacklo_epi8(v1, v0);
		__m256i cd_top = _mm256_unpackhi_epi8(v1, v0);
		__m256i ab_bottom = _mm256_unpacklo_epi8(v3, v2);
		__m256i cd_bottom = _mm256_unpackhi_epi8(v3, v2);
		__m256i a = rotate_right32(_mm256_unpacklo_epi16(ab_bottom, ab_top));
		__m256i b = rotate_right32(_mm256_unpackhi_epi16(ab_bottom, ab_top));
		__m256i c = rotate_right32(_mm256_unpacklo_epi16(cd_bottom, cd_top));
		__m256i d = rotate_right32(_mm256_unpackhi_epi16(cd_bottom, cd_top));

		store_halves(p, p + 64, a, b);
		store_halves(p + 32, p + 96, c, d);
	}
	return i;
}

/* 4 times 2 elements from p, and as many 16 elements further: in each half, one row for a plane. */
struct rows {
	__m256i p01, p23, p45, p67; /* 8 bytes of each of two planes */
};

AVX2 static inline struct rows load_rows64(const uint8_t *p)
{
	/* Of 2 elements: a word of 2 bytes for each plane. */
	const __m128i order = _mm_setr_epi8(7, 15, 6, 14, 5, 13, 4, 12, 3, 11, 2, 10, 1, 9, 0, 8);
	__m256i a = reorder(rotate_left64(load_halves(p, p + 128)), order);
	__m256i b = reorder(rotate_left64(load_halves(p + 16, p + 144)), order);
	__m256i c = reorder(rotate_left64(load_halves(p + 32, p + 160)), order);
	__m256i d = reorder(rotate_left64(load_halves(p + 48, p + 176)), order);
	__m256i ab03 = _mm256_unpacklo_epi16(a, b);
	__m256i ab47 = _mm256_unpackhi_epi16(a, b);
	__m256i cd03 = _mm256_unpacklo_epi16(c, d);
	__m256i cd47 = _mm256_unpackhi_epi16(c, d);

	return (struct rows){
	    _mm256_unpacklo_epi32(ab03, cd03),
	    _mm256_unpackhi_epi32(ab03, cd03),
	    _mm256_unpacklo_epi32(ab47, cd47),
	    _mm256_unpackhi_epi32(ab47, cd47),
	};
}

AVX2 static size_t split64(uint8_t *const planes[], const uint8_t *src, size_t n)
{
	uint8_t *const p[8] = {planes[0], planes[1], planes[2], planes[3],
			       planes[4], planes[5], planes[6], planes[7]};
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		struct rows first = load_rows64(src + 8 * i);
		struct rows second = load_rows64(src + 8 * i + 64);

		store(p[0] + i, _mm256_unpacklo_epi64(first.p01, second.p01));
		store(p[1] + i, _mm256_unpackhi_epi64(first.p01, second.p01));
		store(p[2] + i, _mm256_unpacklo_epi64(first.p23, second.p23));
		store(p[3] + i, _mm256_unpackhi_epi64(first.p23, second.p23));
		store(p[4] + i, _mm256_unpacklo_epi64(first.p45, second.p45));
		store(p[5] + i, _mm256_unpackhi_epi64(first.p45, second.p45));
		store(p[6] + i, _mm256_unpacklo_epi64(first.p67, second.p67));
		store(p[7] + i, _mm256_unpackhi_epi64(first.p67, second.p67));
	}
	return i;
}

/*
 * 8 elements to p, and those 16 elements further to p + 128, from rows of 8 times two bytes of
 * neighbouring planes.
 */
AVX2 static inline void store_rows64(uint8_t *p, struct rows rows)
{
	__m256i ab_top = _mm256_unpacklo_epi16(rows.p23, rows.p01);
	__m256i cd_top = _mm256_unpackhi_epi16(rows.p23, rows.p01);
	__m256i ab_bottom = _mm256_unpacklo_epi16(rows.p67, rows.p45);
	__m256i cd_bottom = _mm256_unpackhi_epi16(rows.p67, rows.p45);
	__m256i a = rotate_right64(_mm256_unpacklo_epi32(ab_bottom, ab_top));
	__m256i b = rotate_right64(_mm256_unpackhi_epi32(ab_bottom, ab_top));
	__m256i c = rotate_right64(_mm256_unpacklo_epi32(cd_bottom, cd_top));
	__m256i d = rotate_right64(_mm256_unpackhi_epi32(cd_bottom, cd_top));

	store_halves(p, p + 128, a, b);
	store_halves(p + 32, p + 160, c, d);
}

AVX2 static size_t merge64(uint8_t *dst, const uint8_t *const planes[], size_t n)
{
	const uint8_t *const p[8] = {planes[0], planes[1], planes[2], planes[3],
				     planes[4], planes[5], planes[6], planes[7]};
	size_t i;

	for (i = 0; n - i >= STEP; i += STEP) {
		__m256i v0 = load(p[0] + i);
		__m256i v1 = load(p[1] + i);
		__m256i v2 = load(p[2] + i);
		__m256i v3 = load(p[3] + i);
		__m256i v4 = load(p[4] + i);
		__m256i v5 = load(p[5] + i);
		__m256i v6 = load(p[6] + i);
		__m256i v7 = load(p[7] + i);

		store_rows64(dst + 8 * i, (struct rows){_mm256_unpacklo_epi8(v1, v0),
							_mm256_unpacklo_epi8(v3, v2),
							_mm256_unpacklo_epi8(v5, v4),
							_mm256_unpacklo_epi8(v7, v6)});
		store_rows64(dst + 8 * i + 64, (struct rows){_mm256_unpackhi_epi8(v1, v0),
							     _mm256_unpackhi_epi8(v3, v2),
							     _mm256_unpackhi_epi8(v5, v4),
							     _mm256_unpackhi_epi8(v7, v6)});
	}
	return i;
}

static void split(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		  size_t n)
{
	const unsigned element_size = zipnn_element_size(layout);
	size_t done = 0;

	if (element_size == 2)
		done = split16(planes, src, n);
	else if (element_size == 4)
		done = split32(planes, src, n);
	else if (element_size == 8)
		done = split64(planes, src, n);
	zipnn_split_rest(layout, planes, src, n, done);
}

static void merge(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		  size_t n)
{
	const unsigned element_size = zipnn_element_size(layout);
	size_t done = 0;

	if (element_size == 2)
		done = merge16(dst, planes, n);
	else if (element_size == 4)
		done = merge32(dst, planes, n);
	else if (element_size == 8)
		done = merge64(dst, planes, n);
	zipnn_merge_rest(layout, dst, planes, n, done);
}

const struct zipnn_split_kernels zipnn_split_avx2 = {split, merge};
#endif
