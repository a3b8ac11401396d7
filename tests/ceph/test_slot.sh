#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# zipnn-slot, which decides whether a host's OSDs can read their data: on a root of its own with a package ceph-common that
# holds what the real one has in the slot's folder, through upgrades, damage, interruptions and mistakes. No root is needed.
# usage: test_slot.sh BUILD_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin:/sbin # dpkg wants ldconfig
root=$work/root
folder=$root/usr/lib/x86_64-linux-gnu/ceph/compressor
slot=$folder/libceph_zstd.so
stub=$build/libceph_zstd.so
release=$(strings -a "$stub" | sed -n 's/^zipnn slot .* for Ceph \([0-9.]*\): ready$/\1/p')

pass() { printf 'ok - %s\n' "$*"; }
fail() {
    printf 'not ok - %s\n' "$*" >&2
    [[ ! -s $work/said ]] || sed 's/^/    /' "$work/said" >&2
    exit 1
}
zipnn_slot() { "$here/../../ceph-plugin/zipnn-slot" "$@" >"$work/said" 2>&1; }
# succeeds ARGUMENT... and fails_with TEXT ARGUMENT...: on the root.
succeeds() { zipnn_slot "$@" --root "$root" || fail "zipnn-slot $*"; }
fails_with() {
    local text=$1
    shift
    ! zipnn_slot "$@" --root "$root" || fail "zipnn-slot $* succeeds"
    grep -q -- "$text" "$work/said" || fail "zipnn-slot $* does not say: $text"
}
dpkg_root() { dpkg --root="$root" --force-not-root --force-script-chrootless --force-downgrade "$@" >"$work/said" 2>&1; }

