# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# What must not be written to, waited for or removed: names that others may have made.
# Sourced by test_cli.sh, which has the helpers and calls the functions.

# run_briefly ARGUMENT...: as run; status 124 where zipnn waits for something.
run_briefly() {
    STATUS=0
    timeout --kill-after=1 5 "$ZIPNN" "$@" >out 2>err || STATUS=$?
}

# What stands at d/x and d/y.znn is neither written to nor replaced nor waited for.
refused_as_target() {
    local force
    for force in '' f; do
        run_briefly "-drv$force" d
        expect_error 'd/x: already exists and is no file that could be overwritten'
        run_briefly "-v$force" d/y
        expect_error 'd/y.znn: already exists and is no file that could be overwritten'
    done
}

test_derived_names_are_files() {
    mkdir d target
    cp "$DATA/small.znn" d/x.znn
    cp "$DATA/small" d/y
    mkfifo d/x d/y.znn
    refused_as_target
    [[ -p d/x && -p d/y.znn ]] || fail "a pipe was replaced"
    rm d/x d/y.znn
    mkdir d/x d/y.znn
    refused_as_target
    rm -r d/x d/y.znn
    # A link is not followed: with -f it is itself what is replaced.
    local link
    for link in /dev/null ../target ../nowhere; do
        ln -s "$link" d/x
        run_briefly -dr d
        expect_error 'd/x: already exists; use -f'
        [[ -L d/x ]] || fail "the link to $link is gone"
        run_briefly -drf d
        expect 0 "$link"
        [[ ! -L d/x ]] || fail "the link to $link was written through"
        same d/x "$DATA/small"
        rm d/x
    done
    absent nowhere
    [[ -z $(ls -A target) ]] || fail "written through a link"
    # Where the user names it, it is what he wants.
    mkfifo named
    cat named >got &
    run_briefly -d -o named d/x.znn
    expect 0
    wait
    same got "$DATA/small"
    ln -s /dev/null null
    run_briefly -d -o null d/x.znn
    expect 0
    [[ -L null ]] || fail "a link to a device that was named is gone"
}

test_named_pipe_becomes_another() {
    mkfifo o
    printf precious >o.swap
    STATUS=0
    with_fault FAULT_SWAP=o timeout 5 "$ZIPNN" -o o "$DATA/small" >out 2>err || STATUS=$?
    expect_error 'o: was no file when zipnn began'
    [[ $(cat o) == precious ]] || fail "a file was written into"
    rm o
    mkfifo o
    printf disk >o.swap
    local -x FAULT_DISKS=1
    STATUS=0
    with_fault FAULT_SWAP=o timeout 5 "$ZIPNN" -o o "$DATA/small" >out 2>err || STATUS=$?
    expect_error 'o: is a disk; use -f'
    [[ $(cat o) == disk ]] || fail "a disk was written to"
}

test_disk_with_two_names() {
    # Two nodes of one disk, as FAULT_DISKS tells of two files of one size.
    cp "$DATA/small" a
    cp a b
    STATUS=0
    with_fault FAULT_DISKS=1 "$ZIPNN" -f -o b a 2>err || STATUS=$?
    expect_error 'b: is the source too'
    same b a
    STATUS=0
    # shellcheck disable=SC2094 # stdout is the other one
    with_fault FAULT_DISKS=1 "$ZIPNN" -c a 2>err 1<>b || STATUS=$?
    expect_error 'stdout: is the source too'
    same b a
    head -c 10 a >b
    STATUS=0
    with_fault FAULT_DISKS=1 "$ZIPNN" -o b a 2>err || STATUS=$?
    expect_error 'b: is a disk; use -f'
    with_fault FAULT_DISKS=1 "$ZIPNN" -f -o b a 2>err || fail "another disk: $(cat err)"
    run -dc b
    same out "$DATA/small"
}

test_output_that_is_stdout() {
    local force name
    cp "$DATA/small" a
    # Not /dev/stdout itself: a zipnn that replaced it would do so for the whole machine.
    ln -s /dev/stdout link
    for name in link /proc/self/fd/1; do
        for force in -f -q; do
            run $force --rm -o "$name" a
            expect_error 'lose nothing'
            same a "$DATA/small"
            [[ ! -s out ]] || fail "written for --rm"
            run $force -o "$name" a
            expect 0 "$name"
            "$ZIPNN" -dc out >back || fail "not written to stdout: $name"
            same back "$DATA/small"
        done
    done
    [[ -L link ]] || fail "a link to stdout was replaced"
    ln -s /dev/stderr messages
    run -f -o messages a
    expect_error 'messages: is where the messages go'
    [[ -L messages ]] || fail "a link to stderr was replaced"
}

test_replaced_files_are_synced() {
    cp "$DATA/small" a
    STATUS=0
    with_fault FAULT_FSYNC=28 "$ZIPNN" -f a 2>err || STATUS=$?
    expect 0 "nothing was replaced"
    printf old >a.znn
    with_fault FAULT_FSYNC=28 "$ZIPNN" -f a 2>err || STATUS=$?
    expect_error 'a.znn: cannot sync to disk: No space left'
    [[ $(cat a.znn) == old ]] || fail "the old file is gone"
}

test_names_too_long() {
    local name
    printf -v name '%0252d' 0
    head -c 300000 "$DATA/noise" >"$name"
    STATUS=0
    # The work would fail in the first read.
    with_fault FAULT_READ=1 "$ZIPNN" "$name" 2>err || STATUS=$?
    expect_error '0.znn: cannot create: File name too long'
    name=${name:1}
    cp "$DATA/small" "$name"
    run "$name"
    expect 0
    rm "$name"
    run -d "$name.znn"
    same "$name" "$DATA/small"
}

test_pipes_that_are_refused() {
    local arguments
    cp "$DATA/small" a
    mkfifo p p.znn
    while read -r arguments; do
        # shellcheck disable=SC2086 # the words are the arguments
        run_briefly $arguments
        expect_error 'p(.znn)?: .*(no regular file|regular file only|not a pipe)' "$arguments"
    done <<'ARGUMENTS'
p
-f p
-r p
-d p.znn
--rm p
--rm -o x p
-l p.znn
-lv p.znn
-d --range=0:1 -o x p.znn
ARGUMENTS
    absent x
    # Where it may be, its writer is waited for.
    (sleep 0.1 && cat a >p) &
    run_briefly -o x p
    expect 0
    same <("$ZIPNN" -dc x) a
    wait
}

test_files_that_become_pipes() {
    local mode name
    for mode in -r -rt -rl -dr; do
        name=d/a.znn
        [[ $mode != -r ]] || name=d/a
        mkdir d
        cp "$DATA/small.znn" $name
        mkfifo $name.swap
        STATUS=0
        with_fault FAULT_SWAP=$name timeout 5 "$ZIPNN" $mode d >out 2>err || STATUS=$?
        expect_error "$name: is no longer a regular file"
        rm -r d
    done
}
