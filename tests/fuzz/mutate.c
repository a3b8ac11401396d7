// SPDX-License-Identifier: BSD-3-Clause
/*
 * LLVMFuzzerMutate for engines that have none: libFuzzer does. Plain changes; what is known of the
 * format is in container_mutate.c. Seeded by srand().
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Numbers at which code decides. */
static const uint8_t edges[] = {0, 1, 2, 7, 8, 15, 16, 31, 63, 64, 127, 128, 129, 254, 255};

static size_t below(size_t n)
{
	return n == 0 ? 0 : ((size_t)rand() << 16 ^ (size_t)rand()) % n;
}

static void change_byte(uint8_t *byte)
{
	switch (below(4)) {
	case 0:
		*byte = (uint8_t)below(256);
		break;
	case 1:
		*byte = edges[below(sizeof(edges))];
		break;
	case 2:
		*byte = (uint8_t)(*byte + below(9) - 4);
		break;
	default:
		*byte ^= (uint8_t)(1u << below(8));
		break;
	}
}

__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	const size_t at = below(size + 1);
	size_t n = 1 + below(below(4) > 0 ? 8 : 256);

	switch (size == 0 ? 0 : below(6)) {
	case 0: /* insert */
		n = n < max_size - size ? n : max_size - size;
		memmove(data + at + n, data + at, size - at);
		for (size_t i = 0; i < n; i++)
			data[at + i] = (uint8_t)below(256);
		return size + n;
	case 1: /* remove */
		n = n < size - at ? n : size - at;
		memmove(data + at, data + at + n, size - at - n);
		return size - n > 0 ? size - n : size;
	case 2: /* bytes from elsewhere */
		n = n < size - at ? n : size - at;
		memmove(data + at, data + below(size - n + 1), n);
		return size;
	default:
		for (n = 1 + below(3); n > 0; n--)
			change_byte(&data[below(size)]);
		return size;
	}
}
