// SPDX-License-Identifier: BSD-3-Clause
/* Which kernels go with which set of instructions. */
#include "split/kernels.h"

const struct zipnn_split_kernels *zipnn_split_kernels(enum zipnn_isa isa)
{
	(void)isa;
	return &zipnn_split_scalar;
}
