# SPDX-License-Identifier: BSD-3-Clause
"""Bytes of known kinds for the cluster tests: weights, text, noise. The same seed gives the same bytes.

As a program: payload.py KIND BYTES SEED writes them to standard output.
"""

import sys

import numpy

KINDS = ("bf16", "fp16", "fp32", "fp64", "fp8", "int8", "u8", "text", "noise")
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


def to_fp8(values):
    """Scale FP32 to the range of E4M3FN, which has no infinity, and round to nearest."""
    codes = numpy.arange(0x7F)  # 0x7f is NaN
    exponent, mantissa = codes >> 3, codes & 7
    magnitudes = numpy.where(exponent > 0, (8 + mantissa) * 2.0 ** (exponent - 10), mantissa * 2.0**-9)
    scaled = numpy.abs(values) * (magnitudes[-1] / max(numpy.abs(values).max(initial=0), 1e-30))
    nearest = numpy.searchsorted((magnitudes[:-1] + magnitudes[1:]) / 2, scaled)
    return (nearest + 0x80 * (values < 0)).astype("u1")


def to_int8(values):
    """Quantise symmetrically, as for weights: the largest magnitude becomes 127."""
    return numpy.rint(values * (127 / max(numpy.abs(values).max(initial=0), 1e-30))).astype("i1")


def to_u8(values):
    """Quantise between the smallest and the largest value, as for activations."""
    low, high = values.min(initial=0), values.max(initial=1e-30)
    return numpy.rint((values - low) * (255 / (high - low))).astype("u1")


def mixed(size, random):
    """As in a file of tensors: a header in JSON, then tensors of all kinds, at any offsets."""
    names = ",".join(f'"layer.{i}.weight":{{"shape":[{i},{i}]}}' for i in range(100))
    parts, length = [f"{{{names}}}".encode()], 0
    while length < size:
        kind = KINDS[random.integers(len(KINDS))]
        parts.append(payload(kind, int(random.integers(1000, 400_000)), random.integers(1 << 32)))
        length += len(parts[-1])
    return b"".join(parts)


def payload(kind, size, seed):
    """size bytes of a kind: one of KINDS, mixed (of all of them) or zero."""
    random = numpy.random.default_rng(seed)
    if kind == "bf16":
        data = to_bf16(weights(size // 2 + 1, random)).tobytes()
    elif kind == "fp16":
        data = weights(size // 2 + 1, random).astype("<f2").tobytes()
    elif kind == "fp32":
        data = weights(size // 4 + 1, random).tobytes()
    elif kind == "fp64":
        count = size // 8 + 1
        data = (weights(count, random) + 1e-9 * random.standard_normal(count)).astype("<f8").tobytes()
    elif kind in QUANTISED:
        data = QUANTISED[kind](weights(size, random)).tobytes()
    elif kind == "mixed":
        data = mixed(size, random)
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


QUANTISED = {"fp8": to_fp8, "int8": to_int8, "u8": to_u8}

if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: payload.py KIND BYTES SEED > FILE; KIND: mixed, zero, " + ", ".join(KINDS))
    sys.stdout.buffer.write(payload(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
