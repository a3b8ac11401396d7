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

static void print_file(const char *name, size_t raw_size, size_t block_size, unsigned rounds)
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
}

static void print_heading(const char *name, size_t raw_size, size_t block_size, unsigned rounds)
{
	print_file(name, raw_size, block_size, rounds);
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

/* A stage in the units that people think in. */
struct stage_row {
	double ns_per_value;
	double us_per_block; /* of a whole block */
	double share;        /* of zipnn_compress */
};

static struct stage_row stage_row(const struct stage_times *times, enum stage stage,
				  size_t raw_size, size_t block_size)
{
	const double seconds = times->seconds[stage];

	return (struct stage_row){
	    .ns_per_value = 1e9 * seconds / (double)times->values,
	    .us_per_block = 1e6 * seconds * (double)block_size / (double)raw_size,
	    .share = seconds / times->seconds[STAGE_COMPRESS],
	};
}

static void print_stages_json(const struct report *report, const char *name, size_t raw_size,
			      size_t block_size, const struct stage_times *times)
{
	printf("%s\n{\"file\": ", report->results > 0 ? "," : "");
	json_print_string(name);
	printf(", \"block\": %zu, \"raw_bytes\": %zu, \"values\": %llu, \"rounds\": %u, "
	       "\"stages\": [",
	       block_size, raw_size, (unsigned long long)times->values, times->rounds);
	for (unsigned i = 0; i < STAGE_COUNT; i++) {
		struct stage_row row = stage_row(times, (enum stage)i, raw_size, block_size);

		printf("%s\n {\"stage\": \"%s\", \"ns_per_value\": %.4f, "
		       "\"us_per_block\": %.3f, \"share\": %.4f}",
		       i > 0 ? "," : "", stage_name((enum stage)i), row.ns_per_value,
		       row.us_per_block, row.share);
	}
	fputs("]}", stdout);
}

void report_stages(struct report *report, const char *name, size_t raw_size, size_t block_size,
		   const struct stage_times *times)
{
	if (report->json) {
		print_stages_json(report, name, raw_size, block_size, times);
	} else {
		print_file(name, raw_size, block_size, times->rounds);
		printf("  %-12s %12s %12s %14s\n", "stage", "ns/value", "us/block",
		       "% of compress");
		for (unsigned i = 0; i < STAGE_COUNT; i++) {
			struct stage_row row =
			    stage_row(times, (enum stage)i, raw_size, block_size);

			printf("  %-12s %12.3f %12.2f %14.1f\n", stage_name((enum stage)i),
			       row.ns_per_value, row.us_per_block, 100 * row.share);
		}
	}
	report->results++;
	fflush(stdout);
}

void report_end(const struct report *report)
{
	if (report->json)
		puts("\n]}");
}
