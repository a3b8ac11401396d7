# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# Data come back as they were, damaged data never come back silently.
# Sourced by test_cli.sh, which has the helpers and calls the functions.

test_round_trips() {
    local name block raw coded
    for name in empty one two three small noise fp32 bf16 mixed; do
        for block in 4K 5001 128K 256K 8M; do
            cp "$DATA/$name" source
            run --block-size="$block" source
            expect 0 "$name $block"
            mv source original
            raw=$(stat -c %s original)
            coded=$(stat -c %s source.znn)
            if [[ $block == *[1-9]??K || $block == *M ]]; then
                ((coded <= raw + 64 + raw / 5000)) || fail "$name: $raw became $coded"
            fi
            run -t source.znn
            expect 0 "$name $block"
            run -d source.znn
            expect 0 "$name $block"
            same source original "$block"
            rm source source.znn original
        done
    done
    ((10 * $(stat -c %s "$DATA/bf16.znn") < 7 * $(stat -c %s "$DATA/bf16"))) ||
        fail "bf16 does not shrink to 70 %"
}

test_pipes() {
    local threads name
    for threads in 1 2 5; do
        for name in empty three mixed; do
            # cat writes in pieces of its own, the second one in very small ones.
            "$ZIPNN" <"$DATA/$name" | cat | "$ZIPNN" -d -T"$threads" | cat >back
            same back "$DATA/$name"
            perl -e '$| = 1; local $/ = \997; print while <STDIN>' <"$DATA/$name" |
                "$ZIPNN" -T"$threads" - |
                perl -e '$| = 1; local $/ = \1009; print while <STDIN>' | "$ZIPNN" -dc - >back
            same back "$DATA/$name"
        done
    done
}

test_stdin_twice() {
    run - - <"$DATA/small"
    expect_error 'stdin can be compressed once only'
    [[ ! -s out ]] || fail "something was written"
    cp "$DATA/one" a
    run -z - a -- <"$DATA/small"
    expect 0
    "$ZIPNN" -dc out >back
    same back "$DATA/small"
    [[ -s a.znn ]] || fail "the file beside stdin was not done"
}

test_same_bytes_for_any_threads() {
    local threads
    for threads in 1 2 3 16 0; do
        run -T"$threads" --block-size=32K -c "$DATA/mixed"
        expect 0
        mv out "coded-$threads"
        same coded-1 "coded-$threads"
        "$ZIPNN" -dcT"$threads" coded-1 >back
        same back "$DATA/mixed"
    done
    "$ZIPNN" --threads=2 --block-size=32K <"$DATA/mixed" >coded
    same coded coded-1 "from a pipe"
}

test_dtypes() {
    local dtype
    for dtype in auto bf16 fp16 fp32 fp64 fp8 bytes; do
        run --dtype="$dtype" -c "$DATA/bf16"
        expect 0 "$dtype"
        mv out coded
        "$ZIPNN" -dc coded >back
        same back "$DATA/bf16" "$dtype"
    done
    run --dtype fp16 -o coded.znn "$DATA/bf16"
    run -l --json coded.znn
    grep -q '"fp16": 800000' out || fail "--dtype is not obeyed: $(cat out)"
    run --dtype=fp64 --block-size=5001 -c "$DATA/fp32"
    expect_error 'multiple of its 8 bytes'
}

test_check_and_no_check() {
    run --no-check -o plain.znn "$DATA/noise"
    run -l --json plain.znn
    grep -q '"checked_chunks": 0,' out || fail "--no-check wrote checks"
    run --no-check --check -o checked.znn "$DATA/noise"
    run -l --json checked.znn
    grep -q '"chunks": 2, "checked_chunks": 2,' out || fail "--check wrote no checks"
    run -dc plain.znn
    same out "$DATA/noise"
}

