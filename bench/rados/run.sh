#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What does compression cost and save on a Ceph pool? The stock `rados bench`, and the same with a real model's bytes, on
# pools that differ only in their algorithm. The pools take turns in random order, round by round, because the machine's
# speed drifts; medians are shown. OSD CPU time is what a busy cluster pays; MB/s is what an idle one delivers.
set -euo pipefail

usage() {
    cat <<'END'
usage: bench/rados/run.sh [-r ROUNDS] [-s SECONDS] [-t DEPTH] [-a ALGORITHM,...] [-o FILE] [MODEL_FILE]

Starts a throw-away Ceph cluster (one OSD) and measures pools with 512 KiB blobs.

  -r ROUNDS     default 3
  -s SECONDS    of each write phase; reads read what was written (default 4)
  -t DEPTH      operations in flight (default 4)
  -a LIST       algorithms (default none,snappy,lz4,zstd,zipnn)
  -o FILE       also write every single figure there, tab-separated
  MODEL_FILE    default: the demo's model (a real one converted to BF16)

Prints two tables in Markdown: stock `rados bench` (its payload is one repeated letter: good for
overhead, useless for ratio) and the model's bytes (every byte read is compared).
Time: about ROUNDS x SECONDS x 30 with five pools. Needs what tests/run.sh deps installs.
END
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/deps.sh
. "$top/tests/deps.sh"
# shellcheck source=bench/model.sh
. "$top/bench/model.sh"

die() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 1
}

rounds=3 seconds=4 depth=4 algorithms=none,snappy,lz4,zstd,zipnn figures=
if [[ ${1:-} == --help ]]; then
    usage
    exit 0
fi
while getopts r:s:t:a:o:h option; do
    case $option in
        r) rounds=$OPTARG ;;
        s) seconds=$OPTARG ;;
        t) depth=$OPTARG ;;
        a) algorithms=$OPTARG ;;
        o) figures=$OPTARG ;;
        h)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 1
            ;;
    esac
