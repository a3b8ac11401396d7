# SPDX-License-Identifier: BSD-3-Clause
"""Flip one bit in every zipnn blob of 512 KiB on a BlueStore block file whose OSD is stopped.

usage: damage_blobs.py BLOCK_FILE [PLACE [RECORD]]      prints how many blobs were damaged; fails if there is none
       damage_blobs.py BLOCK_FILE undo RECORD
PLACE is a field of src/FORMAT.md (one of PLACES below; default: codes) or `spread`: each blob at another place, the
fields first, then anywhere in the blob; or `zstd`: not zipnn blobs, but zstd blobs of 512 KiB, anywhere in their first
30,000 bytes. RECORD is a file for what undo needs.
"""

import os
import random
import struct
import sys

# u32 raw length and magic: section 2.
RAW_LENGTH = (512 << 10).to_bytes(4, "little")
BLOB_HEAD, ZSTD_HEAD = RAW_LENGTH + b"ZNN\1", RAW_LENGTH + b"\x28\xb5\x2f\xfd"
ZSTD_BYTES = 30_000  # that every one has
STEP = 16 << 20
# Allocations begin at such offsets, and a blob after a short header of BlueStore's. What lies elsewhere is a copy in
# the log of RocksDB, where small writes wait.
ALLOCATION, MOST_HEADER = 4096, 64
MOST_BLOB = 640 << 10
PLANES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 8}  # by layout: section 3.1
# (from, byte, bit): from the blob's start, the first chunk's (8), its planes' payloads, or the end.
PLACES = {
    "raw-length": ("blob", 1, 0),
    "raw-length-top": ("blob", 3, 7),  # more than Ceph ever compresses
    "magic": ("blob", 4, 5),  # no zipnn blob any more: the stock zstd plugin gets it
    "version": ("blob", 7, 1),
    "layout": ("blob", 8, 2),
    "check-bit": ("blob", 8, 7),  # says that there is no CRC
    "chunk-length": ("blob", 10, 0),
    "crc": ("blob", 14, 3),
    "plane-length": ("blob", 17, 0),
    "coder": ("blob", 19, 0),
    "stored-plane": ("payload", 1000, 6),  # mantissas: nothing but the CRC tells
    "code-table": ("codes", 8, 1),  # of the first segment
    "codes": ("codes", 4000, 4),
    "next-chunk": ("next", 1, 0),
    "last-byte": ("end", -1, 0),
}


def extents(fd):
    """The parts of the sparse file that hold data."""
    offset = 0
    while True:
        try:
            offset = os.lseek(fd, offset, os.SEEK_DATA)
        except OSError:
            return
        end = os.lseek(fd, offset, os.SEEK_HOLE)
        yield offset, end
        offset = end


def heads(fd, head):
    """Offsets of all blob heads, those across the border of two reads included."""
    for start, end in extents(fd):
        for offset in range(start, end, STEP):
            data = os.pread(fd, min(STEP + len(head) - 1, end - offset), offset)
            at = data.find(head)
            while at >= 0:
                if (offset + at) % ALLOCATION <= MOST_HEADER:
                    yield offset + at
                at = data.find(head, at + 1)


def chunk(blob, at):
    """Offsets of a chunk's payloads, of plane 0 in them (the last), and of its end: section 3."""
    layout, raw_length = blob[at] & 15, int.from_bytes(blob[at + 1 : at + 4], "little")
    planes = PLANES.get(layout, 0)
    if not planes:
        return at + 8, at + 8, at + 8 + raw_length
    lengths = [word & 0xFFFFFF for word in struct.unpack_from(f"<{planes}I", blob, at + 8)]
    phase = blob[at] >> 4 & 7
    payload = at + 8 + 4 * planes + phase + (raw_length - phase) % planes
    end = payload + sum(lengths)
    return payload, end - lengths[0], end


def origins(blob):
    """Where the offsets of PLACES count from; of a blob that is sound."""
    payload, codes, following = chunk(blob, len(BLOB_HEAD))
    end, raw = len(BLOB_HEAD), 0
    while raw < 512 << 10:
        raw += int.from_bytes(blob[end + 1 : end + 4], "little")
        end = chunk(blob, end)[2]
    return {"blob": 0, "payload": payload, "codes": codes, "next": following, "end": end}


def flip(fd, offset, bit):
    byte = os.pread(fd, 1, offset)
    os.pwrite(fd, bytes([byte[0] ^ (1 << bit)]), offset)


def position(blob, number, place):
    """Byte in the blob, and bit."""
    dice = random.Random(number)
    if place == "zstd":
        return dice.randrange(ZSTD_BYTES), dice.randrange(8)
    starts = origins(blob)
    if place == "spread" and number >= len(PLACES):
        return dice.randrange(starts["end"]), dice.randrange(8)
    origin, byte, bit = PLACES[list(PLACES)[number] if place == "spread" else place]
    return starts[origin] + byte, bit


def undo(fd, record):
    with open(record, encoding="ascii") as lines:
        flips = [tuple(map(int, line.split())) for line in lines]
    for offset, bit in flips:
        flip(fd, offset, bit)
    return flips


def damage(fd, place, record):
    flips = []
    for number, head in enumerate(sorted(set(heads(fd, ZSTD_HEAD if place == "zstd" else BLOB_HEAD)))):
        byte, bit = position(os.pread(fd, MOST_BLOB, head), number, place)
        flip(fd, head + byte, bit)
        flips.append((head + byte, bit))
    with open(record, "w", encoding="ascii") as lines:
        lines.writelines(f"{offset} {bit}\n" for offset, bit in flips)
    return flips


def main():
    block, place, record = (*sys.argv[1:], *("codes", os.devnull)[len(sys.argv) - 2 :])
    fd = os.open(block, os.O_RDWR)
    flips = undo(fd, record) if place == "undo" else damage(fd, place, record)
    os.fsync(fd)
    print(len(flips))
    sys.exit(0 if flips else "no such blob found")


if __name__ == "__main__":
    main()
