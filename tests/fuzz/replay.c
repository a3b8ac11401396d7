// SPDX-License-Identifier: BSD-3-Clause
/*
 * An engine without fuzzing: gives a target the files named, and all files of the folders named.
 * It needs no compiler but the project's, so that cases once found stay tested everywhere.
 *
 * usage: NAME [-m NUMBER] PATH...
 * -m: also gives it NUMBER changed copies of each file, the same ones in every run.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#pragma weak LLVMFuzzerCustomMutator

/* What is being run, for whatever ends the process. */
static char running[4096];
static unsigned mutant;

static unsigned inputs;
static unsigned mutants; /* of each file */

static void say_what_ran(void)
{
	(void)dprintf(2, "input: %s, copy %u\n", running, mutant);
}

static void on_signal(int number)
{
	say_what_ran();
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* Of the sanitizers' interface: they end the process in their own way. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void watch(void)
{
	static const int ends[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTERM};

	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(say_what_ran);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		(void)signal(ends[i], on_signal);
}

static void run_mutants(const uint8_t *data, size_t size)
{
	const size_t capacity = 2 * size + 4096;
	uint8_t *changed = fuzz_malloc(capacity);

	for (mutant = 1; mutant <= mutants; mutant++) {
		size_t now;

		if (size > 0)
			memcpy(changed, data, size);
		srand(mutant);
		if (LLVMFuzzerCustomMutator != NULL)
			now = LLVMFuzzerCustomMutator(changed, size, capacity, mutant);
		else
			now = LLVMFuzzerMutate(changed, size, capacity);
		uint8_t *copy = fuzz_copy(changed, now);

		(void)LLVMFuzzerTestOneInput(copy, now);
		free(copy);
		inputs++;
	}
	free(changed);
}

static void run_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = fuzz_malloc(size);

	if (file == NULL || fread(data, 1, size, file) != size) {
		(void)fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	(void)fclose(file);
	(void)snprintf(running, sizeof(running), "%s", path);
	mutant = 0;
	(void)LLVMFuzzerTestOneInput(data, size);
	inputs++;
	run_mutants(data, size);
	free(data);
}

static void run_path(const char *path);

static void run_folder(const char *path)
{
	struct dirent **entries;
	const int count = scandir(path, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char inner[4096];

		(void)snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			run_path(inner);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void run_path(const char *path)
{
	struct stat about;

	if (stat(path, &about) != 0) {
		(void)fprintf(stderr, "%s: is not there\n", path);
		exit(2);
	}
	if (S_ISDIR(about.st_mode))
		run_folder(path);
	else
		run_file(path, (size_t)about.st_size);
}

int main(int argc, char **argv)
{
	FILE *said = fdopen(dup(STDOUT_FILENO), "w"); /* targets may close theirs */
	int at = 1;

	if (argc > 2 && strcmp(argv[1], "-m") == 0) {
		mutants = (unsigned)atoi(argv[2]);
		at = 3;
	}
	if (said == NULL || at >= argc) {
		(void)fprintf(stderr, "usage: %s [-m NUMBER] PATH...\n", argv[0]);
		return 2;
	}
	watch();
	for (; at < argc; at++)
		run_path(argv[at]);
	(void)fprintf(said, "%u inputs\n", inputs);
	return fclose(said) == 0 ? 0 : 2;
}