# install VERSION: the package, which brings its symlinks and files anew.
install() {
    local tree=$work/package
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$tree${folder#"$root"}"
    printf 'Package: ceph-common\nVersion: %s\nArchitecture: all\nMaintainer: none\nDescription: slot\n' "$1" \
        >"$tree/DEBIAN/control"
    echo "stock plugin of $1" >"$tree${folder#"$root"}/libceph_zstd.so.2.0.0"
    ln -s libceph_zstd.so.2.0.0 "$tree${folder#"$root"}/libceph_zstd.so.2"
    ln -s libceph_zstd.so.2 "$tree${folder#"$root"}/libceph_zstd.so"
    dpkg-deb --root-owner-group --build "$tree" "$work/package.deb" >/dev/null
    dpkg_root -i "$work/package.deb" || fail "dpkg -i ceph-common $1"
}

slot_is_stub() {
    cmp -s "$slot" "$stub" || fail "$1: the slot does not hold the stub"
    succeeds status
    pass "$1: the stub is in the slot"
}
slot_is_stock() {
    [[ -L $slot && $(cat "$slot") == stock* ]] || fail "$1: the slot is not the stock plugin"
    [[ -z $(dpkg-divert --root="$root" --list) ]] || fail "$1: still diverted"
    [[ $(find "$folder" | wc -l) == 4 ]] || fail "$1: more files than the package's: $(ls -A "$folder")"
    pass "$1: the slot is the stock plugin"
}

mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
touch "$root/var/lib/dpkg/status"
fails_with "is ceph-common installed" enable --stub "$stub"
install "$release+ds-1"
slot_is_stock "a fresh host"
fails_with "no stub" status
fails_with "without the stub" disable

(
    ulimit -f 1000 # KiB: as a full disk
    fails_with "nothing was changed: no copy" enable --stub "$stub"
)
slot_is_stock "no room for the stub"
succeeds enable --stub "$stub"
slot_is_stub enable
succeeds enable --stub "$stub"
slot_is_stub "a second time"
install "$release+ds-2"
slot_is_stub "after an upgrade of the package"
install "$release+ds-2"
slot_is_stub "after a reinstallation"
fails_with "without the stub" disable
slot_is_stub "disable without --yes"

install 99.9.9-1
fails_with "built for Ceph $release, this host has 99.9.9" status
fails_with "built for Ceph" enable --stub "$stub"
fails_with "built for Ceph" check --stub "$stub"
install "$release+ds-3"
slot_is_stub "after going back to the release"

echo "--- the slot lost or damaged"
rm "$slot"
fails_with "IS EMPTY" status
install "$release+ds-3"
fails_with "IS EMPTY" status
succeeds enable --stub "$stub"
slot_is_stub "lost"
for damage in "printf garbage" "head -c 100000 $stub" ":"; do
    $damage >"$slot"
    fails_with "no stub" status
    succeeds enable --stub "$stub"
    slot_is_stub "damaged by $damage"
    $damage >"$slot"
    succeeds disable --yes
    slot_is_stock "disabled, damaged by $damage"
    [[ $(readlink "$slot") == libceph_zstd.so.2 ]] || fail "the slot is another symlink than the package's"
    succeeds enable --stub "$stub"
done
rm "$slot" "$slot.distrib"
succeeds disable --yes
slot_is_stock "disabled, lost"

echo "--- a run that was interrupted"
dpkg-divert --root="$root" --local --no-rename --divert "${slot#"$root"}.distrib" --add "${slot#"$root"}" >/dev/null
succeeds enable --stub "$stub"
slot_is_stub "diverted before, but not replaced"
dpkg-divert --root="$root" --local --no-rename --remove "${slot#"$root"}" >/dev/null
fails_with "not diverted" status
succeeds enable --stub "$stub"
slot_is_stub "replaced before, but not diverted"

echo "--- other builds"
mkdir -p "$root/usr/lib/zipnn-ceph"
cp "$stub" "$root/usr/lib/zipnn-ceph/"
succeeds status
printf ' ' >>"$root/usr/lib/zipnn-ceph/libceph_zstd.so"
fails_with "another build than the installed" status
succeeds enable
succeeds status
sed 's,zipnn slot [0-9.]*/,zipnn slot 9.9.9/,' "$build/libceph_zipnn.so" >"$folder/libceph_zipnn.so"
fails_with "libceph_zipnn.so is of another build" status
cp "$build/libceph_zipnn.so" "$folder/"
succeeds status
rm "$folder/libceph_zipnn.so"
fails_with "not zipnn's stub" enable --stub "$build/libceph_zipnn_monshim.so"

echo "--- without Ceph"
dpkg_root --remove ceph-common || fail "dpkg --remove"
succeeds disable --yes
[[ ! -e $slot && -z $(dpkg-divert --root="$root" --list) ]] || fail "something is left"
pass "disable after ceph-common was removed"
install "$release+ds-3"
slot_is_stock "installed again"

echo "--- something else in the slot"
rm "$slot"
echo "another vendor's" >"$slot"
fails_with "neither the stock symlink nor" enable --stub "$stub"
fails_with "neither the stock symlink nor" disable --yes
grep -q vendor "$slot" || fail "it was touched"

echo "--- mistakes, and files that do not load (on the real root, where check changes nothing)"
for arguments in "disable --yes --root $work/no-such-folder" "disable --yes --root" "enable disable" "" "--stub"; do
    # shellcheck disable=SC2086 # words
    ! zipnn_slot $arguments || fail "zipnn-slot $arguments succeeds"
done
! zipnn_slot disable --yes --root "" || fail "an empty --root means something"
zipnn_slot check --stub "$stub" || fail "the stub does not load"
label_at=$(grep -abom1 'zipnn slot' "$stub" | head -n 1 | cut -d : -f 1)
head -c $((label_at + 2000)) "$stub" >"$work/truncated.so"
sed 's/libisal\.so\.2/libisal.so.9/' "$stub" >"$work/missing.so"
{ strings -a "$stub" | grep 'zipnn slot'; echo /libceph_zstd.so.2.0.0; } >"$work/text.so"
for file in truncated missing text; do
    ! zipnn_slot check --stub "$work/$file.so" || fail "$file.so: fits"
    pass "refused: $(head -n 1 "$work/said" | cut -c 1-150)"
done
