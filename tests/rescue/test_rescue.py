#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
rescue.c is a decoder that shares nothing with the library but src/FORMAT.md. So where both read the same from whatever
bytes, sound or damaged, both read the page right; and an admin can rely on the one file.

Files are compared with the command line, blobs with the library; rescue_batch decodes them under AddressSanitizer and
UndefinedBehaviorSanitizer. README.md says what rescue is for.

usage: test_rescue.py BUILD_DIR [ROUNDS [SEED]]: more rounds, or another seed, damage more or other bytes
"""

import errno
import functools
import hashlib
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../spec")]

import build  # noqa: E402
import cases  # noqa: E402
import decode  # noqa: E402
import lanes  # noqa: E402
import mutate  # noqa: E402
import rans  # noqa: E402
import test_spec  # noqa: E402
from test_spec import AUTO, BF16, FP16, FP32  # noqa: E402

SOURCE = os.path.join(HERE, "rescue.c")
GOLDEN = os.path.join(HERE, "../golden")
WARNINGS = "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"
BYTES = 1  # layout of section 3.1
MOST_LINES = 1000
# Of address space: libc, libzstd, and the three times 16 MiB of the longest chunk.
MOST_MEMORY = 96 << 20
SOUND, REFUSED, HOLES = range(3)  # exit statuses


class Batch:
    """rescue_batch: what rescue makes of bytes, thousands of them in one process."""

    def __init__(self, path):
        environment = dict(os.environ, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99:print_stacktrace=1")
        self.messages = tempfile.TemporaryFile()
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages,
                                        env=environment)

    def ask(self, data, holes=0):
        """(exit status, raw bytes)"""
        self.process.stdin.write(struct.pack("<II", holes, len(data)) + data)
        self.process.stdin.flush()
        head = self.process.stdout.read(8)
        assert len(head) == 8, f"rescue_batch ended with {self.process.wait()} at {data[:4096].hex()}{self.said()}"
        status, size = struct.unpack("<II", head)
        return status, self.process.stdout.read(size)

    def decode(self, data):
        """The raw bytes, or None where they are refused."""
        status, raw = self.ask(data)
        assert status in (SOUND, REFUSED), status
        return raw if status == SOUND else None

    def said(self):
        """The last messages: a sanitizer's, if it has ended."""
        self.messages.seek(max(0, self.messages.seek(0, os.SEEK_END) - 9000))
        return self.messages.read().decode(errors="replace")

    def end(self):
        """The exit status, which a leak changes."""
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


def rescue(*arguments, **options):
    command = os.path.join(BUILD_DIR, "rescue"), *arguments
    return subprocess.run(command, capture_output=True, check=False, **options)


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def write(data, *path):
    with open(os.path.join(*path), "wb") as file:
        file.write(data)
    return os.path.join(*path)


@functools.cache
def short_inputs():
    return [raw[:3000] for raw in test_spec.inputs(random.Random(f"{SEED} inputs"))]


class Source(unittest.TestCase):
    """What makes it a file for the drawer."""

    def test_short(self):
        self.assertLess(read(SOURCE).count(b"\n"), MOST_LINES)

    def test_alone(self):
        """It includes what libc and libzstd have, and nothing for one kind of CPU."""
        names = re.findall(r"^\s*#\s*include\s*(\S+)", read(SOURCE).decode(), re.MULTILINE)
        self.assertIn("<zstd.h>", names)
        libc = "errno fcntl getopt inttypes setjmp signal stdarg stdbool stdint stdio stdlib string sys/stat unistd"
        self.assertEqual(set(names) - {f"<{name}.h>" for name in libc.split()}, {"<zstd.h>"})

    def test_compiles(self):
        """As the README says, from a copy of the one file; and without a warning by the compilers there are."""
        compilers = [name for name in ("gcc", "clang", "clang-14") if shutil.which(name)]
        print(f"compilers: {' '.join(compilers)} (tests/lint.sh builds with both)", file=sys.stderr)
        self.assertIn("gcc", compilers)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(SOURCE, folder)
            for command in ["cc", "-O2"], *([name, "-O2", *WARNINGS] for name in compilers):
                command = *command, "-o", "rescue", "rescue.c", "-lzstd"
                run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
                self.assertEqual((run.returncode, run.stderr), (0, ""), command)
                run = subprocess.run(["./rescue", "--help"], cwd=folder, capture_output=True, text=True, check=True)
                self.assertIn("Usage: rescue", run.stdout)


