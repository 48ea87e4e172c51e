#include "cli/bad_rows.h"

int hone_bad_rows_add(struct hone_bad_rows *bad, uint64_t line, struct hone_error *err)
{
    FILE *talk = bad->output->talk;
    bad->n++;
    hone_error_prefix(err, "%s:%llu", bad->path, (unsigned long long)line);
    if (bad->is_strict) {
        err->code = HONE_E_INVALID;
        return HONE_E_INVALID;
    }
    if (bad->n <= HONE_BAD_ROWS_SAID_MAX) {
        if (bad->progress != NULL) {
            hone_progress_clear(bad->progress);
        }
        hone_output_plain(talk, err->message);
        (void)fprintf(talk, "%s", err->hint[0] != '\0' ? " (" : "");
        hone_output_plain(talk, err->hint);
        (void)fprintf(talk, "%s\n", err->hint[0] != '\0' ? ")" : "");
    }
    return 0;
}

void hone_bad_rows_end(const struct hone_bad_rows *bad)
{
    if (bad->n > HONE_BAD_ROWS_SAID_MAX) {
        (void)fprintf(bad->output->talk, "%s: %llu more rows like these\n", bad->path,
                      (unsigned long long)(bad->n - HONE_BAD_ROWS_SAID_MAX));
    }
}
