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

step "clang-format" clang-format-14 --dry-run -Werror "${sources[@]}" "${headers[@]}"
step "shellcheck" shellcheck -x "${scripts[@]}"
step "cppcheck" cppcheck --quiet --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --std=c11 --std=c++17 -I include -I src -I ceph-plugin -I "$build/ceph-plugin" src bench ceph-plugin
# Two processes: it is slow.
# shellcheck disable=SC2317  # called by step
tidy() { printf '%s\0' "${analysed[@]}" | xargs -0 -n 6 -P 2 clang-tidy-14 -p "$build" --quiet 2>/dev/null; }
step "clang-tidy" tidy
exit "$status"
