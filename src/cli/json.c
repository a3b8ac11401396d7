// SPDX-License-Identifier: BSD-3-Clause
/* JSON strings: see json.h. */
#include "cli/json.h"

#include <stdio.h>

void json_print_string(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	putchar('"');
	while (*s != '\0') {
		size_t more = *s < 0x80                 ? 0
			      : *s >= 0xc2 && *s < 0xe0 ? 1
			      : *s >= 0xe0 && *s < 0xf0 ? 2
			      : *s >= 0xf0 && *s < 0xf5 ? 3
							: 4;
		size_t length = 1;

		while (length <= more && (s[length] & 0xc0) == 0x80)
			length++;
		/* Overlong forms, surrogates, and what lies above U+10FFFF. */
		if (more == 4 || length <= more || (*s == 0xe0 && s[1] < 0xa0) ||
		    (*s == 0xed && s[1] >= 0xa0) || (*s == 0xf0 && s[1] < 0x90) ||
		    (*s == 0xf4 && s[1] >= 0x90)) {
			fputs("\\ufffd", stdout);
			s++;
			continue;
		}
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			printf("\\u%04x", *s);
		else
			fwrite(s, 1, length, stdout);
		s += length;
	}
	putchar('"');
}
