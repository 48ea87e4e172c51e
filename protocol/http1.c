/* HEAD -> (BODY ->) COMPLETE -> HEAD ..., and REFUSED from any, for good. */
#include "protocol/http1.h"

#include "base/alloc.h"
#include "base/check.h"
#include "protocol/http1_body.h"
#include "protocol/http1_head.h"
#include "protocol/http1_internal.h"

#include <stdlib.h>
#include <string.h>

/* Memory that a busy connection keeps from one request to the next. */
#define KEPT_BYTES 16384

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

enum state {
    STATE_HEAD,
    STATE_BODY,
    STATE_COMPLETE,
    STATE_REFUSED,
};

/* Of one request, without its bytes. */
struct hone_http1_spare {
    struct hone_buf head, body;
    struct hone_http1_field *fields;
};

struct hone_http1_parser {
    enum state state;
    struct hone_http1_spare *spare;
    struct hone_http1_head head;
    struct hone_http1_body body;
    struct hone_http1_request request;
    struct hone_http1_refusal refusal;
};

struct hone_http1_spare *hone_http1_spare_create(void)
{
    struct hone_http1_spare *spare = hone_alloc_zeroed(1, sizeof(*spare));
    hone_buf_init(&spare->head, KEPT_BYTES);
    hone_buf_init(&spare->body, KEPT_BYTES);
    return spare;
}

void hone_http1_spare_destroy(struct hone_http1_spare *spare)
{
    if (spare == NULL) {
        return;
    }
    hone_buf_finish(&spare->head);
    hone_buf_finish(&spare->body);
    free(spare->fields);
    free(spare);
}

struct hone_http1_parser *hone_http1_create(size_t body_max_bytes,
                                            struct hone_http1_spare *spare)
{
    struct hone_http1_parser *parser = hone_alloc_zeroed(1, sizeof(*parser));
    parser->spare = spare;
    hone_http1_head_init(&parser->head);
    hone_http1_body_init(&parser->body, body_max_bytes);
    return parser;
}

void hone_http1_destroy(struct hone_http1_parser *parser)
{
    if (parser == NULL) {
        return;
    }
    hone_http1_head_finish(&parser->head);
    hone_http1_body_finish(&parser->body);
    free(parser);
}

/* The spare memory for the request that begins. */
static void take_spare(struct hone_http1_parser *parser)
{
    struct hone_http1_spare *spare = parser->spare;
    if (spare == NULL || parser->head.bytes.data != NULL) {
        return;
    }
    hone_buf_hand_over(&parser->head.bytes, &spare->head);
    hone_buf_hand_over(&parser->body.bytes, &spare->body);
    if (parser->head.fields == NULL) {
        parser->head.fields = spare->fields;
        spare->fields = NULL;
    }
}

/* The memory of a request that was forgotten goes to the next one, of whichever connection,
 * as far as none is spare yet. */
static void give_memory(struct hone_http1_parser *parser)
{
    struct hone_http1_spare *spare = parser->spare;
    if (spare != NULL) {
        hone_buf_hand_over(&spare->head, &parser->head.bytes);
        hone_buf_hand_over(&spare->body, &parser->body.bytes);
        if (spare->fields == NULL) {
            spare->fields = parser->head.fields;
            parser->head.fields = NULL;
        }
    }
    hone_http1_head_finish(&parser->head);
    hone_http1_head_init(&parser->head);
    hone_http1_body_reset(&parser->body, 0);
}

/* From COMPLETE to the next HEAD. */
static void start_next(struct hone_http1_parser *parser, bool give_memory_back)
{
    hone_http1_head_reset(&parser->head);
    hone_http1_body_reset(&parser->body, KEPT_BYTES);
    if (give_memory_back) {
        give_memory(parser);
    }
    parser->request = (struct hone_http1_request){.keep_alive = false};
    parser->state = STATE_HEAD;
}

static enum hone_http1_step refuse(struct hone_http1_parser *parser)
{
    parser->state = STATE_REFUSED;
    return HONE_HTTP1_REFUSED;
}

/* What the head says; there is no body yet. */
static void describe(struct hone_http1_parser *parser)
{
    const struct hone_http1_head *head = &parser->head;
    struct hone_span target = hone_http1_head_target(head);
    const char *mark = memchr(target.data, '?', target.len);
    size_t path_len = mark != NULL ? (size_t)(mark - target.data) : target.len;
    size_t query_at = mark != NULL ? path_len + 1 : path_len;
    parser->request = (struct hone_http1_request){
        .method = hone_http1_head_method(head),
        .target = target,
        .path = hone_span_of(target.data, path_len),
        .query = hone_span_of(target.data + query_at, target.len - query_at),
        .is_http_1_0 = head->is_http_1_0,
        .keep_alive =
            !head->asked_close && (!head->is_http_1_0 || head->asked_keep_alive),
    };
}

