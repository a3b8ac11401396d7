#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# A kernel that miscomputes once, as a failing CPU does, in real daemons. On the way in: the blob is verified, so the
# data is stored plainly, and counter, log and health say so. On the way out: the checksum notices. The kernels are
# those of tests/unit/miscompute.c: right for some blobs, then wrong by one bit, then right again.
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"
compressor=$CLUSTER_DIR/plugins/compressor
count=80 # objects, of a blob each: more than come before the fault
faults=0 objects=0

# miscomputes FILE KERNEL: puts a library with a fault, or the right one, into the daemons' folder.
miscomputes() { cp --remove-destination "$build_dir/tests-plugin-miscompute-$2/$1" "$compressor/"; }
computes() { cp --remove-destination "$build_dir/$1" "$compressor/"; }

# objects write|read STORE
objects() { IN_CLUSTER_TIMEOUT=300 in_cluster "${python[@]}" "$tests_dir/flip_objects.py" "$1" "$2" "$count" 20; }

# reads STORE IDENTICAL ERRORS: exactly that many.
reads() {
    local figures
    figures=$(objects read "$1") || return
    [[ $figures == "$2 $3" ]] || { echo "$1: identical and errors: $figures" && return 1; }
}

# one_fault DAEMON: its counters say that some blobs were made, then one did not verify; and the log says it once. From
# then on ceph-osd makes none; radosgw, where each piece must become a blob, makes blobs of stored data.
one_fault() {
    local calls rejected failures
    read -r calls rejected failures <<<"$(counters "$1" zipnn/{compress_calls,compress_rejected,verify_failures})"
    echo "$1: $calls blobs to make, $((calls - rejected)) made, $failures did not verify"
    ((failures == 1 && calls - rejected >= 10)) || return
    [[ $1 == rgw ]] || ((rejected > 1)) || return
    [[ $(grep -c "zipnn: a fresh blob of .* does not decode" "$CLUSTER_DIR/log/$1.log") == 1 ]]
}

# made_none COMMAND...: it writes to ceph-osd, and no blob is made of it.
made_none() {
    local before after
    before=$(counters osd.0 zipnn/compress_bytes_out)
    "$@" || return
    after=$(counters osd.0 zipnn/compress_bytes_out)
    ((after == before))
}

# health_tells yes|no: within a minute.
health_tells() {
    local deadline=$((SECONDS + 60)) tells=
    until [[ $tells == "$1" ]]; do
        ((SECONDS < deadline)) || return 1
        sleep 0.5
        tells=no
        [[ $(in_cluster ceph health detail) != *BLUESTORE_NO_COMPRESSION* ]] || tells=yes
    done
}

# cluster_log_tells: within a minute: the monitor's health is there a moment before its line in the log.
cluster_log_tells() {
    local deadline=$((SECONDS + 60))
    until grep -q "Health check failed.*BLUESTORE_NO_COMPRESSION" "$CLUSTER_DIR/log/cluster.log"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.5
    done
}

# start_osd: and forget what health and the cluster's log said.
start_osd() {
    quietly "$cluster" start osd.0
    health_tells no
    : >"$CLUSTER_DIR/log/cluster.log"
}

CLUSTER_RGW=1 "$cluster" create
name_rgw

echo "--- ceph-osd, on the way in"
payload bf16 524288 9 >"$work/model"
for kernel in split encode crc merge decode; do
    quietly "$cluster" stop osd.0
    miscomputes libceph_zipnn.so "$kernel"
    : >"$CLUSTER_DIR/log/osd.0.log"
    start_osd
    make_pool "$kernel" zipnn
    objects write "rados:$kernel"
    check "$kernel: noticed, counted, logged, once" one_fault osd.0
    check "$kernel: no blobs from then on" made_none put "$kernel" model "$work/model"
    check "$kernel: all objects are identical" reads "rados:$kernel" "$count" 0
    check "$kernel: health tells" health_tells yes
    check "$kernel: the cluster's log tells" cluster_log_tells
    faults=$((faults + 1)) objects=$((objects + count))
done
quietly "$cluster" stop osd.0
computes libceph_zipnn.so
start_osd
for kernel in split encode crc merge decode; do
    check "$kernel: identical after a restart with the right library" reads "rados:$kernel" "$count" 0
done
make_pool right zipnn
objects write rados:right
check_number "blobs are made again: bytes" "$(counters osd.0 zipnn/compress_bytes_out)" '>' 0

echo "--- ceph-osd, on the way out"
for kernel in merge decode; do
    quietly "$cluster" stop osd.0
    miscomputes libceph_zstd.so "$kernel"
    : >"$CLUSTER_DIR/log/osd.0.log"
    start_osd
    figures=$(objects read rados:right)
    read -r identical errors <<<"$figures"
    check_number "$kernel: objects with the right bytes" "$identical" '>' 0
    check_number "$kernel: objects without an answer" "$errors" '>' 0
    check "$kernel: the OSD has stopped" stopped osd.0
    check "$kernel: its log says why" grep -q "zipnn: cannot decode a blob of .* mismatch" \
        "$CLUSTER_DIR/log/osd.0.log"
    faults=$((faults + 1))
done
computes libceph_zstd.so
start_osd
check "all are identical after a restart with the right library" reads rados:right "$count" 0

echo "--- radosgw, both ways"
objects write s3:right
for kernel in split encode; do
    quietly "$cluster" stop rgw
    miscomputes libceph_zipnn.so "$kernel"
    : >"$CLUSTER_DIR/log/rgw.log"
    quietly "$cluster" start rgw
    objects write "s3:$kernel"
    check "$kernel: noticed, counted, logged, once" one_fault rgw
    check "$kernel: all objects are identical" reads "s3:$kernel" "$count" 0
    faults=$((faults + 1)) objects=$((objects + count))
done
for kernel in merge decode; do
    quietly "$cluster" stop rgw
    miscomputes libceph_zipnn.so "$kernel"
    quietly "$cluster" start rgw
    check "$kernel: one GET fails, the others are identical" reads s3:right $((count - 1)) 1
    check "$kernel: the next time all are" reads s3:right "$count" 0
    faults=$((faults + 1))
done
echo "faults injected, and each noticed: $faults; objects written meanwhile: $objects"
