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

# stop_watch BEGAN: sets took, the seconds since, and cpu, those of the CPU that programs of this shell have used so far.
stop_watch() {
    took=$((SECONDS - $1))
    # In a pipe, `times` would tell of another shell.
    times >"$said.times"
    cpu=$(awk 'NR == 2 { gsub(/m/, " "); gsub(/s/, " "); printf "%.0f", 60 * ($1 + $3) + $2 + $4 }' "$said.times")
}

# run_libfuzzer TARGET SECONDS: sets took, cpu, executions, edges, new, quiet, crashes. Lines of its log begin with the time.
run_libfuzzer() {
    local target=$1 budget=$2 said=$work/logs/$1.libfuzzer code=0 began=$SECONDS last
    local -a dictionary=()
    [[ ! -f $here/$target.dict ]] || dictionary=(-dict="$here/$target.dict")
    ASAN_OPTIONS=$sanitizer_options UBSAN_OPTIONS=print_stacktrace=1 \
        "$work/libfuzzer/tests/fuzz/fuzz_$target" -max_total_time="$budget" -timeout=60 -rss_limit_mb=2560 -max_len="$largest" \
        -print_final_stats=1 -artifact_prefix="$work/crashes/$target/" "${dictionary[@]}" \
        "$work/corpus/$target" "$work/seeds/${target%_emulated}" 2>&1 |
        while IFS= read -r line; do printf '%(%s)T %s\n' -1 "$line"; done >"$said" || code=$?
    stop_watch "$began"
    executions=$(sed -n 's/.*stat::number_of_executed_units: *//p' "$said")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$said" | tail -n 1)
    new=$(grep -cE '\sNEW\s+cov:' "$said" || true)
    last=$(sed -nE 's/^([0-9]+) .*\s(NEW|INITED)\s+cov:.*/\1/p' "$said" | tail -n 1)
    quiet=$took
    [[ -z $last ]] || quiet=$(($(tail -n 1 "$said" | cut -d ' ' -f 1) - last))
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
    local target=$1 budget=$2 said=$work/logs/$1.afl out=$work/afl-out/$1 code=0 began=$SECONDS file last
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
        "${dictionary[@]}" -- "$work/afl/tests/fuzz/fuzz_$target" >"$said" 2>&1 || code=$?
    stop_watch "$began"
    executions=0 edges=0 new=0 quiet=$budget crashes=$((code != 0))
    [[ -f $stats ]] || return 0
    executions=$(afl_says execs_done "$stats")
    edges=$(afl_says edges_found "$stats")
    new=$(afl_says corpus_found "$stats")
    last=$(afl_says last_find "$stats")
    ((last == 0)) || quiet=$(($(afl_says last_update "$stats") - last))
    for file in "$out"/default/{crashes,hangs}/id*; do
        [[ -f $file ]] || continue
        cp "$file" "$work/crashes/$target/afl-$(sha256sum "$file" | cut -c 1-16)"
        crashes=$((crashes + 1))
    done
    # What it found is libFuzzer's, too.
    [[ ! -x $work/libfuzzer/tests/fuzz/fuzz_$target ]] ||
        timeout 120 "$work/libfuzzer/tests/fuzz/fuzz_$target" -merge=1 -max_len="$largest" "$work/corpus/$target" \
            "$out/default/queue" >/dev/null 2>&1 || true
}
