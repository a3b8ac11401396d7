# SPDX-License-Identifier: BSD-3-Clause
"""The pictures of bench/speed: size against speed, a mark for each codec, compression on the left, decompression on the right.

An SVG has a background of its own, light or dark as the reader likes, so that it is readable wherever it is shown. Every mark
has its name beside it. Where the names would overlap they move, and a line leads back.
"""
import html
import math
import random

from speed_page import Rows, name_of
from tree import size_text

WIDTH, HEIGHT = 980, 480
TOP, BOTTOM, LEFT, RIGHT, GAP = 84, 76, 72, 28, 40
PANEL_WIDTH = (WIDTH - LEFT - RIGHT - GAP) / 2
PANEL_HEIGHT = HEIGHT - TOP - BOTTOM
FONT = 12.5
# Widths of letters: those of DejaVu Sans, the widest of the fonts below.
NARROW, WIDE = 0.40 * FONT, 0.64 * FONT
MARK = 5.5
ROOM = 3  # pixels between a name and anything else
NEAR = 14  # beyond it a line leads from a mark to its name
DISTANCES = (MARK + 3, NEAR, 22, 32, 44, 58, 74, 92, 112, 134)
ORDERS = 12  # tries of placing names
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)

STYLE = """
text { font-family: system-ui, "Segoe UI", "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 12.5px; fill: #3d444d }
.page { fill: #ffffff; stroke: #d8dee4 }
.title { font-size: 18px; font-weight: 600; fill: #1f2328 }
.head { font-size: 14px; font-weight: 600; fill: #1f2328 }
.note, .tick { fill: #656d76 }
.grid { stroke: #e4e8ec; fill: none }
.front { stroke: #0a7d5a; stroke-opacity: .45; stroke-dasharray: 2 4; stroke-width: 1.5; fill: none }
.lead { stroke: #8c959f; stroke-width: .8 }
.name { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round }
.zipnn { fill: #0a7d5a; font-weight: 700 }
.huff0 { fill: #b3420a }
.upstream { fill: #8250df }
.blosc2 { fill: #0969da }
.lz { fill: #57606a }
circle { stroke: #ffffff; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #c3cad2 }
.page { fill: #0d1117; stroke: #30363d }
.title, .head { fill: #e6edf3 }
.note, .tick { fill: #8d96a0 }
.grid { stroke: #232a32 }
.front { stroke: #3fcf9b }
.lead { stroke: #6e7681 }
.name { stroke: #0d1117 }
.zipnn { fill: #3fcf9b }
.huff0 { fill: #f0883e }
.upstream { fill: #b692f6 }
.blosc2 { fill: #58a6ff }
.lz { fill: #a5aeb8 }
circle { stroke: #0d1117 }
}"""


def style_of(codec):
    for word in ("zipnn", "huff0", "upstream", "blosc2"):
        if codec.startswith(word):
            return word
    return "lz"


