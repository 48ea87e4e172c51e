/* The parts of struct hone_app, for server/ alone. */
#ifndef HONE_SERVER_APP_INTERNAL_H
#define HONE_SERVER_APP_INTERNAL_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/list.h"
#include "base/secret.h"
#include "base/uuid.h"
#include "protocol/mcp.h"
#include "protocol/mcp_write.h"
#include "server/app.h"
#include "server/config.h"
#include "server/loop.h"
#include "server/parent.h"
#include "server/session.h"
#include "server/worker.h"
#include "skills/registry.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct hone_catalog;
struct hone_http1_spare;
struct hone_http_auth;
struct hone_conformance;
struct hone_elicitations;
struct hone_http_server;
struct hone_http_sessions;
struct hone_socket_server;
struct hone_stdio;
struct hone_recorder;
struct hone_relay_server;
struct hone_residents;
struct hone_retention;
struct hone_skill_resources;
struct hone_tasks;
struct hone_tools;

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
    struct hone_residents *residents; /* which skills are in memory */
    struct hone_retention *retention;
    struct hone_uuid_source uuids;
    struct hone_mcp_server identity;
    json_t *icon;                  /* of the server, as identity shows it */
    struct hone_mcp_writer writer; /* of results, as that identity */
    struct hone_catalog *catalog;
    struct hone_tools *tools; /* in the catalog, as the next */
    struct hone_skill_resources *skill_resources;
    struct hone_conformance *conformance; /* the same; NULL without --conformance */
    struct hone_buf reply;                /* reused for writing answers */
    char *read_buffer; /* HONE_STREAM_READ_BYTES; a read is handled before the next */
    char *file_buffer; /* the same for stdin as a file */
    struct hone_list sessions; /* of struct hone_session, those that are not closed */
    struct hone_session *stateless; /* of HTTP requests that belong to no session */
    struct hone_list listeners;     /* open listen requests: server/subscriptions.c */
    struct hone_tasks *tasks;
    struct hone_elicitations *elicitations; /* what users do outside of their clients */
    struct hone_secret_key secret;          /* seals what clients keep for us */
    struct hone_exchange *free_exchanges;
    unsigned n_free_exchanges;
    unsigned n_exchanges;        /* in flight */
    unsigned n_feedback_batches; /* in flight, of exchanges and of the HTTP API */
    unsigned n_writes;           /* answers that peers have not taken yet */
    struct hone_http_server *http, *http_socket;
    struct hone_http1_spare *http1_spare;
    struct hone_http_sessions *http_sessions;
    struct hone_http_auth *http_auth; /* NULL without HTTP */
    struct hone_socket_server *control, *socket, *tcp;
    struct hone_relay_server *relays;
    struct hone_stdio *stdio;
    struct hone_parent parent; /* in stdio mode */
    char *http_url;
    uv_signal_t signals[3];
    uv_timer_t stop_timer;
    uint64_t stop_deadline_ms;
    bool signals_started, stop_timer_started;
    bool verification_running; /* hone/verify: one at a time */
    bool difference_running;   /* hone/diff: likewise */
    bool lanes_stopping;       /* nothing more will be learnt */
    uint64_t started_ms;
    struct hone_digest packages; /* stamp of the skills folders */
};

#endif
