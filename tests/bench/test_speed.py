# SPDX-License-Identifier: BSD-3-Clause
"""bench/speed: its page is what zipnn is judged by, so medians, ratios and gaps must be right, and pictures readable.

test_speed.py ZIPNN: the program to ask.
"""
import importlib.machinery
import importlib.util
import itertools
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import textwrap
import types
import unittest
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "bench"))

import speed_page  # noqa: E402
import speed_plot  # noqa: E402
import tree  # noqa: E402
from test_sizes import weights  # noqa: E402


def load_speed():
    loader = importlib.machinery.SourceFileLoader("speed", str(TOP / "bench" / "speed"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("speed", loader))
    loader.exec_module(module)
    return module


speed = load_speed()
# test_sizes takes the program from the arguments, too.
ZIPNN = sys.modules["test_sizes"].ZIPNN
MACHINE = {"cpu": "C", "isa": "i", "compiler": "gcc", "commit": "c0ffee", "cores": 2, "L2": "512K"}


def row(codec, coded, compress, decompress, file="a.bf16.bin", block=262144, cold=False, key="bf16"):
    return {"format": key, "file": file, "block": block, "cold": cold, "codec": codec, "raw_bytes": 1000,
            "coded_bytes": coded, "compress_mbps": compress, "decompress_mbps": decompress, "rounds": 9}


def result(rows, stages=()):
    return {"machine": MACHINE, "command": "bench/speed", "versions": {"blosc2": "1"}, "missing": {"upstream on U8": "no"},
            "formats": dict(speed.NAMES), "results": rows, "stages": list(stages)}


class Page(unittest.TestCase):
    def lines(self, *arguments):
        return speed_page.markdown(result(*arguments), ["speed-bf16.svg", "speed-u8.svg"]).splitlines()

    def test_ratios_and_gaps(self):
        lines = self.lines([row("huff0-planes", 660, 1000, 2000), row("zipnn", 661, 1500, 3100),
                            row("zipnn", 661, 1400, 3000, block=65536),
                            row("zipnn", 590, 300, 1000, file="b|.u8.bin", key="u8"),
                            row("upstream", 665, 400, 800), row("memcpy", 1000, 16000, 18000)])
        self.assertIn("| BF16 | a.bf16.bin | - | 1.50 / 1.55 |", lines)
        self.assertIn("| U8 | b\\|.u8.bin | - | - |", lines)
        self.assertIn("| format | file | 64K | 256K |", lines)
        self.assertIn("| upstream ZipNN | 66.5 | - |", lines)
        self.assertIn("| zipnn | 1500 | 300 |", lines)
        self.assertIn("| a.bf16.bin | 64K | zipnn | 66.100 | 1400 | 3000 | 9 |", lines)
        self.assertIn("- upstream on U8: no", lines)
        self.assertIn("![bf16: size against speed](speed-bf16.svg)", lines)
        self.assertFalse([line for line in lines if "cold=128M" in line])
        # In the order of the codecs, whatever that of the results.
        order = [line.split(" ")[1] for line in lines if re.match(r"\| (memcpy|huff0|upstream|zipnn).* (100|66).* \|", line)]
        self.assertEqual(order[:4], ["memcpy", "huff0-planes", "upstream", "zipnn"])

    def test_cold_is_a_multiple_of_memcpy(self):
        lines = self.lines([row("memcpy", 1000, 6000, 8000, cold=True), row("zipnn", 660, 1500, 3200, cold=True),
                            row("zipnn", 660, 2000, 3300)])
        self.assertIn("| zipnn | 66.0 | 1500 | 3200 | 4.0 | 2.5 |", lines)
        self.assertIn("| a.bf16.bin | 256K cold | zipnn | 66.000 | 1500 | 3200 | 9 |", lines)

    def test_stages(self):
        stages = [{"format": "bf16", "file": "a", "block": 262144, "raw_bytes": 1, "values": 1, "rounds": 3,
                   "stages": [{"stage": "detect", "ns_per_value": 0.0234, "us_per_block": 3.04, "share": 0.02}]}]
        lines = self.lines([row("zipnn", 660, 1500, 3200)], stages)
        self.assertIn("| stage, us / 256K | BF16 |", lines)
        self.assertIn("| detect | 3.0 |", lines)
        self.assertIn("| detect | 0.023 |", lines)

    def test_tables_are_tables(self):
        lines = self.lines([row("memcpy", 1000, 6000, 8000, cold=cold) for cold in (False, True)])
        for number, line in enumerate(lines):
            if line.startswith("|---"):
                width = line.count("|")
                self.assertEqual(lines[number - 1].count("|"), width)
                self.assertEqual(lines[number + 1].count("|"), width)


class Plot(unittest.TestCase):
    SVG = "{http://www.w3.org/2000/svg}"

    def labels(self, points):
        panel = speed_plot.Box(-6, -6, speed_plot.PANEL_WIDTH + 28, speed_plot.PANEL_HEIGHT + 6)
        names = [speed_page.name_of(codec) for codec in speed_page.CODECS]
        labels = [speed_plot.Label(name, x, y) for name, (x, y) in zip(names, points)]
        speed_plot.settle(labels, panel)
        return labels, panel

    def test_names_do_not_overlap(self):
        generator = random.Random(7)
        count = len(speed_page.CODECS)
        width, height = speed_plot.PANEL_WIDTH, speed_plot.PANEL_HEIGHT
        crowds = [[(generator.uniform(0, width), generator.uniform(0, height)) for _ in range(count)] for _ in range(4)]
        crowds.append([(generator.uniform(0, width), height / 2) for _ in range(count)])  # noise: a line
        crowds.append([(width * 0.5 + i, height * 0.5) for i in range(count)])  # nearly one point
        crowds.append([(width, height)] * 3 + [(0, 0)] * 3)  # in the corners
        for points in crowds:
            labels, panel = self.labels(points)
            for one, other in itertools.combinations(labels, 2):
                self.assertEqual(one.place.box.overlap(other.place.box), 0, (one.text, other.text, points))
            for one, other in itertools.product(labels, labels):
                self.assertEqual(one.place.box.overlap(other.mark), 0, (one.text, other.text, points))
            for label in labels:
                self.assertTrue(label.place.box.within(panel), (label.text, points))

    def test_picture(self):
        rows = [row(codec, 600 + 30 * i, 100 * (i + 1), 200 * (i + 1)) for i, codec in enumerate(speed_page.CODECS)]
        pictures = speed_plot.draw_all(result(rows + [row("zipnn", 1000, 5000, 9000, file="n", key="noise")]))
        self.assertEqual(list(pictures), ["speed-bf16.svg", "speed-noise.svg"])
        self.assertEqual(pictures, speed_plot.draw_all(result(rows + [row("zipnn", 1000, 5000, 9000, file="n", key="noise")])))
        root = xml.etree.ElementTree.fromstring(pictures["speed-bf16.svg"])
        texts = [element.text for element in root.iter(self.SVG + "text")]
        for codec in speed_page.CODECS:
            self.assertEqual(texts.count(speed_page.name_of(codec)), 2, codec)
        self.assertEqual(sum(1 for _ in root.iter(self.SVG + "circle")), 2 * len(speed_page.CODECS))
        self.assertIn("prefers-color-scheme: dark", root.find(self.SVG + "style").text)
        self.assertTrue(any("commit c0ffee" in text for text in texts))

    def test_marks_are_where_they_belong(self):
        scale = speed_plot.Scale([row("zipnn", 500, 1000, 10000), row("memcpy", 1000, 100, 1000)])
        self.assertLess(scale.x(0.1), scale.x(1))
        self.assertAlmostEqual(scale.x(1) - scale.x(0.1), scale.x(10) - scale.x(1))  # logarithmic
        self.assertLess(scale.y(100), scale.y(50))  # smaller is lower
        self.assertEqual(scale.speeds(), [0.1, 0.2, 0.5, 1, 2, 5, 10])

    def test_front(self):
        # Right and down is better: (1, 5) is beaten by (2, 6), (3, 2) and (2, 6) are not.
        self.assertEqual(speed_plot.front([(1, 5), (2, 6), (3, 2)]), "3.0,2.0 2.0,2.0 2.0,6.0")


class Upstream(unittest.TestCase):
    """A stand-in for the package, with its bad habits."""

    FAKE = """
        import os
        class ZipNN:
            def __init__(self, **options):
                self.options = options
                assert options["input_format"] == "byte" and options["threads"] == 1, options
            def compress(self, data):
                assert self.options["bytearray_dtype"] == "bfloat16" and self.options["compression_chunk"] == {chunk}
                coded = bytes(data)
                data[:] = bytes(len(data))
                if {crash}:
                    os.abort()
                return coded + b"1234567"
            def decompress(self, coded):
                return coded[:-7] if not {wrong} else b"x" + coded[1:-7]
        """

    def turn(self, chunk=65536, crash=False, wrong=False, name="w.bf16.bin", block=65536):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "zipnn.py").write_text(
                textwrap.dedent(self.FAKE.format(chunk=chunk, crash=crash, wrong=wrong)))
            path = pathlib.Path(folder) / name
            path.write_bytes(weights(1000) + b"!")
            measurer = object.__new__(speed.Measurer)
            measurer.foreign = types.SimpleNamespace(
                codecs=["upstream"], python=sys.executable, run=lambda *words: subprocess.run(
                    [str(word) for word in words], check=False, text=True, capture_output=True, env={"PYTHONPATH": folder}))
            measurer.seconds, measurer.left_out, measurer.reasons = 0.01, set(), {}
            turn = measurer.turn_of_upstream(speed.Task("bf16", path, block))
            self.assertEqual(bool(measurer.left_out), turn == {})
            return turn, measurer.reasons

    def test_turn(self):
        turn, reasons = self.turn()
        self.assertEqual(reasons, {})
        # The odd byte at the end is no element: it is added as it is.
        self.assertEqual((turn["upstream"]["raw_bytes"], turn["upstream"]["coded_bytes"]), (4001, 4008))
        self.assertGreaterEqual(turn["upstream"]["rounds"], 3)
        self.assertGreater(turn["upstream"]["decompress_mbps"], 0)
        self.assertTrue(self.turn(chunk=262144, block=4 << 20)[0])  # 128 KiB a plane at most

    def test_failures_are_told(self):
        self.assertIn("killed by signal 6", self.turn(crash=True)[1]["upstream on BF16"])
        self.assertIn("does not give the data back", self.turn(wrong=True)[1]["upstream on BF16"])
        self.assertIn("takes BF16, FP16, FP32 and FP8 only", self.turn(name="w.u8.bin")[1]["upstream on BF16"])


