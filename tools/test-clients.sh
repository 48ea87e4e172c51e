#!/bin/sh
# Plays programs of others against the program of a build: the official SDK clients, the Inspector,
# the conformance suite. They are installed into BUILD/clients with npm ci; without npm, or a
# registry that it can reach, exits with 77 (skipped).
#
# usage: test-clients.sh BUILD_DIR [sdk|inspector|conformance]
set -eu
which=${2:-sdk}
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ ! -x "$1/hone" ] || [ ! -f "$root/tests/clients/$which.mjs" ]; then
    echo "usage: test-clients.sh BUILD_DIR [sdk|inspector|conformance] (with the program in it)" >&2
    exit 2
fi
build=$(cd "$1" && pwd)

"$root/tools/install-npm.sh" "$root/tests/clients" "$build/clients"
cd "$build/clients"
node=node
if [ "$which" != sdk ]; then
    node=$("$root/tools/find-node.sh" "$build/clients")
fi
HONE_SOURCE_DIR=$root HONE_BUILD_DIR=$build exec "$node" "$root/tests/clients/$which.mjs"
