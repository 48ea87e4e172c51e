/* ask for the state (hone/state) -> load it here -> read the rows in batches, answer them on
 * several threads, add up in the order of the rows -> report. */
#include "cli/eval_file.h"

#include "base/alloc.h"
#include "cli/backend.h"
#include "cli/bad_rows.h"
#include "cli/eval_report.h"
#include "cli/progress.h"
#include "offline/curve.h"
#include "offline/figures.h"
#include "offline/lines.h"
#include "offline/predict.h"
#include "schema/json.h"
#include "skills/kind.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of one batch. */
#define BATCH_ROWS  1000
#define BATCH_BYTES (8U * 1024 * 1024)

struct eval {
    const struct hone_command_input *input;
    const char *skill, *path;
    struct hone_backend *backend;
    json_t *state; /* of hone/state */
    struct hone_package *package;
    void *learner, *view;
    struct hone_lines *lines;
    struct hone_predict *predict;
    struct hone_figures *figures;
    struct hone_curve *curve; /* when it is wanted */
    struct hone_progress progress;
    struct hone_bad_rows bad;
    struct hone_row *rows;
    uint64_t *numbers; /* of the rows' lines */
    struct hone_prediction *predictions;
    size_t n_rows, n_batch_bytes;
    uint64_t n_read; /* rows */
    bool *taught;    /* of the batch: the state has learnt the row */
    bool takes_taught;
    uint64_t n_taught;
};

/* ---- the state ---- */

static int ask_state(struct eval *eval, struct hone_error *err)
{
    long version = 0;
    int given = hone_arguments_integer(&version, eval->input->arguments, "version", 1,
                                       UINT32_MAX, err);
    if (given < 0) {
        return given;
    }
    int code = hone_backend_open(&eval->backend, eval->input->arguments, err);
    if (code != 0) {
        return code;
    }
    json_t *params = json_pack("{s:s}", "skill", eval->skill);
    if (given == 1) {
        (void)json_object_set_new(params, "version", json_integer(version));
    }
    code = hone_backend_request(eval->backend, "hone/state", params, &eval->state, err);
    json_decref(params);
    return code;
}

static int load_package(struct eval *eval, struct hone_error *err)
{
    char digest[HONE_DIGEST_TEXT_LEN + 1];
    int code = hone_package_load(&eval->package,
                                 hone_json_text(eval->state, "folder").data, err);
    if (code != 0) {
        return code;
    }
    hone_digest_format(eval->package->digest, digest);
    if (!hone_span_is(hone_json_text(eval->state, "package"), digest)) {
        (void)hone_error_set(err, HONE_E_STALE,
                             "%s was edited since the server loaded it",
                             eval->package->folder);
        return hone_error_hint(err, "start the server again, then evaluate");
    }
    return 0;
}

static int load_state(struct eval *eval, struct hone_error *err)
{
    const char *path = hone_json_text(eval->state, "path").data;
    char *extra = NULL;
    int code = load_package(eval, err);
    if (code == 0) {
        code =
            eval->package->kind->load(&eval->learner, eval->package, path, &extra, err);
    }
    if (code == 0) {
        eval->view = eval->package->kind->freeze(eval->learner);
    }
    if (json_is_true(json_object_get(eval->state, "temporary"))) {
        (void)unlink(path);
    }
    free(extra);
    return code;
}

/* ---- rows that the state was taught ---- */

/* By their texts: under what answer, weight or name of a training they were taught does not
 * matter. */
static int find_taught(struct eval *eval, struct hone_error *err)
{
    json_t *answer = NULL, *texts = json_array();
    json_int_t through = json_integer_value(json_object_get(eval->state, "position"));
    for (size_t i = 0; i < eval->n_rows; i++) {
        char key[HONE_ROW_KEY_BYTES];
        hone_row_text_key(key, hone_row_text_digest(&eval->rows[i]));
        (void)json_array_append_new(texts, json_string(key));
    }
    json_t *params = json_pack("{s:s,s:o}", "skill", eval->skill, "texts", texts);
    int code = hone_backend_request(eval->backend, "hone/known", params, &answer, err);
    const json_t *positions = json_object_get(answer, "positions");
    for (size_t i = 0; code == 0 && i < eval->n_rows; i++) {
        json_int_t position = json_integer_value(json_array_get(positions, i));
        eval->taught[i] = position > 0 && position <= through;
        eval->n_taught += eval->taught[i] ? 1 : 0;
    }
    json_decref(answer);
    json_decref(params);
    return code;
}

