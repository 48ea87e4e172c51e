# Reads three kinds of lines, tab-separated:
#   exempt    "PATH [FUNCTION]: REASON"
#   file      PATH  LINES
#   function  COMPLEXITY  (by another count)  STATEMENTS  FIRST_LINE  LINES  "PATH(LINE): NAME"

BEGIN {
    FS = "\t"
    COMPLEXITY_MAX = 15
    FUNCTION_LINES_MAX = 100
    FILE_LINES_MAX = 1000
}

function breach(place, key, text) {
    if (key in exempt) {
        used[key] = 1
    } else {
        printf "%s: %s\n", place, text
        failed = 1
    }
}

$1 == "exempt" {
    key = $2
    if (key !~ /: *[^ ]/) {
        printf "tools/size-exemptions: \"%s\" gives no reason\n", key
        failed = 1
    }
    sub(/:.*/, "", key)
    exempt[key] = 1
}

$1 == "file" && $3 > FILE_LINES_MAX {
    breach($2 ":1", $2, "file has " $3 " lines, more than " FILE_LINES_MAX)
}

$1 == "function" {
    path = $7
    sub(/\([0-9]+\):.*/, "", path)
    name = $7
    sub(/.*: /, "", name)
    place = path ":" $5
    key = path " " name
    if ($2 > COMPLEXITY_MAX) {
        breach(place, key, name " has complexity " $2 ", more than " COMPLEXITY_MAX)
    }
    if ($6 > FUNCTION_LINES_MAX) {
        breach(place, key, name " has " $6 " lines, more than " FUNCTION_LINES_MAX)
    }
    if (path !~ /^(tests|bench)\//) {
        n_functions++
        n_of_length[$6 + 0]++
        longest = $6 + 0 > longest ? $6 + 0 : longest
    }
}

# The length below which the given share of functions stays.
function quantile(share,    lines, n) {
    for (lines = 0; lines < longest; lines++) {
        n += n_of_length[lines]
        if (n >= share * n_functions) {
            break
        }
    }
    return lines
}

END {
    for (key in exempt) {
        if (!(key in used)) {
            printf "tools/size-exemptions: \"%s\" is not needed\n", key
            failed = 1
        }
    }
    printf "%d functions: median %d lines, nine in ten up to %d, longest %d\n", n_functions,
        quantile(0.5), quantile(0.9), longest
    exit failed
}
