// SPDX-License-Identifier: BSD-3-Clause
/*
 * The few classes of Ceph that a compressor plugin meets, declared by hand.
 *
 * Ceph ships no headers for plugins. What stands here is only what the compiler needs: the order of
 * virtual functions, the order of members, the names of exported functions. It is the same in
 * Ceph 16 and 18; host.cc refuses every release that has not been tried. Function bodies are the
 * host's: these symbols stay undefined in our libraries and are resolved when they are loaded.
 */
#ifndef ZIPNN_CEPH_ABI_H
#define ZIPNN_CEPH_ABI_H

#include <rados/buffer.h>

#include <pthread.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace ceph
{

namespace common
{

class PerfCounters
{
public:
	void inc(int index, uint64_t amount);
	void tinc(int index, std::chrono::duration<uint64_t, std::nano> amount);
	uint64_t get(int index) const;
};

class PerfCountersCollection
{
public:
	void add(PerfCounters *counters);
	void remove(PerfCounters *counters);
};

class CephContext
{
public:
	PerfCountersCollection *get_perfcounters_collection();
};

class PerfCountersBuilder
{
	char opaque[256]; // 16 bytes in the releases at hand; the host's constructor fills them

public:
	PerfCountersBuilder(CephContext *cct, const std::string &name, int first, int last);
	~PerfCountersBuilder();
	void add_u64_counter(int index, const char *name, const char *description, const char *nick,
			     int priority, int unit);
	void add_time(int index, const char *name, const char *description, const char *nick,
		      int priority);
	PerfCounters *create_perf_counters();
};

} // namespace common

using common::CephContext;

namespace logging
{

// One line of a daemon's log. The host copies these fields and what strv() gives.
class Entry
{
public:
	virtual ~Entry() = default;
	virtual std::string_view strv() const = 0;
	virtual size_t size() const = 0;

	uint64_t nanoseconds; // since 1970
	bool coarse = true;   // printed in milliseconds
	pthread_t thread = pthread_self();
	short priority;
	short subsystem = 0;
};

class Log
{
public:
	void submit_entry(Entry &&entry);
};

} // namespace logging

// Writes the message to the log, the crash report and stderr, then aborts. Weak: it is only looked
// for in ceph-osd.
[[noreturn]] void __ceph_abort(const char *file, int line, const char *function,
			       const std::string &message) __attribute__((weak));

class Plugin
{
public:
	void *library =
	    nullptr; // a dlopen handle: the registry closes it after deleting the plugin
	CephContext *cct;

	explicit Plugin(CephContext *context) : cct(context)
	{
	}
	virtual ~Plugin() = default;
};

class PluginRegistry
{
public:
	CephContext *cct;

	// Both need the registry's lock, which it holds while it calls __ceph_plugin_init.
	int add(const std::string &type, const std::string &name, Plugin *plugin);
	Plugin *get(const std::string &type, const std::string &name);
	// Takes the lock itself; loads what is not loaded yet.
	Plugin *get_with_load(const std::string &type, const std::string &name);
};

// Optional messages between compress and decompress: an optional<int32_t> of boost (Ceph 16) or std
// (17 and later). Both travel in one register; nobody here looks inside.
using MessageOut = void *;
using MessageIn = uint64_t;

class Compressor
{
public:
	int id; // what BlueStore writes into a blob's header
	std::string type;

	Compressor(int compressor_id, const char *type_name) : id(compressor_id), type(type_name)
	{
	}
	virtual ~Compressor() = default;
	virtual int compress(const bufferlist &in, bufferlist &out, MessageOut message) = 0;
	virtual int decompress(const bufferlist &in, bufferlist &out, MessageIn message) = 0;
	virtual int decompress(bufferlist::const_iterator &in, size_t length, bufferlist &out,
			       MessageIn message) = 0;
};

using CompressorRef = std::shared_ptr<Compressor>;

class CompressionPlugin : public Plugin
{
public:
	CompressorRef compressor; // unused by us, but part of the layout

	explicit CompressionPlugin(CephContext *context) : Plugin(context)
	{
	}
	virtual int factory(CompressorRef *compressor_out, std::ostream *error) = 0;
	virtual const char *name()
	{
		return "CompressionPlugin";
	}
};

} // namespace ceph

#endif
