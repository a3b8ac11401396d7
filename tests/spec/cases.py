# SPDX-License-Identifier: BSD-3-Clause
"""The cases of test_spec.py that are made by hand: frames of zstd, and one broken container for every must."""

import itertools
import random
import struct

import build
import decode
import lanes
import rans
from decode import CODER_LANES, CODER_RANS, ESCAPE

BYTES, BF16, FP16, FP64 = 1, 3, 4, 6  # layouts of section 3.1

# Frames whose values (A) are 64 of a plane or blob, and whether the page allows them. RFC 8878 names the fields.
SINGLE = b"\x20"  # frame header descriptor: single segment, so one byte of content size follows
WINDOW = b"\x00\x50"  # frame header descriptor and window (1 MiB): no content size
SKIPPABLE = b"\x50\x2a\x4d\x18\x02\0\0\0hi"
FRAME = build.hand_frame(SINGLE + b"\x40", 64)
FRAMES = {
    "content size": (FRAME, True),
    "no content size": (build.hand_frame(WINDOW, 64), True),
    "8 bytes of content size": (build.hand_frame(b"\xe0\x40" + bytes(7), 64), True),
    "window of 128 MiB": (build.hand_frame(b"\x00\x88", 64), True),
    "several blocks": (build.hand_frame(SINGLE + b"\x40", 1, 31, 32), True),
    "dictionary id 0": (build.hand_frame(b"\x21\0\x40", 64), True),
    "dictionary": (build.hand_frame(b"\x21\1\x40", 64), False),
    "unused bit": (build.hand_frame(b"\x30\x40", 64), True),
    "reserved bit": (build.hand_frame(b"\x28\x40", 64), False),
    "wrong checksum": (build.hand_frame(b"\x24\x40", 64, last=b"1234"), False),
    "one value less": (build.hand_frame(SINGLE + b"\x3f", 63), False),
    "one value more": (build.hand_frame(SINGLE + b"\x41", 65), False),
    "one value less, no content size": (build.hand_frame(WINDOW, 63), False),
    "one value more, no content size": (build.hand_frame(WINDOW, 64, 1), False),
    "content size wrong": (build.hand_frame(SINGLE + b"\x40", 63), False),
    "two frames": (build.hand_frame(SINGLE + b"\x20", 32) * 2, False),
    "empty frame before": (build.hand_frame(SINGLE + b"\0", 0) + FRAME, False),
    "empty frame after": (FRAME + build.hand_frame(SINGLE + b"\0", 0), False),
    "skippable frame before": (SKIPPABLE + FRAME, False),
    "skippable frame after": (FRAME + SKIPPABLE, False),
    "skippable frame alone": (SKIPPABLE, False),
    "a byte after": (FRAME + b"\0", False),
    "a byte less": (FRAME[:-1], False),
    "magic alone": (decode.ZSTD_MAGIC, False),
    "frame of zstd 0.7": (b"\x27\xb5\x2f\xfd\x20\x40\x80\x00\x40A\xc0\0\0", False),
}

RAW = struct.pack("<8f", *(value / 7 for value in range(8))) + b"tail"
FP16_CHUNK = build.chunk(RAW, FP16, 1, 0)  # planes of 17 values, edge of 2 bytes, payloads at 18 and 35
BLOB = build.seal_blob([FP16_CHUNK])
PLAIN = build.seal_blob([build.without_crc(FP16_CHUNK)])
FILE = build.seal_file([FP16_CHUNK, build.chunk(b"stored", raw_offset=len(RAW))])
TAIL = FILE.rindex(build.END_MARK)  # the seek table is 8 bytes on, the footer 32
CONSTANT = build.chunk(bytes(16), BF16, coders=[1, 1])

# Section 4. Segments of 4 blocks and 5 values more, of two values, a literal and a raw literal.
VALUES = bytes(random.Random(1).choices((10, 11, 20, 30), (9, 5, 3, 1), k=517))
EVERY = bytes(range(256)) * 3
LENGTHS = {10: 1, 11: 2, ESCAPE: 2}
NARROW = {10: 1, 11: 2, 12: 3, 13: 4}  # and what lies behind one prefix of 4 bits
CHAIN = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 8}  # 9 is 8 bits 0


