// SPDX-License-Identifier: BSD-3-Clause
/*
 * The invariant of this plugin: ceph-osd never gets a zipnn blob that it could not read back after
 * a restart.
 *
 * BlueStore reads our blobs through the zstd slot. A slot that is loaded only when the first such
 * blob is read may by then hold another file (every package upgrade replaces it under
 * running daemons), and the client would get success and no bytes. So writing needs the stub in
 * the slot, loaded by BlueStore itself, as its default compressor: then it is mapped from the
 * moment an OSD mounts its store.
 */
#ifndef ZIPNN_CEPH_SLOT_WATCH_H
#define ZIPNN_CEPH_SLOT_WATCH_H

#include <atomic>
#include <string>

#include "ceph_abi.h"

class SlotWatch
{
	ceph::CephContext *cct;
	std::atomic<ceph::CompressionPlugin *> slot{nullptr};

public:
	explicit SlotWatch(ceph::CephContext *context) : cct(context)
	{
	}

	// Whether the invariant holds now. Cheap: for every write.
	bool ready() const;

	// Looks for the stub again; empty if the invariant holds, else why not. Not under the
	// registry's lock.
	std::string look();
};

#endif
