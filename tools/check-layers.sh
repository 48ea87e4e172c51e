#!/bin/sh
# Upholds the table of docs/ARCHITECTURE.md: which folder may include which, where a foreign
# library may be seen, which functions are called in one place or nowhere, and that what a
# header offers is used by more than tests.
#
# usage: check-layers.sh [ROOT]
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$tools/..}"
# shellcheck source=tools/sources.sh
. "$tools/sources.sh"

# Word splitting is wanted: a list of folders, then a list of paths without blanks.
# shellcheck disable=SC2086
files=$(hone_sources $HONE_FOLDERS bench examples)
if [ -z "$files" ]; then
    echo "check-layers: no sources found below $(pwd)" >&2
    exit 2
fi
# shellcheck disable=SC2086
exec awk -f "$tools/check-layers.awk" $files
