// SPDX-License-Identifier: BSD-3-Clause
/*
 * Weights of any distribution, and what is not weights.
 *
 * The corpus has the distributions of a few trained models. Detection must not rest on them: so
 * here are the usual families, at scales from 1e-30 to 1e30, with zeros, positive only, rounded to
 * and from every format, at every phase. Other data must never be taken for certain: then zstd is
 * tried, and a wrong guess costs nothing.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "data.h"
#include "detect/detect.h"
#include "detect/repeats.h"
#include "zipnn.h"

#define KIB ((size_t)1024)
#define MAX_SIZE (256 * KIB)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const size_t sizes[] = {8 * KIB, 64 * KIB, MAX_SIZE};

enum family {
	GAUSS,
	LAPLACE,
	UNIFORM,
	STUDENT,    /* three degrees of freedom: heavy tails */
	LOG_NORMAL, /* positive */
	RELU,       /* half of the values are zero, the others positive */
	PRUNED,     /* nine of ten are zero */
	ROWS,       /* of 96 values, each with a range of its own */
	PAIRS,      /* even ones are eight times as large as odd ones */
	FAMILIES,
};

static const char *const family_names[FAMILIES] = {
    "Gauss", "Laplace", "uniform", "Student", "log-normal", "ReLU", "pruned", "rows", "pairs"};

/* Uniform in (0, 1), all 53 bits. */
static double uniform(uint64_t *random)
{
	return ((double)(data_random(random) >> 11) + 0.5) / 9007199254740992.0;
}

static double gauss(uint64_t *random)
{
	double radius = sqrt(-2 * log(uniform(random)));

	return radius * cos(6.283185307179586 * uniform(random));
}

static double draw(enum family family, size_t index, uint64_t *random)
{
	double g = gauss(random);
	double h = gauss(random);

	switch (family) {
	case LAPLACE:
		return log(uniform(random)) * (g < 0 ? -1 : 1);
	case UNIFORM:
		return 2 * uniform(random) - 1;
	case STUDENT:
		return g / sqrt((h * h + pow(gauss(random), 2) + pow(gauss(random), 2)) / 3);
	case LOG_NORMAL:
		return exp(g);
	case RELU:
		return g > 0 ? g : 0;
	case PRUNED:
		return uniform(random) < 0.1 ? g : 0;
	case ROWS:
		return g * exp(cos((double)(index / 96)));
	case PAIRS:
		return index % 2 ? g / 8 : g;
	default:
		return g;
	}
}

enum format {
	BF16,
	FP16,
	FP16_FROM_BF16,
	FP32,
	FP32_FROM_BF16,
	FP32_FROM_FP16,
	FP32_CLEAN_7, /* seven low bits zero: no whole byte */
	FP64,
	FP64_FROM_FP32,
	FP8,
	INT8,
	FORMATS,
};

static const struct {
	const char *name;
	enum zipnn_layout_id id;
} formats[FORMATS] = {
    [BF16] = {"BF16", ZIPNN_LAYOUT_BF16},
    [FP16] = {"FP16", ZIPNN_LAYOUT_FP16},
    [FP16_FROM_BF16] = {"FP16 from BF16", ZIPNN_LAYOUT_FP16},
    [FP32] = {"FP32", ZIPNN_LAYOUT_FP32},
    [FP32_FROM_BF16] = {"FP32 from BF16", ZIPNN_LAYOUT_FP32},
    [FP32_FROM_FP16] = {"FP32 from FP16", ZIPNN_LAYOUT_FP32},
    [FP32_CLEAN_7] = {"FP32 with 16 bits of mantissa", ZIPNN_LAYOUT_FP32},
    [FP64] = {"FP64", ZIPNN_LAYOUT_FP64},
    [FP64_FROM_FP32] = {"FP64 from FP32", ZIPNN_LAYOUT_FP64},
    [FP8] = {"FP8 E5M2", ZIPNN_LAYOUT_FP8},
    [INT8] = {"INT8", ZIPNN_LAYOUT_FP8},
};