static enum hone_http1_step complete(struct hone_http1_parser *parser)
{
    parser->request.body = hone_buf_span(&parser->body.bytes);
    parser->state = STATE_COMPLETE;
    return HONE_HTTP1_REQUEST;
}

/* The head is complete: what comes next? */
static enum hone_http1_step begin_body(struct hone_http1_parser *parser)
{
    const struct hone_http1_head *head = &parser->head;
    if (head->has_length && head->content_length > parser->body.max_bytes) {
        parser->refusal = (struct hone_http1_refusal){413, "the body is too long"};
        return refuse(parser);
    }
    describe(parser);
    if (!head->has_coding && head->content_length == 0) {
        return complete(parser);
    }
    if (head->has_coding) {
        hone_http1_body_start_chunks(&parser->body);
    } else {
        hone_http1_body_start_length(&parser->body, head->content_length);
    }
    parser->state = STATE_BODY;
    return head->expects_continue && !head->is_http_1_0 ? HONE_HTTP1_CONTINUE
                                                        : HONE_HTTP1_MORE;
}

static enum hone_http1_step feed_head(struct hone_http1_parser *parser, const char *data,
                                      size_t len, size_t *taken)
{
    switch (hone_http1_head_feed(&parser->head, data, len, taken, &parser->refusal)) {
    case HONE_HTTP1_PART_DONE:
        return begin_body(parser);
    case HONE_HTTP1_PART_REFUSED:
        return refuse(parser);
    default:
        return HONE_HTTP1_MORE;
    }
}

static enum hone_http1_step feed_body(struct hone_http1_parser *parser, const char *data,
                                      size_t len, size_t *taken)
{
    switch (hone_http1_body_feed(&parser->body, data, len, taken, &parser->refusal)) {
    case HONE_HTTP1_PART_DONE:
        return complete(parser);
    case HONE_HTTP1_PART_REFUSED:
        return refuse(parser);
    default:
        return HONE_HTTP1_MORE;
    }
}

enum hone_http1_step hone_http1_feed(struct hone_http1_parser *parser, const char *data,
                                     size_t len, size_t *taken)
{
    enum hone_http1_step step = HONE_HTTP1_MORE;
    *taken = 0;
    if (parser->state == STATE_REFUSED) {
        return HONE_HTTP1_REFUSED;
    }
    if (parser->state == STATE_COMPLETE) {
        start_next(parser, len == 0);
    }
    if (parser->state == STATE_HEAD && len > 0) {
        take_spare(parser);
    }
    while (*taken < len && step == HONE_HTTP1_MORE) {
        size_t n = 0;
        step = parser->state == STATE_HEAD
                   ? feed_head(parser, data + *taken, len - *taken, &n)
                   : feed_body(parser, data + *taken, len - *taken, &n);
        *taken += n;
    }
    return step;
}

const struct hone_http1_request *
hone_http1_request(const struct hone_http1_parser *parser)
{
    HONE_REQUIRE(parser->state == STATE_COMPLETE || parser->state == STATE_BODY);
    return &parser->request;
}

struct hone_span hone_http1_header(const struct hone_http1_parser *parser,
                                   const char *name)
{
    return hone_http1_head_field(&parser->head, hone_span_text(name));
}

int hone_http1_refusal(const struct hone_http1_parser *parser, const char **reason)
{
    HONE_REQUIRE(parser->state == STATE_REFUSED);
    if (reason != NULL) {
        *reason = parser->refusal.reason;
    }
    return parser->refusal.status;
}

bool hone_http1_is_idle(const struct hone_http1_parser *parser)
{
    return parser->state == STATE_COMPLETE ||
           (parser->state == STATE_HEAD && hone_http1_head_is_empty(&parser->head));
}

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {100, "Continue"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < N_ITEMS(phrases); i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return "";
}

int hone_http1_write_head(struct hone_buf *buf, int status, const char *content_type,
                          int64_t content_length, bool keep_alive, const char *extra)
{
    (void)hone_buf_append_text(buf, "HTTP/1.1 ");
    (void)hone_buf_append_decimal(buf, (unsigned)status);
    (void)hone_buf_append_char(buf, ' ');
    (void)hone_buf_append_text(buf, reason_phrase(status));
    (void)hone_buf_append_text(buf, "\r\n");
    if (content_type != NULL) {
        (void)hone_buf_append_text(buf, "Content-Type: ");
        (void)hone_buf_append_text(buf, content_type);
        (void)hone_buf_append_text(buf, "\r\n");
    }
    if (content_length >= 0) {
        (void)hone_buf_append_text(buf, "Content-Length: ");
        (void)hone_buf_append_decimal(buf, (unsigned long long)content_length);
        (void)hone_buf_append_text(buf, "\r\n");
    }
    if (status >= 200) {
        (void)hone_buf_append_text(buf, keep_alive ? "Connection: keep-alive\r\n"
                                                   : "Connection: close\r\n");
    }
    if (extra != NULL) {
        (void)hone_buf_append_text(buf, extra);
    }
    return hone_buf_append_text(buf, "\r\n");
}
