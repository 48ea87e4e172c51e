/* The hone/... methods of the control socket: status, versions, diff, eval,
 * actions, stop (docs/control.md). Each answers and ends the exchange. Thread: loop. */
#ifndef HONE_SERVER_CONTROL_H
#define HONE_SERVER_CONTROL_H

#include "server/session.h"

void hone_control_status(struct hone_exchange *exchange);
void hone_control_versions(struct hone_exchange *exchange);
void hone_control_diff(struct hone_exchange *exchange);
void hone_control_eval(struct hone_exchange *exchange);
void hone_control_known(struct hone_exchange *exchange);
void hone_control_action(struct hone_exchange *exchange);
void hone_control_rollback(struct hone_exchange *exchange);
void hone_control_state(struct hone_exchange *exchange);
void hone_control_train(struct hone_exchange *exchange);
void hone_control_stop(struct hone_exchange *exchange);

#endif
