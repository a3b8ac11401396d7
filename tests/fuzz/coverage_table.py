# SPDX-License-Identifier: BSD-3-Clause
"""Prints what `llvm-cov export -summary-only` says on stdin, a line for each file of the project's own code.

usage: coverage_table.py TOP_FOLDER
"""
import json
import os
import sys

FOLDERS = ("src", "ceph-plugin")


def percent(part):
    return f"{100 * part['covered'] / part['count']:6.1f}%" if part["count"] else "      -"


def row(name, summary):
    lines, branches = summary["lines"], summary["branches"]
    print(f"{name:44} {lines['count']:6} {percent(lines)} {branches['count']:9} {percent(branches)}")


def main():
    top = os.path.realpath(sys.argv[1])
    files = {}
    for file in json.load(sys.stdin)["data"][0]["files"]:
        name = os.path.relpath(os.path.realpath(file["filename"]), top)
        if name.split(os.sep)[0] in FOLDERS:
            files[name] = file["summary"]
    print(f"{'file':44} {'lines':>6} {'covered':>7} {'branches':>9} {'covered':>7}")
    for name in sorted(files):
        row(name, files[name])
    for folder in FOLDERS:
        some = [summary for name, summary in files.items() if name.startswith(folder + os.sep)]
        row(f"all of {folder}/ that is in a target", {
            kind: {key: sum(summary[kind][key] for summary in some) for key in ("count", "covered")}
            for kind in ("lines", "branches")})
    # Kernels of other CPUs are compiled to nothing, which is no file to the tool either.
    absent = [os.path.join(path, name)
              for folder in FOLDERS for path, _, names in os.walk(os.path.join(top, folder)) for name in names
              if name.endswith((".c", ".cc")) and os.path.relpath(os.path.join(path, name), top) not in files]
    print("in no target: " + ", ".join(sorted(os.path.relpath(name, top) for name in absent)))


if __name__ == "__main__":
    main()
