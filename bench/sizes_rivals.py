# SPDX-License-Identifier: BSD-3-Clause
"""Rivals from PyPI for bench/sizes and bench/speed: blosc2 and upstream ZipNN, in a virtual environment of their own.

This file is both sides: the scripts import it, and each size is had by running it again as a program of the environment, in a
process that may crash or hang (upstream ZipNN does both) without taking the table with it.
"""
import json
import pathlib
import subprocess
import sys

TIMEOUT = 600  # seconds for a file
# Parts of a name, as tests/corpus names its files: ZipNN's name of the type, and the bytes of an element.
DTYPES = {"bf16": ("bfloat16", 2), "fp16": ("float16", 2), "fp32": ("float32", 4), "e4m3": ("float8_e4m3fn", 1),
          "e5m2": ("float8_e5m2", 1), "fp64": (None, 8), "u8": (None, 1)}
# ZipNN's Huffman coder takes 128 KiB of a plane and stores what is longer.
ZIPNN_MAX_PLANE = 128 << 10


def dtype_of_name(name):
    """minilm.fp16-from-bf16.safetensors -> fp16; None where the name says nothing."""
    for part in name.split("."):
        words = part.split("-")
        if words[0] == "fp8" and len(words) > 1:
            words = words[1:]
        if words[0] in DTYPES:
            return words[0]
    return None


class Rivals:
    """folder: where the environment is or will be made; None: ask nobody."""

    def __init__(self, folder, say):
        self.folder = folder
        self.say = say
        self.reasons = {}
        self.versions = {}
        self.codecs = []
        if folder is None:
            self.reasons = {codec: "left out (--no-rivals)" for codec in CODECS}
            return
        self.python = folder / "bin" / "python"
        if self.make_environment():
            for package, codecs in (("blosc2", ("blosc2-shuffle", "blosc2-bitshuffle")), ("zipnn", ("upstream",))):
                self.add(package, codecs)

    def run(self, *command, timeout=TIMEOUT):
        try:
            return subprocess.run([str(word) for word in command], check=False, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=timeout)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, "", f"took longer than {timeout} s")

    def make_environment(self):
        if self.python.exists():
            return True
        self.say(f"making a virtual environment in {self.folder}")
        done = self.run("/usr/bin/python3", "-m", "venv", self.folder)
        if done.returncode != 0:
            self.reasons = {codec: f"no virtual environment: {last_line(done.stderr + done.stdout)}" for codec in CODECS}
            return False
        self.run(self.python, "-m", "pip", "install", "-q", "wheel")
        return True

    def add(self, package, codecs):
        """Install a package unless it is there; its codecs, or the reason why there are none."""
        show = [self.python, "-c", "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))", package]
        done = self.run(*show)
        if done.returncode != 0:
            self.say(f"installing {package} from PyPI")
            # ZipNN asks for PyTorch, gigabytes of which it uses nothing to code bytes: see import_zipnn.
            options = ["--no-deps", "zipnn"] if package == "zipnn" else [package]
            pip = self.run(self.python, "-m", "pip", "install", "-q", "numpy", timeout=TIMEOUT)
            pip = self.run(self.python, "-m", "pip", "install", "-q", *options, timeout=TIMEOUT)
            done = self.run(*show)
            if done.returncode != 0:
                for codec in codecs:
                    self.reasons[codec] = f"pip install {package}: {last_line(pip.stderr)}"
                return
        self.versions[package] = done.stdout.strip()
        self.codecs += codecs

    def library(self, package, name):
        """Where a file of an installed package lies; None: the package is not there, or has none."""
        if package not in self.versions:
            return None
        script = "import importlib.util as u, sys; print(u.find_spec(sys.argv[1]).submodule_search_locations[0])"
        done = self.run(self.python, "-c", script, package)
        path = pathlib.Path(done.stdout.strip()) / name
        return path if done.returncode == 0 and path.is_file() else None

    def sizes(self, path, dtype, block):
        """{codec: bytes} of those that can."""
        found = {}
        for codec in self.codecs:
            done = self.run(self.python, "-B", __file__, codec, path, dtype or "-", str(block))
            if done.returncode == 0:
                found[codec] = json.loads(done.stdout)
                continue
            why = f"killed by signal {-done.returncode}" if done.returncode < 0 else last_line(done.stderr)
            kind = f"{codec} on {dtype or 'files of no one float type'}"
            self.reasons.setdefault(kind, why)
        return found


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no word of why"


# What follows runs in the environment.


def blosc2_size(data, dtype, block, filter_name):
    import blosc2

    # Its own choice of blocks within the chunk; planes apart, which costs shuffle nothing and helps bitshuffle.
    parameters = {"codec": blosc2.Codec.ZSTD, "clevel": 1, "typesize": DTYPES[dtype][1] if dtype else 1, "nthreads": 1,
                  "filters": [getattr(blosc2.Filter, filter_name)], "filters_meta": [0],
                  "splitmode": blosc2.SplitMode.ALWAYS_SPLIT}
    total = 0
    for at in range(0, len(data), block):
        part = data[at:at + block]
        coded = blosc2.compress2(part, **parameters)
        if bytes(blosc2.decompress2(coded)) != part:
            sys.exit("does not give the data back")
        total += len(coded)
    return total


def import_zipnn():
    """ZipNN imports PyTorch for tensors; bytes need nothing of it."""
    from unittest.mock import MagicMock

    torch = MagicMock()
    torch.Tensor = torch.tensor = type("Tensor", (), {})
    torch.device = type("device", (), {})
    torch.jit.script = lambda function: function
    for name, module in (("torch", torch), ("safetensors", MagicMock()), ("safetensors.torch", MagicMock())):
        sys.modules[name] = module
    import zipnn

    return zipnn.ZipNN


class Upstream:
    """ZipNN told a type, with chunks of a block or the largest that it can code; one thread."""

    def __init__(self, dtype, block):
        name, self.element = DTYPES.get(dtype, (None, 1))
        if name is None:
            sys.exit("takes BF16, FP16, FP32 and FP8 only")
        chunk = min(block, ZIPNN_MAX_PLANE * self.element)
        if chunk & (chunk - 1):
            sys.exit("takes blocks of a power of two only")
        zipnn = import_zipnn()
        self.encoder = zipnn(bytearray_dtype=name, input_format="byte", threads=1, compression_chunk=chunk)
        self.decoder = zipnn(input_format="byte", threads=1)

    def whole(self, data):
        """The bytes that it can take: FP32 that ends within an element crashes it."""
        return data[:len(data) // self.element * self.element]


def upstream_size(data, dtype, block):
    upstream = Upstream(dtype, block)
    whole = upstream.whole(data)
    coded = upstream.encoder.compress(bytearray(whole))  # it changes its input: give it a copy
    if bytes(upstream.decoder.decompress(coded)) != whole:
        sys.exit("does not give the data back")
    return len(coded) + len(data) - len(whole)


CODECS = {
    "blosc2-shuffle": lambda data, dtype, block: blosc2_size(data, dtype, block, "SHUFFLE"),
    "blosc2-bitshuffle": lambda data, dtype, block: blosc2_size(data, dtype, block, "BITSHUFFLE"),
    "upstream": upstream_size,
}


def main():
    codec, path, dtype, block = sys.argv[1:]
    data = pathlib.Path(path).read_bytes()
    print(json.dumps(CODECS[codec](data, None if dtype == "-" else dtype, int(block))))


if __name__ == "__main__":
    main()
