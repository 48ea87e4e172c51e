#!/bin/sh
# Installs the npm packages that SOURCE/package-lock.json names into PLACE, unless they are there.
# Without npm, or a registry that it can reach, exits with 77 (a skipped test).
#
# usage: install-npm.sh SOURCE PLACE
set -eu
if [ $# -ne 2 ] || [ ! -f "$1/package-lock.json" ]; then
    echo "usage: install-npm.sh SOURCE PLACE (SOURCE with package.json and package-lock.json)" >&2
    exit 2
fi
source=$1
place=$2

for program in node npm; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: $program is not installed"
        exit 77
    fi
done
mkdir -p "$place"
exec 9>"$place/lock"
flock 9 # tests that run at the same time share the place
if ! cmp -s "$source/package-lock.json" "$place/installed-lock.json"; then
    cp "$source/package.json" "$source/package-lock.json" "$place"
    if ! (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 \
        >"$place/npm.log" 2>&1); then
        echo "skipped: npm could not install the packages (no registry?): $place/npm.log"
        exit 77
    fi
    cp "$source/package-lock.json" "$place/installed-lock.json"
fi
