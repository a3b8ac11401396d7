// SPDX-License-Identifier: BSD-3-Clause
/* Raw data from few bytes: see recipe.h. */
#include "recipe.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "data.h"
#include "fuzz.h"

#define PART 6u
#define PARTS_MASK 7u
#define OVERLAY 0x80u

/* Sizes grow by leaps: most are small, some are more than a block. */
static size_t part_size(unsigned field)
{
	static const uint8_t shifts[16] = {[13] = 2, [14] = 4, [15] = 7};

	return (size_t)(field & 0xfff) << shifts[field >> 12];
}

static void fill_part(const uint8_t *part, uint8_t *dst, size_t size)
{
	const unsigned kinds = DATA_KIND_COUNT + 3; /* the last three: special values */
	const unsigned kind = part[0] % kinds;
	const uint64_t seed = zipnn_load16(part + 4);

	if (kind >= DATA_KIND_COUNT) {
		const unsigned element_size = 2u << (kind - DATA_KIND_COUNT);

		memset(dst, 0, size);
		data_special_values(dst, size / element_size, element_size, seed);
	} else if (kind == DATA_BF16 || kind == DATA_FP16) {
		data_weights((enum data_kind)kind, dst, size, part[1] % 2, seed);
	} else if (kind == DATA_FP32) {
		data_weights(DATA_FP32, dst, size, part[1] % 4, seed);
	} else if (kind == DATA_FP64) {
		data_weights(DATA_FP64, dst, size, part[1] % 8, seed);
	} else if (size > 0) {
		data_fill((enum data_kind)kind, dst, size, seed);
	}
}

uint8_t *recipe_make(size_t *raw_size, size_t max_size, const uint8_t *recipe, size_t size)
{
	uint8_t *raw = fuzz_malloc(max_size);
	const uint8_t *end = recipe + size;
	const unsigned head = size > 0 ? *recipe++ : 0;
	size_t made = 0;

	for (unsigned i = 0; i < (head & PARTS_MASK) && (size_t)(end - recipe) >= PART; i++) {
		size_t n = part_size(zipnn_load16(recipe + 2));

		n = n < max_size - made ? n : max_size - made;
		fill_part(recipe, raw + made, n);
		made += n;
		recipe += PART;
	}
	size_t at = made;

	if ((head & OVERLAY) && made > 0)
		at = made * (head >> 3 & 15) / 16;
	size_t rest = size > 0 ? (size_t)(end - recipe) : 0;

	rest = rest < max_size - at ? rest : max_size - at;
	if (rest > 0)
		memcpy(raw + at, recipe, rest);
	*raw_size = at + rest > made ? at + rest : made;
	/* Nothing behind it may be read unseen. */
	uint8_t *exact = fuzz_copy(raw, *raw_size);

	free(raw);
	return exact;
}
