#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that a listing of a safetensors file of mixed tensors tells the truth, chunk by chunk.

`zipnn -l` names what the seek table says (src/FORMAT.md section 5), which says what the writer saw in the bytes; what
they are stands in the safetensors header. Asked for: each chunk of 4 KiB or more is named after the dtype of most of its
tensor bytes (smaller ones may hold several small tensors, which do not pay for a chunk each), and 99.5 % of all tensor
bytes lie in a chunk of their name. Integer tensors have no name and zeros no dtype: they are left out.
"""
import argparse
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "corpus"))
import safetensors_file as st  # noqa: E402  (needs the path)

NAMES = {2: "fp8", 3: "bf16", 4: "fp16", 5: "fp32", 6: "fp64"}
OF_DTYPE = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8", "F8_E5M2": "fp8",
            "I8": "fp8", "U8": "fp8"}
ENTRY, FOOTER = 12, 24
MIN_SHARE = 0.995
MIN_CHUNK = 4096


def chunks_of(path):
    """(name, raw offset, raw size) of each chunk of a .znn file, from its seek table."""
    with open(path, "rb") as file:
        coded = file.read()
    count = struct.unpack("<Q", coded[-FOOTER:-FOOTER + 8])[0]
    table = coded[-FOOTER - count * ENTRY:-FOOTER]
    at = 0
    for i in range(count):
        first = struct.unpack_from("<I", table, i * ENTRY)[0]
        layout, size = first & 15, first >> 8
        yield NAMES.get(layout, "bytes"), at, size
        at += size


def tensors_of(path):
    """(name of the dtype or None, offset in the file, bytes) of each tensor."""
    _, tensors = st.read(path)
    at = os.path.getsize(path) - sum(len(tensor.data) for tensor in tensors)
    for tensor in tensors:
        yield OF_DTYPE.get(tensor.dtype), at, tensor.data
        at += len(tensor.data)


def bytes_inside(tensors, begin, end):
    """{dtype: bytes} of the tensors between two offsets, those of zeros left out."""
    inside = {}
    for name, at, data in tensors:
        low, high = max(begin, at), min(end, at + len(data))
        if low < high and name and data[low - at:high - at].any():
            inside[name] = inside.get(name, 0) + high - low
    return inside


def check(path, coded):
    """Returns the wrongly named chunks, and the share of tensor bytes in a chunk of their name."""
    tensors = list(tensors_of(path))
    wrong, right, total = [], 0, 0
    first = 0
    for name, at, size in chunks_of(coded):
        while first < len(tensors) and tensors[first][1] + len(tensors[first][2]) <= at:
            first += 1
        here = []
        for tensor in tensors[first:]:
            if tensor[1] >= at + size:
                break
            here.append(tensor)
        inside = bytes_inside(here, at, at + size)
        right += inside.get(name, 0)
        total += sum(inside.values())
        # A chunk of mostly other bytes (header, integers) is named after those.
        if size >= MIN_CHUNK and 2 * sum(inside.values()) > size and name != max(inside, key=inside.get):
            wrong.append((name, at, size, inside))
    return wrong, right / total if total else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("files", nargs="*", help="safetensors files (default: mixed.safetensors of the corpus)")
    options = parser.parse_args()
    corpus = os.environ.get("ZIPNN_CORPUS") or os.path.join(options.build, "corpus")
    failed = False
    for path in options.files or [os.path.join(corpus, "mixed.safetensors")]:
        if not os.path.exists(path):
            sys.exit(f"names.py: {path} is missing: run tests/corpus/make.sh, or tests/run.sh corpus")
        with tempfile.TemporaryDirectory() as folder:
            coded = os.path.join(folder, "coded.znn")
            subprocess.run([os.path.join(options.build, "zipnn"), "-q", "-k", path, "-o", coded], check=True)
            wrong, share = check(path, coded)
            size = os.path.getsize(coded) / os.path.getsize(path)
        print(f"{os.path.basename(path)}: {100 * size:.2f} %; {100 * share:.3f} % of tensor bytes lie in a chunk of their "
              f"name; {len(wrong)} chunks have another name than most of their tensor bytes")
        for name, at, length, inside in wrong:
            print(f"  {name} at {at}, {length} bytes: {inside}")
        failed |= bool(wrong) or share < MIN_SHARE
    sys.exit(failed)


if __name__ == "__main__":
    main()
