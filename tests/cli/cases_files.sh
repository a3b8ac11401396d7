# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# Which files are read and written, and what becomes of them.
# Sourced by test_cli.sh, which has the helpers and calls the functions.

test_sources_are_kept() {
    cp "$DATA/bf16" a
    run a
    same a "$DATA/bf16"
    mv a.znn b.znn
    run -d b.znn
    same b "$DATA/bf16"
    [[ -e b.znn ]] || fail "the source of -d is gone"
}

test_suffixes() {
    local name
    cp "$DATA/small" plain
    cp "$DATA/small.znn" a.znn
    cp "$DATA/small.znn" .znn
    run a.znn
    expect 2
    grep -q 'a.znn: has the suffix .znn already' err || fail "no warning: $(cat err)"
    absent a.znn.znn
    run -q a.znn
    expect 2
    [[ ! -s err ]] || fail "-q lets the warning through"
    run -f a.znn
    expect 0
    run -dc a.znn.znn
    same out a.znn
    run -d plain
    expect_error 'has not the suffix .znn.*-o, or use -c'
    mkdir folder
    cp .znn folder
    for name in .znn folder/.znn; do
        run -d $name
        expect_error 'has not the suffix'
    done
    run -d -o named .znn
    expect 0
    same named "$DATA/small"
    # An error outweighs a warning, and neither stops the others.
    cp "$DATA/small" good
    run a.znn missing good
    expect 1
    [[ -s good.znn ]] || fail "the file after the error was not done"
}

test_several_files() {
    cp "$DATA/one" a
    cp "$DATA/noise" b
    run a b
    expect 0
    run -dc a.znn b.znn
    cat a b >both
    same out both
    run -t a.znn b.znn
    expect 0
    run -c a b
    expect_error 'cannot become one .znn'
    run -o c a b
    expect_error 'cannot become one .znn'
    run -d -o c a.znn b.znn
    expect_error '-o takes one FILE'
    absent c
}

test_flags_and_operands() {
    cp "$DATA/small" ./-name
    run -- -name
    expect 0
    [[ -s ./-name.znn ]] || fail "-- does not end the options"
    run -dcf -- -name.znn
    same out "$DATA/small"
    run -dfqo one -- -name.znn
    same one "$DATA/small"
    run -d -otwo -T2 ./-name.znn
    same two "$DATA/small"
    run -tzd -T2vc ./-name.znn
    same out "$DATA/small"
    run --decompress --stdout --quiet --force --keep --threads=2 --no-progress ./-name.znn
    same out "$DATA/small"
    run -z --stdout -- - <"$DATA/small"
    expect 0
    mv out coded
    run -d - -o - <coded
    same out "$DATA/small"
}

test_never_overwrites() {
    cp "$DATA/small" a
    printf precious >a.znn
    run a
    expect_error 'a.znn: already exists; use -f'
    [[ $(cat a.znn) == precious ]] || fail "the output was overwritten"
    ln -s nowhere link
    run -o link a
    expect_error 'link: already exists'
    run -f a
    expect 0
    printf other >a
    run -d a.znn
    expect_error 'a: already exists'
    [[ $(cat a) == other ]] || fail "the output was overwritten"
    run -df a.znn
    expect 0
    same a "$DATA/small"
    printf precious >back
    head -c 100 a.znn >bad.znn
    run -df -o back bad.znn
    expect_error 'bad.znn: at offset 100: '
    [[ $(cat back) == precious ]] || fail "an error of -f destroyed the old output"
}

test_source_as_output() {
    cp "$DATA/small" a
    ln a hard
    ln -s a soft
    local name
    for name in a ./a hard soft; do
        run -f -o "$name" a
        expect_error 'is the source too'
        same a "$DATA/small"
    done
    # shellcheck disable=SC2094 # the same file on both sides is what is tested
    "$ZIPNN" -c a >>a 2>err && fail "stdout was the source"
    grep -q 'stdout: is the source too' err || fail "message: $(cat err)"
    same a "$DATA/small"
}

test_appears_meanwhile() {
    local fault
    mkfifo pipe
    for fault in NONE=0 FAULT_RENAME=22; do
        with_fault "$fault" "$ZIPNN" -o out.znn pipe 2>err &
        {
            head -c 400000 "$DATA/noise"
            wait_for has_partial
            printf precious >out.znn
        } >pipe
        STATUS=0
        wait $! || STATUS=$?
        expect_error 'out.znn: appeared while zipnn was at work'
        [[ $(cat out.znn) == precious ]] || fail "it was overwritten ($fault)"
        rm out.znn
    done
    STATUS=0
    with_fault FAULT_RENAME=22 "$ZIPNN" -o out.znn "$DATA/small" 2>err || STATUS=$?
    expect 0 "no renameat2"
    run -dc out.znn
    same out "$DATA/small"
    no_partial
}

