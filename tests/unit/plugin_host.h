// SPDX-License-Identifier: BSD-3-Clause
/*
 * A process that Ceph's plugin registry loads plugins into, as a daemon does, without a daemon:
 * librados makes the CephContext, libceph-common has the registry.
 */
#ifndef ZIPNN_TESTS_UNIT_PLUGIN_HOST_H
#define ZIPNN_TESTS_UNIT_PLUGIN_HOST_H

#include <rados/librados.h>

#include <functional>
#include <string>
#include <vector>

#include "ceph_abi.h"

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
// Ends the process with a message if a condition does not hold.
void check(bool holds, const char *condition, const char *file, int line);

// A plugin_dir of its own, removed at the end: compressor/ with the stock zstd plugin and what is
// added.
class PluginFolder
{
	std::string folder;

public:
	PluginFolder();
	~PluginFolder();
	PluginFolder(const PluginFolder &) = delete;
	PluginFolder &operator=(const PluginFolder &) = delete;
	// Copies file to compressor/name.
	void add(const std::string &file, const std::string &name);
	void remove(const std::string &name);
	const std::string &path() const
	{
		return folder;
	}
};

class PluginHost
{
	rados_t cluster = nullptr;

public:
	explicit PluginHost(const PluginFolder &folder);
	~PluginHost();
	PluginHost(const PluginHost &) = delete;
	PluginHost &operator=(const PluginHost &) = delete;
	ceph::CephContext *cct() const;
	// What daemons call: loads the plugin of that name and asks it for a codec.
	ceph::CompressorRef create(const std::string &name) const;
};

// What this process is called; set by main().
enum class Role { osd, radosgw, tool };
extern Role role;

// Where this build's libraries and the stock plugin lie; set by main().
struct Libraries {
	std::string build, stock;
	std::string codec(const std::string &variant = "") const;
	std::string stub(const std::string &variant = "") const;
};
extern Libraries libraries;

// The codec, the stub and the stock plugin, as on an enabled host.
void install(PluginFolder &folder);

// The same bytes in pieces of at most piece bytes, after skip bytes that do not belong to them.
ceph::bufferlist pieces(const std::string &bytes, size_t piece, size_t skip = 0);
std::string flat(const ceph::bufferlist &list);

std::string weights(size_t size, uint64_t seed); // BF16
std::string text(size_t size, uint64_t seed);
std::string noise(size_t size, uint64_t seed);

int compress(const ceph::CompressorRef &codec, const ceph::bufferlist &in, ceph::bufferlist &out);
int decompress(const ceph::CompressorRef &codec, const ceph::bufferlist &in, ceph::bufferlist &out);

// Runs a function in a child process; true if the child aborted and said text on stderr.
bool aborts_saying(const std::string &text, const std::function<void()> &function);

void test_codec();
extern unsigned long allocations_failed; // in test_memory and test_first_use
// An allocation fails in the first call on a codec; returns how many there were.
unsigned long test_first_use(const ceph::CompressorRef &codec, unsigned long number, bool for_good);
void test_memory(const ceph::CompressorRef &codec, const ceph::CompressorRef &slot);
void test_slot();

#endif
