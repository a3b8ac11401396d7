// SPDX-License-Identifier: BSD-3-Clause
#include "decoder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "host.h"
#include "log.h"

using ceph::bufferlist;
using ceph::bufferptr;

namespace
{

// Of any version of the format: the decoder says which it does not know.
const char zipnn_magic[3] = {'Z', 'N', 'N'};

} // namespace

bool BlobHead::read(bufferlist::const_iterator in, size_t length)
{
	unsigned char bytes[8];

	if (length < sizeof(bytes) || in.get_remaining() < sizeof(bytes))
		return false;
	in.copy(sizeof(bytes), reinterpret_cast<char *>(bytes));
	raw_size = 0;
	for (unsigned i = sizeof(raw_size); i-- > 0;)
		raw_size = raw_size << 8 | bytes[i];
	is_zipnn = memcmp(bytes + 4, zipnn_magic, sizeof(zipnn_magic)) == 0;
	return true;
}

const char *contiguous(bufferlist::const_iterator &in, size_t size, Scratch &scratch)
{
	const char *piece = ""; // of an empty list
	size_t first = in.get_ptr_and_advance(size, &piece);

	if (first == size)
		return piece;
	char *flat = scratch.reserve(size);
	memcpy(flat, piece, first);
	in.copy(static_cast<unsigned>(size - first), flat + first);
	return flat;
}

DecodeContext::DecodeContext() : dctx(zipnn_dctx_create())
{
	if (!dctx)
		throw std::bad_alloc();
}

DecodeContext::~DecodeContext()
{
	zipnn_dctx_free(dctx);
}

int64_t Decoder::decode(bufferlist::const_iterator &in, size_t length, bufferlist &out,
			std::string &reason)
try {
	auto fail = [&](const std::string &why) {
		reason = "cannot decode a blob of " + std::to_string(length) + " bytes: " + why;
		return -1;
	};
	BlobHead head;

	if (in.get_remaining() < length)
		return fail("only " + std::to_string(in.get_remaining()) + " bytes are there");
	if (!head.read(in, length))
		return fail(zipnn_error_name(ZIPNN_ERROR_TRUNCATED));
	if (head.raw_size > most_raw_bytes)
		return fail("it claims " + std::to_string(head.raw_size) +
			    " raw bytes, more than Ceph ever compresses at once");
	ContextPool<DecodeContext>::Loan context(contexts);
	const char *blob = contiguous(in, length, context->flat);
	bufferptr raw(ceph::buffer::create_small_page_aligned(head.raw_size));
	int64_t result = zipnn_decompress(context->dctx, raw.c_str(), raw.length(), blob, length);
	if (result != head.raw_size)
		return fail(std::string(zipnn_error_name(result)) + ", in the chunk at offset " +
			    std::to_string(zipnn_dctx_error_offset(context->dctx)) +
			    " of a blob for " + std::to_string(head.raw_size) + " raw bytes");
	out.push_back(raw); // not append: if that fails, Ceph has counted the bytes already
	return result;
} catch (...) {
	reason = "out of memory"; // short enough to need none
	return -1;
}

int read_failed(ceph::CephContext *cct, const std::string &reason)
try {
	if (host() == Host::osd)
		fail_stop(
		    reason +
		    ". This OSD stops so that a replica can serve the data, since BlueStore would "
		    "return "
		    "success and no bytes. If the device is damaged, take the OSD out and let the "
		    "cluster "
		    "recover; if this is the only copy, keep the device as it is and read it with "
		    "ceph-objectstore-tool");
	log_error(cct, reason + ". The reader gets an input/output error");
	return -EIO;
} catch (const std::exception &) {
	// No memory, not even for the words.
	if (host() == Host::osd)
		abort();
	return -EIO;
}