test_mode_and_time() {
    cp "$DATA/small" a
    chmod 640 a
    touch -d '2001-02-03 04:05:06.789 UTC' a
    run a
    [[ $(stat -c '%a %.3Y' a.znn) == "$(stat -c '%a %.3Y' a)" ]] || fail "-z: $(stat a.znn)"
    chmod 604 a.znn
    run -df a.znn
    [[ $(stat -c '%a %.3Y' a) == "$(stat -c '%a %.3Y' a.znn)" ]] || fail "-d: $(stat a)"
    (umask 027 && "$ZIPNN" -o b.znn <"$DATA/small")
    [[ $(stat -c %a b.znn) == 640 ]] || fail "from a pipe: $(stat b.znn)"
    STATUS=0
    with_fault FAULT_FCHMOD=1 "$ZIPNN" -o c.znn a 2>err || STATUS=$?
    expect 2
    grep -q 'c.znn: the mode could not be kept' err || fail "no warning"
}

test_acl() {
    cp "$DATA/small" a
    chmod 604 a
    # A user beside the owner may read and write, the group may not: mode 664 is the ACL's mask.
    python3 -c 'import os, struct
entries = [(1, 6, -1), (2, 6, 12345), (4, 0, -1), (16, 6, -1), (32, 4, -1)]
os.setxattr("a", "system.posix_acl_access",
            struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries))' 2>why ||
        skip "no ACL here: $(tail -1 why)"
    [[ $(stat -c %a a) == 664 ]] || fail "the source: $(stat a)"
    run a
    expect 0
    [[ $(stat -c %a a.znn) == 604 ]] || fail "the output: $(stat a.znn)"
}

test_owner() {
    [[ $(id -u) == 0 ]] || skip "only root can give files away"
    cp "$DATA/small" a
    chown 12345:54321 a
    run a
    [[ $(stat -c %u:%g a.znn) == 12345:54321 ]] || fail "$(stat a.znn)"
}

test_rm() {
    cp "$DATA/bf16" a
    run --rm a
    expect 0
    absent a
    run -d --rm a.znn
    expect 0
    absent a.znn
    same a "$DATA/bf16"
    run --rm --keep a
    [[ -e a ]] || fail "-k does not undo --rm"
    # Whatever goes wrong, the source stays.
    run --rm a
    expect_error 'already exists'
    same a "$DATA/bf16"
    head -c 1000 a.znn >b.znn
    run -d --rm b.znn
    expect_error 'at offset 1000'
    [[ -e b.znn ]] || fail "removed after an error"
    ln -s a link
    run --rm link
    expect 2
    [[ -L link && -e a ]] || fail "a symbolic link was removed"
    same <("$ZIPNN" -dc link.znn) a
    run --rm -c a
    expect_error 'could lose the data'
    run --rm -o /dev/null a
    expect_error 'loses? nothing|lose nothing'
    run --rm -t a.znn
    expect_error 'needs -z or -d'
    run -d --rm --range=0:1 -o x a.znn
    expect_error 'lose the rest'
    run --rm -o x - <a
    expect_error 'cannot remove stdin'
    same a "$DATA/bf16"
}

test_rm_of_a_changed_source() {
    cp "$DATA/bf16" a
    touch -d '2001-01-01' a
    STATUS=0
    with_fault FAULT_TOUCH=a "$ZIPNN" --rm a 2>err || STATUS=$?
    expect 2
    grep -q 'a: is a symbolic link or changed while it was read: not removed' err ||
        fail "no warning: $(cat err)"
    same a "$DATA/bf16"
    run -t a.znn
    expect 0
    # As the one before, by a writer that hides it.
    STATUS=0
    with_fault FAULT_REWRITE=a "$ZIPNN" --rm -o b.znn a 2>err || STATUS=$?
    expect 2
    grep -q 'a: is a symbolic link or changed while it was read: not removed' err ||
        fail "no warning: $(cat err)"
    [[ $(head -c 1 a) == '!' && $(stat -c %Y a) == "$(stat -c %Y b.znn)" ]] || fail "not rewritten"
}

