# SPDX-License-Identifier: BSD-3-Clause
"""Checks convert.py, safetensors_file.py and gaussian.py.

The corpus stands for what publishers upload only if every conversion is exact. So each is compared bit for bit with
a reference that shares no idea with it: the list of all values of the target format, as exact integers, searched for
the nearest. Run: /usr/bin/python3 -m unittest discover -s tests/corpus
"""
import bisect
import contextlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction

import numpy as np

import convert
import safetensors_file as st

HERE = os.path.dirname(os.path.abspath(__file__))
SIGN, INFINITY = 0x80000000, 0x7f800000
ULPS_A_ONE = 1 << 149  # every FP32 value is a multiple of 2^-149: as integers in that unit all are exact
LOW_HALVES = (0, 1, 0x0fff, 0x1000, 0x1001, 0x7fff, 0x8000, 0x8001, 0xffff)


def exact(fp32_bits):
    """A finite FP32 magnitude in units of 2^-149."""
    numerator, denominator = struct.unpack("<f", struct.pack("<I", fp32_bits))[0].as_integer_ratio()
    return numerator * ULPS_A_ONE // denominator


def fp8_value(code, exponent_bits, mantissa_bits):
    """From the definition in the OCP 8-bit floating point specification, section 5."""
    bias = (1 << (exponent_bits - 1)) - 1
    exponent, mantissa = code >> mantissa_bits, code & ((1 << mantissa_bits) - 1)
    if exponent == 0:
        return mantissa * ULPS_A_ONE >> (bias - 1 + mantissa_bits)
    return ((1 << mantissa_bits) + mantissa) * ULPS_A_ONE << exponent >> (bias + mantissa_bits)


class Reference:
    """Rounding by search in `values`, the format's non-negative finite values in the order of their codes."""

    def __init__(self, values, beyond, nan_code, sign_bit):
        self.values = values
        self.beyond = beyond          # the first value that does not fit, for the tie below it; None where it saturates
        self.nan_code = nan_code      # a function of the 23 bits of the FP32 mantissa
        self.sign_bit = sign_bit

    def round(self, bits):
        sign = self.sign_bit if bits & SIGN else 0
        bits &= ~SIGN
        if bits > INFINITY:
            return sign | self.nan_code(bits & 0x7fffff)
        top = len(self.values) - 1
        if bits == INFINITY:
            return sign | (top if self.beyond is None else top + 1)
        value = exact(bits)
        at = bisect.bisect_right(self.values, value) - 1
        above = self.values[at + 1] if at < top else self.beyond
        if above is not None:
            twice, middle = 2 * value, self.values[at] + above
            at += twice > middle or (twice == middle and at % 2 == 1)
        return sign | at


def reference_table():
    bf16 = [exact(code << 16) for code in range(0x7f80)]
    fp16 = [int(struct.unpack("<e", struct.pack("<H", code))[0] * 2.0 ** 24) << 125 for code in range(0x7c00)]
    e4m3 = [fp8_value(code, 4, 3) for code in range(0x7f)]
    e5m2 = [fp8_value(code, 5, 2) for code in range(0x7c)]
    return {
        convert.BF16: Reference(bf16, ULPS_A_ONE << 128, lambda m: 0x7fc0 | m >> 16, 0x8000),
        convert.FP16: Reference(fp16, ULPS_A_ONE << 16, lambda m: 0x7e00 | m >> 13, 0x8000),
        convert.E4M3: Reference(e4m3, None, lambda m: 0x7f, 0x80),
        convert.E5M2: Reference(e5m2, None, lambda m: 0x7e | m >> 21, 0x80),
    }


REFERENCES = reference_table()
# What each --to must do, said again here: the formats rounded to in turn, whether it ends as FP32, dtype of the result.
RECIPES = {
    "bf16": ((convert.BF16,), False, "BF16"),
    "fp16": ((convert.FP16,), False, "F16"),
    "fp8-e4m3": ((convert.E4M3,), False, "F8_E4M3"),
    "fp8-e5m2": ((convert.E5M2,), False, "F8_E5M2"),
    "fp32-from-bf16": ((convert.BF16,), True, "F32"),
    "fp32-from-fp16": ((convert.FP16,), True, "F32"),
    "fp16-from-bf16": ((convert.BF16, convert.FP16), False, "F16"),
}
LARGEST = {"fp8-e4m3": 448.0, "fp8-e5m2": 57344.0}


