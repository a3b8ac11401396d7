// SPDX-License-Identifier: BSD-3-Clause
/*
 * Counters that `ceph daemon NAME perf dump` shows, in a section of our own.
 */
#ifndef ZIPNN_CEPH_COUNTERS_H
#define ZIPNN_CEPH_COUNTERS_H

#include <chrono>
#include <initializer_list>

#include "ceph_abi.h"

class Counters
{
public:
	enum class Kind { count, bytes, time };
	struct Spec {
		int index; // 0 for the first, then ascending
		const char *name;
		Kind kind;
		const char *description;
	};

	Counters(ceph::CephContext *cct, const char *section, std::initializer_list<Spec> specs);
	~Counters();
	Counters(const Counters &) = delete;
	Counters &operator=(const Counters &) = delete;

	void add(int index, uint64_t amount = 1);
	void add_time_since(int index, std::chrono::steady_clock::time_point start);

private:
	ceph::CephContext *cct;
	ceph::common::PerfCounters *counters;
};

#endif