static uint64_t bits32(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static uint64_t bits64(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static float rounded_to_bf16(double value)
{
	uint32_t bits = (uint32_t)data_bf16((float)value) << 16;
	float result;

	memcpy(&result, &bits, sizeof(result));
	return result;
}

static float rounded_to_fp16(double value)
{
	/* Eleven bits; the range is left to the caller, who keeps away from subnormals. */
	return (float)ldexp(rint(ldexp(value, 11 - ilogb(value))), ilogb(value) - 11);
}

static uint64_t element(enum format format, double value)
{
	switch (format) {
	case BF16:
		return data_bf16((float)value);
	case FP16:
		return data_fp16((float)value);
	case FP16_FROM_BF16:
		return data_fp16(rounded_to_bf16(value));
	case FP32:
		return bits32((float)value);
	case FP32_FROM_BF16:
		return bits32(rounded_to_bf16(value));
	case FP32_FROM_FP16:
		return value == 0 ? 0 : bits32(rounded_to_fp16(value));
	case FP32_CLEAN_7:
		return bits32((float)value) & ~(uint64_t)0x7f;
	case FP64:
		return bits64(value);
	case FP64_FROM_FP32:
		return bits64((float)value);
	case FP8:
		return data_fp16((float)value) >> 8;
	default:
		return (uint8_t)(int8_t)lrint(value < -4 ? -127 : value > 4 ? 127 : value * 31.75);
	}
}

/* The n bytes of an element. */
static void put(uint8_t *dst, unsigned n, uint64_t bits)
{
	for (unsigned k = 0; k < n; k++)
		dst[k] = (uint8_t)(bits >> 8 * k);
}

/* A slice in which the first whole element begins at byte phase. */
static void fill(uint8_t *dst, size_t size, enum format format, enum family family, double scale,
		 unsigned phase)
{
	const unsigned n = zipnn_element_size(formats[format].id);
	uint64_t random = (uint64_t)format * 100 + family;
	size_t at = 0;

	for (size_t i = 0; at < size; i++) {
		uint64_t bits = element(format, scale * draw(family, i, &random));

		for (unsigned k = at == 0 && phase ? n - phase : 0; k < n && at < size; k++)
			dst[at++] = (uint8_t)(bits >> 8 * k);
	}
}

/*
 * FP16 holds 6e-5 to 65504, and 8 bits nearly nothing: their tensors are scaled. In one byte, nine
 * zeros of ten leave too little to see, and pairs of different ranges are as good as two-byte
 * elements.
 */
static int fits(enum format format, enum family family, double scale)
{
	switch (format) {
	case FP16:
	case FP16_FROM_BF16:
		return scale > 0.01 && scale < 100;
	case FP8:
	case INT8:
		return scale == 1 && family != PRUNED && family != PAIRS;
	default:
		return 1;
	}
}

static void check(uint8_t *data, enum format format, enum family family, double scale)
{
	const enum zipnn_layout_id id = formats[format].id;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		/* Phases take turns with sizes, all of them at the smallest. */
		for (unsigned phase = 0; phase < zipnn_element_size(id); phase += i ? 3 : 1) {
			fill(data, sizes[i], format, family, scale, phase);
			struct zipnn_detection found = zipnn_detect(data, sizes[i]);

			if (found.layout.id != id || found.layout.phase != phase)
				fail_msg("%s, %s, scale %g, %zu bytes, phase %u: %s phase %u",
					 formats[format].name, family_names[family], scale,
					 sizes[i], phase, zipnn_layout_name(found.layout.id),
					 found.layout.phase);
		}
	}
}

static void every_distribution_in_every_format(void **state)
{
	const double scales[] = {1, 0.02, 1e-30, 1e30};
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	for (unsigned format = 0; format < FORMATS; format++) {
		for (unsigned family = 0; family < FAMILIES; family++) {
			for (size_t s = 0; s < COUNT(scales); s++) {
				if (fits((enum format)format, (enum family)family, scales[s]))
					check(data, (enum format)format, (enum family)family,
					      scales[s]);
			}
		}
	}
	free(data);
}

/* Dense weights are sure, clean ones, too: else all of a model would also be coded by zstd. */
static void dense_weights_are_sure(void **state)
{
	const enum family families[] = {GAUSS, LAPLACE, ROWS};
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	for (unsigned format = 0; format < FORMATS; format++) {
		for (size_t i = 0; i < COUNT(families); i++) {
			const double scale = format == INT8 ? 1 : 0.05;

			fill(data, MAX_SIZE, (enum format)format, families[i], scale, 0);
			struct zipnn_detection found = zipnn_detect(data, MAX_SIZE);

			if (!found.sure || found.mixed)
				fail_msg("%s, %s: sure %d, mixed %d", formats[format].name,
					 family_names[families[i]], found.sure, found.mixed);
		}
	}
	free(data);
}

/* Norms are close to one: the exponent has two values, the upper mantissa few. */
static void norms_are_known(void **state)
{
	static const enum format of[] = {BF16, FP16, FP32, FP64};
	uint8_t data[8 * KIB];

	(void)state;
	for (size_t i = 0; i < COUNT(of); i++) {
		const unsigned n = zipnn_element_size(formats[of[i]].id);
		uint64_t random = i;

		for (size_t at = 0; at < sizeof(data); at += n)
			put(data + at, n, element(of[i], 1 + 0.1 * gauss(&random)));
		struct zipnn_detection found = zipnn_detect(data, sizeof(data));

		if (found.layout.id != formats[of[i]].id || found.layout.phase != 0)
			fail_msg("%s: %s phase %u", formats[of[i]].name,
				 zipnn_layout_name(found.layout.id), found.layout.phase);
	}
}

/* Scales of a norm: around 2, spread over a few powers of two. */
static void fill_scales(uint8_t *dst, size_t size, enum format format)
{
	const unsigned n = zipnn_element_size(formats[format].id);
	uint64_t random = format;

	for (size_t at = 0; at + n <= size; at += n)
		put(dst + at, n, element(format, 2 * exp(0.5 * gauss(&random))));
}

/*
 * Among weights below 1, whose uppermost bits hold still, those around 2 are no other tensor's
 * noise: looking for its borders would take longer than coding. A tensor at another phase beside
 * them is noticed all the same.
 */
static void scales_of_norms_are_not_mixed(void **state)
{
	static const enum format of[] = {BF16, FP16, FP32, FP64};
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < COUNT(of); i++) {
		fill(data, MAX_SIZE, of[i], GAUSS, 0.05, 0);
		for (size_t at = 24 * KIB; at < MAX_SIZE; at += 48 * KIB)
			fill_scales(data + at, 10 * KIB, of[i]);
		if (zipnn_detect(data, MAX_SIZE).mixed)
			fail_msg("%s", formats[of[i]].name);
		/* In the 16th before the first scales, none of the spots. */
		fill(data + 9 * KIB, 5 * KIB, of[i], GAUSS, 0.05, 1);
		assert_true(zipnn_detect(data, MAX_SIZE).mixed);
	}
	free(data);
}