test_recursion() {
    mkdir -p tree/sub tree/.hidden
    cp "$DATA/small" tree/a
    cp "$DATA/one" tree/sub/b
    cp "$DATA/two" tree/.hidden/c
    ln -s ../tree/sub/b tree/link
    ln -s .. tree/sub/loop
    mkfifo tree/pipe
    ln -s tree named
    run tree
    expect_error 'tree: is a folder; use -r'
    run -r named
    expect 0
    [[ $(find tree -name '*.znn' | sort | tr '\n' ' ') == \
        'tree/.hidden/c.znn tree/a.znn tree/sub/b.znn ' ]] || fail "$(find tree)"
    run -rt tree
    expect 0
    run -rl tree
    [[ $(wc -l <out) == 5 ]] || fail "listing: $(cat out)"
    rm tree/a tree/sub/b tree/.hidden/c
    run -dr tree
    expect 0
    same tree/a "$DATA/small"
    same tree/sub/b "$DATA/one"
    run -r tree
    expect_error 'tree/a.znn: already exists'
    run -rc tree
    expect_error 'cannot become one'
    run -r
    expect_error '-r needs a folder'
    run -r missing
    expect_error 'missing: cannot open: No such file'
    # What another zipnn is writing, or has left; but not what only looks like it.
    mkdir work
    touch work/.zipnn-partial-aB3dE6 work/.zipnn-partial-
    run -rv work
    expect 0
    grep -q 'work/.zipnn-partial-aB3dE6: skipped, it is an unfinished' err || fail "$(cat err)"
    absent work/.zipnn-partial-aB3dE6.znn
    [[ -e work/.zipnn-partial-.znn ]] || fail "another name was skipped"
}

test_missing_and_wrong_files() {
    run missing
    expect_error 'missing: cannot open: No such file or directory; check the name'
    absent missing.znn
    cp "$DATA/small" a
    run -o none/b a
    expect_error 'none/b: cannot create: No such file'
    run -o . a
    expect_error '\.: is a folder'
    run -d -o b a
    expect_error 'a: at offset 0: .*not zipnn data; is it a .znn file'
    absent b
    run -d -o b "$DATA/empty"
    expect_error 'empty: at offset 0: .*truncated'
    mkfifo pipe
    run pipe
    expect_error 'pipe: is no regular file, so the output has no place'
}

test_permissions() {
    cp "$DATA/small" a
    mkdir locked
    cp "$DATA/small" locked/b
    chmod 000 a
    chmod 555 locked
    chmod 755 .
    local -a as=()
    if [[ $(id -u) == 0 ]]; then
        as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        "${as[@]}" "$ZIPNN" -V >out 2>&1 || skip "cannot become another user: $(head -1 out)"
    fi
    STATUS=0
    "${as[@]}" "$ZIPNN" a 2>err || STATUS=$?
    expect_error 'a: cannot open: Permission denied; check the permissions'
    STATUS=0
    "${as[@]}" "$ZIPNN" locked/b 2>err || STATUS=$?
    expect_error 'locked/b.znn: cannot create: Permission denied'
}

test_failing_reads() {
    local number
    cp "$DATA/mixed" a
    cp "$DATA/mixed.znn" b.znn
    for number in 1 3; do
        STATUS=0
        with_fault FAULT_READ=$number "$ZIPNN" a 2>err || STATUS=$?
        expect_error "a: at offset $((262144 * (number - 1))): cannot read: Input/output error"
        absent a.znn
        STATUS=0
        with_fault FAULT_READ=$number "$ZIPNN" -d b.znn 2>err || STATUS=$?
        expect_error 'b.znn: at offset [0-9]+: cannot read: Input/output error; the disk'
        absent b
    done
}

test_full_disk() {
    cp "$DATA/noise" a
    cp "$DATA/bf16.znn" b.znn
    STATUS=0
    "$ZIPNN" -c a >/dev/full 2>err || STATUS=$?
    expect_error 'stdout: at offset [0-9]+: cannot write: No space left on device; free some'
    run -d -o /dev/full b.znn
    expect_error '/dev/full: at offset 0: cannot write: No space left'
    local call
    for call in FSYNC CLOSE; do
        STATUS=0
        with_fault "FAULT_$call=28" "$ZIPNN" --rm a 2>err || STATUS=$?
        expect_error 'a.znn: cannot (sync to disk|complete): No space left'
        absent a.znn
        same a "$DATA/noise"
        STATUS=0
        with_fault "FAULT_$call=28" "$ZIPNN" -d --rm b.znn 2>err || STATUS=$?
        expect_error 'b: cannot (sync to disk|complete): No space left'
        absent b
    done
    # A limit of file sizes is a full disk that every machine has.
    STATUS=0
    (ulimit -f 64 && exec "$ZIPNN" a) 2>err || STATUS=$?
    expect_error 'a.znn: at offset [0-9]+: cannot write: File too large'
    absent a.znn
}

