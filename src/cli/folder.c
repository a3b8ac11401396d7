// SPDX-License-Identifier: BSD-3-Clause
/* Walking folders: see folder.h. */
#include "cli/folder.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

#include "cli/suffix.h"
#include "cli/temporary.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void note_skipped(struct session *session, const FTSENT *entry, const char *why)
{
	if (session->options.verbose)
		console_note(&session->console, "%s: skipped, %s", entry->fts_path, why);
}

/* One thing found in a folder. */
static void visit(struct session *session, const FTSENT *entry, struct listing *sum,
		  folder_run *run)
{
	struct console *console = &session->console;
	bool compress = session->options.mode == MODE_COMPRESS;

	switch (entry->fts_info) {
	case FTS_F:
		/* Another zipnn may be writing it. */
		if (temporary_is_name(entry->fts_name))
			note_skipped(session, entry, "it is an unfinished output");
		/* Else the second run of the same command would be all complaints. */
		else if (has_suffix(entry->fts_name) == compress)
			note_skipped(session, entry, "its suffix says it needs nothing");
		else
			run(session, entry->fts_path, sum);
		break;
	case FTS_D:
	case FTS_DP:
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		console_error(console, entry->fts_path, "cannot read: %s; check the permissions",
			      strerror(entry->fts_errno));
		break;
	default:
		note_skipped(session, entry, "it is no regular file");
		break;
	}
}

void folder_walk(struct session *session, char *path, struct listing *sum, folder_run *run)
{
	char *paths[] = {path, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	const FTSENT *entry;

	if (tree != NULL)
		errno = 0;
	while (tree != NULL && (entry = fts_read(tree)) != NULL) {
		visit(session, entry, sum, run);
		errno = 0;
	}
	if (tree == NULL || errno != 0)
		console_error(&session->console, path,
			      "cannot walk the folder: %s; run zipnn on "
			      "parts of it",
			      strerror(errno));
	if (tree != NULL)
		fts_close(tree);
}
