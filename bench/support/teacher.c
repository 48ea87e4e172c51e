#include "bench/support/teacher.h"

#include "base/alloc.h"
#include "bench/support/fail.h"
#include "bench/support/served.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_BYTES_MAX (256U * 1024)

void hone_teacher_init(struct hone_teacher *out, const char *texts)
{
    *out = (struct hone_teacher){0};
    hone_dataset_read(&out->rows, texts, "text");
    out->call_ids = hone_alloc_zeroed(out->rows.n_rows, sizeof(*out->call_ids));
}

void hone_teacher_finish(struct hone_teacher *teacher)
{
    hone_dataset_finish(&teacher->rows);
    free(teacher->call_ids);
}

void hone_teacher_prepare(struct hone_teacher *teacher, const char *program,
                          const char *data, const char *skills, const char *skill)
{
    struct hone_served served;
    hone_served_start(&served, program, data, skills);
    struct hone_client *client = hone_peer_connect(served.mcp_path);
    hone_peer_initialize(client);
    for (size_t i = 0; i < teacher->rows.n_rows; i++) {
        struct hone_peer_answer answer;
        hone_peer_classify(&answer, client, skill, teacher->rows.rows[i].text);
        memcpy(teacher->call_ids[i], answer.call_id, sizeof(answer.call_id));
    }
    hone_client_destroy(client);
    hone_served_stop(&served);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    hone_fail_unless(
        made >= 0 &&
            connect(made, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
            setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0,
        "no connection to the server");
    return made;
}

void hone_teacher_connect(struct hone_teacher *teacher, const char *url)
{
    unsigned port = 0;
    hone_fail_unless(url != NULL && sscanf(url, "http://127.0.0.1:%u/", &port) == 1,
                     "the server does not serve HTTP");
    teacher->address = (struct hone_options){
        .host = "127.0.0.1", .path = "/api/v1/feedback", .port = (uint16_t)port};
    for (size_t i = 0; i < HONE_TEACHER_WAYS; i++) {
        teacher->sockets[i] = connect_to((uint16_t)port);
        hone_exchange_init(&teacher->exchanges[i]);
    }
}

void hone_teacher_disconnect(struct hone_teacher *teacher)
{
    for (size_t i = 0; i < HONE_TEACHER_WAYS; i++) {
        (void)close(teacher->sockets[i]);
        hone_exchange_finish(&teacher->exchanges[i]);
    }
}

/* A key of its own makes each a new feedback, also the second about the same call. */
static void append_labels(struct hone_buf *body, struct hone_teacher *teacher)
{
    (void)hone_buf_append_char(body, '[');
    for (size_t i = 0; i < HONE_TEACHER_BATCH; i++) {
        size_t row = teacher->n_sent % teacher->rows.n_rows;
        (void)hone_buf_append_format(
            body,
            "%s{\"call_id\":\"%s\",\"label\":\"%s\",\"idempotency_key\":\"%zu\","
            "\"wait\":\"learned\"}",
            i > 0 ? "," : "", teacher->call_ids[row], teacher->rows.rows[row].label,
            teacher->n_sent);
        teacher->n_sent++;
    }
    (void)hone_buf_append_char(body, ']');
}

void hone_teacher_send(struct hone_teacher *teacher, size_t way)
{
    struct hone_exchange *exchange = &teacher->exchanges[way];
    struct hone_buf body;
    hone_buf_init(&body, BODY_BYTES_MAX);
    append_labels(&body, teacher);
    hone_exchange_post(exchange, &teacher->address, hone_buf_span(&body), NULL, NULL);
    hone_buf_finish(&body);
    while (exchange->to_used < exchange->to.len) {
        ssize_t n = send(teacher->sockets[way], exchange->to.data + exchange->to_used,
                         exchange->to.len - exchange->to_used, MSG_NOSIGNAL);
        hone_fail_unless(n > 0, "the server closed the connection");
        exchange->to_used += (size_t)n;
    }
    hone_buf_clear(&exchange->to);
    exchange->to_used = 0;
}

size_t hone_teacher_receive(struct hone_teacher *teacher, size_t way)
{
    struct hone_exchange *exchange = &teacher->exchanges[way];
    size_t n_learned = 0, i = 0;
    json_t *item = NULL;
    for (bool whole = false; !whole;) {
        char *place = hone_buf_reserve(&exchange->from, BODY_BYTES_MAX);
        ssize_t n =
            place != NULL ? recv(teacher->sockets[way], place, BODY_BYTES_MAX, 0) : 0;
        if (n <= 0) {
            return 0;
        }
        hone_buf_grow(&exchange->from, (size_t)n);
        whole = hone_exchange_take(exchange, false);
    }
    json_t *answer = json_loadb(exchange->body.data, exchange->body.len, 0, NULL);
    json_array_foreach(json_object_get(answer, "results"), i, item)
    {
        n_learned += json_is_true(json_object_get(item, "learned")) ? 1 : 0;
    }
    json_decref(answer);
    return n_learned;
}
