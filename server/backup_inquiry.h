/* hone/backup of the control socket (docs/control.md): a copy of the data folder, made
 * while the server works. Answers and ends the exchange. Thread: loop. */
#ifndef HONE_SERVER_BACKUP_INQUIRY_H
#define HONE_SERVER_BACKUP_INQUIRY_H

#include "server/exchange.h"

void hone_backup_inquiry_start(struct hone_exchange *exchange);

#endif
