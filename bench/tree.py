# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts of this folder share: messages, missing packages, a build of zipnn, the corpus."""
import os
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = TOP / "build-bench"
# Not models, or lists of what is there.
NOT_MEASURED = (".tsv", ".partial")


def say(text):
    print(f"{pathlib.Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)


def die(text):
    say(f"error: {text}")
    sys.exit(1)


def parse_size(text):
    units = {"K": 1 << 10, "M": 1 << 20}
    try:
        return int(text[:-1]) * units[text[-1]] if text[-1:] in units else int(text)
    except ValueError:
        die(f"'{text}' is no block size; give 64K,512K")


def size_text(size):
    """64K, 4M: as parse_size reads it."""
    for unit, name in ((1 << 20, "M"), (1 << 10, "K")):
        if size % unit == 0:
            return f"{size // unit}{name}"
    return str(size)


def run(*command, **options):
    """What a program wrote to stdout; its stderr is shown unless it is asked for."""
    return subprocess.run([str(word) for word in command], check=False, text=True, **options)


def install_packages():
    script = '. "$1/tests/deps.sh"; install_packages "${SIZES_PACKAGES[@]}" >&2'
    if run("bash", "-c", script, "bench", TOP).returncode != 0:
        die("packages are missing, see above")


def build():
    """A build folder of its own: build/ may be configured in another way."""
    say(f"building in {BUILD} (half a minute, the first time)")
    for command in (["cmake", "-S", TOP, "-B", BUILD, "-DZIPNN_CEPH=OFF", "-DZIPNN_TESTS=OFF"],
                    ["cmake", "--build", BUILD, "-j2", "--target", "zipnn"]):
        done = run(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(done.stdout, file=sys.stderr)
            die("the build failed, see above")
    return BUILD / "zipnn"


def corpus(folder=None, small=False):
    """The folder of the corpus, which is made if it is not there."""
    folder = pathlib.Path(folder or os.environ.get("ZIPNN_CORPUS") or TOP / "build" / "corpus")
    if not (folder / "MADE.tsv").exists():
        say(f"fetching and making the corpus in {folder}")
        arguments = ["--small"] if small else ["--all"]
        if run(TOP / "tests/corpus/make.sh", *arguments, folder, stdout=sys.stderr).returncode != 0:
            die("there is no corpus, see above; name files instead")
    return folder
