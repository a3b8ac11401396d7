// SPDX-License-Identifier: BSD-3-Clause
#include "host.h"

#include <dlfcn.h>
#include <unistd.h>
#include <zipnn.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "host_facts.h"

namespace
{

// ZIPNN_TESTED_RELEASES of CMakeLists.txt.
const char *const tested_releases[] = {TESTED_RELEASES};

bool tested(const std::string &version)
{
	for (const char *release : tested_releases) {
		if (version == release)
			return true;
	}
	return false;
}

Host find_host()
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length <= 0)
		return Host::other;
	path[length] = '\0';
	const char *slash = strrchr(path, '/');
	std::string name = slash ? slash + 1 : path;
	// An executable that was replaced while it runs, as package upgrades do.
	name.resize(std::min(name.find(" (deleted)"), name.size()));
	if (name == "ceph-osd")
		return Host::osd;
	return name == "radosgw" ? Host::radosgw : Host::other;
}

std::string find_host_version()
{
	using version_function = const char *();
	// ceph_version_to_str(): in ceph-osd itself, elsewhere in libceph-common.
	auto *function =
	    reinterpret_cast<version_function *>(dlsym(RTLD_DEFAULT, "_Z19ceph_version_to_strv"));

	return function ? function() : "unknown";
}

std::string find_misfit()
{
	if (host_version() != BUILT_FOR_VERSION)
		return "zipnn " ZIPNN_VERSION " built for Ceph " BUILT_FOR_VERSION
		       ", not for this host's " +
		       host_version() + ": install the build for this release";
	if (!tested(host_version()))
		return "zipnn " ZIPNN_VERSION " not tested with Ceph " + host_version();
	return "";
}

} // namespace

Host host()
{
	static const Host found = find_host();
	return found;
}

const std::string &host_version()
{
	static const std::string version = find_host_version();
	return version;
}

const std::string &host_misfit()
{
	static const std::string misfit = find_misfit();
	return misfit;
}

const char *plugin_version()
{
	return host_misfit().empty() ? host_version().c_str() : host_misfit().c_str();
}

ceph::PluginRegistry *plugin_registry(ceph::CephContext *cct)
{
	auto *member = reinterpret_cast<char *>(cct) + CEPH_REGISTRY_OFFSET;
	auto *registry = *reinterpret_cast<ceph::PluginRegistry **>(member);

	// The registry's first member points back: an offset that is not the host's shows here.
	return registry && registry->cct == cct ? registry : nullptr;
}

std::string own_path()
{
	Dl_info info;

	return dladdr(reinterpret_cast<void *>(&own_path), &info) ? info.dli_fname : "";
}

std::string own_folder()
{
	std::string path = own_path();

	return path.substr(0, path.rfind('/'));
}
