# SPDX-License-Identifier: BSD-3-Clause
"""bench/damage: its table says which decoder can be trusted, so each outcome must be told from the others.

test_damage.py ZIPNN: the program to ask.
"""
import ctypes
import importlib.machinery
import importlib.util
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "bench"))

import damage_flips  # noqa: E402
from test_sizes import ZIPNN, weights  # noqa: E402

DATA = weights(20000)


class Fake:
    """Codes nothing; what it does with damaged data is given."""

    def __init__(self, react):
        self.react = react

    def encode(self, data):
        return data

    def decode(self, coded, _raw_size):
        return coded if coded == DATA else self.react(coded)


def segfault(_coded):
    ctypes.string_at(0)


def exhaust(_coded):
    return bytearray(damage_flips.MAX_MEMORY)


class Outcomes(unittest.TestCase):
    def only(self, react, outcome, flips=3, seconds=20):
        found = damage_flips.count(Fake(react), DATA, flips, 1, seconds)
        self.assertEqual(found.pop("coded_bytes"), len(DATA))
        self.assertEqual(found.pop(outcome), flips)
        self.assertEqual(set(found.values()), {0})

    def test_wrong_data(self):
        self.only(lambda coded: coded, "wrong")

    def test_truncated_data_is_wrong(self):
        self.only(lambda coded: DATA[:-1], "wrong")

    def test_right_data(self):
        self.only(lambda coded: DATA, "identical")

    def test_an_error(self):
        self.only(lambda coded: [][1], "refused")

    def test_too_much_memory_is_an_error_and_not_the_machine_s_end(self):
        self.only(exhaust, "refused", flips=1)

    def test_a_crash(self):
        self.only(segfault, "crashed")
        self.only(lambda coded: os.abort(), "crashed")

    def test_an_exit_is_no_answer(self):
        self.only(lambda coded: os._exit(77), "crashed")

    def test_a_hang(self):
        self.only(lambda coded: time.sleep(60), "hung", flips=1, seconds=0.2)

    def test_codec_that_is_wrong_without_damage(self):
        class Broken(Fake):
            def decode(self, coded, _raw_size):
                return b""

        with self.assertRaises(SystemExit):
            damage_flips.count(Broken(None), DATA, 1, 1)


class Flips(unittest.TestCase):
    def test_one_bit(self):
        for share in (0, 0.37, 0.999999):
            damaged = damage_flips.flip(DATA, share)
            changed = int.from_bytes(damaged, "little") ^ int.from_bytes(DATA, "little")
            self.assertEqual(changed, 1 << int(share * len(DATA) * 8))

    def test_in_the_head(self):
        damaged = damage_flips.flip(DATA, 0.999999, damage_flips.HEAD_BYTES)
        self.assertEqual(damaged[damage_flips.HEAD_BYTES :], DATA[damage_flips.HEAD_BYTES :])
        self.assertNotEqual(damaged, DATA)
        self.assertNotEqual(damage_flips.flip(DATA[:50], 0.999999, damage_flips.HEAD_BYTES), DATA[:50])

    def test_a_third_is_there(self):
        def in_head(coded):
            head = damage_flips.HEAD_BYTES
            return b"" if coded[head:] == DATA[head:] else DATA

        found = damage_flips.count(Fake(in_head), DATA, 30, 1)
        self.assertEqual((found["wrong"], found["identical"]), (10, 20))


class Codecs(unittest.TestCase):
    def test_zipnn_refuses_each(self):
        found = damage_flips.count(damage_flips.Zipnn(ZIPNN), DATA, 20, 1)
        self.assertLess(found["coded_bytes"], len(DATA))
        self.assertEqual(found["refused"], 20)

    def test_a_zipnn_that_crashes(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "zipnn"
            program.write_text(f"#!/bin/sh\n[ \"$1\" = -d ] && [ -e {folder}/again ] && kill -SEGV $$\n"
                               f"[ \"$1\" = -d ] && : >{folder}/again\ncat\n")
            program.chmod(0o755)
            found = damage_flips.count(damage_flips.Zipnn(program), DATA, 2, 1)
        self.assertEqual(found["crashed"], 2)

    def test_zstd_is_sure_only_with_its_checksum(self):
        with_checksum = damage_flips.count(damage_flips.Zstd(1), DATA, 40, 1)
        without = damage_flips.count(damage_flips.Zstd(0), DATA, 40, 1)
        self.assertEqual(with_checksum["wrong"], 0)
        self.assertGreater(without["wrong"], 0)
        self.assertEqual(with_checksum["coded_bytes"], without["coded_bytes"] + 4)


class Page(unittest.TestCase):
    def test_whole_command(self):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder) / "a.fp32.bin"
            model.write_bytes(DATA)
            subprocess.run([TOP / "bench" / "damage", "--zipnn", ZIPNN, "--no-rivals", "--flips=5", "--seed=3", "--out", folder,
                            model], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            page = (pathlib.Path(folder) / "damage.md").read_text()
        self.assertIn("\n| zipnn | 5 | 0 | 0 | 0 | 0 |\n", page)
        self.assertIn("Left out: upstream ZipNN 0.5.3 (left out (--no-rivals)).", page)
        self.assertIn("`bench/damage --flips=5 --seed=3 --size=1M`", page)

    def test_it_fails_where_zipnn_does(self):
        loader = importlib.machinery.SourceFileLoader("damage", str(TOP / "bench" / "damage"))
        damage = importlib.util.module_from_spec(importlib.util.spec_from_loader("damage", loader))
        loader.exec_module(damage)
        good = dict.fromkeys(("identical", "wrong", "crashed", "hung"), 0)
        for outcome in ("wrong", "crashed", "hung"):
            self.assertTrue(damage.is_bad({**good, outcome: 1}))
        self.assertFalse(damage.is_bad({**good, "identical": 3, "refused": 4}))


if __name__ == "__main__":
    signal.alarm(240)
    unittest.main()