/* Mantissas need no second look: nearly all of their planes are known for noise at once. */
static void mantissas_are_known_for_noise(void **state)
{
	static const enum format of[] = {BF16, FP16, FP32, FP64};
	static const enum family families_of[] = {GAUSS, LAPLACE, STUDENT, ROWS};
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < COUNT(of); i++) {
		const unsigned n = zipnn_element_size(formats[of[i]].id);
		/* The second plane of FP64 holds three bits of the exponent. */
		const unsigned mantissas = n == 8 ? 0xfc : ((1u << n) - 1) & ~1u;
		unsigned known = 0;
		unsigned all = 0;

		for (size_t k = 0; k < COUNT(families_of) * n * 2; k++) {
			const size_t size = k % 2 ? MAX_SIZE : 64 * KIB;

			fill(data, size, of[i], families_of[k / 2 % COUNT(families_of)], 0.05,
			     (unsigned)(k / 2) % n);
			struct zipnn_detection found = zipnn_detect(data, size);

			assert_int_equal(found.noise & ~mantissas, 0);
			known += (unsigned)__builtin_popcount(found.noise);
			all += (unsigned)__builtin_popcount(mantissas);
		}
		if (known < all - all / 8)
			fail_msg("%s: %u of %u planes", formats[of[i]].name, known, all);
	}
	free(data);
}

/* What could be made of a mantissa's byte, so that its plane is worth a code. */
enum flaw { MANY_ZEROS, FEW_VALUES, CONSTANT_PART, LOCAL_RANGES, FLAWS };

