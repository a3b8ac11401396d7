#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# test_big_endian.sh BUILD_DIR: golden files on a big-endian machine (s390x, by an emulator): they decode to the same raw
# bytes there, and what zipnn_compress wrote here it writes there. Exits with 77, for skipped, where the cross compiler, the
# emulator or the libraries of that machine are missing; tests/run.sh fetches them.
set -euo pipefail

build=$(realpath "$1")
cd "$(dirname "$0")/../.."
libraries=$build/s390x
# shellcheck source=tests/cross.sh
. tests/cross.sh
need_cross s390x "$libraries"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# With the warnings of src/CMakeLists.txt.
list=$(library_sources)
mapfile -t sources <<<"$list"
s390x-linux-gnu-gcc -std=gnu11 -O1 -Wall -Wextra -Wshadow -Wvla -Wconversion -Werror -I include -I src \
    -I "$libraries/usr/include" tests/golden/tool.c "${sources[@]}" -o "$work/tool" \
    -L "$libraries/usr/lib/s390x-linux-gnu" -l:libzstd.a -l:libisal.so.2 -lpthread
tool=(qemu-s390x -L /usr/s390x-linux-gnu -E "LD_LIBRARY_PATH=$libraries/usr/lib/s390x-linux-gnu" "$work/tool")

folders=()
for folder in tests/golden/v[0-9]*; do
    [[ ! -d $folder ]] || folders+=("$folder")
done
version=$("$build/zipnn" -V | sed -n 's/.*(format \([0-9]*\)).*/\1/p')
if [[ $version == 0 ]]; then
    # Not frozen: test_golden.py says what stands in.
    tests/golden/make.py "$build" "$work/v0"
    folders+=("$work/v0")
fi
((${#folders[@]})) || {
    echo "not ok - there are no golden files of format $version"
    exit 1
}

for folder in "${folders[@]}"; do
    pairs=()
    while IFS=$'\t' read -r name _; do
        pairs+=("$folder/$name" "$work/$name.raw")
    done < <(grep -v '^#' "$folder/MANIFEST.tsv")
    "${tool[@]}" decode "${pairs[@]}"
    recoded=0
    while IFS=$'\t' read -r name size sum _ settings _; do
        [[ $(stat -c %s "$work/$name.raw") == "$size" && $(sha256sum <"$work/$name.raw") == "$sum  -" ]] || {
            echo "not ok - $folder/$name decodes to other bytes"
            exit 1
        }
        # An encoder may change; only that of this version must write what this machine's writes.
        [[ $folder == */v$version && $settings != - ]] || continue
        read -ra words <<<"$settings"
        "${tool[@]}" encode "${words[@]}" "$work/$name.raw" "$work/coded"
        "$build/golden_tool" encode "${words[@]}" "$work/$name.raw" "$work/coded-here"
        cmp "$work/coded" "$work/coded-here" || {
            echo "not ok - $name is written otherwise"
            exit 1
        }
        recoded=$((recoded + 1))
    done < <(grep -v '^#' "$folder/MANIFEST.tsv")
    echo "ok - $folder: $((${#pairs[@]} / 2)) files decoded, $recoded written once more"
done
