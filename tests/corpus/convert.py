#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""Converts FP32 weights to the number formats models are published in, bit-exactly and the same on every machine.

No package that can be installed by name ships BF16 or FP8 weights; publishers make them from FP32 by rounding to the
nearest, ties to even, and so does this program. The rounding is done in integers: the result does not depend on
the CPU's conversion instructions, its flags, or the release of numpy. (FP8's scale is a plain FP32 product; FP64 and INT8
are single IEEE operations of FP64.)
"""
import argparse
import os
import sys
from typing import NamedTuple

try:
    import numpy as np
except ModuleNotFoundError:
    sys.exit(f"convert.py: numpy is missing for {sys.executable}; apt-get install python3-numpy and run /usr/bin/python3")

import safetensors_file as st

CHUNK_VALUES = 1 << 18  # converted at a time: the integer temporaries then stay in the CPU's cache

EXPLANATION = """
conversions (--to):
  bf16            8 exponent bits, 7 mantissa bits
  fp16            5 exponent bits, 10 mantissa bits; values beyond 65504 become infinite
  fp8-e4m3        E4M3FN: 4 exponent bits, 3 mantissa bits, no infinity; scaled, saturating at 448
  fp8-e5m2        5 exponent bits, 2 mantissa bits; scaled, saturating at 57344
  fp32-from-bf16  "clean" FP32: BF16 values held in FP32
  fp32-from-fp16  "clean" FP32: FP16 values held in FP32
  fp16-from-bf16  FP16 that once was BF16: rounded twice
  fp64            each tensor divided by its largest magnitude: quotients fill all 52 mantissa bits
  fp64-from-fp32  "clean" FP64: FP32 values held in FP64
  int8            symmetric: multiplied by 127 / largest magnitude, rounded to nearest even
  mixed           safetensors only: FP32, BF16, FP16 tensors in turn, in the order of the input

Rounding is to nearest, ties to even, subnormals included. A NaN stays a NaN: made quiet, with its sign and the upper
bits of its payload (in INT8, 0). FP8 has too small a range for raw weights: each FP32 tensor is first multiplied (in FP32)
by a scale that moves its largest finite magnitude to the largest FP8 value. The factor that undoes it is kept beside the
tensor as the FP32 scalar NAME_scale (a raw file has one scale, printed on stderr, not kept); INT8's likewise.

A name ending in .safetensors is read as such: its FP32 tensors are converted, the others copied, names, shapes and
__metadata__ kept, tensors of wider elements first. Any other name is raw little-endian FP32 and gives raw output.
ONNX, PyTorch, GGUF, ZIP, TFLite and NumPy files are refused: their bytes are not only weights.

examples:
  convert.py --to bf16 model.safetensors model.bf16.safetensors
  convert.py --to fp8-e4m3 weights.fp32.bin weights.fp8.bin
"""


class ConvertError(Exception):
    """The input cannot be converted; the message says why and what to do."""


class Format(NamedTuple):
    """A floating-point format narrower than FP32. The codes below are without the sign bit."""
    dtype: str           # safetensors' name
    storage: str         # the numpy type that holds the bits
    exponent_bits: int
    mantissa_bits: int
    overflow: int        # code of what is too large: infinity, or the largest finite value where the format saturates
    nan: int             # code of the quiet NaN; the upper bits of a payload are or-ed into it
    largest: float = 0   # the largest finite value where tensors are scaled to the range, else 0


BF16 = Format("BF16", "<u2", 8, 7, 0x7f80, 0x7fc0)
FP16 = Format("F16", "<u2", 5, 10, 0x7c00, 0x7e00)
E4M3 = Format("F8_E4M3", "u1", 4, 3, 0x7e, 0x7f, 448.0)
E5M2 = Format("F8_E5M2", "u1", 5, 2, 0x7b, 0x7e, 57344.0)


class Conversion(NamedTuple):
    """Rounding to each of `steps` in turn, then, if `widen`, exactly back to FP32."""
    steps: tuple
    widen: bool = False

    @property
    def dtype(self):
        return "F32" if self.widen else self.steps[-1].dtype

    @property
    def scaled(self):
        return self.steps[0].largest > 0


CONVERSIONS = {
    "bf16": Conversion((BF16,)),
    "fp16": Conversion((FP16,)),
    "fp8-e4m3": Conversion((E4M3,)),
    "fp8-e5m2": Conversion((E5M2,)),
    "fp32-from-bf16": Conversion((BF16,), widen=True),
    "fp32-from-fp16": Conversion((FP16,), widen=True),
    "fp16-from-bf16": Conversion((BF16, FP16)),
}


class Arithmetic(NamedTuple):
    """A conversion that is one IEEE operation of FP64 a value, of the tensor's largest finite magnitude."""
    dtype: str
    function: object     # of values and the largest magnitude, both FP64
    divisor: float = 0   # the tensor is kept with largest / divisor as NAME_scale; 0: without a scale


def divided(values, largest):
    return values / largest


def widened(values, _):
    return values


