# SPDX-License-Identifier: BSD-3-Clause
"""What a decoder makes of single flipped bits: the counting side of bench/damage, one codec a process.

damage_flips.py CODEC FILE BYTES DTYPE FLIPS SEED [PROGRAM]: codes the first BYTES of FILE, flips one bit of the coded bytes at
a time, decodes each in a process of its own, which may crash or hang, and prints JSON. Every third bit is in the first HEAD_BYTES,
where formats keep headers and tables; the others are anywhere. They are the same share of the way through for every codec.
"""
import ctypes
import ctypes.util
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import time

IDENTICAL, REFUSED, WRONG = range(3)
OUTCOMES = {IDENTICAL: "identical", REFUSED: "refused", WRONG: "wrong"}
CRASHED, HUNG = "crashed", "hung"
HEAD_BYTES = 100
# A decoder that takes a damaged length at its word must not take the machine with it.
MAX_MEMORY = 4 << 30
MAX_SECONDS = 20


class Zstd:
    """libzstd at its default level; with the checksum that the zstd command writes, or without, as Ceph's plugin."""

    CHECKSUM_FLAG = 201

    def __init__(self, checksum):
        self.checksum = checksum
        self.library = ctypes.CDLL(ctypes.util.find_library("zstd"))
        for name in ("ZSTD_compress2", "ZSTD_decompress", "ZSTD_compressBound", "ZSTD_CCtx_setParameter"):
            getattr(self.library, name).restype = ctypes.c_size_t
        self.library.ZSTD_createCCtx.restype = ctypes.c_void_p

    def size(self, result):
        if self.library.ZSTD_isError(ctypes.c_size_t(result)):
            raise ValueError("libzstd says no")
        return result

    def encode(self, data):
        context = ctypes.c_void_p(self.library.ZSTD_createCCtx())
        self.size(self.library.ZSTD_CCtx_setParameter(context, self.CHECKSUM_FLAG, self.checksum))
        room = self.library.ZSTD_compressBound(ctypes.c_size_t(len(data)))
        coded = ctypes.create_string_buffer(room)
        size = self.library.ZSTD_compress2(context, coded, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)))
        return coded.raw[:self.size(size)]

    def decode(self, coded, raw_size):
        data = ctypes.create_string_buffer(raw_size)
        size = self.library.ZSTD_decompress(data, ctypes.c_size_t(raw_size), coded, ctypes.c_size_t(len(coded)))
        return data.raw[:self.size(size)]


class Zipnn:
    """The command line, as it is used: what it wrote counts only if it says that all is well."""

    def __init__(self, program):
        self.program = program

    def run(self, option, data):
        done = subprocess.run([self.program, option, "-cq"], input=data, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        if done.returncode < 0:
            os.kill(os.getpid(), -done.returncode)
        if done.returncode != 0:
            raise ValueError(done.stderr.decode(errors="replace"))
        return done.stdout

    def encode(self, data):
        return self.run("-z", data)

    def decode(self, coded, _raw_size):
        return self.run("-d", coded)


class UpstreamZipnn:
    def __init__(self, dtype):
        from sizes_rivals import Upstream

        self.upstream = Upstream(dtype, 256 << 10)

    def encode(self, data):
        return bytes(self.upstream.encoder.compress(bytearray(data)))  # it changes its input

    def decode(self, coded, _raw_size):
        return bytes(self.upstream.decoder.decompress(coded))


def flip(coded, share, within=None):
    """The coded bytes with one bit flipped, `share` (0 to 1) of the way through them or through the first `within`."""
    bit = int(share * min(len(coded), within or len(coded)) * 8)
    damaged = bytearray(coded)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def attempt(codec, damaged, data):
    """In a child: decode and compare; never returns."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        outcome = IDENTICAL if codec.decode(damaged, len(data)) == data else WRONG
    except BaseException:  # whatever it raises, it has noticed
        outcome = REFUSED
    os._exit(outcome)


def watch(child, seconds):
    """What became of a child that has so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return CRASHED if os.WIFSIGNALED(status) else OUTCOMES.get(os.WEXITSTATUS(status), CRASHED)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


def count(codec, data, flips, seed, seconds=MAX_SECONDS):
    """{outcome: number} of so many damages."""
    coded = codec.encode(data)
    if codec.decode(coded, len(data)) != data:
        sys.exit("does not give undamaged data back")
    found = dict.fromkeys((*OUTCOMES.values(), CRASHED, HUNG), 0)
    shares = random.Random(seed)
    for number in range(flips):
        damaged = flip(coded, shares.random(), None if number % 3 else HEAD_BYTES)
        child = os.fork()
        if child == 0:
            attempt(codec, damaged, data)
        found[watch(child, seconds)] += 1
    return {"coded_bytes": len(coded), **found}


def main():
    name, path, size, dtype, flips, seed, *program = sys.argv[1:]
    data = pathlib.Path(path).read_bytes()[:int(size)]
    codecs = {"zipnn": lambda: Zipnn(program[0]), "upstream": lambda: UpstreamZipnn(dtype),
              "zstd": lambda: Zstd(0), "zstd-checksum": lambda: Zstd(1)}
    print(json.dumps(count(codecs[name](), data, int(flips), int(seed))))


if __name__ == "__main__":
    main()
