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

BLOB_MAGIC = b"ZNN\1"
FILE_HEADER = b"ZNNF\1" + bytes(3)  # magic, version 1, no flags, nothing reserved
FILE_MAGIC_END = b"ZNNE"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

STORED = 0  # the layout without planes
END = 15  # the layout id of the end mark of a file
CHECKED = 0x80  # bit 7 of the layout byte: the CRC is present

CODER_STORED, CODER_CONSTANT, CODER_HUFFMAN, CODER_LANES, CODER_ZSTD, CODER_RANS = range(6)


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
    for name in "ZSTD_findFrameCompressedSize", "ZSTD_decompressDCtx":
        getattr(zstd, name).restype = ctypes.c_size_t
    zstd.ZSTD_createDCtx.restype = ctypes.c_void_p
    zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]
    return zstd


_ZSTD = _load_zstd()
_CONTEXT = ctypes.c_void_p(_ZSTD.ZSTD_createDCtx())  # one for all frames: to make it takes longer than most frames


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
    got = _ZSTD.ZSTD_decompressDCtx(_CONTEXT, room, ctypes.c_size_t(raw_length), frame, ctypes.c_size_t(size))
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
    payloads_at: int
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
        end = at + 8 + raw_length
        return Chunk(at, layout, phase, checked, raw_length, crc, 0, at + 8, end, (), end)
    size = LAYOUTS[layout].size
    must(phase < size, at, f"phase {phase} with elements of {size} bytes")
    elements = (raw_length - phase) // size
    must(elements >= 1, at + 1, f"{raw_length} raw bytes at phase {phase} hold no element of {size} bytes")
    edge_at = at + 8 + 4 * size
    payloads_at = edge_at + raw_length - size * elements
    planes, end = read_descriptors(data, at + 8, size, elements, payloads_at)
    return Chunk(at, layout, phase, checked, raw_length, crc, elements, edge_at, payloads_at, planes, end)


def read_descriptors(data, at, count, elements, payload):
    """Sections 3 and 3.2: the planes described at data[at]. The payload of the last one is at data[payload]."""
    planes = []
    for at in reversed(range(at, at + 4 * count, 4)):
        length = unsigned(data, at, 3, "plane descriptor")
        coder = unsigned(data, at + 3, 1, "plane descriptor")
        must(1 <= length <= elements, at, f"coded length {length} of a plane of {elements} values")
        if coder == CODER_STORED:
            must(length == elements, at, f"a stored plane of {elements} values is coded in {length} bytes")
        elif coder == CODER_CONSTANT:
            must(length == 1, at, f"a constant plane is coded in {length} bytes")
        else:
            must(coder <= CODER_RANS, at + 3, f"coder {coder} is reserved")
        take(data, payload, length, "payload")
        planes.append(Plane(coder, payload, length))
        payload += length
    return tuple(reversed(planes)), payload


