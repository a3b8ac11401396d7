#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Every file of the corpus, whatever its kind, comes back identical through blobs and through .znn files, and nothing
# grows by more than promised. The corpus is fetched or made by make.sh before.
set -euo pipefail

build=$(cd "$1" && pwd)
corpus=${ZIPNN_CORPUS:-$build/corpus}
work=$(mktemp -d "${TMPDIR:-/tmp}/zipnn-corpus.XXXXXX")
trap 'rm -rf "$work"' EXIT
[[ -d $corpus ]] || {
    echo "no corpus in $corpus: run tests/corpus/make.sh, or tests/run.sh corpus" >&2
    exit 1
}

shopt -s nullglob
files=("$corpus"/*.{safetensors,bin,onnx,pth,data,jpg,txt,json})
((${#files[@]} > 0)) || {
    echo "$corpus holds no files" >&2
    exit 1
}
"$build/roundtrip" "${files[@]}"
for file in "${files[@]}"; do
    "$build/zipnn" -q -k -f -T2 "$file" -o "$work/znn"
    raw=$(stat -c %s "$file")
    coded=$(stat -c %s "$work/znn")
    ((coded <= raw + 64 + raw / 5000)) || {
        echo "$file: $raw bytes became $coded: more than 64 bytes + 0.02 % larger" >&2
        exit 1
    }
    "$build/zipnn" -q -d -c "$work/znn" | cmp - "$file"
    awk -v f="${file##*/}" -v r="$raw" -v c="$coded" 'BEGIN {printf "%-40s .znn %6.2f %%\n", f, 100 * c / r}'
done
