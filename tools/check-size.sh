#!/bin/sh
# Upholds the limits of size: a function has a complexity of at most 15 (McCabe, a switch counts
# once) and 100 lines, a file 1,000 lines. Exemptions stand in size-exemptions.
# Prints the median length of the project's functions.
#
# usage: check-size.sh [ROOT]
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$tools/..}"
# shellcheck source=tools/sources.sh
. "$tools/sources.sh"

if ! command -v pmccabe >/dev/null; then
    echo "check-size: pmccabe is not installed" >&2
    exit 2
fi
# shellcheck disable=SC2086 # a list of folders
files=$(hone_sources $HONE_FOLDERS bench examples tests)
if [ -z "$files" ]; then
    echo "check-size: no sources found below $(pwd)" >&2
    exit 2
fi

# pmccabe takes a declaration with an attribute behind it for the start of a function, so it
# reads copies in which the attributes are gone and the lines are the same.
copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT
for file in $files; do
    mkdir -p "$copies/${file%/*}"
    sed -E 's/HONE_(MUST_USE|NORETURN)//g; s/HONE_PRINTF\([0-9, ]+\)//g' "$file" \
        >"$copies/$file"
done

# shellcheck disable=SC2086 # lists of paths without blanks
{
    grep -v -e '^#' -e '^$' "$tools/size-exemptions" | sed 's/^/exempt\t/' || true
    wc -l $files | awk '$2 != "total" { print "file\t" $2 "\t" $1 }'
    (cd "$copies" && pmccabe $files) | sed 's/^/function\t/'
} | awk -f "$tools/check-size.awk"
