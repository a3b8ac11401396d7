# SPDX-License-Identifier: BSD-3-Clause
"""The page of bench/speed: what a reader asks first comes first, all figures last."""
import os
import pathlib
import re

from tree import size_text

# In the order of the tables.
CODECS = ("memcpy", "zstd-1", "zstd-3", "lz4", "blosc2-shuffle-zstd", "blosc2-bitshuffle-zstd", "blosc2-shuffle-lz4",
          "blosc2-bitshuffle-lz4", "huff0-planes", "upstream", "zipnn")
NAMES = {"upstream": "upstream ZipNN"}
BLOCK = 256 << 10  # of the summaries and the pictures: what the plugin cuts blobs into

NOTES = """\
- Everything runs on one thread, memory to memory, in CPU time; medians. The codecs take turns, round by round in random order; `zipnn
  bench` and the process of upstream ZipNN take turns too, and the median of the turns' medians is shown. Every block that comes back is
  compared with what it was, in every round.
- hot: the file is walked block by block; small files stay in a cache. cold: copies of it fill 128 MiB, so that each block comes from memory.
- huff0-planes: zipnn's planes, those that shrink coded by libzstd's Huffman coder; told layout and planes (`zipnn bench --help`). It and
  zipnn, which has to find them, include a CRC-32C.
- blosc2: its default level (5), one chunk a block, all else as it comes; told the size of an element, as detection finds it for each block.
  No checksum.
- upstream ZipNN: the whole file in one call, told the type, chunks of the block's size or the largest it can code (128 KiB a plane, so that
  larger blocks say the same); it allocates what it returns, and that is part of its time."""


def name_of(codec):
    return NAMES.get(codec, codec)


def machine_facts():
    """What distinguishes CPUs of one name, and what hot means."""
    facts = {"cores": os.cpu_count() or 0}
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return facts
    for key, pattern in (("family", r"^cpu family\s*: (\d+)"), ("model", r"^model\s*: (\d+)")):
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            facts[key] = int(found[1])
    for index in pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        try:
            level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        except OSError:
            continue
        if kind != "Instruction":
            facts[f"L{level}"] = size
    return facts


def machine_text(machine):
    chip = ", ".join(f"{key} {machine[key]}" for key in ("family", "model") if key in machine)
    caches = ", ".join(f"{key} {machine[key]}" for key in ("L1", "L2", "L3") if key in machine)
    return "; ".join(part for part in (
        machine["cpu"] + (f" ({chip})" if chip else ""), f"{machine.get('cores', 1)} cores, one used", caches,
        f"kernels {machine['isa']}", machine["compiler"], f"commit {machine['commit']}") if part)


