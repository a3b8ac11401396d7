// SPDX-License-Identifier: BSD-3-Clause
/*
 * The codec of the Ceph plugin behind bufferlists of any shape: what it accepts and gives is what
 * the library does with the same bytes in one piece; errors leave the output as it was, and in an
 * OSD they never return.
 *
 * The codec, its decoder and Ceph's bufferlist are the real ones. What else the plugin meets (its
 * process, the log, the counters) is defined here, so that an input needs no daemon and can choose
 * the role.
 *
 * Input: eight bytes of parameters (struct Parameters), then a blob to decompress, or a recipe
 * (recipe.h) of what to compress.
 */
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec.h"
#include "fuzz.h"
#include "host.h"
#include "log.h"

extern "C" {
#include "container_mutate.h"
#include "recipe.h"
}

namespace
{

constexpr size_t parameters_size = 8;
constexpr size_t most_raw = 128 << 10;

// Of the process: set for each input.
Host role;
unsigned errors_logged;

// Counters by index, in place of Ceph's.
constexpr int counter_count = 16;
uint64_t counted[counter_count];
enum { verify_failures = 5, decompress_errors = 9 }; // codec.cc

struct Stopped {
};

struct Parameters {
	bool compressing;
	Host host;
	bool verify, shadow, allowed;
	int level;
	size_t skip;       // bytes before the blob, in the first buffer
	size_t behind;     // bytes after it
	size_t missing;    // how many more bytes than there are the caller claims
	uint64_t pieces;   // seeds where buffers are cut
	size_t most_piece; // bytes
};

Parameters read_parameters(const uint8_t *data)
{
	static const Host hosts[] = {Host::osd, Host::radosgw, Host::other};
	Parameters parameters{};

	parameters.compressing = data[0] & 1;
	parameters.host = hosts[(data[0] >> 1) % 3];
	parameters.verify = !(data[1] & 1);
	parameters.shadow = (data[1] & 0x0e) == 0x0e;
	parameters.allowed = (data[1] & 0x70) != 0x70;
	parameters.level = data[2] % 8 ? 1 : 1 + data[2] / 8 % 19;
	parameters.skip = data[3] % 100;
	parameters.behind = data[4] % 50;
	parameters.missing = (data[4] & 0xc0) == 0xc0 ? 1 + data[4] % 8 : 0;
	parameters.pieces = data[5];
	parameters.most_piece = 1 + (data[6] | static_cast<size_t>(data[7]) << 8) % 5000;
	return parameters;
}

// The bytes in buffers of odd sizes, each in memory of just its size; some are empty.
ceph::bufferlist fragments(const Parameters &parameters, const std::string &bytes)
{
	ceph::bufferlist list;
	uint64_t random = parameters.pieces;

	for (size_t at = 0; at < bytes.size();) {
		size_t n = fuzz_random(&random) % (parameters.most_piece + 1);
		if (n > bytes.size() - at)
			n = bytes.size() - at;
		list.append(ceph::bufferptr(bytes.data() + at, static_cast<unsigned>(n))); // copies
		at += n;
	}
	return list;
}

std::string flat(const ceph::bufferlist &list)
{
	return list.to_str();
}

// Whether a blob claims so much that an input would take long, and no more than the plugin allows.
bool is_long(const std::string &blob)
{
	int64_t claim = zipnn_raw_size(blob.data(), blob.size());

	return claim > static_cast<int64_t>(FUZZ_MAX_RAW) &&
	       claim <= static_cast<int64_t>(most_raw_bytes);
}

// What the library makes of a blob in one piece; false: an error.
bool decode(const std::string &blob, std::string &raw)
{
	static zipnn_dctx *context = zipnn_dctx_create();
	int64_t claim = zipnn_raw_size(blob.data(), blob.size());

	FUZZ_CHECK(context != nullptr);
	if (claim < 0 || static_cast<size_t>(claim) > most_raw_bytes)
		return false;
	raw.resize(static_cast<size_t>(claim));
	return zipnn_decompress(context, raw.data(), raw.size(), blob.data(), blob.size()) == claim;
}

std::unique_ptr<Codec> new_codec(const Parameters &parameters)
{
	setenv("ZIPNN_VERIFY", parameters.verify ? "1" : "0", 1);
	setenv("ZIPNN_MODE", parameters.shadow ? "shadow" : "store", 1);
	setenv("ZIPNN_ZSTD_LEVEL", std::to_string(parameters.level).c_str(), 1);
	auto codec = std::make_unique<Codec>(nullptr);
	codec->allow(parameters.allowed);
	return codec;
}

// The codec of these settings, which serves all inputs.
Codec &codec_for(const Parameters &parameters)
{
	static std::vector<std::unique_ptr<Codec>> codecs(2 * 2 * 20);
	size_t index = static_cast<size_t>(parameters.level) * 4 + (parameters.shadow ? 2u : 0u) +
		       (parameters.verify ? 1u : 0u);
	std::unique_ptr<Codec> &codec = codecs.at(index);

	if (!codec)
		codec = new_codec(parameters);
	codec->allow(parameters.allowed);
	return *codec;
}

void decompress(const Parameters &parameters, const std::string &blob)
{
	// Bytes around it that do not belong to it; a caller that claims more takes in some of
	// them.
	std::string all =
	    std::string(parameters.skip, '#') + blob + std::string(parameters.behind, '\xff');
	size_t length = blob.size() + parameters.missing;
	std::string raw;
	bool sound = length <= all.size() - parameters.skip &&
		     decode(all.substr(parameters.skip, length), raw);
	ceph::bufferlist in = fragments(parameters, all), out;
	auto at = in.cbegin(static_cast<unsigned>(parameters.skip));
	uint64_t errors_before = counted[decompress_errors];
	int result = 0;
	bool stopped = false;

	out.append("before");
	try {
		result = codec_for(parameters).decompress(at, length, out, 0);
	} catch (const Stopped &) {
		stopped = true;
	}
	FUZZ_CHECK(flat(in) == all);
	if (sound) {
		FUZZ_CHECK(!stopped && result == 0 && flat(out) == "before" + raw);
		FUZZ_CHECK(at.get_off() == parameters.skip + length);
		FUZZ_CHECK(counted[decompress_errors] == errors_before);
		return;
	}
	FUZZ_CHECK(stopped == (parameters.host == Host::osd));
	FUZZ_CHECK(stopped || (result == -EIO && errors_logged == 1));
	FUZZ_CHECK(flat(out) == "before" && counted[decompress_errors] == errors_before + 1);
}

void check_blob(const Parameters &parameters, const std::string &raw, const ceph::bufferlist &out)
{
	std::string blob = flat(out), back;

	FUZZ_CHECK(decode(blob, back) && back == raw);
	if (parameters.host != Host::radosgw)
		FUZZ_CHECK(blob.size() < raw.size());
	// BlueStore allocates by the buffer.
	FUZZ_CHECK(out.get_num_buffers() == 1);
	ceph::bufferlist in = fragments(parameters, blob), again;
	FUZZ_CHECK(codec_for(parameters).decompress(in, again, 0) == 0 && flat(again) == raw);
}

void compress(const Parameters &parameters, const std::string &raw)
{
	ceph::bufferlist in = fragments(parameters, raw), out;
	char message[64] = {}; // stands for an empty optional
	uint64_t failures_before = counted[verify_failures];
	int result = codec_for(parameters).compress(in, out, message);

	FUZZ_CHECK(flat(in) == raw && counted[verify_failures] == failures_before);
	FUZZ_CHECK(errors_logged == 0);
	if (result == 0) {
		FUZZ_CHECK(parameters.allowed && !parameters.shadow);
		check_blob(parameters, raw, out);
		return;
	}
	FUZZ_CHECK(out.length() == 0);
	if (!parameters.allowed)
		FUZZ_CHECK(result == -EPERM);
	else if (parameters.shadow)
		FUZZ_CHECK(result == -ECANCELED || result == -ERANGE);
	else
		FUZZ_CHECK(result == -ERANGE && parameters.host != Host::radosgw);
}

} // namespace

