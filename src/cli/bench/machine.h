// SPDX-License-Identifier: BSD-3-Clause
/* What a figure depends on besides the code: without it no table is worth keeping. */
#ifndef ZIPNN_CLI_BENCH_MACHINE_H
#define ZIPNN_CLI_BENCH_MACHINE_H

struct machine {
	char cpu[128];        /* the model's name, or "unknown" */
	const char *isa;      /* of the kernels that the library runs here */
	const char *compiler; /* name and version */
	const char *commit;   /* of the source when it was configured, or "unknown" */
};

void machine_describe(struct machine *machine);

#endif
