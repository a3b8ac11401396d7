// SPDX-License-Identifier: BSD-3-Clause
#include "slot_caller.h"

#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <link.h>
#include <sys/stat.h>

namespace
{

// The code of an exported function, or nothing where the host has no such function.
struct Function {
	const char *start = nullptr;
	size_t size = 0;

	explicit Function(const char *name)
	{
		void *address = dlsym(RTLD_DEFAULT, name);
		void *symbol = nullptr;
		Dl_info info;

		if (!address || !dladdr1(address, &info, &symbol, RTLD_DL_SYMENT) || !symbol)
			return;
		start = static_cast<const char *>(address);
		size = static_cast<const ElfW(Sym) *>(symbol)->st_size;
	}
	bool contains(const void *address) const
	{
		auto *byte = static_cast<const char *>(address);

		return byte >= start && byte < start + size;
	}
};

} // namespace

bool called_by_set_compression()
{
	static const Function set_compression("_ZN9BlueStore16_set_compressionEv");
	// This function, the plugin's factory, Compressor::create, its caller; and room for
	// wrappers.
	void *callers[8];

	if (!set_compression.size)
		return false;
	int depth = backtrace(callers, 8);
	for (int i = 0; i < depth; i++) {
		if (set_compression.contains(callers[i]))
			return true;
	}
	return false;
}

FileIdentity::FileIdentity(std::string of_path) : path(std::move(of_path))
{
	struct stat status;

	if (stat(path.c_str(), &status) != 0)
		return;
	device = status.st_dev;
	inode = status.st_ino;
}

bool FileIdentity::unchanged() const
{
	struct stat status;

	return inode != 0 && stat(path.c_str(), &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}
