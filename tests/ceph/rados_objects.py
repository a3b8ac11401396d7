# SPDX-License-Identifier: BSD-3-Clause
"""Eight threads write, overwrite, append and read in one pool; every read is compared with what was written.

usage: rados_objects.py [--verify] POOL      (CEPH_CONF names the cluster)
The final content of each object follows from its number, so that --verify can check it later, after a restart.
"""

import concurrent.futures
import random
import sys

import rados

from payload import payload

THREADS = 8
ROUNDS = 4
KINDS = ("bf16", "fp32", "text", "noise")


def steps(number):
    """Yields (operation, offset, bytes, content after it) for one object: the same every time."""
    dice = random.Random(number)
    content = bytearray()
    for step in range(ROUNDS):
        kind = KINDS[(number + step) % len(KINDS)]
        # A whole new object; then a piece in its middle, unaligned; then something at its end.
        data = payload(kind, 3 * (1 << 20) + dice.randrange(1 << 20), number * 100 + step)
        content = bytearray(data)
        yield "full", 0, data, bytes(content)
        offset = dice.randrange(len(content) - 300_000)
        piece = payload("bf16", 200_000 + dice.randrange(100_000), number)
        content[offset : offset + len(piece)] = piece
        yield "write", offset, piece, bytes(content)
        end = payload("fp32", 10_000 + dice.randrange(200_000), step)
        content += end
        yield "append", 0, end, bytes(content)


def work(io, number):
    name = f"object-{number}"
    dice = random.Random(number)
    for operation, offset, data, content in steps(number):
        if operation == "full":
            io.write_full(name, data)
        elif operation == "write":
            io.write(name, data, offset)
        else:
            io.append(name, data)
        if io.read(name, len(content) + 1) != content:
            return f"{name}: differs after {operation}"
        first = dice.randrange(len(content))
        length = dice.randrange(1, 500_000)
        if io.read(name, length, first) != content[first : first + length]:
            return f"{name}: {length} bytes at {first} differ after {operation}"
    return None


def verify(io, number):
    for *_, content in steps(number):
        pass
    return None if io.read(f"object-{number}", len(content) + 1) == content else f"object-{number}: differs"


def main():
    arguments = sys.argv[1:]
    job = verify if "--verify" in arguments else work
    (pool,) = [a for a in arguments if a != "--verify"]
    with rados.Rados(conffile="") as cluster, cluster.open_ioctx(pool) as io:
        with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
            errors = [e for e in threads.map(lambda n: job(io, n), range(THREADS)) if e]
    sys.exit("\n".join(errors) or 0)


if __name__ == "__main__":
    main()
