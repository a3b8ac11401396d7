# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# How the engines build and run a target, and what they say of a run. Sourced by run.sh, which has the other variables.
# shellcheck disable=SC2154,SC2034

# A small quarantine: clearing memory would take more time than fuzzing.
sanitizer_options=quarantine_size_mb=16

# build_engine ENGINE: the targets, in a folder of its name. Comparisons are not traced: in loops over data that takes most of
# the time, and what they compare with is in the seeds.
build_engine() {
    case $1 in
    libfuzzer)
        build_targets libfuzzer clang-14 clang++-14 "-fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp" -fsanitize=fuzzer
        ;;
    afl)
        build_targets afl afl-clang-fast afl-clang-fast++ "" -fsanitize=fuzzer # which it takes as its own
        clang-14 -O2 -shared -fPIC -I "$top/src" "$here"/{afl_mutator,container,container_mutate,fuzz,mutate}.c \
            -o "$work/afl/mutator.so"
        ;;
    esac
}

# build_targets ENGINE C_COMPILER C++_COMPILER FLAGS LINKER_OPTION
build_targets() {
    local folder=$work/$1 sanitizers="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    mkdir -p "$folder"
    echo "building in $folder (some minutes)"
    if ! {
        cmake -S "$top" -B "$folder" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$2" -DCMAKE_CXX_COMPILER="$3" \
            -DCMAKE_C_FLAGS="-O2 -g $4 $sanitizers" -DCMAKE_CXX_FLAGS="-O2 -g $4 $sanitizers" \
            -DCMAKE_EXE_LINKER_FLAGS="$sanitizers" -DZIPNN_FUZZ_ENGINE="$5" &&
            cmake --build "$folder" --target fuzz -j"$jobs"
    } >"$folder/build.log" 2>&1; then
        tail -n 40 "$folder/build.log" >&2
        echo "error: the build failed; the whole log is in $folder/build.log" >&2
        exit 1
    fi
}

# cpu_of PROCESS: the hundredths of seconds that it, those it has waited for, and its children have had of a CPU.
cpu_of() {
    local stat child sum
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || { echo 0; return; }
    read -ra stat <<<"${stat##*) }"
    sum=$((stat[11] + stat[12] + stat[13] + stat[14]))
    for child in $(pgrep -P "$1"); do sum=$((sum + $(cpu_of "$child"))); done
    echo "$sum"
}

# watch PROCESS: waits for it; sets code, took, and cpu, both in seconds. An engine may end its children without waiting for
# them, and then nobody counts what they used: so it is looked at every second.
watch() {
    local began=$SECONDS hundredths=0
    while kill -0 "$1" 2>/dev/null; do
        hundredths=$(cpu_of "$1")
        sleep 1
    done
    code=0
    wait "$1" || code=$?
    took=$((SECONDS - began))
    cpu=$((hundredths / 100))
}

