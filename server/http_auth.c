#include "server/http_auth.h"

#include "base/alloc.h"
#include "base/log.h"
#include "protocol/auth.h"
#include "server/app_internal.h"
#include "server/tokens.h"

#include <stdlib.h>

/* A look at the file, on the CALL lane. */
struct look {
    struct hone_job job;
    struct hone_http_auth *auth; /* NULL once that is gone; the loop's */
    const struct hone_tokens *known;
    char *path;
    struct hone_tokens *read; /* what the file says now; NULL: as before, or nothing */
};

struct hone_http_auth {
    struct hone_app *app;
    struct hone_tokens *tokens; /* NULL: everybody is local */
    char *path;
    struct look *look; /* under way, or NULL */
    bool failing;      /* the last look did, and that was said */
    bool required;     /* the configuration names the file: without it nobody comes in */
};

int hone_http_auth_create(struct hone_http_auth **out, struct hone_app *app,
                          struct hone_error *err)
{
    struct hone_http_auth *auth = hone_alloc_zeroed(1, sizeof(*auth));
    auth->app = app;
    auth->path = hone_tokens_path(app->config);
    auth->required = app->config->http_tokens != NULL;
    int status = hone_tokens_load(&auth->tokens, auth->path, err);
    if (status == HONE_E_NOT_FOUND && !auth->required) {
        status = 0;
    }
    if (status != 0) {
        hone_http_auth_destroy(auth);
        return status;
    }
    auth->required = auth->required || auth->tokens != NULL;
    *out = auth;
    return 0;
}

void hone_http_auth_destroy(struct hone_http_auth *auth)
{
    if (auth == NULL) {
        return;
    }
    if (auth->look != NULL) {
        auth->look->auth = NULL; /* it keeps what it reads */
    } else {
        hone_tokens_destroy(auth->tokens);
    }
    free(auth->path);
    free(auth);
}

bool hone_http_auth_has_tokens(const struct hone_http_auth *auth)
{
    return auth->tokens != NULL && hone_tokens_count(auth->tokens) > 0;
}

int hone_http_auth_check(const struct hone_http_auth *auth, struct hone_span header,
                         struct hone_principal *out)
{
    struct hone_span token;
    if (!auth->required) {
        *out = (struct hone_principal){.name = HONE_PRINCIPAL_LOCAL,
                                       .roles = HONE_ROLES_CLIENT};
        return 0;
    }
    int status = hone_auth_parse_bearer(&token, header);
    if (status != 0) {
        return status == HONE_E_NOT_FOUND ? status : HONE_E_INVALID;
    }
    return auth->tokens != NULL && hone_tokens_find(out, auth->tokens, token)
               ? 0
               : HONE_E_DENIED;
}

bool hone_http_auth_knows(const struct hone_http_auth *auth,
                          const struct hone_principal *principal)
{
    size_t n = auth->tokens != NULL ? hone_tokens_count(auth->tokens) : 0;
    for (size_t i = 0; i < n; i++) {
        const struct hone_tokens_entry *entry = hone_tokens_at(auth->tokens, i);
        if (strcmp(entry->name, principal->name) == 0 &&
            entry->roles == principal->roles) {
            return true;
        }
    }
    return hone_principal_is_local(principal);
}

/* ---- the file changes ---- */

static void run_look(struct hone_job *job)
{
    struct look *look = HONE_LIST_OWNER(job, struct look, job);
    if (look->known == NULL || hone_tokens_has_changed(look->known)) {
        job->status = hone_tokens_load(&look->read, look->path, &job->error);
    }
}

/* A file that has gone, or is damaged, lets nobody in who was not in before; tokens that
 * were revoked by deleting the file are revoked. */
static void take_look(struct hone_http_auth *auth, struct look *look)
{
    int status = look->job.status;
    auth->look = NULL;
    if (look->read != NULL || status == HONE_E_NOT_FOUND) {
        if (look->read != NULL || auth->tokens != NULL) {
            hone_log_info("transport", "tokens read again n=%zu",
                          look->read != NULL ? hone_tokens_count(look->read) : 0);
        }
        hone_tokens_destroy(auth->tokens);
        auth->tokens = look->read;
        auth->required = auth->required || auth->tokens != NULL;
        look->read = NULL;
        auth->failing = false;
    } else if (status != 0 && status != HONE_E_CANCELLED && !auth->failing) {
        hone_log_error("transport", "tokens not read again, the former stay cause=\"%s\"",
                       look->job.error.message);
        auth->failing = true;
    }
}

static void done_look(struct hone_job *job)
{
    struct look *look = HONE_LIST_OWNER(job, struct look, job);
    if (look->auth != NULL) {
        take_look(look->auth, look);
    } else {
        hone_tokens_destroy((struct hone_tokens *)(uintptr_t)look->known);
    }
    hone_tokens_destroy(look->read);
    free(look->path);
    free(look);
}

void hone_http_auth_refresh(struct hone_http_auth *auth)
{
    if (auth->look != NULL || auth->app->lanes_stopping) {
        return;
    }
    struct look *look = hone_alloc_zeroed(1, sizeof(*look));
    look->auth = auth;
    look->known = auth->tokens;
    look->path = hone_alloc_text(auth->path);
    look->job = (struct hone_job){.run = run_look, .done = done_look};
    auth->look = look;
    if (hone_worker_submit(auth->app->worker, HONE_LANE_CALL, HONE_PRIORITY_IDLE,
                           &look->job) != 0) {
        auth->look = NULL;
        free(look->path);
        free(look);
    }
}