test_full_file_system() {
    mkdir disk
    # In a mount namespace: the file system goes when its processes do.
    cat >inside <<INSIDE
mount -t tmpfs -o size=128k none disk || exit 77
cp "$DATA/bf16.znn" . && cp "$DATA/noise" .
for arguments in '-o disk/x.znn noise' '-d -o disk/x bf16.znn'; do
    "$ZIPNN" \$arguments && exit 3
    [ -z "\$(ls -A disk)" ] || exit 4
done
exit 0
INSIDE
    STATUS=0
    unshare -m sh inside >out 2>err || STATUS=$?
    [[ $STATUS == 0 ]] || grep -q '^zipnn: ' err || skip "no tmpfs: $(head -1 err)"
    expect 0 "3: no error, 4: partial output"
    [[ $(grep -c 'No space left on device' err) == 2 ]] || fail "$(cat err)"
}

# faults_files.sh does so with larger files and all signals, and with every write.
test_killed_anywhere() {
    every_point KILL small small.znn "$DATA/small.znn" --block-size=4K --rm
    every_point KILL small.znn small "$DATA/small" -d --rm
    every_point TERM small small.znn "$DATA/small.znn" --block-size=4K --rm
    # What is overwritten is there until the new one is.
    printf old >old
    every_point KILL small small.znn "$DATA/small.znn" --block-size=4K -f
    figures "$CASES signals"
}

test_some_writes_fail() {
    cp "$DATA/small" "$DATA/small.znn" .
    rm small
    each FAULT_WRITE small.znn small 'small: at offset [0-9]+: cannot write: No space left' -d --rm
    cp "$DATA/small" .
    rm small.znn
    each FAULT_WRITE small small.znn 'small.znn: at offset [0-9]+: cannot write: No space left' --rm
    figures "$CASES failing writes"
}

# Calls may do less than they were asked for, or nothing because a signal came.
test_short_and_interrupted_calls() {
    with_fault FAULT_SHORT=997 "$ZIPNN" -T2 -o mixed.znn "$DATA/mixed" 2>err || fail "$(cat err)"
    same mixed.znn "$DATA/mixed.znn"
    with_fault FAULT_SHORT=997 "$ZIPNN" -dT2 mixed.znn 2>err || fail "-d: $(cat err)"
    same mixed "$DATA/mixed"
    with_fault FAULT_SHORT=997 "$ZIPNN" -d --range=1M:1M -o part mixed.znn 2>err || fail "--range: $(cat err)"
    same part <(bytes "$DATA/mixed" 1M 1M)
}

test_closed_pipe() {
    local status
    set +e +o pipefail
    "$ZIPNN" -dc "$DATA/mixed.znn" 2>err | head -c 10 >/dev/null
    status=${PIPESTATUS[0]}
    set -e -o pipefail
    STATUS=$status
    expect_error 'stdout: at offset [0-9]+: cannot write: Broken pipe; the program that reads'
    set +e +o pipefail
    "$ZIPNN" -cT3 "$DATA/mixed" 2>err | head -c 10 >/dev/null
    status=${PIPESTATUS[0]}
    set -e -o pipefail
    STATUS=$status
    expect_error 'Broken pipe'
}

test_closed_descriptors() {
    STATUS=0
    "$ZIPNN" -c "$DATA/small" >&- 2>err || STATUS=$?
    expect_error 'stdout: .*Bad file descriptor'
    STATUS=0
    "$ZIPNN" -c <&- 2>err >out || STATUS=$?
    expect_error 'stdin: .*Bad file descriptor'
    # The output must not become stderr, or the summary lands in it.
    "$ZIPNN" -v -o a.znn <"$DATA/small" 2>&- || fail "fails without stderr"
    run -t a.znn
    expect 0
    STATUS=0
    "$ZIPNN" -l "$DATA/small.znn" >/dev/full 2>err || STATUS=$?
    expect_error 'stdout: cannot write: No space left'
}

test_terminals() {
    command -v script >/dev/null || skip "script(1) is not installed"
    local word
    STATUS=0
    on_terminal "exec '$ZIPNN' -c '$DATA/small'" >err || STATUS=$?
    tr -d '\r' <err >clean && mv clean err
    expect_error 'stdout: is a terminal and the data are binary'
    STATUS=0
    on_terminal "exec '$ZIPNN' -dc '$DATA/small.znn'" >err || STATUS=$?
    expect_error 'stdout: is a terminal'
    on_terminal "exec '$ZIPNN' -dcf '$DATA/three.znn'" >err || true
    for word in '' -d -t -l; do
        STATUS=0
        on_terminal "exec '$ZIPNN' $word >out" >err || STATUS=$?
        expect_error 'stdin: is a terminal'
    done
    "$ZIPNN" -o three.znn "$DATA/three"
    on_terminal "exec '$ZIPNN' -dcf three.znn" >out || fail "-f does not force"
    [[ $(cat out) == abc ]] || fail "-dcf on a terminal: $(cat out)"
}

