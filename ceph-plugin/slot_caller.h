// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the stub finds out about its surroundings: who asks for a codec, and whether its file is
 * still in place.
 */
#ifndef ZIPNN_CEPH_SLOT_CALLER_H
#define ZIPNN_CEPH_SLOT_CALLER_H

#include <sys/types.h>

#include <string>

// Whether BlueStore::_set_compression is among the callers: then the codec becomes BlueStore's
// default, because bluestore_compression_algorithm names it, and is loaded when the OSD mounts its
// store.
bool called_by_set_compression();

// Which file stands at a path.
class FileIdentity
{
	std::string path;
	dev_t device = 0;
	ino_t inode = 0;

public:
	explicit FileIdentity(std::string of_path);

	// Whether the path still leads to the same file.
	bool unchanged() const;
};

#endif
