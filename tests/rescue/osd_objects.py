#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Gets RADOS objects out of a Ceph OSD (BlueStore) that is down, where no zipnn plugin is at hand.

ceph-objectstore-tool, which needs no compressor for that, tells where the pieces of an object lie (`dump`); they are
read from the block device; those that BlueStore has compressed go through `rescue` (rescue.c). Nothing is written to
the OSD, but that tool mounts it, which replays its journal as a start would. README.md is the recipe.

All that is read is checked: BlueStore's checksums, those inside the blobs, and the digest of the whole object where
Ceph keeps one. An object that is not whole is not written, unless --holes asks for what there is.
"""

import argparse
import errno
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
# Of bluestore_blob_t, of bluestore_pextent_t, and of Checksummer.
COMPRESSED, HAS_CHECKSUMS = 2, 4
NO_OFFSET = (1 << 64) - 1
CHECKSUM_MASKS = {4: 0xFFFFFFFF, 5: 0xFFFF, 6: 0xFF}  # crc32c, and its low 16 and 8 bits
# CompressionAlgorithm; zipnn's blobs carry zstd's number.
ALGORITHMS = {1: "snappy", 2: "zlib", 3: "zstd", 4: "lz4"}
ZSTD = 3
ZIPNN_MAGIC = b"ZNN\1"
HEAD = -2  # the snapshot id of what is no snapshot
MOST_BYTES = 1 << 32  # of an object, by BlueStore
MOST_BLOB = 64 << 20  # far more than any release puts into one
PIECE = 1 << 20
UNIT = 4096  # blobs begin at multiples of it, or of more
MAGICS = re.compile(b"|".join(map(re.escape, (ZIPNN_MAGIC, b"\x28\xb5\x2f\xfd"))))


class Damage(Exception):
    """What cannot be had, and why."""


def make_crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


CRC_TABLE = make_crc_table()


def crc32c(data, crc=0xFFFFFFFF):
    """As Ceph has it: begins with all ones, and is not inverted at the end."""
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


def number(where, name, least=0, most=NO_OFFSET):
    """A number of the dump, which may be as damaged as anything."""
    value = where.get(name, 0)
    if type(value) is not int or not least <= value <= most:
        raise Damage(f"the dump says {name} = {value!r}")
    return value


class Blob:
    """A piece of an object as BlueStore stores it."""

    def __init__(self, fields, use_checksums=True):
        self.flags = number(fields, "flags") & ~(0 if use_checksums else HAS_CHECKSUMS)
        self.logical_length = number(fields, "logical_length", most=MOST_BLOB)
        self.compressed_length = number(fields, "compressed_length", most=MOST_BLOB)
        self.extents = [(number(extent, "offset"), number(extent, "length", 1, MOST_BLOB))
                        for extent in fields.get("extents", [])]
        self.stored_length = sum(length for _, length in self.extents)
        if self.stored_length > MOST_BLOB:
            raise Damage(f"the dump tells of a blob of {self.stored_length} bytes")
        self.checksum_type = number(fields, "csum_type")
        self.checksum_bytes = 1 << number(fields, "csum_chunk_order", most=26)
        self.checksums = fields.get("csum_data", [])
        self.compressed = bool(self.flags & COMPRESSED)

    def read(self, block, start, end):
        """What lies on the device for these bytes of the blob."""
        pieces, at = [], 0
        for offset, length in self.extents:
            first, last = max(start, at), min(end, at + length)
            if first < last:
                if offset == NO_OFFSET:
                    raise Damage(f"bytes {first} to {last - 1} of a blob lie nowhere")
                piece = os.pread(block, last - first, offset + first - at)
                if len(piece) != last - first:
                    raise Damage(f"the device ends at {offset + first - at + len(piece)}, inside a blob")
                pieces.append(piece)
            at += length
        data = b"".join(pieces)
        if len(data) != end - start:
            raise Damage(f"a blob of {at} bytes of which {end} are needed")
        return data

    def bad_blocks(self, data, start):
        """Those of `data`, which begins at `start` in the blob, whose checksum is not BlueStore's."""
        if not self.flags & HAS_CHECKSUMS:
            return []
        mask = CHECKSUM_MASKS.get(self.checksum_type)
        if mask is None:
            raise Damage(f"checksums of type {self.checksum_type}: not crc32c's; --no-csum ignores them")
        size, bad = self.checksum_bytes, []
        for at in range(0, len(data), size):
            index = (start + at) // size
            if index >= len(self.checksums) or crc32c(data[at : at + size]) & mask != self.checksums[index]:
                bad.append(at)
        return bad