def table(heads, rows, words=1):
    """words: the first columns, which hold no numbers."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * words + "---:|" * (len(heads) - words)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return lines


def speed(mbps):
    return f"{mbps:.0f}"


def percent(row):
    return f"{100 * row['coded_bytes'] / row['raw_bytes']:.1f}"


class Rows:
    """The results, by what is asked of them."""

    def __init__(self, result):
        self.all = result["results"]
        self.names = result["formats"]
        self.by = {(row["file"], row["block"], row["cold"], row["codec"]): row for row in self.all}
        self.files = list(dict.fromkeys((row["format"], row["file"]) for row in self.all))
        self.first = {}  # of each format
        for key, file in self.files:
            self.first.setdefault(key, file)
        self.blocks = sorted({row["block"] for row in self.all})
        self.block = BLOCK if BLOCK in self.blocks else self.blocks[0]
        have = {row["codec"] for row in self.all}
        self.codecs = [codec for codec in CODECS if codec in have]

    def get(self, file, block, codec, cold=False):
        return self.by.get((file, block, cold, codec))

    def ratio(self, file, block, cold=False):
        """zipnn's speeds over huff0-planes', and the difference in points of a per cent."""
        zipnn, rival = (self.get(file, block, codec, cold) for codec in ("zipnn", "huff0-planes"))
        if zipnn is None or rival is None:
            return "-"
        there, back = (zipnn[key] / rival[key] for key in ("compress_mbps", "decompress_mbps"))
        return f"{there:.2f} / {back:.2f}"


def against_huff0(rows):
    yield "## zipnn against huff0-planes"
    yield ""
    yield "Speed of compression / decompression, as a multiple of the strongest rival's: above 1, zipnn is faster."
    yield ""
    heads = ["format", "file", *(size_text(block) for block in rows.blocks)]
    yield from table(heads, ([rows.names[key], file, *(rows.ratio(file, block) for block in rows.blocks)]
                             for key, file in rows.files), words=2)


def summary(rows):
    """A table for each question: codecs down, formats across."""
    cells = (("Size, % of raw", percent), ("Compression, MB/s", lambda row: speed(row["compress_mbps"])),
             ("Decompression, MB/s", lambda row: speed(row["decompress_mbps"])))
    yield f"## All codecs, blocks of {size_text(rows.block)}"
    yield ""
    yield "The first file of each format: " + ", ".join(f"{rows.names[key]} {file}" for key, file in rows.first.items()) + "."
    for title, cell in cells:
        yield ""
        yield from table([title, *(rows.names[key] for key in rows.first)], (
            [name_of(codec), *(cell(row) if row else "-"
                               for row in (rows.get(file, rows.block, codec) for file in rows.first.values()))]
            for codec in rows.codecs))


def cold(rows):
    files = list(dict.fromkeys(row["file"] for row in rows.all if row["cold"]))
    if not files:
        return
    yield "## From main memory (`--cold=128M`)"
    yield ""
    yield "Time is a multiple of memcpy's, there and back."
    block = next(row["block"] for row in rows.all if row["cold"])
    for file in files:
        base = rows.get(file, block, "memcpy", True)
        yield ""
        yield from table([f"{file}, {size_text(block)}", "% of raw", "compress MB/s", "decompress MB/s", "compression: time",
                          "decompression: time"],
                         ([name_of(row["codec"]), percent(row), speed(row["compress_mbps"]), speed(row["decompress_mbps"]),
                           *(f"{base[key] / row[key]:.1f}" for key in ("compress_mbps", "decompress_mbps"))]
                          for row in (rows.get(file, block, codec, True) for codec in rows.codecs) if row))


def stages(result):
    if not result["stages"]:
        return
    names = list(dict.fromkeys(stage["stage"] for row in result["stages"] for stage in row["stages"]))
    block = result["stages"][0]["block"]
    yield "## Where the time goes"
    yield ""
    yield (f"Microseconds of a block of {size_text(block)} (`zipnn bench --stages`): each stage by itself, block by block; rest is what "
           "`zipnn_compress` takes beyond their sum. Verifying, decoding and comparing, is what the plugin adds.")
    yield ""
    by = [{stage["stage"]: stage for stage in row["stages"]} for row in result["stages"]]
    yield from table([f"stage, us / {size_text(block)}", *(result["formats"][row["format"]] for row in result["stages"])],
                     ([name, *(f"{stages[name]['us_per_block']:.1f}" if name in stages else "-" for stages in by)]
                      for name in names))
    yield ""
    yield from table(["stage, ns / value", *(result["formats"][row["format"]] for row in result["stages"])],
                     ([name, *(f"{stages[name]['ns_per_value']:.3f}" if name in stages else "-" for stages in by)]
                      for name in names))


def everything(rows):
    yield "## All figures"
    yield ""
    yield from table(["file", "block", "codec", "% of raw", "compress MB/s", "decompress MB/s", "rounds"], (
        [row["file"], size_text(row["block"]) + (" cold" if row["cold"] else ""), name_of(row["codec"]),
         f"{100 * row['coded_bytes'] / row['raw_bytes']:.3f}", speed(row["compress_mbps"]), speed(row["decompress_mbps"]),
         row["rounds"]] for row in rows.all), words=3)


def markdown(result, pictures):
    rows = Rows(result)
    versions = "".join(f"; {name} {version}" for name, version in sorted(result["versions"].items()))
    parts = [["# Speed on one core", "", f"`{result['command']}`; {machine_text(result['machine'])}{versions}. "
              "1 MB is 10^6 raw bytes."]]
    if pictures:
        parts.append([f"![{picture.removeprefix('speed-').removesuffix('.svg')}: size against speed]({picture})"
                      for picture in pictures[:1]]
                     + ["", "More pictures: " + ", ".join(f"[{picture}]({picture})" for picture in pictures[1:]) + "."
                        if pictures[1:] else ""])
    parts += [list(against_huff0(rows)), list(summary(rows)), list(cold(rows)), list(stages(result)),
              ["## How it was measured", "", NOTES],
              [f"- {name_of(codec)}: {reason}" for codec, reason in sorted(result["missing"].items())],
              list(everything(rows))]
    return "\n\n".join("\n".join(part).strip() for part in parts if part)
