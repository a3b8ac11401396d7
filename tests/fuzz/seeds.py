# SPDX-License-Identifier: BSD-3-Clause
"""Seeds of the fuzz targets: from the golden files, and made of few numbers. No binary lies in the tree twice.

usage: seeds.py FOLDER [--largest=BYTES]

Writes FOLDER/TARGET/NAME; larger inputs, which are slow to run, are left out.
"""
import hashlib
import os
import struct
import sys

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "v1")

MAGIC = b"ZNN\x01"
HEADER = 8
END_MARK = 15
ENTRY = 12
FOOTER = 24
HAS_CRC = 0x80

# tests/unit/data.h, in order; then special values of 2, 4 and 8 bytes: recipe.h.
KINDS = ["zeros", "constant", "noise", "text", "bf16", "fp16", "fp32", "fp64", "fp8", "clean_fp32", "sparse_fp32",
         "counter16", "counter32", "jpeg_like", "zstd", "mix", "special2", "special4", "special8"]
FLOATS = {"bf16": 2, "fp16": 2, "fp32": 4, "fp64": 8}

COMMAND_LINES = """\
FILE
-d FILE.znn
-t FILE.znn ANOTHER.znn
-l --json -v FILE.znn
-dc --range=1M:64K FILE.znn
-d --range 0:1GiB -o OUT FILE.znn
-zkfqv -T8 --dtype=bf16 --block-size=512K -o OUT FILE
--rm -T0 FILE
--rm FILE -
--threads=256 --best --no-check --no-progress -r FOLDER
--compress --stdout -
--decompress --force --keep --quiet --verbose --check FILE.znn
--dtype=fp64 --block-size 4K FILE
--dtype auto --rm --list FILE
-V
-hv
--help
--version
-o
-- -d --rm
-T
-T257
-dc --range=18446744073709551615:1 FILE.znn
-d -o OUT --range=1:18446744073709551614 FILE.znn
-dc --range=17179869183G:1G FILE.znn
--block-size=8M FILE
--recursive
--json
bench FILE
bench --json -i 10 --cold=128M --block-size=256K,4K,8M --codec=zstd-1,zipnn FILE
bench -i0.5 --best --stages FILE
bench --blosc2=LIBRARY --codec=blosc2-shuffle-lz4,memcpy FILE
bench --help
bench -i nan FILE
bench --codec=,, --cold 1GiB -- -FILE
"""


class Seeds:
    def __init__(self, folder, largest):
        self.folder = folder
        self.largest = largest
        self.seen = set()

    def add(self, target, name, content):
        digest = (target, hashlib.sha256(content).digest())
        if len(content) > self.largest or digest in self.seen:
            return
        self.seen.add(digest)
        folder = os.path.join(self.folder, target)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


def chunks(znn):
    """The chunks of a file, by its seek table."""
    count = struct.unpack_from("<Q", znn, len(znn) - FOOTER)[0]
    table = len(znn) - FOOTER - count * ENTRY
    at = HEADER
    for i in range(count):
        size = struct.unpack_from("<I", znn, table + i * ENTRY + 8)[0]
        yield znn[at:at + size]
        at += size


def blob_of(chunk):
    """A blob of one chunk, without CRC: that is of another place."""
    return chunk[1:4] + b"\0" + MAGIC + bytes([chunk[0] & ~HAS_CRC]) + chunk[1:4] + bytes(4) + chunk[8:]


def crc32c(content):
    state = 0xffffffff
    for byte in content:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82f63b78 if state & 1 else 0)
    return state ^ 0xffffffff


def file_of(some):
    """A file of these chunks, without CRC."""
    some = [bytes([chunk[0] & ~HAS_CRC]) + chunk[1:4] + bytes(4) + chunk[8:] for chunk in some]
    table = bytes([END_MARK]) + bytes(7) + b"".join(
        chunk[:HEADER] + struct.pack("<I", len(chunk)) for chunk in some)
    raw_size = sum(int.from_bytes(chunk[1:4], "little") for chunk in some)
    table += struct.pack("<QQ", len(some), raw_size)
    return b"ZNNF\x01\0\0\0" + b"".join(some) + table + struct.pack("<I", crc32c(table)) + b"ZNNE"


