#include "protocol/http1_head.h"

#include "base/alloc.h"
#include "protocol/http1.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Method, spaces and version around the longest target. */
#define REQUEST_LINE_EXTRA 64
#define METHOD_BYTES_MAX   32
#define LENGTH_DIGITS_MAX  18 /* always fits 64 bits */
#define PORT_DIGITS_MAX    5

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

/* Two of these in one request would mean different things to different readers. */
static const char *const single_fields[] = {
    "Authorization",  "Content-Length",       "Content-Type", "Expect",
    "Host",           "Last-Event-Id",        "Mcp-Method",   "Mcp-Name",
    "Mcp-Session-Id", "MCP-Protocol-Version", "Origin",       "Transfer-Encoding",
};
static const char single_prefix[] = "Mcp-Param-";

void hone_http1_head_init(struct hone_http1_head *head)
{
    *head = (struct hone_http1_head){.fields = NULL};
    hone_buf_init(&head->bytes, HONE_HTTP1_HEAD_BYTES_MAX);
}

void hone_http1_head_finish(struct hone_http1_head *head)
{
    hone_buf_finish(&head->bytes);
    free(head->fields);
    head->fields = NULL;
}

void hone_http1_head_reset(struct hone_http1_head *head)
{
    struct hone_http1_head fresh = {.bytes = head->bytes, .fields = head->fields};
    *head = fresh;
    hone_buf_clear(&head->bytes);
}

bool hone_http1_head_is_empty(const struct hone_http1_head *head)
{
    return head->bytes.len == 0 && !head->saw_cr && !head->has_request_line;
}

static bool refuse(struct hone_http1_refusal *refusal, int status, const char *reason)
{
    *refusal = (struct hone_http1_refusal){status, reason};
    return false;
}

static struct hone_span bytes_at(const struct hone_http1_head *head, size_t at,
                                 size_t len)
{
    return hone_span_of(head->bytes.data + at, len);
}

