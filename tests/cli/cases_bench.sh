# shellcheck shell=bash disable=SC2034,SC2154,SC2317
# SPDX-License-Identifier: BSD-3-Clause
#
# zipnn bench: what scripts read of it, and that it trusts no codec.
# Sourced by test_cli.sh, which has the helpers and calls the functions.

# without_codec NAME: this build lacks it.
without_codec() {
    ! "$ZIPNN" bench -i 0.001 --block-size=64K --codec="$1" "$DATA/small" >/dev/null 2>&1
}

# check_json PYTHON [FILE...]: statements about `bench` (the object in each file, by default out), `results` and `by`, results
# by (block, codec).
check_json() {
    /usr/bin/python3 -B - "$@" <<'END' || fail "the JSON is not as it should be: $(head -c 2000 "${2:-out}")"
import json, sys


def check(name):
    bench = json.load(open(name))
    assert set(bench) == {"machine", "results"}, bench.keys()
    assert set(bench["machine"]) == {"cpu", "isa", "compiler", "commit"}
    assert all(type(value) is str and value for value in bench["machine"].values())
    results = bench["results"]
    for result in results:
        assert list(result) == ["file", "block", "codec", "raw_bytes", "coded_bytes", "compress_mbps", "decompress_mbps",
                                "rounds"], result
        assert type(result["block"]) is int and type(result["coded_bytes"]) is int and result["coded_bytes"] > 0
        assert result["compress_mbps"] > 0 and result["decompress_mbps"] > 0 and result["rounds"] >= 3
    by = {(result["block"], result["codec"]): result for result in results}
    exec(sys.argv[1], {"json": json, "bench": bench, "results": results, "by": by})


for name in sys.argv[2:] or ["out"]:
    check(name)
END
}

