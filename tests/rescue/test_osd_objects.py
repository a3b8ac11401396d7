#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
osd_objects.py on a made-up OSD: a file as the block device, and a ceph-objectstore-tool that tells what this test
wants. So each way in which BlueStore stores a piece is tried, and each in which it may be damaged, without a cluster.
tests/ceph/test_rescue.sh has a real one.

usage: test_osd_objects.py BUILD_DIR
"""

import errno
import functools
import json
import os
import random
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../spec")]

import build  # noqa: E402
import osd_objects  # noqa: E402
import test_spec  # noqa: E402

UNIT = 4096
CHUNK = 8192
NOWHERE = (1 << 64) - 1
# What the stand-in for ceph-objectstore-tool does: its answers are files beside it.
STAND_IN = f"""#!{sys.executable} -SE
import json, os, sys, time
here = os.path.dirname(os.path.abspath(__file__))
answers = json.load(open(os.path.join(here, "answers.json")))
if "--op" in sys.argv:
    time.sleep(answers["sleep"])
    sys.stderr.write(answers["error"])
    sys.stdout.buffer.write(answers["list"].encode(errors="surrogateescape"))
    sys.exit(1 if answers["error"] else 0)
[name] = [argument for argument in sys.argv if argument.startswith("{{")]
sys.stdout.write(answers["dumps"][json.loads(name)["oid"]])
"""


class Device:
    """The block device, whose blobs lie wherever there was room."""

    def __init__(self):
        self.data = bytearray(UNIT)
        self.rng = random.Random(1)

    def place(self, stored, pieces=1):
        """Puts bytes on the device, in so many extents; returns them."""
        stored += bytes(-len(stored) % UNIT)
        cuts = sorted(self.rng.sample(range(UNIT, len(stored), UNIT), pieces - 1))
        extents = []
        for start, end in zip([0, *cuts], [*cuts, len(stored)]):
            self.data += self.rng.randbytes(UNIT)
            extents.append({"offset": len(self.data), "length": end - start})
            self.data += stored[start:end]
        return extents

    def checksums(self, extents, order, mask=0xFFFFFFFF):
        stored = b""
        for place in extents:
            offset, length = place["offset"], place["length"]
            stored += bytes(length) if offset == NOWHERE else bytes(self.data[offset : offset + length])
        return [osd_objects.crc32c(stored[at : at + (1 << order)]) & mask for at in range(0, len(stored), 1 << order)]

    def plain(self, raw, pieces=1, nowhere=0, order=12, kind=4):
        """A blob that is not compressed, of which the first bytes lie nowhere."""
        extents = [{"offset": NOWHERE, "length": nowhere}] if nowhere else []
        extents += self.place(raw, pieces)
        mask = {4: 0xFFFFFFFF, 5: 0xFFFF, 6: 0xFF}.get(kind, 0)
        return {"extents": extents, "logical_length": nowhere + -(-len(raw) // UNIT) * UNIT, "compressed_length": 0,
                "flags": 4, "csum_type": kind, "csum_chunk_order": order,
                "csum_data": self.checksums(extents, order, mask)}

    def compressed(self, raw, pieces=1, algorithm=3, extra=b"\0", payload=None):
        """A blob as the plugin's output is stored, but of smaller chunks; extra: of the header, by its version."""
        if payload is None:
            file, = TOOL.compress([raw], "--dtype=bf16", f"--block-size={CHUNK}")
            payload = build.seal_blob(build.split(file))
        header = struct.pack("<BBIBI", 2, 1, 5 + len(extra), algorithm, len(payload)) + extra
        extents = self.place(header + payload, pieces)
        return {"extents": extents, "logical_length": len(raw), "compressed_length": len(header + payload), "flags": 6,
                "csum_type": 4, "csum_chunk_order": 12, "csum_data": self.checksums(extents, 12)}

    def flip(self, blob, at):
        """Damages a byte of a blob."""
        for extent in blob["extents"]:
            if extent["offset"] != NOWHERE and at < extent["length"]:
                self.data[extent["offset"] + at] ^= 1
                return
            at -= extent["length"]