done
shift $((OPTIND - 1))
(($# <= 1)) || die "one MODEL_FILE at most; see -h"
for value in "$rounds" "$seconds" "$depth"; do
    [[ $value =~ ^[1-9][0-9]{0,2}$ ]] || die "'$value': ROUNDS, SECONDS and DEPTH are numbers from 1 to 999"
done
IFS=, read -ra pools <<<"$algorithms"

install_packages "${BUILD_PACKAGES[@]}" "${CLUSTER_PACKAGES[@]}" "${CORPUS_PACKAGES[@]}"
install_clients pip3
build=$top/build
build_tree "$top" "$build"
choose_model "${1:-}" "$build"

work=$(mktemp -d "${TMPDIR:-/tmp}/zipnn-bench.XXXXXX")
export CLUSTER_DIR=$work/c CLUSTER_PLUGIN=zipnn CLUSTER_OSDS=1 CLUSTER_RGW=0 ZIPNN_BUILD=$build
export IN_CLUSTER_TIMEOUT=$((seconds * 10 + 120))
# shellcheck source=tests/ceph/lib.sh
. "$top/tests/ceph/lib.sh"
clean_up() {
    [[ ! -d $CLUSTER_DIR ]] || "$top/tests/ceph/cluster.sh" destroy || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

"$top/tests/ceph/cluster.sh" create >&2
for algorithm in "${pools[@]}"; do
    make_pool "bench-$algorithm" "$algorithm"
done
osd_pid=$(cat "$CLUSTER_DIR/run/osd.0.pid")
all=$work/figures.tsv

# osd_cpu: seconds of CPU time the OSD has used. Fields 14 and 15 of stat; the name before them may hold spaces.
osd_cpu() {
    awk -v hz="$(getconf CLK_TCK)" '{sub(/.*\) /, ""); print ($12 + $13) / hz}' "/proc/$osd_pid/stat"
}

# note PAYLOAD PHASE ALGORITHM NAME VALUE
note() { printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$all"; }

# measured PAYLOAD PHASE ALGORITHM COMMAND...: runs a command that prints "bytes MB/s mean_ms", notes the figures.
measured() {
    local payload=$1 phase=$2 algorithm=$3 before after line bytes rate latency
    shift 3
    before=$(osd_cpu)
    line=$("$@")
    after=$(osd_cpu)
    read -r bytes rate latency <<<"$line"
    [[ -n $latency ]] || die "$payload $phase on $algorithm printed no figures: '$line'"
    note "$payload" "$phase" "$algorithm" mbps "$rate"
    note "$payload" "$phase" "$algorithm" latency_ms "$latency"
    note "$payload" "$phase" "$algorithm" osd_cpu_s_per_gb \
        "$(awk -v a="$before" -v b="$after" -v n="$bytes" 'BEGIN {print (b - a) / n * 1e9}')"
}

# stock PHASE POOL: `rados bench` speaks MiB; everything here is in MB (10^6 bytes).
stock() {
    local -a extra=(-t "$depth")
    [[ $1 != write ]] || extra+=(--no-cleanup)
    in_cluster rados bench -p "$2" "$seconds" "$1" "${extra[@]}" | awk '
        /^Total (writes|reads) made:/ {operations = $NF}
        /^(Write|Read) size:/ {size = $NF}
        /^Bandwidth \(MB\/sec\):/ {rate = $NF * 1.048576}
        /^Average Latency\(s\):/ {latency = $NF * 1e3}
        END {print operations * size, rate, latency}'
}

# model_phase PHASE POOL: the number of objects is remembered from the write.
model_phase() {
    local -a count=()
    [[ $1 == write ]] || count=(-n "$(cat "$work/objects-$2")")
    in_cluster "$build/rados-model-bench" -t "$depth" -s "$seconds" "${count[@]}" "$1" "$2" "$model" >"$work/line"
    [[ $1 != write ]] || awk '{print $2}' "$work/line" >"$work/objects-$2"
    awk '{print $3, $5, $6}' "$work/line"
}

empty_pool() {
    local pool=$1
    in_cluster rados -p "$pool" cleanup >/dev/null 2>&1 || true
    in_cluster rados purge "$pool" --yes-i-really-really-mean-it >/dev/null 2>&1
}

for ((round = 1; round <= rounds; round++)); do
    for algorithm in $(printf '%s\n' "${pools[@]}" | shuf); do
        echo "round $round of $rounds: $algorithm" >&2
        for phase in write seq rand; do
            measured stock "$phase" "$algorithm" stock "$phase" "bench-$algorithm"
        done
        empty_pool "bench-$algorithm"
        for phase in write seq rand; do
            measured model "$phase" "$algorithm" model_phase "$phase" "bench-$algorithm"
            [[ $phase == write ]] || continue
            stored=$(pool_stored "bench-$algorithm")
            objects=$(cat "$work/objects-bench-$algorithm")
            note model write "$algorithm" allocated_percent \
                "$(awk -v s="$stored" -v n="$objects" 'BEGIN {print 100 * s / (n * 4194304)}')"
        done
        empty_pool "bench-$algorithm"
    done
done
[[ -z $figures ]] || cp "$all" "$figures"

# figure PAYLOAD PHASE ALGORITHM NAME: the median over the rounds.
figure() {
    awk -F'\t' -v p="$1" -v h="$2" -v a="$3" -v n="$4" '$1 == p && $2 == h && $3 == a && $4 == n {print $5}' "$all" | median
}

table() {
    local payload=$1 algorithm phase
    printf '\n| pool | write MB/s | seq MB/s | rand MB/s | write ms | seq ms | rand ms | OSD CPU s/GB write | seq | rand | allocated |\n'
    printf '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n'
    for algorithm in "${pools[@]}"; do
        printf '| %s' "$algorithm"
        for name in mbps latency_ms osd_cpu_s_per_gb; do
            for phase in write seq rand; do
                printf ' | %s' "$(figure "$payload" "$phase" "$algorithm" "$name" |
                    awk -v n="$name" '{printf n == "osd_cpu_s_per_gb" ? "%.2f" : n == "mbps" ? "%.0f" : "%.1f", $1}')"
            done
        done
        if [[ $payload == model ]]; then
            printf ' | %.1f %% |\n' "$(figure model write "$algorithm" allocated_percent)"
        else
            printf ' | - |\n'
        fi
    done
}

printf '%s; %s rounds of %s s, %s operations of 4 MiB in flight, pools taking turns; medians; 1 MB = 10^6 bytes\n' \
    "$(machine_line)" "$rounds" "$seconds" "$depth"
# shellcheck disable=SC2016  # Markdown
printf '\nStock `rados bench` (payload: one repeated letter)\n'
table stock
printf '\nModel: %s\n' "$model_description"
table model
