/* Prints the log of a data folder that nobody serves, one event a line:
 * skill, position, kind, feedback_id as hexadecimal digits, idempotency key; the last two
 * are "-" where an event has none. For the kill test, which must not trust what the server
 * says of itself.
 *
 * usage: read_log DATA/hone.db */
#include <sqlite3.h>
#include <stdio.h>

static const char query[] =
    "SELECT name, log.position, kind, coalesce(lower(hex(feedback_id)), '-'),"
    "  coalesce(idempotency_key, '-')"
    "  FROM log JOIN skill USING (skill_id) ORDER BY name, log.position";

static int print_rows(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, query, -1, &statement, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int column = 0; column < 5; column++) {
            (void)printf("%s%s", column > 0 ? "\t" : "",
                         (const char *)sqlite3_column_text(statement, column));
        }
        (void)printf("\n");
        rc = SQLITE_OK;
    }
    (void)sqlite3_finalize(statement);
    return rc;
}

int main(int n_args, char **args)
{
    sqlite3 *db = NULL;
    if (n_args != 2) {
        (void)fprintf(stderr, "usage: read_log DATA/hone.db\n");
        return 2;
    }
    int rc = sqlite3_open_v2(args[1], &db, SQLITE_OPEN_READWRITE, NULL);
    if (rc == SQLITE_OK) {
        rc = print_rows(db);
    }
    if (rc != SQLITE_DONE) {
        (void)fprintf(stderr, "read_log: %s: %s\n", args[1], sqlite3_errmsg(db));
    }
    (void)sqlite3_close(db);
    return rc == SQLITE_DONE ? 0 : 1;
}
