#!/bin/sh
# Upholds the formatting of C (clang-format 14, see .clang-format), and where they are
# installed, spelling (codespell) and shell scripts (shellcheck).
#
# usage: check-format.sh [--fix]
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
cd "$tools/.."
# shellcheck source=tools/sources.sh
. "$tools/sources.sh"

# Other versions format the same text differently, so the version is part of the rule.
find_clang_format() {
    for name in clang-format-14 clang-format; do
        if command -v "$name" >/dev/null && "$name" --version | grep -q 'version 14\.'; then
            echo "$name"
            return
        fi
    done
    echo "check-format: clang-format 14 is not installed" >&2
    return 1
}

failed=0
clang_format=$(find_clang_format) || exit 2
# shellcheck disable=SC2086
files=$(hone_sources $HONE_FOLDERS bench examples tests)
# shellcheck disable=SC2086 # lists of paths without blanks
if [ "${1:-}" = "--fix" ]; then
    "$clang_format" -i $files
else
    "$clang_format" --dry-run --Werror $files || failed=1
fi

if command -v codespell >/dev/null; then
    # Data of examples are people's own words.
    texts=$(find . \( -name build -o -name data -o -name node_modules -o -name '.git' \) -prune \
        -o -type f \( -name '*.md' -o -name '*.sh' -o -name '*.awk' -o -name '*.py' \
        -o -name '*.cmake' -o -name '*.yaml' \) -print)
    # shellcheck disable=SC2086
    codespell $files $texts || failed=1
fi

if command -v shellcheck >/dev/null; then
    scripts=$(find . -name '*.sh' -not -path './build/*' -not -path '*/node_modules/*')
    # shellcheck disable=SC2086
    shellcheck --external-sources $scripts || failed=1
fi
exit $failed
