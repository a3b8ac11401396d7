#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# S3 through a stock RGW whose placement compresses with zipnn: single and multipart uploads, whole and range reads.
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"

CLUSTER_RGW=1 "$cluster" create
set -a
# shellcheck source=/dev/null  # written by cluster.sh
. "$CLUSTER_DIR/rgw.env"
set +a

check "S3 clients get back every byte" timeout 600 "${python[@]}" "$tests_dir/rgw_objects.py"

payload bf16 20000003 5 >"$work/model"
quietly s3 put "$work/model" s3://models/model
object=$(in_cluster radosgw-admin object stat --bucket models --object model)
check "RGW stores the algorithm by name" grep -q '"compression_type": "zipnn"' <<<"$object"
stored=$("${python[@]}" -c 'import json, sys; print(json.load(sys.stdin)["compression"]["blocks"][-1]["new_ofs"])' <<<"$object")
check_number "a BF16 model: compressed offset of its last piece, of 20000003 bytes" "$stored" '<' 14000000
check_number "the plugin counts its blobs" "$(perf_counter rgw zipnn compress_calls)" '>' 0

quietly "$cluster" stop rgw
quietly "$cluster" start rgw
quietly s3 get --force s3://models/model "$work/back"
check "identical after a restart of the RGW" cmp "$work/model" "$work/back"

# A GET that must not succeed with wrong data: s3cmd sees an error, or gets fewer bytes than announced.
no_answer() {
    rm -f "$work/back"
    ! IN_CLUSTER_TIMEOUT=60 s3 get --force "$1" "$work/back" >/dev/null 2>&1
}

echo "--- a plugin of another version"
quietly "$cluster" stop rgw
cp --remove-destination "$build_dir/tests-plugin-other-version/libceph_zipnn.so" "$CLUSTER_DIR/plugins/compressor/"
quietly "$cluster" start rgw
check "the GET fails" no_answer s3://models/model
quietly s3 put "$work/model" s3://models/plain
quietly s3 get --force s3://models/plain "$work/back"
check "new objects are stored plainly and come back" cmp "$work/model" "$work/back"
quietly "$cluster" stop rgw
cp --remove-destination "$build_dir/libceph_zipnn.so" "$CLUSTER_DIR/plugins/compressor/"
quietly "$cluster" start rgw
quietly s3 get --force s3://models/model "$work/back"
check "with the right plugin back: identical" cmp "$work/model" "$work/back"

echo "--- a damaged object"
payload bf16 3000000 6 >"$work/small"
quietly s3 put "$work/small" s3://models/small
pool=default.rgw.buckets.data
name=$(in_cluster rados -p "$pool" ls | grep '_small$')
in_cluster rados -p "$pool" get "$name" "$work/coded"
# Only the bytes: `rados put` would drop the attributes that make it an S3 object.
"${python[@]}" -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[4000] ^= 0x10
open(sys.argv[1], "wb").write(data[4000:4001])' "$work/coded"
in_cluster rados -p "$pool" put "$name" "$work/coded" --offset 4000
check "the GET fails" no_answer s3://models/small
check "the log names the reason" grep -q 'zipnn: .*\(checksum mismatch\|corrupted input\)' "$CLUSTER_DIR/log/rgw.log"
quietly s3 get --force s3://models/model "$work/back"
check "the RGW lives and others are served" cmp "$work/model" "$work/back"

echo "--- going back: without the placement, then without the plugin"
quietly in_cluster radosgw-admin zone placement modify --rgw-zone default --placement-id default-placement \
    --compression none
quietly "$cluster" stop rgw
quietly "$cluster" start rgw
quietly s3 get --force s3://models/model "$work/back"
check "old objects are readable" cmp "$work/model" "$work/back"
quietly s3 put "$work/back" s3://models/model
object=$(in_cluster radosgw-admin object stat --bucket models --object model)
[[ $object != *'"compression_type": "zipnn"'* ]] || fail "an object uploaded again is still zipnn's: $object"
pass "an object uploaded again is no longer zipnn's"
quietly "$cluster" stop rgw
rm "$CLUSTER_DIR/plugins/compressor/libceph_zipnn.so"
quietly "$cluster" start rgw
quietly s3 get --force s3://models/model "$work/back"
check "and needs no plugin" cmp "$work/model" "$work/back"
