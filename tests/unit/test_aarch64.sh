#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The NEON kernels, on any machine: cross-built without libraries and run by an emulator. Exits with 77, for skipped,
# where the cross compiler or the emulator is missing.
set -euo pipefail

cd "$(dirname "$0")/../.."
# shellcheck source=tests/cross.sh
. tests/cross.sh
need_cross aarch64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# With the warnings of src/CMakeLists.txt; static, so that the emulator needs no libraries of the other architecture.
aarch64-linux-gnu-gcc -std=gnu11 -O3 -static -Wall -Wextra -Wshadow -Wvla -Wconversion -Werror -I include -I src \
    src/core/cpu.c src/core/log2.c src/split/*.c src/entropy/lanes/*.c src/entropy/pieces.c src/entropy/sample.c \
    tests/unit/{split_compare,lanes_compare,compare_main}.c -o "$work/compare"
said=$(env -u ZIPNN_CPU qemu-aarch64 "$work/compare") || {
    echo "not ok - ${said:-the comparison was ended by a signal}"
    exit 1
}
echo "$said"
[[ $said == neon:* ]] # and not the scalar kernels with themselves
