// SPDX-License-Identifier: BSD-3-Clause
#include "counters.h"

namespace
{

// Ceph numbers counters from any start; a number of our own makes a mix-up with others' visible.
constexpr int first = 96000;
constexpr int useful = 5; // Ceph's priority of counters that a person looks at
enum Unit { unit_bytes = 0, unit_none = 1 };

} // namespace

Counters::Counters(ceph::CephContext *context, const char *section,
		   std::initializer_list<Spec> specs)
    : cct(context)
{
	// The bounds are exclusive.
	ceph::common::PerfCountersBuilder builder(cct, section, first - 1,
						  first + static_cast<int>(specs.size()));

	for (const Spec &spec : specs) {
		int index = first + spec.index;
		if (spec.kind == Kind::time)
			builder.add_time(index, spec.name, spec.description, nullptr, useful);
		else
			builder.add_u64_counter(index, spec.name, spec.description, nullptr, useful,
						spec.kind == Kind::bytes ? unit_bytes : unit_none);
	}
	counters = builder.create_perf_counters();
	cct->get_perfcounters_collection()->add(counters);
}

Counters::~Counters()
{
	// The object itself is left: its size is known to the host alone, and the process ends.
	cct->get_perfcounters_collection()->remove(counters);
}

void Counters::add(int index, uint64_t amount)
{
	counters->inc(first + index, amount);
}

void Counters::add_time_since(int index, std::chrono::steady_clock::time_point start)
{
	auto passed = std::chrono::steady_clock::now() - start;

	counters->tinc(first + index, std::chrono::duration<uint64_t, std::nano>(
					  static_cast<uint64_t>(passed.count())));
}
