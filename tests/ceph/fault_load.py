# SPDX-License-Identifier: BSD-3-Clause
"""Writes objects while daemons are killed, keeps a ledger of what was acknowledged, and compares later.

usage: fault_load.py kinds FOLDER                     make the bytes that all objects are cut from
       fault_load.py write STORE FOLDER LEDGER        write until SIGTERM (what is under way is finished first)
       fault_load.py check STORE FOLDER LEDGER...     compare; prints the number of objects
       fault_load.py remove STORE FOLDER LEDGER...    remove the objects
STORE is as in stores.py.

The ledger has a line for each write before it is sent and one when it is acknowledged, and each goes to the kernel at
once: so it is true even when the writer itself is killed. The content of an object after a step follows from its name
and the number of the step alone. A write without acknowledgement may have happened or not, but wholly.
"""

import concurrent.futures
import mmap
import os
import pathlib
import random
import signal
import sys
import threading

from stores import difference, open_store

KIND_BYTES = 10 << 20
OBJECTS = 3  # of each kind, in turn
STEPS = 5  # a whole new object, then overwrites and appends, then anew
MOST_WHOLE = 2 << 20
MOST_WHOLE_S3 = 7 << 20  # RGW compresses pieces of 4 MiB
MOST_PIECE = 700_000  # more than one blob of 512 KiB


class Plan:
    """What is written in each step, and what an object then holds."""

    def __init__(self, folder, whole_only):
        self.whole_only = whole_only
        self.bytes = {}
        for path in sorted(pathlib.Path(folder).iterdir()):
            with path.open("rb") as file:
                self.bytes[path.name] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def cut(self, kind, dice, most):
        size = dice.randrange(1, most)
        start = dice.randrange(KIND_BYTES - size)
        return self.bytes[kind][start : start + size]

    def step(self, name, number, content):
        """(operation, offset, data) of a step on the content before it, which it changes. Odd offsets are welcome."""
        dice = random.Random(f"{name}/{number}")
        kind = name.split("-")[-2]
        if self.whole_only:
            operation, offset, data = "whole", 0, self.cut(kind, dice, MOST_WHOLE_S3)
            content.clear()
        elif number % STEPS == 0:
            operation, offset, data = "whole", 0, self.cut(kind, dice, MOST_WHOLE)
            content.clear()
        elif number % 2:
            # Of another kind now and then; past the end now and then.
            other = dice.choice((kind, kind, *self.bytes))
            operation, offset, data = "write", dice.randrange(len(content)), self.cut(other, dice, MOST_PIECE)
        else:
            operation, offset, data = "append", len(content), self.cut(kind, dice, MOST_PIECE)
        content[offset : offset + len(data)] = data
        return operation, offset, data

    def content(self, name, number):
        """What an object holds after a step; before the first, None: it does not exist."""
        if number < 0:
            return None
        content = bytearray()
        for step in range(number if self.whole_only else number - number % STEPS, number + 1):
            self.step(name, step, content)
        return content


class Writer:
    def __init__(self, store, plan, ledger):
        self.store, self.plan = store, plan
        # The names of two ledgers' objects differ.
        self.prefix = pathlib.Path(ledger).name
        self.ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self.stop = threading.Event()

    def note(self, what, name, number):
        os.write(self.ledger, f"{what} {name} {number}\n".encode())

    def objects(self, kind, generation):
        """Write some objects of a kind in turn until one write is not acknowledged; then they are left as they are."""
        contents = {f"{self.prefix}-{generation}-{kind}-{i}": bytearray() for i in range(OBJECTS)}
        number = 0
        while True:
            for name, content in contents.items():
                if self.stop.is_set():
                    return
                step = self.plan.step(name, number, content)
                self.note("begin", name, number)
                if not self.store.apply(name, *step):
                    return
                self.note("ack", name, number)
                self.stop.wait(0.05)  # all writers shall get their share of a small machine
                # The same bytes must be there at once, whatever happens to daemons meanwhile.
                if number % 4 == 2 and not self.store.whole_only:
                    got = self.store.read(name, len(content))
                    if got != content:
                        raise ValueError(f"under load, after step {number}: {difference(name, got, content)}")
            number += 1

    def work(self, kind):
        generation = 0
        try:
            while not self.stop.is_set():
                self.objects(kind, generation)
                generation += 1
                self.stop.wait(0.5)  # the RGW is away
        finally:
            self.stop.set()  # an error in one thread ends all

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: self.stop.set())
        with concurrent.futures.ThreadPoolExecutor(len(self.plan.bytes)) as threads:
            for _ in threads.map(self.work, self.plan.bytes):
                pass


def read_ledgers(paths):
    """Two dictionaries, by name: the last step that was acknowledged (none: not there), and the last that was begun."""
    steps = {"ack": {}, "begin": {}}
    for path in paths:
        for line in pathlib.Path(path).read_text().splitlines():
            what, name, number = line.split()
            steps[what][name] = int(number)
    return steps["ack"], steps["begin"]


def check(store, plan, ledgers):
    acknowledged, begun = read_ledgers(ledgers)

    def compare(name):
        steps = sorted({acknowledged.get(name, -1), begun[name]})
        allowed = [plan.content(name, step) for step in steps]
        got = store.read(name, max(len(content or b"") for content in allowed))
        if got in allowed:
            return None
        return " or ".join(difference(name, got, content) for content in allowed)

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        errors = [error for error in threads.map(compare, begun) if error]
    print(len(begun))
    return errors


def make_kinds(folder):
    from payload import KINDS, payload

    for number, kind in enumerate((*KINDS, "mixed")):
        (pathlib.Path(folder) / kind).write_bytes(payload(kind, KIND_BYTES, number))


def main():
    command, *rest = sys.argv[1:]
    if command == "kinds":
        make_kinds(*rest)
        return
    where, folder, *ledgers = rest
    store = open_store(where)
    if command == "write":
        Writer(store, Plan(folder, store.whole_only), ledgers[0]).run()
    elif command == "check":
        sys.exit("\n".join(check(store, Plan(folder, store.whole_only), ledgers)) or 0)
    elif command == "remove":
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            list(threads.map(store.remove, read_ledgers(ledgers)[1]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