class Blosc2(unittest.TestCase):
    """Told to zipnn bench if the package has it, and missed in words if not."""

    def measurer(self, library, versions):
        foreign = types.SimpleNamespace(reasons={}, codecs=[], versions=versions, library=lambda package, name: library)
        return speed.Measurer(ZIPNN, foreign, types.SimpleNamespace(quick=True, seconds=1))

    def test_library(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = pathlib.Path(folder) / "fake.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-o", fake, TOP / "tests" / "cli" / "fake_blosc2.c"], check=True)
            measurer = self.measurer(fake, {"blosc2": "1"})
            self.assertEqual({codec for codec in speed_page.CODECS if codec.startswith("blosc2")} - set(measurer.codecs), set())
            self.assertNotIn("blosc2", measurer.reasons)
            path = pathlib.Path(folder) / "w.bf16.bin"
            path.write_bytes(weights(5000))
            self.assertIn("blosc2-shuffle-lz4", measurer.turn_of_zipnn(speed.Task("bf16", path, 65536)))

    def test_reasons(self):
        self.assertIn("cannot open", self.measurer("/none.so", {"blosc2": "1"}).reasons["blosc2"])
        self.assertIn("no lib/libblosc2.so", self.measurer(None, {"blosc2": "1"}).reasons["blosc2"])
        self.assertEqual(set(self.measurer(None, {}).reasons) & {"blosc2"}, set())


