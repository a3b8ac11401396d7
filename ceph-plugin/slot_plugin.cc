// SPDX-License-Identifier: BSD-3-Clause
/*
 * libceph_zstd.so: the stub in the zstd slot.
 *
 * Blobs carry the compressor id 3 in BlueStore, so the library in the zstd slot is asked to decode
 * them. This one hands all that is zstd to the stock plugin, which lies beside it, and decodes
 * zipnn blobs itself. The encoder is not in this library: a fault in it cannot touch a host's zstd
 * data.
 */
#include <cerrno>
#include <mutex>

#include "counters.h"
#include "decoder.h"
#include "host.h"
#include "log.h"
#include "plugin.h"
#include "slot_caller.h"
#include "slot_state.h"
#include "slot_stock.h"

namespace
{

enum Counter {
	zipnn_decompress_calls,
	zipnn_decompress_bytes,
	zipnn_decompress_time,
	zstd_compress_calls,
	zstd_decompress_calls,
	decompress_errors,
};

class SlotCodec final : public ceph::Compressor
{
	ceph::CephContext *cct;
	ceph::CompressorRef stock;
	Decoder decoder;
	Counters counters;

public:
	SlotCodec(ceph::CephContext *context, ceph::CompressorRef stock_codec)
	    : Compressor(stock_codec->id, stock_codec->type.c_str()), cct(context),
	      stock(std::move(stock_codec)),
	      counters(context, "zipnn-slot",
		       {{zipnn_decompress_calls, "zipnn_decompress_calls", Counters::Kind::count,
			 "zipnn blobs to decompress"},
			{zipnn_decompress_bytes, "zipnn_decompress_bytes", Counters::Kind::bytes,
			 "their raw bytes"},
			{zipnn_decompress_time, "zipnn_decompress_time", Counters::Kind::time,
			 "time spent decompressing them"},
			{zstd_compress_calls, "zstd_compress_calls", Counters::Kind::count,
			 "blobs that the stock zstd plugin compressed"},
			{zstd_decompress_calls, "zstd_decompress_calls", Counters::Kind::count,
			 "blobs given to the stock zstd plugin to decompress"},
			{decompress_errors, "decompress_errors", Counters::Kind::count,
			 "blobs of either kind that did not decode"}})
	{
	}

	int compress(const ceph::bufferlist &in, ceph::bufferlist &out,
		     ceph::MessageOut message) override
	{
		counters.add(zstd_compress_calls);
		return stock->compress(in, out, message);
	}
	int decompress(const ceph::bufferlist &in, ceph::bufferlist &out,
		       ceph::MessageIn message) override
	{
		auto start = in.cbegin();

		return decompress(start, in.length(), out, message);
	}
	int decompress(ceph::bufferlist::const_iterator &in, size_t length, ceph::bufferlist &out,
		       ceph::MessageIn message) override
	{
		BlobHead head;

		if (head.read(in, length) && head.is_zipnn)
			return decompress_zipnn(in, length, out);
		return decompress_zstd(in, length, out, message);
	}

private:
	int decompress_zipnn(ceph::bufferlist::const_iterator &in, size_t length,
			     ceph::bufferlist &out)
	{
		auto start = std::chrono::steady_clock::now();
		std::string reason;

		counters.add(zipnn_decompress_calls);
		int64_t raw_size = decoder.decode(in, length, out, reason);
		if (raw_size < 0)
			return failed(reason);
		counters.add(zipnn_decompress_bytes, static_cast<uint64_t>(raw_size));
		counters.add_time_since(zipnn_decompress_time, start);
		return 0;
	}