class Golden(unittest.TestCase):
    def decode_all(self, *command):
        """All that was ever frozen, in one run for each version, by the names that rescue gives."""
        for folder in sorted(name for name in os.listdir(GOLDEN) if re.fullmatch(r"v\d+", name)):
            rows = read(GOLDEN, folder, "MANIFEST.tsv").decode().splitlines()
            rows = [row.split("\t") for row in rows if not row.startswith("#")]
            self.assertGreater(len(rows), 50)
            with tempfile.TemporaryDirectory() as work:
                names = [shutil.copy(os.path.join(GOLDEN, folder, row[0]), work) for row in rows]
                run = subprocess.run([*command, *names], capture_output=True, check=False)
                self.assertEqual((run.returncode, run.stderr), (SOUND, b""))
                for name, row in zip(names, rows):
                    raw = read(name[:-4] if name.endswith(".znn") else name + ".raw")
                    self.assertEqual([str(len(raw)), hashlib.sha256(raw).hexdigest()], row[1:3], name)
                    self.assertEqual(hashlib.sha256(read(name)).hexdigest(), row[3], name)
                self.assertEqual(len(os.listdir(work)), 2 * len(rows))
            print(f"{folder}: {len(rows)} files", file=sys.stderr)

    def test_golden(self):
        self.decode_all(os.path.join(BUILD_DIR, "rescue"))

    def test_big_endian(self):
        """On s390x, by an emulator; tests/run.sh fetches libzstd for it."""
        libraries = os.path.join(BUILD_DIR, "s390x")
        compiler, emulator = "s390x-linux-gnu-gcc", "qemu-s390x"
        complete = os.path.exists(os.path.join(libraries, "complete"))
        if not (shutil.which(compiler) and shutil.which(emulator) and complete):
            self.skipTest("no compiler, emulator or libzstd for s390x")
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "rescue")
            command = compiler, "-O2", *WARNINGS, "-I", os.path.join(libraries, "usr/include"), SOURCE, "-o", program
            subprocess.run([*command, os.path.join(libraries, "usr/lib/s390x-linux-gnu/libzstd.a")], check=True)
            self.decode_all(emulator, "-L", "/usr/s390x-linux-gnu", program)


