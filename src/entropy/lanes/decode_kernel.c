// SPDX-License-Identifier: BSD-3-Clause
/* Which decode kernel goes with which set of instructions. */
#include "entropy/lanes/kernel.h"

zipnn_lanes_decode_kernel *zipnn_lanes_decode_kernel_for(enum zipnn_isa isa)
{
	switch (isa) {
#if defined(__x86_64__)
	case ZIPNN_ISA_AVX2:
		return zipnn_lanes_decode_avx2;
	case ZIPNN_ISA_AVX512:
		return zipnn_lanes_decode_avx512;
	case ZIPNN_ISA_VBMI:
		return zipnn_lanes_decode_vbmi;
#elif defined(__AARCH64EL__)
	case ZIPNN_ISA_NEON:
		return zipnn_lanes_decode_neon;
#endif
	default:
		return zipnn_lanes_decode_scalar;
	}
}
