// SPDX-License-Identifier: BSD-3-Clause
/* The first bytes of a blob: src/FORMAT.md section 2. */
#ifndef ZIPNN_FRAME_BLOB_H
#define ZIPNN_FRAME_BLOB_H

#include "zipnn.h"

#define ZIPNN_BLOB_LENGTH_SIZE 4u /* u32 raw length, of both kinds of blob */
#define ZIPNN_BLOB_HEADER_SIZE 8u /* raw length and magic of a zipnn blob */
#define ZIPNN_BLOB_MAGIC (0x4e4e5au | ZIPNN_FORMAT_VERSION << 24) /* "ZNN", version */
#define ZIPNN_BLOB_MAX_RAW_SIZE UINT32_MAX

#endif
