#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
What was golden once decodes for ever: by the library with every set of instructions, by the command line, and by the
decoder that was written from src/FORMAT.md alone. README.md says more.

Every folder v<version> here is tested. As long as the format is version 0 nothing is frozen, and a set made on the spot
stands in, so that what makes and tests golden files is itself tested.

usage: test_golden.py BUILD_DIR
"""

import functools
import glob
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest

import make
from make import HERE, MANIFEST, build, decode

ISAS = "scalar", "avx2", "avx512", "vbmi", "neon"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def read_manifest(folder):
    """{file: what must come out of it}"""
    with open(os.path.join(folder, MANIFEST), encoding="ascii") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return {row[0]: dict(zip(make.COLUMNS[1:], row[1:])) for row in rows}


def environment(isa):
    # A sanitizer's finding must not look like an error of the data.
    return dict(os.environ, ZIPNN_CPU=isa, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99")


@functools.cache
def available(isa):
    """Whether this CPU has the set: zipnn tells which one it uses when it is limited to that."""
    command = os.path.join(BUILD_DIR, "zipnn"), "bench", "--json", "-i", "0.001", "--block-size=4K", "--codec=memcpy"
    run = subprocess.run((*command, __file__), capture_output=True, check=True, env=environment(isa))
    return json.loads(run.stdout)["machine"]["isa"] == isa


class RawBytes:
    """In the place of make.Writer: codes nothing."""

    def blob(self, name, data, *_):
        return name + ".blob", data

    def file(self, name, data, *_):
        return name + ".znn", data


class Golden(unittest.TestCase):
    def test_there(self):
        """A format that is frozen has its files."""
        if VERSION == 0:
            print("\nformat 0 is not frozen: testing a set made now", file=sys.stderr)
        for version in range(1, VERSION + 1):
            folder = make.version_folder(version)
            self.assertTrue(os.path.isfile(os.path.join(folder, MANIFEST)),
                            f"{folder} is missing: format {version} is frozen, so its golden files must be in the tree "
                            "(for a new version: tests/golden/make.py BUILD_DIR)")

    def test_whole(self):
        """The manifest lists what is there, and it is what it was."""
        for folder in FOLDERS:
            rows = read_manifest(folder)
            self.assertEqual(sorted(os.listdir(folder)), sorted([*rows, MANIFEST]))
            self.assertGreater(len(rows), 50, folder)
            for name, row in rows.items():
                self.assertEqual(sha256(read(os.path.join(folder, name))), row["SHA-256 of the file"], name)

    def check_all(self, folder, names, raws, how):
        rows = read_manifest(folder)
        for name, data in zip(names, raws):
            self.assertEqual((len(data), sha256(data)),
                             (int(rows[name]["raw bytes"]), rows[name]["SHA-256 of the raw bytes"]), f"{name} by {how}")

    def test_library(self):
        tried = []
        for isa in ISAS:
            if not available(isa):
                print(f"\nthis CPU has no {isa}", file=sys.stderr)
                continue
            tried.append(isa)
            for folder in FOLDERS:
                names = sorted(read_manifest(folder))
                with tempfile.TemporaryDirectory() as work:
                    pairs = [(os.path.join(folder, name), os.path.join(work, name)) for name in names]
                    command = os.path.join(BUILD_DIR, "golden_tool"), "decode", *sum(pairs, ())
                    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(isa))
                    self.assertEqual((run.returncode, run.stderr), (0, ""), f"{folder}, {isa}")
                    self.check_all(folder, names, [read(target) for _, target in pairs], f"the library, {isa}")
        self.assertIn("scalar", tried)

    def test_command_line(self):
        for folder in FOLDERS:
            names = [name for name in sorted(read_manifest(folder)) if name.endswith(".znn")]
            for isa in filter(available, ISAS):
                for options in ["-T1"], ["-T3"]:
                    raws = []
                    for name in names:
                        command = os.path.join(BUILD_DIR, "zipnn"), "-dc", *options, os.path.join(folder, name)
                        run = subprocess.run(command, capture_output=True, check=False, env=environment(isa))
                        self.assertEqual((run.returncode, run.stderr), (0, b""), f"{name}, {isa}")
                        raws.append(run.stdout)
                    self.check_all(folder, names, raws, f"zipnn {options}, {isa}")

    def test_page(self):
        """The decoder of tests/spec: were the page changed so that old files no longer fit it, this tells."""
        for folder in FOLDERS:
            names = sorted(read_manifest(folder))
            readers = {"znn": decode.decode_file, "blob": decode.decode_blob}
            raws = [readers[name.rpartition(".")[2]](read(os.path.join(folder, name))) for name in names]
            self.check_all(folder, names, raws, "tests/spec/decode.py")


class Make(unittest.TestCase):
    def test_refuses(self):
        """A folder that exists is left alone, whatever is in it."""
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(HERE, "make.py")
            run = subprocess.run((sys.executable, "-B", script, BUILD_DIR, folder), capture_output=True, text=True,
                                 check=False)
            self.assertEqual(run.returncode, 1)
            self.assertIn("exists; golden files decode for ever", run.stderr)
            self.assertEqual(os.listdir(folder), [])

    def test_covers(self):
        """All that a decoder must know is in each set."""
        for folder in FOLDERS:
            seen = set()
            for name in read_manifest(folder):
                seen |= make.features(make.Golden(name, read(os.path.join(folder, name)), b"", "-", ""))
            self.assertEqual(make.wanted() - seen, set(), folder)

    def test_same_again(self):
        """Raw bytes are not stored: the generator must make the same once more, wherever it runs."""
        again = {name: sha256(data) for name, data in make.written(RawBytes())}
        for folder in FOLDERS:
            if os.path.basename(folder) == f"v{VERSION}":
                rows = read_manifest(folder)
                self.assertEqual({name: rows[name]["SHA-256 of the raw bytes"] for name in again}, again)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    BUILD_DIR = os.path.abspath(sys.argv[1])
    VERSION = make.format_version(BUILD_DIR)
    # Most of the time would go into CRCs of bytes seen before.
    decode.chunk_crc = functools.lru_cache(1000)(decode.chunk_crc)
    FOLDERS = sorted(glob.glob(os.path.join(HERE, "v[0-9]*")))
    with tempfile.TemporaryDirectory() as temporary:
        if VERSION == 0:
            FOLDERS.append(os.path.join(temporary, "v0"))
            make.make(BUILD_DIR, FOLDERS[-1])
        unittest.main(argv=sys.argv[:1], verbosity=2)