Host host()
{
	return role;
}

void log_error(ceph::CephContext *, const std::string &message)
{
	FUZZ_CHECK(!message.empty());
	errors_logged++;
}

void fail_stop(const std::string &message)
{
	FUZZ_CHECK(!message.empty() && role == Host::osd);
	throw Stopped();
}

bool MinuteGate::open()
{
	return next_second.load() == 0; // always
}

Counters::Counters(ceph::CephContext *context, const char *, std::initializer_list<Spec> specs)
    : cct(context), counters(nullptr)
{
	FUZZ_CHECK(specs.size() <= counter_count && cct == nullptr && counters == nullptr);
}

Counters::~Counters() = default;

void Counters::add(int index, uint64_t amount)
{
	counted[index] += amount;
}

void Counters::add_time_since(int index, std::chrono::steady_clock::time_point)
{
	counted[index]++;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < parameters_size)
		return 0;
	Parameters parameters = read_parameters(data);
	const uint8_t *rest = data + parameters_size;
	size_t rest_size = size - parameters_size;

	role = parameters.host;
	errors_logged = 0;
	if (!parameters.compressing) {
		std::string blob(reinterpret_cast<const char *>(rest), rest_size);
		if (!is_long(blob))
			decompress(parameters, blob);
		return 0;
	}
	size_t raw_size;
	uint8_t *raw = recipe_make(&raw_size, most_raw, rest, rest_size);
	std::string bytes(reinterpret_cast<const char *>(raw), raw_size);

	free(raw);
	compress(parameters, bytes);
	return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
					  unsigned seed)
{
	return container_mutate(data, size, max_size, seed, parameters_size);
}