# run_libfuzzer TARGET SECONDS: sets took, cpu, executions, edges, new, quiet, longest, crashes. Lines of its log begin with
# the time.
run_libfuzzer() {
    local target=$1 budget=$2 said=$work/logs/$1.libfuzzer code lines clock
    local -a dictionary=()
    [[ ! -f $here/$target.dict ]] || dictionary=(-dict="$here/$target.dict")
    exec {lines}> >(while IFS= read -r line; do printf '%(%s)T %s\n' -1 "$line"; done >"$said")
    clock=$!
    ASAN_OPTIONS=$sanitizer_options UBSAN_OPTIONS=print_stacktrace=1 \
        "$work/libfuzzer/tests/fuzz/fuzz_$target" -max_total_time="$budget" -timeout=60 -rss_limit_mb=2560 -max_len="$largest" \
        -print_final_stats=1 -artifact_prefix="$work/crashes/$target/" "${dictionary[@]}" \
        "$work/corpus/$target" "$work/seeds/${target%_emulated}" >&"$lines" 2>&1 &
    exec {lines}>&-
    watch $!
    wait "$clock" || true
    executions=$(sed -n 's/.*stat::number_of_executed_units: *//p' "$said")
    # Edges grow; what only runs an edge more often is no news.
    read -r edges new quiet longest < <(awk -v took="$took" '
        match($0, /cov: [0-9]+/) {
            now = substr($0, RSTART + 5, RLENGTH - 5) + 0
            if (/INITED/) { edges = now; last = $1 }
            if (now <= edges || !last) next
            news++; edges = now; gap = $1 - last > gap ? $1 - last : gap; last = $1
        }
        END {
            quiet = last ? $1 - last : took
            print edges + 0, news + 0, quiet, (quiet > gap ? quiet : gap)
        }' "$said")
    crashes=0
    # slow-unit is a remark, not an end.
    ((code == 0)) || crashes=1
}

# The corpus may be large, and AFL++ looks at each input several times before it begins: it gets so many, of all sizes.
afl_inputs=200

# afl_says FIELD FILE
afl_says() { sed -n "s/^$1 *: *//p" "$2"; }

# run_afl TARGET SECONDS: the same.
run_afl() {
    local target=$1 budget=$2 said=$work/logs/$1.afl out=$work/afl-out/$1 code file before
    local stats=$out/default/fuzzer_stats
    local -a dictionary=() settings=("ASAN_OPTIONS=$sanitizer_options:abort_on_error=1:symbolize=0:detect_leaks=0"
        UBSAN_OPTIONS=abort_on_error=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_FAST_CAL=1 AFL_DISABLE_TRIM=1 AFL_HANG_TMOUT=60000)
    rm -rf "$out" "$work/afl-in/$target"
    mkdir -p "$out" "$work/afl-in/$target"
    while IFS= read -r file; do
        cp "${file#* }" "$work/afl-in/$target/"
    done < <(find "$work/corpus/$target" "$work/seeds/${target%_emulated}" -type f -size +0 -printf '%s %p\n' | sort -n |
        awk -v n="$afl_inputs" '{ line[NR] = $0 } END { for (i = 1; i <= NR; i += NR > n ? NR / n : 1) print line[int(i)] }')
    [[ -z ${prefixes[${target%_emulated}]:-} ]] ||
        settings+=("AFL_CUSTOM_MUTATOR_LIBRARY=$work/afl/mutator.so" "FUZZ_PREFIX=${prefixes[${target%_emulated}]}")
    [[ ! -f $here/$target.dict ]] || dictionary=(-x "$here/$target.dict")
    env "${settings[@]}" afl-fuzz -i "$work/afl-in/$target" -o "$out" -V "$budget" -t 20000 -m none -G "$largest" \
        "${dictionary[@]}" -- "$work/afl/tests/fuzz/fuzz_$target" >"$said" 2>&1 &
    watch $!
    quiet=$took longest=$took crashes=$((code != 0))
    [[ -f $stats ]] || return 0
    executions=$(afl_says execs_done "$stats")
    edges=$(afl_says edges_found "$stats")
    # The names of the inputs tell after how many milliseconds each was found, and whether for an edge.
    read -r new quiet longest < <(find "$out/default/queue" -name '*,time:*+cov*' ! -name '*,orig:*' |
        sed 's/.*,time:\([0-9]*\).*/\1/' | sort -n | awk -v end="$took" '
            { now = int($1 / 1000); gap = now - last > gap ? now - last : gap; last = now; news++ }
            END { quiet = end - last; print news + 0, quiet, (quiet > gap ? quiet : gap) }')
    for file in "$out"/default/{crashes,hangs}/id*; do
        [[ -f $file ]] || continue
        cp "$file" "$work/crashes/$target/afl-$(sha256sum "$file" | cut -c 1-16)"
        crashes=$((crashes + 1))
    done
    [[ -x $work/libfuzzer/tests/fuzz/fuzz_$target ]] || return 0
    # What it found is libFuzzer's, too, which also sees leaks.
    before=$(new_artifacts "$target")
    timeout 120 "$work/libfuzzer/tests/fuzz/fuzz_$target" -merge=1 -max_len="$largest" \
        -artifact_prefix="$work/crashes/$target/" "$work/corpus/$target" "$out/default/queue" >/dev/null 2>&1 || true
    crashes=$((crashes + $(new_artifacts "$target") - before))
}