class Rescue:
    """The program of that name."""

    def __init__(self, path, holes):
        self.path, self.holes = path, holes
        try:
            subprocess.run([path, "--help"], stdout=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Damage(f"{path}: {error}; cc -O2 -o rescue rescue.c -lzstd builds it, --rescue names it") from error

    def decode(self, payload, length):
        """(raw bytes, ranges of them that are lost) of a blob of that many raw bytes."""
        claim = int.from_bytes(payload[:4], "little")
        if claim != length:
            raise Damage(f"a blob of {claim} raw bytes, not {length}")
        with tempfile.NamedTemporaryFile() as file:
            file.write(payload)
            file.flush()
            options = ["-c", "--holes"] if self.holes else ["-c"]
            run = subprocess.run([self.path, *options, file.name], capture_output=True, check=False)
        said = run.stderr.decode(errors="replace")
        if run.returncode not in (0, 2):
            raise Damage(said.partition("\n")[0].replace(f"rescue: {file.name}: ", "rescue: blob: "))
        return run.stdout, [(int(first), int(last) + 1)
                            for first, last in re.findall(r"lost: raw bytes (\d+) to (\d+)", said)]


def payload_of(data):
    """
    Where the payload of a compressed blob begins and ends, by what is in front: bluestore_compression_header_t, an
    encoded struct: u8 version, u8 oldest reader, u32 length; in it u8 algorithm, u32 length of the payload, and what
    later versions added.
    """
    struct_length = int.from_bytes(data[2:6], "little")
    if len(data) < 11 or not 5 <= struct_length <= 64 or data[1] > 2:
        raise Damage("a compressed blob without a header")
    if data[6] != ZSTD:
        raise Damage(f"a blob compressed with {ALGORITHMS.get(data[6], data[6])}: rescue knows zipnn and zstd")
    return 6 + struct_length, 6 + struct_length + int.from_bytes(data[7:11], "little")


class Reader:
    """Reads objects by their dumps from one block device."""

    def __init__(self, path, rescue, use_checksums=True):
        self.block = os.open(path, os.O_RDONLY)
        self.rescue, self.use_checksums = rescue, use_checksums
        self.decoded = {}

    def decompress(self, blob):
        """(raw bytes, lost ranges) of a compressed blob. Objects overwritten in part have it more than once."""
        key = tuple(blob.extents)
        if key not in self.decoded:
            if len(self.decoded) >= 8:
                self.decoded.clear()
            data = blob.read(self.block, 0, blob.stored_length)
            start, end = payload_of(data)
            if end > min(blob.compressed_length, len(data)):
                raise Damage(f"a compressed blob of {blob.compressed_length} bytes, by its header of {end}")
            payload = data[start:end]
            bad = blob.bad_blocks(data, 0)
            # The chunks of the plugin's blobs have checksums of their own: rescue will find those that are sound.
            if bad and not (self.rescue.holes and payload[4:8] == ZIPNN_MAGIC):
                raise Damage(f"BlueStore's checksum of a compressed blob differs, first in byte {bad[0]}")
            self.decoded[key] = self.rescue.decode(payload, blob.logical_length)
        return self.decoded[key]

    def extent(self, blob, start, end):
        """(raw bytes, ranges of them that are lost) from `start` to `end` in a blob."""
        if blob.compressed:
            raw, lost = self.decompress(blob)
            if end > len(raw):
                raise Damage(f"byte {end - 1} of a blob of {len(raw)}")
            return raw[start:end], [(max(a, start) - start, min(b, end) - start)
                                    for a, b in lost if a < end and b > start]
        # BlueStore's checksums are of whole blocks.
        size = blob.checksum_bytes if blob.flags & HAS_CHECKSUMS else 1
        first, last = start // size * size, max(end, min(-(-end // size) * size, blob.stored_length))
        data = bytearray(blob.read(self.block, first, last))
        lost = []
        for at in blob.bad_blocks(data, first):
            if not self.rescue.holes:
                raise Damage(f"BlueStore's checksum differs for the block at byte {first + at} of a blob")
            data[at : at + size] = bytes(size)
            lost.append((max(first + at, start) - start, min(first + at + size, end) - start))
        return bytes(data[start - first : end - first]), lost

    def object(self, dump, output):
        """Writes an object's bytes to an empty file. Returns (its size, the ranges that are lost and why)."""
        onode = dump.get("onode")
        if not isinstance(onode, dict):
            raise Damage("the dump has no onode: the store is not BlueStore")
        size = number(onode, "size", most=MOST_BYTES)
        output.truncate(size)  # what no extent covers is zeros
        losses = []
        for fields in onode.get("extents", []):
            logical, length = number(fields, "logical_offset", most=MOST_BYTES), number(fields, "length", 1, MOST_BLOB)
            start, length = number(fields, "blob_offset", most=MOST_BLOB), min(length, size - logical)
            if length <= 0:
                continue
            try:
                data, lost = self.extent(Blob(fields.get("blob", {}), self.use_checksums), start, start + length)
                losses += [(logical + first, logical + last, "damaged") for first, last in lost]
            except (Damage, OSError) as damage:
                if not self.rescue.holes:
                    raise Damage(f"bytes {logical} to {logical + length - 1}: {damage}") from damage
                data = bytes(length)
                losses.append((logical, logical + length, str(damage)))
            output.seek(logical)
            output.write(data)
        if not losses:
            self.check_digest(dump, output)
        return size, losses

    @staticmethod
    def check_digest(dump, output):
        """Ceph keeps a checksum of an object that was written as a whole."""
        info = dump.get("info", {})
        if "data_digest" not in info.get("flags", []) or "shard_id" in dump.get("id", {}):
            return
        output.seek(0)
        crc = 0xFFFFFFFF
        while piece := output.read(PIECE):
            crc = crc32c(piece, crc)
        if crc != int(str(info.get("data_digest")), 0):
            raise Damage(f"the object's digest is 0x{crc:08x}, Ceph has {info.get('data_digest')}")


class Store:
    """An OSD's folder, through ceph-objectstore-tool."""

    def __init__(self, path, timeout):
        self.path, self.timeout = path, timeout

    def run(self, *arguments):
        command = ["ceph-objectstore-tool", "--no-mon-config", "--data-path", self.path, *arguments]
        try:
            run = subprocess.run(command, capture_output=True, check=False, timeout=self.timeout)
        except FileNotFoundError:
            raise Damage("ceph-objectstore-tool is not installed: it is in the package ceph-osd") from None
        except subprocess.TimeoutExpired as expired:
            raise Damage(f"ceph-objectstore-tool takes more than {self.timeout} s (--timeout)") from expired
        if run.returncode != 0:
            said = run.stderr.decode(errors="replace").strip() or "no reason given"
            raise Damage(f"ceph-objectstore-tool: status {run.returncode}: {said[-500:]}")
        # Names of objects are any bytes.
        return run.stdout.decode(errors="surrogateescape")

    def list(self):
        """[placement group, object] of all objects."""
        return [json.loads(line) for line in self.run("--op", "list").splitlines() if line.startswith("[")]

    def dump(self, where):
        group, name = where
        return json.loads(self.run("--format", "json", "--pgid", group, json.dumps(name), "dump"))


def file_name(name):
    """A file's name for an object's: letters, digits and _.-~, the rest as %XX; after + what else tells it apart."""
    def quoted(text):
        return urllib.parse.quote(str(text).encode(errors="surrogateescape"), safe="")

    made = quoted(name.get("oid", ""))
    if made.strip(".") == "":
        made = made.replace(".", "%2E") or "+none"
    for key, usual in ("namespace", ""), ("key", ""), ("snapid", HEAD):
        if name.get(key, usual) != usual:
            made += f"+{key}={quoted(name[key])}"
    if len(made) > 200:
        made = f"{made[:100]}+sha256={hashlib.sha256(made.encode()).hexdigest()}"
    return made


def give_name(partial, path):
    """A link, unlike rename(), replaces nothing; some file systems do not have it."""
    try:
        os.link(partial, path)
    except OSError as error:
        if error.errno == errno.EEXIST or os.path.lexists(path):
            raise
        os.rename(partial, path)


def get(reader, dump, folder, made):
    """Writes one object under its name, if it is whole or --holes; says how it went. Returns the exit status."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, made)
    descriptor, partial = tempfile.mkstemp(dir=folder, prefix="partial-")
    try:
        with os.fdopen(descriptor, "w+b") as output:
            size, losses = reader.object(dump, output)
            output.flush()
            os.fsync(descriptor)
        give_name(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)
    for first, last, reason in losses:
        print(f"lost\t{path}\tbytes {first} to {last - 1}: {reason}", flush=True)
    print(f"{'damaged' if losses else 'whole'}\t{path}\t{size} bytes", flush=True)
    return 2 if losses else 0


def data_ranges(block):
    """Where a sparse copy of a device holds data; all of a device."""
    at, end = 0, os.lseek(block, 0, os.SEEK_END)
    while at < end:
        try:
            at = os.lseek(block, at, os.SEEK_DATA)
            hole = os.lseek(block, at, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole is left
                return
            hole = end
        yield at // UNIT * UNIT, min(-(-hole // UNIT) * UNIT, end)
        at = hole


def blob_offsets(block):
    """Where blobs of zipnn or zstd may begin, by the magic behind BlueStore's header."""
    for start, end in data_ranges(block):
        for window in range(start, end, PIECE):
            data = os.pread(block, min(PIECE, end - window), window)
            places = [found.start() for found in MAGICS.finditer(data)]
            yield from sorted({window + at // UNIT * UNIT for at in places if at % UNIT <= 64})


def scan(path, rescue, out):
    """What is left to try when a device's metadata is gone: all blobs, in no order and without names, also those of
    objects that were deleted or overwritten. Returns the exit status."""
    block, status = os.open(path, os.O_RDONLY), 0
    os.makedirs(out, exist_ok=True)
    for offset in blob_offsets(block):
        try:
            start, end = payload_of(os.pread(block, 128, offset))
        except Damage:
            continue  # something else that has these four bytes
        target = os.path.join(out, f"{offset:016x}")
        try:
            payload = os.pread(block, min(end - start, MOST_BLOB), offset + start)
            raw, lost = rescue.decode(payload, int.from_bytes(payload[:4], "little"))
            with open(target, "xb") as file:
                file.write(raw)
            print(f"{'damaged' if lost else 'whole'}\t{target}\t{len(raw)} bytes", flush=True)
            one = 2 if lost else 0
        except (Damage, OSError) as error:
            print(f"error\t{target}\t{error}", flush=True)
            one = 1
        status = worse(status, one)
    return status


def worse(status, other):
    """Of exit statuses: an error tells more than holes."""
    return 1 if 1 in (status, other) else max(status, other)


def wanted(store, names, pool):
    """The objects to get: those of these names, or all."""
    objects = store.list()
    if pool is not None:
        objects = [where for where in objects if where[1].get("pool") == pool]
    missing = set(names) - {where[1].get("oid") for where in objects}
    if missing:
        raise Damage(f"no such object: {', '.join(sorted(missing))}; osd_objects.py list shows what there is")
    return [where for where in objects if not names or where[1].get("oid") in names]


class Parser(argparse.ArgumentParser):
    def error(self, message):
        """With a status of its own: 2 means damage."""
        self.exit(1, f"{self.format_usage()}{self.prog}: {message}\n")


def arguments():
    parser = Parser(
        description="Lists objects of a Ceph OSD (BlueStore) that is down, or gets them, without a zipnn plugin.",
        epilog="Exit: 0 all whole, 1 an error: some object was not written, 2 written with --holes, but damaged.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="one line of JSON for each object: its placement group, its name")
    getting = commands.add_parser("get", help="write objects to OUT/<placement group>/<name>")
    for command in listing, getting:
        command.add_argument("osd", metavar="OSD", help="the OSD's folder: /var/lib/ceph/osd/ceph-N")
        command.add_argument("--pool", type=int, metavar="ID", help="only of this pool")
        command.add_argument("--timeout", type=float, default=600, metavar="SECONDS",
                             help="for each run of ceph-objectstore-tool (default: %(default)s)")
    getting.add_argument("out", metavar="OUT", help="a folder; nothing in it is overwritten")
    getting.add_argument("names", metavar="NAME", nargs="*", help="an object's name; without any: all objects")
    getting.add_argument("--block", metavar="DEVICE", help="the block device, or a copy of it (default: OSD/block)")
    getting.add_argument("--no-csum", action="store_true", help="ignore BlueStore's checksums")
    scanning = commands.add_parser("scan", help="if the OSD's metadata is lost: blobs, without names, to OUT/<offset>")
    scanning.add_argument("block", metavar="DEVICE", help="the block device, or a copy of it")
    scanning.add_argument("out", metavar="OUT", help="a folder; nothing in it is overwritten")
    for command in getting, scanning:
        command.add_argument("--rescue", default=os.path.join(HERE, "rescue"), metavar="PROGRAM",
                             help="the rescue program (default: beside this script)")
        command.add_argument("--holes", action="store_true",
                             help="write what is damaged too, with zeros for what is lost, and say what is lost")
    # Names may stand behind options, too.
    options, rest = parser.parse_known_args()
    if rest and (options.command != "get" or any(word.startswith("-") for word in rest)):
        parser.error(f"unknown arguments: {' '.join(rest)}")
    options.names = getattr(options, "names", []) + rest
    return options


def get_all(store, reader, options):
    """Returns the exit status."""
    status = 0
    for where in wanted(store, options.names, options.pool):
        made = file_name(where[1])
        folder = os.path.join(options.out, urllib.parse.quote(where[0], safe=""))
        try:
            if os.path.lexists(os.path.join(folder, made)):
                raise Damage("exists already; it is left as it is")
            one = get(reader, store.dump(where), folder, made)
        except (Damage, OSError, ValueError, TypeError, AttributeError) as error:  # the last three: no dump at all
            print(f"error\t{os.path.join(folder, made)}\t{error}", flush=True)
            one = 1
        status = worse(status, one)
    return status


def main():
    options = arguments()
    try:
        if options.command == "scan":
            return scan(options.block, Rescue(options.rescue, options.holes), options.out)
        store = Store(options.osd, options.timeout)
        if options.command == "list":
            for where in wanted(store, [], options.pool):
                print(json.dumps(where))
            return 0
        rescue = Rescue(options.rescue, options.holes)
        reader = Reader(options.block or os.path.join(options.osd, "block"), rescue, not options.no_csum)
        return get_all(store, reader, options)
    except (Damage, OSError) as error:
        sys.exit(f"osd_objects.py: {error}\nThe OSD must be stopped, and this must run as root or ceph: README.md")


if __name__ == "__main__":
    sys.exit(main())