def quantised(values, largest):
    codes = np.rint(values * (127.0 / largest))
    return np.clip(np.where(np.isnan(codes), 0, codes), -127, 127).astype("i1")


ARITHMETIC = {
    "fp64": Arithmetic("F64", divided),
    "fp64-from-fp32": Arithmetic("F64", widened),
    "int8": Arithmetic("I8", quantised, 127.0),
}
MIXED = (None, CONVERSIONS["bf16"], CONVERSIONS["fp16"])  # None: left as it is
NOT_RAW = (".onnx", ".pth", ".pt", ".ckpt", ".gguf", ".zip", ".whl", ".npz", ".npy", ".tflite", ".h5")


def narrow(bits, fmt):
    """FP32 bit patterns (uint32) to those of `fmt`, to nearest, ties to even."""
    magnitude = (bits & 0x7fffffff).astype(np.int32)
    exponent = magnitude >> 23
    # The value is significand * 2^(max(exponent, 1) - 150), for subnormals too.
    significand = (magnitude & 0x7fffff) | ((exponent > 0).astype(np.int32) << 23)
    bias_change = 127 - ((1 << (fmt.exponent_bits - 1)) - 1)
    target = np.maximum(exponent, 1) - bias_change
    # Below the smallest normal value more bits are lost. 25 of them make any significand round to zero.
    lost = np.minimum(23 - fmt.mantissa_bits + np.maximum(1 - target, 0), 25)
    odd = (significand >> lost) & 1
    rounded = (significand + (1 << (lost - 1)) - 1 + odd) >> lost
    # `rounded` holds the leading one, so the exponent field is added less one; a carry moves to the next exponent.
    code = ((np.maximum(target, 1) - 1) << fmt.mantissa_bits) + rounded
    code = np.minimum(code, fmt.overflow)
    payload = (magnitude & 0x7fffff) >> (23 - fmt.mantissa_bits)
    code = np.where(magnitude > 0x7f800000, fmt.nan | payload, code)
    sign = (bits >> 31).astype(np.int32) << (fmt.exponent_bits + fmt.mantissa_bits)
    return (code | sign).astype(fmt.storage)


def widen(codes, fmt):
    """BF16 or FP16 bit patterns to the FP32 ones (uint32) of the same values."""
    if fmt is BF16:
        return codes.astype("<u4") << 16
    return codes.view("<f2").astype("<f4").view("<u4")


def convert_bits(bits, conversion, scale=None):
    """FP32 bit patterns through all steps of a conversion; an array of the final storage type."""
    if scale is not None:
        bits = (bits.view("<f4") * scale).view("<u4")
    fmt = conversion.steps[0]
    codes = narrow(bits, fmt)
    for following in conversion.steps[1:]:
        codes, fmt = narrow(widen(codes, fmt), following), following
    return widen(codes, fmt) if conversion.widen else codes


def chunks_of(data):
    """The FP32 bit patterns of a byte array of any alignment, in pieces, copied so that they are aligned."""
    values = data.view("<u4")
    for start in range(0, len(values), CHUNK_VALUES):
        yield np.array(values[start:start + CHUNK_VALUES], "<u4")


def largest_magnitude(data):
    """The largest finite magnitude of FP32 values, as a Python float; 0 where there is none."""
    largest_bits = 0
    for bits in chunks_of(data):
        magnitude = bits & 0x7fffffff
        largest_bits = max(largest_bits, int(magnitude[magnitude < 0x7f800000].max(initial=0)))
    return float(np.uint32(largest_bits).view(np.float32))


def scale_for(data, fmt):
    """The FP32 factor that moves the largest finite magnitude to fmt.largest; 1 where there is none."""
    largest = largest_magnitude(data)
    if largest == 0:
        return np.float32(1)
    # A tensor of subnormals would need an infinite factor, and 0 * infinity is a NaN.
    return np.float32(min(fmt.largest / largest, float(np.finfo(np.float32).max)))


def calculated_pieces(data, arithmetic, largest):
    """The bytes of one tensor after `arithmetic`, piece by piece."""
    with np.errstate(all="ignore"):
        for bits in chunks_of(data):
            values = bits.view("<f4").astype("<f8")
            yield arithmetic.function(values, largest or 1.0).tobytes()


def converted_pieces(data, conversion, scale=None):
    """The bytes of one converted tensor, piece by piece."""
    # Scaling meets infinities, NaNs and subnormals on purpose.
    with np.errstate(all="ignore"):
        for bits in chunks_of(data):
            yield convert_bits(bits, conversion, scale).tobytes()


def copied_pieces(data):
    for start in range(0, len(data), st.COPY_BYTES):
        yield data[start:start + st.COPY_BYTES].tobytes()


class Output(NamedTuple):
    """One tensor of the output and the iterable of its bytes."""
    name: str
    dtype: str
    shape: tuple
    pieces: object