def extent(logical, length, blob, start=0):
    return {"logical_offset": logical, "length": length, "blob_offset": start, "blob": blob}


def onode(size, *extents, digest=None):
    info = {"flags": ["dirty"]} if digest is None else {"flags": ["dirty", "data_digest"], "data_digest": hex(digest)}
    return {"id": {}, "info": info, "onode": {"size": size, "extents": list(extents)}}


def named(oid, **other):
    return {"oid": oid, "key": "", "snapid": -2, "hash": 1, "max": 0, "pool": 7, "namespace": ""} | other


class Osd(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.device = Device()
        self.dumps, self.names, self.error, self.sleep = {}, [], "", 0
        rng = random.Random(2)
        self.weights = test_spec.floats(rng, "bf16", 10000)  # three chunks
        self.text = test_spec.text(rng, 60000)
        self.noise = rng.randbytes(50000)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data, mode=0o600):
        with open(self.path(name), "wb") as file:
            file.write(data)
        os.chmod(self.path(name), mode)

    def run_it(self, *arguments, path=None, **variables):
        dumps = {oid: dump if isinstance(dump, str) else json.dumps(dump) for oid, dump in self.dumps.items()}
        names = "".join(json.dumps(name, ensure_ascii=False) + "\n" for name in self.names)
        answers = {"dumps": dumps, "list": names, "error": self.error, "sleep": self.sleep}
        self.write("answers.json", json.dumps(answers).encode())
        self.write("block", bytes(self.device.data))
        self.write("ceph-objectstore-tool", STAND_IN.encode(), stat.S_IRWXU)
        environment = dict(os.environ, PATH=self.folder if path is None else path, **variables)
        command = sys.executable, "-B", os.path.join(HERE, "osd_objects.py"), *arguments
        return subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", check=False,
                              env=environment)

    def get(self, *options, **variables):
        rescue = os.path.join(BUILD_DIR, "rescue")
        return self.run_it("get", self.folder, self.path("out"), "--rescue", rescue, *options, **variables)

    def add(self, oid, dump, **other):
        self.dumps[oid] = dump
        self.names.append(["7.1", named(oid, **other)])

    def out(self, name):
        try:
            with open(self.path("out", "7.1", name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def assert_whole(self, wanted):
        run = self.get()
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        self.assertEqual(set(os.listdir(self.path("out", "7.1"))), set(wanted))
        for name, raw in wanted.items():
            self.assertEqual(self.out(name), raw, name)
            self.assertIn(f"whole\t{self.path('out', '7.1', name)}\t{len(raw)} bytes\n", run.stdout)

    def assert_damaged(self, word, dump, holes, lost):
        """Refused, with the word; with --holes `holes` come, `lost` are named."""
        self.add("x", dump)
        run = self.get()
        self.assertEqual((run.returncode, run.stderr, self.out("x")), (1, "", None))
        self.assertRegex(run.stdout, f"^error\t.*x\t.*{word}.*\n$")
        run = self.get("--holes")
        self.assertEqual((run.returncode, run.stderr), (2, ""), run.stdout)
        self.assertEqual(self.out("x"), holes)
        told = [line.split("bytes ")[1].split(":")[0] for line in run.stdout.splitlines() if line.startswith("lost")]
        self.assertEqual(told, [f"{first} to {last}" for first, last in lost])
        self.assertIn(f"damaged\t{self.path('out', '7.1', 'x')}\t", run.stdout)

    def test_kinds(self):
        """Each way to store a piece."""
        size, wanted = len(self.weights), {}

        def add(name, raw, *extents):
            self.add(name, onode(len(raw), *extents))
            wanted[name] = raw

        add("weights", self.weights, extent(0, size, self.device.compressed(self.weights)))
        add("pieces", self.weights, extent(0, size, self.device.compressed(self.weights, 3)))
        for name, extra in ("old", b""), ("new", b"\0"), ("newer", b"\1" + bytes(4)), ("later", b"\0" + bytes(20)):
            add(name, self.weights, extent(0, size, self.device.compressed(self.weights, extra=extra)))
        for name, raw in ("blob", self.weights), ("text", self.text):
            add(name, raw, extent(0, len(raw), self.device.compressed(raw, payload=LIBRARY.compress(raw))))
        for name, kind, order in ("noise", 4, 12), ("crc16", 5, 13), ("crc8", 6, 14):
            add(name, self.noise, extent(0, 50000, self.device.plain(self.noise, 3, order=order, kind=kind)))
        unchecked = dict(self.device.plain(self.noise), flags=0)
        add("unchecked", self.noise, extent(0, 50000, unchecked))
        add("empty", b"")
        add("hole", bytes(70000))
        add("holes", bytes(5000) + self.noise[:1000] + bytes(64000), extent(5000, 1000, self.device.plain(self.noise)))
        # Overwritten: the middle of a compressed blob is hidden by others, one of which begins nowhere.
        middle = self.device.plain(self.noise[:9000], nowhere=8192)
        add("overwritten", self.weights[:7001] + self.noise[5:8005] + self.weights[15001:],
            extent(0, 7001, self.device.compressed(self.weights)),
            extent(7001, 8000, middle, 8192 + 5),
            extent(15001, size - 15001, self.device.compressed(self.weights, 2), 15001))
        # In any order, and beyond the end.
        blob = self.device.compressed(self.weights)
        add("cut", self.weights[:12345], extent(10000, size - 10000, blob, 10000), extent(0, 10000, blob))
        self.assert_whole(wanted)

    def test_once(self):
        """A blob of which an object has two ends goes through rescue once."""
        blob = self.device.compressed(self.weights)
        self.add("x", onode(1000, extent(0, 500, blob), extent(500, 500, blob, 500)))
        log = self.path("log")
        self.write("rescue", f'#!/bin/sh\necho "$@" >>{log}\nexec {BUILD_DIR}/rescue "$@"\n'.encode(), stat.S_IRWXU)
        run = self.run_it("get", self.folder, self.path("out"), "--rescue", self.path("rescue"),
                          path=f"{self.folder}:{os.environ['PATH']}")
        self.assertEqual((run.returncode, self.out("x")), (0, self.weights[:1000]))
        with open(log, encoding="ascii") as file:
            self.assertEqual(sum(line.startswith("-c ") for line in file), 1)

    def test_names(self):
        """Names that no file can have, or that lead elsewhere."""
        names = {"a/b c": "a%2Fb%20c", "..": "%2E%2E", "": "+none", "ü": "%C3%BC", "\udcff": "%FF", "+": "%2B",
                 "a" * 2000: "a" * 100 + "+sha256="}
        for number, name in enumerate(names):
            self.add(name, onode(number + 1))
        self.add("s", onode(50), snapid=4)
        self.add("n", onode(60), namespace="x/y", key="loc")
        run = self.get()
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        made = {os.path.getsize(self.path("out", "7.1", name)): name for name in os.listdir(self.path("out", "7.1"))}
        for number, name in enumerate(names.values()):
            self.assertEqual(made[number + 1][: len(name)] if number == 6 else made[number + 1], name)
        self.assertEqual((made[50], made[60]), ("s+snapid=4", "n+namespace=x%2Fy+key=loc"))
        self.assertEqual(len(made), len(names) + 2)
        self.assertEqual(os.listdir(self.path("out")), ["7.1"])

    def test_choice(self):
        self.add("a", onode(1))
        self.add("b", onode(2))
        self.add("c", onode(3), pool=8)
        run = self.run_it("list", self.folder)
        self.assertEqual([json.loads(line) for line in run.stdout.splitlines()], self.names)
        run = self.run_it("list", self.folder, "--pool", "8")
        self.assertEqual([json.loads(line)[1]["oid"] for line in run.stdout.splitlines()], ["c"])
        self.assertEqual(self.get("--unknown").returncode, 1)
        self.assertEqual(self.get("b").returncode, 0)
        self.assertEqual(os.listdir(self.path("out", "7.1")), ["b"])
        run = self.get("a", "z")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no such object: z", run.stderr)
        run = self.get()
        self.assertEqual(run.returncode, 1)
        self.assertIn("b\texists already", run.stdout)
        self.assertEqual(sorted(os.listdir(self.path("out", "7.1"))), ["a", "b", "c"])

    def test_no_links(self):
        """A file system for sticks, which has none; and a disk that does not write."""
        faults = self.path("faults.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", faults, os.path.join(HERE, "faults.c"), "-ldl"], check=True)
        self.add("x", onode(50000, extent(0, 50000, self.device.plain(self.noise))))
        run = self.get(LD_PRELOAD=faults, FAULT_FSYNC=str(errno.EIO))
        self.assertEqual((run.returncode, os.listdir(self.path("out", "7.1"))), (1, []))
        self.assertIn("Input/output error", run.stdout)
        run = self.get(LD_PRELOAD=faults, FAULT_LINK=str(errno.EPERM))
        self.assertEqual((run.returncode, self.out("x")), (0, self.noise), run.stdout)
        self.assertEqual(os.listdir(self.path("out", "7.1")), ["x"])

    def test_device(self):
        """A copy of the device."""
        self.add("x", onode(50000, extent(0, 50000, self.device.plain(self.noise))))
        self.run_it("list", self.folder)
        os.rename(self.path("block"), self.path("copy"))
        self.device = Device()
        self.assertEqual(self.get().returncode, 1)
        self.assertEqual(self.get("--block", self.path("copy")).returncode, 0)
        self.assertEqual(self.out("x"), self.noise)

    def test_checksum(self):
        blob = self.device.plain(self.noise)
        self.device.flip(blob, 9000)
        raw = self.noise[:8192] + bytes(4096) + self.noise[12288:]
        self.assert_damaged("checksum differs for the block at byte 8192", onode(50000, extent(0, 50000, blob)), raw,
                            [(8192, 12287)])

    def test_checksum_of_an_end(self):
        """The bytes wanted begin and end inside of blocks."""
        blob = self.device.plain(self.noise, nowhere=4096)
        for at in 4096 + 100, 4096 + 8000:
            self.device.flip(blob, at)
        self.assert_damaged("checksum differs", onode(9000, extent(1000, 7000, blob, 4096 + 50)), bytes(9000),
                            [(1000, 5045), (5046, 7999)])

    def test_no_csum(self):
        blob = dict(self.device.plain(self.noise), csum_type=2)
        self.add("x", onode(50000, extent(0, 50000, blob)))
        run = self.get()
        self.assertEqual((run.returncode, self.out("x")), (1, None))
        self.assertIn("--no-csum", run.stdout)
        self.assertEqual(self.get("--no-csum").returncode, 0)
        self.assertEqual(self.out("x"), self.noise)

    def test_too_few_checksums(self):
        blob = self.device.plain(self.noise)
        blob["csum_data"].pop()
        self.assert_damaged("checksum differs", onode(50000, extent(0, 50000, blob)), self.noise[:49152] + bytes(848),
                            [(49152, 49999)])

    def test_chunk(self):
        """zipnn's own checksums tell which chunk of a blob is lost."""
        blob = self.device.compressed(self.weights, 3)
        self.device.flip(blob, 2000)
        cut = CHUNK - 1000
        raw = bytes(cut) + self.weights[cut + 1000 :]
        self.assert_damaged("checksum of a compressed blob", onode(len(raw), extent(0, len(raw), blob, 1000)), raw,
                            [(0, cut - 1)])

    def test_chunk_without_csum(self):
        """Where BlueStore has no checksums rescue alone notices."""
        blob = dict(self.device.compressed(self.weights), flags=2)
        self.device.flip(blob, 2000)
        raw = bytes(CHUNK) + self.weights[CHUNK:]
        self.assert_damaged("rescue: blob: offset 8, chunk 0: ", onode(len(raw), extent(0, len(raw), blob)), raw,
                            [(0, CHUNK - 1)])

    def test_zstd_blob(self):
        """Stock zstd blobs have no checksum of their own."""
        blob = self.device.compressed(self.text, payload=LIBRARY.compress(self.text, check=0))
        self.device.flip(blob, 2000)
        self.assert_damaged("checksum of a compressed blob", onode(60000, extent(0, 60000, blob)), bytes(60000),
                            [(0, 59999)])

    def test_other_algorithms(self):
        blob = self.device.compressed(self.weights, algorithm=4)
        self.assert_damaged("compressed with lz4", onode(1000, extent(0, 1000, blob)), bytes(1000), [(0, 999)])

    def test_nowhere(self):
        blob = self.device.plain(self.noise, nowhere=8192)
        self.assert_damaged("lie nowhere", onode(1000, extent(0, 1000, blob, 5000)), bytes(1000), [(0, 999)])

    def test_end_of_device(self):
        blob = self.device.plain(self.noise)
        del self.device.data[-4096:]
        self.assert_damaged("the device ends", onode(50000, extent(0, 50000, blob)), bytes(50000), [(0, 49999)])

    def test_outside_of_blob(self):
        blob = self.device.compressed(self.weights)
        self.assert_damaged("byte 20999 of a blob of 20000", onode(1000, extent(0, 1000, blob, 20000)), bytes(1000),
                            [(0, 999)])

    def test_digest(self):
        """Pieces that are sound, but not those of the object."""
        digest = osd_objects.crc32c(self.noise)
        blob = self.device.plain(self.noise)
        self.add("right", onode(50000, extent(0, 50000, blob), digest=digest))
        self.add("wrong", onode(50000, extent(0, 50000, blob), digest=digest ^ 1))
        run = self.get()
        self.assertEqual((run.returncode, self.out("right"), self.out("wrong")), (1, self.noise, None))
        self.assertIn("the object's digest", run.stdout)

    def test_statuses(self):
        """An object that fails does not keep the others, and counts more than holes."""
        blob = self.device.plain(self.noise)
        self.device.flip(blob, 0)
        for order in ("damaged", "none", "whole"), ("none", "damaged", "whole"):
            self.names = []
            for oid in order:
                self.add(oid, {"damaged": onode(50000, extent(0, 50000, blob)), "none": "null", "whole": onode(9)}[oid])
            self.assertEqual(self.get("--holes").returncode, 1)
            self.assertEqual((self.out("damaged"), self.out("whole")), (bytes(4096) + self.noise[4096:], bytes(9)))
            for oid in "damaged", "whole":
                os.unlink(self.path("out", "7.1", oid))

    def test_hostile_dumps(self):
        """Nothing that a dump says costs more than a line of complaint."""
        plain, packed = self.device.plain(self.noise), self.device.compressed(self.weights)
        claim = self.device.compressed(b"x" * 1000, payload=b"\xff\xff\xff\xffZNN\1" + bytes(90))
        many = dict(plain, extents=plain["extents"] * 2000)
        dumps = {
            "text": "no JSON", "list": "[]", "null": "null", "none": {}, "size": onode(-1), "large": onode(1 << 40),
            "float": onode(1.5), "string": onode("1"), "extents": {"onode": {"size": 1, "extents": 5}},
            "extent": {"onode": {"size": 1, "extents": [5]}}, "blob": onode(1, extent(0, 1, 5)),
            "blob extents": onode(1, extent(0, 1, dict(plain, extents=[[]]))), "many": onode(1, extent(0, 1, many)),
            "csum order": onode(1, extent(0, 1, dict(plain, csum_chunk_order=60))),
            "csum list": onode(1, extent(0, 1, dict(plain, csum_data=None))),
            "no extents": onode(1, extent(0, 1, dict(plain, extents=[]))),
            "start": onode(1, extent(0, 1, plain, 1 << 50)), "logical": onode(1, extent(-5, 1, plain)),
            "length": onode(1, extent(0, 1 << 60, plain)), "no header": onode(1, extent(0, 1, dict(plain, flags=2))),
            "cut": onode(1, extent(0, 1, dict(packed, compressed_length=5000))),
            "raw": onode(1, extent(0, 1, dict(packed, logical_length=19999))),
            "claim": onode(1, extent(0, 1, claim)),
            "claim twice": onode(1, extent(0, 1, dict(claim, logical_length=0xFFFFFFFF))),
        }
        for name, dump in dumps.items():
            self.add(name, dump)
        run = self.get()
        self.assertEqual((run.returncode, run.stderr), (1, ""))
        self.assertEqual([line.split("\t")[0] for line in run.stdout.splitlines()], ["error"] * len(dumps), run.stdout)
        self.assertEqual(os.listdir(self.path("out", "7.1")), [])

    def test_no_osd(self):
        """What is missing or does not answer is said, once."""
        self.error = "Mount failed with '(11) Resource temporarily unavailable'"
        run = self.get()
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertRegex(run.stderr, r"status 1: Mount failed.*\nThe OSD must be stopped")
        self.error, self.sleep = "", 60
        run = self.get("--timeout", "0.5")
        self.assertIn("more than 0.5 s", run.stderr)
        self.sleep = 0
        run = self.run_it("list", self.folder, path="/nowhere")
        self.assertIn("not installed", run.stderr)
        run = self.run_it("get", self.folder, self.path("out"), "--rescue", self.path("missing"))
        self.assertIn("cc -O2 -o rescue rescue.c -lzstd", run.stderr)
        self.assertEqual(run.returncode, 1)
        run = self.get("--block", self.path("missing"))
        self.assertEqual(run.returncode, 1)
        self.assertIn("missing", run.stderr)

    def test_scan(self):
        """Without metadata: blobs in one piece, wherever they lie."""
        wanted = {}
        for raw, payload in (self.weights, None), (self.text, LIBRARY.compress(self.text)), (self.weights[:9999], None):
            blob = self.device.compressed(raw, payload=payload)
            wanted[f"{blob['extents'][0]['offset']:016x}"] = raw
        self.device.data += bytes(3 << 20)
        damaged = self.device.compressed(self.weights)
        wanted[f"{damaged['extents'][0]['offset']:016x}"] = bytes(CHUNK) + self.weights[CHUNK:]
        self.device.flip(damaged, 2000)
        self.device.place(b"ZNN\1" + self.noise + b"\x28\xb5\x2f\xfd")
        self.device.place(struct.pack("<BBIBI", 2, 1, 6, 4, 30) + b"\0\1\2\3\4ZNN\1")  # lz4's
        arguments = "scan", self.path("block"), self.path("out", "7.1"), "--rescue", os.path.join(BUILD_DIR, "rescue")
        run = self.run_it(*arguments)
        self.assertEqual((run.returncode, run.stderr), (1, ""), run.stdout)
        self.assertEqual(sorted(line.split("\t")[0] for line in run.stdout.splitlines()), ["error"] + ["whole"] * 3)
        self.assertEqual(len(os.listdir(self.path("out", "7.1"))), 3)
        for name in os.listdir(self.path("out", "7.1")):
            self.assertEqual(self.out(name), wanted[name])
            os.unlink(self.path("out", "7.1", name))
        run = self.run_it(*arguments, "--holes")
        self.assertEqual((run.returncode, run.stderr), (2, ""), run.stdout)
        self.assertEqual({name: self.out(name) for name in os.listdir(self.path("out", "7.1"))}, wanted)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    BUILD_DIR = os.path.abspath(sys.argv[1])
    osd_objects.crc32c = functools.cache(osd_objects.crc32c)  # the same blocks again and again, at Python's speed
    TOOL = test_spec.Tool(os.path.join(BUILD_DIR, "zipnn"))
    LIBRARY = test_spec.Library(os.path.join(BUILD_DIR, "libzipnn.so"))
    unittest.main(argv=sys.argv[:1], verbosity=2)
