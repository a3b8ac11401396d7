// SPDX-License-Identifier: BSD-3-Clause
#include "slot_watch.h"

#include <dlfcn.h>

#include <cstring>

#include "host.h"
#include "slot_state.h"

namespace
{

// Asking the registry would load the slot, perhaps with the stock plugin, and so spoil a stub that
// is put there a minute later.
bool slot_is_mapped()
{
	std::string path = own_folder() + "/libceph_zstd.so";
	void *library = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);

	if (!library)
		return false;
	dlclose(library);
	return true;
}

} // namespace

bool SlotWatch::ready() const
{
	ceph::CompressionPlugin *plugin = slot.load();

	return plugin && strcmp(plugin->name(), slot_ready) == 0;
}

std::string SlotWatch::look()
{
	if (!slot_is_mapped())
		return "the zstd slot is not loaded: bluestore_compression_algorithm is not zstd";
	ceph::PluginRegistry *registry = plugin_registry(cct);
	auto *plugin =
	    dynamic_cast<ceph::CompressionPlugin *>(registry->get_with_load("compressor", "zstd"));
	if (!plugin)
		return "the library in the zstd slot does not load";
	std::string name = plugin->name();
	if (name.find(SLOT_STUB) != 0)
		return "the zstd slot holds another library than the stub of this zipnn build (it "
		       "calls "
		       "itself '" +
		       name + "')";
	slot.store(plugin);
	return name == slot_ready ? "" : name;
}
