// SPDX-License-Identifier: BSD-3-Clause
/*
 * Where does the layout change?
 *
 * Files of many small tensors (ONNX above all) change layout or phase every few KiB, and a chunk
 * read with one phase then pays for noise where exponents lie. In three steps, window by window:
 * each piece of 4 KiB is classified alone (or of 16 KiB, where these are alike), which gives models
 * of the layouts in this window (models.c); for each cell of 256 bytes near a change the cheapest
 * row of models is found, where every change must pay for a chunk (Viterbi's algorithm); each
 * change is moved to the best of the words around it.
 */
#include "detect/detect.h"

#include <string.h>

#include "detect/classify.h"
#include "detect/models.h"
#include "detect/uniform.h"

#define WORD 8u
/* Searched at a time, so that memory does not grow with the input. */
#define WINDOW ((size_t)256 << 10)
/* The smallest bytes that are classified well. */
#define PIECE ((size_t)4 << 10)
#define COARSE ((size_t)16 << 10)
#define CELL ((size_t)256)
#define CELLS_A_PIECE (PIECE / CELL)
#define PIECES (WINDOW / PIECE)
#define CELLS (WINDOW / CELL)

/* A region from this size on is named after what it looks like alone, not after pieces around it.
 */
#define LOOK_AGAIN ((size_t)1 << 10)

/*
 * What a change must save: 8 bytes of header, 12 of seek table, 4 for each plane, and a code of 60
 * bytes and more for those that shrink.
 */
#define CHANGE_COST ((uint32_t)96 * 8 * ZIPNN_COST_BIT)
/* More than all cells can cost together. */
#define IMPOSSIBLE (UINT32_MAX / 4)

struct window {
	const uint8_t *src;
	size_t size;
	size_t cells; /* whole ones; what is left belongs to the last */
	struct zipnn_models models;
	uint8_t label[PIECES];                 /* the model of each piece */
	uint8_t from[CELLS][ZIPNN_MAX_MODELS]; /* the best model of the cell before */
	uint8_t best[CELLS];
};

/* Learn what n bytes at `at` look like, and label so the pieces that begin in them. */
static void learn_piece(struct window *w, size_t at, size_t n)
{
	struct zipnn_sample sample;
	struct zipnn_sample raw;

	zipnn_sample_first(&sample, w->src + at, n);
	raw = sample;
	const struct zipnn_layout layout = zipnn_classify(&sample, w->src + at, n).layout;
	const unsigned model = zipnn_models_learn(&w->models, layout, &raw);

	for (size_t i = at / PIECE; i * PIECE < at + n; i++)
		w->label[i] = (uint8_t)model;
}

/* What a coarse piece looks like, if it is of one make; END if it is not. */
static struct zipnn_layout look_at_coarse(const struct window *w, size_t coarse)
{
	const size_t at = coarse * COARSE;
	const size_t n = w->size - at < COARSE ? w->size - at : COARSE;

	return n < COARSE ? (struct zipnn_layout){ZIPNN_LAYOUT_END, 0}
			  : zipnn_uniform_layout(w->src + at, n);
}

/*
 * Classify all pieces. Most of a window is often one tensor: a coarse piece that is of one make and
 * like its neighbours need not be taken apart.
 */
static void learn(struct window *w)
{
	struct zipnn_layout looks[WINDOW / COARSE];
	const size_t count = (w->size + COARSE - 1) / COARSE;

	for (size_t c = 0; c < count; c++)
		looks[c] = look_at_coarse(w, c);
	for (size_t c = 0; c < count; c++) {
		const int is_clear = looks[c].id != ZIPNN_LAYOUT_END &&
				     (c == 0 || zipnn_layout_equal(looks[c], looks[c - 1])) &&
				     (c + 1 == count || zipnn_layout_equal(looks[c], looks[c + 1]));
		const size_t end = (c + 1) * COARSE < w->size ? (c + 1) * COARSE : w->size;

		if (is_clear) {
			learn_piece(w, c * COARSE, COARSE);
			continue;
		}
		for (size_t at = c * COARSE; at < end; at += PIECE) {
			const size_t n = end - at < PIECE ? end - at : PIECE;

			/* The last piece may be too short to say anything. */
			if (n < ZIPNN_MIN_SAMPLED && at > 0)
				w->label[at / PIECE] = w->label[at / PIECE - 1];
			else
				learn_piece(w, at, n);
		}
	}
	zipnn_models_finish(&w->models);
}

/* Is a piece like both its neighbours, so that its model is clear? */
static int is_settled(const struct window *w, size_t cell)
{
	const size_t i = cell / CELLS_A_PIECE;
	const size_t last = (w->size - 1) / PIECE;

	return (i == 0 || w->label[i - 1] == w->label[i]) &&
	       (i >= last || w->label[i + 1] == w->label[i]);
}

static uint32_t cell_cost(const struct window *w, size_t cell, unsigned model)
{
	/* No byte lies before the first word of all. */
	const size_t skipped = cell == 0 ? WORD : 0;

	return zipnn_model_cost(&w->models.model[model], w->src + cell * CELL + skipped,
				(CELL - skipped) / WORD);
}

