// SPDX-License-Identifier: BSD-3-Clause
#include "codec.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "host.h"
#include "stored_blob.h"

using ceph::bufferlist;
using ceph::bufferptr;

namespace
{

constexpr int zstd_slot = 3; // the id that BlueStore writes: the zstd slot's stub decodes our blobs

enum Counter {
	compress_calls,
	compress_bytes_in,
	compress_bytes_out,
	compress_rejected,
	compress_time,
	verify_failures,
	decompress_calls,
	decompress_bytes,
	decompress_time,
	decompress_errors,
};

using Clock = std::chrono::steady_clock;

const char *setting(ceph::CephContext *cct, const char *name, bool (*valid)(const char *),
		    const char *values)
{
	const char *value = getenv(name);

	if (value && !valid(value)) {
		log_error(cct, std::string(name) + "=" + value + ", but it is " + values +
				   "; the default is used");
		return nullptr;
	}
	return value;
}

bool is_switch(const char *value)
{
	return strcmp(value, "0") == 0 || strcmp(value, "1") == 0;
}

bool is_mode(const char *value)
{
	return strcmp(value, "store") == 0 || strcmp(value, "shadow") == 0;
}

bool is_level(const char *value)
{
	char *end;
	long level = strtol(value, &end, 10);

	return *value && !*end && level >= 1 && level <= 19;
}

void append_copy(bufferlist &out, const char *bytes, size_t size)
{
	bufferptr exact(ceph::buffer::create_small_page_aligned(static_cast<unsigned>(size)));

	memcpy(exact.c_str(), bytes, size);
	out.push_back(exact); // not append: if that fails, Ceph has counted the bytes already
}

} // namespace

Settings::Settings(ceph::CephContext *cct)
{
	if (const char *value = setting(cct, "ZIPNN_VERIFY", is_switch, "0 or 1"))
		verify = *value == '1';
	if (const char *value = setting(cct, "ZIPNN_MODE", is_mode, "store or shadow"))
		shadow = strcmp(value, "shadow") == 0;
	if (const char *value = setting(cct, "ZIPNN_ZSTD_LEVEL", is_level, "1 to 19"))
		zstd_level = atoi(value);
}

EncodeContext::EncodeContext() : cctx(zipnn_cctx_create()), dctx(zipnn_dctx_create())
{
	if (cctx && dctx)
		return;
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
	throw std::bad_alloc();
}

EncodeContext::~EncodeContext()
{
	zipnn_cctx_free(cctx);
	zipnn_dctx_free(dctx);
}

Codec::Codec(ceph::CephContext *context)
    : Compressor(zstd_slot, "zipnn"), cct(context), settings(context),
      counters(
	  context, "zipnn",
	  {{compress_calls, "compress_calls", Counters::Kind::count, "blobs to compress"},
	   {compress_bytes_in, "compress_bytes_in", Counters::Kind::bytes, "their raw bytes"},
	   {compress_bytes_out, "compress_bytes_out", Counters::Kind::bytes,
	    "bytes of the blobs made of them"},
	   {compress_rejected, "compress_rejected", Counters::Kind::count,
	    "blobs that stay raw: not smaller, not allowed or not possible"},
	   {compress_time, "compress_time", Counters::Kind::time,
	    "time spent compressing and verifying"},
	   {verify_failures, "verify_failures", Counters::Kind::count,
	    "blobs that did not decode to what was encoded, and were not used"},
	   {decompress_calls, "decompress_calls", Counters::Kind::count, "blobs to decompress"},
	   {decompress_bytes, "decompress_bytes", Counters::Kind::bytes, "their raw bytes"},
	   {decompress_time, "decompress_time", Counters::Kind::time, "time spent decompressing"},
	   {decompress_errors, "decompress_errors", Counters::Kind::count,
	    "blobs that did not decode"}})
{
}

void Codec::allow(bool writing)
{
	allowed.store(writing, std::memory_order_relaxed);
}

