# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the project needs from the distribution, by package name, and how it gets it.
# Sourced by tests/run.sh and bench/demo.sh; one place, so that both set up the same machine.

# shellcheck disable=SC2034  # the lists are used by whoever sources this file
BUILD_PACKAGES=(gcc g++ cmake make pkg-config binutils libzstd-dev libisal-dev liblz4-dev libcmocka-dev libradospp-dev
    librados-dev ceph-common ceph-osd)
CLUSTER_PACKAGES=(ceph-mon ceph-mgr ceph-osd radosgw ceph-common s3cmd curl procps)
TEST_PACKAGES=(python3 python3-numpy python3-boto3 python3-rados util-linux bsdutils strace)
# To run the NEON kernels on machines without NEON.
[[ $(uname -m) == aarch64 ]] || TEST_PACKAGES+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)
# To decode golden files on a big-endian machine.
[[ $(uname -m) == s390x ]] || TEST_PACKAGES+=(gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user)
# To run the AVX-512 kernels on machines without AVX-512.
[[ $(uname -m) != x86_64 ]] || TEST_PACKAGES+=(libsimde-dev)
LINT_PACKAGES=(git clang-14 clang-format-14 clang-tidy-14 clang-tools-14 cppcheck shellcheck)
# llvm-14 for coverage of what was fuzzed. Without afl++ one of the two engines is skipped.
FUZZ_PACKAGES=(clang-14 llvm-14 libclang-rt-14-dev git python3)
# As in TEST_PACKAGES.
[[ $(uname -m) != x86_64 ]] || FUZZ_PACKAGES+=(libsimde-dev)
AFL_PACKAGES=(afl++)
CORPUS_PACKAGES=(python3 python3-numpy unzip)
# bench/sizes and bench/speed: the command line alone, the corpus, and rivals from PyPI, one of which is compiled.
SIZES_PACKAGES=(gcc cmake make pkg-config libzstd-dev libisal-dev liblz4-dev "${CORPUS_PACKAGES[@]}" python3-venv python3-dev)

# missing_packages NAME...: those of the packages that are not installed, one a line.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f '${Status}\n' "$name" 2>/dev/null | grep -q '^install ok installed$' || echo "$name"
    done
}

# install_packages NAME...: install what is missing; root or sudo. Says what it does; fails loudly.
install_packages() {
    local -a missing sudo=()
    mapfile -t missing < <(missing_packages "$@" | sort -u)
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        command -v sudo >/dev/null || {
            echo "error: these packages are missing and neither root nor sudo is at hand: ${missing[*]}" >&2
            return 1
        }
        sudo=(sudo)
    fi
    echo "installing (a minute or so): ${missing[*]}"
    "${sudo[@]}" apt-get update -qq || {
        echo "error: 'apt-get update' failed: is a Debian mirror reachable?" >&2
        return 1
    }
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || {
        echo "error: 'apt-get install ${missing[*]}' failed; run it by hand to see why" >&2
        return 1
    }
}

# fetch_libraries ARCHITECTURE FOLDER: libzstd and ISA-L for that (s390x, arm64), from the distribution into a folder of their
# own. The machine's own apt does not learn of the architecture, and no root is needed. Without them the tests that want them
# are skipped.
fetch_libraries() {
    local architecture=$1 folder=$2/$1 apt package
    [[ ! -e $folder/complete && $(dpkg --print-architecture) != "$architecture" ]] || return 0
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
    apt=$(realpath "$folder/apt")
    cat >"$folder/apt/conf" <<END
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
END
    echo "fetching libzstd and ISA-L for $architecture (once)"
    (
        export APT_CONFIG=$apt/conf
        cd "$folder"
        apt-get update -qq && apt-get download -qq libzstd-dev libisal-dev libisal2
    ) || {
        echo "going on without libraries for $architecture" >&2
        return 0
    }
    for package in "$folder"/*.deb; do
        dpkg-deb -x "$package" "$folder" || return 0
    done
    rm -rf "$folder"/*.deb "$folder/apt"
    touch "$folder/complete"
}

# install_clients CLIENT...: the package clients npm and pip3, from the distribution where they are missing: many machines
# have their own. Without one the corpus goes without its packages (tests/corpus/fetch.sh says which).
install_clients() {
    local client package
    for client in "$@"; do
        command -v "$client" >/dev/null && continue
        package=$client
        [[ $client != pip3 ]] || package=python3-pip
        install_packages "$package" || echo "going on without $client" >&2
    done
}
