// SPDX-License-Identifier: BSD-3-Clause
/*
 * libceph_zipnn.so: every shape of buffers comes back, errors have the effect their host needs.
 */
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "heap.h"
#include "plugin_host.h"

// Defined here under the name that the stub looks for among its callers.
struct BlueStore {
	const PluginHost &ceph;
	static ceph::CompressorRef default_compressor;

	void _set_compression();
};

ceph::CompressorRef BlueStore::default_compressor;

void BlueStore::_set_compression()
{
	default_compressor = ceph.create("zstd");
}

namespace
{

// Lets this host write blobs, if it can.
void enable_writing(const PluginHost &ceph)
{
	if (role == Role::osd)
		BlueStore{ceph}._set_compression();
}

std::string blob_of(const ceph::CompressorRef &codec, const std::string &raw)
{
	ceph::bufferlist out;

	CHECK(compress(codec, pieces(raw, raw.size()), out) == 0);
	CHECK(out.get_num_buffers() == 1);
	return flat(out);
}

void test_every_size(const ceph::CompressorRef &codec)
{
	for (size_t size :
	     {0u, 1u, 7u, 4095u, 4096u, 65536u, 262143u, 524288u, 524289u, 4194304u}) {
		std::string raw = weights(size, size);
		ceph::bufferlist blob, back;
		int result = compress(codec, pieces(raw, size / 3 + 1), blob);
		if (role == Role::osd && size < 100) {
			CHECK(result < 0 && blob.length() == 0);
			continue;
		}
		CHECK(result == 0);
		CHECK(size < 4096 || blob.length() < size * 3 / 4);
		CHECK(decompress(codec, blob, back) == 0);
		CHECK(flat(back) == raw);
	}
}

void test_what_does_not_shrink(const ceph::CompressorRef &codec)
{
	std::string raw = noise(524288, 1);
	ceph::bufferlist blob, back;
	int result = compress(codec, pieces(raw, raw.size()), blob);

	if (role == Role::osd) {
		CHECK(result < 0 && blob.length() == 0);
		return;
	}
	CHECK(result == 0);
	CHECK(blob.length() <= raw.size() + 200);
	CHECK(decompress(codec, blob, back) == 0);
	CHECK(flat(back) == raw);
}

// The iterator begins anywhere, ends exactly behind the blob, and what was in out stays there.
void test_iterator(const ceph::CompressorRef &codec, const std::string &raw)
{
	std::string blob = blob_of(codec, raw);

	for (size_t piece : {size_t(1000), blob.size() / 2, blob.size() + 4096}) {
		for (size_t skip : {0u, 1u, 999u, 1000u}) {
			ceph::bufferlist out, in = pieces(blob + "behind", piece, skip);
			auto at = in.cbegin(static_cast<unsigned>(skip));
			out.append("before");
			CHECK(codec->decompress(at, blob.size(), out, 0) == 0);
			CHECK(at.get_off() == skip + blob.size());
			CHECK(flat(out) == "before" + raw);
		}
	}
}

void test_damage(const ceph::CompressorRef &codec, const std::string &blob)
{
	for (size_t at : {size_t(3), size_t(4), size_t(9), blob.size() / 2, blob.size() - 1}) {
		std::string damaged = blob;
		damaged[at] ^= 0x40;
		ceph::bufferlist out;
		CHECK(decompress(codec, pieces(damaged, damaged.size()), out) == -EIO);
		CHECK(out.length() == 0);
	}
	for (size_t size : {size_t(0), size_t(7), size_t(8), size_t(20), blob.size() - 1}) {
		ceph::bufferlist out;
		CHECK(decompress(codec, pieces(blob.substr(0, size), blob.size()), out) == -EIO);
	}
	ceph::bufferlist out, in = pieces(blob, blob.size());
	auto start = in.cbegin();
	CHECK(codec->decompress(start, blob.size() + 1, out, 0) == -EIO);
}

// All of a daemon's threads share one codec, for which they ask at every write.
void test_threads(const PluginHost &ceph)
{
	std::vector<std::thread> threads;

	for (uint64_t seed = 0; seed < 64; seed++) {
		threads.emplace_back([&ceph, seed] {
			for (uint64_t round = 0; round < 5; round++) {
				ceph::CompressorRef codec = ceph.create("zipnn");
				std::string raw = seed % 2 ? weights(100000 + round, seed)
							   : text(100000 + round, seed);
				ceph::bufferlist blob, back;
				CHECK(compress(codec, pieces(raw, 70000), blob) == 0);
				CHECK(decompress(codec, blob, back) == 0);
				CHECK(flat(back) == raw);
			}
		});
	}
	for (std::thread &thread : threads)
		thread.join();
}

// Every allocation of a codec's first calls fails.
void test_first_uses()
{
	PluginFolder folder;
	install(folder);
	size_t before = 0;

	if (!heap_can_fail())
		return;
	for (bool for_good : {false, true}) {
		unsigned long made = 1;
		for (unsigned long number = 1; number <= made; number++) {
			PluginHost ceph(folder);
			enable_writing(ceph);
			made = test_first_use(ceph.create("zipnn"), number, for_good);
			BlueStore::default_compressor.reset();
			// A host leaves its counters; a context would be hundreds of KiB.
			CHECK(number == 1 || heap_bytes() < before + 20000);
			before = heap_bytes();
		}
		CHECK(made > 10);
	}
	printf("%lu allocations failed\n", allocations_failed);
}

// Decoding what was encoded finds the fault; from then on the encoder is not used.
void test_verify()
{
	PluginFolder folder;
	install(folder);
	folder.add(libraries.codec("tests-plugin-miscompute-encode"), "libceph_zipnn.so");
	PluginHost ceph(folder);
	enable_writing(ceph);
	ceph::CompressorRef codec = ceph.create("zipnn");
	std::string raw = weights(300000, 3);
	int good = 0, plain = 0;

	while (good + plain < 200) {
		ceph::bufferlist blob, back;
		int result = compress(codec, pieces(raw, raw.size()), blob);
		if (result < 0) {
			CHECK(role == Role::osd && blob.length() == 0);
			plain++;
			continue;
		}
		CHECK(decompress(codec, blob, back) == 0 && flat(back) == raw);
		if (blob.length() < raw.size() * 3 / 4) {
			CHECK(plain == 0);
			good++;
		} else {
			CHECK(role == Role::radosgw && blob.length() == 8 + 2 * 8 + raw.size());
			// What a faulty machine stores is checked, too.
			std::string damaged = flat(blob);
			damaged[16 + 1000 * static_cast<size_t>(plain % 250)] ^= 4;
			CHECK(decompress(codec, pieces(damaged, damaged.size()), back) == -EIO);
			plain++;
		}
	}
	CHECK(good > 10 && plain > 10);
	if (role == Role::osd)
		CHECK(!ceph.create("zipnn")); // once a minute: raises Ceph's health warning
	CHECK(ceph.create("zipnn") != nullptr);
	BlueStore::default_compressor.reset();
}

void test_environment()
{
	PluginFolder folder;
	install(folder);
	std::string raw = weights(300000, 4);
	ceph::bufferlist in = pieces(raw, raw.size());

	for (bool shadow : {true, false}) {
		setenv("ZIPNN_MODE", shadow ? "shadow" : "nonsense", 1);
		setenv("ZIPNN_ZSTD_LEVEL", shadow ? "19" : "20", 1);
		setenv("ZIPNN_VERIFY", shadow ? "1" : "yes", 1);
		PluginHost ceph(folder);
		enable_writing(ceph);
		ceph::bufferlist blob;
		CHECK((compress(ceph.create("zipnn"), in, blob) < 0) == shadow);
		CHECK((blob.length() == 0) == shadow);
		BlueStore::default_compressor.reset();
	}
	for (const char *name : {"ZIPNN_MODE", "ZIPNN_ZSTD_LEVEL", "ZIPNN_VERIFY"})
		unsetenv(name);
}

// The slot has to be BlueStore's own choice, and to stay it.
void test_osd_writes_only_what_it_can_read()
{
	PluginFolder folder;
	install(folder);
	PluginHost ceph(folder);
	std::string raw = weights(65536, 5);
	auto written = [&] {
		ceph::bufferlist blob;
		ceph::CompressorRef codec = ceph.create("zipnn");
		return codec && compress(codec, pieces(raw, raw.size()), blob) == 0;
	};

	CHECK(!ceph.create("zipnn")); // the first time in a minute: raises Ceph's health warning
	CHECK(ceph.create("zipnn") != nullptr);
	CHECK(!written());
	BlueStore{ceph}._set_compression();
	CHECK(!written()); // looked at again within a minute
	ceph::CompressorRef lazily = ceph.create("zstd");
	CHECK(!written());
	BlueStore::default_compressor.reset();
	CHECK(!written());
}

void test_osd_notices_changes()
{
	PluginFolder folder;
	install(folder);
	PluginHost ceph(folder);
	std::string raw = weights(65536, 6);
	auto written = [&] {
		ceph::bufferlist blob;
		ceph::CompressorRef codec = ceph.create("zipnn");
		return codec && compress(codec, pieces(raw, raw.size()), blob) == 0;
	};

	ceph::CompressorRef lazily = ceph.create("zstd"); // a read of zstd data, say
	CHECK(!ceph.create("zipnn"));
	CHECK(!written());
	BlueStore{ceph}._set_compression();
	CHECK(written());
	BlueStore::default_compressor.reset(); // another algorithm is configured
	CHECK(!written());
	BlueStore{ceph}._set_compression();
	CHECK(written());
	folder.remove("libceph_zstd.so"); // the package is removed under the running daemon
	CHECK(!written());
	folder.add(libraries.stub(), "libceph_zstd.so");
	CHECK(!written());
	BlueStore::default_compressor.reset();
}

void test_osd_with_stock_slot()
{
	PluginFolder folder;
	install(folder);
	folder.add(libraries.stock, "libceph_zstd.so");
	PluginHost ceph(folder);
	ceph::bufferlist blob;

	BlueStore{ceph}._set_compression();
	CHECK(!ceph.create("zipnn"));
	CHECK(compress(ceph.create("zipnn"), pieces(weights(65536, 7), 65536), blob) < 0);
	BlueStore::default_compressor.reset();
}

void test_other_release()
{
	PluginFolder folder;
	folder.add(libraries.codec("tests-plugin-other-version"), "libceph_zipnn.so");
	PluginHost ceph(folder);

	CHECK(!ceph.create("zipnn"));
}

} // namespace

void test_codec()
{
	test_other_release();
	if (role == Role::osd) {
		test_osd_writes_only_what_it_can_read();
		test_osd_notices_changes();
		test_osd_with_stock_slot();
	}
	PluginFolder folder;
	install(folder);
	PluginHost ceph(folder);
	enable_writing(ceph);
	ceph::CompressorRef codec = ceph.create("zipnn");
	CHECK(codec && codec->id == 3 && codec->type == "zipnn");
	if (role == Role::tool) {
		ceph::bufferlist blob;
		CHECK(compress(codec, pieces(weights(65536, 1), 65536), blob) < 0);
		return;
	}
	test_every_size(codec);
	test_what_does_not_shrink(codec);
	test_iterator(codec, weights(5000, 2));
	test_iterator(codec, text(5000, 2));
	test_threads(ceph);
	test_memory(codec, ceph.create("zstd"));
	if (role == Role::radosgw)
		test_damage(codec, blob_of(codec, weights(600000, 3)));
	BlueStore::default_compressor.reset();
	test_environment();
	test_verify();
	test_first_uses();
}
