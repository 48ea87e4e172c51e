#!/bin/sh
# Runs a libFuzzer target for a time, starting from its corpus; what it finds stays in the build
# folder, beside the target.
#
# usage: fuzz.sh TARGET SECONDS
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
target=$1
name=$(basename "$target")
work=$(dirname "$target")/$name.work
mkdir -p "$work"
exec "$target" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/" "$work" "$tools/../tests/fuzz/corpus/${name#fuzz_}"
