#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Prints a C header with what the plugin must know of the Ceph it is built for, taken from the
# installed binaries, because Ceph has no headers that tell:
#   - the release and the file name of the stock zstd plugin;
#   - where CephContext keeps its plugin registry (the stock plugin's init function loads it);
#   - where CephContext keeps its log (PluginRegistry::load writes to it).
# A wrong offset would be a wild pointer in a storage daemon: whatever is not found exactly once is
# an error.
#
# usage: host_facts.sh STOCK_ZSTD_PLUGIN LIBCEPH_COMMON TESTED_RELEASE...
set -euo pipefail
export LC_ALL=C

die() {
    printf 'host_facts.sh: %s\n' "$*" >&2
    exit 1
}

(($# >= 3)) || die "usage: host_facts.sh STOCK_ZSTD_PLUGIN LIBCEPH_COMMON TESTED_RELEASE..."
plugin=$(readlink -e "$1") || die "no such plugin: $1 (package ceph-common or ceph-base)"
common=$(readlink -e "$2") || die "no such library: $2 (package librados2)"
[[ ${plugin##*/} != libceph_zstd.so ]] ||
    die "$plugin is not the stock plugin but what replaced it; name the stock file with -DZIPNN_CEPH_STOCK_PLUGIN=FILE"

load_function=_ZN4ceph14PluginRegistry4loadERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEES8_

disassemble() { # FILE SYMBOL
    objdump --disassemble="$2" --no-show-raw-insn "$1" | grep -P '^\s*[0-9a-f]+:\t' ||
        die "$1 has no function $2"
}

# only_one WHAT < CANDIDATES: the single distinct line.
only_one() {
    local candidates
    candidates=$(sort -u)
    [[ -n $candidates && $candidates != *$'\n'* ]] ||
        die "expected exactly one candidate for $1, found: ${candidates:-none}"
    printf '%s\n' "$candidates"
}

# Members this far into an object are CephContext's: nothing else that these functions touch is so
# large. (Registers that address the stack or the code are left out.)
far_member='0x[0-9a-f]{4,5}(?=\(%r(?!sp|ip))'

registry=$(disassemble "$plugin" __ceph_plugin_init |
    grep -oP "\tmov +\K$far_member" | only_one "the registry's offset in $plugin")

log=$(disassemble "$common" "$load_function" |
    grep -B3 'call.*Log12submit_entry' | grep -oP "\tmov +\K$far_member(?=\(%r[a-z0-9]+\),%rdi)" |
    only_one "the log's offset in $common")

# __ceph_plugin_version returns the address of a constant string.
address=$(disassemble "$plugin" __ceph_plugin_version |
    grep -oP '\tlea .*,%rax +# \K[0-9a-f]+' | only_one "the version string in $plugin")
hex=$(objdump -s --start-address="0x$address" --stop-address=$((0x$address + 32)) "$plugin" |
    awk '/^ [0-9a-f]+ / { print substr($0, index($0, $2), 35) }' | tr -d ' \n')
version=$(while [[ -n $hex && ${hex:0:2} != 00 ]]; do
    printf '%b' "\\x${hex:0:2}"
    hex=${hex:2}
done)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]] || die "$plugin has no version, but «$version»"
[[ " ${*:3} " == *" $version "* ]] ||
    die "zipnn is not tested with Ceph $version, only with ${*:3}: its plugin would refuse to load, and an OSD would not start" \
        "with its stub in the zstd slot. Without the plugin: cmake -DZIPNN_CEPH=OFF. To port it: ZIPNN_TESTED_RELEASES in" \
        "ceph-plugin/CMakeLists.txt, and tests/run.sh"

cat <<HEADER
// Made by host_facts.sh from $plugin
#define CEPH_STOCK_PLUGIN "${plugin##*/}"
#define CEPH_REGISTRY_OFFSET $registry
#define CEPH_LOG_OFFSET $log
#ifndef BUILT_FOR_VERSION
#define BUILT_FOR_VERSION "$version"
#endif
HEADER
