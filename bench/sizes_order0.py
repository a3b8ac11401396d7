# SPDX-License-Identifier: BSD-3-Clause
"""The order-0 bound: what planes of a float would cost an ideal entropy coder that looks at one byte at a time.

A block is cut into pieces of at most 256 KiB, and each piece is read as bytes, and as elements of 2 and of 4 bytes (in
files of FP64, of 8 bytes too) at each phase. An element is rotated left by one bit and cut into bytes, which go to planes (src/FORMAT.md section 3.1). A
plane of n values costs n times the entropy of the piece's own histogram of that plane; bytes before the first and after
the last element cost themselves. The cheapest reading of each piece counts. Codes, headers and checksums cost nothing, so
no coder that knows byte planes alone gets below it; one that uses repeats, or smaller pieces, may.
"""
import numpy


def plane_bytes(plane):
    """n values times their entropy, in bytes."""
    counts = numpy.bincount(plane, minlength=256)
    counts = counts[counts > 0]
    return float((counts * numpy.log2(plane.size / counts)).sum()) / 8


def reading_bytes(piece, element, phase):
    """What a piece costs when it is read as elements of so many bytes that begin at phase."""
    count = (len(piece) - phase) // element
    if count <= 0:
        return float(len(piece))
    outside = len(piece) - count * element
    values = numpy.frombuffer(piece, dtype=f"<u{element}", offset=phase, count=count)
    if element > 1:
        bits = 8 * element
        values = (values << values.dtype.type(1)) | (values >> values.dtype.type(bits - 1))
    planes = values.view(numpy.uint8).reshape(count, element)
    return outside + sum(plane_bytes(planes[:, k]) for k in range(element))


def piece_bytes(piece, elements):
    readings = [(element, phase) for element in elements for phase in range(element)]
    return min(reading_bytes(piece, element, phase) for element, phase in readings)


def order0_bytes(data, block, largest_piece, elements=(1, 2, 4)):
    """The bound of all the blocks of a file, in bytes, rounded up."""
    total = 0.0
    for start in range(0, len(data), block):
        end = min(start + block, len(data))
        for at in range(start, end, largest_piece):
            total += piece_bytes(data[at:min(at + largest_piece, end)], elements)
    return -int(-total // 1)
