# The tables and rules of check-layers.sh. Prints "file:line: rule" for each breach.

function allow(folder, list,    words, i) {
    split(list, words, " ")
    for (i in words) {
        may_include[folder, words[i]] = 1
    }
    is_folder[folder] = 1
}

# places: folders, or single files, that may include the foreign header.
function foreign(header, places,    words, i) {
    is_foreign[header] = 1
    split(places, words, " ")
    for (i in words) {
        may_see[header, words[i]] = 1
    }
}

# places: files that may call the function; "" for nowhere.
function restrict(name, places, why,    words, i) {
    reason[name] = why
    split(places, words, " ")
    for (i in words) {
        may_call[name, words[i]] = 1
    }
}

BEGIN {
    allow("base", "base")
    allow("tensor", "base tensor")
    allow("schema", "base schema")
    allow("optim", "base tensor optim")
    allow("skills", "base tensor schema optim skills")
    allow("offline", "base schema optim skills offline")
    allow("protocol", "base schema protocol")
    allow("store", "base store")
    allow("host", "base host")
    allow("remote", "base remote")
    allow("server", "base tensor schema optim skills protocol store host remote server ui")
    allow("cli", "base tensor schema optim skills protocol store host remote server ui offline cli")

    foreign("uv.h", "server remote cli")
    foreign("sqlite3.h", "store")
    foreign("libpq-fe.h", "store")
    foreign("cblas.h", "tensor/blas.c")
    foreign("curl/curl.h", "remote")
    foreign("yaml.h", "skills")
    foreign("seccomp.h", "host")
    foreign("jansson.h", "tensor schema skills offline protocol store server cli")
    foreign("pcre2.h", "schema/pattern.c")
    foreign("nettle/sha2.h", "base/digest.c")
    foreign("sodium.h", "base server cli")
    foreign("utf8proc.h", "base server cli")
    foreign("xxhash.h", "base server cli")

    restrict("uv_run", "server/loop.c", "the loop runs in server/loop.c only")
    restrict("uv_queue_work", "", "work goes to a lane of server/worker.c, not to libuv's pool")
    restrict("getenv", "server/config.c", "the environment is read in server/config.c only")
    restrict("secure_getenv", "server/config.c", "the environment is read in server/config.c only")
    restrict("sprintf", "", "unbounded; use snprintf or hone_buf_append_format")
    restrict("vsprintf", "", "unbounded; use vsnprintf")
    restrict("strcpy", "", "unbounded; use memcpy with a checked length")
    restrict("strcat", "", "unbounded; use struct hone_buf")
    restrict("gets", "", "unbounded")
    restrict("atoi", "", "hides errors; use strtol and check")
    restrict("strtok", "", "keeps hidden state; use strcspn")
    restrict("alloca", "", "unbounded stack; use an arena")
    restrict("system", "", "no shell")
    restrict("popen", "", "no shell")
}

function breach(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text
    failed = 1
}

function folder_of(path) {
    sub(/\/.*/, "", path)
    return path
}

# Removes string literals, character constants and comments; remembers an open comment.
function code_of(line,    out, c, two, i, n, quote) {
    n = length(line)
    for (i = 1; i <= n; i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\") {
                i++
            } else if (c == quote) {
                quote = ""
            }
        } else if (two == "/*") {
            in_comment = 1
            i++
        } else if (two == "//") {
            break
        } else if (c == "\"" || c == "'") {
            quote = c
            out = out " "
        } else {
            out = out c
        }
    }
    return out
}

function check_include(line,    name, target) {
    name = line
    sub(/^[ \t]*#[ \t]*include[ \t]*[<"]/, "", name)
    sub(/[>"].*/, "", name)
    if (is_foreign[name]) {
        if (!may_see[name, folder] && !may_see[name, FILENAME]) {
            breach("<" name "> may not be included here")
        }
        return
    }
    if (line !~ /include[ \t]*"/) {
        return
    }
    if (name !~ /\//) {
        breach("\"" name "\" is not written from the repository root")
        return
    }
    target = folder_of(name)
    if (!may_include[folder, target]) {
        breach(folder "/ may not include " target "/ (\"" name "\")")
    }
}

function check_calls(code,    rest, name) {
    rest = code
    while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        name = substr(rest, RSTART, RLENGTH - 1)
        sub(/[ \t]+$/, "", name)
        rest = substr(rest, RSTART + RLENGTH)
        if (name in reason && !may_call[name, FILENAME]) {
            breach(name "(): " reason[name])
        }
    }
}

# Notes where a function of ours is declared and whether anything speaks of it but its
# declaration and its definition, which alone begin a line.
function note_names(line, code,    begins, rest, name) {
    begins = line ~ /^[A-Za-z_]/
    rest = code
    while (match(rest, /(^|[^A-Za-z0-9_])hone_[a-z0-9_]+/)) {
        name = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        sub(/^[^h]/, "", name)
        if (!begins || rest !~ /^\(/) {
            is_used[name] = 1
        } else if (is_folder[folder] && FILENAME ~ /\.h$/ && FILENAME !~ /_internal\.h$/) {
            declared[name] = FILENAME ":" FNR
        }
    }
}

FNR == 1 {
    folder = folder_of(FILENAME)
    in_comment = 0
    name = FILENAME
    sub(/.*\//, "", name)
    if (name ~ /^(utils?|commons?|misc|helpers?)\.[ch]$/) {
        breach("a file is named after what it does, not \"" name "\"")
    }
}

{
    was_in_comment = in_comment
    code = code_of($0)
    note_names($0, code)
    if (!is_folder[folder]) {
        next # bench/ and examples/ may include and call what they like
    }
    if (!was_in_comment && $0 ~ /^[ \t]*#[ \t]*include[ \t]*[<"]/) {
        check_include($0)
    } else {
        check_calls(code)
    }
}

END {
    for (name in declared) {
        if (!is_used[name]) {
            printf "%s: %s() is used by tests at most; remove it, or declare it in a header " \
                   "*_internal.h\n", declared[name], name
            failed = 1
        }
    }
    exit failed
}
