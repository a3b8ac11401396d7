#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Is src/FORMAT.md true and enough? decode.py knows that page alone; here it meets the library and the CLI.

What zipnn writes decode.py must read, what build.py writes by the page zipnn must read, and damaged bytes both
must reject, or both accept with the same result. Where they disagree the page or the code is wrong.

usage: test_spec.py BUILD_DIR [ROUNDS [SEED]]: more rounds, or another seed, damage more or other bytes
"""

import ast
import ctypes
import faulthandler
import functools
import itertools
import mmap
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import traceback
import unittest

import build
import cases
import decode
import lanes
import mutate
import rans

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "../../src/FORMAT.md")
AUTO, BYTES, FP8, BF16, FP16, FP32, FP64 = range(7)  # enum zipnn_dtype of zipnn.h
DTYPES = {"bytes": BYTES, "fp8": FP8, "bf16": BF16, "fp16": FP16, "fp32": FP32, "fp64": FP64}
FLOATS = {"fp16": "e", "fp32": "f", "fp64": "d"}  # struct's letters
# enum zipnn_error of zipnn.h: truncated, magic, version, corrupt, checksum. Others do not blame the data.
REJECTED = range(-9, -4)
BLOCK = 256 * 1024
BLOB_ROOM, RAW_ROOM = 1 << 25, 1 << 32  # multiples of the page size; for a blob of the longest chunk, and any claim


def memory(size):
    """A private map of so many bytes, behind which a page begins that cannot be touched; and its end."""
    area = mmap.mmap(-1, size + mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    end = ctypes.addressof(ctypes.c_char.from_buffer(area)) + size
    prot_none = 0
    assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(end), ctypes.c_size_t(mmap.PAGESIZE), prot_none) == 0
    return area, end


class Library:
    """zipnn_compress() and zipnn_decompress() of libzipnn.so."""

    def __init__(self, path):
        self.so = ctypes.CDLL(path)
        for name in "zipnn_cctx_create", "zipnn_dctx_create":
            getattr(self.so, name).restype = ctypes.c_void_p
        for name in "zipnn_compress", "zipnn_decompress", "zipnn_raw_size":
            getattr(self.so, name).restype = ctypes.c_int64
        self.so.zipnn_compress_bound.restype = ctypes.c_size_t
        self.cctx = ctypes.c_void_p(self.so.zipnn_cctx_create())
        self.dctx = ctypes.c_void_p(self.so.zipnn_dctx_create())
        # Blobs, and the raw bytes they claim, end where memory ends: to read or write on is a crash. There is room for
        # any length that can be claimed, so that none is rejected for lack of it; it takes memory where written.
        self.room, self.room_end = memory(RAW_ROOM)
        self.blob, self.blob_end = memory(BLOB_ROOM)

    def compress(self, raw, dtype=AUTO, check=1, level=1, best=0):
        assert self.so.zipnn_cctx_set_dtype(self.cctx, dtype) == 0
        assert self.so.zipnn_cctx_set_check(self.cctx, check) == 0
        assert self.so.zipnn_cctx_set_zstd_level(self.cctx, level) == 0
        assert self.so.zipnn_cctx_set_best(self.cctx, best) == 0
        room = ctypes.create_string_buffer(self.so.zipnn_compress_bound(ctypes.c_size_t(len(raw))))
        size = self.so.zipnn_compress(
            self.cctx, room, ctypes.c_size_t(len(room)), raw, ctypes.c_size_t(len(raw))
        )
        assert size >= 0, size
        return room[:size]

    def decompress(self, blob):
        """The raw bytes, or None where the blob is rejected."""
        at = self.blob_end - len(blob)
        ctypes.memmove(at, blob, len(blob))
        source = ctypes.c_void_p(at), ctypes.c_size_t(len(blob))
        claim = max(self.so.zipnn_raw_size(*source), 0)
        room = ctypes.c_void_p(self.room_end - claim), ctypes.c_size_t(claim)
        size = self.so.zipnn_decompress(self.dctx, *room, *source)
        if size in REJECTED:
            return None
        assert size == claim, f"zipnn_decompress: {size} for {blob.hex()}"
        return self.room[RAW_ROOM - size : RAW_ROOM]


class Tool:
    """The zipnn command. Many files a run: starting it takes longer than what it does here."""

    def __init__(self, path):
        self.path = path
        # Without what with_sanitizer() is for; a sanitizer's finding must not look like an error of the data.
        self.environment = dict(os.environ, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99")
        self.environment.pop("LD_PRELOAD", None)

    def run(self, *arguments, source=b""):
        run = subprocess.run(
            (self.path, "-q", *arguments), input=source, capture_output=True, env=self.environment, check=False
        )
        assert run.returncode == 0 or run.returncode == 1 and run.stderr, (run.returncode, run.stderr[-2000:])
        return run

    def _all(self, contents, suffix, *arguments):
        """What became of each of the contents, as a file of its own; None for those that did not work out."""
        results = []
        with tempfile.TemporaryDirectory() as folder:
            for number, content in enumerate(contents):
                with open(os.path.join(folder, f"{number}{suffix[0]}"), "wb") as file:
                    file.write(content)
            run = self.run(*arguments, "-r", folder)
            for number in range(len(contents)):
                try:
                    with open(os.path.join(folder, f"{number}{suffix[1]}"), "rb") as file:
                        results.append(file.read())
                except FileNotFoundError:
                    results.append(None)
        assert run.returncode == (1 if None in results else 0), (run.returncode, run.stderr[-2000:])
        return results

    def compress(self, raws, *options):
        files = self._all(raws, ("", ".znn"), *options)
        assert None not in files, options
        return files

    def decompress(self, files, *options):
        return self._all(files, (".znn", ""), "-d", *options)


def floats(rng, dtype, count):
    """Numbers as trained weights have them."""
    values = [rng.gauss(0, 0.02) for _ in range(count)]
    if dtype == "bf16":
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    return struct.pack(f"<{count}{FLOATS[dtype]}", *values)


def text(rng, size):
    words = "the plane of a chunk holds one byte of each rotated element in order".split()
    return " ".join(rng.choice(words) for _ in range(size // 2)).encode()[:size]


def inputs(rng):
    """Raw bytes of all kinds; the last two are longer than a block, and of several kinds themselves."""
    sizes = {"bf16": 2, "fp16": 2, "fp32": 4, "fp64": 8}
    yield from (rng.randbytes(size) for size in (0, 1, 2, 3, 7, 8, 9, 16, 17))
    yield from (b"\0", bytes(2), bytes(9), bytes(20000), b"A" * 4097, rng.randbytes(9001), text(rng, 15001))
    yield from (floats(rng, "bf16", count) for count in (1, 2, 5, 33, 500))
    for dtype, size in sizes.items():
        for phase in range(size):
            yield rng.randbytes(phase) + floats(rng, dtype, 16384 // size) + rng.randbytes(rng.randrange(size))
    yield bytes(min(max(int(rng.gauss(0, 9)) + 128, 0), 255) for _ in range(12345))  # INT8 weights
    yield struct.pack("<65536H", *range(65536))  # every BF16 and FP16: NaN payloads, infinities, -0, subnormals
    yield text(rng, BLOCK) + floats(rng, "bf16", 20000)
    yield b"".join(
        (
            text(rng, 30011),
            floats(rng, "bf16", 70000),
            rng.randbytes(20001),
            floats(rng, "fp32", 30000),
            bytes(40003),
            floats(rng, "fp16", 30000),
        )
    )


def decoded(decode_bytes, data):
    """What decode.py makes of the bytes: None where they break a must."""
    try:
        return decode_bytes(data)
    except decode.FormatError:
        return None


class Page(unittest.TestCase):
    """decode.py alone, by the examples of the page."""

    def test_crc(self):
        self.assertEqual(decode.crc32c(b"123456789"), 0xE3069283)

    def test_worked_example(self):
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        raw = struct.pack("<4f", 1.0, -1.0, 1.5, 2.0)
        raw = b"".join(raw[at : at + 2] for at in range(2, 16, 4))
        example = "03 | 08 00 00 | 00 00 00 00 | 04 00 00 00 | 04 00 00 00 | 00 01 80 00 | 7F 7F 7F 80"
        self.assertIn(raw.hex(" ").upper(), page)
        self.assertIn(example, page)
        chunk = bytes.fromhex(example.replace("|", ""))
        self.assertEqual(chunk, build.chunk(raw, BF16))
        for crc in None, 0:
            chunk = build.chunk(raw, BF16, raw_offset=crc)
            self.assertEqual(decode.decode_blob(build.seal_blob([chunk])), raw)
            self.assertEqual(LIBRARY.decompress(build.seal_blob([chunk])), raw)
            self.assertEqual(decode.decode_file(build.seal_file([chunk])), raw)
            self.assertEqual(TOOL.decompress([build.seal_file([chunk])]), [raw])


class Written(unittest.TestCase):
    """What zipnn writes, decode.py reads."""

    def setUp(self):
        self.raws = list(inputs(random.Random(f"{SEED} inputs")))

    def raws_for(self, named):
        """The inputs; where the type is named, without the two long ones, of which only detection makes much."""
        return self.raws[:-2] if named else self.raws

    def assert_varied(self, containers, coders):
        """The inputs are no test where the writer chose the same for all."""
        chunks = [decode.read_chunk(chunk, 0) for container in containers for chunk in build.split(container)]
        self.assertEqual({chunk.layout for chunk in chunks}, set(range(7)))
        self.assertEqual({plane.coder for chunk in chunks for plane in chunk.planes}, coders)
        self.assertEqual({chunk.checked for chunk in chunks}, {False, True})
        self.assertLessEqual({0, 1, 2, 3}, {chunk.phase for chunk in chunks})

    def test_files(self):
        settings = [[], ["--no-check"], ["--block-size=4K"], ["--block-size=5001", "--no-check", "-T2"]]
        settings += [["--block-size=8M"], ["--best"], *([f"--dtype={name}"] for name in DTYPES)]
        settings += [["--dtype=bf16", "--block-size=4098"], ["--dtype=fp64", "--no-check", "--block-size=4104"]]
        written = []
        for options in settings:
            raws = self.raws_for(any(option.startswith("--dtype") for option in options))
            for raw, file in zip(raws, TOOL.compress(raws, *options)):
                self.assertEqual(decode.decode_file(file), raw, options)
                if not any(option.startswith("--block-size") for option in options):
                    self.assertLessEqual(len(file), len(raw) + 40 + 20 * -(-len(raw) // BLOCK), "section 5")
                written.append(file)
        self.assert_varied(written, set(range(6)))

    def test_blobs(self):
        settings = [(AUTO, 1, 1, 0), (AUTO, 0, 1, 0), (AUTO, 1, 19, 0), (AUTO, 1, 3, 1)]
        settings += [(dtype, dtype % 2, 1, 0) for dtype in DTYPES.values()]
        written = []
        for setting in settings:
            check = setting[1]
            for raw in self.raws_for(setting[0] != AUTO):
                blob = LIBRARY.compress(raw, *setting)
                self.assertEqual(decode.decode_blob(blob), raw)
                self.assertEqual(LIBRARY.decompress(blob), raw)
                self.assertLessEqual(len(blob), len(raw) + 8 + 8 * -(-len(raw) // BLOCK), "section 5")
                if blob[4:8] == decode.ZSTD_MAGIC:
                    self.assertEqual(blob[8] >> 2 & 1, check, "section 2: content checksum")
                    continue
                ends = itertools.accumulate(map(build.raw_length, build.split(blob)))
                self.assertLessEqual(set(range(BLOCK, len(raw), BLOCK)), set(ends), "section 3: cuts")
                written.append(blob)
        self.assert_varied(written, set(range(6)))

    def test_ranges(self):
        """A reader that jumps gives the same bytes, and compares the seek table with where it arrives."""
        raw = self.raws[-1][:20000]
        file = TOOL.compress([raw], "--block-size=4K")[0]
        at = len(file) - 24 - 12 * 5 - 8
        self.assertEqual(file[at : at + 8], build.END_MARK)
        mark, table = build.END_MARK, file[at + 8 : -24]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file.znn")

            def jump(content, start, size):
                with open(path, "wb") as output:
                    output.write(content)
                run = TOOL.run("-dc", f"--range={start}:{size}", path)
                return None if run.returncode else run.stdout

            for start, size in (0, 20000), (4095, 2), (4096, 4096), (5000, 10000), (19999, 1), (7, 0):
                self.assertEqual(jump(file, start, size), raw[start : start + size])
            for byte in range(12):
                changed = build.patched(table, 12 + byte, bytes((table[12 + byte] ^ 1,)))
                damaged = file[:at] + build.seal_tail(mark, changed, 5, len(raw))
                self.assertIsNone(jump(damaged, 4096, 4096), f"byte {byte} of the entry")


class Built(unittest.TestCase):
    """What the page allows, zipnn reads too, whether it would write it or not."""

    def test_chunks(self):
        rng = random.Random(f"{SEED} chunks")
        files, raws = [], []
        for layout, (_, size, _) in decode.LAYOUTS.items():
            for phase in range(size):
                for coder in range(6):
                    # Mostly one value in a plane, so that zstd shortens it; nothing else for a constant.
                    values = bytes(size), b"\x80" * size, b"\xff" * size
                    least = {decode.CODER_LANES: 600, decode.CODER_RANS: 150}.get(coder, 60)
                    elements = rng.choices(values, (40, 1, 1), k=least + rng.randrange(30))
                    if coder == 1:
                        elements = elements[:1] * rng.randint(1, 9)
                    edge = rng.randbytes(phase), rng.randbytes(rng.randrange(size))
                    raw = edge[0] + b"".join(elements) + edge[1]
                    for check in False, True:
                        parts = b"first", raw, b"last"
                        chunks = [
                            build.chunk(b"first", raw_offset=0),
                            build.chunk(raw, layout, phase, 5 if check else None, [coder] * size),
                            build.chunk(b"last", BYTES, raw_offset=5 + len(raw)),
                        ]
                        raws.append(b"".join(parts))
                        files.append(build.seal_file(chunks))
                        self.assertEqual(decode.decode_blob(build.seal_blob(chunks)), raws[-1])
                        self.assertEqual(LIBRARY.decompress(build.seal_blob(chunks)), raws[-1])
                        self.assertEqual(decode.decode_file(files[-1]), raws[-1])
        self.assertEqual(TOOL.decompress(files), raws)

    def test_lanes(self):
        """Segments of any legal code, in planes of one or a few of them."""
        rng = random.Random(f"{SEED} lanes")
        planes = [[odd] for odd in cases.ODD_SEGMENTS.values()]
        planes += [[lanes.random_segment(rng) for _ in range(rng.choice((1, 1, 2, 5)))] for _ in range(60 * ROUNDS)]
        files, raws, seen = [], [], set()
        for number, plane in enumerate(planes):
            room = [(parts, lanes.count_values(parts) * parts["tail"]) for parts in lanes.room([s for s, _ in plane])]
            plane = rng.choice((plane + room, room + plane))
            segments, raw = [parts for parts, _ in plane], b"".join(values for _, values in plane)
            chunk = build.segments_chunk(segments, decode.CODER_LANES, rng.choice((BYTES, FP8)))
            chunk = rng.choice((chunk, build.with_crc(chunk, 0)))
            blob = build.seal_blob([chunk])
            self.assertEqual(decode.decode_blob(blob), raw, number)
            self.assertEqual(LIBRARY.decompress(blob), raw, f"{number}: {blob.hex()}")
            files.append(build.seal_file([chunk]))
            raws.append(raw)
            for parts in segments:
                form, w = parts["form"][0] & 7, parts["form"][0] >> 3 & 7
                seen |= {(form, parts["form"][0] & 64 > 0), ("w", w), ("still", parts.get("still_blocks", b"")[:1])}
                seen |= {("missing", nibble) for byte in parts.get("missing", b"") for nibble in (byte & 15, byte >> 4)}
        self.assertEqual(TOOL.decompress(files), raws)
        wanted = {(0, False), (1, False), (2, True), *itertools.product((3, 4, 5), (False, True))}
        wanted |= {("w", w) for w in range(8)} | {("missing", missing) for missing in range(16)}
        wanted |= {("still", b"")} | {("still", bytes((still,))) for still in range(2, 17)}
        self.assertEqual(seen, wanted)

    def test_rans(self):
        """Segments of any legal frequencies, in planes of one or a few of them."""
        rng = random.Random(f"{SEED} rans")
        planes = [[odd] for odd in cases.ODD_RANS.values()]
        planes += [[rans.random_segment(rng) for _ in range(rng.choice((1, 1, 2, 5)))] for _ in range(60 * ROUNDS)]
        files, raws, sizes, most = [], [], set(), 0
        for number, plane in enumerate(planes):
            room = [(parts, b"\7" * rans.count_values(parts)) for parts in rans.room([s for s, _ in plane])]
            plane = rng.choice((plane + room, room + plane))
            segments, raw = [parts for parts, _ in plane], b"".join(values for _, values in plane)
            chunk = build.segments_chunk(segments, decode.CODER_RANS, rng.choice((BYTES, FP8)))
            chunk = rng.choice((chunk, build.with_crc(chunk, 0)))
            blob = build.seal_blob([chunk])
            self.assertEqual(decode.decode_blob(blob), raw, number)
            self.assertEqual(LIBRARY.decompress(blob), raw, f"{number}: {blob.hex()}")
            files.append(build.seal_file([chunk]))
            raws.append(raw)
            for parts in segments:
                sizes |= {frequency.bit_length() for frequency in rans.frequencies_of(rans.head(parts)).values()}
                most = max(most, *struct.unpack("<4I", parts["states"]))
        self.assertEqual(TOOL.decompress(files), raws)
        self.assertEqual(sizes, set(range(1, 14)))
        self.assertGreater(most, 1 << 31, "states use all their bits")

    def test_longest_chunk(self):
        raw = bytes((1 << 24) - 1)
        for layout, coders in (0, None), (BYTES, [4]), (FP64, [0] * 4 + [1] * 4):
            chunk = build.without_crc(build.chunk(raw, layout, coders=coders))
            self.assertEqual(decode.decode_blob(build.seal_blob([chunk])), raw)
            self.assertEqual(LIBRARY.decompress(build.seal_blob([chunk])), raw)
            self.assertEqual(TOOL.decompress([build.seal_file([chunk])]), [raw])

    def test_frames(self):
        files, wanted = [], []
        for name, (frame, sound) in cases.FRAMES.items():
            raw = b"A" * 64 if sound else None
            for coder in 2, 4:
                chunk = build.header(BYTES, 64) + build.descriptor(coder, len(frame)) + frame
                self.assertEqual(decoded(decode.decode_blob, build.seal_blob([chunk])), raw, name)
                self.assertEqual(LIBRARY.decompress(build.seal_blob([chunk])), raw, name)
                files.append(build.seal_file([chunk]))
                wanted.append(raw)
            blob = struct.pack("<I", 64) + frame
            self.assertEqual(decoded(decode.decode_blob, blob), raw, name)
            self.assertEqual(LIBRARY.decompress(blob), raw, name)
        self.assertEqual(TOOL.decompress(files), wanted)

    def test_nothing(self):
        for blob in build.seal_blob([]), bytes(4) + build.hand_frame(cases.SINGLE + b"\0", 0):
            self.assertEqual((decode.decode_blob(blob), LIBRARY.decompress(blob)), (b"", b""))
        file = build.seal_file([])
        self.assertEqual((len(file), decode.decode_file(file), TOOL.decompress([file])), (40, b"", [b""]))


class Broken(unittest.TestCase):
    def test_every_must(self):
        """Each must of decode.py is broken by a case here, and zipnn rejects that case too."""
        self.assertEqual(decode.decode_blob(cases.BLOB), cases.RAW)
        self.assertEqual(decode.decode_file(cases.FILE), cases.RAW + b"stored")
        reached = set()
        broken = (decode.decode_blob, cases.BROKEN_BLOBS), (decode.decode_file, cases.BROKEN_FILES)
        for read, containers in broken:
            for data, offset, word in containers:
                try:
                    self.fail(f"{word}: {len(read(data))} raw bytes from {data.hex()}")
                except decode.FormatError as error:
                    self.assertEqual(error.offset, offset, f"{word}: {error}")
                    self.assertIn(word, error.reason)
                    calls = traceback.extract_tb(error.__traceback__)
                reached.add([call.lineno for call in calls if call.name != "must"][-1])
        with open(decode.__file__, encoding="utf-8") as file:
            calls = [node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.Call)]
        musts = {call.lineno for call in calls if getattr(call.func, "id", None) == "must"}
        self.assertEqual(reached, musts, "lines of decode.py")
        for data, _, word in cases.BROKEN_BLOBS:
            self.assertIsNone(LIBRARY.decompress(data), f"{word}: {data.hex()}")
        files = [data for data, _, _ in cases.BROKEN_FILES]
        for (data, _, word), raw in zip(cases.BROKEN_FILES, TOOL.decompress(files)):
            self.assertIsNone(raw, f"{word}: {data.hex()}")

    def test_header_bytes(self):
        """Every value of the bytes that choose how a chunk is read."""
        raw = floats(random.Random(1), "fp64", 16)
        for layout in range(7):
            chunk = build.chunk(raw, layout)
            for at in 0, 1, 2, 3, 8, 11, 12, 15:
                for value in range(256):
                    blob = build.seal_blob([build.patched(chunk, at, bytes((value,)))])
                    self.assertEqual(LIBRARY.decompress(blob), decoded(decode.decode_blob, blob), blob.hex())


def containers_by_hand(rng):
    """Containers of several chunks that no writer would make so, as lists of chunks."""
    for layout, (_, size, _) in decode.LAYOUTS.items():
        chunks, done = [], 0
        for _ in range(3):
            raw = bytes(rng.choices((0, 128, 255), (40, 1, 1), k=rng.randint(size * 90, size * 120)))
            coders = rng.choices((0, 2, 4), k=size)
            chunks.append(build.chunk(raw, layout, rng.randrange(size), done, coders))
            done += len(raw)
        yield chunks


def planes_of(rng, coder, library):
    """Planes of a coder as lists of segments, built ones and the library's."""
    writer = build.WRITERS[coder]
    planes = [[writer.random_segment(rng)[0] for _ in range(rng.choice((1, 1, 3)))] for _ in range(100)]
    for width in 1, 2, 20, 40, 60:
        raw = bytes(min(abs(int(rng.gauss(0, width))), 255) for _ in range(1 << 13))
        for chunk in build.split(library.compress(raw, FP8, 0, best=coder == decode.CODER_RANS)):
            fields = decode.read_chunk(chunk, 0)
            if fields.planes and fields.planes[0].coder == coder:
                planes.append(writer.split(chunk[fields.planes[0].at : fields.end], fields.elements))
    assert len(planes) > 80
    return planes


