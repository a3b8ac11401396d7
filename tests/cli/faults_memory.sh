# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# Every allocation fails, alone and with all after it: an error that says so, or the right output
# without it; nothing half done, nothing leaked.
# Sourced by test_cli.sh, which has the helpers and calls the functions.

# At most so many times a run may end in a crash of the C library.
CRASHES=0

# no_leak ALLOWED: of the run before, as LEAK_FILE says.
no_leak() {
    local leaks=''
    [[ ! -s leaks ]] || leaks=$(cut -d ' ' -f 1 leaks)
    [[ $leaks ]] || fail "it did not end as it should: $*"
    ((leaks <= $1)) || fail "$leaks allocations are not freed: $*"
}

# spoiled ALLOWED VARIABLE=NUMBER ARGUMENT...: one run of without_memory.
spoiled() {
    fill
    rm -f result leaks
    STATUS=0
    LEAK_FILE=leaks with_fault "$2" "$ZIPNN" "${@:3}" >out 2>err || STATUS=$?
    CASES=$((CASES + 1))
    if [[ $STATUS == 139 && $CRASHES -gt 0 ]]; then
        CRASHES=$((CRASHES - 1))
        return
    fi
    if [[ $STATUS == 0 ]]; then
        # The files of a folder come unsorted where there is no memory for it.
        same <(sort out) <(sort expected-out) "$*"
        [[ ! -e expected ]] || same result expected "$*"
    else
        expect_error 'memory|Cannot allocate'
        [[ -e source ]] || fail "the source is gone: $*"
        # Under its name, but maybe not yet for good: what is there is whole.
        [[ ! -e result ]] || { grep -q 'its folder cannot be synced' err && cmp result expected; } ||
            fail "there is a result: $*"
    fi
    no_leak "$@"
}

# without_memory ARGUMENT...: zipnn with a source named `source` in this folder, made by fill, and
# what it makes, which is named `result`.
without_memory() {
    local variable number all allowed
    rm -f result
    fill
    LEAK_FILE=leaks with_fault NONE=0 "$ZIPNN" "$@" >expected-out 2>err || fail "status $?: $(cat err)"
    rm -f expected
    [[ ! -e result ]] || mv result expected
    read -r allowed all <leaks
    # A thread that ends keeps a block, which the C library uses again for the next.
    ((allowed <= $(grep -c -- -T2 <<<"$*"))) || fail "$allowed allocations are not freed: $*"
    ((all >= 5)) || fail "$all allocations only: $*"
    for variable in FAULT_MALLOC FAULT_MALLOC_ON; do
        for ((number = 1; number <= all; number++)); do
            spoiled "$allowed" "$variable=$number" "$@"
        done
    done
}

test_no_allocation_is_missed() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer brings its own malloc"
    local threads
    fill() { [[ -e source ]] || cp "$DATA/mixed" source; }
    for threads in -T1 -T2; do
        without_memory -z $threads -o result source
        without_memory -z $threads --rm -o result source
    done
    without_memory -z --best --block-size=64K -o result source
    without_memory -z --dtype=fp32 --no-check -o result source
    rm source
    # Enough chunks to make the seek table grow.
    fill() { [[ -e source ]] || head -c 2000000 "$DATA/fp32" >source; }
    without_memory -z --block-size=4K -o result source
    rm source
    fill() { [[ -e source ]] || cp "$DATA/mixed.znn" source; }
    for threads in -T1 -T2; do
        without_memory -d $threads -o result source
        without_memory -d $threads --rm -o result source
        without_memory -d $threads --range=100K:2M -o result source
    done
    without_memory -t source
    without_memory -dc source
    without_memory -l source
    without_memory -lv source
    without_memory -l --json source
    figures "$CASES failing allocations, no leak"
}

test_no_allocation_is_missed_in_folders() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer brings its own malloc"
    fill() {
        rm -rf source
        mkdir -p source/a/b source/c
        cp "$DATA/small" source/a/b/one
        cp "$DATA/three" source/c/two
    }
    # fts_open of glibc takes one of its allocations for granted; once alone, once with all after it.
    CRASHES=2
    without_memory -r source
    fill() {
        rm -rf source
        mkdir -p source/a/b source/c
        cp "$DATA/small.znn" source/a/b/one.znn
        cp "$DATA/mixed.znn" source/c/two.znn
    }
    CRASHES=2
    without_memory -rt source
    CRASHES=2
    without_memory -rl source
    figures "$CASES failing allocations, no leak"
}

# bench says speeds, which are others each time.
test_no_allocation_is_missed_in_bench() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer brings its own malloc"
    local arguments variable number all allowed
    for arguments in '--block-size=64K' '--json --block-size=4K --best' '--cold=1M --block-size=64K' --stages; do
        # shellcheck disable=SC2086 # several arguments
        LEAK_FILE=leaks with_fault NONE=0 "$ZIPNN" bench -i 0.001 $arguments "$DATA/small" >out 2>err ||
            fail "status $?: $(cat err)"
        read -r allowed all <leaks
        [[ $allowed == 0 ]] || fail "$allowed allocations are not freed: bench $arguments"
        for variable in FAULT_MALLOC FAULT_MALLOC_ON; do
            for ((number = 1; number <= all; number++)); do
                rm leaks
                STATUS=0
                # shellcheck disable=SC2086 # several arguments
                LEAK_FILE=leaks with_fault "$variable=$number" "$ZIPNN" bench -i 0.001 $arguments \
                    "$DATA/small" >out 2>err || STATUS=$?
                [[ $STATUS == 0 ]] || expect_error memory
                no_leak 0 "$variable=$number" "bench $arguments"
                CASES=$((CASES + 1))
            done
        done
    done
    figures "$CASES failing allocations, no leak"
}
