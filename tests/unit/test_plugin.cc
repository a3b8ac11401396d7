// SPDX-License-Identifier: BSD-3-Clause
/*
 * The plugin decides by the name of its process what an error has to lead to. So this program is
 * built three times, as ceph-osd, radosgw and tool, and each time it tests what holds there.
 */
#include <cerrno>
#include <cstdio>
#include <string>

#include "plugin_host.h"

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s BUILD_FOLDER STOCK_ZSTD_PLUGIN\n", argv[0]);
		return 2;
	}
	std::string name = program_invocation_short_name;
	role = name == "ceph-osd" ? Role::osd : name == "radosgw" ? Role::radosgw : Role::tool;
	libraries = {argv[1], argv[2]};
	test_slot();
	test_codec();
	return 0;
}
