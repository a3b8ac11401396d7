#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The main promise: a pool with compression_algorithm zipnn stores models in two thirds of the space and gives them back
# identical, on stock daemons. Sizes are those that BlueStore and `ceph df` count, not ours.
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"

"$cluster" create
for algorithm in none zstd zipnn; do
    make_pool "p$algorithm" "$algorithm"
done
MiB=$((1 << 20))

original() { perf_counter osd.0 bluestore bluestore_compressed_original; }
allocated() { perf_counter osd.0 bluestore bluestore_compressed_allocated; }
percent() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", 100 * a / b}'; }

# stores KIND LIMIT: an object of a kind goes into the pool and takes at most LIMIT percent.
stores() {
    local kind=$1 limit=$2 file=$work/$1 size=$((48 * MiB)) before_original before_allocated before_stored after
    payload "$kind" "$size" 7 >"$file"
    before_original=$(original)
    before_allocated=$(allocated)
    before_stored=$(pool_stored pzipnn)
    put pzipnn "$kind" "$file"
    after=$(pool_stored pzipnn)
    check_number "$kind: percent allocated, by BlueStore's counters" \
        "$(percent $(($(allocated) - before_allocated)) $(($(original) - before_original)))" '<=' "$limit"
    check_number "$kind: bytes BlueStore compressed" $(($(original) - before_original)) '==' "$size"
    check_number "$kind: percent stored, by ceph df" "$(percent $((after - before_stored)) "$size")" '<=' "$limit"
    check "$kind: identical" same pzipnn "$kind" "$file"
}
stores bf16 69
stores fp32 86
stores fp16 88

check_number "the plugin counts its blobs" "$(perf_counter osd.0 zipnn compress_calls)" '>' 0
check_number "verification found no mismatch" "$(perf_counter osd.0 zipnn verify_failures)" '==' 0

restart_osd
for kind in bf16 fp32 fp16; do
    check "$kind: identical after a restart of the OSD" same pzipnn "$kind" "$work/$kind"
done

# Text: no worse than zstd's own pool. The counters are in bytes of the allocation unit, so the object is large.
payload text $((48 * MiB)) 1 >"$work/text"
for algorithm in zstd zipnn; do
    before=$(pool_stored "p$algorithm")
    put "p$algorithm" text "$work/text"
    declare "text_$algorithm=$(($(pool_stored "p$algorithm") - before))"
    check "text: identical from the $algorithm pool" same "p$algorithm" text "$work/text"
done
# shellcheck disable=SC2154  # declared in the loop
check_number "text: percent of what the zstd pool takes" "$(percent "$text_zipnn" "$text_zstd")" '<=' 100.1

# What does not shrink is stored as it is, and takes what it takes without compression.
payload noise $((16 * MiB)) 3 >"$work/noise"
for algorithm in none zipnn; do
    before=$(pool_stored "p$algorithm")
    put "p$algorithm" noise "$work/noise"
    declare "noise_$algorithm=$(($(pool_stored "p$algorithm") - before))"
    check "noise: identical from the $algorithm pool" same "p$algorithm" noise "$work/noise"
done
# shellcheck disable=SC2154
check_number "noise: bytes more than without compression" $((noise_zipnn - noise_none)) '<=' 0

check "eight writers and readers at once, overwrites and appends included" \
    in_cluster "${python[@]}" "$tests_dir/rados_objects.py" pzipnn
restart_osd
check "their objects are identical after a restart" \
    in_cluster "${python[@]}" "$tests_dir/rados_objects.py" --verify pzipnn

quietly "$cluster" stop osd.0
check "fsck --deep finds nothing wrong" quietly in_cluster ceph-bluestore-tool fsck --deep yes \
    --path "$CLUSTER_DIR/osd.0"
