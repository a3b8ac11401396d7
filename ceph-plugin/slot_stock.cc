// SPDX-License-Identifier: BSD-3-Clause
#include "slot_stock.h"

#include <dlfcn.h>

#include "host.h"
#include "host_facts.h"

namespace
{

constexpr int zstd_id = 3; // Compressor::COMP_ALG_ZSTD

using VersionFunction = const char *();
using InitFunction = int(ceph::CephContext *, const std::string &, const std::string &);

ceph::CompressorRef codec_of(ceph::Plugin *plugin)
{
	auto *stock = dynamic_cast<ceph::CompressionPlugin *>(plugin);
	ceph::CompressorRef codec;

	if (!stock || stock->factory(&codec, nullptr) != 0)
		return nullptr;
	return codec && codec->id == zstd_id && codec->type == "zstd" ? codec : nullptr;
}

} // namespace

ceph::CompressorRef load_stock_codec(ceph::PluginRegistry *registry, const std::string &type,
				     const std::string &name, std::string &reason)
{
	std::string path = own_folder() + "/" CEPH_STOCK_PLUGIN;
	std::string stock_name = name + "-stock";
	// The registry closes the handle when it ends; code that others may still hold stays
	// mapped.
	void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library) {
		reason = std::string("the stock zstd plugin does not load: ") + dlerror();
		return nullptr;
	}
	auto *version =
	    reinterpret_cast<VersionFunction *>(dlsym(library, "__ceph_plugin_version"));
	auto *init = reinterpret_cast<InitFunction *>(dlsym(library, "__ceph_plugin_init"));
	if (!version || !init || version() != host_version()) {
		reason = path + " is of Ceph " + (version ? version() : "unknown") +
			 ", this host is " + host_version();
		return nullptr;
	}
	// It may be registered already, by an earlier attempt that failed later on.
	if (!registry->get(type, stock_name)) {
		int result = init(registry->cct, type, stock_name);
		ceph::Plugin *plugin = registry->get(type, stock_name);
		if (result != 0 || !plugin) {
			reason = path + " does not initialise: " + std::to_string(result);
			return nullptr;
		}
		plugin->library = library;
	}
	ceph::CompressorRef codec = codec_of(registry->get(type, stock_name));
	if (!codec)
		reason = path + " gives no codec with the id and the name of zstd";
	return codec;
}