class Same(unittest.TestCase):
    """Verdict and bytes are those of the library, or for files those of the command line."""

    def setUp(self):
        self.rng = random.Random(f"{SEED} {self.id()}")
        self.raws = short_inputs()

    def tell(self, results, damaged=True):
        accepted = sum(result is not None for result in results)
        print(f"{self.id().split('.')[-1]}: {len(results)} tried, {accepted} sound", file=sys.stderr)
        self.assertGreater(accepted, len(results) // 20)
        if damaged:
            self.assertGreater(len(results) - accepted, len(results) // 2)

    def blobs(self, blobs):
        results = []
        for number, blob in enumerate(blobs):
            results.append(LIBRARY.decompress(blob))
            self.assertEqual(BATCH.decode(blob), results[-1], f"{number}: {blob.hex()}")
        return results

    def files(self, files):
        results = TOOL.decompress(files)
        for number, (file, result) in enumerate(zip(files, results)):
            self.assertEqual(BATCH.decode(file), result, f"{number}: {file.hex()}")
        return results

    def test_written(self):
        """Long inputs of all kinds with all settings."""
        raws = list(test_spec.inputs(self.rng))
        settings = [(AUTO, 1, 1, 0), (AUTO, 0, 19, 0), (AUTO, 1, 3, 1), *((dtype, 1, 1, 0) for dtype in range(1, 7))]
        blobs = [LIBRARY.compress(raw, *setting) for setting in settings for raw in raws[: -2 if setting[0] else None]]
        self.assertNotIn(None, self.blobs(blobs))
        self.tell(blobs, damaged=False)
        files = TOOL.compress(raws) + TOOL.compress(raws, "--best", "--block-size=5001", "--no-check")
        self.assertEqual(self.files(files), raws * 2)

    def test_musts(self):
        """Each must of the page broken, and what the page allows and hardly a writer makes."""
        blobs = []
        for coder, odd in (decode.CODER_LANES, cases.ODD_SEGMENTS), (decode.CODER_RANS, cases.ODD_RANS):
            for parts, _ in odd.values():
                # A plane must not be longer than its values: some segments need company.
                for plane in [parts], [parts, *build.WRITERS[coder].room([parts])]:
                    blobs.append(build.seal_blob([build.segments_chunk(plane, coder)]))
        for frame, _ in cases.FRAMES.values():
            blobs += [struct.pack("<I", size) + frame for size in (0, 63, 64, 65)]
            blobs += [build.seal_blob([build.header(BYTES, 64) + build.descriptor(coder, len(frame)) + frame])
                      for coder in (2, 4)]
        blobs += [build.seal_blob([]), bytes(4) + build.hand_frame(cases.SINGLE + b"\0", 0)]
        broken = [data for data, _, _ in cases.BROKEN_BLOBS]
        self.assertEqual(set(self.blobs(broken)), {None})
        self.tell(self.blobs(blobs), damaged=False)
        self.assertEqual(set(self.files([data for data, _, _ in cases.BROKEN_FILES])), {None})
        self.files([build.seal_file([]), cases.FILE])

    def test_header_bytes(self):
        """Every value of the bytes that choose how a chunk is read."""
        raw = test_spec.floats(self.rng, "fp64", 16)
        chunks = [build.chunk(raw, layout) for layout in range(7)]
        self.tell(self.blobs(build.seal_blob([build.patched(chunk, at, bytes((value,)))])
                             for chunk in chunks for at in (0, 1, 2, 3, 4, 8, 11, 12, 15) for value in range(256)))

    def test_segments(self):
        """Segments of any legal code, in planes of one or a few of them."""
        blobs = []
        for _ in range(50 * ROUNDS):
            for coder, writer in build.WRITERS.items():
                plane = [writer.random_segment(self.rng)[0] for _ in range(self.rng.choice((1, 1, 2, 5)))]
                blobs.append(build.seal_blob([build.segments_chunk(plane + writer.room(plane), coder)]))
        self.assertNotIn(None, self.blobs(blobs))
        self.tell(blobs, damaged=False)

    def test_damaged_blobs(self):
        settings = (AUTO, 1), (BF16, 0), (FP32, 1), (FP16, 0)
        blobs = [LIBRARY.compress(raw, *setting) for raw in self.raws for setting in settings]
        blobs += map(build.seal_blob, test_spec.containers_by_hand(self.rng))
        chunks = [chunk for blob in blobs if blob[4:8] == decode.BLOB_MAGIC for chunk in build.split(blob)]
        self.tell(self.blobs(mutate.damage_blob(self.rng, self.rng.choice(blobs), self.rng.choice(blobs), chunks)
                             for _ in range(1000 * ROUNDS)))

    def test_damaged_segments(self):
        for coder in build.WRITERS:
            planes = test_spec.planes_of(self.rng, coder, LIBRARY)
            others = [parts for plane in planes for parts in plane]
            self.tell(self.blobs(mutate.damage_segments(self.rng, coder, self.rng.choice(planes), others)
                                 for _ in range(500 * ROUNDS)))

    def test_damaged_files(self):
        files = [*TOOL.compress(self.raws), *TOOL.compress(self.raws, "--dtype=fp16", "--no-check")]
        files += TOOL.compress([raw * 3 for raw in self.raws], "--block-size=4K")
        files += map(build.seal_file, test_spec.containers_by_hand(self.rng))
        chunks = [chunk for file in files for chunk in build.split(file)]
        for _ in range(ROUNDS):
            damaged = [mutate.damage_file(self.rng, self.rng.choice(files), self.rng.choice(files), chunks)
                       for _ in range(500)]
            # The command line is told by the name that these are files, rescue by their bytes.
            damaged = [file for file in damaged if file[4:8] not in (decode.BLOB_MAGIC, decode.ZSTD_MAGIC)]
            self.tell(self.files(damaged))


class Holes(unittest.TestCase):
    """With --holes: what is sound comes, what is lost is zeros, and is named; never a wrong byte."""

    def setUp(self):
        self.rng = random.Random(f"{SEED} holes")
        self.raw = test_spec.floats(self.rng, "bf16", 20000) + self.rng.randbytes(4001)
        self.file, = TOOL.compress([self.raw], "--block-size=4K")
        self.chunks = build.split(self.file)
        self.starts = [8]
        for chunk in self.chunks:
            self.starts.append(self.starts[-1] + len(chunk))
        self.assertEqual(len(self.chunks), 11)

    def ranges(self, *numbers):
        """The raw bytes without those of some chunks."""
        raw, lost = bytearray(self.raw), []
        for number in numbers:
            start, end = number * 4096, min((number + 1) * 4096, len(raw))
            raw[start:end] = bytes(end - start)
            lost.append((start, end - 1))
        return bytes(raw), lost

    def check(self, data, wanted, lost, name="file.znn"):
        """What rescue --holes makes of the data; without --holes it refuses and leaves nothing."""
        with tempfile.TemporaryDirectory() as folder:
            path = write(data, folder, name)
            run = rescue(path)
            self.assertEqual((run.returncode, os.listdir(folder)), (REFUSED, [name]))
            self.assertRegex(run.stderr.decode(), rf"rescue: {re.escape(path)}: offset \d+, chunk \d+: .+\n.*--holes")
            run = rescue("--holes", "-o", os.path.join(folder, "raw"), path)
            self.assertEqual(run.returncode, HOLES, run.stderr)
            self.assertEqual(read(folder, "raw"), wanted)
            self.assertEqual(sorted(os.listdir(folder)), [name, "raw"])
            found = re.findall(rb"lost: raw bytes (\d+) to (\d+) \(offset \d+: .+\)", run.stderr)
            self.assertEqual([tuple(map(int, pair)) for pair in found], lost)
            total = sum(end - start + 1 for start, end in lost)
            self.assertIn(f"damaged; lost {total} of {len(wanted)} raw bytes", run.stderr.decode())
            self.assertEqual(rescue("-t", "--holes", path).returncode, HOLES)
            return run.stderr.decode()

    def flipped(self, *places):
        data = bytearray(self.file)
        for at in places:
            data[at] ^= 0x10
        return bytes(data)

    def test_sound(self):
        self.assertEqual(BATCH.ask(self.file, 1), (SOUND, self.raw))

    def test_payload(self):
        self.check(self.flipped(self.starts[3] - 1), *self.ranges(2))
        self.check(self.flipped(self.starts[1] - 1, self.starts[2] - 1, self.starts[11] - 1), *self.ranges(0, 1, 10))

    def test_header(self):
        """The seek table holds headers too. A damaged descriptor is in the chunk alone."""
        for at in range(8):
            said = self.check(self.flipped(self.starts[4] + at), self.raw, [])
            self.assertIn("damaged chunk header; nothing lost", said)
        self.check(self.flipped(self.starts[4] + 8), *self.ranges(4))
        self.check(self.flipped(self.starts[4] + 11), *self.ranges(4))

    def test_zeroed(self):
        """A sector of a disk, which took two chunks in the middle."""
        start, end = self.starts[5] + 100, self.starts[6] + 100
        self.check(self.file[:start] + bytes(end - start) + self.file[end:], *self.ranges(5, 6))

    def test_file_header(self):
        for at in range(8):
            self.assertIn("damaged file header", self.check(self.flipped(at), self.raw, []))

    def test_tail(self):
        """Without the seek table chunks tell where the next one is."""
        for at in self.starts[11], self.starts[11] + 8, len(self.file) - 24, len(self.file) - 8, len(self.file) - 1:
            self.assertIn("no sound seek table", self.check(self.flipped(at), self.raw, []))
        self.check(self.flipped(self.starts[3] - 1, len(self.file) - 1), *self.ranges(2))
        self.check(self.file + b"\0", self.raw, [])

    def test_cut(self):
        for chunk in 0, 1, 7, 11:
            for at in self.starts[chunk], self.starts[chunk] + 5:
                said = self.check(self.file[:at], self.raw[: chunk * 4096], [])
                self.assertIn("lost: all raw bytes behind", said)

    def test_header_and_tail(self):
        """Nothing tells where the next chunk is: what is before comes."""
        said = self.check(self.flipped(self.starts[4] + 11, len(self.file) - 1), self.raw[: 4 * 4096], [])
        self.assertIn("lost: all raw bytes behind", said)

    def test_blob(self):
        blob = build.seal_blob(self.chunks)
        at = self.starts[3] - 1
        self.check(build.patched(blob, at, bytes((blob[at] ^ 1,))), *self.ranges(2), "b")
        # A chunk whose length is in doubt takes all behind it along.
        raw = self.raw[:8192] + bytes(len(self.raw) - 8192)
        self.check(build.patched(blob, self.starts[2] + 8, b"\xff\xff"), raw, [(8192, len(self.raw) - 1)], "b")
        self.assertIn("nothing lost", self.check(blob + b"\0", self.raw, [], "b"))

    def test_zstd_blob(self):
        """One frame is one piece."""
        raw = test_spec.text(self.rng, 9000)
        blob = LIBRARY.compress(raw)
        self.assertEqual(blob[4:8], decode.ZSTD_MAGIC)
        self.check(build.patched(blob, len(blob) - 1, bytes((blob[-1] ^ 1,))), bytes(9000), [(0, 8999)], "b")

    def test_hostile_table(self):
        """A seek table with a right checksum and wrong entries."""
        table = build.seek_table(self.chunks)
        for at in range(12 * 4, 12 * 5):
            wrong = build.patched(table, at, bytes((table[at] ^ 0x81,)))
            tail = build.seal_tail(build.END_MARK, wrong, 11, len(self.raw))
            status, raw = BATCH.ask(self.file[: self.starts[11]] + tail, 1)
            self.assertEqual((status, raw[: 4 * 4096], len(raw)), (HOLES, self.raw[: 4 * 4096], len(self.raw)))

    def test_damaged(self):
        """Anything damaged, with checksums: each byte that comes is right, or is zero and its loss is told."""
        statuses = []
        files = [self.file, build.seal_blob(self.chunks)]
        for number in range(300 * ROUNDS):
            damaged = bytearray(files[number % 2])
            for _ in range(self.rng.choice((1, 1, 2, 5))):
                at = self.rng.randrange(len(damaged))
                change = self.rng.randrange(3)
                if change == 0:
                    damaged[at] ^= 1 << self.rng.randrange(8)
                elif change == 1:
                    size = self.rng.randint(1, 3000)
                    damaged[at : at + size] = bytes(len(damaged[at : at + size]))
                else:
                    damaged[at : at + 8] = self.rng.randbytes(len(damaged[at : at + 8]))
            status, raw = BATCH.ask(bytes(damaged), 1)
            statuses.append(status)
            if status == SOUND:
                self.assertEqual(raw, self.raw)
            for start in range(0, len(raw) if status == HOLES else 0, 4096):
                piece = raw[start : start + 4096]
                if any(piece):
                    self.assertEqual(piece, self.raw[start : start + len(piece)], bytes(damaged).hex())
        print(f"holes: {[statuses.count(status) for status in range(3)]} sound, refused, with holes", file=sys.stderr)
        self.assertGreater(statuses.count(HOLES), len(statuses) // 2)


class Program(unittest.TestCase):
    """Nothing is overwritten, nothing half is taken for whole, memory has a bound."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.raw = b"raw bytes" * 1000
        file, = TOOL.compress([self.raw])
        self.file = write(file, self.folder, "m.znn")

    def path(self, name):
        return os.path.join(self.folder, name)

    def assert_refused(self, word, *arguments, **options):
        before = sorted(os.listdir(self.folder))
        run = rescue(*arguments, **options)
        self.assertEqual(run.returncode, REFUSED)
        self.assertIn(word, run.stderr.decode())
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_names(self):
        self.assertEqual(rescue(self.file).returncode, SOUND)
        self.assertEqual(read(self.folder, "m"), self.raw)
        write(b"precious", self.folder, "m")
        self.assert_refused("exists; -f overwrites it", self.file)
        self.assertEqual(read(self.folder, "m"), b"precious")
        damaged = write(read(self.file)[:-1], self.folder, "damaged.znn")
        self.assert_refused("offset", "-f", "-o", self.path("m"), damaged)
        self.assertEqual(read(self.folder, "m"), b"precious")
        self.assertEqual(rescue("-f", self.file).returncode, SOUND)
        self.assertEqual(read(self.folder, "m"), self.raw)
        os.chmod(self.file, 0o640)
        self.assertEqual(rescue("-o", self.path("other"), self.file).returncode, SOUND)
        self.assertEqual(os.stat(self.path("other")).st_mode & 0o777, 0o640)
        self.assertEqual(rescue("-c", self.file).stdout, self.raw)
        self.assert_refused("is the input", "-f", "-o", self.file, self.file)
        os.symlink("nowhere", self.path("link"))
        self.assert_refused("exists", "-o", self.path("link"), self.file)
        self.assert_refused("no regular file", "-f", "-o", self.path("link"), self.file)

    def test_statuses(self):
        """An error of one file does not keep the others, and counts more than holes."""
        damaged = bytearray(read(self.file))
        damaged[20] ^= 1
        write(damaged, self.folder, "a.znn")
        write(b"no zipnn data", self.folder, "b.znn")
        shutil.copy(self.file, self.path("c.znn"))
        names = [self.path(name) for name in ("a.znn", "b.znn", "c.znn")]
        run = rescue("--holes", *names)
        self.assertEqual(run.returncode, REFUSED)
        self.assertIn(b"neither a .znn file nor a blob", run.stderr)
        self.assertEqual((read(self.folder, "c"), os.path.exists(self.path("b"))), (self.raw, False))
        self.assertEqual(len(read(self.folder, "a")), len(self.raw))
        self.assertEqual(rescue("-t", "--holes", names[0], names[2]).returncode, HOLES)
        self.assertEqual(rescue("-t", names[2]).returncode, SOUND)

    def test_misuse(self):
        self.assert_refused("--help")
        self.assert_refused("--help", "--no-such-option", self.file)
        self.assert_refused("just one", "-o", self.path("x"), self.file, self.file)
        self.assert_refused("No such file", self.path("missing"))
        self.assert_refused("no file", self.folder)
        self.assert_refused("No such file", "-o", self.path("no/such/folder"), self.file)
        self.assert_refused("no file", "/dev/stdin", stdin=subprocess.PIPE)

    def test_full(self):
        """No room for the output."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

        self.assert_refused("File too large", self.file, preexec_fn=limit)
        with open("/dev/full", "wb") as full:
            run = subprocess.run([os.path.join(BUILD_DIR, "rescue"), "-c", self.file], stdout=full,
                                 stderr=subprocess.PIPE, check=False)
        self.assertEqual(run.returncode, REFUSED)
        self.assertIn(b"No space left", run.stderr)

    def faults(self, **variables):
        """An environment in which system calls fail; faults.c has the variables."""
        library = self.path("faults.so")
        if not os.path.exists(library):
            command = "cc", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "faults.c"), "-ldl"
            subprocess.run(command, check=True)
        return dict(os.environ, LD_PRELOAD=library, **{name: str(value) for name, value in variables.items()})

    def test_disk(self):
        """An output that does not reach the disk is no output; a file system without links will do."""
        self.assert_refused("Input/output error", self.file, env=self.faults(FAULT_FSYNC=errno.EIO))
        self.assert_refused("Input/output error", "-f", self.file, env=self.faults(FAULT_FSYNC=errno.EIO))
        self.assert_refused("Input/output error", self.file,
                            env=self.faults(FAULT_FSYNC=errno.EIO, FAULT_LINK=errno.EPERM))
        run = rescue(self.file, env=self.faults(FAULT_LINK=errno.EPERM))
        self.assertEqual((run.returncode, read(self.folder, "m")), (SOUND, self.raw))
        self.assertEqual(sorted(os.listdir(self.folder)), ["faults.so", "m", "m.znn"])

    def test_short(self):
        """Reads and writes that are interrupted, or do less than asked for."""
        run = rescue("-c", self.file, env=self.faults(FAULT_SHORT=7))
        self.assertEqual((run.returncode, run.stdout), (SOUND, self.raw))

    def test_bad_sector(self):
        """A disk that does not give some bytes: an error, or holes, wherever they are."""
        raw = self.raw + test_spec.floats(random.Random(3), "bf16", 9000)
        file, = TOOL.compress([raw], "--block-size=4K")
        path, table = write(file, self.folder, "bad.znn"), file.rindex(build.END_MARK)
        lost = []
        for start in range(0, len(file), 512):
            env = self.faults(FAULT_SECTOR=f"{start}:{start + 512}")
            run = rescue("-t", path, env=env)
            self.assertEqual((run.returncode, b"Input/output error" in run.stderr), (REFUSED, True))
            run = rescue("--holes", "-c", path, env=env)
            self.assertEqual(run.returncode, HOLES)
            self.assertEqual(len(run.stdout), len(raw))
            pieces = [at for at in range(0, len(raw), 4096) if run.stdout[at : at + 4096] != raw[at : at + 4096]]
            self.assertTrue(all(not any(run.stdout[at : at + 4096]) for at in pieces))
            told = re.findall(rb"lost: raw bytes (\d+) to \d+ ", run.stderr)
            self.assertEqual(list(map(int, told)), pieces)
            lost.append(len(pieces) if start + 512 <= table else 0)
        self.assertGreater(max(lost), 0)

    def constant(self, chunks):
        """A file of a few bytes and many raw ones."""
        longest = 0xFFFFFF
        chunk = build.header(BYTES, longest) + build.descriptor(decode.CODER_CONSTANT, 1) + b"A"
        return write(build.seal_file([chunk] * chunks), self.folder, "constant.znn")

    def test_signals(self):
        """Interrupted in the middle of 2 GiB: nothing has the output's name; only SIGKILL leaves something."""
        path = self.constant(128)
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL:
            with subprocess.Popen([os.path.join(BUILD_DIR, "rescue"), path]) as process:
                while not any(".partial-" in name for name in os.listdir(self.folder)):
                    self.assertIsNone(process.poll())
                    time.sleep(0.001)
                process.send_signal(number)
                status = process.wait()
            self.assertEqual(status, -number if number == signal.SIGKILL else 128 + number)
            names = {name[:17] for name in os.listdir(self.folder)} - {"constant.znn", "m.znn"}
            self.assertEqual(names, {"constant.partial-"} if number == signal.SIGKILL else set())

    def test_appears(self):
        """What gets the output's name meanwhile is not replaced."""
        path = self.constant(16)
        with subprocess.Popen([os.path.join(BUILD_DIR, "rescue"), path], stderr=subprocess.PIPE) as process:
            while not any(".partial-" in name for name in os.listdir(self.folder)):
                self.assertIsNone(process.poll())
                time.sleep(0.001)
            process.send_signal(signal.SIGSTOP)
            self.assertNotIn("constant", os.listdir(self.folder))
            write(b"precious", self.folder, "constant")
            process.send_signal(signal.SIGCONT)
            self.assertIn(b"File exists", process.stderr.read())
        self.assertEqual((process.returncode, read(self.folder, "constant")), (REFUSED, b"precious"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["constant", "constant.znn", "m.znn"])

    def test_memory(self):
        """Whatever is claimed or decoded."""
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))

        longest = os.path.join(GOLDEN, "v1", "built-longest.znn")
        run = rescue("-t", longest, self.constant(12), preexec_fn=limit)
        self.assertEqual((run.returncode, run.stderr), (SOUND, b""))
        most = b"\xff\xff\xff\xff"
        for claim in (most + decode.BLOB_MAGIC, most + decode.BLOB_MAGIC + build.header(0, 0xFFFFFF),
                      most + decode.ZSTD_MAGIC, most + build.frame(bytes(1000)), b"\0\0\0\x20" + build.frame(b""),
                      most + build.frame(random.Random(1).randbytes(9000)),
                      build.seal_blob([build.header(6, 0xFFFFFF) + build.descriptor(4, 0x1FFFFF) * 8 + bytes(20)]),
                      decode.FILE_HEADER + build.seal_tail(build.END_MARK, bytes(12), 1 << 60, 1 << 62),
                      decode.FILE_HEADER + build.seal_tail(build.END_MARK, bytes(12), 1, 0xFFFFFF)):
            self.assert_refused("offset", "-t", write(claim, self.folder, "m.znn"), preexec_fn=limit)


class ZLast(unittest.TestCase):
    """After all others, by its name."""

    def test_sanitizers(self):
        self.assertIn(b"__asan_init", read(BUILD_DIR, "rescue_batch"), "the compiler had no sanitizers")
        self.assertEqual(BATCH.end(), 0, "a leak, or another finding")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit("usage: test_rescue.py BUILD_DIR [ROUNDS [SEED]]")
    BUILD_DIR = os.path.abspath(sys.argv[1])
    ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    SEED = sys.argv[3] if len(sys.argv) > 3 else "1"
    # Much of the time would go into CRCs of bytes seen before.
    decode.chunk_crc = functools.lru_cache(1000)(decode.chunk_crc)
    LIBRARY = test_spec.Library(os.path.join(BUILD_DIR, "libzipnn.so"))
    TOOL = test_spec.Tool(os.path.join(BUILD_DIR, "zipnn"))
    BATCH = Batch(os.path.join(BUILD_DIR, "rescue_batch"))
    unittest.main(argv=sys.argv[:1], verbosity=2)
