// SPDX-License-Identifier: BSD-3-Clause
/*
 * Ceph exports the function that appends to its log, but where a CephContext keeps the log has to
 * be known from the build (host_facts.sh). The guard is the log's vtable, which the host exports:
 * if it is not found there, lines go to stderr and syslog.
 */
#include "log.h"

#include <dlfcn.h>
#include <syslog.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>

#include "host.h"
#include "host_facts.h"

namespace
{

class Line final : public ceph::logging::Entry
{
	std::string text;

public:
	explicit Line(std::string line) : text(std::move(line))
	{
		timespec now{};

		clock_gettime(CLOCK_REALTIME_COARSE, &now); // as Ceph does by default
		nanoseconds = static_cast<uint64_t>(now.tv_sec) * 1000000000 +
			      static_cast<uint64_t>(now.tv_nsec);
		priority = -1; // an error
	}
	std::string_view strv() const override
	{
		return text;
	}
	size_t size() const override
	{
		return text.size();
	}
};

ceph::logging::Log *log_of(ceph::CephContext *cct)
{
	static const char *vtable =
	    static_cast<const char *>(dlsym(RTLD_DEFAULT, "_ZTVN4ceph7logging3LogE"));
	constexpr size_t first_function = 16; // what an object's vtable pointer points to

	// The registry's guard goes first: a context of another layout is not read any further.
	if (!cct || !vtable || !plugin_registry(cct))
		return nullptr;
	auto *member = reinterpret_cast<char *>(cct) + CEPH_LOG_OFFSET;
	auto *log = *reinterpret_cast<ceph::logging::Log **>(member);
	if (!log || *reinterpret_cast<const char **>(log) != vtable + first_function)
		return nullptr;
	return log;
}

} // namespace

void log_error(ceph::CephContext *cct, const std::string &message)
{
	std::string line = "zipnn: " + message;

	// Offline tools have a log, but most of them write it nowhere.
	if (host() != Host::other) {
		if (ceph::logging::Log *log = log_of(cct)) {
			log->submit_entry(Line(line));
			return;
		}
	}
	fprintf(stderr, "%s\n", line.c_str());
	syslog(LOG_DAEMON | LOG_ERR, "%s", line.c_str());
}

void fail_stop(const std::string &message)
{
	if (ceph::__ceph_abort)
		ceph::__ceph_abort("zipnn", 0, "fail_stop", "zipnn: " + message);
	log_error(nullptr, message);
	abort();
}

bool MinuteGate::open()
{
	timespec now{};

	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t second = now.tv_sec;
	int64_t next = next_second.load(std::memory_order_relaxed);
	return second >= next && next_second.compare_exchange_strong(next, second + 60);
}
