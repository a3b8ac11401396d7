// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which process has loaded us, and whether we fit it.
 */
#ifndef ZIPNN_CEPH_HOST_H
#define ZIPNN_CEPH_HOST_H

#include <string>

#include "ceph_abi.h"

enum class Host {
	osd,     // ceph-osd: a read error would be silent, so errors stop the daemon
	radosgw, // radosgw: an error after an object's first chunk fails the upload
	other,   // offline tools: they read, but never write our blobs
};

Host host();

// The host's Ceph release, or "unknown".
const std::string &host_version();

// Empty if this build was made and tested for the host's release, else the reason why not.
const std::string &host_misfit();

// What __ceph_plugin_version must return: the host's release, or, so that the host's own log tells
// why it refuses us, the reason of host_misfit().
const char *plugin_version();

// The host's plugin registry, or null if it is not where this build expects it.
ceph::PluginRegistry *plugin_registry(ceph::CephContext *cct);

// The file this library was loaded from, as the host named it.
std::string own_path();
std::string own_folder();

#endif
