// SPDX-License-Identifier: BSD-3-Clause
/* Tables and JSON: see report.h. Each result is shown when it is there: a run takes minutes. */
#include "cli/bench/report.h"

#include <stdio.h>

#include "cli/bench/machine.h"
#include "cli/json.h"

/* A path; longer ones are cut. */
#define NAME_SIZE 4200

static void begin_json(const struct machine *machine)
{
	fputs("{\"machine\": {\"cpu\": ", stdout);
	json_print_string(machine->cpu);
	fputs(", \"isa\": ", stdout);
	json_print_string(machine->isa);
	fputs(", \"compiler\": ", stdout);
	json_print_string(machine->compiler);
	fputs(", \"commit\": ", stdout);
	json_print_string(machine->commit);
	fputs("}, \"results\": [", stdout);
}

void report_begin(struct report *report)
{
	struct machine machine;

	machine_describe(&machine);
	report->results = 0;
	if (report->json)
		begin_json(&machine);
	else
		printf("%s; kernels %s; %s; commit %s\n", machine.cpu, machine.isa,
		       machine.compiler, machine.commit);
}

static void print_json(struct report *report, const char *name, size_t raw_size, size_t block_size,
		       const struct contestant *who)
{
	printf("%s\n{\"file\": ", report->results > 0 ? "," : "");
	json_print_string(name);
	printf(", \"block\": %zu, \"codec\": ", block_size);
	json_print_string(who->codec->name);
	printf(", \"raw_bytes\": %zu, \"coded_bytes\": %llu, \"compress_mbps\": %.1f, "
	       "\"decompress_mbps\": %.1f, \"rounds\": %u}",
	       raw_size, (unsigned long long)who->coded_bytes, who->compress_mbps,
	       who->decompress_mbps, who->rounds);
}

static void print_row(size_t raw_size, const struct contestant *who)
{
	printf("  %-22s %14llu %9.3f %12.0f %12.0f\n", who->codec->name,
	       (unsigned long long)who->coded_bytes,
	       100.0 * (double)who->coded_bytes / (double)raw_size, who->compress_mbps,
	       who->decompress_mbps);
}

static void print_heading(const char *name, size_t raw_size, size_t block_size, unsigned rounds)
{
	char clean[NAME_SIZE];

	snprintf(clean, sizeof(clean), "%s", name);
	message_clean(clean);
	printf("\n%s: %zu bytes, blocks of ", clean, raw_size);
	if (block_size % 1024 == 0)
		printf("%zu KiB", block_size / 1024);
	else
		printf("%zu bytes", block_size);
	printf(", medians of %u rounds\n", rounds);
	printf("  %-22s %14s %9s %12s %12s\n", "codec", "coded", "% of raw", "comp. MB/s",
	       "decomp. MB/s");
}

void report_results(struct report *report, const char *name, size_t raw_size, size_t block_size,
		    const struct contestant *contestants, size_t count)
{
	if (!report->json)
		print_heading(name, raw_size, block_size, contestants[0].rounds);
	for (size_t i = 0; i < count; i++) {
		if (report->json)
			print_json(report, name, raw_size, block_size, &contestants[i]);
		else
			print_row(raw_size, &contestants[i]);
		report->results++;
	}
	fflush(stdout);
}

void report_end(const struct report *report)
{
	if (report->json)
		puts("\n]}");
}
