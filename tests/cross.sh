# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Building for and running on another architecture, by a cross compiler and an emulator. Sourced by the tests that do; in the
# top folder of the tree.

# need_cross ARCHITECTURE [LIBRARIES_FOLDER]: exits with 77, for skipped, where the compiler or the emulator for it (aarch64,
# s390x) is missing, or the folder's libraries, which tests/run.sh fetches.
need_cross() {
    local architecture=$1 libraries=${2:-} need
    for need in "$architecture-linux-gnu-gcc:gcc-$architecture-linux-gnu" "qemu-$architecture:qemu-user"; do
        command -v "${need%%:*}" >/dev/null || {
            echo "skipped: no ${need%%:*} (package ${need##*:})"
            exit 77
        }
    done
    [[ -z $libraries || -e $libraries/complete ]] || {
        echo "skipped: no libzstd and ISA-L for $architecture in $libraries (tests/run.sh fetches them)"
        exit 77
    }
}

# library_sources: the .c files of the library, as src/CMakeLists.txt lists them, one a line.
library_sources() {
    local -a sources
    mapfile -t sources < <(sed -n '/^add_library(zipnn_objects/,/)$/s/^\t\(.*\.c\))\{0,1\}$/src\/\1/p' src/CMakeLists.txt)
    ((${#sources[@]} > 40)) || {
        echo "not ok - src/CMakeLists.txt lists ${#sources[@]} files as tests/cross.sh reads it" >&2
        return 1
    }
    printf '%s\n' "${sources[@]}"
}
