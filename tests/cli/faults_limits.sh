# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# Files of many GiB and of a million chunks. They are sparse, or made in a pipe: no disk has to hold
# them. Sourced by test_cli.sh, which has the helpers and calls the functions.

# put FILE OFFSET SOURCE: the bytes of a source into a file.
put() {
    dd if="$3" of="$1" bs=64K oflag=seek_bytes seek="$2" conv=notrunc status=none
}

# check_range FILE OFFSET LENGTH: of FILE.znn, by --range.
check_range() {
    run -dc --range="$2:$3" "$1.znn"
    expect 0 "$2:$3"
    cmp -s out <(bytes "$1" "$2" "$3") || fail "$1: the range $2:$3 is not right"
}

# json FILE MEMBER: of FILE, as zipnn -l --json tells.
json() {
    "$ZIPNN" -l --json "$1" | perl -ne 'print $1 if /"'"$2"'": (\d+)/'
}

test_sparse_file() {
    local size=$((16 << 30)) offset start=$SECONDS
    truncate -s $size sparse
    for offset in 0 $((4 << 30)) $(((9 << 30) - 123)) $((size - $(stat -c %s "$DATA/bf16"))); do
        put sparse "$offset" "$DATA/bf16"
    done
    "$ZIPNN" -qT2 sparse || fail "status $?"
    [[ $(json sparse.znn raw_bytes) == "$size" ]] || fail "$("$ZIPNN" -l --json sparse.znn)"
    (($(json sparse.znn chunks) >= size >> 18)) || fail "$("$ZIPNN" -l --json sparse.znn)"
    (($(stat -c %s sparse.znn) < 10000000)) || fail "$(stat -c %s sparse.znn) bytes"
    # On both sides of all that may count in 32 bits.
    for offset in 0 $(((2 << 30) - 5)) $(((4 << 30) - 5)) $(((9 << 30) - 200)) $((size - 100000)); do
        check_range sparse "$offset" 100000
    done
    check_range sparse $((size - 1)) 1
    run -d -o past --range=$((size - 1)):2 sparse.znn
    expect_error "holds $size raw bytes, the range ends at $((size + 1))"
    "$ZIPNN" -dcT2 sparse.znn | cmp - sparse || fail "does not come back"
    # Damage behind 4 GiB is named by its place.
    offset=$(($(stat -c %s sparse.znn) - 24 - 12 * $(json sparse.znn chunks) - 8 - 1000))
    flip sparse.znn $offset 1
    run -t sparse.znn
    expect_error 'sparse.znn: at offset [0-9]+: damaged chunk \(raw bytes 1717[0-9]{7} to 1717[0-9]{7}\)'
    figures "16 GiB, $((SECONDS - start)) seconds"
}

# chunks_in_memory CHUNKS ARGUMENT...: by the man page's formula for one thread and small chunks.
chunks_in_memory() {
    [[ $SANITIZED != 0 ]] || at_most $((4096 + 2048 + 8 * 64 + $1 * 24 / 1024)) "${@:2}"
}

test_a_million_chunks() {
    local size=$((4100 << 20)) count=$((4100 << 8)) start=$SECONDS
    truncate -s $size sparse
    put sparse $((3000 << 20)) "$DATA/bf16"
    put sparse $((size - 307200)) "$DATA/noise"
    chunks_in_memory $count -f --block-size=4K sparse
    (($(json sparse.znn chunks) >= count)) || fail "$("$ZIPNN" -l --json sparse.znn)"
    count=$(json sparse.znn chunks)
    chunks_in_memory "$count" -t sparse.znn
    chunks_in_memory "$count" -l sparse.znn
    chunks_in_memory "$count" -dc --range=3000M:800000 sparse.znn
    check_range sparse $((3000 << 20)) 800000
    check_range sparse $((size - 4097)) 4097
    "$ZIPNN" -dcT2 sparse.znn | cmp - sparse || fail "does not come back"
    # A byte of the seek table, in its middle.
    flip sparse.znn $((-24 - 6 * count)) 1
    run -l sparse.znn
    expect_error 'bad seek table'
    run -t sparse.znn
    expect_error 'the seek table does not repeat the chunks'
    figures "$count chunks, $((SECONDS - start)) seconds"
}

# tiny_chunks COUNT: a .znn file of so many chunks of one byte, which no writer makes.
tiny_chunks() {
    perl -e 'my $count = shift;
        my @table = map { my $c = $_; $c = $c & 1 ? $c >> 1 ^ 0x82f63b78 : $c >> 1 for 1 .. 8; $c } 0 .. 255;
        my ($crc, $entries) = (0xffffffff, "\x0f" . "\0" x 7);
        print "ZNNF\1\0\0\0";
        for my $i (1 .. $count) {
            print "\0\1\0\0\0\0\0\0", chr($i & 255);
            $entries .= "\0\1\0\0\0\0\0\0\x09\0\0\0";
        }
        my $end = $entries . pack("Q<Q<", $count, $count);
        $crc = $table[($crc ^ ord($_)) & 255] ^ $crc >> 8 for split //, $end;
        print $end, pack("L<", $crc ^ 0xffffffff), "ZNNE"' "$1"
}

test_chunks_of_one_byte() {
    local count=1000000
    tiny_chunks $count >tiny.znn
    perl -e 'print map { chr($_ & 255) } 1 .. shift' $count >tiny
    [[ $(json tiny.znn chunks) == "$count" ]] || fail "$("$ZIPNN" -l --json tiny.znn)"
    "$ZIPNN" -dcT2 tiny.znn >out
    same out tiny
    chunks_in_memory $count -t tiny.znn
    chunks_in_memory $count -l tiny.znn
    check_range tiny 999990 10
    check_range tiny 499999 3
    head -c 8999999 tiny.znn >cut.znn
    run -t cut.znn
    expect_error 'cut.znn: at offset 8999999: .*truncated'
    figures "$count chunks of one byte"
}
