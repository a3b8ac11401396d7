// SPDX-License-Identifier: BSD-3-Clause
/* Reading literals: src/FORMAT.md section 4.3. */
#include "core/bits.h"
#include "entropy/lanes/literals.h"
#include "zipnn.h"

size_t zipnn_literals_size(const struct zipnn_literal_plan *plan)
{
	return (plan->count * plan->width + 7) / 8 + plan->raw_count;
}

int64_t zipnn_literals_get(uint8_t *dst, const struct zipnn_literal_plan *plan, const uint8_t *src)
{
	const uint8_t *raw = src + zipnn_literals_size(plan) - plan->raw_count;
	const uint8_t *end = raw + plan->raw_count;
	const uint32_t raw_index = (1u << plan->width) - 1;
	struct zipnn_bit_reader reader = {.at = src, .end = raw};

	for (size_t i = 0; i < plan->count; i++) {
		const uint32_t index = zipnn_get_bits(&reader, plan->width);

		if (index == raw_index) {
			if (raw == end)
				return ZIPNN_ERROR_CORRUPT;
			dst[i] = *raw++;
		} else {
			dst[i] = index < plan->set.count ? plan->set.values[index] : 0;
		}
	}
	return raw == end ? 0 : ZIPNN_ERROR_CORRUPT;
}
