#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# test_cli.sh BUILD_DIR [--faults] [NAME...]: what zipnn(1) promises, seen from outside.
#
# Each test is a function test_NAME in cases_*.sh or, with --faults, in faults_*.sh, which take
# longer; it is run in a folder of its own. A line a test: `ok NAME`, maybe with figures, or
# `not ok NAME: reason`, or `ok NAME # skipped: reason` where this machine cannot do it. Exit 1 if any fails. Needs perl-base, bsdutils (script) and a C compiler, which build machines
# have.

# shellcheck disable=SC2034,SC2317 # what is here is used by the cases
set -euo pipefail
export LC_ALL=C
# A zipnn that waits for ever must not make a test that does.
TIMED=${ZIPNN_TEST_TIMED:-}
SECONDS_ALLOWED=600
[[ ${2:-} != --faults ]] || SECONDS_ALLOWED=14400
[[ $TIMED ]] || ZIPNN_TEST_TIMED=1 exec timeout --kill-after=10 $SECONDS_ALLOWED "$0" "$@"

[[ $# -ge 1 && -x $1/zipnn ]] || {
    echo "usage: $0 BUILD_DIR [--faults] [NAME...]; BUILD_DIR must hold zipnn" >&2
    exit 1
}
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d)
# Tests make folders that cannot be written.
remove() {
    chmod -R u+rwX "$1" && rm -rf "$1"
}
trap 'remove "$WORK"' EXIT
# Another user must be able to run it, for the tests of permissions.
chmod 755 "$WORK"
install -m 755 "$1/zipnn" "$WORK/zipnn"
shift
KIND=cases
if [[ ${1:-} == --faults ]]; then
    KIND=faults
    shift
fi
ZIPNN=$WORK/zipnn
DATA=$WORK/data
FAULTS=$WORK/faults.so
# Sanitizers want to be loaded before the library of faults, and bring their own malloc.
SANITIZED=$(grep -Ec '__(asan|tsan)_init' "$ZIPNN" || true)
# Status 1 is an error that zipnn reports; one that a sanitizer finds must not look like it.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0:exitcode=99
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}exitcode=99

fail() {
    printf '%s\n' "$*" >"$WORK/reason"
    exit 1
}

skip() {
    printf '%s\n' "$*" >"$WORK/skipped"
    exit 0
}

# figures WORDS: what the line of this test says beside `ok`.
figures() {
    printf '%s\n' "$*" >"$WORK/figures"
}

# run ARGUMENT...: zipnn; its status into STATUS, its words into the files out and err.
run() {
    STATUS=0
    "$ZIPNN" "$@" >out 2>err || STATUS=$?
}

expect() {
    [[ $STATUS == "$1" ]] || fail "status $STATUS instead of $1 (${*:2}): $(head -c 300 err)"
}

# The run before ended with an error that says the pattern, and left nothing half done. As no_partial,
# without another process: some tests call it thousands of times.
expect_error() {
    local line pattern="^zipnn: .*$1"
    expect 1 "$1"
    while IFS= read -r line || [[ $line ]]; do
        if [[ $line =~ $pattern ]]; then
            no_partial
            return
        fi
    done <err
    fail "stderr lacks '$1': $(head -c 300 err)"
}

