# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# Files when something fails half way, at every place where it can: what is there afterwards under
# its final name is whole, the source is whole, and the command can be repeated.
# Sourced by test_cli.sh, which has the helpers and calls the functions.

# Of all the tests in this file, for their figures.
CASES=0

# inspect SIGNAL SOURCE FINAL EXPECTED: what a zipnn that was sent a signal left in this folder.
inspect() {
    local left=0 name
    for name in * .[!.]*; do
        case $name in
        '*' | '.[!.]*' | "$2" | "$3") ;;
        .zipnn-partial-??????) left=$((left + 1)) ;;
        *) fail "$name was left" ;;
        esac
    done
    [[ $left == 0 || ($1 == KILL && $left == 1) ]] || fail "$left temporary files are left after $1"
    if [[ -e $3 ]] && ! cmp -s "$3" "$4"; then
        [[ -e $2 && -e ../old ]] || fail "what is called $3 is not whole"
        same "$3" ../old "and it is not whole"
    fi
    if [[ -e $2 ]]; then
        same "$2" "$DATA/$2"
    else
        [[ $OPTIONS == *--rm* ]] || fail "$2 is gone"
        same "$3" "$4" "and the source is gone"
    fi
}

# repeat SOURCE FINAL EXPECTED ARGUMENT...: the same command once more, for all that was left.
repeat() {
    [[ -e $1 ]] || return 0
    "$ZIPNN" "${@:4}" -f "$1" 2>../err || fail "cannot be repeated: $(cat ../err)"
    same "$2" "$3" "after it was repeated"
}

# at_point NUMBER SIGNAL SOURCE FINAL EXPECTED ARGUMENT...: zipnn makes FINAL of SOURCE, and is sent
# the signal before the call of that number of those that do something to a file. 0: it is not.
at_point() {
    local number=$1 signal=$2 source=$3 final=$4 expected=$5 status=0
    cp "$DATA/$source" .
    [[ ! -e ../old ]] || cp ../old "$final"
    {
        env --default-signal=INT,QUIT LD_PRELOAD="$FAULTS" FAULT_POINT="$number" POINT_FILE=../points \
            FAULT_SIGNAL="$(kill -l "$signal")" "$ZIPNN" "${@:6}" "$source" 2>../err || status=$?
    } 2>/dev/null
    if [[ $number == 0 ]]; then
        [[ $status == 0 ]] || fail "status $status: $(cat ../err)"
        return
    fi
    # The end may come before a signal to another thread does.
    [[ $status == $((128 + $(kill -l "$signal"))) || ($status == 0 && $signal != KILL) ]] ||
        fail "point $number, $signal, ${*:6}: status $status: $(cat ../err)"
    inspect "${@:2:4}"
    repeat "${@:3}"
}

# every_point SIGNAL SOURCE FINAL EXPECTED ARGUMENT...: at each point one after the other.
every_point() {
    local number points=0
    OPTIONS=${*:5}
    for ((number = 0; number <= points; number++)); do
        mkdir point
        (cd point && at_point $number "$@")
        rm -rf point
        [[ $number != 0 ]] || points=$(cat points)
    done
    ((points >= 8)) || fail "only $points points"
    CASES=$((CASES + points))
}

# both_ways SIGNAL ARGUMENT...: compressing and decompressing.
both_ways() {
    every_point "$1" mixed mixed.znn "$DATA/mixed.znn" "${@:2}"
    every_point "$1" mixed.znn mixed "$DATA/mixed" -d "${@:2}"
}

test_killed_at_every_point() {
    local signal threads
    for threads in -T1 -T2; do
        for signal in KILL INT TERM; do
            both_ways $signal $threads
            both_ways $signal $threads --rm
        done
        # What is overwritten is there until the new one is.
        printf old >old
        both_ways KILL $threads -f
        both_ways TERM $threads -f --rm
        rm old
    done
    figures "$CASES signals, no output taken for whole, no source lost"
}

# failing VARIABLE NUMBER SOURCE FINAL PATTERN ARGUMENT...: that call fails, and with it zipnn.
# Returns 1 where there was no such call.
failing() {
    local source=$3 final=$4
    STATUS=0
    with_fault "$1=$2" "$ZIPNN" "${@:6}" "$source" >out 2>err || STATUS=$?
    if [[ $STATUS == 0 ]]; then
        rm -f "$final"
        cp "$DATA/$source" .
        return 1
    fi
    expect_error "$5"
    absent "$final"
    same "$source" "$DATA/$source"
    CASES=$((CASES + 1))
}

