#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# An OSD that no longer starts, on a host without a zipnn plugin: tests/rescue/ gets its objects back, all kinds of them
# and whatever was done to them, byte for byte. Damaged ones it refuses, or says what is lost.
set -euo pipefail
# shellcheck source=tests/ceph/test.sh
. "$(dirname "$0")/test.sh" "$@"
osd=$CLUSTER_DIR/osd.0
wanted=$work/wanted
mkdir "$wanted"

objects() { IN_CLUSTER_TIMEOUT=800 in_cluster "${python[@]}" "$tests_dir/../rescue/osd_objects.py" "$@"; }
get() { objects get "$osd" "$@" --rescue "$build_dir/rescue"; }
# What objects are to be, as rados_objects.py wrote them.
expected() {
    "${python[@]}" - "$1" "$wanted" <<'END'
import os, sys
sys.path.insert(0, os.path.dirname(os.environ["PAYLOAD"]))
import rados_objects
for number in range(int(sys.argv[1])):
    for *_, content in rados_objects.steps(number):
        pass
    with open(os.path.join(sys.argv[2], f"object-{number}"), "wb") as file:
        file.write(content)
END
}

"$cluster" create
make_pool pool zipnn
for kind in bf16 fp32 fp16 text noise zero; do
    payload "$kind" 3000000 1 >"$wanted/$kind"
    put pool "$kind" "$wanted/$kind"
done
check "eight objects written, overwritten in part and appended to" \
    in_cluster "${python[@]}" "$tests_dir/rados_objects.py" pool
PAYLOAD=$tests_dir/payload.py expected 8
check_number "bytes compressed" "$(perf_counter osd.0 bluestore bluestore_compressed_original)" '>' 20000000

echo "--- objects of odd shapes"
rados() { in_cluster rados -p pool "$@"; }
: >"$wanted/empty"
rados create empty
{
    head -c 2000000 /dev/zero
    cat "$wanted/bf16"
} >"$wanted/sparse"
rados put sparse "$wanted/bf16" --offset 2000000
head -c 1000001 "$wanted/fp32" >"$wanted/truncated"
put pool truncated "$wanted/fp32"
rados truncate truncated 1000001
{
    cat "$wanted/text"
    head -c 2000000 /dev/zero
} >"$wanted/grown"
put pool grown "$wanted/text"
rados truncate grown 5000000 # a hole at its end
cp "$wanted/bf16" "$wanted/a%2Fb+snapid=1" # as the script names it
put pool a/b "$wanted/bf16"
rados mksnap before
payload noise 100000 2 >"$work/piece"
cp "$wanted/bf16" "$wanted/a%2Fb"
dd if="$work/piece" of="$wanted/a%2Fb" bs=100000 seek=7 conv=notrunc status=none
rados put a/b "$work/piece" --offset 700000
cp "$wanted/text" "$wanted/text+namespace=other"
rados --namespace other put text "$wanted/text"

echo "--- the OSD dies, and there is no plugin any more; nor a monitor"
kill -KILL "$(<"$CLUSTER_DIR/run/osd.0.pid")"
slot_holds stock
rm "$CLUSTER_DIR/plugins/compressor/libceph_zipnn.so"
quietly "$cluster" stop
tool=(in_cluster ceph-objectstore-tool --no-mon-config --data-path "$osd")
"${tool[@]}" bf16 get-bytes "$work/back" >/dev/null 2>&1 || true
check "Ceph's own tool does not give a compressed object" bash -c "! cmp -s '$work/back' '$wanted/bf16'"

check "all objects are whole" get "$work/out"
for file in "$wanted"/*; do
    back=$(find "$work/out" -name "${file##*/}")
    check "${file##*/}: identical" cmp "$file" "$back"
done
check_number "objects" "$(find "$work/out" -type f | wc -l)" '==' "$(find "$wanted" -type f | wc -l)"
check_number "objects listed" "$(objects list "$osd" | wc -l)" '==' "$(find "$wanted" -type f | wc -l)"

echo "--- without metadata: the blobs of an object that was written once lie in one piece"
objects scan "$osd/block" "$work/scan" --rescue "$build_dir/rescue" >"$work/scanned" || true
found=0
for blob in "$work/scan"/*; do
    # The offsets of its blobs are those of its bytes.
    for ((at = 0; at < 3000000; at += 524288)); do
        if cmp -s -n "$(stat -c %s "$blob")" -i "0:$at" "$blob" "$wanted/bf16"; then
            found=$((found + 1))
        fi
    done
done
check_number "blobs of bf16 found by a scan" "$found" '>=' 5

echo "--- damage"
"${python[@]}" "$tests_dir/damage_blobs.py" "$osd/block" >/dev/null
status=0
get "$work/damaged" bf16 text noise >"$work/said" || status=$?
check_number "a damaged object: exit status" "$status" '==' 1
check "it is not written" test -z "$(find "$work/damaged" -name bf16)"
check "the reason is told" grep -q "^error.*bf16.*checksum of a compressed blob" "$work/said"
for kind in text noise; do
    check "$kind is: identical" cmp "$wanted/$kind" "$(find "$work/damaged" -name "$kind")"
done
status=0
get "$work/holes" bf16 --holes >"$work/said" || status=$?
check_number "with --holes: exit status" "$status" '==' 2
check "what is lost is zeros, and told; all else is identical" \
    "${python[@]}" - "$wanted/bf16" "$(find "$work/holes" -name bf16)" "$work/said" <<'END'
import re, sys
wanted, found = (bytearray(open(name, "rb").read()) for name in sys.argv[1:3])
lost = [(int(a), int(b) + 1) for a, b in re.findall(r"^lost.*bytes (\d+) to (\d+)", open(sys.argv[3]).read(), re.M)]
# damage_blobs.py has hit the first half of each blob of 512 KiB.
assert [a for a, _ in lost] == list(range(0, 2 << 20, 512 << 10)) + [2 << 20], lost
for a, b in lost:
    assert b - a == 256 << 10 and not any(found[a:b]), (a, b)
    wanted[a:b] = bytes(b - a)
assert wanted == found
END
