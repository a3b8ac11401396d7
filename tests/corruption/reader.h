// SPDX-License-Identifier: BSD-3-Clause
/*
 * The three ways to read what zipnn wrote: a blob by the library; a .znn file as a whole, and a
 * range of it, by the command line's own functions. Each says what became of damaged bytes, and
 * that no more memory was taken than they declare.
 */
#ifndef ZIPNN_TESTS_CORRUPTION_READER_H
#define ZIPNN_TESTS_CORRUPTION_READER_H

#include "cli/session.h"
#include "golden.h"
#include "guard.h"

enum outcome {
	CAUGHT,    /* an error */
	IDENTICAL, /* the data that went in */
	UNCHECKED, /* other data, but only where the writer was told to write no checksum */
	WRONG,     /* other data, and no error */
	GREEDY,    /* more memory than the bytes declare */
};

/* What damaged bytes were made of: one golden file, or two. */
struct origins {
	const struct golden *first;
	const struct golden *second; /* NULL: there is none */
};

struct reader {
	const struct golden *golden; /* whose memory the contexts have, at least */
	zipnn_dctx *dctx;
	struct session session;
	struct guard_pages coded; /* a blob ends where these do */
	uint8_t *raw_end;         /* the raw bytes of a blob end here, before a page that is none */
	int coded_fd;             /* the .znn file */
	int out_fd;               /* what is made of it; mapped at out */
	uint8_t *out;
	size_t most_memory; /* that was taken for damaged bytes, beyond what the golden file took */
};

/* most_coded, most_raw: of the longest bytes to read, and of the longest golden file. */
void reader_init(struct reader *reader, size_t most_coded, size_t most_raw);
void reader_free(struct reader *reader);

/* New contexts, which have met this golden file and nothing else. */
void reader_begin(struct reader *reader, const struct golden *golden);

enum outcome read_blob(struct reader *reader, const struct origins *origins, const uint8_t *bytes,
		       size_t size);
enum outcome read_file(struct reader *reader, const struct origins *origins, const uint8_t *bytes,
		       size_t size);
enum outcome read_range(struct reader *reader, const struct origins *origins, const uint8_t *bytes,
			size_t size, struct span range);

#endif
