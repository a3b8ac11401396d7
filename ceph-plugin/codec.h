// SPDX-License-Identifier: BSD-3-Clause
/*
 * The codec `zipnn`: what BlueStore and RGW call.
 */
#ifndef ZIPNN_CEPH_CODEC_H
#define ZIPNN_CEPH_CODEC_H

#include <atomic>

#include "ceph_abi.h"
#include "contexts.h"
#include "counters.h"
#include "decoder.h"
#include "log.h"

// From the environment, read once: /etc/default/ceph is the environment of Ceph's units.
struct Settings {
	bool verify = true;  // ZIPNN_VERIFY=0|1: decode what was encoded before it is acknowledged
	bool shadow = false; // ZIPNN_MODE=store|shadow: encode, verify and count, but store plainly
	int zstd_level = 1;  // ZIPNN_ZSTD_LEVEL=1..19, of data that is not float data

	explicit Settings(ceph::CephContext *cct);
};

struct EncodeContext {
	zipnn_cctx *cctx;
	zipnn_dctx *dctx;
	Scratch flat, coded, decoded;

	EncodeContext();
	~EncodeContext();
	EncodeContext(const EncodeContext &) = delete;
	EncodeContext &operator=(const EncodeContext &) = delete;
	size_t memory() const
	{
		return flat.size() + coded.size() + decoded.size();
	}
};

class Codec final : public ceph::Compressor
{
public:
	explicit Codec(ceph::CephContext *cct);

	// Whether this process may write zipnn blobs now; if not, compress() fails and data is
	// stored plainly.
	void allow(bool writing);

	// Whether a blob did not verify: then data is stored plainly until a restart.
	bool gave_up() const
	{
		return broken.load(std::memory_order_relaxed);
	}

	// Both return 0 or a negative error code and never throw.
	int compress(const ceph::bufferlist &in, ceph::bufferlist &out,
		     ceph::MessageOut message) override;
	int decompress(const ceph::bufferlist &in, ceph::bufferlist &out,
		       ceph::MessageIn message) override;
	int decompress(ceph::bufferlist::const_iterator &in, size_t length, ceph::bufferlist &out,
		       ceph::MessageIn message) override;

private:
	int encode(const ceph::bufferlist &in, ceph::bufferlist &out);
	bool encode_into(EncodeContext &context, const char *raw, size_t size, size_t &coded_size);

	ceph::CephContext *cct;
	const Settings settings;
	Counters counters;
	ContextPool<EncodeContext> contexts;
	Decoder decoder;
	std::atomic<bool> allowed{false};
	std::atomic<bool> broken{false}; // a blob did not verify: no more encoding until a restart
	MinuteGate encode_errors;
};

#endif
