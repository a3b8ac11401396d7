// SPDX-License-Identifier: BSD-3-Clause
#include "plugin_host.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

extern "C" {
#include "data.h"
}

namespace fs = std::filesystem;

Role role;
Libraries libraries;

// ceph::Compressor::create(CephContext *, const std::string &)
ceph::CompressorRef create_compressor(ceph::CephContext *cct, const std::string &name) __asm__(
    "_ZN4ceph10Compressor6createEPNS_6common11CephContextERKNSt7__cxx1112basic_stringIcSt11char_"
    "traitsIcESaIcEEE");

void check(bool holds, const char *condition, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	exit(1);
}

std::string Libraries::codec(const std::string &variant) const
{
	return build + "/" + variant + "/libceph_zipnn.so";
}

std::string Libraries::stub(const std::string &variant) const
{
	return build + "/" + variant + "/libceph_zstd.so";
}

PluginFolder::PluginFolder()
{
	std::string name = (fs::temp_directory_path() / "zipnn-test-plugin-XXXXXX").string();

	CHECK(mkdtemp(name.data()) != nullptr);
	folder = name;
	fs::create_directory(folder + "/compressor");
}

PluginFolder::~PluginFolder()
{
	fs::remove_all(folder);
}

void PluginFolder::add(const std::string &file, const std::string &name)
{
	std::string target = folder + "/compressor/" + name;

	fs::copy_file(file, target + ".new");
	fs::rename(target + ".new", target);
}

void PluginFolder::remove(const std::string &name)
{
	CHECK(fs::remove(folder + "/compressor/" + name));
}

void install(PluginFolder &folder)
{
	folder.add(libraries.codec(), "libceph_zipnn.so");
	folder.add(libraries.stub(), "libceph_zstd.so");
	folder.add(libraries.stock, fs::canonical(libraries.stock).filename());
}

PluginHost::PluginHost(const PluginFolder &folder)
{
	CHECK(rados_create(&cluster, nullptr) == 0);
	CHECK(rados_conf_set(cluster, "plugin_dir", folder.path().c_str()) == 0);
}

PluginHost::~PluginHost()
{
	rados_shutdown(cluster);
}

ceph::CephContext *PluginHost::cct() const
{
	return static_cast<ceph::CephContext *>(rados_cct(cluster));
}

ceph::CompressorRef PluginHost::create(const std::string &name) const
{
	return create_compressor(cct(), name);
}

ceph::bufferlist pieces(const std::string &bytes, size_t piece, size_t skip)
{
	std::string all = std::string(skip, '#') + bytes;
	ceph::bufferlist list;

	for (size_t at = 0; at < all.size(); at += piece) {
		std::string part = all.substr(at, piece);
		list.append(ceph::bufferptr(part.data(), static_cast<unsigned>(part.size())));
	}
	return list;
}

std::string flat(const ceph::bufferlist &list)
{
	return list.to_str();
}

static std::string made(data_kind kind, size_t size, uint64_t seed)
{
	std::string bytes(size, '\0');

	data_fill(kind, reinterpret_cast<uint8_t *>(bytes.data()), size, seed);
	return bytes;
}

std::string weights(size_t size, uint64_t seed)
{
	return made(DATA_BF16, size, seed);
}

std::string text(size_t size, uint64_t seed)
{
	return made(DATA_TEXT, size, seed);
}

std::string noise(size_t size, uint64_t seed)
{
	return made(DATA_NOISE, size, seed);
}

int compress(const ceph::CompressorRef &codec, const ceph::bufferlist &in, ceph::bufferlist &out)
{
	char message[64] = {}; // stands for an optional<int32_t> of either kind, empty

	return codec->compress(in, out, message);
}

int decompress(const ceph::CompressorRef &codec, const ceph::bufferlist &in, ceph::bufferlist &out)
{
	return codec->decompress(in, out, 0);
}

bool aborts_saying(const std::string &said, const std::function<void()> &function)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		rlimit none = {0, 0};
		setrlimit(RLIMIT_CORE, &none);
		alarm(30); // a child that goes on may wait for threads it does not have
		dup2(ends[1], STDERR_FILENO);
		function();
		_exit(0);
	}
	close(ends[1]);
	std::string output;
	char buffer[4096];
	for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;)
		output.append(buffer, static_cast<size_t>(n));
	close(ends[0]);
	int status = 0;
	CHECK(waitpid(child, &status, 0) == child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && output.find(said) != output.npos)
		return true;
	fprintf(stderr, "status %d, output: %s\n", status, output.c_str());
	return false;
}