class Turns(unittest.TestCase):
    def test_medians_of_all_turns(self):
        speeds = iter((100, 900, 200))
        measurer = object.__new__(speed.Measurer)
        measurer.turns, measurer.left_out = 3, set()
        calls = []

        def one(task):
            calls.append("zipnn")
            return {"zipnn": {"raw_bytes": 9, "coded_bytes": 5, "compress_mbps": next(speeds), "decompress_mbps": 1, "rounds": 4}}

        measurer.turn_of_zipnn = one
        measurer.turn_of_upstream = lambda task: calls.append("upstream") or {}
        rows = list(measurer.measure(speed.Task("bf16", pathlib.Path("a"), 4096, "128M")))
        self.assertEqual(rows, [{"format": "bf16", "file": "a", "block": 4096, "cold": True, "codec": "zipnn", "raw_bytes": 9,
                                 "coded_bytes": 5, "compress_mbps": 200, "decompress_mbps": 1, "rounds": 12}])
        self.assertEqual([sorted(calls[i:i + 2]) for i in (0, 2, 4)], [["upstream", "zipnn"]] * 3)

    def test_cold_tasks(self):
        chosen = [(key, pathlib.Path(name)) for key, name in (("bf16", "a"), ("bf16", "b"), ("fp32", "c"), ("text", "d"))]
        tasks = [(task.key, task.path.name, task.block, task.cold) for task in speed.make_tasks(chosen, [65536, 262144], True)]
        self.assertEqual(len(tasks), 4 * 2 + 2)
        self.assertEqual(tasks[-2:], [("bf16", "a", 262144, "128M"), ("fp32", "c", 262144, "128M")])
        self.assertEqual(len(speed.make_tasks(chosen, [65536], False)), 4)

    def test_sizes(self):
        for text, size in (("64K", 65536), ("4M", 4 << 20), ("5001", 5001)):
            self.assertEqual(tree.parse_size(text), size)
            self.assertEqual(tree.size_text(size), text)