def decode_chunk(data, chunk, raw_offset):
    """Sections 3 and 1: the raw bytes of a chunk, of which raw_offset precede it in the blob or file."""
    if chunk.layout == STORED:
        raw = data[chunk.edge_at : chunk.end]
    else:
        head_end = chunk.edge_at + chunk.phase
        raw = b"".join(
            (data[chunk.edge_at : head_end], decode_elements(data, chunk), data[head_end : chunk.payloads_at])
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
    if plane.coder == CODER_LANES:
        return decode_segments(data, plane, elements, read_segment, decode_segment)
    if plane.coder == CODER_RANS:
        return decode_segments(data, plane, elements, read_rans_segment, decode_rans_segment)
    return decode_frame(data, plane.at, plane.length, elements)


def decode_segments(data, plane, count, read, decode):
    """Sections 3.3 and 4: the `count` values of a plane, from the segments that fill its payload."""
    at, left, parts = plane.at, count, []
    data = data[: at + plane.length]
    while left > 0:
        segment = read(data, at)
        must(segment.values <= left, at, f"{segment.values} values in a segment of a plane that lacks {left}")
        parts.append(decode(data, segment))
        left -= segment.values
        at = segment.end
    must(at == len(data), at, f"{len(data) - at} bytes follow the last segment")
    return b"".join(parts)


class Parts:
    """Takes the parts of a segment one after the other, and notes where each is."""

    def __init__(self, data, at):
        self.data, self.at, self.places = data, at, {}

    def take(self, name, size):
        at = self.at
        self.at += size
        self.places[name] = at, self.at
        return take(self.data, at, size, name)

    def number(self, name, size):
        return int.from_bytes(self.take(name, size), "little")


class Bits:
    """Section 4: a bit string that begins at data[at] and ends nobody knows where."""

    def __init__(self, data, at, what):
        self.data, self.position, self.what = data, 8 * at, what

    @property
    def at(self):
        """Of the byte that holds the last bit."""
        return (self.position - 1) // 8

    @property
    def end(self):
        """Where the next part begins."""
        return -(-self.position // 8)

    def number(self, size):
        byte, bit = divmod(self.position, 8)
        self.position += size
        return unsigned(self.data, byte, self.end - byte, self.what) >> bit & (1 << size) - 1

    def difference(self, most):
        """Sections 3.3 and 4.1: a magnitude in one bits, a zero bit, and the sign unless it is 0."""
        magnitude = 0
        while self.number(1):
            magnitude += 1
            must(magnitude <= most, self.at, f"{self.what}: a difference of more than {most}")
        return -magnitude if magnitude and self.number(1) else magnitude


# Section 3.3: coder rans

SLOTS = 4096
STATE_LEAST = STATE_LAST = 65536


class RansSegment(NamedTuple):
    """The fields of a segment, and where its parts are."""

    values: int  # n
    places: dict  # (start, end) of each part, in order
    end: int
    slots: list  # of each slot: value, its frequency, slot - start
    states: tuple
    words: tuple


def read_rans_segment(data, at):
    """Section 3.3: the segment at data[at], checked as far as that goes without decoding."""
    parts = Parts(data, at)
    values = parts.number("values", 3)
    must(values > 0, at, "a segment of 0 values")
    size = parts.number("word count", 3)
    kept, end = read_kept_set(data, parts.at)
    parts.take("kept set", end - parts.at)
    frequencies, end = read_frequencies(data, parts.at, kept)
    parts.take("frequencies", end - parts.at)
    states = struct.unpack("<4I", parts.take("states", 16))
    must(min(states) >= STATE_LEAST, parts.at - 16, f"a state of {min(states)}")
    words = struct.unpack(f"<{size}H", parts.take("words", 2 * size))
    slots = [(value, frequency, i) for value, frequency in frequencies.items() for i in range(frequency)]
    return RansSegment(values, parts.places, parts.at, slots, states, words)


def read_frequencies(data, at, kept):
    """Section 3.3: the frequency of each kept value, and where the next part begins."""
    bits, size, frequencies = Bits(data, at, "frequencies"), 6, {}
    for value in kept:
        size += bits.difference(12)
        must(1 <= size <= 13, bits.at, f"a frequency of {size} bits")
        frequencies[value] = bits.number(size - 1) | 1 << size - 1
    # So none is larger than 4096.
    total = sum(frequencies.values())
    must(total == SLOTS, at, f"the frequencies add up to {total}")
    return frequencies, bits.end


def decode_rans_segment(_, segment):
    """Section 3.3: the values of a segment."""
    states, words, at = list(segment.states), iter(segment.words), segment.places["words"][0]
    try:
        values = decode_rans_values(segment, states, words)
    except StopIteration:
        values = None
    must(values is not None, at, "the segment takes more words than it has")
    must(not list(words), at, "the segment takes fewer words than it has")
    must(states == [STATE_LAST] * 4, segment.places["states"][0], f"the states end as {states}")
    return values


def decode_rans_values(segment, states, words):
    """Section 3.3: the values; the states become what they are after the last one."""
    values = bytearray()
    for i in range(segment.values):
        x = states[i % 4]
        value, frequency, rest = segment.slots[x % SLOTS]
        x = frequency * (x // SLOTS) + rest
        states[i % 4] = x if x >= STATE_LEAST else x << 16 | next(words)
        values.append(value)
    return values


# Section 4: coder lanes

SEGMENT_STORED, SEGMENT_CONSTANT, SEGMENT_NARROW = 0, 1, 2  # forms; 3, 4, 5 are coded with 0, 1, 2 raw bits
ESCAPE = 256  # the symbol
ROW, BLOCK = 64, 128  # values


class Code(NamedTuple):
    """Section 4.2: what the bits of a segment mean."""

    raw_bits: int  # r
    class_at: tuple  # of each value of a window's low 8 bits: class, and length of its code
    meanings: tuple  # of each rank that class and raw bits can name: a value, or ESCAPE


class Segment(NamedTuple):
    """The fields of a segment, and where its parts are."""

    form: int
    values: int  # n
    places: dict  # (start, end) of each part, in order
    end: int
    # Only of a coded segment:
    still: int = 0  # S
    escapes: int = 0
    words: tuple = (0, 0)
    code: Code = None
    missing: tuple = ()  # of lanes by v, the place of their values in a row
    literal_bits: int = 0  # w
    literal_set: tuple = ()


def bit_string(data, at, size, what):
    """Section 4: `size` bits from data[at] on, as a number; the rest of the last byte is ignored."""
    return unsigned(data, at, -(-size // 8), what) & (1 << size) - 1


def read_segment(data, at):
    """Section 4: the segment at data[at], checked as far as that goes without decoding."""
    parts = Parts(data, at)
    part, number = parts.take, parts.number
    head = number("form", 1)
    form, literal_bits, escape = head & 7, head >> 3 & 7, head >> 6 & 1
    must(form < 6, at, f"form {form} of a segment")
    must(head < 0x80, at, "bit 7 of a segment's form")
    must(form > SEGMENT_CONSTANT or head == form, at, "literals in a segment without a code")
    must(escape or literal_bits == 0, at, f"literals of {literal_bits} bits in a code without escape")
    values = number("values", 2) + 1
    if form in (SEGMENT_STORED, SEGMENT_CONSTANT):
        part("tail", values if form == SEGMENT_STORED else 1)
        return Segment(form, values, parts.places, parts.at)
    still = number("still_blocks", 1)
    must(2 <= still <= 16, parts.at - 1, f"{still} blocks at the end without refill")
    escapes, raw_literals = number("escapes", 2), number("raw_literals", 2)
    must(raw_literals <= escapes, parts.at - 2, f"{raw_literals} raw literals of {escapes}")
    words = number("words of group 0", 2), number("words of group 1", 2)
    kept, end = read_kept_set(data, parts.at)
    part("kept set", end - parts.at)
    symbols = kept + [ESCAPE] * escape
    must(len(symbols) <= 256, parts.at, f"{len(symbols)} symbols")
    lengths, end = read_lengths(data, parts.at, symbols)
    code = make_code(lengths, max(form - 3, 0), parts.at)
    must(form != SEGMENT_NARROW or is_narrow(lengths), parts.at, "a narrow code that is not")
    part("lengths", end - parts.at)
    literal_set = ()
    if literal_bits > 0:
        literal_set, end = read_literal_set(data, parts.at, kept)
        must(len(literal_set) < 1 << literal_bits, parts.at, f"{len(literal_set)} literals for {literal_bits} bits")
        part("literal set", end - parts.at)
    part("words", 2 * sum(words))
    missing = tuple(nibble for byte in part("missing", 32) for nibble in (byte & 15, byte >> 4))
    part("windows, low", 2 * ROW)
    part("windows, high", -(-(16 * ROW - sum(missing)) // 8))
    part("literal indices", -(-escapes * literal_bits // 8))
    part("raw literals", raw_literals)
    part("raw bits", 16 * code.raw_bits * (values // BLOCK))
    part("tail", values % BLOCK)
    places, end = parts.places, parts.at
    return Segment(form, values, places, end, still, escapes, words, code, missing, literal_bits, literal_set)


def read_kept_set(data, at):
    """Section 4.1: the values with a code of their own, and where the next part begins."""
    first, span = unsigned(data, at, 1, "kept set"), unsigned(data, at + 1, 1, "kept set") + 1
    must(first + span <= 256, at, f"kept set: values from {first} to {first + span - 1}")
    bits = bit_string(data, at + 2, span, "kept set")
    must(bits & 1 and bits >> span - 1, at + 2, "kept set: the first or last value is not kept")
    return [first + i for i in range(span) if bits >> i & 1], at + 2 + -(-span // 8)


def read_literal_set(data, at, kept):
    """Section 4.1: the values with a literal index, and where the next part begins."""
    first, span = unsigned(data, at, 1, "literal set"), unsigned(data, at + 1, 1, "literal set") + 1
    others = [value for value in range(first, 256) if value not in kept]
    must(first not in kept, at, f"literal set: its first value {first} is kept")
    must(span <= len(others), at + 1, f"literal set: {span} of {len(others)} values")
    bits = bit_string(data, at + 2, span, "literal set")
    must(bits & 1 and bits >> span - 1, at + 2, "literal set: the first or last value is not in it")
    return [others[i] for i in range(span) if bits >> i & 1], at + 2 + -(-span // 8)


def read_lengths(data, at, symbols):
    """Section 4.1: the length of each symbol's class code, and where the next part begins."""
    bits, length, lengths = Bits(data, at, "lengths"), 4, {}
    for symbol in symbols:
        length += bits.difference(7)
        must(1 <= length <= 8, bits.at, f"length {length} of a code")
        lengths[symbol] = length
    return lengths, bits.end


def make_code(lengths, raw_bits, at):
    """Section 4.2: the code, from the lengths at data[at]."""
    ranks = sorted(lengths, key=lambda symbol: (lengths[symbol], symbol))
    size = 1 << raw_bits
    classes = [{lengths[symbol] for symbol in ranks[i : i + size]} for i in range(0, len(ranks), size)]
    must(all(len(members) == 1 for members in classes), at, "a class of several lengths")
    # What has been given out of the code space, as the class that each 8 bits begin with, first bit on top.
    space = []
    for number, (length,) in reversed(list(enumerate(classes))):
        space += [(number, length)] * (1 << 8 - length)
    must(len(space) == 256, at, f"the codes fill {len(space)} / 256 of the code space")
    # In a window the first bit is the lowest.
    class_at = tuple(space[int(f"{low:08b}"[::-1], 2)] for low in range(256))
    short = size * len(classes) - len(ranks)
    return Code(raw_bits, class_at, (*ranks, *[ESCAPE if ESCAPE in lengths else 0] * short))


def is_narrow(lengths):
    """Section 4.4, but for r, which is 0 in form 2."""
    long_codes = sum(1 << 8 - length for length in lengths.values() if length > 4)
    return ESCAPE in lengths and len(lengths) <= 16 and max(lengths.values()) <= 7 and long_codes in (0, 16)


def decode_segment(data, segment):
    """Section 4: the values of a segment."""
    parts = {name: data[start:end] for name, (start, end) in segment.places.items()}
    if segment.form == SEGMENT_STORED:
        return parts["tail"]
    if segment.form == SEGMENT_CONSTANT:
        return parts["tail"] * segment.values
    at = segment.places["words"][0]
    words = struct.unpack(f"<{sum(segment.words)}H", parts["words"])
    words = iter(words[: segment.words[0]]), iter(words[segment.words[0] :])
    windows = unpack_windows(parts["windows, low"], parts["windows, high"], segment.missing)
    try:
        classes = decode_classes(segment, windows, words)
    except StopIteration:
        classes = None
    must(classes is not None, at, "the segment takes more words than it has")
    must(not list(words[0]) and not list(words[1]), at, "the segment takes fewer words than it has")
    meanings = [segment.code.meanings[rank] for rank in decode_ranks(segment, classes, parts["raw bits"])]
    at = segment.places["literal indices"][0]
    literals = decode_literals(segment, parts["literal indices"], parts["raw literals"], at)
    taken = meanings.count(ESCAPE)
    must(taken == segment.escapes, at, f"{taken} escapes for {segment.escapes} literals")
    literal = iter(literals)
    return bytes(next(literal) if value == ESCAPE else value for value in meanings) + parts["tail"]


def unpack_windows(low, high, missing):
    """Section 4: the windows as they are at the start, of lanes by v."""
    low, high, windows = struct.unpack(f"<{ROW}H", low), int.from_bytes(high, "little"), [0] * ROW
    for i, (j, l) in enumerate((j, l) for j in range(2) for l in range(ROW // 2)):
        size = 16 - missing[2 * l + j]
        windows[2 * l + j] = low[i] | (high & (1 << size) - 1) << 16
        high >>= size
    return windows


def decode_classes(segment, windows, words):
    """
    Section 4.3: the class of each value but those of the tail. Lanes are numbered by v, the place of their values in a
    row, so that v mod 2 is the group j. words: an iterator for each group, of which as many are taken as are needed.
    """
    missing, classes = list(segment.missing), bytearray()
    blocks = segment.values // BLOCK
    for block in range(blocks):
        for v in (*range(ROW), *range(ROW)):
            number, length = segment.code.class_at[windows[v] & 255]
            windows[v] >>= length
            missing[v] += length
            classes.append(number)
        if block < blocks - segment.still:
            for v in range(ROW):
                if missing[v] >= 16:
                    windows[v] |= next(words[v % 2]) << 32 - missing[v]
                    missing[v] -= 16
    return classes


def decode_ranks(segment, classes, raw_bits):
    """Section 4.2: the rank of each value, from its class and its raw bits."""
    r = segment.code.raw_bits
    if r == 0:
        return classes
    numbers = struct.unpack(f"<{len(raw_bits) // 8}Q", raw_bits)
    # Of each raw bit a digit for each value; the highest of them first, as int() reads them.
    digits = ["".join(f"{number:064b}"[::-1] for number in numbers[k::r]) for k in reversed(range(r))]
    return [number << r | int("".join(low), 2) for number, low in zip(classes, zip(*digits))]


def decode_literals(segment, indices, raw_literals, at):
    """Section 4.3: the literals, of which the i-th escape takes the i-th."""
    w, numbers, raw = segment.literal_bits, int.from_bytes(indices, "little"), iter(raw_literals)
    numbers = [numbers >> i * w & (1 << w) - 1 for i in range(segment.escapes)]
    used = numbers.count((1 << w) - 1)
    must(used == len(raw_literals), at, f"{used} indices are of {len(raw_literals)} raw literals")
    members = [*segment.literal_set, *[0] * ((1 << w) - 1 - len(segment.literal_set))]
    return [next(raw) if number == (1 << w) - 1 else members[number] for number in numbers]


# Section 6: files


def decode_file(data):
    """Section 6: the raw bytes of a .znn file, read from front to end."""
    must(take(data, 0, 8, "file header") == FILE_HEADER, 0, "no header of a .znn file of version 1")
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
