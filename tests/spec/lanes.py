# SPDX-License-Identifier: BSD-3-Clause
"""
Writes and damages segments of coder lanes (section 4 of src/FORMAT.md), for build.py, cases.py and mutate.py.

A segment here is a dict of its parts, each the bytes of one line of the page's tables, so that any one can be changed.
What random_segment() writes is legal, but seldom what the library would: any code, and every freedom the page leaves.
"""

import collections
import dataclasses
import functools
import itertools
import random
import struct

import decode
from decode import BLOCK, ESCAPE, ROW


@dataclasses.dataclass(frozen=True)
class Code:
    """What a writer chooses first. Form 2 is a narrow code; 3, 4, 5 are codes with 0, 1, 2 raw bits."""

    form: int
    lengths: dict  # of each symbol's class code
    literal_bits: int = 0
    literal_set: tuple = ()

    @property
    def raw_bits(self):
        return max(self.form - 3, 0)

    @functools.cached_property
    def ranks(self):
        return sorted(self.lengths, key=lambda symbol: (self.lengths[symbol], symbol))

    @functools.cached_property
    def classes(self):
        """Length and bits of each class code, the first bit the lowest."""
        lengths = [self.lengths[symbol] for symbol in self.ranks[:: 1 << self.raw_bits]]
        codes, x = [], 0
        for length in reversed(lengths):
            codes.insert(0, (length, sum((x >> 7 - i & 1) << i for i in range(length))))
            x += 1 << 8 - length
        return codes


def concatenated(pieces):
    """The size and the bits, the lowest first, of many such pairs."""
    number = size = 0
    for width, bits in pieces:
        number |= bits << size
        size += width
    return size, number


