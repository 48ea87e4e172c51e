#!/bin/sh
# Plays the official SDK clients against the program of a build. They are installed into
# BUILD/clients with npm ci; without npm, or a registry that it can reach, exits with 77 (skipped).
#
# usage: test-clients.sh BUILD_DIR
set -eu
if [ $# -ne 1 ] || [ ! -x "$1/hone" ]; then
    echo "usage: test-clients.sh BUILD_DIR (with the program in it)" >&2
    exit 2
fi
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
place=$build/clients

for program in node npm; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: $program is not installed"
        exit 77
    fi
done
mkdir -p "$place"
if ! cmp -s "$root/tests/clients/package-lock.json" "$place/installed-lock.json"; then
    cp "$root/tests/clients/package.json" "$root/tests/clients/package-lock.json" "$place"
    if ! (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 \
        >"$place/npm.log" 2>&1); then
        echo "skipped: npm could not install the clients (no registry?): $place/npm.log"
        exit 77
    fi
    cp "$root/tests/clients/package-lock.json" "$place/installed-lock.json"
fi
cd "$place"
HONE_SOURCE_DIR=$root HONE_BUILD_DIR=$build exec node "$root/tests/clients/run.mjs"
