// SPDX-License-Identifier: BSD-3-Clause
/* The kernels behind zipnn_split_kernels, one pair a file. */
#ifndef ZIPNN_SPLIT_KERNELS_H
#define ZIPNN_SPLIT_KERNELS_H

#include "split/split.h"

extern const struct zipnn_split_kernels zipnn_split_scalar;

#endif
