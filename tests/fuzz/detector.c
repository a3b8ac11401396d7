// SPDX-License-Identifier: BSD-3-Clause
/*
 * Detection on any bytes: nothing outside of them is read, what it says is possible, and it says
 * the same of the same bytes wherever they lie, and in contexts of every set of instructions.
 *
 * Input: u8 number of regions there is room for, u8 alignment, a recipe (recipe.h).
 */
#include <stdlib.h>
#include <string.h>

#include "contexts.h"
#include "detect/detect.h"
#include "detect/number8.h"
#include "detect/repeats.h"
#include "detect/sample.h"
#include "entropy/coder.h"
#include "frame/chunk_encode.h"
#include "fuzz.h"
#include "recipe.h"

#define PARAMETERS 2u
#define MIN_NUMBER8 512u /* detect/number8.h */

static enum zipnn_isa isas[ZIPNN_ISA_COUNT];
static zipnn_cctx *contexts[ZIPNN_ISA_COUNT];
static unsigned isa_count;

static void set_up(void)
{
	if (isa_count > 0)
		return;
	isa_count = fuzz_isas(isas);
	for (unsigned i = 0; i < isa_count; i++)
		contexts[i] = fuzz_cctx(isas[i]);
}

static int same(struct zipnn_detection a, struct zipnn_detection b)
{
	return a.layout.id == b.layout.id && a.layout.phase == b.layout.phase && a.sure == b.sure &&
	       a.mixed == b.mixed;
}

static void check_layout(struct zipnn_layout layout)
{
	FUZZ_CHECK(layout.id >= ZIPNN_LAYOUT_BYTES && layout.id < ZIPNN_LAYOUT_COUNT);
	FUZZ_CHECK(layout.phase < zipnn_element_size(layout.id));
}

static struct zipnn_detection detect(const uint8_t *raw, size_t size)
{
	const struct zipnn_detection found = zipnn_detect(raw, size);

	check_layout(found.layout);
	FUZZ_CHECK(found.sure == 0 || found.sure == 1);
	FUZZ_CHECK(found.mixed == 0 || found.mixed == 1);
	for (unsigned i = 0; i < isa_count; i++)
		FUZZ_CHECK(same(zipnn_chunk_detect(contexts[i], raw, size), found));
	/* What the encoder asks as well. */
	(void)zipnn_has_repeats(raw, size, found.layout);
	if (size > 0)
		FUZZ_CHECK(zipnn_plane_choose(raw, size, 0) < ZIPNN_CODER_COUNT);
	if (size >= MIN_NUMBER8) {
		int sure;

		(void)zipnn_is_number8(raw, size, &sure);
		(void)zipnn_is_text(raw, size);
		(void)zipnn_is_text_spot(raw, size, size - ZIPNN_SPOT_SIZE);
	}
	return found;
}

/* Cut and check. Returns the number of regions, which are to be freed. */
static size_t cut(struct zipnn_region **regions, size_t capacity, const uint8_t *raw, size_t size)
{
	size_t at = 0;

	*regions = fuzz_malloc(capacity * sizeof(**regions));
	memset(*regions, 0, capacity * sizeof(**regions));
	const size_t count = zipnn_detect_regions(*regions, capacity, raw, size);

	FUZZ_CHECK(count >= 1 && count <= capacity);
	for (size_t i = 0; i < count; i++) {
		FUZZ_CHECK((*regions)[i].size > 0 && (*regions)[i].size <= size - at);
		FUZZ_CHECK(at % 8 == 0);
		check_layout((*regions)[i].found.layout);
		at += (*regions)[i].size;
	}
	FUZZ_CHECK(at == size);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t raw_size;

	set_up();
	if (size < PARAMETERS)
		return 0;
	uint8_t *raw = recipe_make(&raw_size, RECIPE_MAX_RAW, data + PARAMETERS, size - PARAMETERS);
	/* The same bytes elsewhere. */
	const size_t shift = data[1] % 64;
	uint8_t *moved = fuzz_malloc(raw_size + shift);

	memcpy(moved + shift, raw, raw_size);
	FUZZ_CHECK(same(detect(raw, raw_size), detect(moved + shift, raw_size)));
	if (raw_size > 0) {
		const size_t capacity = data[0] % 65 + (size_t)1;
		struct zipnn_region *regions;
		struct zipnn_region *again;
		const size_t count = cut(&regions, capacity, raw, raw_size);

		FUZZ_CHECK(cut(&again, capacity, moved + shift, raw_size) == count);
		for (size_t i = 0; i < count; i++)
			FUZZ_CHECK(regions[i].size == again[i].size &&
				   same(regions[i].found, again[i].found));
		free(regions);
		free(again);
	}
	free(moved);
	free(raw);
	return 0;
}
