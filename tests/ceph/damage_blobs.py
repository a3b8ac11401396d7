# SPDX-License-Identifier: BSD-3-Clause
"""Flip one bit in the payload of every zipnn blob of 512 KiB on a BlueStore block file whose OSD is stopped.

usage: damage_blobs.py BLOCK_FILE      prints how many blobs were damaged; fails if there is none
"""

import os
import sys

# u32 raw length and magic: src/FORMAT.md section 2.
BLOB_HEAD = (512 << 10).to_bytes(4, "little") + b"ZNN\1"
PAYLOAD_OFFSET = 4000  # behind headers and tables, inside the exponents' codes
STEP = 16 << 20


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


def heads(fd):
    """Offsets of all blob heads, those across the border of two reads included."""
    for start, end in extents(fd):
        for offset in range(start, end, STEP):
            data = os.pread(fd, min(STEP + len(BLOB_HEAD) - 1, end - offset), offset)
            at = data.find(BLOB_HEAD)
            while at >= 0:
                yield offset + at
                at = data.find(BLOB_HEAD, at + 1)


def main():
    fd = os.open(sys.argv[1], os.O_RDWR)
    found = sorted(set(heads(fd)))
    for head in found:
        byte = os.pread(fd, 1, head + PAYLOAD_OFFSET)
        os.pwrite(fd, bytes([byte[0] ^ 0x10]), head + PAYLOAD_OFFSET)
    os.fsync(fd)
    print(len(found))
    sys.exit(0 if found else "no zipnn blob found")


if __name__ == "__main__":
    main()
