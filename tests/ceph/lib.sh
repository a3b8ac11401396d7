# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What scripts need in order to use the cluster that cluster.sh makes: source this file and call
# the functions. They act on the cluster in CLUSTER_DIR, never on one that /etc/ceph describes.
# A function that fails says why on stderr and returns non-zero. Setting shell options is left to
# the caller. Every call of a Ceph tool has a time limit, because the tools wait for ever for a
# monitor or an OSD that is gone.

CLUSTER_DIR=${CLUSTER_DIR:-${TMPDIR:-/tmp}/zipnn-cluster}
[[ $CLUSTER_DIR == /* ]] || CLUSTER_DIR=$PWD/$CLUSTER_DIR
CLUSTER_DIR=${CLUSTER_DIR%/}

# in_cluster PROGRAM [ARGUMENT...]
# Runs a Ceph tool, or any program that uses librados, against the cluster. IN_CLUSTER_TIMEOUT is
# the limit in seconds (default 60); beyond it the status is 124.
# The configuration goes through CEPH_CONF and not through -c: not every tool has that option.
# The monitor shim lets radosgw-admin accept `zipnn`, a name that is not in its closed list.
in_cluster() {
    local -a environment=(CEPH_CONF="$CLUSTER_DIR/ceph.conf" CEPH_ARGS= PYTHONDONTWRITEBYTECODE=1)
    local limit=${IN_CLUSTER_TIMEOUT:-60} status=0
    local shim=$CLUSTER_DIR/libceph_zipnn_monshim.so
    if [[ ! -f $CLUSTER_DIR/ceph.conf ]]; then
        echo "in_cluster: no cluster in CLUSTER_DIR=$CLUSTER_DIR; make it with cluster.sh create" >&2
        return 1
    fi
    if [[ $1 == radosgw-admin && -e $shim ]]; then
        environment+=(LD_PRELOAD="$shim${LD_PRELOAD:+:$LD_PRELOAD}")
    fi
    timeout --foreground --kill-after=5 "$limit" env "${environment[@]}" "$@" || status=$?
    if ((status == 124)); then
        echo "in_cluster: no answer within $limit s (IN_CLUSTER_TIMEOUT): $*; what runs: cluster.sh status" >&2
    fi
    return "$status"
}

# quietly COMMAND [ARGUMENT...]: shows what the command printed only if it failed.
quietly() {
    local output status=0
    output=$("$@" 2>&1) || status=$?
    if ((status)); then
        printf '%s: status %d\n%s\n' "$*" "$status" "$output" >&2
    fi
    return "$status"
}

# daemon_command DAEMON COMMAND [ARGUMENT...]
# Asks a daemon (mon, mgr, osd.N, rgw) through its admin socket; the answer is JSON.
daemon_command() {
    local daemon=$1
    shift
    in_cluster ceph --admin-daemon "$CLUSTER_DIR/run/$daemon.asok" "$@"
}

# perf_counter DAEMON SECTION NAME
# Prints one counter, for example: perf_counter osd.0 bluestore bluestore_compressed_allocated
# NAME is Pacific's: later releases dropped the section from it (compressed_allocated).
perf_counter() {
    local dump
    dump=$(daemon_command "$1" perf dump "$2") || return
    python3 -c '
import json, sys
daemon, section, name, dump = sys.argv[1:]
counters = json.loads(dump).get(section, {})
value = counters.get(name, counters.get(name.removeprefix(section + "_")))
if value is None:
    sys.exit(f"perf_counter: {daemon} has no counter {section}.{name}; "
             "those of a plugin appear once the daemon has loaded it")
print(json.dumps(value) if isinstance(value, dict) else value)' "$1" "$2" "$3" "$dump"
}

# up_osds
# Prints the epoch of the OSD map, then the ids of the OSDs that are up in it.
up_osds() {
    local dump
    dump=$(in_cluster ceph osd dump --format json) || return
    python3 -c '
import json, sys
dump = json.loads(sys.argv[1])
print(dump["epoch"], *[osd["osd"] for osd in dump["osds"] if osd["up"]])' "$dump"
}

# await_osdmap
# Waits until every OSD that is up works with the newest OSD map. A client makes the primary wait
# for the client's map, but nobody makes the replicas: for seconds after a pool was changed they
# may write by its old settings, and an uncompressed replica spoils a measurement.
await_osdmap() {
    local up epoch osds osd state deadline
    up=$(up_osds) || return
    read -r epoch osds <<<"$up"
    for osd in $osds; do
        deadline=$((SECONDS + 60))
        until state=$(in_cluster ceph tell "osd.$osd" status) &&
            [[ $state =~ \"newest_map\":\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= epoch)); do
            if ((SECONDS >= deadline)); then
                echo "await_osdmap: osd.$osd does not have map $epoch after 60 s: $state" >&2
                return 1
            fi
            sleep 0.1
        done
    done
    # An OSD has received a map a moment before its placement groups act by it.
    sleep 0.5
}

# make_pool NAME ALGORITHM
# A pool made for models: blobs of 512 KiB, kept when they shrink to 95 %. Without these settings
# BlueStore cuts 8 KiB blobs and rejects what does not shrink by an eighth. ALGORITHM `none` makes
# a pool that is never compressed. Replicas: min(3, OSDs), the default of the cluster's ceph.conf.
make_pool() {
    local name=$1 algorithm=$2 setting
    local -a settings=("compression_mode none")
    if [[ $algorithm != none ]]; then
        settings=("compression_algorithm $algorithm"
            "compression_required_ratio 0.95"
            "compression_min_blob_size 524288"
            "compression_max_blob_size 524288"
            "compression_mode aggressive")
    fi
    quietly in_cluster ceph osd pool create "$name" 8 8 replicated || return
    quietly in_cluster ceph osd pool application enable "$name" zipnn-test || return
    for setting in "${settings[@]}"; do
        # shellcheck disable=SC2086 # a setting is two words: the name and the value
        quietly in_cluster ceph osd pool set "$name" $setting || return
    done
    await_osdmap
}

# flush_pool_stats
# Makes every OSD report, and waits until the monitor counts with these reports: otherwise
# `ceph df` is some seconds behind the last write.
flush_pool_stats() {
    local up epoch osds osd sequence seen deadline
    up=$(up_osds) || return
    read -r epoch osds <<<"$up"
    for osd in $osds; do
        sequence=$(in_cluster ceph tell "osd.$osd" flush_pg_stats) || return
        deadline=$((SECONDS + 60))
        until seen=$(in_cluster ceph osd last-stat-seq "$osd") && ((seen >= sequence)); do
            if ((SECONDS >= deadline)); then
                echo "flush_pool_stats: report $sequence of osd.$osd did not reach the monitor" \
                    "within 60 s (it has ${seen:-none}); is the mgr running?" >&2
                return 1
            fi
            sleep 0.2
        done
    done
}

# pool_stored NAME
# Prints the bytes that the pool's data takes on the disks, one replica counted: what compression
# is about. Up to date with every write that was acknowledged before the call.
pool_stored() {
    local df size
    flush_pool_stats || return
    df=$(in_cluster ceph df detail --format json) || return
    size=$(in_cluster ceph osd pool get "$1" size --format json) || return
    python3 -c '
import json, sys
name, df, size = sys.argv[1:]
[stats] = [pool["stats"] for pool in json.loads(df)["pools"] if pool["name"] == name]
print(stats["bytes_used"] // json.loads(size)["size"])' "$1" "$df" "$size"
}

# s3 S3CMD-ARGUMENT...: s3cmd against the cluster's RGW, for example: s3 put FILE s3://bucket
s3() {
    if [[ ! -f $CLUSTER_DIR/rgw.env ]]; then
        echo "s3: $CLUSTER_DIR has no rgw.env; make the cluster with CLUSTER_RGW=1" >&2
        return 1
    fi
    (
        # shellcheck source=/dev/null # written by cluster.sh
        . "$CLUSTER_DIR/rgw.env"
        timeout --foreground --kill-after=5 "${IN_CLUSTER_TIMEOUT:-60}" \
            s3cmd --config=/dev/null --no-ssl --no-progress \
            --access_key="$AWS_ACCESS_KEY_ID" --secret_key="$AWS_SECRET_ACCESS_KEY" \
            --host="${AWS_ENDPOINT_URL#http://}" --host-bucket="${AWS_ENDPOINT_URL#http://}" "$@"
    )
}
