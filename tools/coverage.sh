#!/bin/sh
# Builds with the coverage preset, runs the tests that are not slow, prints the line coverage of
# each folder and fails when one that must not break unseen is below its floor.
#
# usage: coverage.sh
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
cd "$tools/.."
build=build/coverage

if ! command -v gcovr >/dev/null; then
    echo "coverage: gcovr is not installed" >&2
    exit 2
fi
cmake --preset coverage
cmake --build --preset coverage -j "$(nproc)"
# Counts of an earlier run would add up.
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" -LE slow --output-on-failure -j "$(nproc)"

gcovr --root . --object-directory "$build" --exclude 'tests/' --exclude 'bench/' \
    --exclude-unreachable-branches --csv "$build/coverage.csv"
awk -F, '
BEGIN {
    floor["protocol"] = floor["store"] = floor["optim"] = 85
}
NR > 1 {
    folder = $1
    sub(/\/.*/, "", folder)
    n_lines[folder] += $2
    n_covered[folder] += $3
}
END {
    for (folder in floor) {
        n_lines[folder] += 0 # a folder without lines is below its floor
    }
    for (folder in n_lines) {
        percent = n_lines[folder] > 0 ? 100 * n_covered[folder] / n_lines[folder] : 0
        printf "%-10s %5.1f %% of %d lines\n", folder, percent, n_lines[folder] | "sort"
        if (folder in floor && percent < floor[folder]) {
            breaches = breaches sprintf("%s/: line coverage %.1f %% is below %d %%\n", folder,
                                        percent, floor[folder])
        }
    }
    close("sort")
    printf "%s", breaches
    exit breaches != ""
}' "$build/coverage.csv"
