// SPDX-License-Identifier: BSD-3-Clause
/*
 * Decodes blobs for both libraries, and says what becomes of one that does not decode.
 */
#ifndef ZIPNN_CEPH_DECODER_H
#define ZIPNN_CEPH_DECODER_H

#include <zipnn.h>

#include <string>

#include "ceph_abi.h"
#include "contexts.h"

// The most a blob may claim. BlueStore's blobs and RGW's chunks are a few MiB; this leaves room for
// any setting of theirs, while a damaged length cannot make a daemon allocate gigabytes.
constexpr size_t most_raw_bytes = 256 << 20;

// The first bytes of a blob: src/FORMAT.md section 2.
struct BlobHead {
	bool is_zipnn;
	uint32_t raw_size;

	// False if there are fewer than 8 bytes. The iterator is not moved.
	bool read(ceph::bufferlist::const_iterator in, size_t length);
};

// size bytes at an iterator as one piece: where they lie, or copied if they lie in several
// segments. Moves the iterator behind them; there must be so many.
const char *contiguous(ceph::bufferlist::const_iterator &in, size_t size, Scratch &scratch);

struct DecodeContext {
	zipnn_dctx *dctx;
	Scratch flat;

	DecodeContext();
	~DecodeContext();
	DecodeContext(const DecodeContext &) = delete;
	DecodeContext &operator=(const DecodeContext &) = delete;
	size_t memory() const
	{
		return flat.size();
	}
};

class Decoder
{
	ContextPool<DecodeContext> contexts;

public:
	// Decodes the length bytes at in, appends the raw bytes to out and moves in behind the
	// blob. Returns how many raw bytes, or -1 and the reason; out is then as before.
	int64_t decode(ceph::bufferlist::const_iterator &in, size_t length, ceph::bufferlist &out,
		       std::string &reason);
};

// What decompress does when there is nothing to return. In ceph-osd it does not return: BlueStore
// would give the client success and no bytes, so the daemon stops and a replica serves. Elsewhere
// it logs and gives the error code to return.
int read_failed(ceph::CephContext *cct, const std::string &reason);

#endif