/* ---- the rows ---- */

static int finish_batch(struct eval *eval, struct hone_error *err)
{
    int code = eval->n_rows > 0 ? find_taught(eval, err) : 0;
    hone_predict_rows(eval->predict, eval->rows, eval->n_rows, eval->n_read + 1,
                      eval->predictions);
    for (size_t i = 0; i < eval->n_rows; i++) {
        struct hone_prediction *one = &eval->predictions[i];
        if (code == 0 && one->status != 0) {
            *err = one->error;
            code = hone_bad_rows_add(&eval->bad, eval->numbers[i], err);
        }
        if (eval->takes_taught || !eval->taught[i]) {
            hone_figures_add(eval->figures, one);
        }
        if (code == 0 && one->status == 0 && eval->curve != NULL) {
            code = hone_curve_add(eval->curve, &eval->rows[i], err);
        }
        hone_row_finish(&eval->rows[i]);
    }
    eval->n_read += eval->n_rows;
    eval->n_rows = eval->n_batch_bytes = 0;
    hone_progress_show(&eval->progress, eval->n_read);
    return code;
}

static int add_line(struct eval *eval, int status, struct hone_span line,
                    struct hone_error *err)
{
    struct hone_row *row = &eval->rows[eval->n_rows];
    uint64_t number = hone_lines_number(eval->lines);
    if (status == 1 && line.len == 0) {
        return 0;
    }
    if (status == 1 && hone_row_parse(row, line, err) == 0) {
        eval->numbers[eval->n_rows++] = number;
        eval->n_batch_bytes += line.len;
        return 0;
    }
    hone_row_finish(row);
    if (!hone_lines_was_ended(eval->lines)) {
        (void)hone_error_hint(err, "the file ends in the middle of this line");
    }
    return hone_bad_rows_add(&eval->bad, number, err);
}

static int read_rows(struct eval *eval, struct hone_error *err)
{
    int code = 0;
    for (;;) {
        struct hone_span line = {0};
        int status = hone_lines_next(eval->lines, &line, err);
        if (status == 0) {
            break;
        }
        if (status < 0 && status != HONE_E_LIMIT) {
            return status;
        }
        code = add_line(eval, status, line, err);
        if (code == 0 &&
            (eval->n_rows == BATCH_ROWS || eval->n_batch_bytes >= BATCH_BYTES)) {
            code = finish_batch(eval, err);
        }
        if (code != 0) {
            return code;
        }
    }
    code = finish_batch(eval, err);
    if (code == 0 && eval->n_read == 0) {
        code = hone_error_set(err, HONE_E_INVALID, "%s has no row", eval->path);
    }
    if (code == 0 && !eval->takes_taught && eval->n_taught == eval->n_read) {
        (void)hone_error_set(err, HONE_E_INVALID, "%s was taught every row of %s",
                             eval->skill, eval->path);
        code = hone_error_hint(err, "give rows that it has not seen, or --all to count "
                                    "them all the same");
    }
    return code;
}

/* ---- the report ---- */

static json_t *make_report(const struct eval *eval)
{
    json_t *report = json_pack(
        "{s:s,s:s,s:O,s:O,s:O,s:I,s:I,s:o}", "skill", eval->skill, "file", eval->path,
        "version", json_object_get(eval->state, "version"), "position",
        json_object_get(eval->state, "position"), "digest",
        json_object_get(eval->state, "digest"), "bad", (json_int_t)eval->bad.n, "taught",
        (json_int_t)eval->n_taught, "figures", hone_figures_summary(eval->figures));
    enum hone_answer_form form = eval->package->kind->answer_form;
    if (form == HONE_ANSWER_LABEL || form == HONE_ANSWER_LABELS) {
        (void)json_object_set_new(report, "labels", hone_figures_labels(eval->figures));
    }
    if (form == HONE_ANSWER_LABEL) {
        (void)json_object_set_new(report, "confusion",
                                  hone_figures_confusion(eval->figures));
    }
    if (eval->curve != NULL) {
        (void)json_object_set_new(report, "learning_curve",
                                  hone_curve_points(eval->curve));
    }
    return report;
}

