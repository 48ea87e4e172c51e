/* Who wants to hear of changes, in both eras: modern clients hold a
 * subscriptions/listen request open, legacy ones hear on their session (all list changes,
 * and the resources that they subscribed to). Thread: loop. */
#ifndef HONE_SERVER_SUBSCRIPTIONS_H
#define HONE_SERVER_SUBSCRIPTIONS_H

#include "server/catalog.h"
#include "server/exchange.h"

/* URIs, or tasks, of one listen request; more are not honoured. */
#define HONE_SUBSCRIPTIONS_URIS_MAX      1000
#define HONE_SUBSCRIPTIONS_URI_BYTES_MAX 4096 /* of each; longer ones likewise */

/* The methods. listen keeps the exchange open until it is cancelled or the server stops;
 * the others answer and end it. */
void hone_subscriptions_listen(struct hone_exchange *exchange);
void hone_subscriptions_subscribe(struct hone_exchange *exchange);
void hone_subscriptions_unsubscribe(struct hone_exchange *exchange);

/* Tells everybody who asked. */
void hone_subscriptions_list_changed(struct hone_app *app, enum hone_catalog_list list);
void hone_subscriptions_resource_updated(struct hone_app *app, struct hone_span uri);
/* params: of notifications/tasks; to those who named the task. */
void hone_subscriptions_task_changed(struct hone_app *app, struct hone_span task_id,
                                     const json_t *params);

/* The server stops: ends every listen request with its result. */
void hone_subscriptions_end_all(struct hone_app *app);

#endif
