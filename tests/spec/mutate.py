# SPDX-License-Identifier: BSD-3-Clause
"""
Damages blobs and files in ways that reach every depth of a decoder; for test_spec.py.

Blind damage (flips, truncations, splices) mostly dies at the first checksum. So chunks are also edited field
by field and then made whole again: the CRC dropped or recomputed, lengths, seek table and footer fitted.
"""

import struct

import build
import decode
import lanes
import rans


def _flip(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut(rng, data):
    """Without some bytes: mostly of the end."""
    start = rng.randrange(len(data))
    return data[:start] + rng.choice((b"", data[start + rng.randint(1, 9) :]))


def _splice(rng, data, other):
    at, start = rng.randint(0, len(data)), rng.randrange(len(other))
    piece = other[start : start + rng.randint(1, 64)]
    return data[:at] + piece + data[at + rng.choice((0, len(piece))) :]


def _append(rng, data, other):
    return data + rng.choice((b"\0", bytes(8), rng.randbytes(rng.randint(1, 40)), data, other))


def blind(rng, data, other):
    """Damage that knows nothing of the format."""
    change = rng.choice((_flip, _flip, _cut, _splice, _append))
    return change(rng, data) if change in (_flip, _cut) else change(rng, data, other)


def _edit_number(rng, data, at, size):
    """Another value of the little-endian integer at data[at]: mostly a near one."""
    value = int.from_bytes(data[at : at + size], "little")
    near = value + rng.randint(-9, 9), value + rng.choice((-256, 256)), value ^ 1, value * 2
    value = rng.choice((*near, 0, 1, rng.getrandbits(8 * size))) % (1 << 8 * size)
    return data[:at] + value.to_bytes(size, "little") + data[at + size :]


def _edit_layout(rng, one):
    layout = rng.choice((one[0] & 0xF0 | rng.randrange(16), one[0] & 0x8F | rng.randrange(8) << 4))
    return bytes((layout,)) + one[1:]


def _edit_descriptor(rng, one):
    planes = decode.LAYOUTS[one[0] & 15].size if one[0] & 15 in decode.LAYOUTS else 1
    at = 8 + 4 * rng.randrange(planes)
    if len(one) < at + 4:
        return one
    if rng.randrange(2):
        return _edit_number(rng, one, at, 3)
    return one[: at + 3] + bytes((rng.choice((0, 1, 2, 3, 4, 5, 6, 255)),)) + one[at + 4 :]


def _edit_phase_and_length(rng, one):
    """Moves the elements within the chunk: often still a chunk, of other raw bytes."""
    phase = (one[0] >> 4 & 7) + rng.choice((-1, 1)) & 7
    one = bytes((one[0] & 0x8F | phase << 4,)) + one[1:]
    return rng.choice((one, _edit_number(rng, one, 1, 3)))


def _edit_plane(rng, one):
    """Codes one plane anew, another way: a sound chunk where its values fit that way."""
    fields = decode.read_chunk(one, 0)
    if not fields.planes:
        return one
    number = rng.randrange(len(fields.planes))
    plane = fields.planes[number]
    values = decode.decode_plane(one, plane, fields.elements)
    coder = rng.randrange(6)
    coded = build.payload(values, coder)
    if rng.randrange(3) == 0:
        values = values[:-1] + _flip(rng, values[-1:])
        coded = build.payload(values, coder)
    return _replace_plane(one, number, coder, coded)


def _replace_plane(one, number, coder, coded):
    at, plane = 8 + 4 * number, decode.read_chunk(one, 0).planes[number]
    return b"".join(
        (one[:at], build.descriptor(coder, len(coded)), one[at + 4 : plane.at], coded, one[plane.at + plane.length :])
    )


def _edit_part(rng, parts, others):
    """A segment with one part changed."""
    names = [name for name in parts if parts[name]]
    if not names:
        return parts
    name = rng.choice(names)
    data = parts[name]
    change = rng.randrange(8)
    if change == 0:
        data = data[: rng.randrange(len(data))]
    elif change == 1:
        data += rng.randbytes(rng.randint(1, 9))
    elif change == 2:
        data = rng.choice(others).get(name, b"")
    elif change < 5 and len(data) <= 3:
        # Millions of values are more than Python decodes in no time.
        data = _edit_number(rng, data, 0, min(len(data), 2))
    else:
        data = _flip(rng, data)
    return dict(parts, **{name: data})


def _recode_lanes(rng, parts, other):
    """A segment of coder lanes with another form, or the code of another one."""
    if rng.randrange(2):
        return lanes.mended(rng, dict(parts, form=bytes((parts["form"][0] & 0xF8 | rng.randint(2, 5),))))
    code = {name: other.get(name, b"") for name in ("form", "kept set", "lengths", "literal set")}
    return lanes.mended(rng, parts | code)


def _recode_rans(rng, parts, other):
    """A segment of coder rans with other frequencies."""
    if rng.randrange(2):
        return rans.reweighted(rng, parts)
    return rans.mended(rng, parts | {name: other[name] for name in ("kept set", "frequencies")})


RECODE = {decode.CODER_LANES: _recode_lanes, decode.CODER_RANS: _recode_rans}


def edit_segments(rng, coder, segments, others):
    """Segments with one lost, doubled, moved, taken from elsewhere, given another code or damaged."""
    segments = list(segments)
    at = rng.randrange(len(segments))
    change = rng.randrange(20)
    if change == 0:
        del segments[at]
    elif change == 1:
        segments.insert(at, segments[at])
    elif change == 2:
        segments.insert(rng.randint(0, len(segments)), segments.pop(at))
    elif change == 3:
        segments[at] = rng.choice(others)
    elif change < 6:
        segments[at] = RECODE[coder](rng, segments[at], rng.choice(others))
    else:
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            segments[at] = _edit_part(rng, segments[at], others)
        if rng.randrange(3) and build.WRITERS[coder].count_values(segments[at]) < 1 << 17:
            segments[at] = build.WRITERS[coder].mended(rng, segments[at])
    return segments


def _edit_segments(rng, one):
    """Damages the segments of one plane of coder lanes or rans."""
    fields = decode.read_chunk(one, 0)
    numbers = [k for k, plane in enumerate(fields.planes) if plane.coder in build.WRITERS]
    if not numbers:
        return one
    number = rng.choice(numbers)
    plane = fields.planes[number]
    coded = one[plane.at : plane.at + plane.length]
    if rng.randrange(5) == 0:
        return _replace_plane(one, number, plane.coder, blind(rng, coded, one))
    segments = build.WRITERS[plane.coder].split(coded, fields.elements)
    segments = edit_segments(rng, plane.coder, segments, segments)
    return _replace_plane(one, number, plane.coder, lanes.join(segments))


def _edit_body(rng, one):
    """Flips bits behind the header: the edge, descriptors or payloads."""
    return one[:8] + _flip(rng, one[8:])


def edit_chunk(rng, one, raw_offset):
    """The chunk with one field or part changed, mostly with no CRC or one that fits."""
    edits = (
        _edit_layout,
        _edit_descriptor,
        _edit_descriptor,
        _edit_phase_and_length,
        _edit_plane,
        _edit_plane,
        _edit_segments,
        _edit_segments,
        _edit_body,
        _edit_body,
        lambda rng, one: _edit_number(rng, one, 1, 3),
        lambda rng, one: _edit_number(rng, one, 4, 4),
        lambda rng, one: one + rng.randbytes(rng.randint(1, 9)),
        lambda rng, one: one[:8] + one[8 : -rng.randint(1, 9)],
    )
    one = rng.choice(edits)(rng, one)
    return rng.choice((one, build.without_crc(one), build.without_crc(one), build.with_crc(one, raw_offset)))


def edit_chunks(rng, chunks, others):
    """Another list of chunks: one edited, moved, lost, doubled or taken from elsewhere."""
    chunks = list(chunks)
    if not chunks:
        return [rng.choice(others)]
    at = rng.randrange(len(chunks))
    change = rng.randrange(12)
    if change == 0:
        chunks.insert(rng.randint(0, len(chunks)), chunks.pop(at))
    elif change == 1:
        del chunks[at]
    elif change == 2:
        chunks.insert(at, chunks[at])
    elif change == 3:
        chunks[at] = rng.choice(others)
    else:
        chunks[at] = edit_chunk(rng, chunks[at], sum(map(build.raw_length, chunks[:at])))
    return chunks


def damage_blob(rng, blob, other, chunks):
    """A damaged zipnn or zstd blob. chunks: some of other containers."""
    kind = rng.randrange(10)
    if kind < 3:
        return blind(rng, blob, other)
    if kind == 3:
        return _edit_number(rng, blob, 0, 4)
    if blob[4:8] == decode.ZSTD_MAGIC:
        return blob[:4] + _splice(rng, blob[4:], other[4:])
    return build.seal_blob(edit_chunks(rng, build.split(blob), chunks))


def damage_segments(rng, coder, segments, others):
    """A zipnn blob of one chunk, of one plane of damaged segments that mostly are as many values as it says."""
    changed = edit_segments(rng, coder, segments, others)
    if rng.randrange(8):
        changed += build.WRITERS[coder].room(changed)
    chunk = build.segments_chunk(changed if changed else segments, coder)
    chunk = rng.choice((chunk, chunk, chunk, chunk[:-1], chunk + b"\0", chunk[:12] + _flip(rng, chunk[12:])))
    if rng.randrange(4) == 0:
        chunk = build.with_crc(chunk, 0)
    return build.seal_blob([chunk])


def damage_file(rng, file, other, chunks):
    """A damaged .znn file whose footer mostly fits. chunks: some of other containers."""
    kind = rng.randrange(10)
    if kind < 2:
        return blind(rng, file, other)
    if kind == 2:
        return _flip(rng, file[:8]) + file[8:]
    if kind > 4:
        return build.seal_file(edit_chunks(rng, build.split(file), chunks))
    own = build.split(file)
    mark, table = build.END_MARK, build.seek_table(own)
    count, raw_bytes = len(own), sum(map(build.raw_length, own))
    what = rng.randrange(5)
    if what == 0:
        mark = _flip(rng, mark)
    elif what == 1:
        table = blind(rng, table or b"\0", other)
    elif what == 2:
        table = b"".join(rng.sample([table[at : at + 12] for at in range(0, len(table), 12)], count))
    elif what == 3:
        count = int.from_bytes(_edit_number(rng, struct.pack("<Q", count), 0, 8), "little")
    else:
        raw_bytes = int.from_bytes(_edit_number(rng, struct.pack("<Q", raw_bytes), 0, 8), "little")
    return file[:8] + b"".join(own) + build.seal_tail(mark, table, count, raw_bytes)
