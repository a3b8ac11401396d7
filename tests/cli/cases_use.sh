# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# Signals, missing resources, listings, ranges, usage.
# Sourced by test_cli.sh, which has the helpers and calls the functions.

# interrupt SIGNAL: sends it to a zipnn that has written a part of out.znn.
interrupt() {
    rm -f pipe
    mkfifo pipe
    ulimit -c 0 # SIGQUIT would write the memory to disk
    # A shell starts background programs with SIGINT ignored, which zipnn would respect.
    env --default-signal=INT,QUIT "$ZIPNN" "${@:2}" -o out.znn pipe 2>err &
    local pid=$!
    exec 9>pipe
    head -c 600000 "$DATA/mixed" >&9
    wait_for has_partial
    kill -s "$1" "$pid"
    STATUS=0
    wait "$pid" 2>/dev/null || STATUS=$?
    exec 9>&-
    absent out.znn
}

test_signals() {
    local signal
    for signal in INT TERM HUP QUIT ALRM USR1 USR2 PROF VTALRM XCPU IO STKFLT PWR; do
        interrupt "$signal" -T$((1 + RANDOM % 3))
        [[ $STATUS == $((128 + $(kill -l "$signal"))) ]] || fail "$signal: status $STATUS"
        no_partial
    done
    interrupt KILL
    [[ $STATUS == 137 ]] || fail "KILL: status $STATUS"
    rm .zipnn-partial-??????
    [[ -z $(find . -name '*zipnn*') ]] || fail "more is left: $(ls -A)"
}

test_ignored_signals() {
    mkfifo pipe
    (trap '' HUP && exec "$ZIPNN" -o out.znn pipe) &
    local pid=$!
    exec 9>pipe
    head -c 600000 "$DATA/mixed" >&9
    wait_for has_partial
    kill -s HUP "$pid"
    exec 9>&-
    wait "$pid" || fail "nohup does not protect"
    run -dc out.znn
    same out <(head -c 600000 "$DATA/mixed")
}

test_without_threads() {
    local threads
    for threads in 0 1 2; do
        with_fault FAULT_THREADS="$threads" "$ZIPNN" -vT4 --block-size=32K -c "$DATA/mixed" \
            >coded 2>err || fail "failed with $threads: $(cat err)"
        grep -q "of 4 threads.*Resource temporarily unavailable" err || fail "no note: $(cat err)"
        "$ZIPNN" --block-size=32K -c "$DATA/mixed" >expected
        same coded expected
        with_fault FAULT_THREADS="$threads" "$ZIPNN" -dcT4 coded >back || fail "cannot decode"
        same back "$DATA/mixed"
    done
    threads=$(nproc)
    ((threads > 1)) || return 0
    with_fault FAULT_THREADS=0 "$ZIPNN" -vT0 -c "$DATA/mixed" 2>err >coded
    grep -q "1 of $threads threads" err || fail "-T0 is not $threads threads: $(cat err)"
}

# every_allocation ARGUMENT...: each one fails once; zipnn must say so, or do without it.
every_allocation() {
    local number failures=0
    for ((number = 1; number < 400; number++)); do
        rm -f result
        STATUS=0
        with_fault FAULT_MALLOC="$number" "$ZIPNN" "$@" 2>err || STATUS=$?
        if [[ $STATUS == 0 ]]; then
            ((number < 100)) || break
            continue
        fi
        failures=$((failures + 1))
        expect_error 'memory|Cannot allocate'
        absent result
    done
    ((failures >= 5)) || fail "only $failures allocations made zipnn $1 fail"
}

test_no_memory() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer brings its own malloc"
    every_allocation -zT2 -o result "$DATA/small"
    # Enough chunks to make the seek table grow.
    every_allocation -z --block-size=4K -o result "$DATA/fp32"
    every_allocation -dT2 -o result "$DATA/small.znn"
    every_allocation -d --range=0:4100 -o result "$DATA/small.znn"
}

test_list() {
    run -l "$DATA/mixed.znn"
    expect 0
    [[ $(wc -l <out) == 2 ]] || fail "$(cat out)"
    read -r -a row < <(tail -1 out)
    [[ ${row[1]} == $(stat -c %s "$DATA/mixed") ]] || fail "raw: ${row[*]}"
    [[ ${row[2]} == $(stat -c %s "$DATA/mixed.znn") ]] || fail "coded: ${row[*]}"
    run -lv "$DATA/mixed.znn" "$DATA/bf16.znn"
    grep -q 'layout bf16 ' out || fail "-v lacks layouts"
    grep -q 'coder  lanes ' out || fail "-v lacks coders"
    grep -q '2 files$' out || fail "no sum"
    run -l <"$DATA/bf16.znn"
    expect 0
    STATUS=0
    # shellcheck disable=SC2002 # a pipe is what is tested
    cat "$DATA/bf16.znn" | "$ZIPNN" -l 2>err || STATUS=$?
    expect_error 'stdin: .*need a file, not a pipe'
    "$ZIPNN" <"$DATA/empty" >empty.znn
    run -l empty.znn
    expect 0
}

