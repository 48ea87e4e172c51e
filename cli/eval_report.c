#include "cli/eval_report.h"

#include "cli/output.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define BAR_COLUMNS 40

/* Names as in hone_figures_summary, in the order in which people read them. */
static const struct {
    const char *name, *shown, *unit;
} rows[] = {
    {"accuracy", "accuracy", ""},
    {"macro_f1", "macro F1", ""},
    {"micro_f1", "micro F1", ""},
    {"top_1", "top 1", ""},
    {"top_5", "top 5", ""},
    {"mrr", "MRR", ""},
    {"mae", "MAE", ""},
    {"rmse", "RMSE", ""},
    {"r2", "R2", ""},
    {"coverage", "coverage", ""},
    {"mean_width", "mean width", ""},
    {"log_loss", "log loss", " nats"},
    {"ece", "ECE", " (15 bins)"},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static long long integer_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* ---- for people ---- */

static void print_head(FILE *file, const json_t *report, const json_t *figures)
{
    hone_output_plain(file, text_of(report, "skill"));
    (void)fprintf(file, " version %lld, learnt through position %lld: %lld rows",
                  integer_of(report, "version"), integer_of(report, "position"),
                  integer_of(figures, "rows"));
    if (integer_of(report, "bad") > 0) {
        (void)fprintf(file, ", %lld more are bad", integer_of(report, "bad"));
    }
    if (integer_of(figures, "unknown") > 0) {
        (void)fprintf(file, ", %lld with an answer that the skill does not know",
                      integer_of(figures, "unknown"));
    }
    if (integer_of(report, "taught") > 0) {
        (void)fprintf(file, "; %lld in the file were taught to it",
                      integer_of(report, "taught"));
    }
    (void)fputs("\n\n", file);
}

static void print_figures(FILE *file, const json_t *figures)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        const json_t *value = json_object_get(figures, rows[i].name);
        if (json_is_number(value)) {
            (void)fprintf(file, "%-10s  %.4f%s\n", rows[i].shown,
                          json_number_value(value), rows[i].unit);
        } else if (value != NULL) {
            (void)fprintf(file, "%-10s  -\n", rows[i].shown);
        }
    }
}

static void print_confused(FILE *file, const json_t *confusion)
{
    size_t i = 0;
    const json_t *cell = NULL;
    json_array_foreach((json_t *)(uintptr_t)confusion, i, cell)
    {
        const char *label = text_of(cell, "label"), *answered = text_of(cell, "answered");
        if (i == HONE_EVAL_REPORT_CONFUSED || strcmp(label, answered) == 0) {
            break;
        }
        (void)fprintf(file, "%s%6lld  ", i == 0 ? "\nmost confused\n" : "",
                      integer_of(cell, "n"));
        hone_output_plain(file, label);
        (void)fputs(" answered as ", file);
        hone_output_plain(file, answered[0] != '\0' ? answered : "nothing");
        (void)fputc('\n', file);
    }
}

static void print_curve(FILE *file, const json_t *curve, bool is_utf8)
{
    size_t i = 0;
    const json_t *point = NULL;
    json_array_foreach((json_t *)(uintptr_t)curve, i, point)
    {
        double accuracy = number_of(point, "accuracy");
        int n = (int)(accuracy * BAR_COLUMNS + 0.5);
        (void)fprintf(file, "%s%9lld  %.4f  %.4f  ",
                      i == 0 ? "\nlearning curve: each row answered, then learnt\n"
                               "     rows  so far  recent\n"
                             : "",
                      integer_of(point, "rows"), accuracy, number_of(point, "recent"));
        for (int column = 0; column < n; column++) {
            (void)fputs(is_utf8 ? "\xe2\x96\x88" : "#", file);
        }
        (void)fputc('\n', file);
    }
}

void hone_eval_report_print(FILE *file, const json_t *report, bool is_utf8)
{
    const json_t *figures = json_object_get(report, "figures");
    print_head(file, report, figures);
    print_figures(file, figures);
    print_confused(file, json_object_get(report, "confusion"));
    print_curve(file, json_object_get(report, "learning_curve"), is_utf8);
}

/* ---- as a table ---- */

static void put_field(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        (void)fputs(text, file);
        return;
    }
    (void)fputc('"', file);
    for (const char *at = text; *at != '\0'; at++) {
        (void)fputs(*at == '"' ? "\"\"" : "", file);
        if (*at != '"') {
            (void)fputc(*at, file);
        }
    }
    (void)fputc('"', file);
}

static void put_row(FILE *file, const char *what, const char *x, const char *y,
                    const json_t *value)
{
    (void)fprintf(file, "%s,", what);
    put_field(file, x);
    (void)fputc(',', file);
    put_field(file, y);
    if (json_is_integer(value)) {
        (void)fprintf(file, ",%lld\r\n", (long long)json_integer_value(value));
    } else if (json_is_number(value)) {
        (void)fprintf(file, ",%.10g\r\n", json_number_value(value));
    } else {
        (void)fputs(",\r\n", file);
    }
}

static void put_labels(FILE *file, const json_t *labels)
{
    static const char *const names[] = {"rows", "answered", "precision", "recall",
                                        "f1",   "tp",       "fp",        "fn"};
    size_t i = 0;
    const json_t *label = NULL;
    json_array_foreach((json_t *)(uintptr_t)labels, i, label)
    {
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            const json_t *value = json_object_get(label, names[j]);
            if (value != NULL) {
                put_row(file, names[j], text_of(label, "label"), "", value);
            }
        }
    }
}

static void put_curve(FILE *file, const json_t *curve)
{
    static const char *const names[] = {"accuracy", "recent", "log_loss"};
    static const char *const figures[] = {"curve_accuracy", "curve_recent",
                                          "curve_log_loss"};
    size_t i = 0;
    const json_t *point = NULL;
    json_array_foreach((json_t *)(uintptr_t)curve, i, point)
    {
        char n[24];
        (void)snprintf(n, sizeof(n), "%lld", integer_of(point, "rows"));
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            put_row(file, figures[j], n, "", json_object_get(point, names[j]));
        }
    }
}

int hone_eval_report_csv(const char *path, const json_t *report, struct hone_error *err)
{
    FILE *file = fopen(path, "we");
    const char *name = NULL;
    json_t *value = NULL;
    size_t i = 0;
    if (file == NULL) {
        return hone_error_set_errno(err, errno, "cannot write %s", path);
    }
    (void)fputs("what,x,y,value\r\n", file);
    json_object_foreach(json_object_get(report, "figures"), name, value)
    {
        put_row(file, name, "", "", value);
    }
    put_labels(file, json_object_get(report, "labels"));
    json_array_foreach(json_object_get(report, "confusion"), i, value)
    {
        put_row(file, "confusion", text_of(value, "label"), text_of(value, "answered"),
                json_object_get(value, "n"));
    }
    put_curve(file, json_object_get(report, "learning_curve"));
    int failed = ferror(file) != 0 ? EIO : 0;
    failed = fclose(file) != 0 ? errno : failed;
    return failed == 0 ? 0 : hone_error_set_errno(err, failed, "cannot write %s", path);
}