/* Of the environment's locale; the program's own stays as it is. */
static bool terminal_is_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool is_utf8 =
        locale != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale != (locale_t)0) {
        freelocale(locale);
    }
    return is_utf8;
}

static int show_report(struct eval *eval, struct hone_error *err)
{
    const char *csv = hone_arguments_value(eval->input->arguments, "csv");
    json_t *report = make_report(eval);
    int code = csv != NULL ? hone_eval_report_csv(csv, report, err) : 0;
    if (code == 0 && eval->input->output->json) {
        hone_output_json(eval->input->output, report);
    } else if (code == 0) {
        hone_eval_report_print(eval->input->output->data, report, terminal_is_utf8());
    }
    json_decref(report);
    return code;
}

/* ---- all of it ---- */

static unsigned default_jobs(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1U : n > HONE_PREDICT_JOBS_MAX ? HONE_PREDICT_JOBS_MAX : (unsigned)n;
}

static int prepare(struct eval *eval, struct hone_error *err)
{
    const struct hone_arguments *arguments = eval->input->arguments;
    long n_jobs = (long)default_jobs();
    int given =
        hone_arguments_integer(&n_jobs, arguments, "jobs", 1, HONE_PREDICT_JOBS_MAX, err);
    int code = given < 0 ? given : hone_lines_open(&eval->lines, eval->path, err);
    if (code == 0) {
        code = ask_state(eval, err);
    }
    if (code == 0) {
        code = load_state(eval, err);
    }
    if (code == 0) {
        code = hone_predict_create(&eval->predict, eval->package, eval->view,
                                   (unsigned)n_jobs, err);
    }
    if (code == 0 && hone_arguments_flag(arguments, "learning-curve")) {
        code = hone_curve_create(&eval->curve, eval->package, err);
    }
    if (code != 0) {
        return code;
    }
    eval->figures = hone_figures_create(eval->package->kind->answer_form);
    eval->rows = hone_alloc_zeroed(BATCH_ROWS, sizeof(*eval->rows));
    eval->taught = hone_alloc_zeroed(BATCH_ROWS, sizeof(*eval->taught));
    eval->takes_taught = hone_arguments_flag(arguments, "all");
    eval->numbers = hone_alloc_zeroed(BATCH_ROWS, sizeof(*eval->numbers));
    eval->predictions = hone_alloc_zeroed(BATCH_ROWS, sizeof(*eval->predictions));
    hone_progress_start(&eval->progress, eval->input->output, "evaluating", 0,
                        hone_arguments_flag(arguments, "quiet"));
    eval->bad = (struct hone_bad_rows){
        .output = eval->input->output,
        .progress = &eval->progress,
        .path = eval->path,
        .is_strict = hone_arguments_flag(arguments, "strict"),
    };
    return 0;
}

static void eval_finish(struct eval *eval)
{
    for (size_t i = 0; i < eval->n_rows; i++) {
        hone_row_finish(&eval->rows[i]);
    }
    free(eval->rows);
    free(eval->numbers);
    free(eval->taught);
    free(eval->predictions);
    hone_curve_destroy(eval->curve);
    hone_figures_destroy(eval->figures);
    hone_predict_destroy(eval->predict);
    hone_lines_close(eval->lines);
    if (eval->view != NULL) {
        eval->package->kind->view_unref(eval->view);
    }
    if (eval->learner != NULL) {
        eval->package->kind->destroy(eval->learner);
    }
    hone_package_destroy(eval->package);
    json_decref(eval->state);
    hone_backend_close(eval->backend);
}

int hone_eval_file(const struct hone_command_input *input)
{
    struct eval eval = {.input = input,
                        .skill = input->arguments->words[0],
                        .path = hone_arguments_value(input->arguments, "data")};
    struct hone_error err = {0};
    int code = prepare(&eval, &err);
    if (code == 0) {
        code = read_rows(&eval, &err);
    }
    hone_progress_clear(&eval.progress);
    if (code == 0) {
        hone_bad_rows_end(&eval.bad);
        code = show_report(&eval, &err);
    }
    int exit_code = hone_backend_exit_code(eval.backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    }
    eval_finish(&eval);
    return exit_code;
}
