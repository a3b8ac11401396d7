#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""Makes FP32 weights out of Gaussian noise: a stand-in where no package registry can be reached.

Trained tensors are nearly Gaussian with a spread of their own each, which is what gives the exponents their few values.
So: sigma = 0.02 * exp(0.6 g) for each tensor (g standard normal), and every tenth tensor is like the gain of a norm layer:
close to 1. Real weights differ (outliers, repeated rows, clean values): figures belong to the real corpus only.
"""
import argparse
import math
import re
import sys

try:
    import numpy as np
except ModuleNotFoundError:
    sys.exit(f"gaussian.py: numpy is missing for {sys.executable}; apt-get install python3-numpy and run /usr/bin/python3")

import safetensors_file as st

WIDTH = 384           # columns of a matrix, and the values of a norm: MiniLM's
TENSORS_A_LAYER = 10  # nine matrices, one norm
MATRICES = ("attention.query", "attention.key", "attention.value", "attention.output",
            "cross.query", "cross.output", "mlp.gate", "mlp.up", "mlp.down")


def layout_of(values):
    """Tensors (name, dtype, shape) that hold exactly `values` values; the last one takes what is left."""
    layout = []
    left = values
    while left:
        layer, place = divmod(len(layout), TENSORS_A_LAYER)
        is_norm = place == TENSORS_A_LAYER - 1
        rows = 1 if is_norm else WIDTH * (4 if MATRICES[place].startswith("mlp") else 1)
        name = f"layers.{layer}." + ("norm" if is_norm else MATRICES[place]) + ".weight"
        if rows * WIDTH > left:
            shape = (left,)
        else:
            shape = (WIDTH,) if is_norm else (rows, WIDTH)
        layout.append((name, "F32", shape))
        left -= st.element_count(shape)
    return layout


def pieces_of(layout, seed):
    """The tensors' bytes. The same seed gives the same bytes (numpy keeps its streams stable within a release)."""
    random = np.random.default_rng(seed)
    for name, _, shape in layout:
        values = random.standard_normal(st.element_count(shape), np.float32)
        if ".norm." in name:
            values = np.float32(1) + np.float32(0.1) * values
        else:
            values *= np.float32(0.02 * math.exp(0.6 * random.standard_normal()))
        yield values.astype("<f4").tobytes()


def size_argument(text):
    match = re.fullmatch(r"(\d+)([KMG]?)", text)
    size = int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]] if match else 0
    if size < 4 or size % 4:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive multiple of 4 bytes (suffixes K, M, G)")
    return size


def main():
    parser = argparse.ArgumentParser(
        prog="gaussian.py", description="Writes a safetensors file of Gaussian FP32 weights.",
        epilog="example: gaussian.py --size 16M --seed 7 gaussian.fp32.safetensors")
    parser.add_argument("--size", type=size_argument, default=size_argument("86M"),
                        help="bytes of weights, K, M or G allowed (default: 86M, as the corpus's MiniLM)")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("output", metavar="OUT", help="replaced when complete")
    options = parser.parse_args()
    layout = layout_of(options.size // 4)
    metadata = {"made_by": "gaussian.py", "seed": str(options.seed)}
    try:
        st.write(options.output, metadata, layout, pieces_of(layout, options.seed))
    except OSError as error:
        sys.exit(f"gaussian.py: {error}")


if __name__ == "__main__":
    main()
