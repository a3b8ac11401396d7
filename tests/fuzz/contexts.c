// SPDX-License-Identifier: BSD-3-Clause
/* Contexts for every set of instructions: see contexts.h. Compiled into each target. */
#include "contexts.h"

#include <stdlib.h>

#include "entropy/lanes/segment.h"
#include "frame/context.h"
#include "fuzz.h"

static int is_native(enum zipnn_isa isa)
{
	return zipnn_isa_limit(zipnn_isa_of_cpu(), isa) == isa;
}

#ifdef ZIPNN_EMULATED
static int is_emulated(enum zipnn_isa isa)
{
	return isa == ZIPNN_ISA_AVX512 || isa == ZIPNN_ISA_VBMI;
}
#else
static int is_emulated(enum zipnn_isa isa)
{
	(void)isa;
	return 0;
}
#endif

unsigned fuzz_native_isas(enum zipnn_isa isas[ZIPNN_ISA_COUNT])
{
	unsigned count = 0;

	for (unsigned isa = 0; isa < ZIPNN_ISA_COUNT; isa++) {
		if (is_native((enum zipnn_isa)isa) && !is_emulated((enum zipnn_isa)isa))
			isas[count++] = (enum zipnn_isa)isa;
	}
	return count;
}

unsigned fuzz_isas(enum zipnn_isa isas[ZIPNN_ISA_COUNT])
{
	unsigned count = fuzz_native_isas(isas);

	for (unsigned isa = 0; isa < ZIPNN_ISA_COUNT; isa++) {
		if (is_emulated((enum zipnn_isa)isa))
			isas[count++] = (enum zipnn_isa)isa;
	}
	return count;
}

void fuzz_use_isa(enum zipnn_isa isa)
{
	FUZZ_CHECK(setenv("ZIPNN_CPU", zipnn_isa_name(isa), 1) == 0);
	FUZZ_CHECK(zipnn_isa_detect() == isa);
}

/* What an emulated set has no kernels of its own for is done by the scalar ones. */
zipnn_cctx *fuzz_cctx(enum zipnn_isa isa)
{
	fuzz_use_isa(is_emulated(isa) ? ZIPNN_ISA_SCALAR : isa);
	zipnn_cctx *cctx = zipnn_cctx_create();

	FUZZ_CHECK(cctx != NULL);
	cctx->encoder.lanes->kernel = zipnn_lanes_encode_kernel_for(isa);
	return cctx;
}

zipnn_dctx *fuzz_dctx(enum zipnn_isa isa)
{
	fuzz_use_isa(is_emulated(isa) ? ZIPNN_ISA_SCALAR : isa);
	zipnn_dctx *dctx = zipnn_dctx_create();

	FUZZ_CHECK(dctx != NULL);
	dctx->decoder.lanes->kernel = zipnn_lanes_decode_kernel_for(isa);
	return dctx;
}