test_bench_json() {
    run bench --json -i 0.01 --block-size=64K,96K "$DATA/bf16"
    expect 0
    [[ ! -s err ]] || fail "words on stderr: $(cat err)"
    check_json '
names = [result["codec"] for result in results]
assert len(results) == len(by) and names[:len(names) // 2] == names[len(names) // 2:]
assert {"memcpy", "zstd-1", "zstd-3", "zipnn"} <= set(names) <= {"memcpy", "zstd-1", "zstd-3", "lz4", "huff0-planes", "zipnn"}
assert {result["block"] for result in results} == {65536, 98304}
assert all(result["raw_bytes"] == 800000 and result["file"].endswith("/bf16") for result in results)
for block in 65536, 98304:
    assert by[block, "memcpy"]["coded_bytes"] == 800000
    for name in {"zipnn", "huff0-planes"} & set(names):
        assert 480000 < by[block, name]["coded_bytes"] < 560000, by[block, name]
'
}

# The same size as the library gives for the same blocks, whatever the working set.
test_bench_sizes() {
    local block coded
    run bench --json -i 0.001 --codec=zipnn,memcpy --block-size=64K --cold=3M "$DATA/noise" "$DATA/bf16"
    expect 0
    check_json '
assert [result["raw_bytes"] for result in results] == [307200, 307200, 800000, 800000]
assert 307200 < results[0]["coded_bytes"] <= 307200 + 5 * 16 + 307200 // 5000
'
    mv out cold
    run bench --json -i 0.001 --codec=memcpy,zipnn --block-size=64K "$DATA/noise" "$DATA/bf16"
    expect 0
    check_json '
cold = json.load(open("cold"))["results"]
sizes = lambda results: {(r["file"], r["codec"]): r["coded_bytes"] for r in results}
assert sizes(cold) == sizes(results)
'
}

test_bench_odd_files() {
    local name
    for name in one two three small mixed; do
        run bench --json -i 0.001 --block-size=4K,5001,8M "$DATA/$name"
        expect 0 "$name"
    done
    "$ZIPNN" bench -i 0.001 --codec=zipnn - <"$DATA/bf16" >out 2>err || fail "stdin: $(cat err)"
    grep -Eq '^  zipnn +5[0-9]{5} ' out || fail "no row: $(cat out)"
    # A name that would break JSON, and one that would steer a terminal.
    cp "$DATA/small" $'new\nline"'
    run bench --json -i 0.001 --codec=memcpy $'new\nline"'
    expect 0
    check_json 'assert all(result["file"] == "new\nline\"" for result in results)'
    run bench -i 0.001 --codec=memcpy $'new\nline"'
    expect 0
    grep -q '^new?line": 4316 bytes' out || fail "no heading: $(cat out)"
}

test_bench_table() {
    run bench -i 0.001 --block-size=64K,5001 "$DATA/bf16" "$DATA/fp32"
    expect 0
    [[ $(grep -c '^  zipnn ' out) == 4 && $(grep -c '^  zstd-3 ' out) == 4 ]] || fail "rows: $(cat out)"
    grep -q 'bf16: 800000 bytes, blocks of 64 KiB, medians of' out || fail "no heading: $(cat out)"
    grep -q 'fp32: 1600000 bytes, blocks of 5001 bytes' out || fail "no heading: $(cat out)"
    head -n 1 out | grep -q 'commit' || fail "no machine: $(cat out)"
}

# A codec that gives other data back is an error, with file, place and codec; the other files are measured.
test_bench_mismatch() {
    ! without_codec lz4 || skip "built without liblz4"
    STATUS=0
    with_fault FAULT_LZ4=1 "$ZIPNN" bench --json -i 0.001 --block-size=64K "$DATA/bf16" >out 2>err || STATUS=$?
    expect_error 'bf16: at offset 0: codec lz4 did not give this block back as it was: round trip mismatch'
    check_json 'assert results == []'
    with_fault FAULT_LZ4=1 "$ZIPNN" bench -i 0.001 --codec=zipnn,memcpy "$DATA/bf16" >out 2>err ||
        fail "an error without lz4: $(cat err)"
}

test_bench_errors() {
    run bench --json -i 0.001 --block-size=64K --codec=memcpy missing "$DATA/empty" . "$DATA/small"
    expect_error 'missing: cannot open: No such file'
    grep -q '^zipnn: .*empty: is empty' err || fail "the empty file is not named: $(cat err)"
    grep -q '^zipnn: \.: is a folder' err || fail "the folder is not named: $(cat err)"
    # What can be measured is, and the JSON is whole.
    check_json 'assert [result["raw_bytes"] for result in results] == [4316]'
    # A sanitizer ends the program rather than give no memory.
    if [[ $SANITIZED == 0 ]]; then
        run bench --codec=memcpy --cold=1000000G "$DATA/small"
        expect_error 'small: out of memory.*--cold'
    fi
    with_fault FAULT_READ=1 "$ZIPNN" bench "$DATA/small" >out 2>err && fail "a failing disk passes"
    grep -q 'small.*Input/output error' err || fail "the failing disk is not named: $(cat err)"
    STATUS=0
    "$ZIPNN" bench -i 0.001 --codec=memcpy "$DATA/small" >/dev/full 2>err || STATUS=$?
    expect_error 'stdout: cannot write'
}

# A stand-in that says what it was told: four codecs, contexts of their own, sizes of elements as detection finds them.
test_bench_blosc() {
    "${CC:-cc}" -shared -fPIC -o fake.so "$HERE/fake_blosc2.c"
    run bench --json -i 0.001 --block-size=64K --blosc2=./fake.so "$DATA/bf16" "$DATA/fp32" "$DATA/noise"
    expect 0
    check_json '
coders = {"zstd": 5, "lz4": 1}
filters = {"shuffle": 1, "bitshuffle": 2}
names = ["blosc2-%s-%s" % (f, c) for c in coders for f in filters]
found = [result["codec"] for result in results]
assert found[:len(found) // 3] == found[len(found) // 3:2 * len(found) // 3]
assert [name for name in found[:len(found) // 3] if name.startswith("blosc2-")] == names, found
for result in results:
    if result["codec"] in names:
        _, f, c = result["codec"].split("-")
        element = {"bf16": 2, "fp32": 4, "noise": 1}[result["file"].split("/")[-1]]
        blocks = -(-result["raw_bytes"] // 65536)
        assert result["coded_bytes"] == result["raw_bytes"] + blocks * (4 + coders[c] + filters[f] + element), result
'
    run bench --json -i 0.001 --codec=zipnn,blosc2-bitshuffle-lz4 --blosc2 "$PWD/fake.so" "$DATA/bf16"
    expect 0
    check_json 'assert [result["codec"] for result in results] == ["zipnn", "blosc2-bitshuffle-lz4"] * 2'
}

# Without the library nobody is bothered; who asks for it learns what is missing.
test_bench_blosc_missing() {
    run bench --codec=memcpy,blosc2-shuffle-lz4 "$DATA/bf16"
    expect_error 'codec blosc2-shuffle-lz4 needs libblosc2.*--blosc2='
    run bench --blosc2=./none.so "$DATA/bf16"
    expect_error '--blosc2: ./none.so: cannot open.*leave it out'
    [[ ! -s out ]] || fail "measured all the same: $(cat out)"
    run bench --blosc2="$FAULTS" "$DATA/bf16"
    expect_error '--blosc2: .*undefined symbol: blosc2_'
    "${CC:-cc}" -shared -fPIC -DOTHER_LAYOUT -o other.so "$HERE/fake_blosc2.c"
    run bench --blosc2=./other.so "$DATA/bf16"
    expect_error '--blosc2: ./other.so: its parameters are laid out in another way'
    run bench --help
    grep -q -- '--blosc2=LIBRARY' out || fail "the help does not name it"
}

# Stages and what is left of zipnn_compress make up all of it, for floats, for what is coded by zstd, for odd ends.
test_bench_stages() {
    printf 'no weight, but line %d of a text\n' {1..4000} >text
    run bench --stages --json -i 0.001 --block-size=64K,256K "$DATA/bf16" "$DATA/fp32" text "$DATA/one" "$DATA/mixed"
    expect 0
    [[ ! -s err ]] || fail "words on stderr: $(cat err)"
    /usr/bin/python3 -B - <<'END' || fail "the JSON is not as it should be: $(head -c 2000 out)"
import json
results = json.load(open("out"))["results"]
assert len(results) == 10
for result in results:
    assert list(result) == ["file", "block", "raw_bytes", "values", "rounds", "stages"], result
    assert result["rounds"] >= 3
    stages = {stage["stage"]: stage for stage in result["stages"]}
    names = ["detect", "split", "crc", "look", "build codes", "encode", "rest", "compress", "verify"]
    assert list(stages) == names, list(stages)
    assert abs(stages["compress"]["share"] - 1) < 1e-9
    assert abs(sum(stages[name]["share"] for name in names[:7]) - 1) < 0.002, result
    for stage in result["stages"]:
        us = stage["ns_per_value"] / 1e3 * result["values"] / result["raw_bytes"] * result["block"]
        assert result["raw_bytes"] == 1 or abs(us - stage["us_per_block"]) < 0.02 + 0.001 * abs(us), (us, stage)
    name = result["file"].split("/")[-1]
    assert name not in ("bf16", "fp32") or result["values"] == 400000, result
    assert name != "text" or result["values"] == result["raw_bytes"] and stages["encode"]["share"] < 0.02, result
    assert name not in ("bf16", "fp32") or min(stages[n]["us_per_block"] for n in names[:6]) > 0, result
END
    run bench --stages -i 0.001 "$DATA/bf16"
    expect 0
    grep -q 'bf16: 800000 bytes, blocks of 256 KiB, medians of' out || fail "no heading: $(cat out)"
    grep -Eq '^  compress +[0-9.]+ +[0-9.]+ +100.0$' out || fail "no sum: $(cat out)"
    run bench --stages --block-size=512K "$DATA/bf16"
    expect_error '--stages takes blocks of up to 256K'
    local option
    for option in --codec=zipnn --best --cold=1M; do
        run bench --stages "$option" "$DATA/bf16"
        expect_error '--stages goes with neither --codec, --best nor --cold'
    done
}

test_bench_usage() {
    local -a cases=(
        'bench needs a FILE' ''
        "'lz5' is no codec" '--codec=lz5 x'
        "'' is no codec" '--codec=zipnn, x'
        'codec zipnn is named twice' '--codec=zipnn,memcpy,zipnn x'
        "'3K' is no block size" '--block-size=64K,3K x'
        "'9M' is no block size" '--block-size 9M x'
        'more than 16 block sizes' '--block-size=4K,4K,4K,4K,4K,4K,4K,4K,4K,4K,4K,4K,4K,4K,4K,4K,4K x'
        "'0' is no measuring time" '-i 0 x'
        "'nan' is no measuring time" '-inan x'
        "'3x' is no measuring time" '-i 3x x'
        "'1e9' is no measuring time" '-i 1e9 x'
        "'-1' is no size" '--cold=-1 x'
        "'0' is no size" '--cold=0 x'
        'needs a value' '--codec'
        'needs a value' '-i'
        'takes no value' '--json=1 x'
        'unknown option -x' '-x x'
        'unknown option --blocksize=4K' '--blocksize=4K x'
    )
    local i
    for ((i = 0; i < ${#cases[@]}; i += 2)); do
        # shellcheck disable=SC2086 # several arguments
        run bench ${cases[i + 1]}
        expect_error "${cases[i]}"
        [[ ! -s out ]] || fail "words on stdout after ${cases[i + 1]}"
    done
    run bench --help
    expect 0
    grep -q 'huff0-planes' out || fail "the help does not help"
    run --help
    grep -q 'zipnn bench --help' out || fail "zipnn --help does not name bench"
    # The word is a command only where it comes first, as itself.
    cp "$DATA/small" bench
    for i in ./bench '-- bench' '-k bench'; do
        # shellcheck disable=SC2086 # several arguments
        run $i
        expect 0
        [[ -s bench.znn ]] || fail "$i was not compressed"
        rm bench.znn
    done
}

# One allocation after the other fails: an error that says so, or nothing worse.
test_bench_without_memory() {
    [[ $SANITIZED == 0 ]] || skip "a sanitizer brings its own malloc"
    local i
    for ((i = 1; i <= 60; i++)); do
        STATUS=0
        with_fault FAULT_MALLOC="$i" "$ZIPNN" bench --json -i 0.001 --block-size=64K "$DATA/small" >out 2>err ||
            STATUS=$?
        [[ $STATUS == 0 || $STATUS == 1 ]] || fail "allocation $i: status $STATUS: $(cat err)"
        [[ $STATUS == 0 ]] || grep -q '^zipnn: ' err || fail "allocation $i: no word"
        [[ $STATUS == 1 ]] || mv out "whole-$i"
    done
    check_json 'assert len(results) >= 4' whole-*
    for ((i = 1; i <= 25; i++)); do
        STATUS=0
        with_fault FAULT_MALLOC="$i" "$ZIPNN" bench --stages -i 0.001 "$DATA/small" >out 2>err || STATUS=$?
        [[ $STATUS == 0 || $STATUS == 1 ]] || fail "stages, allocation $i: status $STATUS: $(cat err)"
        [[ $STATUS == 0 ]] || grep -q '^zipnn: ' err || fail "stages, allocation $i: no word"
    done
}
