# SPDX-License-Identifier: BSD-3-Clause
"""Reads and writes safetensors files, strictly, tensor by tensor.

A safetensors file is: u64le header length N, N bytes of JSON, the tensors' bytes. The JSON maps each tensor's name
to dtype, shape and the half-open range of its bytes, counted from the end of the header; "__metadata__" maps strings
to strings. The tensors' ranges cover all bytes after the header without hole or overlap. Writers pad the JSON with
spaces so that the tensors begin at a multiple of 8; readers must not rely on it.

Why not the library of that name: Debian does not package it, and the corpus needs files it does not write (tensors of
several dtypes in turn).
"""
import contextlib
import json
import os
from typing import NamedTuple

import numpy as np

DTYPE_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
    "U16": 2, "I16": 2, "F16": 2, "BF16": 2,
    "U32": 4, "I32": 4, "F32": 4,
    "U64": 8, "I64": 8, "F64": 8, "C64": 8,
}
MAX_HEADER = 100_000_000  # the library's own limit
COPY_BYTES = 4 << 20  # what is held in memory at a time


class FormatError(Exception):
    """The file is not a safetensors file; the message says what is wrong and where."""


class Tensor(NamedTuple):
    """One tensor of a file; `data` is its bytes (a uint8 view of the mapped file, any alignment)."""
    name: str
    dtype: str
    shape: tuple
    data: np.ndarray


def element_count(shape):
    """Python integers: a hostile shape does not overflow."""
    count = 1
    for extent in shape:
        count *= extent
    return count


def _unique_keys(pairs):
    keys = {}
    for key, value in pairs:
        if key in keys:
            raise FormatError(f"the header names {key!r} twice")
        keys[key] = value
    return keys


def _is_count(value):
    return type(value) is int and value >= 0  # bool is an int to isinstance()


def _check_entry(name, entry):
    """Returns (dtype, shape, begin, end) of one header entry."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise FormatError(f"tensor {name!r}: the entry is not exactly dtype, shape, data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPE_BYTES:
        raise FormatError(f"tensor {name!r}: unknown dtype {dtype!r}")
    if not isinstance(shape, list) or not all(map(_is_count, shape)):
        raise FormatError(f"tensor {name!r}: shape {shape!r} is not a list of non-negative integers")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_count, offsets)):
        raise FormatError(f"tensor {name!r}: data_offsets {offsets!r} are not two non-negative integers")
    begin, end = offsets
    if end - begin != element_count(shape) * DTYPE_BYTES[dtype]:
        raise FormatError(f"tensor {name!r}: data_offsets {offsets} are not the size of {dtype} of shape {shape}")
    return dtype, tuple(shape), begin, end


def read(path):
    """Returns (metadata or None, list of Tensor in the order of their bytes); raises FormatError or OSError."""
    size = os.path.getsize(path)
    if size < 8:
        raise FormatError(f"{size} bytes are too short for the 8-byte header length")
    mapped = np.memmap(path, np.uint8, "r")
    header_bytes = int.from_bytes(mapped[:8].tobytes(), "little")
    if header_bytes > min(size - 8, MAX_HEADER):
        raise FormatError(f"the header length {header_bytes} exceeds the file ({size} bytes) or the limit ({MAX_HEADER})")
    try:
        header = json.loads(mapped[8:8 + header_bytes].tobytes().decode("utf-8"), object_pairs_hook=_unique_keys)
        json.dumps(header, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair could not be written back
    except (ValueError, RecursionError) as error:
        raise FormatError(f"the {header_bytes}-byte header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise FormatError("the header is not a JSON object")
    metadata = header.pop("__metadata__", None)
    if metadata is not None and not (isinstance(metadata, dict)
                                     and all(isinstance(value, str) for value in metadata.values())):
        raise FormatError("__metadata__ does not map strings to strings")

    entries = sorted(((name, *_check_entry(name, entry)) for name, entry in header.items()), key=lambda e: e[3:5])
    data = mapped[8 + header_bytes:]
    reached = 0
    tensors = []
    for name, dtype, shape, begin, end in entries:
        if begin != reached:
            raise FormatError(f"tensor {name!r} begins at offset {begin}, expected {reached}: a hole or an overlap")
        if end > len(data):
            raise FormatError(f"tensor {name!r} ends at offset {end}, the file holds {len(data)} bytes of tensors")
        tensors.append(Tensor(name, dtype, shape, data[begin:end]))
        reached = end
    if reached != len(data):
        raise FormatError(f"{len(data) - reached} bytes follow the last tensor")
    return metadata, tensors


def header_bytes_of(metadata, layout):
    """The length field and the padded JSON for `layout`, a list of (name, dtype, shape) in the order of their bytes."""
    header = {} if metadata is None else {"__metadata__": metadata}
    reached = 0
    for name, dtype, shape in layout:
        end = reached + element_count(shape) * DTYPE_BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [reached, end]}
        reached = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


@contextlib.contextmanager
def replacing(path):
    """A file object whose content appears under `path` only when the block ends well; else nothing is left of it."""
    temporary = f"{path}.tmp-{os.getpid()}"
    try:
        with open(temporary, "xb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def write(path, metadata, layout, pieces):
    """Writes `layout` (see header_bytes_of) and the bytes that the iterable `pieces` gives, in the same order."""
    header = header_bytes_of(metadata, layout)
    expected = sum(element_count(shape) * DTYPE_BYTES[dtype] for _, dtype, shape in layout)
    written = 0
    with replacing(path) as file:
        file.write(header)
        for piece in pieces:
            written += file.write(piece)
        if written != expected:
            raise AssertionError(f"{path}: the layout takes {expected} bytes, the pieces gave {written}")
