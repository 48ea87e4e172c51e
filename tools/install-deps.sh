#!/bin/sh
# Installs what hone is built from, on Debian 12; with --test also what the tests and checks
# use, with --peers what benchmarks stand beside. Calls apt-get only when a package is missing.
#
# usage: install-deps.sh [--test | --peers]
set -eu

build_packages="gcc libc6-dev cmake ninja-build pkg-config libuv1-dev libjansson-dev libopenblas-dev
libcurl4-openssl-dev libsqlite3-dev nettle-dev libsodium-dev libxxhash-dev libutf8proc-dev
libyaml-dev libpcre2-dev"
test_packages="clang libclang-rt-14-dev clang-format clang-tidy libcmocka-dev pmccabe gcovr
codespell shellcheck sqlite3 curl python3"
peer_packages="python3 python3-sklearn fasttext"

fail() {
    echo "install-deps: $*" >&2
    exit 1
}

# A Node.js of 18 or later serves, wherever it comes from.
has_node() {
    command -v npm >/dev/null && major=$(node --version 2>/dev/null | sed 's/^v//; s/\..*//') &&
        [ "${major:-0}" -ge 18 ]
}

is_installed() {
    [ "$(dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

packages=$build_packages
case "${1:-}" in
"") ;;
--test)
    packages="$packages $test_packages"
    has_node || packages="$packages nodejs npm"
    ;;
--peers) packages=$peer_packages ;;
*) fail "usage: install-deps.sh [--test | --peers]" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this is not Debian; install the equivalents of:" "$packages"
fi

missing=""
for package in $packages; do
    is_installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "all packages are installed"
    exit 0
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "not root and no sudo; as root: apt-get install$missing"
    as_root="sudo"
fi
echo "installing:$missing"
# shellcheck disable=SC2086
$as_root apt-get update
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
