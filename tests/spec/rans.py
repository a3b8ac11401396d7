# SPDX-License-Identifier: BSD-3-Clause
"""
Writes and damages segments of coder rans (section 3.3 of src/FORMAT.md), for build.py, cases.py and mutate.py.

As in lanes.py a segment is a dict of its parts, and what random_segment() writes is legal, but seldom what the library
would: any frequencies, also of values that do not occur, and a segment wherever one likes.
"""

import collections
import random
import struct

import decode
import lanes
from decode import SLOTS, STATE_LAST

PARTS = ["values", "word count", "kept set", "frequencies", "states", "words"]


def u24(number):
    return number.to_bytes(3, "little")


def write_frequencies(rng, frequencies):
    pieces, before = [], 6
    for value in sorted(frequencies):
        frequency, size = frequencies[value], frequencies[value].bit_length()
        pieces += lanes.difference(size - before)
        pieces.append((size - 1, frequency & (1 << size - 1) - 1))
        before = size
    return lanes.bit_string(rng, pieces)


def write_values(values, frequencies):
    """
    The values from the last to the first, which undoes what a decoder does. That leaves no choice: a word was taken
    just where the state before would otherwise be larger than a u32.
    """
    starts, total = {}, 0
    for value in sorted(frequencies):
        starts[value] = total
        total += frequencies[value]
    states, words = [STATE_LAST] * 4, []
    for i in reversed(range(len(values))):
        x, frequency = states[i % 4], frequencies[values[i]]
        if x >= frequency << 20:
            words.append(x & 0xFFFF)
            x >>= 16
        states[i % 4] = x // frequency * SLOTS + x % frequency + starts[values[i]]
    return {
        "values": u24(len(values)),
        "word count": u24(len(words)),
        "states": struct.pack("<4I", *states),
        "words": struct.pack(f"<{len(words)}H", *reversed(words)),
    }


def coded(rng, values, frequencies):
    """A segment and its values, each of which must have a frequency."""
    parts = dict.fromkeys(PARTS) | write_values(values, frequencies)
    parts["kept set"] = lanes.write_set(rng, sorted(frequencies), list(range(256)))
    parts["frequencies"] = write_frequencies(rng, frequencies)
    return parts, values


def constant(value, size):
    return coded(random.Random(0), bytes((value,)) * size, {value: SLOTS})[0]


def random_frequencies(rng):
    """Any legal ones, from even to as uneven as can be."""
    count = rng.choice((1, 2, rng.randint(3, 20), rng.randint(3, 256), 256))
    symbols = rng.sample(range(256), count)
    kind = rng.randrange(4)
    if kind == 0:  # one takes all it can
        return dict.fromkeys(symbols[1:], 1) | {symbols[0]: SLOTS + 1 - count}
    if kind == 1:  # about even
        cuts = sorted((i + 1) * SLOTS // count for i in range(count - 1))
    elif kind == 2:
        cuts = sorted(rng.sample(range(1, SLOTS), count - 1))
    else:  # of all sizes
        weights = [rng.choice((1.5, 2, 3)) ** -i for i in range(count)]
        spare, total = SLOTS - count, sum(weights)
        sizes = [1 + int(spare * weight / total) for weight in weights]
        return dict(zip(symbols, [sizes[0] + SLOTS - sum(sizes), *sizes[1:]]))
    return dict(zip(symbols, (end - start for start, end in zip([0, *cuts], [*cuts, SLOTS]))))


def random_segment(rng):
    """A legal segment and its values."""
    size = rng.choice((rng.randint(1, 9), rng.randint(1, 300), rng.randint(300, 2000)))
    frequencies = random_frequencies(rng)
    weights = rng.choice((list(frequencies.values()), None))  # as the code expects them, or as not
    return coded(rng, bytes(rng.choices(list(frequencies), weights, k=size)), frequencies)


def count_values(parts):
    return int.from_bytes(parts["values"][:3], "little")


def room(segments):
    """A segment of one value with which the plane is no shorter than its payload, where it would be."""
    lacking = len(lanes.join(segments)) + len(lanes.join([constant(7, 1)])) - sum(map(count_values, segments))
    return [constant(7, lacking)] if lacking > 0 else []


def split(payload, count):
    """The segments of a sound payload."""
    return lanes.split(payload, count, decode.read_rans_segment)


def payload(values):
    """Section 3.2: values, coded in a simple way: as one segment, with the frequencies they have, but for rounding."""
    counts, spare = collections.Counter(values), SLOTS - len(set(values))
    frequencies = {value: 1 + spare * count // len(values) for value, count in counts.items()}
    frequencies[values[0]] += SLOTS - sum(frequencies.values())
    return lanes.join([coded(random.Random(0), values, frequencies)[0]])


def head(parts):
    """The segment's values, kept set and frequencies, as decode.py reads them; None where it rejects them."""
    least = {"word count": bytes(3), "states": struct.pack("<4I", *[STATE_LAST] * 4), "words": b""}
    try:
        segment = decode.read_rans_segment(lanes.join([parts | least]), 0)
    except decode.FormatError:
        return None
    return segment if segment.end == len(lanes.join([parts | least])) else None


def frequencies_of(segment):
    return dict(collections.Counter(value for value, _, _ in segment.slots))


def mended(rng, parts):
    """
    The segment with states and words that end as they must, so that damage is not rejected for them: what its bits mean
    with its frequencies, coded anew; unchanged where its head is broken.
    """
    segment = head(parts)
    if segment is None:
        return parts
    states = struct.unpack("<4I", lanes.cut(rng, parts["states"], 16))
    states = [max(state, STATE_LAST) for state in states]
    values = decode.decode_rans_values(segment, states, lanes.supply(rng, parts["words"], []))
    return parts | write_values(values, frequencies_of(segment))


def reweighted(rng, parts):
    """The segment with a part of one value's frequency given to another, which may be new."""
    segment = head(parts)
    if segment is None:
        return parts
    frequencies = frequencies_of(segment)
    giver, taker = rng.choice(list(frequencies)), rng.randrange(256)
    amount = rng.randint(1, frequencies[giver])
    frequencies[giver] -= amount
    frequencies[taker] = frequencies.get(taker, 0) + amount
    kept = {value: frequency for value, frequency in frequencies.items() if frequency}
    code = coded(rng, b"", kept)[0]
    return mended(rng, parts | {name: code[name] for name in ("kept set", "frequencies")})
