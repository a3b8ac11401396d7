#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Daemons die by kill -9 while objects of every kind are written: what was acknowledged is there afterwards, byte for
# byte, and what was not is there wholly or not at all. In each round one daemon dies, or all at once; with it one of
# the writers, so that its last writes were never acknowledged. Three OSDs serve a pool with one replica (its data
# waits for the dead OSD) and one with three (its data goes on).
# usage: test_faults.sh BUILD_DIR [ROUNDS]
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"
rounds=${2:-5}
victims=(osd.0 mon rgw osd.1 all osd.2)
patience=120 # seconds that anything may take on a busy machine

# start_writer NAME STORE: its process is $!, not that of a shell, and can be killed.
start_writer() {
    local ledger=$work/$1
    CEPH_CONF=$CLUSTER_DIR/ceph.conf CEPH_ARGS='' "${python[@]}" "$tests_dir/fault_load.py" write "$2" "$work/kinds" \
        "$ledger" </dev/null >"$ledger.out" 2>&1 &
    writers[$1]=$!
}

# fault_load COMMAND STORE LEDGER...
fault_load() {
    IN_CLUSTER_TIMEOUT=300 in_cluster "${python[@]}" "$tests_dir/fault_load.py" "$1" "$2" "$work/kinds" "${@:3}"
}

# ledgers_of STORE ROUND: those that the round's writers to a store have left.
ledgers_of() {
    local name
    for name in "${names[@]}"; do
        if [[ -f $work/$2.$name && $(store_of "$2" "$name") == "$1" ]]; then
            printf '%s\n' "$work/$2.$name"
        fi
    done
}

acknowledged() { grep -c ^ack "$work/$1" || true; }

# await_writes NAME COUNT: until that many writes have been acknowledged.
await_writes() {
    local deadline=$((SECONDS + patience))
    until [[ -f $work/$1 ]] && (($(acknowledged "$1") >= $2)); do
        kill -0 "${writers[$1]}" 2>/dev/null || fail "the writer $1 has ended: $(<"$work/$1.out")"
        ((SECONDS < deadline)) || fail "$1: $(acknowledged "$1") writes acknowledged after $patience s, expected $2"
        sleep 0.1
    done
}

# end_writer NAME: what is under way is finished.
end_writer() {
    local pid=${writers[$1]} deadline=$((SECONDS + patience))
    kill -TERM "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        ((SECONDS < deadline)) || fail "the writer $1 does not end within $patience s: its writes hang"
        sleep 0.1
    done
    wait "$pid" || fail "the writer $1: $(<"$work/$1.out")"
}

# compare STORE LEDGER...
compare() {
    local count
    count=$(fault_load check "$@") || return
    comparisons=$((comparisons + count))
}

# blobs_made DAEMON: since its start, and that it reads them; without them the test would prove nothing.
blobs_made() {
    local figures
    local -a n
    figures=$(counters "$1" zipnn/{compress_calls,compress_rejected,verify_failures,decompress_calls} \
        zipnn-slot/zipnn_decompress_calls zipnn/decompress_errors zipnn-slot/decompress_errors) || return
    read -ra n <<<"$figures"
    printf '%s: %d blobs made, %d read\n' "$1" $((n[0] - n[1])) $((n[3] + n[4]))
    ((n[0] > n[1] && n[2] == 0 && n[3] + n[4] > 0 && n[5] == 0 && n[6] == 0))
}

# percents_compressed POOL...: of each one's bytes, how many lie in compressed blobs, by `ceph df`.
percents_compressed() {
    local df
    df=$(in_cluster ceph df detail --format json) || return
    "${python[@]}" -c '
import json, sys
stats = {pool["name"]: pool["stats"] for pool in json.loads(sys.argv[1])["pools"]}
print(*(100 * stats[name]["compress_under_bytes"] // max(stats[name]["stored_raw"], 1) for name in sys.argv[2:]))' \
        "$df" "$@"
}

# store_of ROUND NAME: the doomed one writes to the pool with one replica and to that with three in turn.
store_of() {
    case $2 in
    s3) echo s3:models ;;
    doomed) (($1 % 2)) && echo rados:one || echo rados:three ;;
    *) echo "rados:$2" ;;
    esac
}

CLUSTER_OSDS=3 CLUSTER_RGW=1 "$cluster" create
for pool in one three; do
    make_pool "$pool" zipnn
done
quietly in_cluster ceph osd pool set one size 1 --yes-i-really-mean-it
quietly in_cluster ceph config set client rgw_gc_obj_min_wait 5 # what is overwritten shall not fill the disk
pg_state clean
name_rgw
mkdir "$work/kinds"
"${python[@]}" "$tests_dir/fault_load.py" kinds "$work/kinds"

declare -A writers=()
names=(s3 one three doomed) # S3 begins, as the slowest
declare -A enough=([s3]=10 [one]=30 [three]=30 [doomed]=30)
stores=(rados:one rados:three s3:models)
comparisons=0
for ((round = 1; round <= rounds; round++)); do
    victim=${victims[(round - 1) % ${#victims[@]}]}
    echo "--- round $round of $rounds: kill -9 of $victim"
    for name in "${names[@]}"; do
        start_writer "$round.$name" "$(store_of "$round" "$name")"
        await_writes "$round.$name" "${enough[$name]}"
    done
    sleep "0.$((RANDOM % 10))"
    quietly "$cluster" kill "${victim/#all/}"
    kill -KILL "${writers[$round.doomed]}"
    wait "${writers[$round.doomed]}" 2>/dev/null || true
    sleep 1
    quietly "$cluster" start
    for name in one three s3; do
        await_writes "$round.$name" $(($(acknowledged "$round.$name") + enough[$name]))
        end_writer "$round.$name"
    done
    pg_state clean
    for store in "${stores[@]}"; do
        mapfile -t new < <(ledgers_of "$store" "$round")
        mapfile -t old < <(ledgers_of "$store" $((round - 1)))
        check "$store: all as acknowledged, in this round and the one before" compare "$store" "${new[@]}" "${old[@]}"
        fault_load remove "$store" "${old[@]}"
    done
    for daemon in osd.0 osd.1 osd.2 rgw; do
        check "$daemon has made zipnn blobs since its start, and read some" blobs_made "$daemon"
    done
done
read -r one three <<<"$(percents_compressed one three)"
check_number "percent of pool one in compressed blobs" "$one" '>' 50
check_number "percent of pool three in compressed blobs" "$three" '>' 50
quietly "$cluster" stop
for osd in 0 1 2; do
    check "fsck finds nothing wrong in osd.$osd" quietly in_cluster ceph-bluestore-tool fsck \
        --path "$CLUSTER_DIR/osd.$osd"
done
awk -v rounds="$rounds" -v comparisons="$comparisons" '
    { count[$1]++; objects[$2] }
    END {
        printf "rounds %d, writes acknowledged %d, not acknowledged %d, objects %d, comparisons %d\n",
            rounds, count["ack"], count["begin"] - count["ack"], length(objects), comparisons
    }' "$work"/*.{s3,one,three,doomed}
