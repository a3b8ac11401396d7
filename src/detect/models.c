// SPDX-License-Identifier: BSD-3-Clause
/*
 * Models of layouts, for finding where one ends and the next begins.
 *
 * A model is eight histograms of r (see sample.c) turned into costs: what an ideal code made for
 * these histograms would spend on a byte at a position. Exponents where a model has noise cost as
 * much as noise; noise where it has exponents costs twice that: so a few dozen bytes tell.
 */
#include "detect/models.h"

#include <string.h>

#include "core/log2.h"

/* Counted values are scaled to at least this many, so that a rare value is not an impossible one.
 */
#define FLAT_SHARE 64u

unsigned zipnn_models_learn(struct zipnn_models *models, struct zipnn_layout layout,
			    const struct zipnn_sample *sample)
{
	unsigned i = 0;

	while (i < models->count && !zipnn_layout_equal(models->model[i].layout, layout))
		i++;
	if (i == ZIPNN_MAX_MODELS)
		return i - 1;
	struct zipnn_model *model = &models->model[i];

	if (i == models->count) {
		memset(model, 0, sizeof(*model));
		model->layout = layout;
		models->count++;
	}
	model->pieces++;
	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		for (unsigned v = 0; v < 256; v++)
			model->counts[k][v] =
			    (uint16_t)(model->counts[k][v] + sample->counts[k][v]);
	}
	return i;
}

static int has_layout(const struct zipnn_models *models, struct zipnn_layout layout)
{
	for (unsigned i = 0; i < models->count; i++) {
		if (zipnn_layout_equal(models->model[i].layout, layout))
			return 1;
	}
	return 0;
}

/* Small tensors at other phases may fill no piece. Where one layout has several phases (ONNX files
 * align nothing), the others are likely, too. */
static void add_phases(struct zipnn_models *models, const struct zipnn_model *from)
{
	const unsigned size = zipnn_element_size(from->layout.id);

	for (unsigned phase = 0; phase < size && models->count < ZIPNN_MAX_MODELS; phase++) {
		struct zipnn_layout layout = {from->layout.id, phase};

		if (has_layout(models, layout))
			continue;
		struct zipnn_model *model = &models->model[models->count++];
		unsigned shift = phase + ZIPNN_POSITIONS - from->layout.phase;

		model->layout = layout;
		model->pieces = 0;
		for (unsigned k = 0; k < ZIPNN_POSITIONS; k++)
			memcpy(model->counts[(k + shift) % ZIPNN_POSITIONS], from->counts[k],
			       sizeof(from->counts[k]));
	}
}

static void add_missing_phases(struct zipnn_models *models)
{
	const unsigned count = models->count;

	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = 0; j < i; j++) {
			if (models->model[i].layout.id == models->model[j].layout.id)
				add_phases(models, &models->model[i]);
		}
	}
}

/* counts[k] lies above costs[k], so it is read before it is overwritten. */
static void turn_into_costs(struct zipnn_model *model)
{
	for (unsigned k = 0; k < ZIPNN_POSITIONS; k++) {
		uint16_t counts[256];
		uint32_t total = 0;

		memcpy(counts, model->counts[k], sizeof(counts));
		for (unsigned v = 0; v < 256; v++)
			total += counts[v];
		/* Each value is given 1/64 of its even share beside what was counted. */
		uint32_t all = zipnn_log2((FLAT_SHARE + 1) * total + 1);

		for (unsigned v = 0; v < 256; v++) {
			uint32_t count = FLAT_SHARE * counts[v] + total / 256 + 1;
			uint32_t cost = (all - zipnn_log2(count)) / (ZIPNN_BIT / ZIPNN_COST_BIT);

			model->costs[k][v] = (uint8_t)(cost < 255 ? cost : 255);
		}
	}
}

void zipnn_models_finish(struct zipnn_models *models)
{
	add_missing_phases(models);
	for (unsigned i = 0; i < models->count; i++)
		turn_into_costs(&models->model[i]);
}

uint32_t zipnn_model_cost(const struct zipnn_model *model, const uint8_t *src, size_t words)
{
	uint32_t cost = 0;

	for (size_t i = 0; i < words; i++) {
		uint64_t r = zipnn_rotated_word(src + i * 8);

		for (unsigned k = 0; k < ZIPNN_POSITIONS; k++)
			cost += model->costs[k][r >> 8 * k & 0xff];
	}
	return cost;
}