static void make_flaw(uint8_t *data, size_t size, enum flaw flaw, size_t byte)
{
	uint64_t random = byte;

	for (size_t at = byte; at < size; at += 4) {
		switch (flaw) {
		case MANY_ZEROS: /* an eighth */
			data[at] = data_random(&random) % 8 ? data[at] : 0;
			break;
		case FEW_VALUES: /* 7.6 bits, and none of them holds still */
			data[at] = (uint8_t)((data[at] & 0x80) | data_random(&random) % 96);
			break;
		case CONSTANT_PART: /* a 16th */
			data[at] = at / (size / 16) == 5 ? 77 : data[at];
			break;
		default: /* of all values, as even as noise: each part has an eighth of them */
			data[at] = (uint8_t)((data[at] & 0x8f) | at / (size / 16) % 8 << 4);
		}
	}
}

static void structure_is_not_taken_for_noise(void **state)
{
	static const size_t sizes_of[] = {64 * KIB, MAX_SIZE};
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < COUNT(sizes_of) * FLAWS * 3; i++) {
		const size_t size = sizes_of[i % 2];
		const enum flaw flaw = (enum flaw)(i / 2 % FLAWS);
		const unsigned byte = (unsigned)(i / 2 / FLAWS);

		fill(data, size, FP32, GAUSS, 0.05, 0);
		make_flaw(data, size, flaw, byte);
		struct zipnn_detection found = zipnn_detect(data, size);

		assert_int_equal(found.layout.id, ZIPNN_LAYOUT_FP32);
		if (found.noise >> (3 - byte) & 1)
			fail_msg("flaw %u of byte %u, %zu bytes", (unsigned)flaw, byte, size);
	}
	free(data);
}

/* What detection is sure of is given to zstd all the same if this is seen. */
static int has_repeats(const uint8_t *data)
{
	return zipnn_has_repeats(data, MAX_SIZE, zipnn_detect(data, MAX_SIZE).layout);
}

static void duplicated_weights_are_seen(void **state)
{
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	for (unsigned format = 0; format < FP8; format++) {
		const unsigned n = zipnn_element_size(formats[format].id);

		fill(data, MAX_SIZE, (enum format)format, GAUSS, 0.05, 0);
		assert_false(has_repeats(data));
		/* The second half is the first, shifted by no power of two. */
		memcpy(data + MAX_SIZE / 2 + 13 * (size_t)n, data, MAX_SIZE / 2 - 13 * (size_t)n);
		assert_true(has_repeats(data));
	}
	/* Each row is one of two. */
	fill(data, MAX_SIZE, FP32, GAUSS, 0.05, 0);
	for (size_t row = 2; row < MAX_SIZE / 3072; row++)
		memcpy(data + row * 3072, data + row % 2 * 3072, 3072);
	assert_true(has_repeats(data));
	free(data);
}

/* A table of the sines of so many angles, in any order. */
static void fill_sines(uint8_t *dst, size_t size, unsigned angles)
{
	const double step = 6.283185307179586 / angles;
	uint64_t random = 1;

	for (size_t at = 0; at < size; at += 4)
		put(dst + at, 4,
		    bits32((float)sin((double)(data_random(&random) % angles) * step)));
}

/* Few values in any order, as in tables of sines: they repeat, rows of them do not. */
static void tables_are_seen(void **state)
{
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	fill_sines(data, MAX_SIZE, 8192);
	assert_true(has_repeats(data));
	free(data);
}

/* A small block shows fewer pairs of values; each counts for more. */
static void tables_are_seen_in_small_blocks(void **state)
{
	const struct zipnn_layout fp32 = {ZIPNN_LAYOUT_FP32, 0};
	const size_t size = 64 * KIB;
	uint8_t *data = malloc(size);

	(void)state;
	assert_non_null(data);
	fill_sines(data, size, 24576);
	assert_true(zipnn_has_repeats(data, size, fp32));
	fill(data, size, FP32, GAUSS, 0.05, 0);
	assert_false(zipnn_has_repeats(data, size, fp32));
	free(data);
}

/* In pruned weights a few values among zeros are often found again: no repeat worth LZ. */
static void pruned_weights_do_not_repeat(void **state)
{
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_non_null(data);
	for (unsigned tenths = 5; tenths < 10; tenths++) {
		data_pruned_fp16(data, MAX_SIZE, tenths, tenths);
		assert_false(has_repeats(data));
	}
	free(data);
}

/*
 * Rows of FP16 values among others, as in fine-tuned embeddings: the clean ones' zeros and few bits
 * are structure in the lower bytes, too, but no exponents.
 */
