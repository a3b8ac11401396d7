// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the zstd slot's stub answers when it is asked for its name.
 *
 * libceph_zipnn.so asks before it lets ceph-osd write a blob. The stub is of the same version of
 * zipnn, reads the same version of the format, and is for the same Ceph, or the strings differ.
 * Ceph itself never looks at a plugin's name.
 */
#ifndef ZIPNN_CEPH_SLOT_STATE_H
#define ZIPNN_CEPH_SLOT_STATE_H

#include <zipnn.h>

#include "host_facts.h"

#define SLOT_FORMAT "1"
static_assert(ZIPNN_FORMAT_VERSION == 1, "SLOT_FORMAT names another version");
#define SLOT_STUB "zipnn slot " ZIPNN_VERSION "/" SLOT_FORMAT " for Ceph " BUILT_FOR_VERSION ": "

// BlueStore holds the stub as its default compressor: so it will be mapped when the OSD starts,
// too.
constexpr char slot_ready[] = SLOT_STUB "ready";
constexpr char slot_not_configured[] = SLOT_STUB "bluestore_compression_algorithm is not zstd";
constexpr char slot_replaced[] = SLOT_STUB "its file was replaced or removed while it was in use";

#endif
