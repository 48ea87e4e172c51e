#!/bin/sh
# Prints a Node.js of version 22.19 or newer: the one in PATH, or the one that npm installed into
# PLACE. Without one exits with 77 (a skipped test).
#
# usage: find-node.sh PLACE
set -eu
if [ $# -ne 1 ]; then
    echo "usage: find-node.sh PLACE" >&2
    exit 2
fi

is_new() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
        process.exit(a > 22 || (a === 22 && b >= 19) ? 0 : 1);' 2>/dev/null
}

for node in "$(command -v node)" "$1"/node_modules/node-linux-*/bin/node; do
    if [ -x "$node" ] && is_new "$node"; then
        echo "$node"
        exit 0
    fi
done
echo "skipped: no Node.js of version 22.19 or newer" >&2
exit 77
