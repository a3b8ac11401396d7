// SPDX-License-Identifier: BSD-3-Clause
/* Loading libblosc2: see blosc2.h. */
#include "cli/bench/blosc2.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The library brings its own zstd and lz4, under the names that zipnn's have: without DEEPBIND it
 * would be measured with ours. A sanitizer refuses that flag, and its figures count for nothing.
 */
#if defined(__SANITIZE_ADDRESS__)
#define LOAD_FLAGS (RTLD_NOW | RTLD_LOCAL)
#else
#define LOAD_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

/* ISO C has no way from an object pointer to a function; POSIX promises that this is one. */
static int find(const struct blosc2_library *library, void *function, const char *name)
{
	void *symbol = dlsym(library->handle, name);

	memcpy(function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static int find_all(struct blosc2_library *library)
{
	return find(library, &library->cparams_defaults, "blosc2_get_blosc2_cparams_defaults") &&
	       find(library, &library->dparams_defaults, "blosc2_get_blosc2_dparams_defaults") &&
	       find(library, &library->create_cctx, "blosc2_create_cctx") &&
	       find(library, &library->create_dctx, "blosc2_create_dctx") &&
	       find(library, &library->free_ctx, "blosc2_free_ctx") &&
	       find(library, &library->compress_ctx, "blosc2_compress_ctx") &&
	       find(library, &library->decompress_ctx, "blosc2_decompress_ctx");
}

/* Whether the fields lie where they are thought to: the defaults are documented and distinct. */
static int fields_are_known(const struct blosc2_library *library)
{
	const union blosc2_cparams cparams = library->cparams_defaults();
	const union blosc2_dparams dparams = library->dparams_defaults();

	return cparams.known.level == 5 && cparams.known.use_dictionary == 0 &&
	       cparams.known.type_size == 8 && cparams.known.threads == 1 &&
	       cparams.known.block_size == 0 && cparams.known.super_chunk == NULL &&
	       cparams.known.filters[BLOSC2_FILTERS - 1] == BLOSC2_SHUFFLE &&
	       dparams.known.threads == 1 && dparams.known.super_chunk == NULL;
}

struct blosc2_library *blosc2_open(const char *path, char why[BLOSC2_WHY_SIZE])
{
	struct blosc2_library *library = calloc(1, sizeof(*library));

	if (library == NULL) {
		snprintf(why, BLOSC2_WHY_SIZE, "out of memory");
		return NULL;
	}
	library->handle = dlopen(path, LOAD_FLAGS);
	if (library->handle == NULL)
		snprintf(why, BLOSC2_WHY_SIZE, "%s", dlerror());
	else if (!find_all(library))
		snprintf(why, BLOSC2_WHY_SIZE, "%s", dlerror());
	else if (!fields_are_known(library))
		snprintf(why, BLOSC2_WHY_SIZE, "%s: its parameters are laid out in another way",
			 path);
	else
		return library;
	blosc2_close(library);
	return NULL;
}

void blosc2_close(struct blosc2_library *library)
{
	if (library != NULL && library->handle != NULL)
		dlclose(library->handle);
	free(library);
}