no_partial() {
    shopt -s dotglob globstar nullglob
    local left=(**/.zipnn-partial-*)
    shopt -u dotglob globstar nullglob
    [[ ${#left[@]} == 0 ]] || fail "partial output left: ${left[*]}"
}

same() {
    cmp -s "$1" "$2" || fail "$1 and $2 differ ${3:-}"
}

# lacks PATTERN FILE REASON
lacks() {
    ! grep -q -- "$1" "$2" || fail "$3"
}

# bytes FILE OFFSET [LENGTH]
bytes() {
    dd if="$1" bs=64K iflag=skip_bytes,count_bytes skip="$2" ${3:+count="$3"} status=none
}

absent() {
    [[ ! -e $1 && ! -L $1 ]] || fail "$1 exists"
}

# wait_for COMMAND...: until it succeeds, at most 5 seconds.
wait_for() {
    local i
    for ((i = 0; i < 500; i++)); do
        if "$@"; then
            return 0
        fi
        sleep 0.01
    done
    fail "waited in vain for: $*"
}

has_partial() {
    [[ -n $(find . -name '.zipnn-partial-*' -size +0) ]]
}

# with_fault VARIABLE=VALUE COMMAND...
with_fault() {
    local -x LD_PRELOAD=$FAULTS "${1?}"
    "${@:2}"
}

# on_terminal COMMAND: run by a shell whose stdin, stdout and stderr are a terminal; prints what it
# shows. The status is the command's.
on_terminal() {
    script -qec "$1" /dev/null </dev/null
}

make_data() {
    mkdir "$DATA"
    : >"$DATA/empty"
    printf a >"$DATA/one"
    printf ab >"$DATA/two"
    printf abc >"$DATA/three"
    head -c 307200 /dev/urandom >"$DATA/noise"
    # Sums of uniform numbers are nearly normal, as weights are.
    perl -e 'srand(1);
        print pack("f<", 0.02 * (rand() + rand() + rand() + rand() - 2)) for 1 .. 400_000' \
        >"$DATA/fp32"
    perl -e 'binmode STDIN; local $/; my $all = <STDIN>;
        print join "", map { substr($all, 4 * $_ + 2, 2) } 0 .. length($all) / 4 - 1' \
        <"$DATA/fp32" >"$DATA/bf16"
    {
        printf '{"weight": [1, 2, 3]}'
        cat "$DATA/bf16" "$DATA/fp32" "$DATA/noise" "$DATA/fp32"
        printf 'odd tail'
    } >"$DATA/mixed"
    # Two chunks in a few hundred bytes, for tests that touch each of them.
    {
        head -c 4096 /dev/zero
        head -c 220 "$DATA/bf16"
    } >"$DATA/small"
    # 20 chunks of 4 KiB, all stored: chunk i begins at 8 + i * 4104.
    head -c 81920 "$DATA/noise" >"$DATA/twenty"
    "$ZIPNN" -q --block-size=4K "$DATA/small" "$DATA/twenty"
    "$ZIPNN" -q "$DATA/bf16" "$DATA/mixed"
    local -a flags=(-shared -fPIC)
    [[ $SANITIZED == 0 ]] || flags+=(-DWITHOUT_MALLOC)
    "${CC:-cc}" "${flags[@]}" -o "$FAULTS" "$HERE/faults.c" -ldl
}

for cases in "$HERE"/cases_*.sh "$HERE"/faults_*.sh; do
    # shellcheck source=/dev/null
    source "$cases"
done
make_data
failed=0
tests=("$@")
if ((${#tests[@]} == 0)); then
    mapfile -t tests < <(sed -n 's/^test_\([a-z_]*\)() {$/\1/p' "$HERE/$KIND"_*.sh)
fi
for name in "${tests[@]}"; do
    rm -f "$WORK/reason" "$WORK/skipped" "$WORK/figures"
    mkdir "$WORK/$name"
    # Not in a condition: there `set -e` would not end the test.
    set +e
    (
        set -e
        cd "$WORK/$name"
        "test_$name"
    )
    status=$?
    set -e
    if [[ $status != 0 ]]; then
        echo "not ok $name: $(cat "$WORK/reason" 2>/dev/null || echo "a command failed")"
        failed=1
    elif [[ -e $WORK/skipped ]]; then
        echo "ok $name # skipped: $(cat "$WORK/skipped")"
    elif [[ -e $WORK/figures ]]; then
        echo "ok $name: $(cat "$WORK/figures")"
    else
        echo "ok $name"
    fi
    remove "$WORK/$name"
done
exit $failed