def coded(form, lengths, values=VALUES, literal_bits=0, literal_set=(), still=2):
    """A segment and its values."""
    return lanes.coded(random.Random(1), values, lanes.Code(form, lengths, literal_bits, literal_set), still)


def flat(values, length=8):
    return dict.fromkeys(values, length)


# What the page allows and a writer hardly ever makes.
ODD_SEGMENTS = {
    "one value": coded(3, LENGTHS, VALUES[:1]),
    "no block": coded(3, LENGTHS, VALUES[:127]),
    "one block": coded(3, LENGTHS, VALUES[:128]),
    "longest": coded(4, flat((10, 11, 20, 30), 1), (VALUES * 127)[: 1 << 16]),
    "65535 escapes": coded(3, {10: 1, ESCAPE: 1}, b"\n" + bytes(65535), 1, (0,)),
    "256 values": coded(3, flat(range(256)), EVERY),
    "255 values and an escape": coded(3, flat([*range(255), ESCAPE]), EVERY),
    "255 values and an escape, 1 raw bit": coded(4, flat([*range(255), ESCAPE], 7), EVERY),
    "255 values and an escape, 2 raw bits": coded(5, flat([*range(255), ESCAPE], 6), EVERY),
    "values 0 and 255": coded(3, flat((0, 255), 1), b"\0\0\xff" * 99),
    "value 255 and an escape": coded(3, flat((255, ESCAPE), 1), b"\xff\xff\0" * 99),
    "127 literals": coded(3, LENGTHS, EVERY, 7, tuple(range(100, 227))),
    "1 literal of 7 bits": coded(3, LENGTHS, b"\0\n" * 400, 7, (0,)),
    "literal 255": coded(3, LENGTHS, b"\xff\n" * 400, 1, (255,)),
    "short last class of 0": coded(4, flat((10, 11, 12), 1), b"\0\n\x0b\x0c" * 99),
    "short last class of escapes": coded(5, flat((10, 11, 12, 13, ESCAPE), 1), EVERY),
    "narrow, no prefix": coded(2, LENGTHS),
    "narrow, 15 values": coded(2, flat([*range(15), ESCAPE], 4)),
    "narrow, 5 bits": coded(2, NARROW | flat((14, ESCAPE), 5)),
    "narrow, 7 bits": coded(2, NARROW | {14: 5, 15: 6, 16: 7, ESCAPE: 7}),
    # Rows of 8 bits 0, of which a window of 32 bits holds 4.
    "all beyond the window": coded(3, CHAIN, b"\t" * 4096, still=16),
    "fewer blocks than still": coded(3, CHAIN, b"\t" * 512, still=16),
    "words, then beyond the window": coded(3, CHAIN, bytes(range(1, 10)) * 512, still=16),
}


SEGMENT = coded(3, LENGTHS, literal_bits=1, literal_set=(20,))


def broken_segment(name, delta, word, changes, segment=SEGMENT, coder=CODER_LANES):
    """A blob of a segment with other parts, seen `delta` bytes behind the start of the named one."""
    parts = dict(segment[0], **changes)
    before = itertools.takewhile(lambda part: part != name, parts)
    offset = 20 + sum(len(parts[part]) for part in before)
    segments = [parts, *build.WRITERS[coder].room([parts])]
    return build.seal_blob([build.segments_chunk(segments, coder)]), offset + delta, word


def added(name, change, segment=SEGMENT):
    return {name: struct.pack("<H", int.from_bytes(segment[0][name], "little") + change)}


def broken_words(group, change):
    """A blob of a segment with a word more or less in one group: its last one."""
    name = f"words of group {group}"
    words = SEGMENT[0]["words"]
    end = len(words) if group else 2 * int.from_bytes(SEGMENT[0][name], "little")
    words = words[:end] + b"\0\0" + words[end:] if change == 1 else words[: end - 2] + words[end:]
    return broken_segment("words", 0, "fewer" if change == 1 else "more", added(name, change) | {"words": words})


def broken_raw_literals(change):
    raw = SEGMENT[0]["raw literals"] + b"!" if change == 1 else SEGMENT[0]["raw literals"][:-1]
    changes = added("raw_literals", change) | {"raw literals": raw}
    return broken_segment("literal indices", 0, "raw literals", changes)


