// SPDX-License-Identifier: BSD-3-Clause
/* Messages: see message.h. Each is built as one line and written at once. */
#include "cli/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/utf8.h"
#include "zipnn.h"

/* A path (PATH_MAX is 4096) and a failure's text; a longer line is cut. */
#define LINE_SIZE 5120

void message_clean(char *text)
{
	unsigned char *s = (unsigned char *)text;

	while (*s != '\0') {
		size_t length = utf8_length(s);

		/* A byte that is no UTF-8 is a character to an old terminal. */
		if (length == 0 ? *s < 0xa0 : utf8_is_control(s, length))
			memset(s, '?', length > 0 ? length : 1);
		s += length > 0 ? length : 1;
	}
}

void failure_set(struct failure *failure, const char *name, uint64_t offset, const char *format,
		 ...)
{
	va_list arguments;

	failure->name = name;
	failure->offset = offset;
	va_start(arguments, format);
	vsnprintf(failure->text, sizeof(failure->text), format, arguments);
	va_end(arguments);
}

static const char *errno_advice(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "check the name";
	case EACCES:
	case EPERM:
		return "check the permissions of the file and its folder";
	case ENOSPC:
	case EDQUOT:
		return "free some space, or name a file on another disk with -o";
	case EFBIG:
		return "raise the limit of file sizes, or name a file on another disk with -o";
	case EROFS:
		return "name a file on a writable disk with -o";
	case EPIPE:
		return "the program that reads the output ended early: see why";
	case ENOMEM:
		return "use fewer threads (-T) or a smaller --block-size";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files (ulimit -n)";
	case EIO:
		return "the disk may be failing: see the kernel log";
	default:
		return "check the file and its disk";
	}
}

void failure_errno(struct failure *failure, const char *name, uint64_t offset, const char *what,
		   int error)
{
	failure_set(failure, name, offset, "%s: %s; %s", what, strerror(error),
		    errno_advice(error));
}

static const char *code_advice(int64_t code)
{
	switch (code) {
	case ZIPNN_ERROR_MEMORY:
		return errno_advice(ENOMEM);
	case ZIPNN_ERROR_TRUNCATED:
		return "get a complete copy of the file";
	case ZIPNN_ERROR_MAGIC:
		return "is it a .znn file?";
	case ZIPNN_ERROR_VERSION:
		return "update zipnn; what a build before format version 1 wrote, only that build "
		       "reads";
	case ZIPNN_ERROR_CORRUPT:
	case ZIPNN_ERROR_CHECKSUM:
		return "restore the file from another copy";
	default:
		return "report this: it should not happen";
	}
}

void failure_code(struct failure *failure, const char *name, uint64_t offset, const char *what,
		  int64_t code)
{
	failure_set(failure, name, offset, "%s: %s; %s", what, zipnn_error_name(code),
		    code_advice(code));
}

void console_clear_bar(struct console *console)
{
	if (console->bar_width == 0)
		return;
	fprintf(stderr, "\r%*s\r", console->bar_width, "");
	console->bar_width = 0;
}

static void print_line(struct console *console, char *line)
{
	message_clean(line);
	console_clear_bar(console);
	fprintf(stderr, "%s\n", line);
}

/* `zipnn: NAME: TEXT`, with as much of the name as leaves room for the text. */
static void print_message(struct console *console, const char *kind, const char *name,
			  const char *format, va_list arguments)
{
	char text[LINE_SIZE / 4];
	char line[LINE_SIZE];

	vsnprintf(text, sizeof(text), format, arguments);
	if (name != NULL)
		snprintf(line, sizeof(line), "zipnn: %s%.*s: %s", kind,
			 (int)(sizeof(line) - sizeof(text)) - 32, name, text);
	else
		snprintf(line, sizeof(line), "zipnn: %s%s", kind, text);
	print_line(console, line);
}

void console_error(struct console *console, const char *name, const char *format, ...)
{
	va_list arguments;

	console->errors++;
	va_start(arguments, format);
	print_message(console, "", name, format, arguments);
	va_end(arguments);
}

void console_failure(struct console *console, const struct failure *failure)
{
	if (failure->offset == NO_OFFSET)
		console_error(console, failure->name, "%s", failure->text);
	else
		console_error(console, failure->name, "at offset %llu: %s",
			      (unsigned long long)failure->offset, failure->text);
}

void console_warning(struct console *console, const char *name, const char *format, ...)
{
	va_list arguments;

	console->warnings++;
	if (console->quiet)
		return;
	va_start(arguments, format);
	print_message(console, "warning: ", name, format, arguments);
	va_end(arguments);
}

void console_note(struct console *console, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;

	if (console->quiet || !(console->terminal || console->verbose))
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	print_line(console, line);
}