// One blob in context.coded. False if the data has to be stored plainly.
bool Codec::encode_into(EncodeContext &context, const char *raw, size_t size, size_t &coded_size)
{
	size_t capacity = zipnn_compress_bound(size);
	char *coded = context.coded.reserve(capacity);

	zipnn_cctx_set_zstd_level(context.cctx, settings.zstd_level);
	int64_t result = zipnn_compress(context.cctx, coded, capacity, raw, size);
	if (result < 0) {
		if (encode_errors.open())
			log_error(cct, "cannot encode " + std::to_string(size) +
					   " bytes: " + zipnn_error_name(result) +
					   ". The data is stored plainly");
		return false;
	}
	coded_size = static_cast<size_t>(result);
	if (!settings.verify)
		return true;
	char *decoded = context.decoded.reserve(size);
	result = zipnn_decompress(context.dctx, decoded, size, coded, coded_size);
	// Scratch of no bytes is a null pointer, which memcmp must not be given.
	if (result == static_cast<int64_t>(size) && (size == 0 || memcmp(decoded, raw, size) == 0))
		return true;
	broken.store(true);
	counters.add(verify_failures);
	log_error(
	    cct,
	    "a fresh blob of " + std::to_string(coded_size) + " bytes does not decode to its " +
		std::to_string(size) + " raw bytes (" +
		(result < 0 ? zipnn_error_name(result) : "other bytes") +
		"). Nothing is lost: the data is stored plainly, and so is all data until this "
		"daemon restarts. Check the machine's memory and report this with the CPU's model");
	return false;
}

int Codec::encode(const bufferlist &in, bufferlist &out)
{
	size_t size = in.length();

	counters.add(compress_calls);
	counters.add(compress_bytes_in, size);
	if (!allowed.load(std::memory_order_relaxed))
		return -EPERM;
	if (size > most_raw_bytes)
		return -E2BIG;
	// An object's first chunk may have been compressed before: in radosgw every chunk must
	// become a blob, or the upload fails.
	bool must_succeed = host() == Host::radosgw && !settings.shadow;
	bool usable = false;
	size_t coded_size = 0;
	ContextPool<EncodeContext>::Loan context(contexts);
	auto start = in.cbegin();
	const char *raw = contiguous(start, size, context->flat);
	if (!broken.load(std::memory_order_relaxed))
		usable = encode_into(*context, raw, size, coded_size);
	if (!usable) {
		if (!must_succeed)
			return -EIO;
		coded_size = stored_blob_size(size);
		write_stored_blob(context->coded.reserve(coded_size), raw, size);
	}
	if (!must_succeed && coded_size >= size)
		return -ERANGE;
	counters.add(compress_bytes_out, coded_size);
	if (settings.shadow)
		return -ECANCELED;
	append_copy(out, context->coded.reserve(coded_size), coded_size);
	return 0;
}

int Codec::compress(const bufferlist &in, bufferlist &out, ceph::MessageOut)
try {
	auto start = Clock::now();
	int result = encode(in, out);

	if (result < 0)
		counters.add(compress_rejected);
	counters.add_time_since(compress_time, start);
	return result;
} catch (...) {
	// An exception would end the daemon; without memory the data can still be stored plainly.
	return -ENOMEM;
}

int Codec::decompress(const bufferlist &in, bufferlist &out, ceph::MessageIn message)
{
	auto start = in.cbegin();

	return decompress(start, in.length(), out, message);
}

int Codec::decompress(bufferlist::const_iterator &in, size_t length, bufferlist &out,
		      ceph::MessageIn)
{
	auto start = Clock::now();
	std::string reason;

	counters.add(decompress_calls);
	int64_t raw_size = decoder.decode(in, length, out, reason);
	if (raw_size < 0) {
		counters.add(decompress_errors);
		return read_failed(cct, reason);
	}
	counters.add(decompress_bytes, static_cast<uint64_t>(raw_size));
	counters.add_time_since(decompress_time, start);
	return 0;
}
