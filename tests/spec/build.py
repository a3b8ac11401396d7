# SPDX-License-Identifier: BSD-3-Clause
"""
Writes chunks, blobs and files as src/FORMAT.md allows them, also such as no writer makes; for test_spec.py.

Nothing here checks its arguments: what is built may break the page on purpose. Chunks are bytes; a container
is a list of them, which seal_blob() and seal_file() make whole: lengths, seek table and footer then fit.
"""

import ctypes
import struct

import decode
import lanes
import rans

WRITERS = {decode.CODER_LANES: lanes, decode.CODER_RANS: rans}  # of segments
END_MARK = bytes((decode.END,)) + bytes(7)

_ZSTD = ctypes.CDLL("libzstd.so.1")
_ZSTD.ZSTD_compressBound.restype = _ZSTD.ZSTD_compressCCtx.restype = ctypes.c_size_t
_ZSTD.ZSTD_createCCtx.restype = ctypes.c_void_p
_CONTEXT = ctypes.c_void_p(_ZSTD.ZSTD_createCCtx())


def patched(data, at, piece):
    return data[:at] + piece + data[at + len(piece) :]


def frame(raw):
    """One zstd frame with its content size and without checksum."""
    room = ctypes.create_string_buffer(_ZSTD.ZSTD_compressBound(ctypes.c_size_t(len(raw))))
    source = raw, ctypes.c_size_t(len(raw))
    size = _ZSTD.ZSTD_compressCCtx(_CONTEXT, room, ctypes.c_size_t(len(room)), *source, 3)
    return room[:size]


def hand_frame(header, *runs, last=b""):
    """A zstd frame (RFC 8878, section 3.1.1) of `runs` blocks of one repeated byte, each a length of at most 64."""
    blocks = b""
    for number, length in enumerate(runs, 1):
        blocks += (length << 3 | 1 << 1 | (number == len(runs))).to_bytes(3, "little") + b"A"
    return decode.ZSTD_MAGIC + header + blocks + last


def planes(raw, layout, phase):
    """Section 3.1: head and tail of a chunk's raw bytes, and its planes."""
    _, size, rotation = decode.LAYOUTS[layout]
    count = (len(raw) - phase) // size
    end = phase + count * size
    elements = raw[phase:end]
    if rotation:
        numbers = struct.Struct(f"<{count}{decode.INTEGERS[size]}")
        mask = (1 << 8 * size) - 1
        elements = numbers.pack(*(n << 1 & mask | n >> 8 * size - 1 for n in numbers.unpack(elements)))
    return raw[:phase] + raw[end:], [elements[size - 1 - k :: size] for k in range(size)]


def payload(values, coder):
    """Section 3.2."""
    if coder == decode.CODER_CONSTANT:
        return values[:1]
    if coder in WRITERS:
        return WRITERS[coder].payload(values)
    return values if coder == decode.CODER_STORED else frame(values)


def descriptor(coder, length):
    return struct.pack("<I", coder << 24 | length)


def header(layout, raw_length, phase=0, crc=None):
    """The 8 bytes that open a chunk; without CRC by default."""
    flags = 0 if crc is None else decode.CHECKED
    return struct.pack("<II", flags | phase << 4 | layout | raw_length << 8, crc or 0)


def chunk(raw, layout=decode.STORED, phase=0, raw_offset=None, coders=None):
    """Section 3. The CRC is present where a raw offset is given; the planes are stored by default."""
    crc = None if raw_offset is None else decode.chunk_crc(raw, raw_offset)
    if layout == decode.STORED:
        return header(layout, len(raw), phase, crc) + raw
    edge, values = planes(raw, layout, phase)
    coders = coders or [decode.CODER_STORED] * len(values)
    payloads = [payload(*pair) for pair in zip(values, coders)]
    descriptors = [descriptor(coder, len(coded)) for coder, coded in zip(coders, payloads)]
    return b"".join((header(layout, len(raw), phase, crc), *descriptors, edge, *reversed(payloads)))


def segments_chunk(segments, coder, layout=1):
    """A chunk of one plane, of segments; without CRC. None must be longer than a chunk can be."""
    coded = lanes.join(segments)
    count = sum(map(WRITERS[coder].count_values, segments))
    return header(layout, count) + descriptor(coder, len(coded)) + coded


def raw_length(one):
    return int.from_bytes(one[1:4], "little")


def without_crc(one):
    return bytes((one[0] & ~decode.CHECKED,)) + one[1:4] + bytes(4) + one[8:]


def with_crc(one, raw_offset):
    """The chunk with the CRC that it must have; without CRC where it cannot be decoded."""
    one = without_crc(one)
    try:
        raw = decode.decode_chunk(one, decode.read_chunk(one, 0), 0)
    except decode.FormatError:
        return one
    crc = decode.chunk_crc(raw, raw_offset)
    return bytes((one[0] | decode.CHECKED,)) + one[1:4] + struct.pack("<I", crc) + one[8:]


def seal_blob(chunks):
    """Section 2: a zipnn blob."""
    return struct.pack("<I", sum(map(raw_length, chunks)) & 0xFFFFFFFF) + decode.BLOB_MAGIC + b"".join(chunks)


def seal_tail(mark, table, count, raw_bytes):
    """Section 6: end mark, seek table and footer with the CRC that fits them."""
    covered = mark + table + struct.pack("<QQ", count, raw_bytes)
    return covered + struct.pack("<I", decode.crc32c(covered)) + decode.FILE_MAGIC_END


def seek_table(chunks):
    return b"".join(one[:8].ljust(8, b"\0") + struct.pack("<I", len(one)) for one in chunks)


def seal_file(chunks):
    """Section 6: a .znn file."""
    tail = seal_tail(END_MARK, seek_table(chunks), len(chunks), sum(map(raw_length, chunks)))
    return decode.FILE_HEADER + b"".join(chunks) + tail


def split(container):
    """The chunks of a sound zipnn blob or file."""
    chunks, at = [], 8
    while at < len(container) and container[at] != decode.END:
        end = decode.read_chunk(container, at).end
        chunks.append(container[at:end])
        at = end
    return chunks
