# SPDX-License-Identifier: BSD-3-Clause
"""What bench/sizes prints: a Markdown table with what it depends on below it, or JSON."""
import json

ORDER0_PIECE = 256 << 10

# Key and heading, in the order of the columns.
COLUMNS = (
    ("order-0", "order-0"),
    ("huff0-planes", "huff0-planes"),
    ("zstd-3", "zstd-3"),
    ("blosc2-shuffle", "blosc2 shuffle"),
    ("blosc2-bitshuffle", "blosc2 bitshuffle"),
    ("upstream", "upstream ZipNN"),
    ("zipnn", "zipnn"),
    ("best", "zipnn --best"),
)

NOTES = """\
Per cent of the raw bytes; the last column is zipnn less huff0-planes, in points of a per cent: below zero, zipnn is smaller.
Every block is coded by itself; containers, tables and checksums are included.

- order-0: bytes times entropy of the byte planes (elements of 1, 2 or 4 bytes at any phase, the cheapest for each piece; rotated
  left by one bit), a table for each plane of each piece of up to 256 KiB; nothing for tables or headers
- huff0-planes: zipnn's planes, those that shrink coded by libzstd's Huffman coder, a table for each 128 KiB (`zipnn bench --help`)
- blosc2: one filter, zstd level 1, one chunk for each block, planes apart, element size told
- upstream ZipNN: the whole file in one call, type told, one thread, chunks of the block's size or the largest it can code
  (128 KiB a plane); bytes after the last whole element are added as they are"""


def size_text(block):
    return f"{block >> 10}K" if block % 1024 == 0 else str(block)


class Result:
    """rows: dicts of file, block, raw_bytes, dtype, coded_bytes {codec: bytes}; reasons: {codec: why it is missing}."""

    def __init__(self, rows, machine, reasons, versions, command):
        self.rows = rows
        self.machine = machine
        self.reasons = reasons
        self.versions = versions
        self.command = command

    def json(self):
        return json.dumps({"machine": self.machine, "command": self.command, "versions": self.versions,
                           "missing": self.reasons, "results": self.rows}, indent=1)

    def markdown(self):
        heads = ["file", "block", "raw bytes", *(head for _, head in COLUMNS), "zipnn - huff0"]
        lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
        lines += [self.row(row) for row in self.rows]
        lines += ["", NOTES, ""]
        keys = dict(COLUMNS)
        lines += [f"{keys.get(codec, codec)}: {reason}" for codec, reason in sorted(self.reasons.items())]
        if self.reasons:
            lines.append("")
        versions = "".join(f"; {name} {version}" for name, version in sorted(self.versions.items()))
        lines.append(f"{self.machine['cpu']}; kernels {self.machine['isa']}; {self.machine['compiler']}; "
                     f"commit {self.machine['commit']}{versions}; command: `{self.command}`")
        return "\n".join(lines)

    @staticmethod
    def row(row):
        sizes, raw = row["coded_bytes"], row["raw_bytes"]
        cells = [row["file"].replace("|", "\\|"), size_text(row["block"]), str(raw)]
        cells += [f"{100 * sizes[key] / raw:.2f}" if key in sizes else "-" for key, _ in COLUMNS]
        both = "zipnn" in sizes and "huff0-planes" in sizes
        cells.append(f"{100 * (sizes['zipnn'] - sizes['huff0-planes']) / raw:+.3f}" if both else "-")
        return "| " + " | ".join(cells) + " |"
