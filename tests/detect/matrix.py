#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""The confusion matrix of detection on the corpus: what each slice of a known dtype is taken for.

Where a tensor lies, and its dtype, stand in the headers of the corpus' safetensors files; its raw files are one
dtype each. This program lists these places, makes what no file holds (FP64, INT8 and BF16 norms from FP32 weights,
zstd data from text), and hands all to `matrix`, which cuts the slices and prints a Markdown table.

Asked for: 99 % of the float slices right, in layout and phase (8-bit ones as fp8); what is taken for floats but is
text, JPEG or zstd data may cost at most 0.1 % of size. Slices that are one value throughout have no dtype: they
are left out, and counted in the column `constant`.
"""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "corpus"))
import safetensors_file as st  # noqa: E402  (needs the path)

LAYOUTS = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8", "F8_E5M2": "fp8", "I8": "fp8"}
OTHER = (("text", "sources.txt"), ("json", "minilm-tokenizer.json"), ("jpeg", "photo.jpg"))
ZSTD_BYTES = 600_000  # of what zstd makes of the text, which is a little more


def tensor_places(path):
    """(dtype, offset in the file, bytes) of each tensor of a safetensors file."""
    _, tensors = st.read(path)
    end = os.path.getsize(path)
    at = end - sum(len(tensor.data) for tensor in tensors)
    for tensor in tensors:
        yield tensor.dtype, at, len(tensor.data)
        at += len(tensor.data)


def list_safetensors(corpus):
    for name in sorted(os.listdir(corpus)):
        if not name.endswith(".safetensors") or name == "mixed.safetensors":
            continue
        path = os.path.join(corpus, name)
        model, kind = name.split(".")[:2]
        for dtype, offset, size in tensor_places(path):
            if dtype in LAYOUTS and (dtype != "F32" or kind.startswith("fp32")):  # not the scales of FP8
                yield f"{model} {kind}", LAYOUTS[dtype], path, offset, size


def list_raw(corpus):
    for name in sorted(os.listdir(corpus)):
        if name.startswith("esrgan") and name.endswith(".bin"):
            path = os.path.join(corpus, name)
            kind = name.split(".")[1]
            layout = "fp8" if kind.startswith(("fp8", "int8")) else kind.split("-")[0]
            yield f"esrgan {kind}", layout, path, 0, os.path.getsize(path)


def list_other(corpus):
    for kind, name in OTHER:
        path = os.path.join(corpus, name)
        if not os.path.exists(path):
            continue
        yield kind, "bytes", path, 0, os.path.getsize(path)
        if kind == "text":
            yield "zstd", "bytes", f"zstd:{path}", 0, ZSTD_BYTES


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--corpus", help="default: $ZIPNN_CORPUS, else BUILD/corpus")
    parser.add_argument("--slices", type=int, default=1000, help="of each class and size (default 1000)")
    parser.add_argument("--only", default="", help="classes whose name holds this")
    parser.add_argument("-v", action="store_true", help="name each wrong guess on stderr")
    options = parser.parse_args()
    corpus = options.corpus or os.environ.get("ZIPNN_CORPUS") or os.path.join(options.build, "corpus")
    places = [*list_safetensors(corpus), *list_raw(corpus), *list_other(corpus)]
    lines = ["\t".join(map(str, place)) + "\n" for place in places if options.only in place[0]]
    if not lines:
        sys.exit(f"matrix.py: nothing to cut in {corpus}: run tests/corpus/make.sh, or tests/run.sh corpus")
    command = [os.path.join(options.build, "tests", "detect", "matrix"), str(options.slices), *["-v"] * options.v]
    sys.exit(subprocess.run(command, input="".join(lines), text=True, check=False).returncode)


if __name__ == "__main__":
    main()
