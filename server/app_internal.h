/* The parts of struct hone_app, for server/ alone. */
#ifndef HONE_SERVER_APP_INTERNAL_H
#define HONE_SERVER_APP_INTERNAL_H

#include "base/buf.h"
#include "base/list.h"
#include "base/uuid.h"
#include "protocol/mcp.h"
#include "server/app.h"
#include "server/config.h"
#include "server/loop.h"
#include "server/session.h"
#include "server/tools.h"
#include "server/worker.h"
#include "skills/registry.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_http_server;
struct hone_socket_server;
struct hone_stdio;
struct hone_recorder;

enum hone_app_state {
    HONE_APP_STARTING,
    HONE_APP_RUNNING,
    HONE_APP_STOPPING, /* nothing new is taken; what is in flight is finished */
    HONE_APP_STOPPED,
};

struct hone_app {
    const struct hone_config *config;
    struct hone_loop loop;
    enum hone_app_state state;
    bool stopped;             /* the run loop's condition */
    struct hone_store *store; /* STORE lane, once the lanes run */
    struct hone_registry *registry;
    struct hone_worker *worker;
    struct hone_recorder *recorder;
    struct hone_uuid_source uuids;
    struct hone_mcp_server identity;
    struct hone_schema
        *own_schemas[HONE_TOOLS_OWN_MAX]; /* of hone's own tools' arguments */
    struct hone_buf tools_list[2];        /* tools/list result per era; made once */
    struct hone_buf reply;                /* reused for writing answers */
    char *read_buffer; /* HONE_STREAM_READ_BYTES; a read is handled before the next */
    char *file_buffer; /* the same for stdin as a file */
    struct hone_exchange *free_exchanges;
    unsigned n_exchanges;        /* in flight */
    unsigned n_feedback_batches; /* in flight, of exchanges and of the HTTP API */
    unsigned n_writes;           /* answers that peers have not taken yet */
    struct hone_http_server *http;
    struct hone_socket_server *control, *socket;
    struct hone_stdio *stdio;
    char *http_url;
    uv_signal_t signals[3];
    uv_timer_t stop_timer;
    uint64_t stop_deadline_ms;
    bool signals_started, stop_timer_started;
    bool lanes_stopping; /* nothing more will be learnt */
    uint64_t started_ms;
};

#endif