static void clean_rows_do_not_halve_elements(void **state)
{
	const size_t row = 1536;
	uint8_t *data = malloc(MAX_SIZE);
	uint8_t *clean = malloc(MAX_SIZE);

	(void)state;
	assert_true(data && clean);
	for (unsigned share = 1; share < 16; share++) {
		uint64_t random = share;

		fill(data, MAX_SIZE, FP32, GAUSS, 0.05, 0);
		fill(clean, MAX_SIZE, FP32_FROM_FP16, GAUSS, 0.05, 0);
		for (size_t at = 0; at + row <= MAX_SIZE; at += row) {
			if (data_random(&random) % 16 < share)
				memcpy(data + at, clean + at, row);
		}
		struct zipnn_detection found = zipnn_detect(data, MAX_SIZE);

		assert_int_equal(found.layout.id, ZIPNN_LAYOUT_FP32);
		assert_int_equal(found.layout.phase, 0);
	}
	free(data);
	free(clean);
}

/* Two layouts, the border anywhere from a tenth on: the whole must not look like one of them. */
static void two_layouts_are_mixed(void **state)
{
	static const enum format parts[] = {BF16, FP16, FP32, FP64};
	uint8_t *data = malloc(2 * MAX_SIZE);
	uint64_t random = 1;

	(void)state;
	assert_non_null(data);
	for (size_t a = 0; a < COUNT(parts); a++) {
		for (size_t b = 0; b < COUNT(parts); b++) {
			for (size_t border = 3 * KIB * 8; border <= 232 * KIB; border += 13 * KIB) {
				const unsigned n = zipnn_element_size(formats[parts[b]].id);
				const unsigned phase = (unsigned)(data_random(&random) % n);

				if (a == b && phase == border % n)
					continue;
				fill(data, border, parts[a], GAUSS, 0.05, 0);
				fill(data + border, MAX_SIZE - border, parts[b], GAUSS, 0.02,
				     phase);
				if (!zipnn_detect(data, MAX_SIZE).mixed)
					fail_msg("%zu bytes of %s, then %s at phase %u", border,
						 formats[parts[a]].name, formats[parts[b]].name,
						 phase);
			}
		}
	}
	free(data);
}

static void write_text(uint8_t *dst, size_t size, const char *kind, uint64_t *random)
{
	size_t at = 0;

	while (at < size) {
		char text[64];
		double value = gauss(random);

		if (strcmp(kind, "CSV") == 0)
			snprintf(text, sizeof(text), "%.6f,%s", value,
				 data_random(random) % 8 ? "" : "\n");
		else
			snprintf(text, sizeof(text), "if (x[%d] > %d)\n\treturn y_%c;\n",
				 (int)(fabs(value) * 9), (int)(fabs(value) * 777),
				 (char)('a' + data_random(random) % 9));
		for (size_t i = 0; text[i] && at < size; i++)
			dst[at++] = (uint8_t)text[i];
	}
}

static void fill_integers(uint8_t *dst, size_t size, unsigned n, uint64_t most, int counting)
{
	uint64_t random = n;

	for (size_t i = 0; i < size / n; i++)
		put(dst + i * n, n, counting ? i % most : data_random(&random) % most);
}

