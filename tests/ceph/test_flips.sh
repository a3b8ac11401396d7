#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Bits flip on the device, under BlueStore, in stored blobs: at every field of the format, and in many blobs anywhere.
# With BlueStore's own checksums, which come first, and without them, so that it is ours that tell. One replica: an
# error or the right bytes. Three: the right bytes, and a repaired object. Never other bytes, nor none with success.
# usage: test_flips.sh BUILD_DIR [COUNT]      COUNT: blobs to damage in each part
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"
count=${2:-96} # a multiple of the eight kinds
places=(raw-length-top magic version layout check-bit chunk-length crc plane-length coder stored-plane
    code-table codes next-chunk last-byte)
few=16
# Those that the daemon itself is stopped with: other ways through the code.
fatal=(raw-length-top magic coder stored-plane)
tried=0 caught=0 harmless=0 repaired=0

# flip OSD PLACE: prints how many bits; unflip OSD takes the last call back. The OSD is down.
flip() { "${python[@]}" "$tests_dir/damage_blobs.py" "$CLUSTER_DIR/$1/block" "$2" "$work/flips"; }
unflip() { flip "$1" undo >/dev/null; }

# objects write|read STORE COUNT [SECONDS]
objects() { IN_CLUSTER_TIMEOUT=600 in_cluster "${python[@]}" "$tests_dir/flip_objects.py" "$@"; }

# offline_error: what the tool for dead OSDs makes of the damaged object.
offline_error() {
    rm -f "$work/back"
    local status=0
    in_cluster ceph-objectstore-tool --data-path "$CLUSTER_DIR/osd.0" model get-bytes "$work/back" \
        >/dev/null 2>"$work/tool" || status=$?
    ((status != 0)) && [[ ! -s $work/back ]] && grep -q "zipnn: cannot decode" "$work/tool"
}

# fatal_read POOL NAME: the client gets nothing, the OSD ends and says why.
fatal_read() {
    : >"$CLUSTER_DIR/log/osd.0.log"
    rm -f "$work/back"
    ! IN_CLUSTER_TIMEOUT=60 in_cluster rados --rados-osd-op-timeout 10 -p "$1" get "$2" "$work/back" \
        >/dev/null 2>&1 && [[ ! -s $work/back ]] && stopped osd.0 &&
        grep -q "zipnn: cannot decode" "$CLUSTER_DIR/log/osd.0.log"
}

# read_damaged STORE COUNT: objects that are damaged, all of them. Errors, but where a flip does no harm; counts them.
read_damaged() {
    local figures identical errors
    figures=$(objects read "$1" "$2" 20) || return
    read -r identical errors <<<"$figures"
    echo "$1: $2 bits flipped, $errors errors, $identical identical"
    tried=$((tried + $2)) caught=$((caught + errors)) harmless=$((harmless + identical))
    ((errors >= $2 * 9 / 10))
}

# all_identical STORE
all_identical() {
    local figures
    figures=$(objects read "$1" "$count") || return
    [[ $figures == "$count 0" ]] || { echo "$1: identical and errors: $figures"; return 1; }
}

# copies_on OSD POOL: how many of the pool's objects have one there.
copies_on() {
    local groups
    groups=$(in_cluster ceph pg ls-by-pool "$2" --format json) || return
    "${python[@]}" -c '
import json, sys
osd, groups = int(sys.argv[1]), json.loads(sys.argv[2])["pg_stats"]
print(sum(group["stat_sum"]["num_objects"] for group in groups if osd in group["acting"]))' "$1" "$groups"
}

# Small blobs would wait in the log of RocksDB, where no flip reaches them; OSDs would keep a digest of whole objects,
# and notice damage before RGW does; scrubs would wait for their turn.
export CLUSTER_OSD_CONF='bluestore prefer deferred size hdd = 0
bluestore prefer deferred size ssd = 0
osd skip data digest = true
osd scrub backoff ratio = 0
osd max scrubs = 8'
CLUSTER_RGW=1 "$cluster" create
name_rgw
make_pool unchecked zipnn
make_pool checked zipnn
for pool in unchecked default.rgw.buckets.data; do
    quietly in_cluster ceph osd pool set "$pool" csum_type none
done

echo "--- one replica, only zipnn's checksum: each field"
payload bf16 524288 1 >"$work/model"
put unchecked model "$work/model"
quietly "$cluster" stop osd.0
for place in "${places[@]}"; do
    check_number "$place: bits flipped" "$(flip osd.0 "$place")" '==' 1
    check "$place: the offline tool gives an error" offline_error
    unflip osd.0
    tried=$((tried + 1)) caught=$((caught + 1))
