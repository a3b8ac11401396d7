// SPDX-License-Identifier: BSD-3-Clause
/*
 * container_mutate as a custom mutator of AFL++, which alternates it with its own. FUZZ_PREFIX is
 * the number of bytes before the container.
 */
#include <stdlib.h>
#include <string.h>

#include "container_mutate.h"

struct mutator {
	unsigned seed;
	size_t prefix;
	uint8_t *buffer;
	size_t capacity;
};

/* AFL++ looks for these names. */
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *input, size_t size, uint8_t **changed, uint8_t *other,
		       size_t other_size, size_t max_size);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned seed)
{
	struct mutator *mutator = calloc(1, sizeof(*mutator));
	const char *prefix = getenv("FUZZ_PREFIX");

	(void)afl;
	if (mutator == NULL)
		return NULL;
	mutator->seed = seed;
	mutator->prefix = prefix != NULL ? (size_t)atoi(prefix) : 0;
	return mutator;
}

/* Returns the size of *changed; 0: no change was made. */
size_t afl_custom_fuzz(void *data, uint8_t *input, size_t size, uint8_t **changed, uint8_t *other,
		       size_t other_size, size_t max_size)
{
	struct mutator *mutator = data;

	(void)other;
	(void)other_size;
	if (max_size > mutator->capacity) {
		free(mutator->buffer);
		mutator->buffer = malloc(max_size);
		mutator->capacity = mutator->buffer != NULL ? max_size : 0;
	}
	if (size > mutator->capacity)
		return 0;
	memcpy(mutator->buffer, input, size);
	*changed = mutator->buffer;
	srand(++mutator->seed);
	return container_mutate(mutator->buffer, size, max_size, mutator->seed, mutator->prefix);
}

void afl_custom_deinit(void *data)
{
	struct mutator *mutator = data;

	free(mutator->buffer);
	free(mutator);
}
