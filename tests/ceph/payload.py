# SPDX-License-Identifier: BSD-3-Clause
"""Bytes of known kinds for the cluster tests: weights, text, noise. The same seed gives the same bytes.

As a program: payload.py KIND BYTES SEED writes them to standard output.
"""

import sys

import numpy

LINE = b"%08d the quick brown fox jumps over the lazy dog, and %d is a number that differs in every line\n"


def weights(count, random):
    """Gaussian weights in tensors of 100,000 values, each with a spread of its own, as models have."""
    tensors = []
    for start in range(0, count, 100_000):
        spread = 0.02 * numpy.exp(0.6 * random.standard_normal())
        tensors.append(random.normal(0, spread, min(100_000, count - start)).astype("<f4"))
    return numpy.concatenate(tensors) if tensors else numpy.zeros(0, "<f4")


def to_bf16(values):
    """Round FP32 to BF16, to nearest even; finite values only."""
    bits = values.view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def payload(kind, size, seed):
    """size bytes of a kind: bf16, fp16, fp32, text, noise, zero."""
    random = numpy.random.default_rng(seed)
    if kind == "bf16":
        data = to_bf16(weights(size // 2 + 1, random)).tobytes()
    elif kind == "fp16":
        data = weights(size // 2 + 1, random).astype("<f2").tobytes()
    elif kind == "fp32":
        data = weights(size // 4 + 1, random).tobytes()
    elif kind == "text":
        numbers = random.integers(0, 1 << 40, size // 90 + 1)
        data = b"".join(LINE % (i, number) for i, number in enumerate(numbers))
    elif kind == "noise":
        data = random.bytes(size)
    elif kind == "zero":
        data = bytes(size)
    else:
        raise ValueError(f"no payload kind '{kind}'")
    return data[:size]


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: payload.py bf16|fp16|fp32|text|noise|zero BYTES SEED > FILE")
    sys.stdout.buffer.write(payload(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
