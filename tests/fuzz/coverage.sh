#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Which lines and branches of src/ and ceph-plugin/ the inputs at hand reach: the corpus that run.sh keeps in
# build-fuzz/corpus, the seeds, and the cases of the tree. Prints a table; the folder build-fuzz/coverage/html shows the lines.
#
# usage: tests/fuzz/coverage.sh [--no-corpus]     --no-corpus: only seeds and cases
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$top/build-fuzz
folder=$work/coverage
# shellcheck source=tests/deps.sh
. "$here/../deps.sh"

with_corpus=1
case ${1:-} in
'') ;;
--no-corpus) with_corpus=0 ;;
*)
    sed -n 's/^# usage/usage/p' "$0"
    exit 2
    ;;
esac

install_packages "${BUILD_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"
mkdir -p "$folder"
echo "building in $folder (some minutes)"
flags="-O1 -g -fprofile-instr-generate -fcoverage-mapping"
cmake -S "$top" -B "$folder" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
    -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_EXE_LINKER_FLAGS=-fprofile-instr-generate >"$folder/build.log"
cmake --build "$folder" --target fuzz -j"$(nproc)" >>"$folder/build.log"

rm -rf "$folder/profiles" "$folder/seeds" "$folder/html"
mkdir -p "$folder/profiles"
/usr/bin/python3 -B "$here/seeds.py" "$folder/seeds"
objects=()
for program in "$folder"/tests/fuzz/fuzz_*; do
    target=${program##*/fuzz_}
    inputs=("$folder/seeds/${target%_emulated}")
    ((!with_corpus)) || [[ ! -d $work/corpus/$target ]] || inputs+=("$work/corpus/$target")
    [[ ! -d $here/cases/${target%_emulated} ]] || inputs+=("$here/cases/${target%_emulated}")
    printf '%s: ' "$target"
    LLVM_PROFILE_FILE="$folder/profiles/$target.profraw" "$program" "${inputs[@]}"
    # The first is an argument, the others are options.
    ((!${#objects[@]})) || objects+=(-object)
    objects+=("$program")
done
llvm-profdata-14 merge -o "$folder/profile" "$folder"/profiles/*.profraw
llvm-cov-14 show -format=html -output-dir="$folder/html" -instr-profile="$folder/profile" "${objects[@]}" "$top/src" \
    "$top/ceph-plugin"
llvm-cov-14 export -summary-only -instr-profile="$folder/profile" "${objects[@]}" |
    /usr/bin/python3 -B "$here/coverage_table.py" "$top"