def ties_of(values):
    """FP32 patterns at, just below and just above the middle of neighbours, where FP32 has that middle."""
    patterns = []
    for low, high in zip(values, values[1:]):
        bits = struct.unpack("<I", struct.pack("<f", (low + high) / (2 * ULPS_A_ONE)))[0]
        if 2 * exact(bits) == low + high:
            patterns += [bits - 1, bits, bits + 1]
    return patterns


def widened(code, fmt):
    """The FP32 pattern of a BF16 or FP16 code, by struct."""
    if fmt is convert.BF16:
        return code << 16
    magnitude = code & 0x7fff
    if magnitude > 0x7c00:  # struct does not promise to keep a payload
        return (code & 0x8000) << 16 | INFINITY | (code & 0x3ff) << 13
    return struct.unpack("<I", struct.pack("<f", struct.unpack("<e", struct.pack("<H", code))[0]))[0]


def expected_codes(patterns, name, scale=None):
    """What `--to name` must make of a list of FP32 patterns."""
    steps, ends_as_fp32, _ = RECIPES[name]
    codes = patterns
    if scale is not None:
        # The product of two 24-bit significands is exact in a double; struct then rounds it once.
        floats = struct.unpack(f"<{len(codes)}f", struct.pack(f"<{len(codes)}I", *codes))
        codes = [struct.unpack("<I", struct.pack("<f", value * scale))[0] for value in floats]
    fmt = None
    for step in steps:
        codes = [REFERENCES[step].round(widened(code, fmt) if fmt else code) for code in codes]
        fmt = step
    return [widened(code, fmt) for code in codes] if ends_as_fp32 else codes


def packed(codes, dtype):
    return struct.pack(f"<{len(codes)}{ {1: 'B', 2: 'H', 4: 'I'}[st.DTYPE_BYTES[dtype]] }", *codes)


class RoundingTest(unittest.TestCase):
    def check(self, patterns, fmt):
        got = convert.narrow(np.array(patterns, "<u4"), fmt).tolist()
        for bits, code in zip(patterns, got):
            want = REFERENCES[fmt].round(bits)
            if code != want:
                self.fail(f"{fmt.dtype}: FP32 {bits:#010x} became {code:#x}, expected {want:#x}")

    def test_every_upper_half(self):
        # Every sign, exponent and upper mantissa: subnormals, infinities, NaN payloads, with varied lower bits.
        patterns = [upper << 16 | LOW_HALVES[upper % len(LOW_HALVES)] for upper in range(65536)]
        for fmt in REFERENCES:
            self.check(patterns, fmt)

    def test_ties_of_all_neighbours(self):
        for fmt, reference in REFERENCES.items():
            values = reference.values
            # For 16 bits every fifth pair, to save time: an odd step, so that ties to both sides occur.
            starts = range(0, len(values) - 1, 1 if len(values) < 1000 else 5)
            patterns = [bits for start in starts for bits in ties_of(values[start:start + 2])]
            self.assertEqual(len(patterns), 3 * len(starts))
            self.check(patterns + [bits | SIGN for bits in patterns], fmt)

    def test_random_patterns(self):
        generator = random.Random(1)
        patterns = [generator.getrandbits(32) for _ in range(5000)]
        for fmt in REFERENCES:
            self.check(patterns, fmt)

    def test_known_values(self):
        # By hand, so that the reference itself is held to something.
        known = {
            convert.BF16: {0x3f800000: 0x3f80, 0x3f808000: 0x3f80, 0x3f818000: 0x3f82, 0x7f7f8000: 0x7f80, 0x7f7f7fff: 0x7f7f,
                           0x80000001: 0x8000, 0x7f800001: 0x7fc0, 0xffc10000: 0xffc1, 0x00008001: 0x0001},
            convert.FP16: {0x3f800000: 0x3c00, 0x477fe000: 0x7bff, 0x477fefff: 0x7bff, 0x477ff000: 0x7c00,
                           0x33000000: 0x0000, 0x33000001: 0x0001, 0x387fc000: 0x03ff, 0xff800000: 0xfc00},
            convert.E4M3: {0x43e00000: 0x7e, 0x7f800000: 0x7e, 0xffffffff: 0xff, 0x3b000000: 0x01, 0x3a800000: 0x00},
            convert.E5M2: {0x47600000: 0x7b, 0xff800000: 0xfb, 0x7f800001: 0x7e, 0x37800000: 0x01, 0x37000000: 0x00},
        }
        for fmt, pairs in known.items():
            for bits, code in pairs.items():
                self.assertEqual(REFERENCES[fmt].round(bits), code, f"{fmt.dtype} {bits:#x}: the reference")
                self.check([bits], fmt)

    def test_widening_is_exact(self):
        # Quiet NaNs only: rounding makes no others.
        for fmt, quiet in ((convert.BF16, 0x7fc0), (convert.FP16, 0x7e00)):
            infinity = fmt.overflow
            codes = [c for c in range(65536) if c & 0x7fff <= infinity or c & 0x7fff >= quiet]
            got = convert.widen(np.array(codes, "<u2"), fmt).tolist()
            self.assertEqual(got, [widened(code, fmt) for code in codes])

    def test_every_conversion(self):
        patterns = [upper << 16 | LOW_HALVES[upper % 7] for upper in range(0, 65536, 13)]
        self.assertEqual(set(RECIPES), set(convert.CONVERSIONS))
        for name, (_, _, dtype) in RECIPES.items():
            got = convert.convert_bits(np.array(patterns, "<u4"), convert.CONVERSIONS[name]).tobytes()
            self.assertEqual(got, packed(expected_codes(patterns, name), dtype), name)

    def test_scale(self):
        def scale_of(*floats):
            return convert.scale_for(np.frombuffer(struct.pack(f"<{len(floats)}f", *floats), np.uint8), convert.E4M3)
        self.assertEqual(scale_of(-0.5, 0.25, float("inf"), float("nan")), np.float32(896))
        self.assertEqual(scale_of(), 1)
        self.assertEqual(scale_of(0.0, -0.0), 1)
        self.assertTrue(np.isfinite(scale_of(1e-45)))


class FileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def get(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    @staticmethod
    def file_of(tensors, metadata=None, spaces=0):
        """A safetensors file of {name: (dtype, shape, bytes)}, its header padded by hand."""
        header, body = ({} if metadata is None else {"__metadata__": metadata}), b""
        for name, (dtype, shape, data) in tensors.items():
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
            body += data
        text = json.dumps(header).encode() + b" " * spaces
        return struct.pack("<Q", len(text)) + text + body

    def parsed(self, name):
        """(metadata, {name: (dtype, shape, bytes)} in file order), by the format's definition."""
        content = self.get(name)
        length = struct.unpack("<Q", content[:8])[0]
        self.assertEqual(length % 8, 0, "the header is not padded to 8 bytes")
        self.assertEqual(content[8:9], b"{")
        header, body = json.loads(content[8:8 + length]), content[8 + length:]
        metadata = header.pop("__metadata__", None)
        reached, tensors = 0, {}
        for key, entry in header.items():
            begin, end = entry["data_offsets"]
            self.assertEqual(begin, reached, f"hole or overlap before {key}")
            self.assertEqual(end - begin, np.prod(entry["shape"], dtype=int) * st.DTYPE_BYTES[entry["dtype"]])
            tensors[key] = entry["dtype"], entry["shape"], body[begin:end]
            reached = end
        self.assertEqual(reached, len(body))
        return metadata, tensors

    # 21 values: an odd count, so that 16-bit and 8-bit tensors end at odd places.
    PATTERNS = [0x3f800000, 0xbf000001, 0, SIGN, 0x3dcccccd, 0x3c23d70a, 1, 0x33000001, 0x40490fdb, 0xc0490fdb, 0x3f818000,
                0x3f808000, 0x3fffffff, 0x38800000, 0x387fffff, 0x3e99999a, 0x3727c5ac, 0xb58637bd, 0x3f317218, 0x2edbe6ff,
                0x00400000]
    DATA = packed(PATTERNS, "F32")

    @staticmethod
    def scale_of(name):
        """The factor for PATTERNS, whose largest magnitude is pi; None where nothing is scaled."""
        pi = struct.unpack("<f", struct.pack("<I", 0x40490fdb))[0]
        return float(np.float32(LARGEST[name] / pi)) if name in LARGEST else None

    def test_raw(self):
        source = self.put("w.bin", self.DATA)
        for name, (_, _, dtype) in RECIPES.items():
            scale = self.scale_of(name)
            with contextlib.redirect_stderr(io.StringIO()) as told:
                convert.convert(source, self.path("out"), name)
            self.assertEqual("multiplied by" in told.getvalue(), name in LARGEST)
            self.assertEqual(self.get("out"), packed(expected_codes(self.PATTERNS, name, scale), dtype), name)

    def calculated(self, name):
        """What FP64 and INT8 must make of PATTERNS, by exact fractions, rounded once."""
        values = [Fraction(*struct.unpack("<f", struct.pack("<I", bits))[0].as_integer_ratio()) for bits in self.PATTERNS]
        largest = max(map(abs, values))
        if name == "int8":
            # Python's round() of a fraction is to nearest even; none of these values is near a tie.
            return struct.pack(f"<{len(values)}b", *(round(value * 127 / largest) for value in values))
        quotients = [float(value / largest) if name == "fp64" else float(value) for value in values]
        return struct.pack(f"<{len(values)}d", *quotients)

    @staticmethod
    def without_signs_of_zeros(content, name):
        return content if name == "int8" else np.frombuffer(content, "<f8").tolist()

    def test_calculated(self):
        source = self.put("w.bin", self.DATA)
        tensors = {"w": ("F32", [3, 7], self.DATA), "ids": ("I64", [1], struct.pack("<q", 5))}
        named = self.put("in.safetensors", self.file_of(tensors))
        for name, dtype in (("fp64", "F64"), ("fp64-from-fp32", "F64"), ("int8", "I8")):
            want = self.without_signs_of_zeros(self.calculated(name), name)
            with contextlib.redirect_stderr(io.StringIO()) as told:
                convert.convert(source, self.path("out"), name)
            self.assertEqual("multiplied by" in told.getvalue(), name == "int8")
            self.assertEqual(self.without_signs_of_zeros(self.get("out"), name), want)
            convert.convert(named, self.path("out.safetensors"), name)
            got = self.parsed("out.safetensors")[1]
            self.assertEqual(got["w"][:2], (dtype, [3, 7]))
            self.assertEqual(self.without_signs_of_zeros(got["w"][2], name), want)
            self.assertEqual(got["ids"], tensors["ids"][:2] + (tensors["ids"][2],))
            self.assertEqual("w_scale" in got, name == "int8")
        scale = struct.unpack("<f", got["w_scale"][2])[0]
        self.assertAlmostEqual(scale * 127, 3.14159265, places=6)

    def test_int8_of_what_is_no_number(self):
        patterns = [INFINITY, SIGN | INFINITY, 0x7fc00000, 0x3f800000, 0]
        with contextlib.redirect_stderr(io.StringIO()):
            convert.convert(self.put("w.bin", packed(patterns, "F32")), self.path("out"), "int8")
        self.assertEqual(struct.unpack("<5b", self.get("out")), (127, -127, 0, 127, 0))
        with contextlib.redirect_stderr(io.StringIO()):
            convert.convert(self.put("w.bin", packed([0, SIGN], "F32")), self.path("out"), "int8")
        self.assertEqual(self.get("out"), bytes(2))

    def test_values_across_pieces(self):
        count = convert.CHUNK_VALUES + 3
        patterns = [(0x3c000000 + 7919 * i) & 0x3fffffff for i in range(count)]
        convert.convert(self.put("w.bin", packed(patterns, "F32")), self.path("out"), "bf16")
        self.assertEqual(len(self.get("out")), 2 * count)
        self.assertEqual(self.get("out")[-12:], packed(expected_codes(patterns[-6:], "bf16"), "BF16"))

    def test_safetensors(self):
        integers = struct.pack("<3q", 1, -2, 3)
        tensors = {"empty": ("F32", [0, 5], b""), "odd": ("U8", [3], b"abc"), "w": ("F32", [3, 7], self.DATA),
                   "Gewicht ä": ("F32", [], self.DATA[:4]), "ids": ("I64", [3], integers), "h": ("F16", [1], b"\0<")}
        for spaces in range(9):  # every alignment of the tensors in the file
            source = self.put("in.safetensors", self.file_of(tensors, {"format": "pt", "é": ""}, spaces))
            for name, (_, _, dtype) in RECIPES.items():
                convert.convert(source, self.path("out.safetensors"), name)
                metadata, got = self.parsed("out.safetensors")
                self.assertEqual(metadata, {"format": "pt", "é": ""})
                self.assertEqual(got["ids"], ("I64", [3], integers))
                self.assertEqual(got["odd"], ("U8", [3], b"abc"))
                self.assertEqual(got["h"], ("F16", [1], b"\0<"))
                self.assertEqual(got["empty"], (dtype, [0, 5], b""))
                sizes = [st.DTYPE_BYTES[each] for each, _, _ in got.values()]
                self.assertEqual(sizes, sorted(sizes, reverse=True))
                scale = self.scale_of(name)
                if scale:
                    undo = struct.unpack("<f", got.pop("w_scale")[2])[0]
                    self.assertAlmostEqual(undo * scale, 1, places=6)
                    self.assertEqual(got.pop("empty_scale")[:2], ("F32", []))
                    got.pop("Gewicht ä_scale")
                codes = expected_codes(self.PATTERNS, name, scale)
                self.assertEqual(got["w"], (dtype, [3, 7], packed(codes, dtype)))
                self.assertEqual(set(got), set(tensors))
        self.assertEqual(sorted(os.listdir(self.folder)), ["in.safetensors", "out.safetensors"])

    def test_no_metadata_and_a_second_pass(self):
        source = self.put("in.safetensors", self.file_of({"w": ("F32", [21], self.DATA)}))
        convert.convert(source, self.path("once.safetensors"), "fp32-from-bf16")
        convert.convert(self.path("once.safetensors"), self.path("twice.safetensors"), "fp32-from-bf16")
        self.assertIsNone(self.parsed("once.safetensors")[0])
        self.assertEqual(self.get("once.safetensors"), self.get("twice.safetensors"))

    def test_mixed(self):
        tensors = {f"t{i}": ("F32", [21], self.DATA) for i in range(4)}
        convert.convert(self.put("in.safetensors", self.file_of(tensors)), self.path("out.safetensors"), "mixed")
        got = self.parsed("out.safetensors")[1]
        self.assertEqual([dtype for dtype, _, _ in got.values()], ["F32", "BF16", "F16", "F32"])
        self.assertEqual(list(got), list(tensors))
        self.assertEqual(got["t3"][2], self.DATA)
        self.assertEqual(got["t1"][2], packed(expected_codes(self.PATTERNS, "bf16"), "BF16"))
        self.assertEqual(got["t2"][2], packed(expected_codes(self.PATTERNS, "fp16"), "F16"))

    def refused(self, name, content, why, to="bf16", out="out.safetensors"):
        """Both the function and the program refuse it, say why, and leave no output."""
        source = self.put(name, content)
        with self.assertRaisesRegex((convert.ConvertError, st.FormatError), why):
            convert.convert(source, self.path(out), to)
        self.assertFalse(os.path.exists(self.path(out)), "an output of a refused input")
        self.assertEqual([n for n in os.listdir(self.folder) if ".tmp-" in n], [])

    def test_malformed_safetensors(self):
        def raw(text, body=b""):
            return struct.pack("<Q", len(text)) + text + body

        def entry(dtype='"F32"', shape="[1]", offsets="[0,4]", more=""):
            return raw(f'{{"w":{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}{more}}}}}'.encode(), b"\0" * 4)

        good = self.file_of({"a": ("F32", [1], b"\0" * 4), "b": ("F32", [1], b"\0" * 4)})
        two = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}}'
        for content, why in (
                (b"", "too short"), (b"\0" * 7, "too short"), (struct.pack("<Q", 1 << 63) + b"{}", "header length"),
                (raw(b""), "not JSON"), (raw(b"{"), "not JSON"), (raw(b"\xff{}"), "not JSON"), (raw(b"[]"), "not a JSON object"),
                (raw(b"[" * 100000), "not JSON"), (raw(b'{"\\ud800":1}'), "not JSON"),
                (raw(b'{"w":1}'), "entry"), (entry(more=',"x":1'), "entry"), (entry(dtype='"F31"'), "unknown dtype"),
                (entry(dtype="[]"), "unknown dtype"), (entry(shape="1"), "shape"), (entry(shape="[true]"), "shape"),
                (entry(shape="[-1]"), "shape"), (entry(shape="[1.0]"), "shape"), (entry(offsets="[0]"), "data_offsets"),
                (entry(offsets="[4,0]"), "not the size"),
                (entry(shape="[0]"), "not the size"), (entry(shape="[4294967296,4294967296]"), "not the size"),
                (entry(offsets="[4,8]"), "hole"), (entry(shape="[2]", offsets="[0,8]"), "the file holds 4"),
                (raw(b'{"__metadata__":{"a":1}}'), "__metadata__"), (raw(b'{"__metadata__":[]}'), "__metadata__"),
                (raw(b'{"w":1,"w":2}'), "twice"), (good + b"x", "1 bytes follow"), (good[:-1], "the file holds 7"),
                (raw(two % (2, 6), b"\0" * 6), "overlap"), (raw(two % (5, 9), b"\0" * 9), "hole"),
                (raw(b"{}"), "nothing to convert"), (self.file_of({"i": ("I64", [1], b"\0" * 8)}), "nothing to convert")):
            with self.subTest(why=why, content=content[:60]):
                self.refused("in.safetensors", content, why)

    def test_other_refusals(self):
        self.refused("w.bin", self.DATA[:-1], "whole number of FP32", out="o.bin")
        self.refused("w.bin", b"", "whole number of FP32", out="o.bin")
        self.refused("w.onnx", self.DATA, "a container", out="o.onnx")
        self.refused("w.bin", self.DATA, "mixed needs tensors", to="mixed", out="o.bin")
        self.refused("w.bin", self.DATA, "must both be", out="o.safetensors")
        scaled = {"w": ("F32", [1], self.DATA[:4]), "w_scale": ("F32", [], self.DATA[:4])}
        self.refused("q.safetensors", self.file_of(scaled), "already", to="fp8-e4m3")
        with self.assertRaisesRegex(convert.ConvertError, "same file"):
            convert.convert(self.path("w.bin"), self.path("w.bin"), "bf16")

    def test_a_failure_keeps_the_old_output(self):
        def pieces():
            yield b"half"
            raise OSError("disk full")
        out = self.put("out.safetensors", b"old")
        with self.assertRaisesRegex(OSError, "disk full"):
            st.write(out, None, [("w", "F32", (2,))], pieces())
        with self.assertRaises(AssertionError):
            st.write(out, None, [("w", "F32", (2,))], [b"half"])
        self.assertEqual((self.get("out.safetensors"), os.listdir(self.folder)), (b"old", ["out.safetensors"]))

    def program(self, *arguments):
        return subprocess.run([sys.executable, "-B", *arguments], cwd=HERE, capture_output=True, text=True, check=False)

    def test_command_lines(self):
        source = self.put("w.bin", self.DATA)
        done = self.program("convert.py", "--to", "bf16", source, self.path("o.bin"))
        self.assertEqual((done.returncode, done.stderr, len(self.get("o.bin"))), (0, "", 42))
        failed = self.program("convert.py", "--to", "bf16", self.put("bad.safetensors", b"x"), self.path("o.safetensors"))
        self.assertEqual(failed.returncode, 1)
        self.assertRegex(failed.stderr, r"^convert\.py: .*bad\.safetensors: 1 bytes are too short")
        missing = self.program("convert.py", "--to", "bf16", self.path("none.bin"), self.path("o2.bin"))
        self.assertEqual((missing.returncode, "none.bin" in missing.stderr, "Traceback" in missing.stderr), (1, True, False))
        taught = self.program("convert.py", "--help").stdout
        for name in (*convert.CONVERSIONS, *convert.ARITHMETIC, "mixed", "examples:"):
            self.assertIn(name, taught)

    def test_gaussian(self):
        for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
            made = self.program("gaussian.py", "--size", "12M", "--seed", seed, self.path(f"{name}.safetensors"))
            self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertEqual(self.get("a.safetensors"), self.get("b.safetensors"))
        self.assertNotEqual(self.get("a.safetensors"), self.get("c.safetensors"))
        tensors = self.parsed("a.safetensors")[1]
        self.assertEqual(sum(len(data) for _, _, data in tensors.values()), 12 << 20)
        self.assertEqual({dtype for dtype, _, _ in tensors.values()}, {"F32"})
        spread = {name: np.frombuffer(data, "<f4") for name, (_, _, data) in tensors.items()}
        norms = [values for name, values in spread.items() if ".norm." in name]
        matrices = [values for name, values in spread.items() if ".norm." not in name]
        self.assertGreater(len(norms), 0)
        for values in norms:
            self.assertTrue(0.5 < values.min() and values.max() < 1.5)
        for values in matrices:
            self.assertTrue(0.002 < values.std() < 0.2 and abs(values.mean()) < 0.01)
        self.assertGreater(len({round(float(v.std()), 4) for v in matrices}), len(matrices) // 2)
        for size in ("0", "5", "x", "-4"):
            self.assertEqual(self.program("gaussian.py", f"--size={size}", self.path("d.safetensors")).returncode, 2)


if __name__ == "__main__":
    unittest.main()