def bit_string(rng, pieces):
    """Section 4: the bits of the pieces; rubbish fills the last byte."""
    size, number = concatenated(pieces)
    padding = -size % 8
    return (number | rng.getrandbits(padding) << size).to_bytes((size + padding) // 8, "little")


def write_set(rng, members, universe):
    """Section 4.1: those of the universe from the first to the last of members, as a bit for each."""
    start, end = universe.index(members[0]), universe.index(members[-1]) + 1
    return bytes((members[0], end - start - 1)) + bit_string(rng, [(1, x in members) for x in universe[start:end]])


def difference(delta):
    """Sections 3.3 and 4.1, as pieces of a bit string."""
    return [(abs(delta) + 1, (1 << abs(delta)) - 1)] + [(1, delta < 0)] * (delta != 0)


def write_lengths(rng, lengths):
    pieces, before = [], 4
    for symbol in sorted(lengths):
        pieces += difference(lengths[symbol] - before)
        before = lengths[symbol]
    return bit_string(rng, pieces)


def constant(value, size):
    return {"form": b"\1", "values": struct.pack("<H", size - 1), "tail": bytes((value,))}


def stored(values):
    return {"form": b"\0", "values": struct.pack("<H", len(values) - 1), "tail": values}


def _choose(rng, code, value):
    """Rank, and literal or None, of a value: mostly the usual ones."""
    ways = [(code.ranks.index(value), None)] if value in code.lengths else []
    beyond = range(len(code.ranks), len(code.classes) << code.raw_bits)  # of a short last class
    if ESCAPE in code.lengths:
        ways += [(rank, _choose_literal(rng, code, value)) for rank in (code.ranks.index(ESCAPE), *beyond)]
    elif value == 0:
        ways += [(rank, None) for rank in beyond]
    return ways[0] if rng.randrange(20) else rng.choice(ways)


def _choose_literal(rng, code, value):
    """Index, and raw literal or None, of a value that escapes."""
    raw = (1 << code.literal_bits) - 1
    ways = [(code.literal_set.index(value), None)] if value in code.literal_set else []
    ways += [(raw, value)]
    ways += [(index, None) for index in range(len(code.literal_set), raw)] if value == 0 else []
    return ways[0] if rng.randrange(20) else rng.choice(ways)


def _fit(rng, code, ways, v, blocks, still):
    """
    The bits of lane v, and how many of its window are missing at the start. What the window of the last blocks cannot
    hold becomes the class whose code is all zeros: those bits need not be there.
    """
    rows = range(v, BLOCK * blocks, ROW)
    classes, r = code.classes, code.raw_bits
    late = ROW * 2 * max(blocks - still, 0)
    front = sum(classes[ways[i][0] >> r][0] for i in rows if i < late)
    back = sum(classes[ways[i][0] >> r][0] for i in rows if i >= late)
    fitting = [m for m in range(16) if (m + front) % 16 + back <= 32]
    missing = rng.choice(fitting or range(16))
    end = front + 32 - (missing + front) % 16
    pieces, at = [], 0
    for i in rows:
        length, bits = classes[ways[i][0] >> r]
        if i >= late and bits >> max(end - at, 0):
            rank = len(classes) - 1 << r
            literal = _choose_literal(rng, code, rng.randrange(256)) if code.ranks[rank] == ESCAPE else None
            ways[i] = rank, literal
            length, bits = classes[-1]
        pieces.append((length, bits))
        at += length
    return pieces, missing


def coded(rng, values, code, still=2):
    """
    A coded segment, and its values: with still = 2 those that were to be coded, with more perhaps others in the last
    blocks. The code must be able to code them.
    """
    blocks = len(values) // BLOCK
    ways = [_choose(rng, code, value) for value in values[: blocks * BLOCK]]
    lanes, missing = zip(*(_fit(rng, code, ways, v, blocks, still) for v in range(ROW)))
    # Behind the end comes rubbish, of which the window holds some.
    streams = [bits | rng.getrandbits(32) << size for size, bits in map(concatenated, lanes)]
    windows = [stream & (1 << 32 - m) - 1 for stream, m in zip(streams, missing)]
    streams = [stream >> 32 - m for stream, m in zip(streams, missing)]
    words, left = ([], []), list(missing)
    for block in range(blocks - still):
        for v, pieces in enumerate(lanes):
            left[v] += pieces[2 * block][0] + pieces[2 * block + 1][0]
            if left[v] >= 16:
                words[v % 2].append(streams[v] & 0xFFFF)
                streams[v] >>= 16
                left[v] -= 16
    literals = [literal for _, literal in ways if literal is not None]
    raw_literals = bytes(value for _, value in literals if value is not None)
    rows = []
    for row in range(0, len(ways), ROW):
        ranks = [rank for rank, _ in ways[row : row + ROW]]
        rows += [(ROW, sum((rank >> k & 1) << v for v, rank in enumerate(ranks))) for k in range(code.raw_bits)]
    parts = write_head(rng, code, len(values), still)
    parts["escapes"] = struct.pack("<H", len(literals))
    parts["raw_literals"] = struct.pack("<H", len(raw_literals))
    parts["words of group 0"], parts["words of group 1"] = (struct.pack("<H", len(group)) for group in words)
    parts["words"] = struct.pack(f"<{len(words[0] + words[1])}H", *words[0], *words[1])
    parts["missing"] = bytes(missing[v] | missing[v + 1] << 4 for v in range(0, ROW, 2))
    order = [*range(0, ROW, 2), *range(1, ROW, 2)]  # of lanes in the windows: group by group
    parts["windows, low"] = struct.pack(f"<{ROW}H", *(windows[v] & 0xFFFF for v in order))
    parts["windows, high"] = bit_string(rng, [(16 - missing[v], windows[v] >> 16) for v in order])
    parts["literal indices"] = bit_string(rng, [(code.literal_bits, index) for index, _ in literals])
    parts["raw literals"] = raw_literals
    parts["raw bits"] = bit_string(rng, rows)
    parts["tail"] = values[blocks * BLOCK :]
    return parts, bytes(_meaning(code, *way) for way in ways) + parts["tail"]


def write_head(rng, code, size, still):
    """All the parts, of which those behind the literal set are still empty."""
    kept = [symbol for symbol in sorted(code.lengths) if symbol != ESCAPE]
    parts = dict.fromkeys(PARTS, b"")
    parts["form"] = bytes((code.form | code.literal_bits << 3 | (ESCAPE in code.lengths) << 6,))
    parts["values"] = struct.pack("<H", size - 1)
    parts["still_blocks"] = bytes((still,))
    parts["kept set"] = write_set(rng, kept, list(range(256)))
    parts["lengths"] = write_lengths(rng, code.lengths)
    if code.literal_bits:
        parts["literal set"] = write_set(rng, code.literal_set, [x for x in range(256) if x not in kept])
    return parts


PARTS = ["form", "values", "still_blocks", "escapes", "raw_literals", "words of group 0", "words of group 1"]
PARTS += ["kept set", "lengths", "literal set", "words", "missing", "windows, low", "windows, high"]
PARTS += ["literal indices", "raw literals", "raw bits", "tail"]


def _meaning(code, rank, literal):
    """The value of a rank and a literal."""
    if literal is None:
        return code.ranks[rank] if rank < len(code.ranks) else 0
    index, value = literal
    if value is not None:
        return value
    return code.literal_set[index] if index < len(code.literal_set) else 0


def _tree(rng, leaves, deepest):
    """Lengths of a full code with so many leaves, from balanced to as lopsided as can be."""
    lengths = [0]
    pick = rng.choice((rng.choice, rng.choice, max, min))
    while len(lengths) < leaves:
        at = pick([length for length in lengths if length < deepest])
        lengths.remove(at)
        lengths += [at + 1] * 2
    return lengths


def random_code(rng):
    """Any legal code."""
    form = rng.choice((2, 3, 4, 5))
    escape = form == 2 or rng.randrange(3) > 0
    r = max(form - 3, 0)
    if form == 2:
        lengths = _tree(rng, rng.randint(2, 14), 4)
        if 4 in lengths and rng.randrange(3):
            lengths.remove(4)
            lengths += [4 + length for length in _tree(rng, rng.randint(2, min(8, 16 - len(lengths))), 3)]
    else:
        most = 256 >> r
        lengths = _tree(rng, rng.choice((2, 3, rng.randint(2, 20 >> r), rng.randint(2, most), most)), 8)
    lengths = [length for length in sorted(lengths) for _ in range(1 << r)]
    lengths = lengths[: len(lengths) - rng.choice((0, rng.randrange(1 << r)))]
    low = rng.randint(0, 256 - len(lengths))
    pool = range(256) if rng.randrange(2) else range(low, low + len(lengths))
    symbols = rng.sample(pool, len(lengths) - escape) + [ESCAPE] * escape
    rng.shuffle(symbols)
    if rng.randrange(2) and escape:  # the escape in the last class, as is usual
        symbols.append(symbols.pop(symbols.index(ESCAPE)))
    code = Code(form, dict(zip(symbols, lengths)))
    others = [value for value in range(256) if value not in code.lengths]
    if not escape or rng.randrange(4) == 0:
        return code
    width = rng.randint(1, 7)
    most = min((1 << width) - 1, len(others))
    size = rng.choice((most, rng.randint(1, most)))
    return dataclasses.replace(code, literal_bits=width, literal_set=tuple(sorted(rng.sample(others, size))))


def random_values(rng, code, size):
    """Values as the code expects them."""
    weights = [2.0 ** -code.lengths[symbol] for symbol in code.lengths]
    often = rng.choice((256, 256, 8))  # escapes to the literal set, or to any value
    values = rng.choices(list(code.lengths), weights, k=size)
    literals = [*code.literal_set * 20, *range(often)]
    return bytes(rng.choice(literals) if value == ESCAPE else value for value in values)


def random_segment(rng):
    """A legal segment and its values."""
    still = rng.randint(2, 16)
    edges = 128, 129, BLOCK * still, BLOCK * (still + 1)
    size = rng.choice((rng.randint(1, 127), rng.randint(128, 900), rng.randint(900, 3000), rng.choice(edges)))
    kind = rng.randrange(20)
    if kind == 0:
        values = rng.randbytes(size)
        return stored(values), values
    if kind == 1:
        value = rng.randrange(256)
        return constant(value, size), bytes((value,)) * size
    code = random_code(rng)
    return coded(rng, random_values(rng, code, size), code, still)


def join(segments):
    return b"".join(b"".join(parts.values()) for parts in segments)


def split(payload, count, read=decode.read_segment):
    """The segments of a sound payload."""
    segments, at = [], 0
    while count > 0:
        segment = read(payload, at)
        segments.append({name: payload[start:end] for name, (start, end) in segment.places.items()})
        count -= segment.values
        at = segment.end
    return segments


def count_values(parts):
    return int.from_bytes(parts["values"][:2], "little") + 1


def room(segments):
    """A constant segment with which the plane is no shorter than its payload, where it would be."""
    lacking = len(join(segments)) + 4 - sum(map(count_values, segments))
    return [constant(7, min(lacking, 1 << 16))] if lacking > 0 else []


def payload(values):
    """Section 3.2: values, coded in the simplest way: the 15 most common ones and the escape have 4 bits each."""
    segments, rng = [], random.Random(0)
    for at in range(0, len(values), 1 << 16):
        piece = values[at : at + (1 << 16)]
        kept = [value for value, _ in collections.Counter(piece).most_common(15)]
        kept += [value for value in range(16) if value not in kept][: 15 - len(kept)]
        parts, result = coded(rng, piece, Code(2, dict.fromkeys([*kept, ESCAPE], 4)))
        assert result == piece
        segments.append(parts)
    return join(segments)


def mended(rng, parts):
    """
    The segment with counts and streams that fit what its code makes of its bits, so that damage to the code or to the
    bits is not rejected for them; unchanged where its head is broken. Streams are cut, or go on with rubbish.
    """
    old = {name: parts.get(name, b"") for name in PARTS}
    counts = PARTS[3:7]
    head = b"".join(bytes(2) if name in counts else old[name] for name in PARTS[:10])
    try:
        segment = decode.read_segment(head + cut(rng, old["missing"], 32) + bytes(1 << 15), 0)
    except decode.FormatError:
        return parts
    if segment.code is None or segment.places["words"][0] != len(head):
        return parts
    streams = {"low": cut(rng, old["windows, low"], 2 * ROW), "high": cut(rng, old["windows, high"], 2 * ROW)}
    windows = decode.unpack_windows(*streams.values(), segment.missing)
    start, taken = 2 * int.from_bytes(old[counts[2]], "little"), ([], [])
    words = supply(rng, old["words"][:start], taken[0]), supply(rng, old["words"][start:], taken[1])
    classes = decode.decode_classes(segment, windows, words)
    new = dict(old, missing=cut(rng, old["missing"], 32))
    new["words"] = struct.pack(f"<{len(taken[0] + taken[1])}H", *taken[0], *taken[1])
    new["windows, low"] = streams["low"]
    new["windows, high"] = streams["high"][: -(-(16 * ROW - sum(segment.missing)) // 8)]
    new["raw bits"] = cut(rng, old["raw bits"], 16 * segment.code.raw_bits * (segment.values // BLOCK))
    ranks = decode.decode_ranks(segment, classes, new["raw bits"])
    escapes = [segment.code.meanings[rank] for rank in ranks].count(ESCAPE)
    if escapes > 0xFFFF:
        return parts
    width = segment.literal_bits
    new["literal indices"] = cut(rng, old["literal indices"], -(-escapes * width // 8))
    indices, most = int.from_bytes(new["literal indices"], "little"), (1 << width) - 1
    raw = sum(indices >> i * width & most == most for i in range(escapes))
    new["raw literals"] = cut(rng, old["raw literals"], raw)
    new["tail"] = cut(rng, old["tail"], segment.values % BLOCK)
    return new | {name: struct.pack("<H", n) for name, n in zip(counts, (escapes, raw, *map(len, taken)))}


def cut(rng, data, size):
    return (data + rng.randbytes(max(size - len(data), 0)))[:size]


def supply(rng, data, taken):
    """Words without end, of which those that were taken are noted."""
    own = struct.unpack(f"<{len(data) // 2}H", data[: len(data) & ~1])
    for word in itertools.chain(own, iter(lambda: rng.getrandbits(16), None)):
        taken.append(word)
        yield word