# each VARIABLE SOURCE FINAL PATTERN ARGUMENT...: the first, second, third... call fails.
each() {
    local number=1
    while failing "$1" $number "${@:2}"; do
        number=$((number + 1))
        ((number < 500)) || fail "there is no end of $1"
    done
    ((number > 2)) || fail "$1 failed $((number - 1)) times only"
}

test_every_write_fails() {
    local threads reason
    local -x FAULT_ERRNO
    cp "$DATA/mixed" "$DATA/mixed.znn" .
    for threads in 1 2; do
        for reason in '28 No space left on device; free' '5 Input/output error; the disk' \
            '122 Disk quota exceeded; free' '116 Stale file handle'; do
            FAULT_ERRNO=${reason%% *}
            rm -f mixed.znn
            each FAULT_WRITE mixed mixed.znn "mixed.znn: at offset [0-9]+: cannot write: ${reason#* }" -T$threads --rm
            cp "$DATA/mixed.znn" .
            rm -f mixed
            each FAULT_WRITE mixed.znn mixed "mixed: at offset [0-9]+: cannot write: ${reason#* }" -dT$threads --rm
            cp "$DATA/mixed" .
        done
    done
    figures "$CASES failing writes, all told"
}

test_every_read_fails() {
    local threads
    cp "$DATA/mixed" "$DATA/mixed.znn" .
    for threads in 1 2; do
        rm mixed.znn
        each FAULT_READ mixed mixed.znn 'mixed: at offset [0-9]+: cannot read: Input/output' -T$threads --rm
        cp "$DATA/mixed.znn" .
        rm mixed
        each FAULT_READ mixed.znn mixed 'mixed.znn: at offset [0-9]+: cannot read: Input/output' -dT$threads --rm
        each FAULT_READ mixed.znn mixed 'mixed.znn: at offset [0-9]+: cannot read: Input/output' -tT$threads
        each FAULT_PREAD mixed.znn part 'mixed.znn: at offset [0-9]+: cannot read: Input/output' -dT$threads \
            --range=1M:2M -o part
        each FAULT_PREAD mixed.znn part 'mixed.znn: at offset [0-9]+: cannot read: Input/output' -lv
        cp "$DATA/mixed" .
    done
    figures "$CASES failing reads, all told"
}

test_every_size_of_disk() {
    local kib name source
    cp "$DATA/bf16" "$DATA/bf16.znn" .
    for name in bf16.znn bf16; do
        source=bf16
        [[ $name == *.znn ]] || source=bf16.znn
        rm "$name"
        for ((kib = 0; kib < $(stat -c %s "$DATA/$name") / 1024; kib += 7)); do
            STATUS=0
            # shellcheck disable=SC2046 # an option or none
            (ulimit -f $kib && exec "$ZIPNN" --rm $([[ $name == *.znn ]] || echo -d) "$source") 2>err ||
                STATUS=$?
            # Where not a byte may be written, not even the message is.
            [[ $kib == 0 ]] || expect_error "$name: at offset [0-9]+: cannot write: File too large"
            [[ $STATUS == 1 ]] || fail "status $STATUS"
            absent "$name"
            same "$source" "$DATA/$source"
            no_partial
            CASES=$((CASES + 1))
        done
        cp "$DATA/$name" .
    done
    figures "$CASES limits, all told"
}

test_every_full_file_system() {
    # In a mount namespace: the file system goes when its processes do.
    cat >inside <<INSIDE
for kib in 4 8 16 32 48 64 96 128 192 256 384 512; do
    mkdir disk
    mount -t tmpfs -o size=\${kib}k none disk || exit 77
    for arguments in '-o disk/x.znn noise' '-T2 -o disk/x.znn noise' '-d -o disk/x bf16.znn' '-dT2 -o disk/x bf16.znn'; do
        if "$ZIPNN" \$arguments; then
            echo whole
        else
            echo caught
            [ -z "\$(ls -A disk)" ] || exit 4
        fi
        rm -f disk/*
    done
    umount disk
    rmdir disk
done
exit 0
INSIDE
    cp "$DATA/bf16.znn" "$DATA/noise" .
    STATUS=0
    unshare -m sh inside >out 2>err || STATUS=$?
    [[ $STATUS == 0 ]] || grep -q '^zipnn: ' err || skip "no tmpfs: $(head -1 err)"
    expect 0 "4: partial output"
    [[ $(grep -c caught out) == $(grep -c 'No space left on device; free' err) ]] || fail "$(cat err)"
    # noise has 300 KiB, and bf16 781.
    [[ $(grep -c caught out) == $((12 * 4 - 4)) ]] || fail "$(sort out | uniq -c)"
    figures "$(grep -c caught out) full file systems, all told"
}
