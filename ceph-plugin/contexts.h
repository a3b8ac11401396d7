// SPDX-License-Identifier: BSD-3-Clause
/*
 * Coding contexts for many threads, without a lock around the coding.
 *
 * A daemon has hundreds of threads of which a few code at a time. So contexts are lent, not owned
 * by threads: there are as many as were ever busy at once, and a thread takes the one used last,
 * whose memory is still in the cache.
 */
#ifndef ZIPNN_CEPH_CONTEXTS_H
#define ZIPNN_CEPH_CONTEXTS_H

#include <memory>
#include <mutex>
#include <vector>

// Bytes that only grow and are not cleared.
class Scratch
{
	std::unique_ptr<char[]> bytes;
	size_t capacity = 0;

public:
	char *reserve(size_t size)
	{
		if (size > capacity) {
			bytes.reset();
			capacity = 0;
			bytes.reset(new char[size]);
			capacity = size;
		}
		return bytes.get();
	}
	size_t size() const
	{
		return capacity;
	}
};

// Context needs a default constructor, which may throw, and size_t memory() const.
template <typename Context> class ContextPool
{
	// RGW's chunks are 4 MiB; contexts that met something far larger are not kept.
	static constexpr size_t most_memory_kept = 32 << 20;

	std::mutex lock;
	std::vector<std::unique_ptr<Context>> idle;
	size_t count = 0; // of those idle and lent

public:
	class Loan
	{
		ContextPool &pool;
		std::unique_ptr<Context> context;

	public:
		explicit Loan(ContextPool &from) : pool(from), context(from.take())
		{
		}
		~Loan()
		{
			pool.put_back(std::move(context));
		}
		Loan(const Loan &) = delete;
		Loan &operator=(const Loan &) = delete;
		Context &operator*()
		{
			return *context;
		}
		Context *operator->()
		{
			return context.get();
		}
	};

private:
	std::unique_ptr<Context> take()
	{
		std::lock_guard<std::mutex> guard(lock);

		if (idle.empty()) {
			// Room for its return is made now: giving back must not fail.
			idle.reserve(count + 1);
			auto context = std::make_unique<Context>();
			count++;
			return context;
		}
		std::unique_ptr<Context> context = std::move(idle.back());
		idle.pop_back();
		return context;
	}
	void put_back(std::unique_ptr<Context> context)
	{
		std::lock_guard<std::mutex> guard(lock);

		if (context->memory() <= most_memory_kept)
			idle.push_back(std::move(context));
		else
			count--;
	}
};

#endif