done
rm -f "$work/back"
quietly in_cluster ceph-objectstore-tool --data-path "$CLUSTER_DIR/osd.0" model get-bytes "$work/back"
check "undamaged, it gives the object" cmp "$work/model" "$work/back"
for place in "${fatal[@]}"; do
    flip osd.0 "$place" >/dev/null
    quietly "$cluster" start osd.0
    check "$place: no answer, the OSD stops and says why" fatal_read unchecked model
    unflip osd.0
    tried=$((tried + 1)) caught=$((caught + 1))
done
quietly "$cluster" start osd.0
check "undamaged, it is identical" same unchecked model "$work/model"

echo "--- one replica, many blobs"
put checked unread "$work/model" # among the first on the device, which are damaged in a field
objects write s3:models "$count"
objects write rados:checked "$few"
quietly "$cluster" stop osd.0
check_number "zipnn blobs damaged" "$(flip osd.0 spread)" '==' $(((count + few) * 7 / 8 + 2))
check_number "zstd blobs damaged" "$(flip osd.0 zstd)" '==' $(((count + few) / 8))
quietly "$cluster" start osd.0
check "only zipnn's checksum, in RGW: no wrong bytes" read_damaged s3:models "$count"
read -r errors <<<"$(counters rgw zipnn/decompress_errors)"
check_number "RGW counts them" "$errors" '>=' $((count * 9 / 10))
check "its log says why" grep -q "zipnn: cannot decode a blob of .* mismatch" "$CLUSTER_DIR/log/rgw.log"
check "BlueStore's checksums: no wrong bytes" read_damaged rados:checked "$few"
check "the daemons still run" quietly "$cluster" status

echo "--- BlueStore told to ignore its own checksums"
quietly "$cluster" stop osd.0
sed -i 's/^bluestore block size/bluestore ignore data csum = true\n&/' "$CLUSTER_DIR/ceph.conf"
quietly "$cluster" start osd.0
check "no answer, the OSD stops and says why" fatal_read checked unread
tried=$((tried + 1)) caught=$((caught + 1))
quietly "$cluster" kill # no need to wait for an RGW without OSD
quietly "$cluster" destroy

CLUSTER_OSDS=3 "$cluster" create
make_pool checked zipnn
objects write rados:checked "$count"

echo "--- three replicas, BlueStore's checksums"
quietly "$cluster" stop osd.1
tried=$((tried + $(flip osd.1 spread)))
tried=$((tried + $(flip osd.1 zstd)))
quietly "$cluster" start osd.1
pg_state clean
check "all objects are identical" all_identical rados:checked
check_number "placement groups that a deep scrub finds inconsistent" "$(pg_state scrub checked)" '>' 0
repaired=$(pg_state repair checked)
check_number "objects repaired, by reads or by the command" "$repaired" '==' "$count"
caught=$((caught + repaired))
check_number "placement groups that are inconsistent after it" "$(pg_state scrub checked)" '==' 0
quietly "$cluster" stop osd.0
quietly "$cluster" stop osd.2
check "all are identical from the repaired OSD alone" all_identical rados:checked
quietly "$cluster" start
quietly in_cluster ceph osd pool delete checked checked --yes-i-really-really-mean-it

echo "--- two replicas, only zipnn's checksum"
make_pool unchecked zipnn
for pool in unchecked device_health_metrics; do
    quietly in_cluster ceph osd pool set "$pool" size 2 # so that two OSDs suffice
done
quietly in_cluster ceph osd pool set unchecked csum_type none
pg_state clean
objects write rados:unchecked "$count"
pg_state clean # for the number of copies
copies=$(copies_on 1 unchecked)
check_number "copies on the OSD to be damaged" "$copies" '>' 0
quietly "$cluster" stop osd.1
flip osd.1 spread >/dev/null
flip osd.1 zstd >/dev/null
quietly "$cluster" start osd.1
check "all objects are identical" all_identical rados:unchecked
check "the damaged OSD has stopped" stopped osd.1
check "its log says why" grep -q "zipnn: cannot decode" "$CLUSTER_DIR/log/osd.1.log"
quietly in_cluster ceph osd out 1
pg_state clean
check_number "placement groups that are inconsistent, now all on the others" "$(pg_state scrub unchecked)" '==' 0
check "all are identical" all_identical rados:unchecked
# It stopped at the first one it read. The others were never read: their objects were recovered from the other copies.
echo "flips tried $((tried + 1)), caught $((caught + 1)), harmless $harmless, objects repaired $repaired; beside them" \
    "$((copies - 1)) damaged copies on an OSD that had stopped, their objects recovered from the others"