class Damaged(unittest.TestCase):
    """Thousands of damaged blobs and files: both decoders agree on each."""

    def setUp(self):
        self.rng = random.Random(f"{SEED} damage")
        self.raws = [raw[:3000] for raw in inputs(random.Random(f"{SEED} short inputs"))]

    def assert_some_of_each(self, results):
        accepted = sum(result is not None for result in results)
        print(f"{self.id().split('.')[-1]}: {len(results)} damaged, {accepted} still sound", file=sys.stderr)
        self.assertGreater(accepted, len(results) // 20, "damage goes no deeper than the first checks")
        self.assertGreater(len(results) - accepted, len(results) // 2)

    def test_blobs(self):
        settings = (AUTO, 1), (BF16, 0), (FP32, 1)
        blobs = [LIBRARY.compress(raw, *setting) for raw in self.raws for setting in settings]
        blobs += map(build.seal_blob, containers_by_hand(self.rng))
        chunks = [chunk for blob in blobs if blob[4:8] == decode.BLOB_MAGIC for chunk in build.split(blob)]
        results = []
        for number in range(1500 * ROUNDS):
            blob = mutate.damage_blob(self.rng, blobs[number % len(blobs)], self.rng.choice(blobs), chunks)
            results.append(decoded(decode.decode_blob, blob))
            self.assertEqual(LIBRARY.decompress(blob), results[-1], f"{number}: {blob.hex()}")
        self.assert_some_of_each(results)

    def damage_segments(self, coder):
        """Damage that mostly gets past the first checks."""
        planes = planes_of(self.rng, coder, LIBRARY)
        others = [parts for plane in planes for parts in plane]
        results = []
        for number in range(800 * ROUNDS):
            blob = mutate.damage_segments(self.rng, coder, planes[number % len(planes)], others)
            results.append(decoded(decode.decode_blob, blob))
            self.assertEqual(LIBRARY.decompress(blob), results[-1], f"{number}: {blob.hex()}")
        self.assert_some_of_each(results)

    def test_lanes(self):
        self.damage_segments(decode.CODER_LANES)

    def test_rans(self):
        self.damage_segments(decode.CODER_RANS)

    def test_files(self):
        files = [*TOOL.compress(self.raws), *TOOL.compress(self.raws, "--dtype=fp16", "--no-check")]
        files += TOOL.compress([raw * 3 for raw in self.raws], "--block-size=4K")
        files += map(build.seal_file, containers_by_hand(self.rng))
        chunks = [chunk for file in files for chunk in build.split(file)]
        for turn in range(ROUNDS):
            damaged = [
                mutate.damage_file(self.rng, files[number % len(files)], self.rng.choice(files), chunks)
                for number in range(1200)
            ]
            results = [decoded(decode.decode_file, file) for file in damaged]
            for options in [], ["-T2"]:
                for file, result, ours in zip(damaged, results, TOOL.decompress(damaged, *options)):
                    self.assertEqual(ours, result, f"{options} {turn}: {file.hex()}")
            for file, result in list(zip(damaged, results))[::15]:
                run = TOOL.run("-dc", source=file)
                self.assertEqual(run.stdout if run.returncode == 0 else None, result, f"pipe {turn}: {file.hex()}")
            self.assert_some_of_each(results)


def with_sanitizer(library):
    """A library built with AddressSanitizer needs its runtime loaded before Python: starts this program once more."""
    with open(library, "rb") as file:
        runtime = re.search(rb"libasan\.so\.\d+", file.read())
    if runtime and "LD_PRELOAD" not in os.environ:
        environment = dict(os.environ, LD_PRELOAD=runtime[0].decode(), ASAN_OPTIONS="detect_leaks=0")
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit("usage: test_spec.py BUILD_DIR [ROUNDS [SEED]]")
    faulthandler.enable()
    build_dir = os.path.abspath(sys.argv[1])
    ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    SEED = sys.argv[3] if len(sys.argv) > 3 else "1"
    with_sanitizer(os.path.join(build_dir, "libzipnn.so"))
    # A third of the time would go into CRCs, mostly of bytes seen before.
    decode.chunk_crc = functools.lru_cache(1000)(decode.chunk_crc)
    LIBRARY = Library(os.path.join(build_dir, "libzipnn.so"))
    TOOL = Tool(os.path.join(build_dir, "zipnn"))
    unittest.main(argv=sys.argv[:1], verbosity=2)
