// SPDX-License-Identifier: BSD-3-Clause
/* One class of damage after the other, all golden files each, and a count of what became of it. */
#ifndef ZIPNN_TESTS_CORRUPTION_SWEEP_H
#define ZIPNN_TESTS_CORRUPTION_SWEEP_H

#include "golden.h"
#include "reader.h"

#define MOST_APPENDED ((size_t)4096)

enum way { BLOB, WHOLE_FILE, RANGE, WAY_COUNT };

/* Cases, by what became of them. */
struct tally {
	unsigned long tried;
	unsigned long caught;
	unsigned long identical;
	unsigned long unchecked;
};

struct sweep {
	struct golden *goldens;
	size_t golden_count;
	unsigned long stride; /* of each class every stride-th case is tried */
	unsigned long failures;
	struct reader reader;
	uint8_t *work; /* to make damaged bytes in: twice the longest file, and MOST_APPENDED */
	/* Of the class at work: */
	const struct damage *damage;
	unsigned long cases; /* met, tried or not */
	struct tally tallies[WAY_COUNT];
	/* Of the case at work, for the message when it fails, or is the last one ever: */
	const struct golden *golden;
	const struct golden *other; /* of which a piece comes; or NULL */
	size_t at;
	size_t detail;
};

struct damage {
	const char *name;
	unsigned denser; /* a sample has so many times more of these: there are few in all */
	bool is_loss;    /* not even data that are right may come of it: bytes lack or follow */
	bool
	    of_pairs; /* run is called for each pair of golden files of a kind, not for each file */
	void (*run)(struct sweep *sweep);
};

extern const struct damage damages[];
extern const size_t damage_count;

/* Is the next case one of those to try? at and detail tell which it is. */
bool sweep_chooses(struct sweep *sweep, size_t at, size_t detail);

/* Read the damaged bytes in every way there is, and count what became of them. */
void sweep_try(struct sweep *sweep, const uint8_t *bytes, size_t size);

#endif
