// SPDX-License-Identifier: BSD-3-Clause
/* What bytes of each layout found in a block look like, and what other bytes would cost as such. */
#ifndef ZIPNN_DETECT_MODELS_H
#define ZIPNN_DETECT_MODELS_H

#include "core/layout.h"
#include "detect/sample.h"

/* Layouts and phases told apart in a block; a file rarely has more. */
#define ZIPNN_MAX_MODELS 8u
/* One bit, in the unit of costs: a byte costs at most 16 bits. */
#define ZIPNN_COST_BIT 16u

struct zipnn_model {
	struct zipnn_layout layout;
	unsigned pieces; /* it was learnt from; 0: from those of another phase */
	union {
		uint16_t counts[ZIPNN_POSITIONS][256]; /* until zipnn_models_finish */
		uint8_t costs[ZIPNN_POSITIONS][256];
	};
};

struct zipnn_models {
	unsigned count;
	struct zipnn_model model[ZIPNN_MAX_MODELS];
};

/* Learn from a piece of this layout (sampled by zipnn_sample_first, not classified yet; at most 128
 * pieces). Returns the index of its model; that of the last one if there is no room. */
unsigned zipnn_models_learn(struct zipnn_models *models, struct zipnn_layout layout,
			    const struct zipnn_sample *sample);

/* Add what layouts look like at phases that no piece has; turn counts into costs. */
void zipnn_models_finish(struct zipnn_models *models);

/* The cost of the words (of eight bytes) at src, whose position modulo 8 is 0 and before which a
 * byte lies. */
uint32_t zipnn_model_cost(const struct zipnn_model *model, const uint8_t *src, size_t words);

#endif
