# SPDX-License-Identifier: BSD-3-Clause
"""Prints counters of a daemon, through its admin socket; 0 for those that it does not have (yet).

usage: counters.py SOCKET SECTION/NAME...      for example: counters.py run/osd.0.asok zipnn/compress_calls
The same as perf_counter of lib.sh, but many at once and without starting `ceph`.
"""

import json
import socket
import struct
import sys


def perf_dump(path):
    """The protocol: a command in JSON, closed by a zero byte; then a big-endian u32 length and the answer."""
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.settimeout(30)
        daemon.connect(path)
        daemon.sendall(b'{"prefix": "perf dump"}\0')
        with daemon.makefile("rb") as answer:
            (size,) = struct.unpack(">I", answer.read(4))
            return json.loads(answer.read(size))


def main():
    path, *names = sys.argv[1:]
    dump = perf_dump(path)
    print(*(dump.get(section, {}).get(name, 0) for section, name in (name.split("/") for name in names)))


if __name__ == "__main__":
    main()
