// SPDX-License-Identifier: BSD-3-Clause
/* zipnn(1): the command line, in zstd's habits. Each operand in turn, then the exit code. The one
 * command that is no option is the first word `bench`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench/bench.h"
#include "cli/help.h"
#include "cli/operand.h"
#include "cli/session.h"
#include "cli/temporary.h"

#define EXIT_DONE 0
#define EXIT_ERROR 1
#define EXIT_WARNING 2

/*
 * If one of the three standard descriptors is closed, the next file would get its number, and what
 * is meant for stdout or stderr would go into it. Fill the gap with one that refuses the use.
 */
static bool fill_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode) != fd)
			return false;
	}
	return true;
}

/* Stdout may have been full all along: a buffer, or the disk behind it, tells only now. */
static void close_stdout(struct console *console)
{
	bool failed = ferror(stdout) != 0;

	if (fclose(stdout) != 0 || failed)
		console_error(console, "stdout", "cannot write: %s; see where the output goes",
			      strerror(errno));
}

static void run_operands(struct session *session)
{
	const struct options *options = &session->options;
	struct listing sum = {0};
	unsigned started;
	int start_error;

	for (size_t i = 0; i < options->file_count; i++)
		operand_run(session, options->files[i], &sum);
	if (options->mode == MODE_LIST)
		list_sum(session, &sum);
	start_error = pool_start_error(session->engine.pool, &started);
	if (start_error != 0)
		console_note(&session->console,
			     "zipnn: worked with %u of %u threads, others could not be started: %s",
			     started, options->threads, strerror(start_error));
}

static int exit_code(const struct console *console)
{
	if (console->errors > 0)
		return EXIT_ERROR;
	return console->warnings > 0 ? EXIT_WARNING : EXIT_DONE;
}

/* What zipnn does without a command: code files. */
static void run_files(struct session *session, int argc, char **argv)
{
	struct console *console = &session->console;
	const struct options *options = &session->options;

	temporary_catch_signals();
	if (!options_parse(&session->options, console, argc, argv))
		return;
	console->quiet = options->quiet;
	console->verbose = options->verbose;
	if (options->help) {
		print_help();
	} else if (options->version) {
		print_version(options->verbose);
	} else if (engine_init(&session->engine, options)) {
		run_operands(session);
		engine_free(&session->engine);
	} else {
		console_error(console, NULL, "out of memory; use fewer threads (-T)");
		engine_free(&session->engine);
	}
}

int main(int argc, char **argv)
{
	struct session session = {.console.terminal = isatty(STDERR_FILENO) == 1};

	if (!fill_descriptors())
		return EXIT_ERROR;
	if (argc > 1 && strcmp(argv[1], "bench") == 0)
		bench_run(&session.console, argc - 2, argv + 2);
	else
		run_files(&session, argc, argv);
	close_stdout(&session.console);
	return exit_code(&session.console);
}