	// The stock plugin takes no notice of zstd's errors: it returns success and as many bytes
	// as it got. Only their number tells, and only of a blob in one piece: of several, the last
	// may hold no more than a content checksum, and all bytes came before it was looked at.
	int decompress_zstd(ceph::bufferlist::const_iterator &in, size_t length,
			    ceph::bufferlist &out, ceph::MessageIn message)
	{
		auto fail = [&](const std::string &why) {
			return failed("cannot decode a zstd blob of " + std::to_string(length) +
				      " bytes: " + why);
		};
		ceph::bufferlist whole, raw;
		BlobHead head;

		counters.add(zstd_decompress_calls);
		if (!head.read(in, length) || in.get_remaining() < length)
			return fail("it is cut short");
		if (head.raw_size > most_raw_bytes)
			return fail("it claims " + std::to_string(head.raw_size) +
				    " raw bytes, more than Ceph ever compresses at once");
		in.copy(static_cast<unsigned>(length), whole);
		if (!whole.is_contiguous())
			whole.rebuild();
		auto start = whole.cbegin();
		int result = stock->decompress(start, length, raw, message);
		if (result != 0)
			return fail("the stock zstd plugin returns " + std::to_string(result));
		if (raw.length() != head.raw_size)
			return fail("the stock zstd plugin gives " + std::to_string(raw.length()) +
				    " raw bytes instead of " + std::to_string(head.raw_size));
		out.claim_append(raw);
		return 0;
	}

	int failed(const std::string &reason)
	{
		counters.add(decompress_errors);
		return read_failed(cct, reason);
	}
};

class SlotPlugin final : public ceph::CompressionPlugin
{
	std::shared_ptr<SlotCodec> codec;
	const FileIdentity file;
	std::mutex lock;
	std::weak_ptr<ceph::CompressorRef> held; // what BlueStore has as its default compressor

public:
	SlotPlugin(ceph::CephContext *context, ceph::CompressorRef stock)
	    : CompressionPlugin(context),
	      codec(std::make_shared<SlotCodec>(context, std::move(stock))), file(own_path())
	{
	}

	int factory(ceph::CompressorRef *compressor_out, std::ostream *) override
	{
		if (!called_by_set_compression()) {
			*compressor_out = codec;
			return 0;
		}
		// The same codec, but with a counter of its own, which tells how long BlueStore
		// keeps it.
		auto owner = std::make_shared<ceph::CompressorRef>(codec);
		std::lock_guard<std::mutex> guard(lock);
		held = owner;
		*compressor_out = ceph::CompressorRef(owner, codec.get());
		return 0;
	}

	const char *name() override
	{
		if (!file.unchanged())
			return slot_replaced;
		std::lock_guard<std::mutex> guard(lock);
		return held.expired() ? slot_not_configured : slot_ready;
	}
};

// Without this plugin BlueStore would answer reads of compressed data with success and no bytes: in
// ceph-osd the daemon stops instead.
int refuse(ceph::CephContext *cct, const std::string &reason)
{
	std::string message = "the stub in the zstd slot cannot be used: " + reason;

	if (host() == Host::osd)
		fail_stop(
		    message +
		    ". This OSD stops, since without it reads of compressed data would return "
		    "success and no bytes");
	log_error(cct, message);
	return -EXDEV;
}

} // namespace

const char *__ceph_plugin_version()
{
	if (!host_misfit().empty() && host() == Host::osd)
		refuse(nullptr, host_misfit());
	return plugin_version();
}

int __ceph_plugin_init(ceph::CephContext *cct, const std::string &type, const std::string &name)
try {
	ceph::PluginRegistry *registry = plugin_registry(cct);
	std::string reason;

	if (!registry)
		return refuse(nullptr,
			      "this Ceph keeps its plugin registry elsewhere than the one that "
			      "zipnn " ZIPNN_VERSION
			      " was built for; rebuild zipnn on this release");
	ceph::CompressorRef stock = load_stock_codec(registry, type, name, reason);
	if (!stock)
		return refuse(cct, reason);
	auto plugin = std::make_unique<SlotPlugin>(cct, std::move(stock));
	int result = registry->add(type, name, plugin.get());
	if (result != 0)
		return refuse(cct, "the plugin registry refuses it: " + std::to_string(result));
	static_cast<void>(plugin.release()); // it is the registry's now
	return 0;
} catch (const std::exception &error) {
	return refuse(cct, error.what());
}
