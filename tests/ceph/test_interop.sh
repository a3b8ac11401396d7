#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# zstd data is nobody's hostage: what the stock plugin wrote is readable through our stub, and what we write as zstd (the
# fallback for other data, and what a zstd pool gets through the stub) is readable with the stock plugin alone.
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"

"$cluster" create
make_pool pzstd zstd
make_pool pzipnn zipnn
payload text 12345678 1 >"$work/text"
payload bf16 9876543 2 >"$work/bf16"
payload noise 5000000 3 >"$work/noise"
kinds=(text bf16 noise)

compressed() { perf_counter osd.0 bluestore bluestore_compressed_original; }

slot_holds stock
quietly "$cluster" start osd.0
before=$(compressed)
for kind in "${kinds[@]}"; do
    put pzstd "stock-$kind" "$work/$kind"
done
check_number "stock plugin: bytes it compressed" $(($(compressed) - before)) '>' 12000000

slot_holds "$build_dir/libceph_zstd.so"
quietly "$cluster" start osd.0
for kind in "${kinds[@]}"; do
    check "$kind by the stock plugin is readable through the stub" same pzstd "stock-$kind" "$work/$kind"
done
check_number "the stub gave zstd blobs to the stock plugin" "$(perf_counter osd.0 zipnn-slot zstd_decompress_calls)" '>' 0

before=$(compressed)
for kind in "${kinds[@]}"; do
    put pzstd "stub-$kind" "$work/$kind"
    check "$kind through the stub: identical" same pzstd "stub-$kind" "$work/$kind"
done
put pzipnn text "$work/text"
check_number "bytes compressed through the stub and by zipnn's fallback" $(($(compressed) - before)) '>' 24000000
check "zipnn's fallback is zstd: the slot decodes it without zipnn" same pzipnn text "$work/text"

slot_holds stock
quietly "$cluster" start osd.0
for kind in "${kinds[@]}"; do
    check "$kind through the stub is readable with the stock plugin alone" same pzstd "stub-$kind" "$work/$kind"
done
check "text of the zipnn pool is readable with the stock plugin alone" same pzipnn text "$work/text"
