// SPDX-License-Identifier: BSD-3-Clause
/*
 * No memory, in a daemon that serves others: every allocation of a call fails, alone and with all
 * after it, Ceph's and libzstd's among them. What is written stays plain, what is read is right, an
 * error, or in ceph-osd its end; no exception leaves the plugin, and nothing is leaked.
 */
#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "contexts.h"
#include "heap.h"
#include "plugin_host.h"

unsigned long allocations_failed;

namespace
{

// More than what Ceph's log keeps of the messages, and less than any context has.
constexpr size_t largest_growth = 400000;

struct Call {
	int result;
	bool threw;
	ceph::bufferlist out;
};

// A call in which an allocation fails. Returns how many there were.
template <typename Function>
unsigned long fail_in(Call &call, unsigned long number, bool for_good, const Function &function)
{
	call.threw = false;
	heap_fail(number, for_good);
	try {
		call.result = function(call.out);
	} catch (...) {
		call.threw = true;
	}
	unsigned long made = heap_fail(0, false);
	allocations_failed += made >= number;
	return made;
}

void test_compress(const ceph::CompressorRef &codec, const std::string &raw, size_t piece)
{
	ceph::bufferlist in = pieces(raw, piece);

	for (bool for_good : {false, true}) {
		unsigned long made = 1;
		for (unsigned long number = 1; number <= made; number++) {
			Call call;
			made = fail_in(call, number, for_good, [&](ceph::bufferlist &out) {
				return compress(codec, in, out);
			});
			CHECK(!call.threw);
			if (call.result < 0) {
				CHECK(call.out.length() == 0);
				continue;
			}
			ceph::bufferlist back;
			CHECK(decompress(codec, call.out, back) == 0 && flat(back) == raw);
		}
	}
}

// Returns how many allocations there were.
unsigned long test_one_decompress(const ceph::CompressorRef &codec, const ceph::bufferlist &in,
				  const std::string &raw, unsigned long number, bool for_good)
{
	Call call;
	unsigned long made = fail_in(call, number, for_good, [&](ceph::bufferlist &out) {
		return decompress(codec, in, out);
	});

	CHECK(!call.threw);
	CHECK(call.result == 0 || (call.result == -EIO && role != Role::osd));
	CHECK(call.out.length() == (call.result == 0 ? raw.size() : 0));
	CHECK(flat(call.out) == (call.result == 0 ? raw : ""));
	return made;
}

void test_decompress(const ceph::CompressorRef &codec, const ceph::bufferlist &in,
		     const std::string &raw)
{
	for (bool for_good : {false, true}) {
		if (role != Role::osd) {
			unsigned long made = 1;
			for (unsigned long number = 1; number <= made; number++)
				made = test_one_decompress(codec, in, raw, number, for_good);
			continue;
		}
		// ceph-osd ends where a read fails, each time in a process of its own.
		ceph::bufferlist out;
		heap_fail(0, false);
		CHECK(decompress(codec, in, out) == 0);
		unsigned long made = heap_fail(0, false);
		for (unsigned long number = 1; number <= made; number++) {
			allocations_failed++;
			// Or it does without that allocation.
			CHECK(aborts_saying("", [&] {
				test_one_decompress(codec, in, raw, number, for_good);
				abort();
			}));
		}
	}
}

// Contexts that are too large to be kept leave nothing behind.
void test_large_contexts()
{
	struct Large {
		size_t memory() const
		{
			return SIZE_MAX;
		}
	};
	ContextPool<Large> pool;
	size_t before = heap_bytes();

	for (int i = 0; i < 1000; i++)
		ContextPool<Large>::Loan loan(pool);
	CHECK(heap_bytes() < before + 100);
}

bool is_zipnn(const ceph::bufferlist &blob)
{
	return flat(blob).compare(4, 3, "ZNN") == 0;
}

} // namespace

// A codec that was never used makes its contexts in the call.
unsigned long test_first_use(const ceph::CompressorRef &codec, unsigned long number, bool for_good)
{
	std::string raw = weights(300000, 9);
	ceph::bufferlist in = pieces(raw, 60000), blob, back;
	Call call;
	unsigned long made = fail_in(call, number, for_good, [&](ceph::bufferlist &out) {
		return compress(codec, in, out);
	});

	CHECK(!call.threw);
	CHECK(call.result == 0 || (call.result < 0 && call.out.length() == 0));
	CHECK(compress(codec, in, blob) == 0);
	// In ceph-osd a failing read is the end: test_decompress.
	if (role != Role::osd)
		made = std::max(made, test_one_decompress(codec, blob, raw, number, for_good));
	CHECK(decompress(codec, blob, back) == 0 && flat(back) == raw);
	return made;
}

void test_memory(const ceph::CompressorRef &codec, const ceph::CompressorRef &slot)
{
	if (!heap_can_fail())
		return;
	test_large_contexts();
	for (const std::string &raw : {weights(300000, 8), text(100000, 8), noise(70000, 8)}) {
		for (size_t piece : {raw.size(), size_t(60000)}) {
			ceph::bufferlist blob, back;
			// Noise stays plain in ceph-osd. Contexts get what memory they need.
			compress(codec, pieces(raw, piece), blob);
			if (blob.length() > 0) {
				blob = pieces(flat(blob), piece);
				CHECK(decompress(codec, blob, back) == 0);
				CHECK(decompress(slot, blob, back) == 0);
				back.clear();
			}
			size_t before = heap_bytes();
			test_compress(codec, raw, piece);
			if (blob.length() > 0) {
				test_decompress(codec, blob, raw);
				// What is zstd the slot leaves to the stock plugin, which crashes
				// without memory.
				if (is_zipnn(blob))
					test_decompress(slot, blob, raw);
			}
			CHECK(heap_bytes() < before + largest_growth);
		}
	}
	CHECK(allocations_failed > 50);
}
