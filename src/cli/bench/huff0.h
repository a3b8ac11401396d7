// SPDX-License-Identifier: BSD-3-Clause
/*
 * zstd's own Huffman coder, huff0, as libzstd.a holds it. No package ships its header, so the
 * functions are declared here, as lib/common/huf.h of zstd 1.5.4 to 1.5.7 declares them; CMake
 * refuses other versions, whose flags or order of parameters may differ.
 */
#ifndef ZIPNN_CLI_BENCH_HUFF0_H
#define ZIPNN_CLI_BENCH_HUFF0_H

#include <stddef.h>
#include <stdint.h>

/* HUF_flags_e */
#define HUFF0_FLAG_BMI2 1

/* HUF_repeat: there is no earlier table to use again. */
#define HUFF0_REPEAT_NONE 0

/* What zstd codes literals with: longer codes decode more slowly. */
#define HUFF0_TABLE_LOG 11u
/* What the decoder's table is made for, and how its first word says so: HUF_CREATE_STATIC_DTABLEX2.
 */
#define HUFF0_DTABLE_LOG 12u
#define HUFF0_DTABLE_WORDS (1u + (1u << HUFF0_DTABLE_LOG))
#define HUFF0_DTABLE_INIT (HUFF0_DTABLE_LOG * 0x01000001u)
/* HUF_CTABLE_SIZE_ST(255) */
#define HUFF0_CTABLE_WORDS 257u
/* More than HUF_WORKSPACE_SIZE (8.5 KiB) and HUF_DECOMPRESS_WORKSPACE_SIZE (2.5 KiB). */
#define HUFF0_WORKSPACE_WORDS 2048u

/* 0: not compressible; 1: one symbol, at *dst; an error is larger than any block. */
size_t HUF_compress4X_repeat(void *dst, size_t capacity, const void *src, size_t size,
			     unsigned max_symbol, unsigned table_log, void *workspace,
			     size_t workspace_size, size_t *table, int *repeat, int flags);

/* size is exactly what was compressed. */
size_t HUF_decompress4X_hufOnly_wksp(uint32_t *table, void *dst, size_t size, const void *src,
				     size_t coded_size, void *workspace, size_t workspace_size,
				     int flags);

#endif
