/* Messages go straight to the dispatcher of a server in this process. */
#include "tests/replay/transport.h"

#include "base/alloc.h"
#include "server/app_internal.h"
#include "server/dispatch.h"
#include "server/session.h"

#include <stdio.h>
#include <stdlib.h>

struct transport {
    struct hone_config config;
    struct hone_app *app;
    struct hone_session *session;
    struct hone_channel *channel;
    char *answer;
    bool answered;
};

static void keep_answer(struct hone_channel *channel, struct hone_exchange *exchange,
                        int http_status, struct hone_span body)
{
    struct transport *transport = channel->owner;
    (void)exchange;
    (void)http_status;
    transport->answered = true;
    if (body.len > 0) {
        transport->answer = hone_alloc_bytes(body.data, body.len);
    }
}

/* A message that comes before the answer is what a step waits for, too. */
static void keep_message(struct hone_channel *channel, struct hone_exchange *exchange,
                         struct hone_span body)
{
    keep_answer(channel, exchange, 0, body);
}

static const struct hone_channel_carrier carrier = {
    .name = "replay", .reply = keep_answer, .send = keep_message};

static void set_option(struct hone_config *config, const char *name, const char *value)
{
    struct hone_error err;
    const struct hone_option *option = hone_config_find(name, strlen(name));
    if (option == NULL) {
        transport_fail(name);
    }
    if (hone_config_set(config, option, value, &err) != 0) {
        transport_fail(err.message);
    }
}

static struct transport *start(const struct transcript *transcript, const char *data)
{
    struct transport *transport = hone_alloc_zeroed(1, sizeof(*transport));
    struct hone_error err;
    char *skills = transport_skills();
    hone_config_init(&transport->config);
    set_option(&transport->config, "skills", skills);
    set_option(&transport->config, "data", data);
    for (size_t i = 0; i < transcript->n_options; i += 2) {
        set_option(&transport->config, transcript->options[i],
                   transcript->options[i + 1]);
    }
    if (hone_config_finalize(&transport->config, &err) != 0 ||
        hone_app_create(&transport->app, &transport->config, true, &err) != 0) {
        transport_fail(err.message);
    }
    transport->session = hone_session_create(transport->app, carrier.name, true, false);
    transport->channel = hone_channel_create(&carrier, transport, true);
    free(skills);
    return transport;
}

static char *exchange(struct transport *transport, const struct transcript_step *step,
                      const char *message, int *http_status)
{
    (void)step;
    (void)http_status;
    transport->answered = false;
    transport->answer = NULL;
    hone_dispatch_message(transport->session, transport->channel, hone_span_text(message),
                          NULL);
    hone_loop_run_until(&transport->app->loop, &transport->answered);
    return transport->answer;
}

static bool stop(struct transport *transport)
{
    hone_session_close(transport->session);
    hone_channel_close(transport->channel);
    hone_app_destroy(transport->app);
    hone_config_finish(&transport->config);
    free(transport);
    return true;
}

const struct transport_kind transport_loopback = {"loopback", start, exchange, stop};
