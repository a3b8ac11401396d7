#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The ways in which stock Ceph gives a client empty data with success, tried one after the other (ceph-plugin/README.md
# lists them): none may do so with zipnn. Right data, an error, or no answer: never wrong data with success.
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"
other_version=$build_dir/tests-plugin-other-version
compressor=$CLUSTER_DIR/plugins/compressor

compressed() { perf_counter osd.0 bluestore bluestore_compressed_original; }
start_osd() { quietly "$cluster" start osd.0; }
log_says() { grep -q -- "$1" "$CLUSTER_DIR/log/osd.0.log"; }
forget_log() { : >"$CLUSTER_DIR/log/osd.0.log"; }

# A read that must not succeed: an error or silence (the OSD is down), and no file that looks like an answer.
no_answer() {
    local status=0
    rm -f "$work/back"
    IN_CLUSTER_TIMEOUT=15 in_cluster rados -p "$1" get "$2" "$work/back" >/dev/null 2>&1 || status=$?
    ((status != 0))
}

# written_raw POOL NAME: a write to a zipnn pool succeeds, is not compressed, and reads back identical.
written_raw() {
    local before
    before=$(compressed)
    put "$1" "$2" "$work/model" && same "$1" "$2" "$work/model" && (($(compressed) == before))
}

CLUSTER_TIMEOUT=40 "$cluster" create
make_pool pool zipnn
quietly in_cluster ceph osd pool set pool csum_type none # so that only zipnn notices damage
payload bf16 8388608 1 >"$work/model"
put pool model "$work/model"
check_number "bytes compressed at the start" "$(compressed)" '==' 8388608

echo "--- the slot's file is replaced under a running OSD that has read nothing, as package upgrades do"
for replacement in "$other_version/libceph_zstd.so" /bin/true removed; do
    restart_osd
    rm "$compressor/libceph_zstd.so"
    [[ $replacement == removed ]] || cp "$replacement" "$compressor/libceph_zstd.so"
    check "slot file now ${replacement##*/}: reads are identical" same pool model "$work/model"
    check "slot file now ${replacement##*/}: new data stays raw, since a restart could not read it" \
        written_raw pool "raw-${replacement##*/}"
    slot_holds "$build_dir/libceph_zstd.so"
    start_osd
done

echo "--- a stub of another version in the slot when the OSD starts"
forget_log
slot_holds "$other_version/libceph_zstd.so"
if CLUSTER_TIMEOUT=15 "$cluster" start osd.0 >/dev/null 2>&1; then
    fail "the OSD runs with a stub of another version"
fi
pass "the OSD refuses to run"
check "its log says why" log_says "zipnn: .*built for Ceph 0.0.0"
check "a client gets no answer" no_answer pool model
slot_holds "$build_dir/libceph_zstd.so"
start_osd
check "with the right stub back: identical" same pool model "$work/model"

echo "--- a codec of another version, or none"
for codec in other-version none; do
    quietly "$cluster" stop osd.0
    rm "$compressor/libceph_zipnn.so"
    [[ $codec == none ]] || cp "$other_version/libceph_zipnn.so" "$compressor/"
    start_osd
    check "codec $codec: earlier data is identical" same pool model "$work/model"
    check "codec $codec: new data is stored raw" written_raw pool "codec-$codec"
done
quietly "$cluster" stop osd.0
cp "$build_dir/libceph_zipnn.so" "$compressor/"

echo "--- a stub of another version of zipnn"
sed 's,zipnn slot [0-9.]*/,zipnn slot 9.9.9/,g' "$build_dir/libceph_zstd.so" >"$work/libceph_zstd.so"
forget_log
slot_holds "$work/libceph_zstd.so"
start_osd
check "earlier data is identical" same pool model "$work/model"
check "new data is stored raw" written_raw pool other-stub
check "the log says why" log_says "another library than the stub of this zipnn"

echo "--- the stock plugin alone in the slot"
slot_holds stock
start_osd
check "new data is stored raw" written_raw pool stock-slot
check "a zipnn blob gives the client no answer" no_answer pool model
slot_holds "$build_dir/libceph_zstd.so"
start_osd
check "with the stub back: identical" same pool model "$work/model"

echo "--- the slot would not be mapped when the OSD starts"
sed -i 's/^bluestore compression algorithm = zstd/bluestore compression algorithm = snappy/' "$CLUSTER_DIR/ceph.conf"
forget_log
restart_osd
check "new data is stored raw" written_raw pool unmapped-slot
check "the log says what to set" log_says "bluestore_compression_algorithm zstd"
sed -i 's/^bluestore compression algorithm = snappy/bluestore compression algorithm = zstd/' "$CLUSTER_DIR/ceph.conf"

echo "--- ZIPNN_MODE=shadow: encode, verify, count, store plainly"
quietly "$cluster" stop osd.0
ZIPNN_MODE=shadow quietly "$cluster" start osd.0
check "the data is stored raw" written_raw pool shadow
check_number "blobs are counted" "$(perf_counter osd.0 zipnn compress_bytes_out)" '>' 0
restart_osd

echo "--- a damaged blob"
quietly "$cluster" stop osd.0
forget_log
damaged=$("${python[@]}" "$tests_dir/damage_blobs.py" "$CLUSTER_DIR/osd.0/block")
check_number "blobs damaged" "$damaged" '>=' 16
start_osd
check "a client gets no answer" no_answer pool model
check "the log names the reason" log_says "zipnn: .*checksum mismatch\|zipnn: .*corrupted"
for name in raw-removed codec-none shadow; do
    quietly "$cluster" start osd.0
    check "other data is unharmed: $name" same pool "$name" "$work/model"
done
quietly "$cluster" destroy

echo "--- a damaged blob with a replica"
CLUSTER_OSDS=2 "$cluster" create
make_pool pool zipnn
quietly in_cluster ceph osd pool set pool csum_type none
put pool model "$work/model"
primary=$(in_cluster ceph osd map pool model --format json |
    "${python[@]}" -c 'import json, sys; print(json.load(sys.stdin)["acting_primary"])')
quietly "$cluster" stop "osd.$primary"
"${python[@]}" "$tests_dir/damage_blobs.py" "$CLUSTER_DIR/osd.$primary/block" >/dev/null
quietly "$cluster" start "osd.$primary"
check "the primary stops, the replica serves: identical" env IN_CLUSTER_TIMEOUT=120 \
    bash -c ". '$tests_dir/lib.sh'; in_cluster rados -p pool get model '$work/back'"
check "what came is what was written" cmp "$work/model" "$work/back"