test_progress() {
    command -v script >/dev/null || skip "script(1) is not installed"
    local slow="(head -c 300000 '$DATA/mixed'; sleep 0.5; head -c 900000 '$DATA/mixed')"
    cp "$DATA/mixed" a
    on_terminal "$slow | '$ZIPNN' -o pipe.znn" >out
    grep -q ' MB/s' out || fail "no bar for a pipe: $(cat -v out)"
    lacks 'left' out "time left of a pipe"
    # Cleared: after the last bar the line is blanked and the cursor is back.
    tail -c 300 out | tr '\r' '\n' | grep -q '^  *$' || fail "the bar stays: $(cat -v out)"
    grep -q 'stdin.*:.*%.*B => .*B, pipe.znn' out || fail "no summary: $(cat -v out)"
    on_terminal "'$ZIPNN' -vc a | (sleep 0.5; cat) >/dev/null" >out
    grep -Eq '^.?a \[=*>? *\] +[0-9]+% .* MB/s .*%  [0-9]+:[0-9]+ left' <(tr '\r' '\n' <out) ||
        fail "no bar for a file: $(cat -v out)"
    on_terminal "$slow | '$ZIPNN' --no-progress -o none.znn" >out
    lacks ' MB/s' out "--no-progress shows a bar"
    on_terminal "$slow | '$ZIPNN' -qo quiet.znn" >out
    [[ ! -s out ]] || fail "-q says: $(cat -v out)"
    on_terminal "'$ZIPNN' a" >out
    lacks ' MB/s' out "a bar for short work"
    grep -q 'a  .*:.*a.znn)' out || fail "no summary"
}

test_silence_without_terminal() {
    cp "$DATA/small" a
    run a
    [[ ! -s err && ! -s out ]] || fail "talks: $(cat err out)"
    run -vf a
    grep -Eq '^a +: +[0-9.]+%   \( +4316 B => +[0-9]+ B, a.znn\)$' err || fail "-v: $(cat err)"
    run -vdf a.znn
    grep -Eq '^a.znn +: +4316 B, a$' err || fail "-dv: $(cat err)"
    run -vt a.znn
    grep -Eq '^a.znn +: +4316 B, sound$' err || fail "-tv: $(cat err)"
}

test_names_cannot_steer_the_terminal() {
    local name=$'bad\e[2Jname\n'
    run "$name"
    expect 1
    lacks $'\e' err "an escape came through"
    grep -q 'bad?\[2Jname?: cannot open' err || fail "$(cat err)"
    cp "$DATA/small.znn" "$name.znn"
    run -l "$name.znn"
    lacks $'\e' out "an escape came through -l"
    run -l --json "$name.znn"
    grep -qF '"file": "bad\u001b[2Jname\u000a.znn"' out || fail "json: $(cat out)"
    cp "$DATA/small.znn" $'q"\\\xff\xc3\xa9.znn'
    run -l --json $'q"\\\xff\xc3\xa9.znn'
    grep -qF $'"file": "q\\"\\\\\\ufffd\xc3\xa9.znn"' out || fail "json: $(cat out)"
    # Those of 8 bits, 0x80 to 0x9f: alone, as UTF-8, and behind what UTF-8 does not begin with. But not letters.
    name=$'c1\x9b2J\xc2\x9b\xc2\x80\xe2\x9b[\xc2\xa0\xc3\x9b\xe2\x82\xac.znn'
    cp "$DATA/small.znn" "$name"
    run "$name"
    grep -qaF $'c1?2J????\xe2?[\xc2\xa0\xc3\x9b\xe2\x82\xac.znn: has' err || fail "$(cat -v err)"
    run -l "$name"
    grep -qaF $'c1?2J????\xe2?[\xc2\xa0\xc3\x9b\xe2\x82\xac.znn' out || fail "-l: $(cat -v out)"
    run -l --json "$name"
    grep -qaF $'"file": "c1\\ufffd2J\\u009b\\u0080\\ufffd\\ufffd[\xc2\xa0\xc3\x9b\xe2\x82\xac.znn"' out ||
        fail "json: $(cat -v out)"
}