static bool check_version(struct hone_http1_head *head, struct hone_span version,
                          struct hone_http1_refusal *refusal)
{
    bool digits = version.len == 8 && memcmp(version.data, "HTTP/", 5) == 0 &&
                  version.data[5] >= '0' && version.data[5] <= '9' &&
                  version.data[6] == '.' && version.data[7] >= '0' &&
                  version.data[7] <= '9';
    if (!digits) {
        return refuse(refusal, 400, "the request line has no HTTP version");
    }
    head->is_http_1_0 = hone_span_is(version, "HTTP/1.0");
    if (!head->is_http_1_0 && !hone_span_is(version, "HTTP/1.1")) {
        return refuse(refusal, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    }
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static bool check_percents(struct hone_span target, struct hone_http1_refusal *refusal)
{
    for (size_t i = 0; i < target.len; i++) {
        if (target.data[i] != '%') {
            continue;
        }
        if (target.len - i < 3 || !is_hex(target.data[i + 1]) ||
            !is_hex(target.data[i + 2])) {
            return refuse(refusal, 400,
                          "the request target has a '%' without two hexadecimal digits");
        }
        if (target.data[i + 1] == '0' && target.data[i + 2] == '0') {
            return refuse(refusal, 400, "the request target has a NUL");
        }
    }
    return true;
}

/* "." or "..", each dot plain or as %2e? */
static bool is_dot_segment(struct hone_span segment)
{
    size_t n_dots = 0;
    while (segment.len > 0) {
        size_t used = segment.data[0] == '.' ? 1 : 3;
        if (used == 3 &&
            (segment.len < 3 || strncasecmp(segment.data, "%2e", used) != 0)) {
            return false;
        }
        n_dots += 1;
        segment = hone_span_of(segment.data + used, segment.len - used);
    }
    return n_dots == 1 || n_dots == 2;
}

/* Clients resolve dot segments themselves; who sends one wants a proxy and a server to
 * see different paths. */
static bool check_segments(struct hone_span target, struct hone_http1_refusal *refusal)
{
    size_t at = 0;
    while (at < target.len && target.data[at] != '?') {
        size_t len = 0;
        at += 1; /* the slash */
        while (at + len < target.len && strchr("/?", target.data[at + len]) == NULL) {
            len += 1;
        }
        if (is_dot_segment(hone_span_of(target.data + at, len))) {
            return refuse(refusal, 400, "the path has dot segments");
        }
        at += len;
    }
    return true;
}

static bool check_target(struct hone_span method, struct hone_span target,
                         struct hone_http1_refusal *refusal)
{
    if (target.len > HONE_HTTP1_TARGET_BYTES_MAX) {
        return refuse(refusal, 414, "the request target is too long");
    }
    if (hone_span_is(target, "*") && hone_span_is(method, "OPTIONS")) {
        return true;
    }
    if (target.len == 0 || target.data[0] != '/') {
        return refuse(refusal, 400, "the request target must begin with a slash");
    }
    for (size_t i = 0; i < target.len; i++) {
        char c = target.data[i];
        if (c <= ' ' || c > '~' || strchr("\"#<>\\^`{|}", c) != NULL) {
            return refuse(refusal, 400,
                          "the request target has a character that must be "
                          "percent-encoded");
        }
    }
    return check_percents(target, refusal) && check_segments(target, refusal);
}

/* METHOD SP target SP HTTP/1.x, each space exactly one. */
static bool take_request_line(struct hone_http1_head *head, struct hone_span line,
                              struct hone_http1_refusal *refusal)
{
    const char *first = memchr(line.data, ' ', line.len);
    const char *last = memrchr(line.data, ' ', line.len);
    if (first == NULL || first == last) {
        return refuse(refusal, 400, "the request line is not METHOD target HTTP/1.1");
    }
    struct hone_span method = hone_span_of(line.data, (size_t)(first - line.data));
    struct hone_span target = hone_span_of(first + 1, (size_t)(last - first) - 1);
    struct hone_span version =
        hone_span_of(last + 1, line.len - (size_t)(last - line.data) - 1);
    if (!hone_http1_line_is_token(method) || method.len > METHOD_BYTES_MAX) {
        return refuse(refusal, 400, "the method is not a token");
    }
    if (!check_version(head, version, refusal) ||
        !check_target(method, target, refusal)) {
        return false;
    }
    head->method_len = method.len;
    head->target_at = (size_t)(target.data - head->bytes.data);
    head->target_len = target.len;
    head->has_request_line = true;
    return true;
}

bool hone_http1_head_is_single(struct hone_span name)
{
    size_t prefix_len = sizeof(single_prefix) - 1;
    for (size_t i = 0; i < N_ITEMS(single_fields); i++) {
        if (hone_http1_line_same_name(name, hone_span_text(single_fields[i]))) {
            return true;
        }
    }
    return name.len > prefix_len &&
           strncasecmp(name.data, single_prefix, prefix_len) == 0;
}

static bool take_length(struct hone_http1_head *head, struct hone_span value,
                        struct hone_http1_refusal *refusal)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return refuse(refusal, 400, "Content-Length is not a number");
        }
    }
    if (value.len == 0) {
        return refuse(refusal, 400, "Content-Length is empty");
    }
    if (value.len > LENGTH_DIGITS_MAX) {
        return refuse(refusal, 413, "Content-Length is beyond all limits");
    }
    for (size_t i = 0; i < value.len; i++) {
        length = length * 10 + (uint64_t)(value.data[i] - '0');
    }
    head->has_length = true;
    head->content_length = length;
    return true;
}

static bool take_coding(struct hone_http1_head *head, struct hone_span value,
                        struct hone_http1_refusal *refusal)
{
    if (!hone_http1_line_same_name(value, hone_span_text("chunked"))) {
        return refuse(refusal, 501, "the only transfer coding here is chunked");
    }
    head->has_coding = true;
    return true;
}

static bool take_expect(struct hone_http1_head *head, struct hone_span value,
                        struct hone_http1_refusal *refusal)
{
    if (!hone_http1_line_same_name(value, hone_span_text("100-continue"))) {
        return refuse(refusal, 417, "the only expectation here is 100-continue");
    }
    head->expects_continue = true;
    return true;
}

