/* hone/verify on the control socket: checks what the data folder holds (store/verify.h)
 * while the server serves. Rows are read on the STORE lane, tensors files on the CALL
 * lane; one check at a time. Thread: loop. */
#ifndef HONE_SERVER_VERIFICATION_H
#define HONE_SERVER_VERIFICATION_H

#include "server/exchange.h"

/* Answers and ends the exchange. */
void hone_verification_start(struct hone_exchange *exchange);

#endif
