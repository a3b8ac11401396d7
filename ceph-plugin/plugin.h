// SPDX-License-Identifier: BSD-3-Clause
/*
 * The two C functions that Ceph's plugin registry calls, the only symbols these libraries export.
 */
#ifndef ZIPNN_CEPH_PLUGIN_H
#define ZIPNN_CEPH_PLUGIN_H

#include "ceph_abi.h"

#define PLUGIN_ENTRY extern "C" __attribute__((visibility("default")))

PLUGIN_ENTRY const char *__ceph_plugin_version();
PLUGIN_ENTRY int __ceph_plugin_init(ceph::CephContext *cct, const std::string &type,
				    const std::string &name);

#endif
