# SPDX-License-Identifier: BSD-3-Clause
"""Objects of one blob each, of every kind that compresses, to be damaged on the device and read.

usage: flip_objects.py write STORE COUNT
       flip_objects.py read STORE COUNT [SECONDS]      prints how many were identical and how many gave an error
STORE is as in stores.py. No answer within SECONDS is an error, too: where the only copy is damaged, Ceph lets clients
wait for another one. Anything else than the right bytes or an error, no bytes with success included, is a failure.
"""

import concurrent.futures
import sys

from payload import KINDS, payload
from stores import difference, open_store

SIZE = 512 << 10


def contents(count):
    """Yields names and bytes."""
    kinds = [kind for kind in KINDS if kind != "noise"]
    long = {kind: payload(kind, 8 * SIZE, 1) for kind in kinds}
    for number in range(count):
        kind = kinds[number % len(kinds)]
        start = number * 10_007 * 8 % (7 * SIZE)
        yield f"{kind}-{number}", long[kind][start : start + SIZE]


def write(store, count):
    for name, data in contents(count):
        if not store.apply(name, "whole", 0, data):
            sys.exit(f"{name}: the write failed")


def read(store, count):
    def one(item):
        name, data = item
        try:
            got = store.read(name, SIZE)
        except store.read_errors:
            return "error"
        return "identical" if got == data else difference(name, got, data)

    # Many at once, for their waiting is most of the time.
    with concurrent.futures.ThreadPoolExecutor(48) as threads:
        results = list(threads.map(one, contents(count)))
    identical, errors = results.count("identical"), results.count("error")
    print(identical, errors)
    return [result for result in results if result not in ("identical", "error")]


def main():
    command, where, count, *seconds = sys.argv[1:]
    store = open_store(where, *seconds)
    if command == "write":
        write(store, int(count))
    else:
        sys.exit("\n".join(read(store, int(count))) or 0)


if __name__ == "__main__":
    main()