static unsigned cheapest(const uint32_t *costs, unsigned count)
{
	unsigned best = 0;

	for (unsigned m = 1; m < count; m++)
		best = costs[m] < costs[best] ? m : best;
	return best;
}

/* The cheapest row of models. Settled cells have one model and cost nothing. */
static void find_row(struct window *w)
{
	const unsigned count = w->models.count;
	uint32_t costs[ZIPNN_MAX_MODELS] = {0};

	for (size_t cell = 0; cell < w->cells; cell++) {
		const unsigned before = cheapest(costs, count);
		const uint32_t least = costs[before];
		const int settled = is_settled(w, cell);

		for (unsigned m = 0; m < count; m++) {
			int changes = cell > 0 && costs[m] > least + CHANGE_COST;

			w->from[cell][m] = (uint8_t)(changes ? before : m);
			costs[m] = (changes ? least + CHANGE_COST : costs[m]) - least;
			if (!settled)
				costs[m] += cell_cost(w, cell, m);
			else if (m != w->label[cell / CELLS_A_PIECE])
				costs[m] = IMPOSSIBLE;
		}
	}
	unsigned m = cheapest(costs, count);

	for (size_t cell = w->cells; cell-- > 0;) {
		w->best[cell] = (uint8_t)m;
		m = w->from[cell][m];
	}
}

/* The best place for the change from one model to another near the beginning of a cell. */
static size_t refine(const struct window *w, size_t cell, unsigned before, unsigned after)
{
	const size_t start = cell > 1 ? (cell - 1) * CELL : WORD;
	const size_t end = (cell + 1) * CELL < w->size ? (cell + 1) * CELL : w->size;
	const struct zipnn_model *one = &w->models.model[before];
	const struct zipnn_model *other = &w->models.model[after];
	int64_t saved = 0;
	int64_t most = 0;
	size_t best = start;

	for (size_t at = start; at + WORD <= end; at += WORD) {
		saved += (int64_t)zipnn_model_cost(other, w->src + at, 1) -
			 (int64_t)zipnn_model_cost(one, w->src + at, 1);
		if (saved > most) {
			most = saved;
			best = at + WORD;
		}
	}
	return best;
}

/* Append to the regions, or make the last one longer if it has this layout or there is no room. */
static size_t append(struct zipnn_region *regions, size_t count, size_t capacity,
		     struct zipnn_layout layout, size_t size)
{
	struct zipnn_region *last = count ? &regions[count - 1] : NULL;

	if (size == 0)
		return count;
	if (last && (count == capacity || zipnn_layout_equal(last->found.layout, layout))) {
		last->size += size;
		return count;
	}
	regions[count] = (struct zipnn_region){size, {layout, 0, 0, 0}};
	return count + 1;
}

static size_t add_window(struct zipnn_region *regions, size_t count, size_t capacity,
			 const struct window *w)
{
	size_t start = 0;

	for (size_t cell = 1; cell < w->cells; cell++) {
		const unsigned before = w->best[cell - 1];
		const unsigned after = w->best[cell];

		if (before == after)
			continue;
		size_t cut = refine(w, cell, before, after);

		cut = cut > start ? cut : start;
		count =
		    append(regions, count, capacity, w->models.model[before].layout, cut - start);
		start = cut;
	}
	return append(regions, count, capacity, w->models.model[w->best[w->cells - 1]].layout,
		      w->size - start);
}

/* What a region as a whole looks like; small ones are known by their neighbours only. */
static void look_again(struct zipnn_region *region, const uint8_t *src)
{
	struct zipnn_detection found = zipnn_detect(src, region->size);

	found.sure &= !found.mixed;
	if (region->size >= LOOK_AGAIN && found.layout.id != ZIPNN_LAYOUT_BYTES) {
		region->found = found;
		return;
	}
	region->found.sure = found.sure && zipnn_layout_equal(found.layout, region->found.layout);
}

size_t zipnn_detect_regions(struct zipnn_region *regions, size_t capacity, const uint8_t *src,
			    size_t size)
{
	size_t count = 0;
	size_t at = 0;

	/* Windows start at multiples of 8, so that a phase in one is the phase in its neighbours.
	 */
	for (size_t i = 0; i < size; i += WINDOW) {
		struct window w;
		const size_t left = size - i;

		w.src = src + i;
		w.size = left < WINDOW ? left : WINDOW;
		w.cells = w.size / CELL;
		w.models.count = 0;
		if (w.size < ZIPNN_MIN_SAMPLED) {
			count = append(regions, count, capacity,
				       count ? regions[count - 1].found.layout
					     : (struct zipnn_layout){ZIPNN_LAYOUT_BYTES, 0},
				       w.size);
			continue;
		}
		learn(&w);
		find_row(&w);
		count = add_window(regions, count, capacity, &w);
	}
	for (size_t i = 0; i < count; i++) {
		look_again(&regions[i], src + at);
		at += regions[i].size;
	}
	return count;
}
