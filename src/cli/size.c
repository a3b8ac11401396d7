// SPDX-License-Identifier: BSD-3-Clause
/* Sizes as people write them: see size.h. */
#include "cli/size.h"

#include <string.h>

bool size_parse(const char *text, size_t length, uint64_t *value)
{
	uint64_t number = 0;
	unsigned shift = 0;
	size_t i = 0;

	for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (i == 0)
		return false;
	if (i < length) {
		const char *units = "KMG";
		const char *unit = strchr(units, text[i]);

		if (unit == NULL)
			return false;
		shift = 10 * (unsigned)(unit - units + 1);
		i++;
		if (length - i == 2 && strncmp(text + i, "iB", 2) == 0)
			i += 2;
	}
	if (i != length || number > UINT64_MAX >> shift)
		return false;
	*value = number << shift;
	return true;
}
