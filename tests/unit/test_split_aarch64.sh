#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The NEON kernels, on any machine: cross-built without libraries and run by an emulator. Exits with 77, for skipped,
# where the cross compiler or the emulator is missing.
set -euo pipefail

cd "$(dirname "$0")/../.."
for need in aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu qemu-aarch64:qemu-user; do
    command -v "${need%%:*}" >/dev/null || {
        echo "skipped: no ${need%%:*} (package ${need##*:})"
        exit 77
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# With the warnings of src/CMakeLists.txt; static, so that the emulator needs no libraries of the other architecture.
build() {
    aarch64-linux-gnu-gcc -std=gnu11 -O3 -static -Wall -Wextra -Wshadow -Wvla -Wconversion -Werror -I src \
        src/core/cpu.c src/split/*.c "$@"
}
build tests/unit/split_compare.c tests/unit/split_main.c -o "$work/split"
said=$(env -u ZIPNN_CPU qemu-aarch64 "$work/split") || {
    echo "not ok - $said"
    exit 1
}
echo "$said"
[[ $said == neon:* ]] # and not the scalar kernels with themselves