class Box:
    def __init__(self, left, top, width, height):
        self.left, self.top, self.right, self.bottom = left, top, left + width, top + height

    def overlap(self, other):
        """The area of both."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0

    def holds(self, point):
        return self.left < point[0] < self.right and self.top < point[1] < self.bottom

    def within(self, other):
        return (self.left >= other.left and self.right <= other.right and self.top >= other.top
                and self.bottom <= other.bottom)


class Place:
    """Where a name may stand: the box around it, and points of the line that leads there from far away."""

    def __init__(self, mark, box, distance):
        self.box = box
        self.distance = distance
        self.end = (min(max(mark[0], box.left + ROOM), box.right - ROOM),
                    min(max(mark[1], box.top + ROOM), box.bottom - ROOM))
        self.lead = [tuple(m + (e - m) * i / 6 for m, e in zip(mark, self.end)) for i in range(1, 6)] if distance > NEAR else []


class Label:
    """A name, its mark, and its places: around the mark, nearest first."""

    def __init__(self, text, x, y):
        self.text, self.x, self.y = text, x, y
        self.width = sum(NARROW if letter in "filrt-.1" else WIDE for letter in text)
        self.mark = Box(x - MARK - 1, y - MARK - 1, 2 * MARK + 2, 2 * MARK + 2)
        self.places = [Place((x, y), self.box(dx, dy), distance) for distance in DISTANCES
                       for dx, dy in self.directions(distance)]
        self.place = self.places[0]

    @staticmethod
    def directions(distance):
        steps = 8 if distance <= NEAR else 24
        return [(distance * math.cos(2 * math.pi * i / steps), distance * math.sin(2 * math.pi * i / steps))
                for i in range(steps)]

    def box(self, dx, dy):
        """With its nearest edge or corner at the distance; above and below, centred."""
        left = self.x + dx if dx > 1 else self.x + dx - self.width if dx < -1 else self.x - self.width / 2
        beside = abs(dx) > abs(dy) * 1.5
        top = self.y + dy - (FONT / 2 if beside else 0 if dy > 0 else FONT)
        return Box(left - ROOM, top - ROOM, self.width + 2 * ROOM, FONT + 2 * ROOM)

    def cost(self, place, labels, panel, limit=math.inf):
        """How far away it is; much more if it touches anything. Beyond the limit it does not matter how much."""
        total = place.distance + (0 if place.box.within(panel) else 1e6)
        for other in labels:
            if total >= limit:
                break
            total += 1e3 * place.box.overlap(other.mark)
            if other is not self:
                total += 1e3 * place.box.overlap(other.place.box)
                total += 200 * sum(map(place.box.holds, other.place.lead))
                total += 200 * sum(map(other.place.box.holds, place.lead)) + 60 * sum(map(other.mark.holds, place.lead))
        return total


def crossings(labels):
    """Pairs of lines that cross, by the turns from one to the ends of the other."""
    def turns(start, end, point):
        return (end[0] - start[0]) * (point[1] - start[1]) > (end[1] - start[1]) * (point[0] - start[0])

    lines = [((label.x, label.y), label.place.end) for label in labels if label.place.lead]
    return sum(turns(a, b, c) != turns(a, b, d) and turns(c, d, a) != turns(c, d, b)
               for i, (a, b) in enumerate(lines) for c, d in lines[:i])


def settle_once(labels, panel):
    """Each name in turn takes the best place that the others leave, until none moves. Returns what it all costs."""
    for _ in range(20):
        before = [label.place for label in labels]
        for label in labels:
            least = math.inf
            for place in label.places:
                if place.distance >= least:
                    break
                cost = label.cost(place, labels, panel, least)
                if cost < least:
                    least, label.place = cost, place
        if before == [label.place for label in labels]:
            break
    return sum(label.cost(label.place, labels, panel) for label in labels) + 100 * crossings(labels)


def settle(labels, panel):
    """The best of some orders of taking turns; the same at every run."""
    generator = random.Random(1)
    tries = []
    for _ in range(ORDERS):
        order = generator.sample(labels, len(labels))
        for label in labels:
            label.place = label.places[0]
        tries.append((settle_once(order, panel), [label.place for label in labels]))
    for label, place in zip(labels, min(tries, key=lambda one: one[0])[1]):
        label.place = place


class Scale:
    """From values to pixels."""

    def __init__(self, rows):
        speeds = [row[key] / 1e3 for row in rows for key in ("compress_mbps", "decompress_mbps")]
        sizes = [100 * row["coded_bytes"] / row["raw_bytes"] for row in rows]
        self.slowest, self.fastest = math.log10(min(speeds) * 0.75), math.log10(max(speeds) * 1.35)
        room = max((max(sizes) - min(sizes)) * 0.12, 1.0)
        self.smallest, self.largest = min(sizes) - room, max(sizes) + room

    def x(self, gbps):
        return PANEL_WIDTH * (math.log10(gbps) - self.slowest) / (self.fastest - self.slowest)

    def y(self, percent):
        return PANEL_HEIGHT * (self.largest - percent) / (self.largest - self.smallest)

    def speeds(self):
        return [tick for tick in TICKS if self.slowest <= math.log10(tick) <= self.fastest]

    def sizes(self):
        step = next(step for step in (0.5, 1, 2, 5, 10, 20, 50) if (self.largest - self.smallest) / step <= 8)
        first = math.ceil(self.smallest / step)
        return [step * i for i in range(first, math.floor(self.largest / step) + 1)]


def text(x, y, words, style="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{html.escape(words)}</text>'


def front(points):
    """The stair of those that no other beats in both, from the fastest down."""
    best, corners = math.inf, []
    for x, y in sorted(points, key=lambda point: (-point[0], -point[1])):
        if -y < best:  # lower on the picture: smaller
            if corners:
                corners.append((x, corners[-1][1]))
            corners.append((x, y))
            best = -y
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def lead(label):
    """From the mark to the nearest point of a name that had to move away."""
    if not label.place.lead:
        return ""
    x, y = label.place.end
    return f'<line class="lead" x1="{label.x:.1f}" y1="{label.y:.1f}" x2="{x:.1f}" y2="{y:.1f}"/>'


def panel(title, rows, key, scale, with_sizes):
    yield text(0, -14, title, "head")
    for size in scale.sizes():
        y = scale.y(size)
        yield f'<path class="grid" d="M0 {y:.1f}H{PANEL_WIDTH:.1f}"/>'
        if with_sizes:
            yield text(-8, y + 4, f"{size:g} %", "tick", "end")
    for gbps in scale.speeds():
        x = scale.x(gbps)
        yield f'<path class="grid" d="M{x:.1f} 0V{PANEL_HEIGHT:.1f}"/>'
        yield text(x, PANEL_HEIGHT + 18, f"{gbps:g}", "tick", "middle")
    yield text(PANEL_WIDTH / 2, PANEL_HEIGHT + 38, "GB/s of raw bytes", "note", "middle")
    labels = []
    for row in rows:
        labels.append(Label(name_of(row["codec"]), scale.x(row[key] / 1e3),
                            scale.y(100 * row["coded_bytes"] / row["raw_bytes"])))
    settle(labels, Box(-6, -6, PANEL_WIDTH + RIGHT, PANEL_HEIGHT + 6))
    # What does not compress is no rival: its speed is that of memory.
    shrunk = [(label.x, label.y) for row, label in zip(rows, labels) if row["coded_bytes"] < 0.999 * row["raw_bytes"]]
    yield f'<polyline class="front" points="{front(shrunk)}"/>'
    yield from (lead(label) for label in labels)
    for row, label in zip(rows, labels):
        style = style_of(row["codec"])
        yield f'<circle class="{style}" cx="{label.x:.1f}" cy="{label.y:.1f}" r="{MARK + (1.5 if style == "zipnn" else 0)}"/>'
    for row, label in zip(rows, labels):
        box = label.place.box
        yield text(box.left + ROOM, box.bottom - ROOM - FONT * 0.18, label.text, "name " + style_of(row["codec"]))


def draw(title, subtitle, rows):
    """The picture of some rows of one file."""
    scale = Scale(rows)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
             f'role="img" aria-label="{html.escape(title)}">', f"<style>{STYLE}</style>",
             f'<rect class="page" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
             text(LEFT, 30, title, "title"), text(WIDTH - RIGHT, 30, "better: lower and further right; dotted: the best there is", "note", "end"),
             text(LEFT, HEIGHT - 12, subtitle, "note")]
    for number, (head, key) in enumerate((("Compression", "compress_mbps"), ("Decompression", "decompress_mbps"))):
        lines.append(f'<g transform="translate({LEFT + number * (PANEL_WIDTH + GAP):.1f} {TOP})">')
        lines += panel(head, rows, key, scale, number == 0)
        lines.append("</g>")
    return "\n".join([*(line for line in lines if line), "</svg>"]) + "\n"


def draw_all(result):
    """{name of a file: picture}: of the first file of each format."""
    rows = Rows(result)
    machine = result["machine"]
    pictures = {}
    for key, file in rows.first.items():
        found = [row for row in (rows.get(file, rows.block, codec) for codec in rows.codecs) if row]
        subtitle = (f"{file}, blocks of {size_text(rows.block)[:-1]} {size_text(rows.block)[-1]}iB; one core of {machine['cpu']}, {machine['isa']}; "
                    f"{machine['compiler']}; commit {machine['commit']}")
        pictures[f"speed-{key}.svg"] = draw(f"{rows.names[key]}: size against speed", subtitle, found)
    return pictures