test_list_json() {
    run -l --json "$DATA/bf16.znn" "$DATA/mixed.znn"
    expect 0
    perl -e '
        use strict;
        my @lines = <STDIN>;
        @lines == 2 or die "lines\n";
        for (@lines) {
            /^\{"file": "([^"]+)", "raw_bytes": (\d+), "coded_bytes": (\d+), "chunks": (\d+), /
                or die "fields: $_";
            my ($file, $raw, $coded, $chunks) = ($1, $2, $3, $4);
            $coded == -s $file or die "coded_bytes\n";
            $raw == -s $file =~ s/\.znn$//r or die "raw_bytes\n";
            $chunks >= int(($raw + 262143) / 262144) or die "chunks\n";
            my ($dtypes) = /"dtype_bytes": \{([^}]*)\}/ or die "dtype_bytes\n";
            my $sum = 0;
            $sum += $1 while $dtypes =~ /: (\d+)/g;
            $sum == $raw or die "dtype_bytes add up to $sum\n";
            /"coders": \{.*"lanes": \{"planes": [1-9]\d*, "raw_bytes": \d+, "bytes": \d+\}/
                or die "coders\n";
        }' <out 2>why || fail "$(cat why): $(cat out)"
    if command -v python3 >/dev/null; then
        python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <out 2>why ||
            fail "no JSON: $(tail -1 why)"
    fi
}

test_ranges() {
    local size pair offset length threads
    size=$(stat -c %s "$DATA/mixed")
    for pair in 0:1 0:$size 1:$((size - 1)) 262143:2 262144:262144 262140:524300 5:0 $size:0 \
        $((size - 1)):1 1000000:600000; do
        offset=${pair%:*}
        length=${pair#*:}
        for threads in 1 3; do
            run -dcT"$threads" --range="$pair" "$DATA/mixed.znn"
            expect 0 "$pair"
            same out <(bytes "$DATA/mixed" "$offset" "$length") "$pair"
        done
    done
    run -d --range=1K:2K -o part "$DATA/mixed.znn"
    expect 0
    same part <(bytes "$DATA/mixed" 1K 2K)
    run -dc --range 1M:1M <"$DATA/mixed.znn"
    same out <(bytes "$DATA/mixed" 1M 1M)
    for pair in $size:1 0:$((size + 1)) 9G:1; do
        run -d -o past --range="$pair" "$DATA/mixed.znn"
        expect_error "holds $size raw bytes, the range ends at"
        absent past
    done
    STATUS=0
    # shellcheck disable=SC2002 # a pipe is what is tested
    cat "$DATA/mixed.znn" | "$ZIPNN" -dc --range=0:1 2>err || STATUS=$?
    expect_error 'stdin: .*need a file, not a pipe'
    run -d --range=0:1 "$DATA/mixed.znn"
    expect_error 'name where it goes'
}

test_range_reads_only_its_chunks() {
    damage_twenty 3 16
    run -dc --range=16384:49152 bad.znn
    expect 0
    same out <(bytes "$DATA/twenty" 16384 49152)
    run -d -o part --range=16383:2 bad.znn
    expect_error "at offset $((8 + 3 * 4104)): damaged chunk"
    absent part
}

test_usage_errors() {
    local arguments
    cp "$DATA/small" a
    while read -r arguments; do
        # shellcheck disable=SC2086 # the words are the arguments
        run $arguments
        expect 1 "$arguments"
        grep -Eq '^zipnn: .*(;|:|needs) ' err || fail "$arguments: $(cat err)"
        [[ $(wc -l <err) == 1 ]] || fail "$arguments: $(cat err)"
        absent a.znn
    done <<'ARGUMENTS'
--bes a
--bogus a
--compres a
-x a
-cx a
-T a
-T257 a
-Tx a
--threads a
--threads=two a
--threads= a
-o
--block-size=1K a
--block-size=9M a
--block-size=64 a
--block-size=256Q a
--block-size=99999999999999999999K a
--block-size= a
--block-size
--dtype=fp4 a
--dtype= a
--range=0:1 a
-d --range=5 -c a
-d --range=5: -c a
-d --range=:5 -c a
-d --range=-1:5 -c a
-d --range=18446744073709551615:1 -c a
-d --range=99999999999999999999:1 -c a
--json a
-d --json a
--force=yes a
-c -o b a
-t -o b a
-l -c a
bench
estimate
ARGUMENTS
}

test_help_and_version() {
    local word
    run --help
    expect 0
    for word in --compress --decompress --test --list --stdout --keep --rm --force --recursive \
        --threads --block-size --dtype --range --json --quiet --verbose --no-progress --version \
        -o -T Exit: Examples:; do
        grep -q -- "$word" out || fail "--help lacks $word"
        [[ $word == *: ]] || grep -q -- "${word//-/\\\\-}" "$HERE/../../src/cli/zipnn.1" ||
            fail "the man page lacks $word"
    done
    lacks '.\{89\}' out "--help has lines of more than 88 columns"
    run -V
    [[ $(cat out) == 'zipnn 0.1.0 (format 1)' ]] || fail "$(cat out)"
    run -vV
    grep -q '^libzstd 1\.' out || fail "-vV: $(cat out)"
    STATUS=0
    "$ZIPNN" -h >/dev/full 2>err || STATUS=$?
    expect_error 'stdout: cannot write'
}
