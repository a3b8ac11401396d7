// SPDX-License-Identifier: BSD-3-Clause
/* --help and --version. The man page, zipnn.1, says the same at length. */
#include "cli/help.h"

#include <stdio.h>

#include <zstd.h>

#include "zipnn.h"

static const char *const help_lines[] = {
    "zipnn: lossless compression of AI model weights",
    "",
    "Usage: zipnn [-z|-d|-t|-l] [OPTIONS] [FILE...]",
    "       zipnn bench [OPTIONS] FILE...     against other codecs: zipnn bench --help",
    "",
    "FILE becomes FILE.znn, and with -d the reverse; FILE is kept. Without FILE, or where",
    "it is -, stdin goes to stdout. The float type is found from the bytes.",
    "",
    "What to do (the last one counts):",
    "  -z, --compress        compress (default)",
    "  -d, --decompress      decompress",
    "  -t, --test            check that .znn files are sound; writes nothing",
    "  -l, --list            list .znn files: sizes, chunks, dtypes; -v shows planes too",
    "  -h, --help            this help",
    "  -V, --version         the version; with -v that of libzstd too",
    "",
    "Files:",
    "  -o FILE               write to FILE",
    "  -c, --stdout          write to stdout",
    "  -k, --keep            keep the source (default)",
    "      --rm              remove the source once the output is decoded, compared and on",
    "                        disk (after -d: checked and on disk)",
    "  -f, --force           overwrite; compress a .znn again; use a terminal for data",
    "  -r, --recursive       all files in folders; with -d, -t, -l those named *.znn, else",
    "                        the others; symbolic links in them are skipped",
    "",
    "How:",
    "  -T#, --threads=#      threads, 1 to 256; 0: one for each core (default 1). Any number",
    "                        gives the same bytes. Memory: 2 MiB + 8 blocks a thread",
    "  --block-size=SIZE     raw bytes of a chunk, 4K to 8M (default 256K). From 128K up a",
    "                        .znn is never larger than its source + 64 bytes + 0.02 %",
    "  --dtype=TYPE          auto (default), bf16, fp16, fp32, fp64, fp8 (any 8-bit number)",
    "                        or bytes; a wrong one costs size, never data",
    "  --best                the smallest output, some ten times slower to make",
    "  --[no-]check          write a CRC-32C into every chunk, or none (default: check)",
    "  --range=OFFSET:LENGTH with -d: these raw bytes only, reading only their chunks; needs",
    "                        a seekable FILE, and -o or -c",
    "  --json                with -l: one JSON object a line for each FILE",
    "SIZE, OFFSET and LENGTH take K, M or G (1024, 1024^2, 1024^3).",
    "",
    "Messages (stderr):",
    "  -q, --quiet           errors only",
    "  -v, --verbose         say more, also where stderr is no terminal",
    "      --no-progress     no progress bar",
    "",
    "Examples:",
    "  zipnn -T0 model.safetensors                 -> model.safetensors.znn",
    "  zipnn -d model.safetensors.znn              -> model.safetensors",
    "  zipnn -dc --range=1M:64K model.znn | xxd    64 KiB from the middle",
    "",
    "Exit: 0 done, 1 error, 2 warnings only.",
};

void print_help(void)
{
	for (size_t i = 0; i < sizeof(help_lines) / sizeof(help_lines[0]); i++)
		puts(help_lines[i]);
}

void print_version(bool verbose)
{
	printf("zipnn %s (format %u)\n", ZIPNN_VERSION, ZIPNN_FORMAT_VERSION);
	if (verbose)
		printf("libzstd %s\n", ZSTD_versionString());
}