def broken_escapes(change):
    """A blob of a segment whose literals are all raw."""
    segment = coded(3, LENGTHS)
    raw = segment[0]["raw literals"] + b"!" if change == 1 else segment[0]["raw literals"][:-1]
    changes = added("escapes", change, segment) | added("raw_literals", change, segment) | {"raw literals": raw}
    return broken_segment("literal indices", 0, "escapes", changes, segment)


def broken_code(form, lengths, word, values=b"tail"):
    """A blob of a segment whose code may not be; by default without a value for it."""
    return broken_segment("lengths", 0, word, {}, coded(form, lengths, values))


def broken_lengths(word, *differences):
    """A blob of a segment without a value for its code, of kept values with these differences of length."""
    pieces = [piece for difference in differences for piece in lanes.difference(difference)]
    changes = {"lengths": lanes.bit_string(random.Random(1), pieces)}
    return broken_segment("lengths", 0, word, changes, coded(3, flat(range(len(differences))), b"tail"))


def without_code(form, segment):
    return broken_segment("form", 0, "without a code", {"form": bytes((form,))}, (segment, None))


MANY = flat(range(254), 7) | flat((254, 255, ESCAPE), 8)  # 129 classes with 1 raw bit
SOUND_PLANE = build.segments_chunk([lanes.constant(1, 20), lanes.stored(b"123")], CODER_LANES)
# Where they can, segments break one must only, so that each must of the library is tested as well.
BROKEN_LANES = (
    (build.seal_blob([build.patched(SOUND_PLANE, 1, b"\x16")]), 20 + 4, "lacks 2"),
    (build.seal_blob([build.patched(SOUND_PLANE, 1, b"\x18")]), 20 + 4 + 6, "form"),
    (build.seal_blob([build.patched(SOUND_PLANE, 1, b"\x14")]), 20 + 4, "follow the last segment"),
    *(broken_segment("form", 0, "form", {}, coded(3 + r, flat(range(2 << r), 1), b"\1" * 517)) for r in (3, 4)),
    broken_segment("form", 0, "bit 7", {"form": b"\xcb"}),
    *(without_code(form, lanes.stored(b"123")) for form in (0x08, 0x40, 0x48, 0x78)),
    *(without_code(form, lanes.constant(1, 3)) for form in (0x09, 0x41, 0x49, 0x79)),
    broken_segment("form", 0, "without escape", {}, coded(3, flat((10, 11), 1), b"\n\n\x0b" * 199, 1, (20,))),
    *(broken_segment("still_blocks", 0, "refill", {}, coded(3, LENGTHS, still=still)) for still in (0, 1, 17, 255)),
    broken_segment("raw_literals", 0, "raw literals", {"raw_literals": b"\xff\0"}),
    broken_segment("lengths", 0, "257 symbols", {}, coded(4, MANY, EVERY)),
    broken_segment("kept set", 0, "to 256", {"kept set": b"\xff\1\3"}),
    broken_segment("kept set", 0, "to 510", {"kept set": b"\xff\xff\1" + bytes(30) + b"\x80"}),
    *(broken_segment("kept set", 2, "not kept", {"kept set": kept}) for kept in (b"\n\2\3", b"\n\2\6", b"\n\0\0")),
    broken_segment("lengths", 0, "more than 7", {"lengths": b"\xff\0"}),
    broken_code(3, {10: 0}, "length 0", b"\n" * 517),
    broken_code(4, {10: 0, 11: 0}, "length 0", b"\n" * 517),
    broken_segment("lengths", 0, "length 9", {"lengths": b"\x1f\0"}),
    # The other codes are complete.
    broken_code(3, {10: 0, 11: 1, 12: 1}, "length 0"),
    broken_lengths("length 9", 5, -7, 0, -1),
    broken_code(4, {10: 1, 11: 1, 12: 1, 13: 2}, "several lengths"),
    broken_code(4, {10: 1, 11: 2, 12: 2}, "several lengths"),
    broken_code(5, flat((1, 2, 3, 4), 1) | {5: 2, 6: 3}, "several lengths"),
    broken_code(3, {10: 1, 11: 2}, "192 / 256"),
    broken_code(3, {10: 1, 11: 1, 12: 8}, "257 / 256"),
    broken_code(3, flat((10, 11, 12, 13), 1), "512 / 256"),
    broken_code(4, flat((10, ESCAPE), 1), "128 / 256"),
    broken_code(2, {10: 1, 11: 1}, "narrow"),
    broken_code(2, flat(range(7), 3) | flat((7, 8, 9, ESCAPE), 5), "narrow"),
    broken_code(2, flat(range(15), 4) | flat((15, ESCAPE), 5), "narrow"),
    broken_code(2, NARROW | {14: 5, 15: 6, 16: 7, 17: 8, ESCAPE: 8}, "narrow"),
    broken_segment("literal set", 0, "its first value 10", {"literal set": b"\n\0\1"}),
    broken_segment("literal set", 1, "2 of 1 values", {"literal set": b"\xff\1\3"}),
    broken_segment("literal set", 2, "not in it", {"literal set": b"\x14\0\0"}),
    broken_segment("literal set", 2, "not in it", {"literal set": b"\x14\1\1"}),
    broken_segment("literal set", 2, "not in it", {"literal set": b"\x14\1\2"}),
    broken_segment("literal set", 0, "2 literals", {"literal set": b"\x14\1\3"}),
    *(broken_words(group, change) for group in range(2) for change in (-1, 1)),
    *(broken_escapes(change) for change in (-1, 1)),
    *(broken_raw_literals(change) for change in (-1, 1)),
)