class Program(unittest.TestCase):
    def speed(self, *arguments, **options):
        return subprocess.run([str(TOP / "bench" / "speed"), "--zipnn", ZIPNN, "--no-rivals", *map(str, arguments)],
                              check=False, text=True, capture_output=True, **options)

    def test_files(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "w.fp32.bin").write_bytes(weights(50000))
            done = self.speed("--quick", "--block-size=64K,256K", folder / "w.fp32.bin", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("1 of 2", done.stderr)
            answer = json.loads((folder / "speed-results" / "speed.json").read_text())
            self.assertEqual({(one["block"], one["format"], one["cold"]) for one in answer["results"]},
                             {(65536, "fp32", False), (262144, "fp32", False)})
            codecs = {one["codec"] for one in answer["results"]}
            self.assertTrue({"memcpy", "zstd-1", "zstd-3", "zipnn"} <= codecs, codecs)
            self.assertEqual([one["format"] for one in answer["stages"]], ["fp32"])
            self.assertIn("left out (--no-rivals)", answer["missing"]["upstream"])
            self.assertTrue({"cpu", "isa", "compiler", "commit", "cores"} <= set(answer["machine"]))
            page = (folder / "speed-results" / "speed.md").read_text()
            self.assertIn("w.fp32.bin", page)
            self.assertIn("`bench/speed --quick --block-size=64K,256K --no-rivals w.fp32.bin`", page)
            self.assertNotIn(name, page + json.dumps(answer))  # no folder of this machine
            xml.etree.ElementTree.parse(folder / "speed-results" / "speed-fp32.svg")

    def test_corpus(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "MADE.tsv").write_text("")
            (folder / "esrgan-x4.bf16.bin").write_bytes(weights(5000))
            done = self.speed("-i", "0.01", "--no-cold", "--block-size=256K", "--corpus", folder, "--out", folder / "out")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("no file of FP8", done.stderr)
            answer = json.loads((folder / "out" / "speed.json").read_text())
            self.assertEqual({(one["format"], one["cold"]) for one in answer["results"]},
                             {("bf16", False), ("noise", False)})
            self.assertTrue(all(one["rounds"] >= 9 for one in answer["results"]))

    def test_errors(self):
        for arguments, word in ((["/nonexistent"], "/nonexistent"), (["--block-size=x", __file__], "no block size"),
                                (["--block-size=1", __file__], "no block size"), (["-i", "0", __file__], "give seconds")):
            done = self.speed(*arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(word, done.stderr)
        done = self.speed("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("upstream ZipNN", "--quick", "--corpus", "minutes"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    unittest.main()
