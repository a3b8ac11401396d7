// SPDX-License-Identifier: BSD-3-Clause
/*
 * The stock zstd plugin, behind the stub.
 */
#ifndef ZIPNN_CEPH_SLOT_STOCK_H
#define ZIPNN_CEPH_SLOT_STOCK_H

#include <string>

#include "ceph_abi.h"

// Loads the stock plugin from the stub's folder, registers it under another name than the stub's
// and gives its codec; null and the reason if it is missing, of another release or not zstd. Called
// under the registry's lock.
ceph::CompressorRef load_stock_codec(ceph::PluginRegistry *registry, const std::string &type,
				     const std::string &name, std::string &reason);

#endif