/* What host names are made of in practice: the list separators that RFC 3986 would
 * allow, too, have no place in them. */
static bool is_name_char(char c)
{
    bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || c == '-' || c == '.' || c == '_';
}

/* Length of the registered name, IPv4 address or "[IPv6 address]" at the start. */
static size_t host_name_len(struct hone_span value)
{
    bool bracket = value.len > 0 && value.data[0] == '[';
    size_t len = bracket ? 1 : 0;
    while (len < value.len &&
           (bracket ? is_hex(value.data[len]) || strchr(":.", value.data[len]) != NULL
                    : is_name_char(value.data[len]))) {
        len += 1;
    }
    if (!bracket) {
        return len;
    }
    return len > 2 && len < value.len && value.data[len] == ']' ? len + 1 : 0;
}

/* A colon and at most five digits. */
static bool is_port(struct hone_span text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.data[0] == ':' && text.len <= 1 + PORT_DIGITS_MAX;
}

static bool take_host(struct hone_http1_head *head, struct hone_span value,
                      struct hone_http1_refusal *refusal)
{
    (void)head;
    size_t len = host_name_len(value);
    if (len == 0) {
        return refuse(refusal, 400, "Host is not a host name or an address");
    }
    if (len < value.len && !is_port(hone_span_of(value.data + len, value.len - len))) {
        return refuse(refusal, 400, "Host has something behind the name that is no port");
    }
    return true;
}

/* A comma-separated list; the field may also be repeated. */
static bool take_connection(struct hone_http1_head *head, struct hone_span value,
                            struct hone_http1_refusal *refusal)
{
    (void)refusal;
    while (value.len > 0) {
        const char *comma = memchr(value.data, ',', value.len);
        size_t len = comma != NULL ? (size_t)(comma - value.data) : value.len;
        struct hone_span option = hone_http1_line_trim(hone_span_of(value.data, len));
        if (hone_http1_line_same_name(option, hone_span_text("close"))) {
            head->asked_close = true;
        } else if (hone_http1_line_same_name(option, hone_span_text("keep-alive"))) {
            head->asked_keep_alive = true;
        }
        size_t used = comma != NULL ? len + 1 : len;
        value = hone_span_of(value.data + used, value.len - used);
    }
    return true;
}

static const struct {
    const char *name;
    bool (*take)(struct hone_http1_head *head, struct hone_span value,
                 struct hone_http1_refusal *refusal);
} meanings[] = {
    {"Connection", take_connection},
    {"Content-Length", take_length},
    {"Expect", take_expect},
    {"Host", take_host},
    {"Transfer-Encoding", take_coding},
};

static bool take_meaning(struct hone_http1_head *head, struct hone_span name,
                         struct hone_span value, struct hone_http1_refusal *refusal)
{
    for (size_t i = 0; i < N_ITEMS(meanings); i++) {
        if (hone_http1_line_same_name(name, hone_span_text(meanings[i].name))) {
            return meanings[i].take(head, value, refusal);
        }
    }
    return true;
}

static bool take_field(struct hone_http1_head *head, struct hone_span line,
                       struct hone_http1_refusal *refusal)
{
    struct hone_span name, value;
    if (line.data[0] == ' ' || line.data[0] == '\t') {
        return refuse(refusal, 400, "a header line begins with white space");
    }
    if (!hone_http1_line_parse_field(line, &name, &value)) {
        return refuse(refusal, 400, "a header line is not of the form Name: value");
    }
    if (head->n_fields == HONE_HTTP1_HEADERS_MAX) {
        return refuse(refusal, 431, "too many header lines");
    }
    if (hone_http1_head_is_single(name) &&
        hone_http1_head_field(head, name).data != NULL) {
        return refuse(refusal, 400, "a header that must be single is repeated");
    }
    if (head->fields == NULL) {
        head->fields = hone_alloc_zeroed(HONE_HTTP1_HEADERS_MAX, sizeof(*head->fields));
    }
    head->fields[head->n_fields++] = (struct hone_http1_field){
        .name_at = (uint16_t)(name.data - head->bytes.data),
        .name_len = (uint16_t)name.len,
        .value_at = (uint16_t)(value.data - head->bytes.data),
        .value_len = (uint16_t)value.len,
    };
    return take_meaning(head, name, value, refusal);
}

