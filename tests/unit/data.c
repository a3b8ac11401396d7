// SPDX-License-Identifier: BSD-3-Clause
/* Test data made on the spot; data.h says which. */
#include "data.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

const char *data_kind_name(enum data_kind kind)
{
	static const char *const names[DATA_KIND_COUNT] = {
	    "zeros",     "constant",  "noise", "text",       "bf16",        "fp16",
	    "fp32",      "fp64",      "fp8",   "clean fp32", "sparse fp32", "counter16",
	    "counter32", "jpeg-like", "zstd",  "mix"};

	return names[kind];
}

uint64_t data_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

double data_gaussian(uint64_t *state)
{
	uint64_t sum = 0; /* exact: no rounding differs between machines */

	for (unsigned i = 0; i < 6; i++) {
		uint64_t two = data_random(state);

		sum += (two & 0xffffffffu) + (two >> 32);
	}
	return (double)sum / 4294967296.0 - 6.0;
}

static uint32_t float_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

uint16_t data_bf16(float value)
{
	uint32_t bits = float_bits(value);

	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

uint16_t data_fp16(float value)
{
	uint32_t bits = float_bits(value);
	uint32_t sign = bits >> 16 & 0x8000;
	int exponent = (int)(bits >> 23 & 0xff) - 127 + 15;
	uint32_t mantissa = (bits & 0x7fffff) | 0x800000;
	unsigned shift = 13;

	if (exponent >= 31)
		return (uint16_t)(sign | 0x7c00);
	if (exponent < -10)
		return (uint16_t)sign;
	if (exponent < 1) {
		shift += (unsigned)(1 - exponent);
		exponent = 1;
	}
	uint32_t half = mantissa >> shift;
	uint32_t rest = mantissa & ((1u << shift) - 1);
	uint32_t middle = 1u << (shift - 1);

	half += rest > middle || (rest == middle && (half & 1));
	/* The mantissa's leading one adds the last unit of the exponent, if it is there. */
	return (uint16_t)(sign | (half + ((uint32_t)(exponent - 1) << 10)));
}

static unsigned write_element(enum data_kind kind, uint8_t *dst, double value)
{
	unsigned size = 4;
	uint64_t bits = float_bits((float)value);

	switch (kind) {
	case DATA_BF16:
		bits = data_bf16((float)value);
		size = 2;
		break;
	case DATA_FP16:
		bits = data_fp16((float)value);
		size = 2;
		break;
	case DATA_FP8: /* E5M2 is the upper half of FP16 */
		bits = data_fp16((float)value) >> 8;
		size = 1;
		break;
	case DATA_FP64:
		memcpy(&bits, &value, sizeof(bits));
		size = 8;
		break;
	case DATA_CLEAN_FP32:
		bits = (uint32_t)data_bf16((float)value) << 16;
		break;
	default:
		break;
	}
	for (unsigned i = 0; i < size; i++)
		dst[i] = (uint8_t)(bits >> 8 * i);
	return size;
}

static void fill_elements(enum data_kind kind, uint8_t *dst, size_t size, unsigned phase,
			  uint64_t seed)
{
	uint8_t element[8];
	size_t at = 0;

	while (at < size) {
		double value = 0.02 * data_gaussian(&seed);
		unsigned n = write_element(kind, element, value);
		/* The first one is cut: only its last phase bytes are there. */
		unsigned skip = at == 0 && phase ? n - phase : 0;

		for (unsigned i = skip; i < n && at < size; i++)
			dst[at++] = element[i];
	}
}

void data_weights(enum data_kind kind, uint8_t *dst, size_t size, unsigned phase, uint64_t seed)
{
	fill_elements(kind, dst, size, phase, seed);
}

static void fill_noise(uint8_t *dst, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size; i++)
		dst[i] = (uint8_t)(data_random(&seed) >> 56);
}

static void fill_text(uint8_t *dst, size_t size, uint64_t seed)
{
	static const char *const words[] = {"the ",        "of ",       "and ",
					    "a ",          "in ",       "model ",
					    "weights ",    "store ",    "layer.",
					    "attention",   "\n",        "{\"shape\": [",
					    "768",         "1024",      "], ",
					    "0.125",       "is ",       "not ",
					    "compressed ", "byte ",     "float ",
					    "exponent ",   "mantissa ", "bias ",
					    "query.",      "Zipf ",     "\"dtype\": \"F32\", ",
					    "chunk ",      "every ",    "reader, ",
					    "journal; ",   "pool "};
	const size_t count = sizeof(words) / sizeof(words[0]);
	size_t at = 0;

	while (at < size) {
		uint64_t r = data_random(&seed);
		/* The product of two uniform values: the first words are the frequent ones. */
		size_t index = (size_t)((r & 0xffff) * (r >> 16 & 0xffff) * count >> 32);
		const char *word = words[index];

		while (*word && at < size)
			dst[at++] = (uint8_t)*word++;
	}
}

