// SPDX-License-Identifier: BSD-3-Clause
/* Cutting a plane where its distribution changes: see pieces.h. */
#include "entropy/pieces.h"

#include <string.h>

#include "core/log2.h"
#include "entropy/sample.h"

#define AT_ONCE 8u /* pieces counted together */

uint64_t zipnn_piece_bits(const struct zipnn_piece *piece, uint32_t distinct)
{
	const uint64_t entropy =
	    piece->information / piece->total + zipnn_sample_bias(piece->total, distinct);

	return piece->values * (entropy < 8 * ZIPNN_BIT ? entropy : 8 * ZIPNN_BIT) / ZIPNN_BIT;
}

static void weigh(struct zipnn_piece *piece)
{
	piece->information = zipnn_information(piece->counts, &piece->total, &piece->distinct);
}

size_t zipnn_pieces_cut(struct zipnn_piece *pieces, const uint8_t *values, size_t n, size_t size,
			size_t lines)
{
	struct zipnn_sample_of of[AT_ONCE];
	size_t count = 0;
	size_t at = 0;

	while (at < n) {
		struct zipnn_piece *first = pieces + count;
		size_t here = 0;

		for (; here < AT_ONCE && at < n; here++, count++) {
			struct zipnn_piece *piece = &pieces[count];

			piece->values = n - at < size + size / 2 ? n - at : size;
			memset(piece->counts, 0, sizeof(piece->counts));
			of[here] =
			    (struct zipnn_sample_of){piece->counts, values + at, piece->values,
						     zipnn_sample_seed(count + 1), 0};
			at += piece->values;
		}
		zipnn_sample_each(of, here, lines);
		for (size_t i = 0; i < here; i++)
			first[i].runs = of[i].constant;
	}
	return count;
}

static void add(struct zipnn_piece *sum, const struct zipnn_piece *piece)
{
	for (unsigned v = 0; v < 256; v++)
		sum->counts[v] += piece->counts[v];
	sum->values += piece->values;
	sum->runs += piece->runs;
}

/*
 * How many bits joining two pieces loses, if it does not only seem so: each sample is small, and
 * sees but some of the values that can occur, which are those of both.
 */
static uint64_t loss_of_joining(const struct zipnn_piece pair[2])
{
	struct zipnn_piece both = pair[0];

	add(&both, &pair[1]);
	weigh(&both);
	const uint64_t apart =
	    zipnn_piece_bits(&pair[0], both.distinct) + zipnn_piece_bits(&pair[1], both.distinct);
	const uint64_t together = zipnn_piece_bits(&both, both.distinct);

	return together > apart ? together - apart : 0;
}

/*
 * Whether pieces with samples of one size are alike enough to be joined: the chi-squared statistic
 * of their counts against their mean says, as entropies would, how many bits joining loses, and
 * takes a tenth of the time. all: the sum of the pieces.
 *
 * For small differences a code for all takes chi^2 / (2 ln 2) bits more for the sample than codes
 * of their own; but chance alone gives (pieces - 1) (values that occur - 1).
 */
static int seem_alike(const struct zipnn_piece *all, const struct zipnn_piece *pieces, size_t count,
		      uint64_t bits)
{
	uint64_t chi_squared = 0; /* with the size of all samples added */
	uint32_t total = 0;
	uint32_t distinct = 0;

	for (size_t i = 1; i < count; i++) {
		if (pieces[i].values != pieces[0].values)
			return 0;
	}
	for (unsigned v = 0; v < 256; v++) {
		uint32_t squares = 0; /* of samples of up to 4096 values */

		if (all->counts[v] == 0)
			continue;
		for (size_t i = 0; i < count; i++)
			squares += pieces[i].counts[v] * pieces[i].counts[v];
		chi_squared += (uint64_t)squares * count / all->counts[v];
		total += all->counts[v];
		distinct++;
	}
	const uint64_t chance = total + (count - 1) * (uint64_t)(distinct - 1);
	const uint64_t lost = chi_squared > chance ? chi_squared - chance : 0;

	/* 2955 / 4096 = 1 / (2 ln 2); what the sample loses, all values lose in proportion. */
	return lost * 2955 / 4096 * all->values / total < bits;
}

size_t zipnn_pieces_join(struct zipnn_piece *pieces, size_t count, uint64_t bits)
{
	struct zipnn_piece joined = {0};

	for (size_t i = 0; i < count; i++)
		add(&joined, &pieces[i]);
	/* The ordinary case, and the quick one. */
	if (count == 1 || seem_alike(&joined, pieces, count, bits)) {
		weigh(&joined);
		pieces[0] = joined;
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		weigh(&pieces[i]);
	for (size_t i = 0; i + 1 < count; i++)
		pieces[i].loss = loss_of_joining(&pieces[i]);
	for (;;) {
		uint64_t best_loss = bits;
		size_t best = count;

		for (size_t i = 0; i + 1 < count; i++) {
			if (pieces[i].loss < best_loss) {
				best_loss = pieces[i].loss;
				best = i;
			}
		}
		if (best == count)
			return count;
		add(&pieces[best], &pieces[best + 1]);
		weigh(&pieces[best]);
		count--;
		memmove(&pieces[best + 1], &pieces[best + 2],
			(count - best - 1) * sizeof(pieces[0]));
		if (best > 0)
			pieces[best - 1].loss = loss_of_joining(&pieces[best - 1]);
		if (best + 1 < count)
			pieces[best].loss = loss_of_joining(&pieces[best]);
	}
}
