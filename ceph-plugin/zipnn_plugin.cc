// SPDX-License-Identifier: BSD-3-Clause
/*
 * libceph_zipnn.so: registers the codec `zipnn`.
 */
#include <cerrno>

#include "codec.h"
#include "host.h"
#include "plugin.h"
#include "slot_watch.h"

namespace
{

class ZipnnPlugin final : public ceph::CompressionPlugin
{
	std::shared_ptr<Codec> codec;
	SlotWatch slot;
	MinuteGate refusals;
	MinuteGate warnings; // that the codec gave up

public:
	explicit ZipnnPlugin(ceph::CephContext *context)
	    : CompressionPlugin(context), codec(std::make_shared<Codec>(context)), slot(context)
	{
		// Offline tools only read: what they write into a store stays plain.
		codec->allow(host() == Host::radosgw);
	}

	// BlueStore calls this for every write to a pool whose algorithm is zipnn.
	int factory(ceph::CompressorRef *compressor_out, std::ostream *) override
	try {
		if (host() == Host::osd) {
			bool ready = slot.ready();
			if (!ready && refusals.open()) {
				std::string reason = slot.look();
				ready = reason.empty();
				// An error raises the health warning BLUESTORE_NO_COMPRESSION.
				// Returning it for every write would only flood the log: the codec
				// itself then fails, quietly.
				if (!ready)
					return refuse(reason);
			}
			codec->allow(ready);
			// For the same warning, which a change of the compression options takes
			// back: the codec has logged why.
			if (codec->gave_up() && warnings.open())
				return -EIO;
		}
		*compressor_out = codec;
		return 0;
	} catch (...) {
		// An exception would end the daemon; the data can still be stored plainly.
		return -ENOMEM;
	}

private:
	int refuse(const std::string &reason)
	{
		codec->allow(false);
		log_error(
		    cct,
		    "not compressing: " + reason +
			". Data for pools with compression_algorithm zipnn is stored "
			"uncompressed. To compress: `zipnn-slot enable` on this host, a restart of "
			"this OSD if the slot's file was replaced while it ran, and `ceph config "
			"set "
			"osd bluestore_compression_algorithm zstd`");
		return -EPERM;
	}
};

} // namespace

const char *__ceph_plugin_version()
{
	return plugin_version();
}

int __ceph_plugin_init(ceph::CephContext *cct, const std::string &type, const std::string &name)
try {
	ceph::PluginRegistry *registry = plugin_registry(cct);

	if (!registry) {
		log_error(nullptr, "this Ceph keeps its plugin registry elsewhere than the one "
				   "that zipnn " ZIPNN_VERSION
				   " was built for; rebuild zipnn on this host's release");
		return -ENOTSUP;
	}
	auto plugin = std::make_unique<ZipnnPlugin>(cct);
	int result = registry->add(type, name, plugin.get());
	if (result == 0)
		static_cast<void>(plugin.release()); // it is the registry's now
	return result;
} catch (...) {
	return -ENOMEM;
}
