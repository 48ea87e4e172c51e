# Reads `nm -f sysv` of archives and objects. Prints "source: rule" for each breach.

BEGIN {
    FS = "|"
    # Modules whose names follow another rule, with the reason.
    exempt_name["tensor/kernels"] = "^hone_" # kernels are named after the mathematics
    exempt_name["cli/main"] = "^main$"
    # Modules that may have file-scope state.
    exempt_state["base/log"] = 1 # the sink of log lines
    exempt_state["tensor/blas"] = 1 # the library that is loaded once
}

# "Symbols from BUILD/base/libhone-base.a[text.c.o]:" or
# "Symbols from BUILD/cli/CMakeFiles/hone.dir/main.c.o:"
/^Symbols from / {
    path = $0
    sub(/^Symbols from /, "", path)
    sub(/:$/, "", path)
    path = substr(path, length(build) + 1)
    folder = path
    sub(/\/.*/, "", folder)
    file = path
    sub(/\]$/, "", file)
    sub(/.*[\/\[]/, "", file)
    sub(/\.c\.o$/, "", file)
    module = file
    gsub(/-/, "_", module)
    n_objects++
    next
}

function trimmed(text) {
    gsub(/^[ \t]+|[ \t]+$/, "", text)
    return text
}

# Where the source mentions the name first; nm itself knows no lines. GCC calls a static x of a
# function x.0, clang calls it function.x.
function line_of(name,    source, line, n, found) {
    sub(/\.[0-9]+$/, "", name)
    sub(/.*\./, "", name)
    source = root "/" folder "/" file ".c"
    while (!found && (getline line < source) > 0) {
        n++
        found = line ~ ("(^|[^A-Za-z0-9_])" name "([^A-Za-z0-9_]|$)")
    }
    close(source)
    return found ? n : 1
}

function breach(text) {
    printf "%s/%s.c:%d: %s\n", folder, file, line_of(name), text
    failed = 1
}

NF >= 7 {
    name = trimmed($1)
    class = trimmed($3)
    section = trimmed($7)
    # Names that begin so belong to the compiler: sanitizers, coverage, profiling.
    if (name == "Name" || name ~ /^(__|\.L|_sub_|_GLOBAL_|asan\.|DW\.)/) {
        next
    }
    if (class ~ /^[A-TV-Zuv]$/ && class != "N" && section != "*UND*") {
        pattern = exempt_name[folder "/" file]
        if (pattern == "" ? name !~ ("^hone_" module "(_|$)") : name !~ pattern) {
            breach("external name " name " does not start with hone_" module "_")
        }
    }
    if (section ~ /^\.(data|bss|tdata|tbss)/ && section !~ /^\.data\.rel\.ro/ ||
        section == "*COM*") {
        if (!exempt_state[folder "/" file]) {
            breach("mutable state " name " at file scope (" section ")")
        }
    }
}

END {
    if (n_objects == 0) {
        print "check-names: nm named no object" > "/dev/stderr"
        exit 2
    }
    exit failed
}
