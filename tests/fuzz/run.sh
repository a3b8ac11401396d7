#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fuzzes: builds the targets with an engine, runs them, prints what came of it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=tests/deps.sh
. "$here/../deps.sh"
# shellcheck source=tests/fuzz/engines.sh
. "$here/engines.sh"

# Those with a container in their input, and the bytes before it: container_mutate.h.
declare -A prefixes=([decode_blob]=0 [decode_file]=0 [range]=8 [plugin]=8)
all_targets=(arguments decode_blob decode_blob_emulated decode_file detector plugin range round_trip round_trip_emulated)

usage() {
    cat <<END
usage: tests/fuzz/run.sh [--seconds=N] [--engine=libfuzzer|afl] [--jobs=N] [--no-build] [TARGET...]
       tests/fuzz/run.sh --summary

Runs fuzz targets under AddressSanitizer and UndefinedBehaviorSanitizer, each for the same time, and prints a table.
TARGETs: ${all_targets[*]} (default: all).

  --seconds=N   how long all of it takes, building not counted (default 600)
  --engine=E    only this one (default: both; without afl++ that one is skipped)
  --jobs=N      programs at a time (default: one for each core)
  --no-build    use the programs as they are, and install nothing
  --summary     add up what log.tsv holds: hours of CPU, executions, how long nothing new was found

Keeps in $top/build-fuzz: corpus/TARGET, crashes/TARGET, logs/, log.tsv (a line for each program run).
Exit code: 1 if there was a crash, leak, timeout or lack of memory; 0 if not.
END
}

seconds=600
jobs=$(nproc)
engines=(libfuzzer afl)
build=1
targets=()
work=$top/build-fuzz
log=$work/log.tsv

summary() {
    awk -F '\t' '
        NR == 1 { next }
        {
            key = $2 "\t" $3
            seconds[key] += $5; executions[key] += $6; crashes[key] += $7
            # A run that found nothing new goes on with the quiet of the one before.
            quiet[key] = $9 > 0 ? $10 : quiet[key] + $4
            if ($11 > longest[key]) longest[key] = $11
            if (quiet[key] > longest[key]) longest[key] = quiet[key]
        }
        END {
            printf "%-20s %-10s %11s %14s %8s %14s %14s\n", "target", "engine", "core-hours", "executions", "crashes",
                "quiet now, s", "at longest, s"
            for (key in seconds) {
                split(key, name, "\t")
                printf "%-20s %-10s %11.2f %14d %8d %14d %14d\n", name[1], name[2], seconds[key] / 3600,
                    executions[key], crashes[key], quiet[key], longest[key] | "sort"
                sum += seconds[key]; all += executions[key]; found += crashes[key]
            }
            close("sort")
            printf "%-20s %-10s %11.2f %14d %8d\n", "all", "", sum / 3600, all, found
        }' "$log"
}

for argument in "$@"; do
    case $argument in
    -h | --help)
        usage
        exit 0
        ;;
    --seconds=*) seconds=${argument#*=} ;;
    --jobs=*) jobs=${argument#*=} ;;
    --engine=libfuzzer | --engine=afl) engines=("${argument#*=}") ;;
    --no-build) build=0 ;;
    --summary)
        [[ -f $log ]] || {
            echo "error: no $log: nothing has been run yet" >&2
            exit 1
        }
        summary
        exit 0
        ;;
    *)
        [[ " ${all_targets[*]} " == *" $argument "* ]] || {
            echo "error: no option or target '$argument'; see tests/fuzz/run.sh --help" >&2
            exit 2
        }
        targets+=("$argument")
        ;;
    esac
