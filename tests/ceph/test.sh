# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the cluster tests share: a cluster of their own in a folder of their own, gone at the end however it ends, and
# checks that say what they expected. Sourced as: . test.sh BUILD_DIR

[[ -n ${1:-} ]] || {
    echo "usage: ${BASH_SOURCE[-1]} BUILD_DIR" >&2
    exit 1
}
tests_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_dir=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/zipnn-test.XXXXXX")
export CLUSTER_DIR=$work/c ZIPNN_BUILD=$build_dir
cluster=$tests_dir/cluster.sh
# shellcheck source=tests/ceph/lib.sh
. "$tests_dir/lib.sh"
# The rados and boto3 packages belong to Debian's Python. -B: no __pycache__ in the tree.
python=(/usr/bin/python3 -B)

finish() {
    local status=$? pid
    if ((status)) && [[ -d $CLUSTER_DIR/log ]]; then
        echo "--- the last lines of the daemons' logs" >&2
        tail -n 15 "$CLUSTER_DIR"/log/{osd.*,rgw}.log "$CLUSTER_DIR"/log/*.out 2>/dev/null | cut -c 1-300 >&2 || true
    fi
    # What the test has started itself and not waited for.
    for pid in $(jobs -p); do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true # silences the shell
    done
    [[ ! -e $CLUSTER_DIR/cluster.settings ]] || "$cluster" destroy || status=1
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

pass() { printf 'ok - %s\n' "$*"; }
fail() {
    printf 'not ok - %s\n' "$*" >&2
    exit 1
}

# check DESCRIPTION COMMAND...
check() {
    local description=$1
    shift
    if "$@"; then
        pass "$description"
    else
        fail "$description (failed: $*)"
    fi
}

# check_number DESCRIPTION VALUE OPERATOR LIMIT: decimals allowed, for example: check_number "saved" 0.67 '<=' 0.69
check_number() {
    if awk -v a="$2" -v b="$4" "BEGIN {exit !(a $3 b)}"; then
        pass "$1: $2 $3 $4"
    else
        fail "$1: $2, expected $3 $4"
    fi
}

payload() { "${python[@]}" "$tests_dir/payload.py" "$@"; }

# put POOL NAME FILE; same POOL NAME FILE: whether what the pool gives back is FILE.
put() { in_cluster rados -p "$1" put "$2" "$3"; }
same() {
    rm -f "$work/back"
    in_cluster rados -p "$1" get "$2" "$work/back" && cmp "$3" "$work/back"
}

# counters DAEMON SECTION/NAME...: in one line.
counters() { "${python[@]}" "$tests_dir/counters.py" "$CLUSTER_DIR/run/$1.asok" "${@:2}"; }

# pg_state clean, pg_state scrub|repair POOL: see pg_state.py.
pg_state() { IN_CLUSTER_TIMEOUT=190 in_cluster "${python[@]}" "$tests_dir/pg_state.py" "$1" 180 "${@:2}"; }

# stopped DAEMON: within a minute, by itself.
stopped() {
    local deadline=$((SECONDS + 60))
    until [[ $("$cluster" status "$1") == *"not running"* ]]; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

# name_rgw: tells S3 clients of the cluster's RGW.
name_rgw() {
    set -a
    # shellcheck source=/dev/null  # written by cluster.sh
    . "$CLUSTER_DIR/rgw.env"
    set +a
}

# restart_osd: the first one.
restart_osd() { quietly "$cluster" stop osd.0 && quietly "$cluster" start osd.0; }

# slot_holds FILE: puts a library into the zstd slot while the OSD is down. `stock` is the distribution's.
slot_holds() {
    local slot=$CLUSTER_DIR/plugins/compressor/libceph_zstd.so
    quietly "$cluster" stop osd.0
    if [[ $1 == stock ]]; then
        ln -sfn libceph_zstd.so.2 "$slot"
    else
        cp --remove-destination "$1" "$slot"
    fi
}
