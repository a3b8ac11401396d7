#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# What fuzzing once found, and the seeds, each as it is and a few times changed. No engine and no other compiler than the
# project's is needed.
#
# usage: test_regressions.sh FOLDER_OF_PROGRAMS
set -euo pipefail

programs=$1
here=$(cd "$(dirname "$0")" && pwd)
changed=10 # copies of each input
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

/usr/bin/python3 -B "$here/seeds.py" "$work"
ran=0
for program in "$programs"/fuzz_*; do
    [[ -x $program && ! -d $program ]] || continue
    target=${program##*/fuzz_}
    inputs=("$work/${target%_emulated}")
    [[ ! -d $here/cases/${target%_emulated} ]] || inputs+=("$here/cases/${target%_emulated}")
    printf '%s: ' "$target"
    "$program" -m "$changed" "${inputs[@]}" || {
        echo "not ok - $target: the input is named above; a copy's number is its seed (replay.c)"
        exit 1
    }
    ran=$((ran + 1))
done
# All but plugin, which needs Ceph, are always built; every folder of cases has its target.
((ran >= 6)) || {
    echo "not ok - only $ran programs in $programs"
    exit 1
}
for folder in "$here"/cases/*/; do
    target=$(basename "$folder")
    [[ -e $programs/fuzz_$target || $target == plugin ]] || {
        echo "not ok - $folder: no target of this name"
        exit 1
    }
done
