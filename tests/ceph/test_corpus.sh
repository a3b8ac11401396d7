#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The pool's promise with real weights: the corpus (tests/corpus/make.sh) through a zipnn pool, sizes by BlueStore's
# counters and by `ceph df`. Other data beside it: text against a zstd pool, a JPEG against no compression.
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"
corpus=${ZIPNN_CORPUS:-$build_dir/corpus}
[[ -d $corpus ]] || fail "no corpus in $corpus: run tests/corpus/make.sh, or tests/run.sh corpus"

"$cluster" create
for algorithm in none zstd zipnn; do
    make_pool "p$algorithm" "$algorithm"
done

# growth POOL FILE NAME: bytes the pool grows by when the file becomes an object of it, which then reads back identical.
growth() {
    local before
    before=$(pool_stored "$1")
    put "$1" "$3" "$2"
    same "$1" "$3" "$2" || return
    echo $(($(pool_stored "$1") - before))
}
# Objects of less than a megabyte say more of the allocation unit than of the codec.
whole_percent() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", 100 * a / b}'; }

# at_most LIMIT FILE: percent allocated, by the pool and by BlueStore's counters of what it compressed.
at_most() {
    local file=$corpus/$2 original allocated grown
    if [[ ! -f $file ]]; then
        echo "skipped: $2 is not in the corpus (its registry could not be reached)"
        return
    fi
    original=$(perf_counter osd.0 bluestore bluestore_compressed_original)
    allocated=$(perf_counter osd.0 bluestore bluestore_compressed_allocated)
    grown=$(growth pzipnn "$file" "$2") || fail "$2: what came back differs"
    original=$(($(perf_counter osd.0 bluestore bluestore_compressed_original) - original))
    allocated=$(($(perf_counter osd.0 bluestore bluestore_compressed_allocated) - allocated))
    check_number "$2: percent of the pool's bytes, read back identical" \
        "$(whole_percent "$grown" "$(stat -c %s "$file")")" '<=' "$1"
    check_number "$2: percent allocated of what BlueStore compressed" \
        "$(whole_percent "$allocated" "$original")" '<=' "$1"
}
at_most 69 minilm.bf16.safetensors
at_most 69 esrgan-x4.bf16.bin
at_most 86 minilm.fp32.safetensors
at_most 86 esrgan-x2.fp32.bin
at_most 89 minilm.fp16.safetensors
at_most 69 minilm.fp16-from-bf16.safetensors
at_most 50 minilm.fp32-from-fp16.safetensors
at_most 36 minilm.fp32-from-bf16.safetensors
at_most 64 crepe-full.fp32-clean.pth
at_most 86 gaussian.fp32.safetensors
at_most 69 gaussian.bf16.safetensors

if [[ -f $corpus/sources.txt ]]; then
    zstd=$(growth pzstd "$corpus/sources.txt" text)
    zipnn=$(growth pzipnn "$corpus/sources.txt" text)
    check_number "text: percent of what the zstd pool takes" "$(whole_percent "$zipnn" "$zstd")" '<=' 100.1
fi
if [[ -f $corpus/photo.jpg ]]; then
    none=$(growth pnone "$corpus/photo.jpg" photo)
    zipnn=$(growth pzipnn "$corpus/photo.jpg" photo)
    check_number "JPEG: bytes more than without compression" $((zipnn - none)) '<=' 0
fi