/* The empty line: do the fields fit together? */
static bool check_whole(const struct hone_http1_head *head,
                        struct hone_http1_refusal *refusal)
{
    if (head->has_length && head->has_coding) {
        return refuse(refusal, 400, "both Content-Length and Transfer-Encoding");
    }
    if (head->has_coding && head->is_http_1_0) {
        return refuse(refusal, 400, "HTTP/1.0 has no Transfer-Encoding");
    }
    if (!head->is_http_1_0 &&
        hone_http1_head_field(head, hone_span_text("Host")).data == NULL) {
        return refuse(refusal, 400, "the Host header is missing");
    }
    return true;
}

static enum hone_http1_part take_line(struct hone_http1_head *head,
                                      struct hone_http1_refusal *refusal)
{
    struct hone_span line =
        bytes_at(head, head->line_at, head->bytes.len - head->line_at);
    bool good = false;
    if (line.len == 0 && head->has_request_line) {
        return check_whole(head, refusal) ? HONE_HTTP1_PART_DONE
                                          : HONE_HTTP1_PART_REFUSED;
    }
    if (line.len == 0) {
        good = !head->skipped_empty ||
               refuse(refusal, 400, "empty lines before the request");
        head->skipped_empty = true;
    } else if (!head->has_request_line) {
        good = take_request_line(head, line, refusal);
    } else {
        good = take_field(head, line, refusal);
    }
    head->line_at = head->bytes.len;
    return good ? HONE_HTTP1_PART_MORE : HONE_HTTP1_PART_REFUSED;
}

static enum hone_http1_part refuse_line(const struct hone_http1_head *head,
                                        enum hone_http1_line_step step,
                                        struct hone_http1_refusal *refusal)
{
    if (step == HONE_HTTP1_LINE_BAD) {
        (void)refuse(refusal, 400,
                     "a control character, or a line that does not end in CRLF");
    } else if (head->has_request_line) {
        (void)refuse(refusal, 431, "the headers are too long");
    } else {
        (void)refuse(refusal, 414, "the request target is too long");
    }
    return HONE_HTTP1_PART_REFUSED;
}

enum hone_http1_part hone_http1_head_feed(struct hone_http1_head *head, const char *data,
                                          size_t len, size_t *taken,
                                          struct hone_http1_refusal *refusal)
{
    enum hone_http1_part part = HONE_HTTP1_PART_MORE;
    *taken = 0;
    while (*taken < len && part == HONE_HTTP1_PART_MORE) {
        size_t max = head->has_request_line
                         ? HONE_HTTP1_HEAD_BYTES_MAX
                         : HONE_HTTP1_TARGET_BYTES_MAX + REQUEST_LINE_EXTRA;
        size_t n = 0;
        enum hone_http1_line_step step = hone_http1_line_feed(
            &head->bytes, &head->saw_cr, max, data + *taken, len - *taken, &n);
        *taken += n;
        if (step == HONE_HTTP1_LINE_END) {
            part = take_line(head, refusal);
        } else if (step != HONE_HTTP1_LINE_MORE) {
            part = refuse_line(head, step, refusal);
        }
    }
    return part;
}

struct hone_span hone_http1_head_method(const struct hone_http1_head *head)
{
    return bytes_at(head, 0, head->method_len);
}

struct hone_span hone_http1_head_target(const struct hone_http1_head *head)
{
    return bytes_at(head, head->target_at, head->target_len);
}

struct hone_span hone_http1_head_field(const struct hone_http1_head *head,
                                       struct hone_span name)
{
    for (size_t i = 0; i < head->n_fields; i++) {
        const struct hone_http1_field *field = &head->fields[i];
        if (hone_http1_line_same_name(bytes_at(head, field->name_at, field->name_len),
                                      name)) {
            return bytes_at(head, field->value_at, field->value_len);
        }
    }
    return hone_span_of(NULL, 0);
}
