// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the command line tells its user, on stderr: `zipnn: FILE: at offset N: reason; what to do`.
 *
 * Reading and writing functions do not print. They record a failure, because the pipeline may find
 * an earlier one before it ends; whoever handles the file prints the one that counts.
 */
#ifndef ZIPNN_CLI_MESSAGE_H
#define ZIPNN_CLI_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct console {
	bool quiet;        /* no warnings, no notes, no bar */
	bool verbose;      /* notes even where nobody looks at stderr */
	bool terminal;     /* stderr is one */
	int bar_width;     /* columns of the progress bar that is on the screen, 0 if none is */
	unsigned errors;   /* printed so far: the exit code depends on both */
	unsigned warnings; /* found so far, printed or not */
};

#define NO_OFFSET UINT64_MAX

struct failure {
	const char *name; /* of the file, owned by the caller of the function that failed */
	uint64_t offset;  /* in that file, or NO_OFFSET */
	char text[400];   /* reason; what to do */
};

/* Record a failure, over an earlier one if there is one. */
__attribute__((format(printf, 4, 5))) void failure_set(struct failure *failure, const char *name,
						       uint64_t offset, const char *format, ...);

/* The same for a system call that failed with an errno, and for a library's enum zipnn_error. */
void failure_errno(struct failure *failure, const char *name, uint64_t offset, const char *what,
		   int error);
void failure_code(struct failure *failure, const char *name, uint64_t offset, const char *what,
		  int64_t code);

/* Print one line. Control characters become '?': a file's name must not steer the terminal. */
void console_failure(struct console *console, const struct failure *failure);
__attribute__((format(printf, 3, 4))) void console_error(struct console *console, const char *name,
							 const char *format, ...);
__attribute__((format(printf, 3, 4))) void
console_warning(struct console *console, const char *name, const char *format, ...);

/* A line without prefix, for a user at a terminal or one who asked with -v. */
__attribute__((format(printf, 2, 3))) void console_note(struct console *console, const char *format,
							...);

/* Wipe the progress bar off the screen. */
void console_clear_bar(struct console *console);

/* Replace the control characters, of 8 bits too, of a text that goes to a terminal. */
void message_clean(char *text);

#endif