# Section 3.3. Frequencies of 12, 11, 11, 1 and 1 bits.
FREQUENCIES = {10: 2048, 11: 1024, 20: 1022, 29: 1, 30: 1}
ODD_RANS = {
    **{f"{n} values": rans.coded(random.Random(1), VALUES[:n], FREQUENCIES) for n in range(1, 6)},
    "one value of 4096": rans.coded(random.Random(1), b"\n" * 517, {10: 4096}),
    "more than a u16 of values": rans.coded(random.Random(1), VALUES * 128, FREQUENCIES),
    "256 values": rans.coded(random.Random(1), EVERY, flat(range(256), 16)),
    "255 of 1, which occur": rans.coded(random.Random(1), EVERY, flat(range(256), 1) | {7: 3841}),
    "255 of 1, which do not": rans.coded(random.Random(1), b"\7" * 517, flat(range(256), 1) | {7: 3841}),
    "from 1 bit to 12 and back": rans.coded(random.Random(1), b"\1\2\3\4" * 99, {1: 1, 2: 4093, 3: 1, 4: 1}),
    "all sizes": rans.coded(random.Random(1), bytes(range(13)) * 99, {i: 1 << max(i - 1, 0) for i in range(13)}),
    "values 0 and 255": rans.coded(random.Random(1), b"\0\xff\xff" * 99, {0: 2047, 255: 2049}),
}

RANS = rans.coded(random.Random(1), VALUES, FREQUENCIES)
RANS_TWO = rans.coded(random.Random(1), b"\n" * 517, {10: 2048, 12: 2048})


def broken_rans(name, delta, word, changes, segment=RANS):
    return broken_segment(name, delta, word, changes, segment, CODER_RANS)


def broken_frequencies(word, frequencies, values=b"\1" * 517):
    """A blob of a segment whose frequencies, but for their sum, could code its values."""
    return broken_rans("frequencies", 0, word, {}, rans.coded(random.Random(1), values, frequencies))


def broken_sizes(delta, word, *sizes):
    """A blob of a segment whose frequencies begin with differences of these sizes."""
    pieces = [piece for size in sizes for piece in lanes.difference(size)]
    changes = {"frequencies": lanes.bit_string(random.Random(1), [*pieces, (99, 0)])}
    return broken_rans("frequencies", delta, word, changes)


