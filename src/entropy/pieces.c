// SPDX-License-Identifier: BSD-3-Clause
/* Cutting a plane where its distribution changes: see pieces.h. */
#include "entropy/pieces.h"

#include <string.h>

#include "core/log2.h"
#include "entropy/sample.h"

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
	size_t count = 0;

	for (size_t at = 0; at < n;) {
		struct zipnn_piece *piece = &pieces[count++];

		piece->values = n - at < size + size / 2 ? n - at : size;
		memset(piece->counts, 0, sizeof(piece->counts));
		piece->runs =
		    zipnn_sample_counts(piece->counts, values + at, piece->values, lines, 1);
		weigh(piece);
		at += piece->values;
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
 * Join all pieces into *all. Returns how many bits that loses, if it does not only seem so: each
 * sample is small, and sees but some of the values that can occur, which are those of all.
 */
static uint64_t join_all(struct zipnn_piece *all, const struct zipnn_piece *pieces, size_t count)
{
	uint64_t apart = 0;

	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < count; i++)
		add(all, &pieces[i]);
	weigh(all);
	for (size_t i = 0; i < count; i++)
		apart += zipnn_piece_bits(&pieces[i], all->distinct);
	const uint64_t together = zipnn_piece_bits(all, all->distinct);

	return together > apart ? together - apart : 0;
}

size_t zipnn_pieces_join(struct zipnn_piece *pieces, size_t count, uint64_t bits)
{
	struct zipnn_piece joined;
	struct zipnn_piece best_joined;

	/* The ordinary case, and the quick one: all are alike. */
	if (join_all(&joined, pieces, count) < bits) {
		pieces[0] = joined;
		return 1;
	}
	for (;;) {
		uint64_t best_loss = bits;
		size_t best = count;

		for (size_t i = 0; i + 1 < count; i++) {
			const uint64_t loss = join_all(&joined, &pieces[i], 2);

			if (loss < best_loss) {
				best_loss = loss;
				best = i;
				best_joined = joined;
			}
		}
		if (best == count)
			return count;
		pieces[best] = best_joined;
		count--;
		memmove(&pieces[best + 1], &pieces[best + 2],
			(count - best - 1) * sizeof(pieces[0]));
	}
}
