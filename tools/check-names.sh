#!/bin/sh
# Upholds two rules on the objects of a build: the external names of FOLDER/x.c start with
# hone_x_ (or are hone_x), and no object has mutable file-scope state. Meant for a plain Debug
# or a release build; what sanitizers and coverage add is ignored.
#
# usage: check-names.sh BUILD_DIR
set -eu
if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: check-names.sh BUILD_DIR" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
tools=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/sources.sh
. "$tools/sources.sh"

# Executables have no archive: the objects of hone itself are looked at one by one.
objects=$(find "$build" -path '*/CMakeFiles/hone.dir/*' -name '*.c.o')
archives=""
for folder in $HONE_FOLDERS; do
    if [ -f "$build/$folder/libhone-$folder.a" ]; then
        archives="$archives $build/$folder/libhone-$folder.a"
    fi
done
if [ -z "$archives" ]; then
    echo "check-names: no libraries below $build; build first" >&2
    exit 2
fi
# The sysv format names the section, which tells constant tables that hold pointers
# (.data.rel.ro) from real variables (.data, .bss).
# shellcheck disable=SC2086
nm -f sysv $archives ${objects:+/dev/null $objects} 2>/dev/null |
    awk -v build="$build/" -v root="$tools/.." -f "$tools/check-names.awk"