def broken_states(word, states, value=b"\1", words=b""):
    """A blob of a segment of one value with other states and words."""
    changes = {"states": struct.pack("<4I", *states), "word count": rans.u24(len(words) // 2), "words": words}
    return broken_rans("states", 0, word, changes, rans.coded(random.Random(1), value, {0: 1, 1: 4095}))


def broken_rans_words(word, words):
    return broken_rans("words", 0, word, {"word count": rans.u24(len(words) // 2), "words": words})


def unchanged_state(number):
    """A blob of a segment whose state of that number is no last one. Its value, of frequency 4096, changes no state."""
    states = struct.pack("<4I", *(LAST + (i == number) for i in range(4)))
    return broken_rans("states", 0, "states end", {"states": states}, rans.coded(random.Random(1), b"\1", {1: 4096}))


LAST = decode.STATE_LAST
RANS_ONE = lanes.join([rans.constant(1, 20)])
RANS_WORDS = RANS[0]["words"]
RANS_PLANE = build.segments_chunk([rans.constant(1, 20), rans.constant(2, 60)], CODER_RANS)
# As above: where they can, segments break one must only.
BROKEN_RANS = (
    (build.seal_blob([build.patched(RANS_PLANE, 1, b"\x4f")]), 20 + len(RANS_ONE), "lacks"),
    (build.seal_blob([build.patched(RANS_PLANE, 1, b"\x51")]), 8 + len(RANS_PLANE), "values"),
    (
        build.seal_blob([build.patched(RANS_PLANE, 8, bytes((2 * len(RANS_ONE) + 1,))) + b"\0"]),
        8 + len(RANS_PLANE),
        "follow the last segment",
    ),
    broken_rans("values", 0, "0 values", {"values": bytes(3)}, rans.coded(random.Random(1), b"", FREQUENCIES)),
    broken_rans("kept set", 0, "to 256", {"kept set": b"\xff\1\3"}, RANS_TWO),
    *(broken_rans("kept set", 2, "not kept", {"kept set": kept}, RANS_TWO) for kept in (b"\n\3\5", b"\t\3\n")),
    broken_rans("kept set", 2, "not kept", {"kept set": b"\n\0\0"}),
    broken_sizes(1, "more than 12", 13),
    broken_sizes(0, "of 0 bits", -6),
    broken_sizes(1, "of -6 bits", -12),
    broken_sizes(1, "of 14 bits", 8),
    broken_sizes(1, "of 18 bits", 12),
    *(broken_frequencies(f"up to {2049 + n}", {1: 2049, 2: n}) for n in (1, 2046, 2048, 4095, 8191 - 2049, 8191)),
    broken_frequencies("up to 4095", {1: 4095}),
    broken_frequencies("up to 4097", {1: 4097}, b"\1"),
    broken_frequencies("up to 8192", {1: 4096, 2: 4096}),
    broken_frequencies("up to 65536", flat(range(256), 256)),
    # A state too small of which a value and the word 0 make the last one.
    broken_states("a state of 2", (2, LAST, LAST, LAST), words=bytes(2)),
    broken_states("a state of 4096", (4096, LAST, LAST, LAST), b"\0", words=bytes(2)),
    *(broken_states("a state of", [0 if i == k else LAST for i in range(4)]) for k in range(4)),
    *(broken_states("a state of", [65535 if i == k else LAST for i in range(4)]) for k in range(4)),
    *map(unchanged_state, range(4)),
    broken_rans_words("fewer", RANS_WORDS + b"\0\0"),
    broken_rans_words("more", RANS_WORDS[:-2]),
    broken_rans_words("more", b""),
)

# One case for every must of the page: what is broken, where decode.py sees it, and a word of the reason.
BROKEN_BLOBS = (
    (b"", 0, "raw length of the blob"),
    (BLOB[:7], 4, "magic"),
    (build.patched(BLOB, 7, b"\2"), 4, "neither"),
    (build.patched(BLOB, 0, b"\x23"), 8, "more than the blob's"),
    (BLOB[:-1], 8 + 18 + 17, "payload"),  # of plane 0, the last one
    (BLOB[: 8 + 18 + 16], 8 + 18, "payload"),
    (BLOB + b"\0", len(BLOB), "follow the last chunk"),
    (bytes(4) + decode.BLOB_MAGIC + b"\0", 8, "follow the last chunk"),
    (build.seal_blob([build.chunk(b"abc"), build.chunk(b"")]) + b"\0", 8 + 11, "follow the last chunk"),
    (build.patched(build.seal_blob([build.chunk(b"abc")]), 0, b"\4"), 8 + 11, "chunk header"),
    (build.patched(build.seal_blob([build.chunk(b""), build.chunk(b"a")]), 0, b"\1"), 9, "0 raw bytes"),
    *((build.patched(BLOB, 8, bytes((0x90 | layout,))), 8, "reserved") for layout in range(7, 16)),
    (build.patched(PLAIN, 12, b"\1"), 12, "without CRC"),
    (build.patched(PLAIN, 15, b"\x80"), 12, "without CRC"),
    (build.patched(build.seal_blob([build.chunk(b"abc")]), 8, b"\x10"), 8, "stored chunk"),
    (build.seal_blob([build.chunk(b"abc")])[:-1], 16, "stored chunk"),
    (build.patched(BLOB, 8, b"\xa4"), 8, "phase 2"),
    (build.seal_blob([build.header(FP16, 2, 1) + bytes(20)]), 9, "no element"),
    (build.seal_blob([build.header(FP64, 1, 7) + bytes(20)]), 9, "no element"),
    (build.patched(BLOB, 16, b"\0"), 16, "coded length"),
    (build.patched(BLOB, 16, b"\x12"), 16, "coded length"),
    (build.patched(BLOB, 16, b"\x10"), 16, "stored plane"),
    (build.patched(build.seal_blob([CONSTANT]), 16, b"\2"), 16, "constant plane"),
    *((build.patched(BLOB, 19, bytes((coder,))), 19, "coder") for coder in (6, 7, 128, 255)),
    (build.patched(BLOB, 12, b"CRC!"), 12, "CRC"),
    (build.patched(BLOB, len(BLOB) - 1, b"!"), 12, "CRC"),
    (build.seal_blob([build.chunk(b"ab"), build.chunk(b"ab", raw_offset=0)]), 8 + 10 + 4, "CRC"),
    (b"\x40\0\0\0" + FRAMES["a byte less"][0], 4, "ends too late"),
    (b"\x40\0\0\0" + FRAMES["a byte after"][0], 4 + len(FRAME), "follow the zstd frame"),
    (b"\x40\0\0\0" + FRAMES["one value more"][0], 4, "more than 64"),
    (b"\x40\0\0\0" + FRAMES["one value less"][0], 4, "63 bytes"),
    (b"\0\0\0\xff" + FRAME, 4, "64 bytes"),
    (build.seal_blob([build.header(BYTES, 64) + build.descriptor(4, 10) + SKIPPABLE]), 20, "no zstd"),
    *BROKEN_LANES,
    *BROKEN_RANS,
)

TABLE = FILE[TAIL + 8 : TAIL + 32]


def tail(mark=build.END_MARK, table=TABLE, count=2, raw_bytes=len(RAW) + 6):
    """The sample file with another end, whose CRC fits."""
    return FILE[:TAIL] + build.seal_tail(mark, table, count, raw_bytes)


BROKEN_FILES = (
    (b"", 0, "file header"),
    (FILE[:7], 0, "file header"),
    *((build.patched(FILE, at, b"\2"), 0, "version 1") for at in range(8)),
    (FILE[:8], 8, "chunk or end mark"),
    (FILE[:TAIL], TAIL, "chunk or end mark"),
    (FILE[: TAIL + 7], TAIL, "end mark"),
    *((tail(mark=build.patched(build.END_MARK, at, b"\1")), TAIL, "end mark") for at in range(1, 8)),
    *((tail(mark=build.patched(build.END_MARK, 0, bytes((value,)))), TAIL, "reserved") for value in (0x1F, 0x8F)),
    *((tail(table=build.patched(TABLE, at, b"!")), TAIL + 8 + at // 12 * 12, "seek table") for at in range(24)),
    (tail(table=TABLE[12:]), TAIL + 8, "seek table"),
    (tail(table=TABLE + TABLE[:12]), TAIL + 32, "chunks"),
    (FILE[: TAIL + 31], TAIL + 20, "seek table"),
    (tail(count=3), TAIL + 32, "chunks"),
    (tail(count=1), TAIL + 32, "chunks"),
    (tail(count=2 + (1 << 63)), TAIL + 32, "chunks"),
    (tail(raw_bytes=len(RAW)), TAIL + 40, "raw bytes"),
    (tail(raw_bytes=len(RAW) + 6 + (1 << 32)), TAIL + 40, "raw bytes"),
    (build.patched(FILE, TAIL + 48, b"CRC!"), TAIL + 48, "CRC of the footer"),
    (build.patched(FILE, TAIL + 52, b"ZNNF"), TAIL + 52, "magic of the footer"),
    (FILE[:-1], TAIL + 52, "footer"),
    (FILE + b"\0", TAIL + 56, "follow the footer"),
    (FILE + FILE, TAIL + 56, "follow the footer"),
    (build.seal_file([build.chunk(b"ab", raw_offset=2), build.chunk(b"ab", raw_offset=0)]), 12, "CRC"),
)
