#!/bin/sh
# Runs clang-tidy (.clang-tidy) over the project's sources, as a build folder compiles them.
#
# usage: check-tidy.sh BUILD_DIR [FOLDER...]
set -eu
if [ $# -lt 1 ] || [ ! -f "$1/compile_commands.json" ]; then
    echo "usage: check-tidy.sh BUILD_DIR [FOLDER...] (BUILD_DIR has compile_commands.json)" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
shift
tools=$(cd "$(dirname "$0")" && pwd)
cd "$tools/.."
# shellcheck source=tools/sources.sh
. "$tools/sources.sh"
if ! command -v clang-tidy >/dev/null; then
    echo "check-tidy: clang-tidy is not installed" >&2
    exit 2
fi

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2086 # a list of words
    set -- $HONE_FOLDERS
fi
wanted=$(hone_sources "$@" | grep '\.c$')
compiled=""
for file in $wanted; do
    if grep -q "\"file\": \".*/$file\"" "$build/compile_commands.json"; then
        compiled="$compiled $file"
    fi
done
if [ -z "$compiled" ]; then
    echo "check-tidy: $build compiles none of the sources" >&2
    exit 2
fi
# shellcheck disable=SC2086
printf '%s\n' $compiled |
    xargs -P 2 -n 4 clang-tidy --quiet -p "$build" \
        --extra-arg=-Wno-unknown-warning-option
