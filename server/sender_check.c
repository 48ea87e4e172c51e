#include "server/sender_check.h"

#include <string.h>
#include <strings.h>

#define PORT_DIGITS_MAX 5

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

/* "name", "name:port", "[address]" or "[address]:port" in parts; the name keeps its
 * brackets. */
struct authority {
    struct hone_span name, port; /* port: digits, or empty */
};

static bool is_name_char(char c)
{
    bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || c == '-' || c == '.' || c == '_';
}

static bool is_address_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f') ||
           c == ':' || c == '.';
}

/* Length of the name at the start; 0 when there is none. */
static size_t name_len(struct hone_span text)
{
    size_t len = 0;
    if (text.len == 0 || text.data[0] != '[') {
        while (len < text.len && is_name_char(text.data[len])) {
            len += 1;
        }
        return len;
    }
    for (len = 1; len < text.len && is_address_char(text.data[len]);) {
        len += 1;
    }
    return len > 1 && len < text.len && text.data[len] == ']' ? len + 1 : 0;
}

static bool parse_authority(struct authority *out, struct hone_span text)
{
    size_t len = name_len(text);
    if (len == 0) {
        return false;
    }
    out->name = hone_span_of(text.data, len);
    out->port = hone_span_of(NULL, 0);
    if (len == text.len) {
        return true;
    }
    out->port = hone_span_of(text.data + len + 1, text.len - len - 1);
    for (size_t i = 0; i < out->port.len; i++) {
        if (out->port.data[i] < '0' || out->port.data[i] > '9') {
            return false;
        }
    }
    return text.data[len] == ':' && out->port.len <= PORT_DIGITS_MAX;
}

static bool same_text(struct hone_span a, struct hone_span b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.data, b.data, a.len) == 0);
}

/* A loopback name, or the name in the option http? */
static bool is_own_name(const struct hone_config *config, struct hone_span name)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};
    for (size_t i = 0; i < N_ITEMS(names); i++) {
        if (same_text(name, hone_span_text(names[i]))) {
            return true;
        }
    }
    const char *colon = config->http != NULL ? strrchr(config->http, ':') : NULL;
    return colon != NULL &&
           same_text(name, hone_span_of(config->http, (size_t)(colon - config->http)));
}

bool hone_sender_check_host(const struct hone_config *config, struct hone_span host)
{
    struct authority seen, allowed;
    if (host.len == 0) {
        return true;
    }
    if (!parse_authority(&seen, host)) {
        return false;
    }
    if (is_own_name(config, seen.name)) {
        return true;
    }
    for (size_t i = 0; i < config->n_http_allowed_hosts; i++) {
        if (parse_authority(&allowed, hone_span_text(config->http_allowed_hosts[i])) &&
            same_text(seen.name, allowed.name) &&
            (allowed.port.len == 0 || same_text(seen.port, allowed.port))) {
            return true;
        }
    }
    return false;
}

/* "http://" or "https://" and an authority; the port is the scheme's when none is
 * given. */
static bool parse_origin(struct authority *out, bool *is_https, struct hone_span origin)
{
    static const struct {
        const char *text, *port;
    } schemes[] = {{"http://", "80"}, {"https://", "443"}};
    for (size_t i = 0; i < N_ITEMS(schemes); i++) {
        size_t len = strlen(schemes[i].text);
        if (origin.len < len || strncasecmp(origin.data, schemes[i].text, len) != 0) {
            continue;
        }
        *is_https = i == 1;
        if (!parse_authority(out, hone_span_of(origin.data + len, origin.len - len))) {
            return false;
        }
        if (out->port.len == 0) {
            out->port = hone_span_text(schemes[i].port);
        }
        return true;
    }
    return false;
}

bool hone_sender_check_origin(const struct hone_config *config, struct hone_span origin)
{
    struct authority seen, allowed;
    bool seen_https = false, allowed_https = false;
    if (origin.len == 0) {
        return true;
    }
    if (!parse_origin(&seen, &seen_https, origin)) {
        return false;
    }
    if (is_own_name(config, seen.name)) {
        return true;
    }
    for (size_t i = 0; i < config->n_http_allowed_origins; i++) {
        if (parse_origin(&allowed, &allowed_https,
                         hone_span_text(config->http_allowed_origins[i])) &&
            seen_https == allowed_https && same_text(seen.name, allowed.name) &&
            same_text(seen.port, allowed.port)) {
            return true;
        }
    }
    return false;
}

int hone_sender_check_write_cors(struct hone_buf *buf, struct hone_span origin,
                                 bool preflight)
{
    if (origin.len == 0) {
        return buf->error;
    }
    (void)hone_buf_append_text(buf, "Access-Control-Allow-Origin: ");
    (void)hone_buf_append_span(buf, origin);
    (void)hone_buf_append_text(
        buf, "\r\nVary: Origin\r\n"
             "Access-Control-Expose-Headers: Mcp-Session-Id, WWW-Authenticate\r\n");
    if (preflight) {
        /* The star stands for all (Mcp-Param-... has any name) but Authorization. */
        (void)hone_buf_append_text(buf,
                                   "Access-Control-Allow-Methods: GET, POST, DELETE\r\n"
                                   "Access-Control-Allow-Headers: *, Authorization\r\n"
                                   "Access-Control-Max-Age: 600\r\n");
    }
    return buf->error;
}

int hone_sender_check_config(const struct hone_config *config, struct hone_error *err)
{
    struct authority parts;
    bool is_https = false;
    for (size_t i = 0; i < config->n_http_allowed_hosts; i++) {
        const char *host = config->http_allowed_hosts[i];
        if (!parse_authority(&parts, hone_span_text(host))) {
            return hone_error_set(
                err, HONE_E_INVALID,
                "http_allowed_hosts wants NAME or NAME:PORT, not \"%s\"", host);
        }
    }
    for (size_t i = 0; i < config->n_http_allowed_origins; i++) {
        const char *origin = config->http_allowed_origins[i];
        if (!parse_origin(&parts, &is_https, hone_span_text(origin))) {
            return hone_error_set(err, HONE_E_INVALID,
                                  "http_allowed_origins wants https://NAME or "
                                  "https://NAME:PORT, not \"%s\"",
                                  origin);
        }
    }
    return 0;
}
