#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# test_aarch64.sh BUILD_DIR [CORPUS]: the fuzz targets that compare sets of instructions, on aarch64 by an emulator: NEON beside
# scalar, on all cases and seeds, each also a few times changed; with CORPUS (build-fuzz/corpus), on what fuzzing has kept.
# Exits with 77, for skipped, where the cross compiler, the emulator or the libraries are missing; tests/run.sh fetches them.
set -euo pipefail

build=$(realpath "$1")
corpus=${2:+$(realpath "$2")}
cd "$(dirname "$0")/../.."
libraries=$build/arm64
# shellcheck source=tests/cross.sh
. tests/cross.sh
need_cross aarch64 "$libraries"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# With the warnings of src/CMakeLists.txt. round_trip needs the command line's engine.
list=$(library_sources)
mapfile -t sources <<<"$list"
sources+=(src/cli/{archive,compress,decompress,engine,input,list,message,options,progress,range,stream,table}.c src/pool/pool.c
    tests/fuzz/{cli,container,container_mutate,contexts,fuzz,mutate,recipe,replay}.c tests/unit/data.c)

/usr/bin/python3 -B tests/fuzz/seeds.py "$work/seeds"
for target in decode_blob round_trip; do
    aarch64-linux-gnu-gcc -std=gnu11 -O1 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Wshadow -Wvla -Wconversion -Werror \
        -I include -I src -I tests/unit -I "$libraries/usr/include" "tests/fuzz/$target.c" "${sources[@]}" -o "$work/$target" \
        -ffunction-sections -Wl,--gc-sections -L "$libraries/usr/lib/aarch64-linux-gnu" -l:libzstd.a -l:libisal.so.2 -lpthread
    inputs=(-m 4 "$work/seeds/$target") # four changed copies of each
    [[ ! -d tests/fuzz/cases/$target ]] || inputs+=("tests/fuzz/cases/$target")
    [[ -z $corpus ]] || inputs=("$corpus/$target")
    printf '%s: ' "$target"
    env -u ZIPNN_CPU qemu-aarch64 -L /usr/aarch64-linux-gnu -E "LD_LIBRARY_PATH=$libraries/usr/lib/aarch64-linux-gnu" \
        "$work/$target" "${inputs[@]}" || {
        echo "not ok - $target on aarch64: the input is named above; a copy's number is its seed (replay.c)"
        exit 1
    }
done
