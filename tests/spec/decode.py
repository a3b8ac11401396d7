#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
A second decoder of zipnn's bytes, written from src/FORMAT.md alone and without a look at the C code.

It is the readable counterpart of that page: each function names the section it implements, and each
must of the page is one call of must(). Speed is no aim (some MB/s). Frames of zstd (RFC 8878) are left
to libzstd, since Python brings none.

usage: decode.py FILE.znn > RAW
"""

import ctypes
import mmap
import struct
import sys
from typing import NamedTuple

BLOB_MAGIC = b"ZNN\0"
FILE_HEADER = b"ZNNF" + bytes(4)  # magic, version 0, no flags, nothing reserved
FILE_MAGIC_END = b"ZNNE"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

STORED = 0  # the layout without planes
END = 15  # the layout id of the end mark of a file
CHECKED = 0x80  # bit 7 of the layout byte: the CRC is present

CODER_STORED, CODER_CONSTANT, CODER_HUFFMAN, CODER_ZSTD = 0, 1, 2, 4


class FormatError(ValueError):
    """The bytes at this offset of the blob or file break a must of the page."""

    def __init__(self, offset, reason):
        super().__init__(f"offset {offset}: {reason}")
        self.offset = offset
        self.reason = reason


def must(condition, offset, reason):
    if not condition:
        raise FormatError(offset, reason)


# Section 1: conventions


def take(data, at, size, what):
    must(at + size <= len(data), at, f"{what}: {size} bytes needed, {max(len(data) - at, 0)} left")
    return data[at : at + size]


def unsigned(data, at, size, what):
    return int.from_bytes(take(data, at, size, what), "little")


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def chunk_crc(raw, raw_offset):
    return crc32c(struct.pack("<Q", raw_offset) + raw)


# Section 2: containers


def decode_blob(blob):
    """Section 2: the raw bytes of a zipnn blob or a zstd blob."""
    raw_length = unsigned(blob, 0, 4, "raw length of the blob")
    magic = take(blob, 4, 4, "magic")
    if magic == ZSTD_MAGIC:
        return decode_frame(blob, 4, len(blob) - 4, raw_length)
    must(magic == BLOB_MAGIC, 4, f"magic {magic.hex()} is neither zipnn's nor zstd's")
    parts, done, at = [], 0, 8
    while done < raw_length:
        chunk = read_chunk(blob, at)
        must(done + chunk.raw_length <= raw_length, at, f"the chunks hold more than the blob's {raw_length} raw bytes")
        parts.append(decode_chunk(blob, chunk, done))
        done += chunk.raw_length
        at = chunk.end
    must(at == len(blob), at, f"{len(blob) - at} bytes follow the last chunk")
    return b"".join(parts)


def _load_zstd():
    zstd = ctypes.CDLL("libzstd.so.1")
    for name in "ZSTD_findFrameCompressedSize", "ZSTD_decompress":
        getattr(zstd, name).restype = ctypes.c_size_t
    zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]
    return zstd


_ZSTD = _load_zstd()


def decode_frame(data, at, size, raw_length):
    """Sections 2 and 3.2: the raw_length bytes of the one zstd frame that fills data[at:at + size]."""
    frame = take(data, at, size, "zstd frame")
    must(frame[:4] == ZSTD_MAGIC, at, "no zstd frame")
    used = _ZSTD.ZSTD_findFrameCompressedSize(frame, ctypes.c_size_t(size))
    must(not _ZSTD.ZSTD_isError(used), at, "the zstd frame is damaged or ends too late")
    must(used == size, at + used, f"{size - used} bytes follow the zstd frame")
    # A map takes memory only where it is written: the length is a claim until the frame is decoded.
    raw = mmap.mmap(-1, max(raw_length, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    room = ctypes.byref(ctypes.c_char.from_buffer(raw))
    got = _ZSTD.ZSTD_decompress(room, ctypes.c_size_t(raw_length), frame, ctypes.c_size_t(size))
    must(not _ZSTD.ZSTD_isError(got), at, f"the zstd frame is damaged or decodes to more than {raw_length} bytes")
    must(got == raw_length, at, f"the zstd frame decodes to {got} bytes, not {raw_length}")
    return raw[:raw_length]


# Section 3: chunks


class Layout(NamedTuple):
    name: str
    size: int  # E, bytes an element
    rotation: int  # R, 0 or 1 bit


# Section 3.1. Layout 0 has no elements and is not here.
LAYOUTS = {
    1: Layout("bytes", 1, 0),
    2: Layout("fp8", 1, 0),
    3: Layout("bf16", 2, 1),
    4: Layout("fp16", 2, 1),
    5: Layout("fp32", 4, 1),
    6: Layout("fp64", 8, 1),
}

INTEGERS = {2: "H", 4: "I", 8: "Q"}  # struct's letters for integers of that many bytes


class Plane(NamedTuple):
    coder: int
    at: int  # of the payload
    length: int  # coded


class Chunk(NamedTuple):
    """Where the parts of a chunk are in the blob or file."""

    at: int
    layout: int
    phase: int
    checked: bool
    raw_length: int
    crc: int
    elements: int  # N; 0 in layout 0
    edge_at: int
    planes: tuple
    end: int


def read_chunk(data, at):
    """Section 3: the fields of the chunk at data[at], checked as far as that goes without decoding."""
    header = take(data, at, 8, "chunk header")
    layout, phase, checked = header[0] & 15, header[0] >> 4 & 7, bool(header[0] & CHECKED)
    raw_length = unsigned(header, 1, 3, "raw length of the chunk")
    crc = unsigned(header, 4, 4, "CRC")
    must(layout == STORED or layout in LAYOUTS, at, f"layout {layout} is reserved")
    must(raw_length > 0, at + 1, "a chunk of 0 raw bytes")
    must(checked or crc == 0, at + 4, f"CRC {crc:08x} in a chunk without CRC")
    if layout == STORED:
        must(phase == 0, at, f"phase {phase} in a stored chunk")
        take(data, at + 8, raw_length, "stored chunk")
        return Chunk(at, layout, phase, checked, raw_length, crc, 0, at + 8, (), at + 8 + raw_length)
    size = LAYOUTS[layout].size
    must(phase < size, at, f"phase {phase} with elements of {size} bytes")
    elements = (raw_length - phase) // size
    must(elements >= 1, at + 1, f"{raw_length} raw bytes at phase {phase} hold no element of {size} bytes")
    edge_at = at + 8 + 4 * size
    planes, end = read_descriptors(data, at + 8, size, elements, edge_at + raw_length - size * elements)
    return Chunk(at, layout, phase, checked, raw_length, crc, elements, edge_at, planes, end)


def read_descriptors(data, at, count, elements, payload):
    """Section 3.2: the planes described at data[at], the first of whose payloads is at data[payload]."""
    planes = []
    for at in range(at, at + 4 * count, 4):
        length = unsigned(data, at, 3, "plane descriptor")
        coder = unsigned(data, at + 3, 1, "plane descriptor")
        must(1 <= length <= elements, at, f"coded length {length} of a plane of {elements} values")
        if coder == CODER_STORED:
            must(length == elements, at, f"a stored plane of {elements} values is coded in {length} bytes")
        elif coder == CODER_CONSTANT:
            must(length == 1, at, f"a constant plane is coded in {length} bytes")
        else:
            must(coder in (CODER_HUFFMAN, CODER_ZSTD), at + 3, f"coder {coder} is reserved")
        take(data, payload, length, "payload")
        planes.append(Plane(coder, payload, length))
        payload += length
    return tuple(planes), payload


def decode_chunk(data, chunk, raw_offset):
    """Sections 3 and 1: the raw bytes of a chunk, of which raw_offset precede it in the blob or file."""
    if chunk.layout == STORED:
        raw = data[chunk.edge_at : chunk.end]
    else:
        head_end = chunk.edge_at + chunk.phase
        raw = b"".join(
            (data[chunk.edge_at : head_end], decode_elements(data, chunk), data[head_end : chunk.planes[0].at])
        )
    if chunk.checked:
        crc = chunk_crc(raw, raw_offset)
        must(crc == chunk.crc, chunk.at + 4, f"CRC {chunk.crc:08x} of raw bytes whose CRC is {crc:08x}")
    return raw


def decode_elements(data, chunk):
    """Section 3.1: the elements of a chunk, from its planes."""
    _, size, rotation = LAYOUTS[chunk.layout]
    rotated = bytearray(size * chunk.elements)
    for k, plane in enumerate(chunk.planes):
        rotated[size - 1 - k :: size] = decode_plane(data, plane, chunk.elements)
    if rotation == 0:
        return rotated
    numbers = struct.Struct(f"<{chunk.elements}{INTEGERS[size]}")
    return numbers.pack(*(n >> 1 | (n & 1) << 8 * size - 1 for n in numbers.unpack(rotated)))


def decode_plane(data, plane, elements):
    """Section 3.2: the values of a plane."""
    if plane.coder == CODER_STORED:
        return data[plane.at : plane.at + plane.length]
    if plane.coder == CODER_CONSTANT:
        return data[plane.at : plane.at + 1] * elements
    return decode_frame(data, plane.at, plane.length, elements)


# Section 5: files


def decode_file(data):
    """Section 5: the raw bytes of a .znn file, read from front to end."""
    must(take(data, 0, 8, "file header") == FILE_HEADER, 0, "no header of a .znn file of version 0")
    parts, table, done, at = [], [], 0, 8
    while take(data, at, 1, "chunk or end mark")[0] != END:
        chunk = read_chunk(data, at)
        parts.append(decode_chunk(data, chunk, done))
        table.append(data[at : at + 8] + struct.pack("<I", chunk.end - at))
        done += chunk.raw_length
        at = chunk.end
    mark = at
    must(take(data, at, 8, "end mark") == bytes((END,)) + bytes(7), at, "the end mark is not followed by zeros")
    at += 8
    for number, entry in enumerate(table):
        must(take(data, at, 12, "seek table") == entry, at, f"the seek table does not repeat chunk {number}")
        at += 12
    must(unsigned(data, at, 8, "footer") == len(parts), at, f"the footer does not count {len(parts)} chunks")
    must(unsigned(data, at + 8, 8, "footer") == done, at + 8, f"the footer does not count {done} raw bytes")
    crc = crc32c(data[mark : at + 16])
    must(unsigned(data, at + 16, 4, "footer") == crc, at + 16, f"the CRC of the footer is not {crc:08x}")
    must(take(data, at + 20, 4, "footer") == FILE_MAGIC_END, at + 20, "the magic of the footer is not ZNNE")
    must(at + 24 == len(data), at + 24, f"{len(data) - at - 24} bytes follow the footer")
    return b"".join(parts)


def main(arguments):
    if len(arguments) != 1:
        print("usage: decode.py FILE.znn > RAW", file=sys.stderr)
        return 1
    try:
        with open(arguments[0], "rb") as file:
            raw = decode_file(file.read())
    except (OSError, FormatError) as error:
        print(f"decode.py: {arguments[0]}: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(raw)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
