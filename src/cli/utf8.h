// SPDX-License-Identifier: BSD-3-Clause
/* Names of files are bytes; most of them are UTF-8. */
#ifndef ZIPNN_CLI_UTF8_H
#define ZIPNN_CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that s begins with; 0: it is none. s ends with a zero. */
static inline size_t utf8_length(const unsigned char *s)
{
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
	    (*s == 0xf4 && s[1] >= 0x90))
		return 0;
	return length;
}

/* Control characters of ASCII, and those of 8 bits, which are two bytes of UTF-8. */
static inline bool utf8_is_control(const unsigned char *s, size_t length)
{
	return length == 1 ? *s < 0x20 || *s == 0x7f : length == 2 && *s == 0xc2 && s[1] < 0xa0;
}

#endif
