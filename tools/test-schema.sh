#!/bin/sh
# Compares the schema validator of a build with two others, verdict by verdict: tests/schema. The
# others are installed into BUILD/schema-oracle with npm ci; without npm, or a registry that it can
# reach, exits with 77 (skipped).
#
# usage: test-schema.sh BUILD_DIR
set -eu
if [ $# -ne 1 ] || [ ! -x "$1/tests/schema/schema-verdicts" ]; then
    echo "usage: test-schema.sh BUILD_DIR (with tests/schema/schema-verdicts in it)" >&2
    exit 2
fi
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
place=$build/schema-oracle

for program in node npm; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: $program is not installed"
        exit 77
    fi
done
mkdir -p "$place"
if ! cmp -s "$root/tests/schema/package-lock.json" "$place/installed-lock.json"; then
    cp "$root/tests/schema/package.json" "$root/tests/schema/package-lock.json" "$place"
    if ! (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 \
        >"$place/npm.log" 2>&1); then
        echo "skipped: npm could not install the other validators (no registry?): $place/npm.log"
        exit 77
    fi
    cp "$root/tests/schema/package-lock.json" "$place/installed-lock.json"
fi
cd "$place"
HONE_SOURCE_DIR=$root HONE_BUILD_DIR=$build exec node "$root/tests/schema/compare.mjs"
