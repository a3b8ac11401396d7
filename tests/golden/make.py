#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""
Makes the golden files of the format's version: README.md says what they are for.

Some are written by the library and the command line, some by tests/spec/build.py, which makes what the page allows and
no writer writes. Nothing that exists is overwritten: what was golden once stays so.

usage: make.py BUILD_DIR [FOLDER]; BUILD_DIR holds zipnn and golden_tool; FOLDER is tests/golden/v<version> by default
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../spec")]

import build  # noqa: E402
import cases  # noqa: E402
import decode  # noqa: E402
import lanes  # noqa: E402
import rans  # noqa: E402
import raw  # noqa: E402

MANIFEST = "MANIFEST.tsv"
COLUMNS = "file", "raw bytes", "SHA-256 of the raw bytes", "SHA-256 of the file", "written with", "what is in it"
MOST_BYTES = 1 << 20
BLOCK = 256 * 1024
FP8, BF16, FP32 = 2, 3, 5  # layouts, and enum zipnn_dtype of zipnn.h


class Golden(NamedTuple):
    """A file and what must come out of it. written_with: arguments of `golden_tool encode`, or "-"."""

    name: str
    coded: bytes
    raw: bytes
    written_with: str
    says: str


def format_version(build_dir):
    """The version that the program knows."""
    run = subprocess.run([os.path.join(build_dir, "zipnn"), "-V"], capture_output=True, text=True, check=True)
    return int(re.search(r"\(format (\d+)\)", run.stdout)[1])


def version_folder(version):
    return os.path.join(HERE, f"v{version}")