def add_file(seeds, name, content):
    seeds.add("decode_file", name, content)
    for offset, length in ((0, 1 << 20), (1000, 3000), (4097, 1), (0xf0000000, 7)):
        seeds.add("range", f"{name}.{offset:x}", struct.pack("<II", offset, length) + content)


def add_golden(seeds):
    for name in sorted(os.listdir(GOLDEN)):
        with open(os.path.join(GOLDEN, name), "rb") as file:
            content = file.read()
        if name.endswith(".blob"):
            seeds.add("decode_blob", name, content)
            # Every role decompresses; cut at most every 1,000 bytes.
            for role in range(3):
                seeds.add("plugin", f"{name}.{role}",
                          bytes([role << 1, 0, 0, 3, 5, role, 232, 3]) + content)
        if name.endswith(".znn"):
            add_file(seeds, name, content)
            every = list(chunks(content))
            for i, chunk in enumerate(every):
                seeds.add("decode_blob", f"{name}.{i}", blob_of(chunk))
            # Small files for what is large as a whole.
            for i in range(0, len(every), 3):
                add_file(seeds, f"{name}.{i}", file_of(every[i:i + 3]))


def part(kind, size, phase=0, seed=1):
    """Sizes below 4096 are as they are; the others: recipe.c."""
    return bytes([KINDS.index(kind), phase]) + struct.pack("<HH", size, seed)


def recipe(*parts, rest=b"", overlay=False):
    return bytes([len(parts) | (0x80 | 5 << 3 if overlay else 0)]) + b"".join(parts) + rest


def recipes():
    yield "nothing", b""
    for kind in KINDS:
        yield kind, recipe(part(kind, 4001))
        yield f"{kind}_small", recipe(part(kind, 130))
        # 2,500 << 2.
        yield f"{kind}_more", recipe(part(kind, 2500 | 13 << 12))
    for kind, size in FLOATS.items():
        for phase in range(1, size):
            yield f"{kind}_{phase}", recipe(part(kind, 3000, phase))
    # Tensors that meet, and more than a block.
    yield "tensors", recipe(part("bf16", 4000 | 13 << 12), part("fp32", 4000 | 13 << 12, 1), part("text", 2000))
    yield "block", recipe(part("bf16", 2100 | 15 << 12), part("zeros", 4000))
    yield "literal", recipe(rest=b"abcdefgh" * 40)
    yield "over", recipe(part("fp32", 4000), rest=b"\x7f\x80\0\0\xff\xc0\0\1" * 20, overlay=True)


def add_made(seeds):
    for number, (name, made) in enumerate(recipes()):
        seeds.add("detector", name, bytes([63, number % 64]) + made)
        for way, label in enumerate(("blob", "chunks", "file")):
            flags = (0, 1, 0x0e, 0x70, 0x80)[number % 5]
            # Blocks of 4 KiB and 8 * 1000 bytes; every dtype in turn, 0 (found) most of the time.
            dtype = number % 7 if number % 3 == 0 else 0
            seeds.add("round_trip", f"{name}_{label}",
                      bytes([dtype, flags, number % 256, number % 64, 1000 % 256, 1000 // 256, way, 3]) + made)
        for role in range(3):
            seeds.add("plugin", f"{name}_{role}",
                      bytes([1 | role << 1, number % 8, number % 64, 0, 0, number % 256, 200, 1]) + made)
    for number, line in enumerate(COMMAND_LINES.splitlines()):
        seeds.add("arguments", str(number), line.replace(" ", "\n").encode())


def main():
    largest = 1 << 30
    folders = []
    for argument in sys.argv[1:]:
        if argument.startswith("--largest="):
            largest = int(argument.partition("=")[2])
        else:
            folders.append(argument)
    if len(folders) != 1:
        sys.exit(__doc__)
    seeds = Seeds(folders[0], largest)
    add_golden(seeds)
    add_made(seeds)


if __name__ == "__main__":
    main()
