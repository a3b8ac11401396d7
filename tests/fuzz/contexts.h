// SPDX-License-Identifier: BSD-3-Clause
/*
 * Contexts for every set of instructions that has kernels: those of this CPU, and, in programs that
 * are built with ZIPNN_EMULATED, those that the kernels of AVX-512 are emulated for.
 */
#ifndef ZIPNN_TESTS_FUZZ_CONTEXTS_H
#define ZIPNN_TESTS_FUZZ_CONTEXTS_H

#include "core/cpu.h"
#include "zipnn.h"

/* All sets with kernels, the scalar one first. Returns their number. */
unsigned fuzz_isas(enum zipnn_isa isas[ZIPNN_ISA_COUNT]);

/* Those of this CPU, which come first among the others. */
unsigned fuzz_native_isas(enum zipnn_isa isas[ZIPNN_ISA_COUNT]);

/* Contexts that others create from now on use this set, which the CPU has. */
void fuzz_use_isa(enum zipnn_isa isa);

/* Never NULL. */
zipnn_cctx *fuzz_cctx(enum zipnn_isa isa);
zipnn_dctx *fuzz_dctx(enum zipnn_isa isa);

#endif