class Writer:
    """The library, through golden_tool, and the command line."""

    def __init__(self, build_dir):
        self.build_dir = build_dir

    def blob(self, name, data, says, settings="0 1 0"):
        """Settings: dtype, check, best."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "raw"), os.path.join(folder, "coded")
            with open(source, "wb") as file:
                file.write(data)
            tool = os.path.join(self.build_dir, "golden_tool")
            subprocess.run([tool, "encode", *settings.split(), source, target], check=True)
            with open(target, "rb") as file:
                return Golden(name + ".blob", file.read(), data, settings, says)

    def file(self, name, data, says, *options):
        run = subprocess.run([os.path.join(self.build_dir, "zipnn"), "-qc", *options], input=data, check=True,
                             stdout=subprocess.PIPE)
        return Golden(name + ".znn", run.stdout, data, "-", says)


def kinds():
    """Raw bytes of all kinds, by name: short ones, odd sizes, elements that begin anywhere."""
    source = raw.Source("kinds")
    yield from ((f"noise-{size}", raw.noise(source, size)) for size in (0, 1, 2, 3, 7, 9, 5001))
    yield "zeros", bytes(20001)
    yield "text", raw.text(source, 15001)
    yield "int8", raw.weights(source, "int8", 9001)
    for dtype, size in raw.SIZES.items():
        for phase in range(size):
            edges = raw.noise(source, phase), raw.noise(source, (phase * 5 + 3) % size)
            yield f"{dtype}-phase-{phase}", edges[0] + raw.weights(source, dtype, 9000 // size) + edges[1]
    # Every BF16 and FP16 there is: NaN payloads, infinities, negative zero, subnormals.
    yield "all-16-bit", b"".join(number.to_bytes(2, "little") for number in range(1 << 16))
    yield "mixed", b"".join((raw.text(source, 15011), raw.weights(source, "bf16", 10000), raw.noise(source, 5001),
                             raw.weights(source, "fp32", 5000), bytes(40003), raw.weights(source, "fp16", 10000)))


def written(writer):
    """What writers write."""
    for name, data in kinds():
        yield writer.blob(name, data, "zipnn_compress")
        if name in ("int8", "bf16-phase-1", "fp32-phase-3", "fp64-phase-0", "mixed"):
            yield writer.blob(f"{name}.best", data, "zipnn_compress with `best`", "0 1 1")
            yield writer.blob(f"{name}.no-check", data, "zipnn_compress without CRC", "0 0 0")
            yield writer.file(f"{name}.blocks-4K", data, "zipnn: several chunks", "--block-size=4K")
    source = raw.Source("named")
    for dtype in range(1, 7):
        data = raw.weights(source, "bf16", 500)
        yield writer.blob(f"named-{dtype}", data, "zipnn_compress with this dtype named", f"{dtype} 1 0")
    yield writer.file("empty", b"", "zipnn: nothing")
    yield writer.file("odd-blocks", raw.weights(source, "bf16", 9001), "zipnn: blocks of 5001 bytes",
                      "--block-size=5001")
    long = raw.weights(source, "bf16", 20000) + bytes(BLOCK) + raw.text(source, 5003)
    yield writer.blob("two-blocks", long, "zipnn_compress: more than a block")
    yield writer.file("no-check", long, "zipnn --no-check", "--no-check")


def both(name, chunks, data, says):
    """The same chunks as a blob and as a file."""
    yield Golden(name + ".blob", build.seal_blob(chunks), data, "-", says)
    yield Golden(name + ".znn", build.seal_file(chunks), data, "-", says)


def file_only(name, chunks, data, says):
    """The larger ones: a blob of the same chunks would show nothing more."""
    yield Golden(name + ".znn", build.seal_file(chunks), data, "-", says)


def layout_chunks(layout):
    """Chunks of a layout at every phase, with every coder in all planes, with CRC and without; and their raw bytes."""
    source = raw.Source(f"layout {layout}")
    size = decode.LAYOUTS[layout].size
    chunks, parts, done = [], [], 0
    for phase in range(size):
        for coder in range(6):
            # Mostly one value in a plane, so that zstd shortens it; nothing else for a constant.
            least = {decode.CODER_LANES: 600, decode.CODER_RANS: 150, decode.CODER_CONSTANT: 1}.get(coder, 60)
            values = bytes(size), b"\x80" * size, b"\xff" * size
            elements = source.choices(values, (40, 1, 1), k=least + source.randrange(9))
            if coder == decode.CODER_CONSTANT:
                elements = elements[:1] * len(elements)
            for check in False, True:
                tail = raw.noise(source, source.randrange(size))
                data = raw.noise(source, phase) + b"".join(elements) + tail
                chunks.append(build.chunk(data, layout, phase, done if check else None, [coder] * size))
                parts.append(data)
                done += len(data)
    for size_now in range(size, 2 * size):  # the shortest: one element
        data = raw.noise(source, size_now)
        chunks.append(build.chunk(data, layout, size_now - size, done))
        parts.append(data)
        done += len(data)
    return chunks, b"".join(parts)


def segment_chunks(coder, odd):
    """Chunks of planes of the coder: odd ones, and random ones that use all the freedom there is."""
    source = raw.Source(f"segments {coder}")
    writer = build.WRITERS[coder]
    planes = [[one] for one in odd.values()]
    planes += [[writer.random_segment(source) for _ in range(source.choice((1, 1, 2)))] for _ in range(60)]
    chunks, parts, done = [], [], 0
    for number, plane in enumerate(planes):
        segments = [segment for segment, _ in plane]
        room = writer.room(segments)
        chunk = build.segments_chunk(segments + room, coder, (1, 2)[number % 2])
        data = b"".join(values for _, values in plane)
        data += b"".join(b"\7" * writer.count_values(segment) for segment in room)
        chunks.append(build.with_crc(chunk, done) if number % 3 else chunk)
        parts.append(data)
        done += len(data)
    return chunks, b"".join(parts)


def built():
    """What the page allows."""
    yield from both("built-empty", [], b"", "no chunk")
    source = raw.Source("stored")
    data = [raw.noise(source, size) for size in (1, 2, 1000)]
    chunks = [build.chunk(data[0]), build.chunk(data[1], raw_offset=1), build.chunk(data[2], raw_offset=3)]
    yield from both("built-stored", chunks, b"".join(data), "layout 0, with CRC and without")
    for layout, (name, size, _) in decode.LAYOUTS.items():
        way = both if size < 4 else file_only
        yield from way(f"built-{name}", *layout_chunks(layout), "every phase and coder, with CRC and without")
    segments = segment_chunks(decode.CODER_LANES, cases.ODD_SEGMENTS)
    yield from file_only("built-lanes", *segments, "segments of any legal code")
    segments = segment_chunks(decode.CODER_RANS, cases.ODD_RANS)
    yield from file_only("built-rans", *segments, "segments of any legal frequencies")
    frames = [frame for frame, sound in cases.FRAMES.values() if sound]
    chunks = [build.header(1, 64) + build.descriptor(coder, len(frame)) + frame for frame in frames for coder in (2, 4)]
    yield from both("built-frames", chunks, b"A" * 64 * len(chunks), "planes of zstd frames of all kinds")
    for number, frame in enumerate(frames):
        yield Golden(f"built-frame-{number}.blob", bytes((64, 0, 0, 0)) + frame, b"A" * 64, "-", "a zstd blob")
    nothing = bytes(4) + build.hand_frame(cases.SINGLE + b"\0", 0)
    yield Golden("built-frame-empty.blob", nothing, b"", "-", "a zstd blob of nothing")
    longest = bytes((1 << 24) - 1)
    yield from both("built-longest", [build.chunk(longest, 6, coders=[1] * 8)], longest, "the longest chunk")


def features(golden):
    """What a decoder must know for a file, as a set of words."""
    if golden.coded[4:8] == decode.ZSTD_MAGIC and golden.name.endswith(".blob"):
        return {"zstd blob"}
    seen = {golden.name.rpartition(".")[2]}
    chunks = build.split(golden.coded)
    seen |= {"several chunks"} if len(chunks) > 1 else {"no chunk"} if not chunks else set()
    for chunk in chunks:
        fields = decode.read_chunk(chunk, 0)
        seen |= {f"CRC {fields.checked}", f"layout {fields.layout} phase {fields.phase}"}
        for plane in fields.planes:
            seen.add(f"layout {fields.layout} coder {plane.coder}")
            if plane.coder == decode.CODER_LANES:
                for parts in lanes.split(chunk[plane.at : plane.at + plane.length], fields.elements):
                    form = parts["form"][0]
                    seen |= {f"form {form & 7} escape {form >> 6 & 1}", f"literal width {form >> 3 & 7}"}
                    seen |= {f"still {count}" for count in parts.get("still_blocks", b"")}
            if plane.coder == decode.CODER_RANS:
                for parts in rans.split(chunk[plane.at : plane.at + plane.length], fields.elements):
                    seen |= {f"frequency of {n.bit_length()} bits" for n in rans.frequencies_of(rans.head(parts)).values()}
    return seen


def wanted():
    words = {"zstd blob", "blob", "znn", "several chunks", "no chunk", "CRC True", "CRC False", "layout 0 phase 0"}
    for layout, (_, size, _) in decode.LAYOUTS.items():
        words |= {f"layout {layout} phase {phase}" for phase in range(size)}
        words |= {f"layout {layout} coder {coder}" for coder in range(6)}
    words |= {"form 0 escape 0", "form 1 escape 0", "form 2 escape 1"}
    words |= {f"form {form} escape {escape}" for form in (3, 4, 5) for escape in (0, 1)}
    words |= {f"literal width {width}" for width in range(8)} | {f"still {count}" for count in range(2, 17)}
    return words | {f"frequency of {bits} bits" for bits in range(1, 14)}


def make(build_dir, folder):
    """All golden files into a folder, which must not exist."""
    files = [*written(Writer(build_dir)), *built()]
    lacking = wanted() - set().union(*map(features, files))
    assert not lacking, f"nothing has {sorted(lacking)}"
    size = sum(len(golden.coded) for golden in files)
    assert size <= MOST_BYTES, f"{size} bytes are more than {MOST_BYTES}"
    os.mkdir(folder)
    lines = ["# " + "\t".join(COLUMNS)]
    for golden in sorted(files):
        with open(os.path.join(folder, golden.name), "xb") as file:
            file.write(golden.coded)
        sums = (hashlib.sha256(data).hexdigest() for data in (golden.raw, golden.coded))
        lines.append("\t".join((golden.name, str(len(golden.raw)), *sums, golden.written_with, golden.says)))
    with open(os.path.join(folder, MANIFEST), "x", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return len(files), size


def main(arguments):
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    folder = arguments[1] if len(arguments) == 2 else version_folder(format_version(arguments[0]))
    if os.path.lexists(folder):
        sys.exit(f"error: {folder} exists; golden files decode for ever and are not replaced. New ones need a new version")
    count, size = make(arguments[0], folder)
    print(f"{folder}: {count} files, {size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
