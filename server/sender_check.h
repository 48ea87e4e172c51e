/* Where an HTTP request may come from: the Host header must name this server, so that a
 * page whose name an attacker has pointed at this machine (DNS rebinding) gets nothing,
 * and the Origin header, which browsers add, must be one that was let in. Pure functions
 * of the configuration and the headers. Thread: any. */
#ifndef HONE_SERVER_SENDER_CHECK_H
#define HONE_SERVER_SENDER_CHECK_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "server/config.h"

#include <stdbool.h>

/* Is host a loopback name (localhost, 127.0.0.1, [::1]) with any port or none, the host of
 * the option http, or one of http_allowed_hosts? The empty host (absent, as HTTP/1.0
 * allows: no browser sends that) passes. */
bool hone_sender_check_host(const struct hone_config *config, struct hone_span host);

/* Is origin http or https of a loopback name or of the option http's host, with any port,
 * or one of http_allowed_origins? The empty origin (absent: no browser) passes; "null"
 * never does. */
bool hone_sender_check_origin(const struct hone_config *config, struct hone_span origin);

/* Appends the header lines, each with its CRLF, by which a browser lets pages of an origin
 * that passed the check read the answer; nothing for the empty origin. preflight: also
 * those that answer OPTIONS. Returns buf->error. */
int hone_sender_check_write_cors(struct hone_buf *buf, struct hone_span origin,
                                 bool preflight);

/* Is each of http_allowed_hosts "NAME" or "NAME:PORT" and each of http_allowed_origins
 * "http(s)://NAME" with maybe a port? HONE_E_INVALID names the one that is not. */
int hone_sender_check_config(const struct hone_config *config,
                             struct hone_error *err) HONE_MUST_USE;

#endif