/* What is not weights. 1 if it is text, which no layout may be seen in. */
static int fill_other(uint8_t *dst, size_t size, unsigned kind)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t random = kind;
	FILE *file = NULL;
	double wave = 0;

	switch (kind) {
	case 0:
		data_fill(DATA_TEXT, dst, size, 1);
		return 1;
	case 1:
		write_text(dst, size, "CSV", &random);
		return 1;
	case 2:
		write_text(dst, size, "code", &random);
		return 1;
	case 3:
		for (size_t i = 0; i < size; i++)
			dst[i] = (uint8_t)digits[data_random(&random) % 64];
		return 1;
	case 4:
		for (size_t i = 0; i < size; i++)
			dst[i] = (uint8_t)digits[data_random(&random) % 16 + (i % 2)];
		return 0;
	case 5: /* UTF-16 */
		data_fill(DATA_TEXT, dst, size, 1);
		for (size_t i = 1; i < size; i += 2)
			dst[i] = 0;
		return 1;
	case 6:
		data_fill(DATA_JPEG_LIKE, dst, size, 1);
		return 1;
	case 7:
		data_fill(DATA_ZSTD, dst, size, 1);
		return 1;
	case 8: /* sound: 16 bits, slow changes */
		for (size_t i = 0; i < size / 2; i++) {
			wave += 200 * gauss(&random) - 0.01 * wave;
			dst[2 * i] = (uint8_t)lrint(wave);
			dst[2 * i + 1] = (uint8_t)(lrint(wave) >> 8);
		}
		return 0;
	case 9: /* an image: three channels, gradients and a little noise */
		for (size_t i = 0; i < size; i++)
			dst[i] = (uint8_t)(i / 3 % 1024 / 4 + i % 3 * 40 + i / 30720 +
					   data_random(&random) % 4);
		return 0;
	case 10:
		file = fopen("/bin/bash", "rb");
		if (!file || fseek(file, 200000, SEEK_SET) || fread(dst, 1, size, file) != size)
			data_fill(DATA_TEXT, dst, size, 2);
		if (file)
			fclose(file);
		return 0;
	case 11:
		fill_integers(dst, size, 4, UINT32_MAX, 1);
		return 0;
	case 12:
		fill_integers(dst, size, 8, 512, 1); /* position ids */
		return 0;
	case 13:
		fill_integers(dst, size, 4, 30000, 0); /* token ids */
		return 0;
	case 14:
		fill_integers(dst, size, 8, 30000, 0);
		return 0;
	default:
		fill_integers(dst, size, 2, 256, 1);
		return 0;
	}
}

#define OTHERS 16u

static size_t coded_size(zipnn_cctx *cctx, enum zipnn_dtype dtype, const uint8_t *src, size_t size)
{
	static uint8_t coded[2 * MAX_SIZE];

	assert_int_equal(zipnn_cctx_set_dtype(cctx, dtype), 0);
	int64_t result = zipnn_compress(cctx, coded, sizeof(coded), src, size);

	assert_true(result > 0);
	return (size_t)result;
}

static void other_data_costs_nothing(void **state)
{
	zipnn_cctx *cctx = zipnn_cctx_create();
	uint8_t *data = malloc(MAX_SIZE);

	(void)state;
	assert_true(cctx && data);
	for (unsigned kind = 0; kind < OTHERS; kind++) {
		for (size_t i = 0; i < COUNT(sizes); i++) {
			int is_text = fill_other(data, sizes[i], kind);
			struct zipnn_detection found = zipnn_detect(data, sizes[i]);
			const int is_float = zipnn_element_size(found.layout.id) > 1;

			if ((is_float && found.sure && !found.mixed) ||
			    (is_text && found.layout.id != ZIPNN_LAYOUT_BYTES))
				fail_msg("kind %u, %zu bytes: %s phase %u, sure %d", kind, sizes[i],
					 zipnn_layout_name(found.layout.id), found.layout.phase,
					 found.sure);
			size_t as_found = coded_size(cctx, ZIPNN_DTYPE_AUTO, data, sizes[i]);
			size_t as_bytes = coded_size(cctx, ZIPNN_DTYPE_BYTES, data, sizes[i]);

			if (as_found > as_bytes + as_bytes / 1000 + 16)
				fail_msg("kind %u, %zu bytes: %zu as %s, %zu as bytes", kind,
					 sizes[i], as_found, zipnn_layout_name(found.layout.id),
					 as_bytes);
		}
	}
	free(data);
	zipnn_cctx_free(cctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_distribution_in_every_format),
	    cmocka_unit_test(dense_weights_are_sure),
	    cmocka_unit_test(norms_are_known),
	    cmocka_unit_test(scales_of_norms_are_not_mixed),
	    cmocka_unit_test(mantissas_are_known_for_noise),
	    cmocka_unit_test(structure_is_not_taken_for_noise),
	    cmocka_unit_test(duplicated_weights_are_seen),
	    cmocka_unit_test(tables_are_seen),
	    cmocka_unit_test(tables_are_seen_in_small_blocks),
	    cmocka_unit_test(pruned_weights_do_not_repeat),
	    cmocka_unit_test(clean_rows_do_not_halve_elements),
	    cmocka_unit_test(two_layouts_are_mixed),
	    cmocka_unit_test(other_data_costs_nothing),
	};

	return cmocka_run_group_tests_name("distributions", tests, NULL, NULL);
}
