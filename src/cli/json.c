// SPDX-License-Identifier: BSD-3-Clause
/* JSON strings: see json.h. */
#include "cli/json.h"

#include <stdio.h>

#include "cli/utf8.h"

void json_print_string(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	putchar('"');
	while (*s != '\0') {
		size_t length = utf8_length(s);

		if (length == 0) {
			fputs("\\ufffd", stdout);
			s++;
			continue;
		}
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (utf8_is_control(s, length))
			printf("\\u%04x", s[length - 1]);
		else
			fwrite(s, 1, length, stdout);
		s += length;
	}
	putchar('"');
}
