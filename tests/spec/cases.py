# SPDX-License-Identifier: BSD-3-Clause
"""The cases of test_spec.py that are made by hand: frames of zstd, and one broken container for every must."""

import struct

import build
import decode

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

# One case for every must of the page: what is broken, where decode.py sees it, and a word of the reason.
BROKEN_BLOBS = (
    (b"", 0, "raw length of the blob"),
    (BLOB[:7], 4, "magic"),
    (build.patched(BLOB, 7, b"\1"), 4, "neither"),
    (build.patched(BLOB, 0, b"\x23"), 8, "more than the blob's"),
    (BLOB[:-1], 8 + 18 + 17, "payload"),
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
    *((build.patched(BLOB, 19, bytes((coder,))), 19, "coder") for coder in (3, 5, 128, 255)),
    (build.patched(BLOB, 12, b"CRC!"), 12, "CRC"),
    (build.patched(BLOB, len(BLOB) - 1, b"!"), 12, "CRC"),
    (build.seal_blob([build.chunk(b"ab"), build.chunk(b"ab", raw_offset=0)]), 8 + 10 + 4, "CRC"),
    (b"\x40\0\0\0" + FRAMES["a byte less"][0], 4, "ends too late"),
    (b"\x40\0\0\0" + FRAMES["a byte after"][0], 4 + len(FRAME), "follow the zstd frame"),
    (b"\x40\0\0\0" + FRAMES["one value more"][0], 4, "more than 64"),
    (b"\x40\0\0\0" + FRAMES["one value less"][0], 4, "63 bytes"),
    (b"\0\0\0\xff" + FRAME, 4, "64 bytes"),
    (build.seal_blob([build.header(BYTES, 64) + build.descriptor(4, 10) + SKIPPABLE]), 20, "no zstd"),
)

TABLE = FILE[TAIL + 8 : TAIL + 32]


def tail(mark=build.END_MARK, table=TABLE, count=2, raw_bytes=len(RAW) + 6):
    """The sample file with another end, whose CRC fits."""
    return FILE[:TAIL] + build.seal_tail(mark, table, count, raw_bytes)


BROKEN_FILES = (
    (b"", 0, "file header"),
    (FILE[:7], 0, "file header"),
    *((build.patched(FILE, at, b"\1"), 0, "version 0") for at in range(8)),
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
