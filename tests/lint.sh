#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What tools can see without running anything: layout of the code, defects that analysers find, shell scripts.
# What is not checked, and why, stands in .clang-tidy and beside each suppression.
set -euo pipefail

build=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
mapfile -t sources < <(git ls-files '*.c' '*.cc')
mapfile -t headers < <(git ls-files '*.h')
mapfile -t analysed < <(git ls-files 'src/*.c' 'bench/*.c' 'ceph-plugin/*.cc')
mapfile -t scripts < <(git ls-files '*.sh' .ci/run ceph-plugin/zipnn-slot)
status=0

step() {
    local name=$1
    shift
    if "$@"; then
        echo "ok - $name"
    else
        echo "not ok - $name"
        status=1
    fi
}

# quiet COMMAND...: what it says is shown if it fails.
# shellcheck disable=SC2317  # called by functions that step calls
quiet() {
    local said
    said=$("$@" 2>&1) || {
        printf '%s\n' "$said"
        return 1
    }
}

step "clang-format" clang-format-14 --dry-run -Werror "${sources[@]}" "${headers[@]}"
step "shellcheck" shellcheck -x "${scripts[@]}"
step "cppcheck" cppcheck --quiet --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --std=c11 --std=c++17 -I include -I src -I ceph-plugin -I "$build/ceph-plugin" src bench ceph-plugin
# Of the tests, too, but for the emulated kernels, whose intrinsics are not ours.
# shellcheck disable=SC2317  # called by step
clang_build() {
    quiet cmake -S . -B "$build/clang" -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
        -DCMAKE_BUILD_TYPE=Debug -DZIPNN_SIMDE=OFF && quiet cmake --build "$build/clang" -j2
}
step "clang: -Wall -Wextra -Wconversion -Wshadow as errors, as in gcc's build" clang_build
# shellcheck disable=SC2317  # called by step
scan() {
    local -a scan=(scan-build-14 --status-bugs "--use-cc=clang-14" "--use-c++=clang++-14")
    quiet "${scan[@]}" cmake -S . -B "$build/scan" -DZIPNN_TESTS=OFF && quiet "${scan[@]}" cmake --build "$build/scan" -j2
}
step "scan-build" scan
# Two processes: it is slow.
# shellcheck disable=SC2317  # called by step
tidy() { printf '%s\0' "${analysed[@]}" | xargs -0 -n 6 -P 2 clang-tidy-14 -p "$build" --quiet 2>/dev/null; }
step "clang-tidy" tidy
exit "$status"