# errors_by_file: what the run before said of each of its files, into the array SAID.
errors_by_file() {
    local line
    declare -gA SAID=()
    while IFS= read -r line; do
        [[ $line =~ ^zipnn:\ ([^ :]+):\ (.*) ]] || fail "stderr: $line"
        SAID[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
    done <err
}

# Here and in the next test many files a run, where that tests the same: starting it takes longer than what it does.
test_every_truncation() {
    local size length
    size=$(stat -c %s "$DATA/small.znn")
    perl -e 'local $/; my $all = <STDIN>;
        for (0 .. length($all) - 1) {
            open my $f, ">", "cut-$_.znn" or die;
            print $f substr($all, 0, $_);
        }' <"$DATA/small.znn"
    run -d cut-*.znn
    expect 1
    no_partial
    errors_by_file
    for ((length = 0; length < size; length++)); do
        [[ ${SAID[cut-$length.znn]-} == "at offset $length: "* ]] ||
            fail "at $length: ${SAID[cut-$length.znn]-no error}"
        absent "cut-$length"
        run -d <"cut-$length.znn"
        expect_error "stdin: at offset $length: "
    done
    local mode
    for mode in -l '-dc --range=0:1'; do
        # shellcheck disable=SC2086 # several arguments
        run $mode cut-*.znn
        expect 1 "$mode"
        no_partial
        errors_by_file
        for ((length = 0; length < size; length++)); do
            [[ ${SAID[cut-$length.znn]-} == 'at offset'* ]] ||
                fail "$mode at $length: ${SAID[cut-$length.znn]-no error}"
        done
        [[ $mode == -l || ! -s out ]] || fail "--range gave something"
    done
}

# flip FILE OFFSET BITS: exclusive or of one byte, in place; a negative offset counts from the end.
flip() {
    perl -e 'open my $f, "+<", $ARGV[0]; seek $f, $ARGV[1], $ARGV[1] < 0 ? 2 : 0; read $f, my $c, 1;
        seek $f, -1, 1; print $f chr(ord($c) ^ $ARGV[2])' "$@"
}

test_every_byte_damaged() {
    local size at bits name
    size=$(stat -c %s "$DATA/small.znn")
    perl -e 'local $/; my $all = <STDIN>;
        for my $at (0 .. length($all) - 1) {
            for my $bits (1, 255) {
                open my $f, ">", "bad-$at-$bits.znn" or die;
                my $bad = $all;
                substr($bad, $at, 1) = chr(ord(substr($all, $at, 1)) ^ $bits);
                print $f $bad;
            }
        }' <"$DATA/small.znn"
    bytes "$DATA/small" 4090 20 >expected
    run -d bad-*.znn
    expect 1
    no_partial
    errors_by_file
    for ((at = 0; at < size; at++)); do
        for bits in 1 255; do
            name=bad-$at-$bits
            if [[ -e $name ]]; then
                same "$name" "$DATA/small" "at $at"
                [[ -z ${SAID[$name.znn]-} ]] || fail "an error and an output at $at"
            else
                [[ ${SAID[$name.znn]-} =~ ^at\ offset\ [0-9]+:\ .*\; ]] ||
                    fail "at $at: ${SAID[$name.znn]-neither error nor output}"
            fi
            run -dc --range=4090:20 "$name.znn"
            if [[ $STATUS == 0 ]]; then
                same out expected "at $at"
            else
                expect 1 "range, $at"
            fi
        done
    done
    run -l -v bad-*.znn
    ((STATUS <= 1)) || fail "-l: status $STATUS"
}

test_damage_in_a_large_file() {
    local at size
    size=$(stat -c %s "$DATA/mixed.znn")
    for ((at = 5; at < size; at += size / 40)); do
        cp "$DATA/mixed.znn" bad.znn
        flip bad.znn "$at" 16
        cp bad.znn before
        run -dT2 bad.znn
        expect_error 'bad.znn: at offset [0-9]+: '
        absent bad
        same bad.znn before
        run -t bad.znn
        expect_error 'bad.znn: at offset [0-9]+: '
    done
}

# damage_twenty INDEX...: a byte in the middle of each of these chunks.
damage_twenty() {
    local index
    cp "$DATA/twenty.znn" bad.znn
    for index; do
        printf '\0\1\2\3' | dd of=bad.znn bs=1 seek=$((8 + index * 4104 + 2000)) conv=notrunc \
            status=none
    done
}

test_first_damage_is_named() {
    local threads
    for threads in 1 2 8; do
        damage_twenty 16 3 4
        run -dcT"$threads" bad.znn
        expect_error "at offset $((8 + 3 * 4104)): damaged chunk \(raw bytes 12288 to 16383\): che"
        cmp -s out <(head -c 12288 "$DATA/twenty") || fail "not all before the damage is written"
        # A truncation that is read before the damage is found must not hide it.
        head -c $((8 + 5 * 4104)) bad.znn >cut.znn
        run -tT"$threads" cut.znn
        expect_error "at offset $((8 + 3 * 4104)): damaged"
    done
}

test_joined_files() {
    cat "$DATA/small.znn" "$DATA/bf16.znn" >joined.znn
    run -d joined.znn
    expect_error "at offset $(stat -c %s "$DATA/small.znn"): extra bytes follow"
    absent joined
    run -d <joined.znn
    expect_error 'extra bytes follow'
    { cat "$DATA/small.znn" && printf x; } >extra.znn
    run -t extra.znn
    expect_error 'extra bytes follow'
    run -l extra.znn
    expect_error 'no footer at the end'
}

test_table_must_agree() {
    # Chunks 1 and 2 trade places: each is sound, its CRC tells that it is at the wrong offset.
    {
        bytes "$DATA/twenty.znn" 0 $((8 + 4104))
        bytes "$DATA/twenty.znn" $((8 + 2 * 4104)) 4104
        bytes "$DATA/twenty.znn" $((8 + 4104)) 4104
        bytes "$DATA/twenty.znn" $((8 + 3 * 4104))
    } >bad.znn
    run -d bad.znn
    expect_error "at offset $((8 + 4104)): damaged chunk"
    run -dc --range=5000:10 bad.znn
    expect_error "at offset $((8 + 4104)): the chunk is not the one in the seek table"
    # Without CRC only the table can tell that a chunk is missing.
    "$ZIPNN" --no-check --block-size=4K -o plain.znn "$DATA/twenty"
    {
        bytes plain.znn 0 $((8 + 4104))
        bytes plain.znn $((8 + 2 * 4104))
    } >bad.znn
    run -d bad.znn
    expect_error 'seek table|footer'
    absent bad
}

# seal FILE TABLE: after its bytes from TABLE on were changed, the checksum in the footer is right again.
seal() {
    perl -e 'local $/; open my $f, "+<", $ARGV[0]; binmode $f; my $all = <$f>; my $crc = 0xffffffff;
        for (unpack "C*", substr $all, $ARGV[1], length($all) - 8 - $ARGV[1]) {
            $crc ^= $_;
            $crc = $crc >> 1 ^ ($crc & 1 ? 0x82f63b78 : 0) for 1 .. 8;
        }
        seek $f, -8, 2; print $f pack "V", $crc ^ 0xffffffff' "$@"
}

test_coded_sizes_must_agree() {
    local size arguments table
    # Nothing but coded sizes tell of three bytes behind the only chunk.
    "$ZIPNN" -q -o good.znn "$DATA/bf16" --block-size=8M
    size=$(stat -c %s good.znn)
    {
        head -c $((size - 44)) good.znn
        printf xxx
        tail -c 44 good.znn
    } >bad.znn
    run -l bad.znn
    expect_error 'the seek table does not fit the file'
    table=$((size + 3 - 44))
    perl -e 'open my $f, "+<", $ARGV[0]; seek $f, $ARGV[1] + 16, 0; read $f, my $was, 4;
        seek $f, -4, 1; print $f pack "V", unpack("V", $was) + 3' bad.znn $table
    run -l bad.znn
    expect_error "at offset $table: bad seek table: checksum"
    seal bad.znn $table
    run -l bad.znn
    expect 0 "the table alone is sound"
    for arguments in -lv '-l --json' '-d --range=0:1 -o x' -t; do
        # shellcheck disable=SC2086 # several arguments
        run $arguments bad.znn
        expect_error 'at offset 8: the chunk is not the one in the seek table|bad chunk header' "$arguments"
    done
}

test_frame_damage_is_named() {
    local size
    size=$(stat -c %s "$DATA/twenty.znn")
    # The checksum in an entry of the seek table, which nothing but the table needs.
    cp "$DATA/twenty.znn" bad.znn
    flip bad.znn $((size - 24 - 12 * 7 + 5)) 64
    run -d bad.znn
    expect_error 'the seek table does not repeat the chunks'
    run -l bad.znn
    expect_error "at offset $((size - 24 - 12 * 20 - 8)): bad seek table"
    # The footer: number of chunks, raw size, CRC, magic.
    for at in -24 -16 -8 -4; do
        cp "$DATA/twenty.znn" bad.znn
        flip bad.znn $at 1
        run -t bad.znn
        expect_error "at offset $((size - 24)): bad footer"
        run -l bad.znn
        expect_error 'bad footer|no footer|bad seek table'
    done
    # A chunk's header that differs from its entry, and bytes between the last chunk and the table.
    cp "$DATA/twenty.znn" bad.znn
    flip bad.znn $((8 + 4104 + 5)) 1
    run -l bad.znn
    expect 0 "the table alone is sound"
    run -lv bad.znn
    expect_error "at offset $((8 + 4104)): the chunk is not the one in the seek table"
    {
        bytes "$DATA/twenty.znn" 0 $((8 + 20 * 4104))
        printf xxx
        bytes "$DATA/twenty.znn" $((8 + 20 * 4104))
    } >bad.znn
    run -l bad.znn
    expect_error 'the seek table does not fit the file'
    run -d bad.znn
    expect_error "at offset $((8 + 20 * 4104)): "
}

test_hostile_lengths() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer needs more memory than the limit"
    local arguments
    # A stored chunk that claims 16 MiB, a table that claims 2^60 chunks.
    printf 'ZNNF\1\0\0\0\0\377\377\377\0\0\0\0' >claim.znn
    STATUS=0
    (ulimit -v 100000 && exec "$ZIPNN" -d claim.znn) 2>err || STATUS=$?
    expect_error 'at offset 16: .*truncated'
    {
        head -c 40 "$DATA/small.znn"
        printf '\0\0\0\0\0\0\0\020\0\0\0\0\0\0\0\020\0\0\0\0ZNNE'
    } >claim.znn
    STATUS=0
    (ulimit -v 100000 && exec "$ZIPNN" -l claim.znn) 2>err || STATUS=$?
    expect_error 'bad footer: corrupted'
    # As many chunks as a sparse file has room for: nothing in front of where their table would be.
    head -c 8 "$DATA/small.znn" >sparse.znn
    truncate -s 4G sparse.znn
    printf '\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0ZNNE' >>sparse.znn
    for arguments in -l '-d --range=0:1 -o x'; do
        STATUS=0
        # shellcheck disable=SC2086 # several arguments
        (ulimit -v 100000 && exec "$ZIPNN" $arguments sparse.znn) 2>err || STATUS=$?
        expect_error "at offset $((4 * 1024 ** 3 - 12 * 2 ** 27 - 8)): bad seek table: corrupted"
    done
}

