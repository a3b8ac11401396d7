// SPDX-License-Identifier: BSD-3-Clause
/* The machine and the build: see machine.h. */
#include "cli/bench/machine.h"

#include <stdio.h>
#include <string.h>

#include "core/cpu.h"

#ifndef ZIPNN_COMMIT
#define ZIPNN_COMMIT "unknown"
#endif

#define AS_TEXT(number) #number
#define VERSION(major, minor, patch) AS_TEXT(major) "." AS_TEXT(minor) "." AS_TEXT(patch)
#ifdef __clang__
/* Its __VERSION__ begins with the distribution's name. */
#define COMPILER "clang " VERSION(__clang_major__, __clang_minor__, __clang_patchlevel__)
#else
#define COMPILER "gcc " __VERSION__
#endif

/* Linux on x86 says `model name : AMD EPYC`; ARM kernels give numbers, which are no name. */
static void find_cpu(char *name, size_t capacity)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(name, capacity, "unknown");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *value = strstr(line, ": ");

		if (value == NULL || strncmp(line, "model name", 10) != 0)
			continue;
		snprintf(name, capacity, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
		break;
	}
	fclose(file);
}

void machine_describe(struct machine *machine)
{
	find_cpu(machine->cpu, sizeof(machine->cpu));
	machine->isa = zipnn_isa_name(zipnn_isa_detect());
	machine->compiler = COMPILER;
	machine->commit = ZIPNN_COMMIT;
}
