/* URIs of resources: percent-encoding, and templates of RFC 6570 level 1, which are
 * literal text with {name} in it. Pure. Thread: any. */
#ifndef HONE_PROTOCOL_URI_H
#define HONE_PROTOCOL_URI_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#include <stddef.h>

#define HONE_URI_BYTES_MAX     4096
#define HONE_URI_VARIABLES_MAX 8

/* Appends a relative path: '/' stays, as do letters, digits and "-._~"; all else is
 * percent-encoded. Returns buf->error. */
int hone_uri_append_path(struct hone_buf *buf, struct hone_span path);

struct hone_uri_variable {
    struct hone_span name;  /* borrowed from the template */
    struct hone_span value; /* still encoded; borrowed from the URI */
};

/* Is it a template that we can match? HONE_E_INVALID for unbalanced braces, a name that is
 * not [A-Za-z0-9_]+ or is there twice, two variables with nothing between them;
 * HONE_E_LIMIT for too many variables or bytes. */
int hone_uri_check_template(struct hone_span uri_template,
                            struct hone_error *err) HONE_MUST_USE;

/* Matches a URI against a template that was checked. A variable takes at least one byte,
 * and as few as the literal text behind it allows; bytes that its expansion would not have
 * (such as '/') never match. Number of variables, or HONE_E_NOT_FOUND; *out is then
 * undefined. */
int hone_uri_match(struct hone_span uri_template, struct hone_span uri,
                   struct hone_uri_variable out[HONE_URI_VARIABLES_MAX]) HONE_MUST_USE;

/* Appends a value decoded. HONE_E_INVALID, with nothing appended, for the empty value, a
 * broken escape,
 * bytes that are not UTF-8, and values that would lead elsewhere when used in a path: one
 * with '/', '\' or a control character in it, "." and "..". Or buf->error. */
int hone_uri_decode(struct hone_buf *buf, struct hone_span value) HONE_MUST_USE;

#endif