test_bounded_memory() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer needs more memory than the limit"
    STATUS=0
    {
        ulimit -v 50000
        head -c 200M /dev/zero | "$ZIPNN" -T2 2>err | "$ZIPNN" -d -T2 2>err2 | wc -c >out
    } || fail "$(cat err err2)"
    [[ $(cat out) == 209715200 ]] || fail "$(cat out) bytes"
}

# at_most KIB ARGUMENT...: zipnn with these does not take more memory than so many KiB, its program included.
at_most() {
    local peak
    with_fault PEAK_FILE=peak "$ZIPNN" -q "${@:2}" >out || fail "status $? of: ${*:2}"
    peak=$(tr -dc 0-9 <peak)
    [[ $peak ]] || fail "no peak of: ${*:2}"
    ((peak <= $1)) || fail "$peak KiB instead of at most $1: ${*:2}"
}

# The formulas of the man page, under -T, in KiB.
test_memory_of_threads() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer needs more memory than the limit"
    local threads block slots
    # More blocks than there are slots, of all kinds.
    for _ in 1 2 3 4 5 6 7; do
        cat "$DATA/mixed" "$DATA/noise" "$DATA/noise" "$DATA/noise"
    done >many
    for block in 64 1024; do
        "$ZIPNN" -q --block-size="${block}K" -c many >many.znn
        for threads in 1 2 8; do
            slots=$((threads == 1 ? 1 : 3))
            at_most $((4096 + threads * (2048 + (2 * slots + 2) * block))) -cT$threads --block-size=${block}K many
            at_most $((4096 + threads * (1024 + (2 * slots + 1) * block))) -dcT$threads many.znn
            cp many source
            at_most $((4096 + threads * (2048 + (2 * slots + 4) * block))) --rm -fT$threads \
                --block-size=${block}K source
        done
    done
    at_most $((4096 + 2 * (2048 + 32 * 256))) --best -cT2 "$DATA/mixed"
}
