#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# 1 MiB out of a .znn of 1 GiB raw: strace counts the bytes that zipnn reads, which must be the header, the footer, the
# seek table and the chunks that the range touches, no more.
set -euo pipefail

build=$(cd "$1" && pwd)
corpus=${ZIPNN_CORPUS:-$build/corpus}
work=$(mktemp -d "${TMPDIR:-/tmp}/zipnn-range.XXXXXX")
trap 'rm -rf "$work"' EXIT
size=$((1 << 30))
offset=$((size / 2 + 12345))
length=$((1 << 20))

shopt -s nullglob
models=("$corpus"/*.bf16.safetensors)
((${#models[@]} > 0)) || {
    echo "$corpus holds no *.bf16.safetensors: run tests/corpus/make.sh, or tests/run.sh corpus" >&2
    exit 1
}
# The reader is ended by head, which takes what it needs.
(while cat "${models[0]}" 2>/dev/null; do :; done) | head -c $size >"$work/raw" || true
"$build/zipnn" -q -T0 "$work/raw" -o "$work/znn"
strace -f -y -e trace=read,pread64,readv,preadv,mmap -o "$work/trace" \
    "$build/zipnn" -q -dc --range=$offset:$length "$work/znn" >"$work/part"
cmp "$work/part" <(tail -c +$((offset + 1)) "$work/raw" | head -c $length)

# Allowed: header 8, end mark 8, footer 24, 12 bytes a chunk, and the chunks. A chunk is 256 KiB raw here, so the range
# touches five, none of them longer coded than raw.
read_bytes=$(awk -v file="<$work/znn>" 'index($0, file) && / = [0-9]+$/ {sum += $NF} END {print sum + 0}' "$work/trace")
table=$((8 + 8 + 24 + 12 * (size >> 18)))
allowed=$((table + 5 * (262144 + 8)))
mapped=$(grep -c "mmap.*<$work/znn>" "$work/trace" || true)
echo "a range of $length bytes from $(stat -c %s "$work/znn"): read $read_bytes bytes, $table of them table, header and footer; mapped $mapped times"
((mapped == 0 && read_bytes > table && read_bytes <= allowed)) || {
    echo "more than $allowed bytes were read" >&2
    exit 1
}
