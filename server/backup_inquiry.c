#include "server/backup_inquiry.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "server/app_internal.h"
#include "server/inquiry.h"
#include "store/backup.h"

#include <stdlib.h>
#include <string.h>

static enum hone_lane lane_of(enum hone_backup_work work)
{
    return work == HONE_BACKUP_ROWS ? HONE_LANE_STORE : HONE_LANE_CALL;
}

/* The first step of an inquiry comes on the STORE lane, whatever it is. */
static int step(void *self, enum hone_lane *lane, json_t **answer, struct hone_error *err)
{
    struct hone_backup *backup = self;
    if (*lane == lane_of(hone_backup_next(backup))) {
        int status = hone_backup_step(backup, err);
        if (status != 0) {
            return status;
        }
    }
    enum hone_backup_work work = hone_backup_next(backup);
    if (work == HONE_BACKUP_DONE) {
        *answer = hone_backup_report(backup);
        return 0;
    }
    *lane = lane_of(work);
    return 1;
}

static void destroy(void *self)
{
    hone_backup_destroy(self);
}

void hone_backup_inquiry_start(struct hone_exchange *exchange)
{
    static const struct hone_inquiry_type type = {step, NULL, destroy};
    struct hone_span folder = hone_jsonrpc_param_text(&exchange->message, "folder");
    struct hone_error err;
    /* A relative path would mean another place here than where it was typed. */
    if (folder.len == 0 || folder.data[0] != '/' ||
        memchr(folder.data, '\0', folder.len) != NULL) {
        int code = hone_error_set(&err, HONE_E_INVALID,
                                  "params must name an absolute path as folder");
        hone_inquiry_refuse(exchange, code, &err);
        return;
    }
    char *path = hone_alloc_bytes(folder.data, folder.len);
    struct hone_backup *backup =
        hone_backup_create(exchange->app->store, path, hone_clock_unix_ms());
    free(path);
    hone_inquiry_start_take(exchange, &type, backup);
}
