/* What a user does outside of the client, at a URL that the client opened: signing in, paying,
 * handing over a secret. A handler begins an elicitation, asks its client to open the URL
 * (server/inputs.h, mode "url"), and waits when the user agreed; who learns that the user is
 * done completes it. Then the client is told, where its revision of MCP knows that
 * (notifications/elicitation/complete, 2025-11-25), and the handlers that wait run again.
 *
 * In memory only: a restart forgets them, and so does HONE_INPUTS_TTL_MS. Ids are random and
 * may stand in the URL. Thread: loop. */
#ifndef HONE_SERVER_ELICITATIONS_H
#define HONE_SERVER_ELICITATIONS_H

#include "base/attr.h"
#include "server/exchange.h"

#define HONE_ELICITATIONS_MAX 1024 /* at a time */

struct hone_elicitations;

enum hone_elicitation_status {
    HONE_ELICITATION_GONE, /* forgotten, or there was none */
    HONE_ELICITATION_OPEN,
    HONE_ELICITATION_COMPLETE,
};

struct hone_elicitations *hone_elicitations_create(struct hone_app *app) HONE_MUST_USE;
/* Whoever waits is told that the server stops. */
void hone_elicitations_stop(struct hone_elicitations *elicitations);
/* After stop; memory goes when the loop has closed the timer. Accepts NULL. */
void hone_elicitations_destroy(struct hone_elicitations *elicitations);

/* The id of a new one for the exchange's client, borrowed until it is forgotten; NULL when
 * there are too many. purpose: what it is for, by which find knows it. */
const char *hone_elicitations_begin(struct hone_exchange *exchange, const char *purpose);
/* The id of the newest that was begun for this legacy client and purpose, or NULL. */
const char *hone_elicitations_find(const struct hone_exchange *exchange,
                                   const char *purpose);
/* id may be NULL. */
enum hone_elicitation_status
hone_elicitations_status(const struct hone_elicitations *elicitations, const char *id);
/* The exchange is answered again when the elicitation, an open one, is complete or gone. */
void hone_elicitations_wait(struct hone_exchange *exchange, const char *id);
/* The user is done. HONE_E_NOT_FOUND unless it is open. */
int hone_elicitations_complete(struct hone_elicitations *elicitations,
                               struct hone_span id) HONE_MUST_USE;
/* What came of it has been used. */
void hone_elicitations_forget(struct hone_elicitations *elicitations, const char *id);

/* Ends the exchange of a legacy client: -32042 with the URL that must be visited before the
 * same request can be answered; or as an input that the client cannot give, when it did not
 * declare that it opens URLs. */
void hone_elicitations_require(struct hone_exchange *exchange, const char *id,
                               const char *url, const char *message);

#endif
