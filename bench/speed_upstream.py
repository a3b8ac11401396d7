# SPDX-License-Identifier: BSD-3-Clause
"""One turn of upstream ZipNN for bench/speed: a program of the virtual environment, since it may crash.

speed_upstream.py FILE DTYPE BLOCK COLD SECONDS: the whole file in one call, memory to memory, at least three rounds; prints
JSON. Time is the CPU time of the process, as the thread's is in `zipnn bench`. It changes what it compresses, so each round
gets a copy, made before the clock is read; what comes back is compared in each round. With COLD bytes there are as many copies
of the file as fill them, one after the other, so that none is in a cache when its turn comes.
"""
import json
import pathlib
import statistics
import sys
import time

from sizes_rivals import Upstream

MIN_ROUNDS = 3
# As zipnn bench does: a turn of a small file takes it more than once.
MIN_TURN_BYTES = 2 << 20


def timed(function, inputs):
    """What the function makes of each, and the CPU seconds."""
    start = time.process_time()
    made = [function(value) for value in inputs]
    return made, time.process_time() - start


def one_round(upstream, whole, copies):
    """(bytes, seconds to compress, to decompress) of a copy."""
    coded, there = timed(upstream.encoder.compress, [bytearray(whole) for _ in range(copies)])
    decoded, back = timed(upstream.decoder.decompress, coded)
    if any(bytes(one) != whole for one in decoded):
        sys.exit("does not give the data back")
    return len(coded[0]), there / copies, back / copies


def main():
    path, dtype, block, cold, seconds = sys.argv[1:]
    data = pathlib.Path(path).read_bytes()
    upstream = Upstream(None if dtype == "-" else dtype, int(block))
    whole = upstream.whole(data)
    copies = -(-max(int(cold), MIN_TURN_BYTES) // len(data))
    start = time.monotonic()
    rounds = [one_round(upstream, whole, copies)]
    rounds.clear()  # that one was for contexts and pages
    while len(rounds) < MIN_ROUNDS or time.monotonic() - start < float(seconds):
        rounds.append(one_round(upstream, whole, copies))
    coded, there, back = zip(*rounds)
    print(json.dumps({"raw_bytes": len(data), "coded_bytes": coded[0] + len(data) - len(whole),
                      "compress_mbps": len(data) / 1e6 / statistics.median(there),
                      "decompress_mbps": len(data) / 1e6 / statistics.median(back), "rounds": len(rounds)}))


if __name__ == "__main__":
    main()