done
((${#targets[@]})) || targets=("${all_targets[@]}")
[[ $seconds =~ ^[1-9][0-9]*$ && $jobs =~ ^[1-9][0-9]*$ ]] || {
    echo "error: --seconds and --jobs take a number above 0" >&2
    exit 2
}

# skip ENGINE REASON: go on without it.
skip() {
    local engine kept=()
    echo "$1: skipped: $2"
    for engine in "${engines[@]}"; do
        [[ $engine == "$1" ]] || kept+=("$engine")
    done
    engines=("${kept[@]}")
}

# new_artifacts TARGET: how many files this run has added to its crashes.
new_artifacts() {
    find "$work/crashes/$1" -type f -newer "$work/start" | wc -l
}

# run_one ENGINE TARGET SECONDS: a line of the table and of the log.
run_one() {
    local engine=$1 target=$2 budget=$3 took=0 cpu=0 executions=0 edges=0 new=0 quiet=0 longest=0 crashes=0
    case $engine in
    libfuzzer) run_libfuzzer "$target" "$budget" ;;
    afl) run_afl "$target" "$budget" ;;
    esac
    ((took > 0)) || took=1
    printf '%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$target" "$engine" "$took" \
        "$cpu" "${executions:-0}" "$crashes" "${edges:-0}" "$new" "$quiet" "$longest" "$commit" >>"$log"
    printf '%-20s %-10s %12d %9d %7d %7d %8d %8d\n' "$target" "$engine" "${executions:-0}" \
        $((${executions:-0} / took)) "${edges:-0}" "$new" "$quiet" "$crashes"
    ((crashes == 0)) || {
        echo "$engine $target" >>"$work/failed"
        [[ $(new_artifacts "$target") != 0 ]] || tail -n 20 "$work/logs/$target.$engine"
    }
}

largest=32768 # bytes of an input
mkdir -p "$work"/{corpus,crashes,logs,seeds}
if ((build)); then
    install_packages "${BUILD_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"
    if [[ " ${engines[*]} " == *" afl "* ]]; then
        install_packages "${AFL_PACKAGES[@]}" || true
    fi
fi
[[ " ${engines[*]} " != *" afl "* ]] || command -v afl-fuzz >/dev/null ||
    skip afl "no afl-fuzz (package ${AFL_PACKAGES[*]})"
((${#engines[@]})) || exit 1
if ((build)); then
    git -C "$top" describe --always --dirty --abbrev=12 --exclude='*' >"$work/commit" 2>/dev/null || echo unknown >"$work/commit"
    for engine in "${engines[@]}"; do build_engine "$engine"; done
    rm -rf "$work/seeds"
    /usr/bin/python3 -B "$here/seeds.py" "$work/seeds" --largest="$largest"
fi
commit=$(<"$work/commit")
[[ -f $log ]] || printf 'date\ttarget\tengine\tseconds\tcpu\texecutions\tcrashes\tedges\tnew\tquiet\tlongest\tcommit\n' >"$log"
for target in "${targets[@]}"; do
    mkdir -p "$work/corpus/$target" "$work/crashes/$target"
done
rm -f "$work/failed"
touch "$work/start"

programs=()
for target in "${targets[@]}"; do
    for engine in "${engines[@]}"; do
        if [[ -x $work/$engine/tests/fuzz/fuzz_$target ]]; then
            programs+=("$engine $target")
        else
            echo "$target: skipped: not built for $engine: *_emulated is for x86-64 with SIMDe (package libsimde-dev)"
        fi
    done
done
((${#programs[@]})) || exit 1
each=$((seconds * jobs / ${#programs[@]}))
((each > 0)) || each=1
echo "${#programs[@]} programs, $each seconds each, $jobs at a time"
printf '%-20s %-10s %12s %9s %7s %7s %8s %8s\n' target engine executions exec/s edges new "quiet, s" crashes
for program in "${programs[@]}"; do
    while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
    run_one "${program% *}" "${program#* }" "$each" || echo "$program" >>"$work/failed" &
done
wait
echo "new: inputs that reached a new edge; quiet: seconds since the last one; logs in $work/logs"

[[ -f $work/failed ]] || exit 0
echo
echo "FOUND, or did not run: $(sort "$work/failed" | tr '\n' ',' | sed 's/,$//; s/,/, /g')"
find "$work/crashes" -type f -newer "$work/start" | while IFS= read -r file; do
    target=$(basename "$(dirname "$file")")
    echo "  $file"
    echo "    again: $work/libfuzzer/tests/fuzz/fuzz_$target $file"
    cases=$here/cases/${target%_emulated}
    echo "    keep:  mkdir -p $cases && cp $file $cases/WHAT-IT-SHOWED  # the test fuzz_regressions runs it"
done
exit 1
