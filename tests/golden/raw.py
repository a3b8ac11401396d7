# SPDX-License-Identifier: BSD-3-Clause
"""
Raw bytes for golden files, made from a seed: integers and exact floats only, so that they are the same anywhere.

The source of all of them is splitmix64: the state grows by 9E3779B97F4A7C15 a number, and two multiplications mix it.
"""

import random
import struct

MASK = (1 << 64) - 1
SIZES = {"bf16": 2, "fp16": 2, "fp32": 4, "fp64": 8}
FLOATS = {"fp16": "e", "fp32": "f", "fp64": "d"}  # struct's letters


class Source(random.Random):
    """What build.py and its kin expect of a random.Random, made of splitmix64."""

    def __init__(self, seed):
        super().__init__()
        self.state = sum(byte << 8 * (i % 8) for i, byte in enumerate(seed.encode())) & MASK

    def number(self):
        self.state = self.state + 0x9E3779B97F4A7C15 & MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31

    def random(self):
        return (self.number() >> 11) / (1 << 53)

    def getrandbits(self, count):
        bits = 0
        for _ in range(-(-count // 64)):
            bits = bits << 64 | self.number()
        return bits & (1 << count) - 1


def noise(source, size):
    return source.getrandbits(8 * size).to_bytes(size, "little") if size else b""


def gaussian(source):
    """Nearly normal: a sum of twelve numbers of 32 bits, which no rounding touches."""
    total = 0
    for _ in range(6):
        two = source.number()
        total += (two & 0xFFFFFFFF) + (two >> 32)
    return total / (1 << 32) - 6


def weights(source, dtype, count):
    """Numbers as trained weights have them, little endian."""
    values = [0.02 * gaussian(source) for _ in range(count)]
    if dtype == "bf16":
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    if dtype == "int8":
        return bytes(int(value * 600) & 255 for value in values)
    return struct.pack(f"<{count}{FLOATS[dtype]}", *values)


def text(source, size):
    words = "the plane of a chunk holds one byte of each rotated element in order".split()
    parts, length = [], 0
    while length < size:
        parts.append(words[source.number() % len(words)])
        length += len(parts[-1]) + 1
    return " ".join(parts).encode().ljust(size, b".")[:size]