def scale_output(tensor, undo, taken):
    """The FP32 scalar beside a scaled tensor."""
    if f"{tensor.name}_scale" in taken:
        raise ConvertError(f"there is a tensor {tensor.name}_scale already: is the model quantised?")
    return Output(f"{tensor.name}_scale", "F32", (), [np.float32(undo).astype("<f4").tobytes()])


def calculated_outputs(tensor, arithmetic, taken):
    """An FP32 tensor after `arithmetic`, and its scale where it has one."""
    largest = largest_magnitude(tensor.data)
    if arithmetic.divisor:
        yield scale_output(tensor, largest / arithmetic.divisor, taken)
    yield Output(tensor.name, arithmetic.dtype, tensor.shape, calculated_pieces(tensor.data, arithmetic, largest))


def planned_outputs(tensors, name):
    """The output's tensors, in order, for the conversion called `name`."""
    taken = {tensor.name for tensor in tensors}
    outputs = []
    turn = 0
    for tensor in tensors:
        conversion = None
        if tensor.dtype == "F32" and name in ARITHMETIC:
            outputs += calculated_outputs(tensor, ARITHMETIC[name], taken)
            continue
        if tensor.dtype == "F32":
            conversion = MIXED[turn % len(MIXED)] if name == "mixed" else CONVERSIONS[name]
            turn += 1
        if conversion is None:
            outputs.append(Output(tensor.name, tensor.dtype, tensor.shape, copied_pieces(tensor.data)))
            continue
        scale = None
        if conversion.scaled:
            scale = scale_for(tensor.data, conversion.steps[0])
            outputs.append(scale_output(tensor, np.float32(1) / scale, taken))
        outputs.append(Output(tensor.name, conversion.dtype, tensor.shape,
                              converted_pieces(tensor.data, conversion, scale)))
    if name != "mixed":
        # As the library writes them: wider elements first keep every tensor aligned. The sort is stable.
        outputs.sort(key=lambda output: -st.DTYPE_BYTES[output.dtype])
    return outputs


def convert_safetensors(source, destination, name):
    metadata, tensors = st.read(source)
    if not any(tensor.dtype == "F32" for tensor in tensors):
        raise ConvertError("no FP32 tensor in it: nothing to convert")
    outputs = planned_outputs(tensors, name)
    st.write(destination, metadata, [output[:3] for output in outputs],
             (piece for output in outputs for piece in output.pieces))


def raw_pieces(source, data, name):
    """The bytes of a converted raw file, piece by piece; says its scale."""
    if name in ARITHMETIC:
        largest = largest_magnitude(data)
        if ARITHMETIC[name].divisor:
            print(f"convert.py: {source}: multiplied by {ARITHMETIC[name].divisor / (largest or 1.0)!s} before rounding",
                  file=sys.stderr)
        return calculated_pieces(data, ARITHMETIC[name], largest)
    conversion = CONVERSIONS[name]
    scale = None
    if conversion.scaled:
        scale = scale_for(data, conversion.steps[0])
        print(f"convert.py: {source}: multiplied by {scale!s} before rounding", file=sys.stderr)
    return converted_pieces(data, conversion, scale)


def convert_raw(source, destination, name):
    if name == "mixed":
        raise ConvertError("mixed needs tensors: give a .safetensors file")
    size = os.path.getsize(source)
    if size == 0 or size % 4:
        raise ConvertError(f"{size} bytes are not a whole number of FP32 values (at least one of 4 bytes each)")
    data = np.memmap(source, np.uint8, "r")
    with st.replacing(destination) as file:
        for piece in raw_pieces(source, data, name):
            file.write(piece)


def convert(source, destination, name):
    """Converts the file `source` to `destination`; raises ConvertError, safetensors_file.FormatError or OSError."""
    if os.path.exists(destination) and os.path.samefile(source, destination):
        raise ConvertError("input and output are the same file: the FP32 values would be lost")
    lower = source.lower()
    if lower.endswith(".safetensors") != destination.lower().endswith(".safetensors"):
        raise ConvertError(f"{destination}: input and output must both be .safetensors or both be raw")
    if lower.endswith(NOT_RAW):
        raise ConvertError("a container, not raw FP32 values: only .safetensors and raw files are converted")
    (convert_safetensors if lower.endswith(".safetensors") else convert_raw)(source, destination, name)


def main():
    parser = argparse.ArgumentParser(
        prog="convert.py", description="Converts FP32 weights to the number formats models are published in.",
        epilog=EXPLANATION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", required=True, choices=[*CONVERSIONS, *ARITHMETIC, "mixed"], metavar="FORMAT",
                        help="see conversions below")
    parser.add_argument("input", metavar="IN", help="FP32 weights: .safetensors, or raw")
    parser.add_argument("output", metavar="OUT", help="replaced when the conversion is complete")
    options = parser.parse_args()
    try:
        convert(options.input, options.output, options.to)
    except (ConvertError, st.FormatError) as error:
        sys.exit(f"convert.py: {options.input}: {error}")
    except OSError as error:
        sys.exit(f"convert.py: {error}")


if __name__ == "__main__":
    main()
