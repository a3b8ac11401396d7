// SPDX-License-Identifier: BSD-3-Clause
/*
 * libceph_zstd.so, the stub in the zstd slot: zstd data is the stock plugin's, zipnn blobs are
 * decoded, and in ceph-osd nothing that is wrong passes silently.
 */
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "plugin_host.h"

namespace
{

std::string stock_name()
{
	return std::filesystem::canonical(libraries.stock).filename();
}

// A zipnn blob of one stored chunk, by hand: no encoder is in reach in a tool.
std::string stored_blob(const std::string &raw)
{
	auto size = static_cast<uint32_t>(raw.size());
	std::string blob(16, '\0');

	for (unsigned i = 0; i < 4; i++)
		blob[i] = static_cast<char>(size >> 8 * i);
	memcpy(&blob[4], "ZNN\1", 4);
	for (unsigned i = 0; i < 3; i++)
		blob[9 + i] = static_cast<char>(size >> 8 * i);
	return blob + raw;
}

void append_number(std::string &bytes, size_t number, int size)
{
	for (int i = 0; i < size; i++)
		bytes += static_cast<char>(number >> 8 * i);
}

// A zstd blob of one raw block, by hand, whose content checksum is wrong.
std::string zstd_blob_with_wrong_sum(const std::string &raw)
{
	std::string blob;

	append_number(blob, raw.size(), 4);
	append_number(blob, 0xfd2fb528, 4);
	append_number(blob, 0xa4, 1); // one segment, content size in 4 bytes, a checksum
	append_number(blob, raw.size(), 4);
	append_number(blob, raw.size() << 3 | 1, 3); // the last block, of type raw
	return blob + raw + std::string(4, '\0');
}

std::string stock_zstd_blob(const std::string &raw)
{
	PluginFolder folder;
	folder.add(libraries.stock, "libceph_zstd.so");
	PluginHost ceph(folder);
	ceph::bufferlist blob;

	CHECK(compress(ceph.create("zstd"), pieces(raw, raw.size()), blob) == 0);
	return flat(blob);
}

void test_delegation(const ceph::CompressorRef &codec)
{
	std::string raw = text(200000, 1);
	ceph::bufferlist blob, back;

	CHECK(codec->id == 3 && codec->type == "zstd");
	CHECK(compress(codec, pieces(raw, 60000), blob) == 0);
	CHECK(flat(blob) == stock_zstd_blob(raw));
	ceph::bufferlist in = pieces(flat(blob) + "behind", 1000, 5);
	auto at = in.cbegin(5);
	CHECK(codec->decompress(at, blob.length(), back, 0) == 0);
	CHECK(at.get_off() == 5 + blob.length());
	CHECK(flat(back) == raw);
}

void test_zipnn_blobs(const ceph::CompressorRef &codec)
{
	std::string raw = noise(5000, 2), blob = stored_blob(raw);
	ceph::bufferlist out, in = pieces(blob + "behind", 300, 7);
	auto at = in.cbegin(7);

	out.append("before");
	CHECK(codec->decompress(at, blob.size(), out, 0) == 0);
	CHECK(at.get_off() == 7 + blob.size());
	CHECK(flat(out) == "before" + raw);
}

// All of a daemon's threads share it.
void test_threads(const ceph::CompressorRef &codec)
{
	std::vector<std::thread> threads;

	for (uint64_t seed = 0; seed < 64; seed++) {
		threads.emplace_back([&codec, seed] {
			std::string raw = noise(50000 + seed, seed),
				    words = text(50000 + seed, seed);
			std::string blob = stored_blob(raw);
			for (int round = 0; round < 5; round++) {
				ceph::bufferlist back, zstd, zstd_back;
				CHECK(decompress(codec, pieces(blob, 30000), back) == 0);
				CHECK(flat(back) == raw);
				CHECK(compress(codec, pieces(words, 30000), zstd) == 0);
				CHECK(decompress(codec, zstd, zstd_back) == 0);
				CHECK(flat(zstd_back) == words);
			}
		});
	}
	for (std::thread &thread : threads)
		thread.join();
}

// In ceph-osd a wrong read ends the process, elsewhere it is an error without a byte.
void test_wrong_blob(const ceph::CompressorRef &codec, const std::string &blob, const char *said,
		     size_t piece = SIZE_MAX)
{
	if (role == Role::osd) {
		CHECK(aborts_saying(said, [&] {
			ceph::bufferlist out;
			decompress(codec, pieces(blob, piece), out);
		}));
		return;
	}
	ceph::bufferlist out;
	CHECK(decompress(codec, pieces(blob, piece), out) == -EIO);
	CHECK(out.length() == 0);
}

void test_damage(const ceph::CompressorRef &codec)
{
	std::string zipnn = stored_blob(noise(5000, 3)), zstd = stock_zstd_blob(text(200000, 3));
	auto changed = [](std::string blob, size_t at, char value) {
		blob[at] = value;
		return blob;
	};

	test_wrong_blob(codec, changed(zipnn, 8, 9), "in the chunk at offset 8");
	test_wrong_blob(codec, changed(zipnn, 3, 0x7f), "more than Ceph ever compresses");
	test_wrong_blob(codec, zipnn.substr(0, 3000), "cannot decode a blob of 3000 bytes");
	test_wrong_blob(codec, changed(zstd, 3, 0x7f), "more than Ceph ever compresses");
	test_wrong_blob(codec, changed(zstd, 4, 0), "raw bytes instead of");
	test_wrong_blob(codec, zstd.substr(0, zstd.size() / 2), "raw bytes instead of");
	test_wrong_blob(codec, zstd.substr(0, 5), "cut short");

	// All raw bytes may have come when the sum is looked at, in a piece of its own.
	std::string sum = zstd_blob_with_wrong_sum(noise(5000, 4));
	for (size_t last = 0; last <= 5; last++)
		test_wrong_blob(codec, sum, "raw bytes instead of", sum.size() - last);
}

// Without a usable slot ceph-osd must not start; elsewhere the plugin just does not load.
void test_no_slot(PluginFolder &folder, const char *said)
{
	auto load = [&] {
		PluginHost ceph(folder);
		CHECK(!ceph.create("zstd"));
		CHECK(
		    !ceph.create("zstd")); // and once more: a failed attempt leaves nothing behind
	};

	if (role == Role::osd)
		CHECK(aborts_saying(said, load));
	else
		load();
}

void test_wrong_companions()
{
	PluginFolder without_stock, with_other, other_release;

	without_stock.add(libraries.stub(), "libceph_zstd.so");
	test_no_slot(without_stock, "the stock zstd plugin does not load");

	with_other.add(libraries.stub(), "libceph_zstd.so");
	with_other.add(libraries.codec("tests-plugin-other-version"), stock_name());
	test_no_slot(with_other, "this host is");

	other_release.add(libraries.stub("tests-plugin-other-version"), "libceph_zstd.so");
	other_release.add(libraries.stock, stock_name());
	test_no_slot(other_release, "built for Ceph 0.0.0");
}

} // namespace

void test_slot()
{
	PluginFolder folder;
	install(folder);
	PluginHost ceph(folder);
	ceph::CompressorRef codec = ceph.create("zstd");

	CHECK(codec != nullptr);
	test_delegation(codec);
	test_zipnn_blobs(codec);
	test_threads(codec);
	test_damage(codec);
	test_wrong_companions();
}
