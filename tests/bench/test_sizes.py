# SPDX-License-Identifier: BSD-3-Clause
"""bench/sizes: a table of sizes is believed, so its bound, its differences and its gaps must be right.

test_sizes.py ZIPNN: the program to ask.
"""
import json
import math
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "bench"))

import sizes_order0  # noqa: E402
import sizes_rivals  # noqa: E402
import sizes_table  # noqa: E402

ZIPNN = sys.argv.pop(1) if len(sys.argv) > 1 else str(TOP / "build" / "zipnn")


def naive_plane_bytes(values):
    total = 0.0
    for value in set(values):
        count = values.count(value)
        total += count * math.log2(len(values) / count)
    return total / 8


def naive_piece(piece):
    """The bound of a piece, from its definition."""
    costs = [naive_plane_bytes(list(piece))]
    for element in (2, 4):
        for phase in range(element):
            count = (len(piece) - phase) // element
            rotated = []
            for i in range(count):
                value = int.from_bytes(piece[phase + i * element:phase + (i + 1) * element], "little")
                top = value >> (8 * element - 1)
                rotated.append((value * 2 + top) % (1 << 8 * element))
            cost = len(piece) - count * element
            for k in range(element):
                cost += naive_plane_bytes([value >> 8 * k & 255 for value in rotated])
            costs.append(cost)
    return min(costs)


def weights(count, seed=1):
    generator = random.Random(seed)
    return b"".join(struct.pack("<f", generator.gauss(0, 0.02)) for _ in range(count))


class Order0(unittest.TestCase):
    def test_definition(self):
        fp32 = weights(1500)
        bf16 = b"".join(fp32[i + 2:i + 4] for i in range(0, len(fp32), 4))
        for data in (fp32, bf16, b"x" + bf16, b"xyz" + fp32 + b"z", b"text text tex." * 50, bytes(1000), b"a", b"abcd"):
            for block, piece in ((1024, 1024), (1024, 300), (1000, 4096), (1 << 20, 1 << 20)):
                expected = sum(naive_piece(data[at:min(at + piece, start + block)])
                               for start in range(0, len(data), block)
                               for at in range(start, min(start + block, len(data)), piece))
                self.assertAlmostEqual(sizes_order0.order0_bytes(data, block, piece), expected, delta=1)

    def test_worked_example(self):
        # Two values equally often: one bit each, in one of two planes.
        words = [b"\x00\x10", b"\x00\x20"] * 400
        random.Random(1).shuffle(words)
        data = b"".join(words)
        self.assertEqual(sizes_order0.order0_bytes(data, 1 << 16, 1 << 16), 100)


class Names(unittest.TestCase):
    def test_dtypes_of_the_corpus(self):
        for name, dtype in (("minilm.bf16.safetensors", "bf16"), ("esrgan-x4.fp16-from-bf16.bin", "fp16"),
                            ("crepe-full.fp32-clean.pth", "fp32"), ("minilm.fp8-e4m3.safetensors", "e4m3"),
                            ("esrgan-x4.fp8-e5m2.bin", "e5m2"), ("ssd-mobilenet.u8.bin", "u8"), ("photo.jpg", None),
                            ("mixed.safetensors", None), ("minilm-tokenizer.json", None)):
            self.assertEqual(sizes_rivals.dtype_of_name(name), dtype, name)


class Table(unittest.TestCase):
    def test_cells_and_gaps(self):
        rows = [{"file": "a|b", "block": 65536, "raw_bytes": 1000, "dtype": "bf16",
                 "coded_bytes": {"order-0": 600, "huff0-planes": 655, "zipnn": 651, "zstd-3": 700}}]
        machine = {"cpu": "C", "isa": "i", "compiler": "gcc", "commit": "c0ffee"}
        result = sizes_table.Result(rows, machine, {"best": "no such thing"}, {"blosc2": "1"}, "bench/sizes x")
        lines = result.markdown().splitlines()
        self.assertEqual(lines[2], "| a\\|b | 64K | 1000 | 60.00 | 65.50 | 70.00 | - | - | - | 65.10 | - | -0.400 |")
        self.assertEqual(len(set(line.count("|") - line.count("\\|") for line in lines[:3])), 1)
        self.assertIn("zipnn --best: no such thing", lines)
        self.assertEqual(lines[-1], "C; kernels i; gcc; commit c0ffee; blosc2 1; command: `bench/sizes x`")


class Program(unittest.TestCase):
    def sizes(self, *arguments):
        return subprocess.run([str(TOP / "bench" / "sizes"), "--zipnn", ZIPNN, "--no-rivals", *map(str, arguments)],
                              check=False, text=True, capture_output=True)

    def test_real_codecs(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "w.fp32.bin"
            path.write_bytes(weights(50000))
            done = self.sizes("--json", "--block-size=64K,256K", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            answer = json.loads(done.stdout)
            self.assertEqual([row["block"] for row in answer["results"]], [65536, 262144])
            for row in answer["results"]:
                sizes = row["coded_bytes"]
                self.assertEqual((row["file"], row["raw_bytes"], row["dtype"]), ("w.fp32.bin", 200000, "fp32"))
                self.assertTrue(sizes["order-0"] < sizes["zipnn"] < sizes["zstd-3"] < 200000, sizes)
                self.assertTrue(sizes["order-0"] < sizes.get("huff0-planes", 199999), sizes)
            self.assertIn("upstream", answer["missing"])
            table = self.sizes(path)
            self.assertEqual(table.returncode, 0, table.stderr)
            self.assertEqual(sum(line.startswith("| w.fp32.bin |") for line in table.stdout.splitlines()), 3)

    def test_errors(self):
        for arguments, word in ((["/nonexistent"], "/nonexistent"), (["--block-size=x", __file__], "no block size"),
                                (["--block-size=1", __file__], "no block size")):
            done = self.sizes(*arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(word, done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertEqual(self.sizes("--help").returncode, 0)


if __name__ == "__main__":
    unittest.main()