static void fill_zstd(uint8_t *dst, size_t size, uint64_t seed)
{
	size_t capacity = ZSTD_compressBound(size * 8 + 1024);
	uint8_t *text = malloc(size * 8 + 1024);
	uint8_t *coded = malloc(capacity);
	size_t n = 0;

	if (!text || !coded)
		abort();
	fill_text(text, size * 8 + 1024, seed);
	n = ZSTD_compress(coded, capacity, text, size * 8 + 1024, 3);
	if (ZSTD_isError(n) || n < size)
		abort(); /* text must not shrink to less than an eighth, or this is too short */
	memcpy(dst, coded, size);
	free(text);
	free(coded);
}

static void fill_mix(uint8_t *dst, size_t size, uint64_t seed)
{
	size_t at = 0;

	while (at < size) {
		uint64_t r = data_random(&seed);
		size_t n = 1 + (size_t)(r >> 16) % (size / 4 + 1);
		/* All kinds before this one. */
		enum data_kind kind = (enum data_kind)(r % DATA_MIX);

		n = n < size - at ? n : size - at;
		data_fill(kind, dst + at, n, data_random(&seed));
		at += n;
	}
}

void data_fill(enum data_kind kind, uint8_t *dst, size_t size, uint64_t seed)
{
	switch (kind) {
	case DATA_ZEROS:
		memset(dst, 0, size);
		break;
	case DATA_CONSTANT:
		memset(dst, 0x5a, size);
		break;
	case DATA_TEXT:
		fill_text(dst, size, seed);
		break;
	case DATA_SPARSE_FP32:
		fill_elements(DATA_FP32, dst, size, 0, seed);
		for (size_t i = 0; i < size; i += 4) {
			if (data_random(&seed) % 20 != 0)
				memset(dst + i, 0, size - i < 4 ? size - i : 4);
		}
		break;
	case DATA_COUNTER16:
		for (size_t i = 0; i < size; i++)
			dst[i] = (uint8_t)(i / 2 >> 8 * (i % 2));
		break;
	case DATA_COUNTER32:
		for (size_t i = 0; i < size; i++)
			dst[i] = (uint8_t)(i / 4 >> 8 * (i % 4));
		break;
	case DATA_JPEG_LIKE:
		fill_noise(dst, size, seed);
		for (size_t i = 1; i < size; i++) {
			if (dst[i - 1] == 0xff)
				dst[i] = 0;
		}
		break;
	case DATA_ZSTD:
		fill_zstd(dst, size, seed);
		break;
	case DATA_MIX:
		fill_mix(dst, size, seed);
		break;
	case DATA_NOISE:
		fill_noise(dst, size, seed);
		break;
	default:
		fill_elements(kind, dst, size, 0, seed);
		break;
	}
}

/* Of an element of 8 * size bits: the exponent's width and the patterns around its corners. */
static uint64_t special_value(unsigned index, unsigned bits, unsigned exponent_bits,
			      uint64_t random)
{
	const unsigned mantissa_bits = bits - 1 - exponent_bits;
	const uint64_t one = 1;
	const uint64_t mantissa = (one << mantissa_bits) - 1;
	const uint64_t infinity = ((one << exponent_bits) - 1) << mantissa_bits;
	const uint64_t quiet = one << (mantissa_bits - 1);

	switch (index) {
	case 0:
		return 0;
	case 1:
		return 1; /* smallest subnormal */
	case 2:
		return mantissa; /* largest subnormal */
	case 3:
		return random & mantissa; /* some subnormal */
	case 4:
		return mantissa + 1; /* smallest normal */
	case 5:
		return infinity - 1; /* largest finite */
	case 6:
		return infinity;
	case 7:
		return infinity | 1; /* signalling NaN */
	case 8:
		return infinity | quiet;
	case 9:
		return infinity | quiet | (random & mantissa); /* quiet NaN with a payload */
	case 10:
		return infinity | mantissa;
	default:
		return random & (infinity | mantissa); /* any pattern at all */
	}
}

void data_pruned_fp16(uint8_t *dst, size_t size, unsigned tenths, uint64_t seed)
{
	for (size_t i = 0; i < size; i += 2) {
		const int is_zero = data_random(&seed) % 10 < tenths;
		const uint16_t bits = is_zero ? 0 : data_fp16((float)(0.02 * data_gaussian(&seed)));

		dst[i] = (uint8_t)bits;
		dst[i + 1] = (uint8_t)(bits >> 8);
	}
}

void data_special_values(uint8_t *dst, size_t count, unsigned element_size, uint64_t seed)
{
	const unsigned bits = 8 * element_size;
	const unsigned exponent_bits = element_size == 8 ? 11 : element_size == 4 ? 8 : 5;

	for (size_t i = 0; i < count; i++) {
		uint64_t random = data_random(&seed);
		/* FP16 and BF16 take turns where elements have two bytes. */
		unsigned width = element_size == 2 && i / 24 % 2 ? 8 : exponent_bits;
		uint64_t value = special_value((unsigned)(i / 2 % 12), bits, width, random);

		value |= (uint64_t)(i % 2) << (bits - 1);
		for (unsigned k = 0; k < element_size; k++)
			dst[i * element_size + k] = (uint8_t)(value >> 8 * k);
	}
}
