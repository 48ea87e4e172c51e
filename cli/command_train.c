/* read the file -> send it, batch by batch -> say what became of it. */
#include "cli/command.h"

#include "base/alloc.h"
#include "cli/backend.h"
#include "cli/bad_rows.h"
#include "cli/client.h"
#include "cli/progress.h"
#include "offline/training_file.h"
#include "schema/json.h"

#include <stdlib.h>
#include <string.h>

#define PERCENT 100.0

struct train {
    const struct hone_command_input *input;
    const char *skill, *path;
    struct hone_backend *backend;
    struct hone_training_file *file;
    struct hone_progress progress;
    struct hone_bad_rows bad;
    uint64_t n_sent, n_stored, n_known;
    json_int_t live_before, live, last_before, position;
    json_t *versions; /* hone/versions, at the end */
};

static int on_bad(void *user, uint64_t line, const struct hone_error *err)
{
    struct train *train = user;
    return hone_bad_rows_add(&train->bad, line, (struct hone_error *)(uintptr_t)err);
}

static json_int_t integer_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static int ask_versions(struct train *train, json_t **out, struct hone_error *err)
{
    json_t *params = json_pack("{s:s}", "skill", train->skill);
    int code = hone_backend_request(train->backend, "hone/versions", params, out, err);
    json_decref(params);
    return code;
}

static json_int_t newest_of(const json_t *versions)
{
    return integer_of(json_array_get(json_object_get(versions, "versions"), 0), "number");
}

static int open_all(struct train *train, struct hone_error *err)
{
    double percent = 0.0;
    json_t *versions = NULL;
    const struct hone_arguments *arguments = train->input->arguments;
    const char *run = hone_arguments_value(arguments, "run");
    int given = hone_arguments_number(&percent, arguments, "hold-out", 0.0, PERCENT, err);
    int code = given < 0 ? given : hone_backend_open(&train->backend, arguments, err);
    if (code == 0) {
        code = ask_versions(train, &versions, err); /* is there such a skill? */
    }
    if (code != 0) {
        return code;
    }
    train->live_before = train->live = integer_of(versions, "live");
    train->last_before = newest_of(versions);
    json_decref(versions);
    struct hone_training_file_settings settings = {
        .skill = hone_span_text(train->skill),
        .run = hone_span_text(run != NULL ? run : ""),
        .held_out = given == 1 ? percent / PERCENT : -1.0,
    };
    return hone_training_file_open(&train->file, train->path, &settings, on_bad, train,
                                   err);
}

/* Rows that the skill cannot take, such as those with a label that it has not. */
static int note_refused(struct train *train, const json_t *refused, const uint64_t *lines,
                        struct hone_error *err)
{
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach((json_t *)(uintptr_t)refused, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "code"));
        (void)hone_error_set(err, hone_client_code_of(name != NULL ? name : ""), "%s",
                             hone_json_text(item, "message").data);
        (void)hone_error_hint(err, "%s", hone_json_text(item, "hint").data);
        json_int_t row = integer_of(item, "row");
        if (row < 0 || row >= HONE_TRAINING_FILE_BATCH_ROWS) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "the server refused no row of ours");
        }
        int code = hone_bad_rows_add(&train->bad, lines[row], err);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* Takes rows. */
static int send_batch(struct train *train, json_t *rows, const uint64_t *lines,
                      struct hone_error *err)
{
    json_t *answer = NULL;
    json_t *params = json_pack("{s:s,s:O}", "skill", train->skill, "rows", rows);
    int code = hone_backend_request(train->backend, "hone/train", params, &answer, err);
    if (code == 0) {
        train->n_sent += json_array_size(rows);
        train->n_stored += (uint64_t)integer_of(answer, "stored");
        train->n_known += (uint64_t)integer_of(answer, "known");
        train->live = integer_of(answer, "live");
        train->position = integer_of(answer, "position");
        code = note_refused(train, json_object_get(answer, "refused"), lines, err);
    }
    json_decref(answer);
    json_decref(params);
    json_decref(rows);
    return code;
}

static int send_all(struct train *train, struct hone_error *err)
{
    json_t *rows = NULL;
    uint64_t *lines = hone_alloc_zeroed(HONE_TRAINING_FILE_BATCH_ROWS, sizeof(*lines));
    int code = 0, more = 0;
    while (code == 0 &&
           (more = hone_training_file_next(train->file, &rows, lines, err)) == 1) {
        code = send_batch(train, rows, lines, err);
        hone_progress_show(&train->progress, train->n_sent);
    }
    hone_progress_clear(&train->progress);
    free(lines);
    return more < 0 ? more : code;
}

/* ---- what became of it ---- */

/* Versions that were made meanwhile, the oldest first. */
static json_t *new_versions(const struct train *train)
{
    const json_t *all = json_object_get(train->versions, "versions");
    json_t *out = json_array();
    for (size_t i = json_array_size(all); i > 0; i--) {
        json_t *version = json_array_get(all, i - 1);
        if (integer_of(version, "number") > train->last_before) {
            (void)json_array_append(out, version);
        }
    }
    return out;
}

static void print_json(const struct train *train, json_t *verdicts)
{
    struct hone_training_file_counts counts = hone_training_file_counts(train->file);
    json_t *report =
        json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:O}", "skill",
                  train->skill, "file", train->path, "rows", (json_int_t)counts.n_rows,
                  "bad", (json_int_t)train->bad.n, "taught", (json_int_t)counts.n_taught,
                  "held_out", (json_int_t)counts.n_held_out, "no_evidence",
                  (json_int_t)counts.n_repeated, "stored", (json_int_t)train->n_stored,
                  "known", (json_int_t)train->n_known, "live_before", train->live_before,
                  "live", train->live, "position", train->position, "versions", verdicts);
    hone_output_json(train->input->output, report);
    json_decref(report);
}

static void print_version(FILE *file, const json_t *version)
{
    const json_t *evidence = json_object_get(version, "evidence");
    (void)fprintf(file, "version %lld: ", (long long)integer_of(version, "number"));
    hone_output_plain(file, hone_json_text(version, "status").data);
    (void)fprintf(file, " on %lld held-out rows: accuracy %.4f to %.4f, gain %.4f nats (",
                  (long long)integer_of(evidence, "n_pairs"),
                  json_number_value(json_object_get(evidence, "anchor_accuracy")),
                  json_number_value(json_object_get(evidence, "served_accuracy")),
                  json_number_value(json_object_get(evidence, "mean_gain")));
    hone_output_plain(file, hone_json_text(evidence, "reason").data);
    (void)fputs(")\n", file);
}

static void print_text(const struct train *train, json_t *verdicts)
{
    struct hone_training_file_counts counts = hone_training_file_counts(train->file);
    FILE *file = train->input->output->data;
    size_t i = 0;
    const json_t *version = NULL;
    (void)fprintf(file, "%llu rows: %llu taught, %llu held out; %llu new, %llu known, ",
                  (unsigned long long)counts.n_rows, (unsigned long long)counts.n_taught,
                  (unsigned long long)counts.n_held_out,
                  (unsigned long long)train->n_stored,
                  (unsigned long long)train->n_known);
    (void)fprintf(file, "%llu bad\n", (unsigned long long)train->bad.n);
    json_array_foreach(verdicts, i, version)
    {
        print_version(file, version);
    }
    if (json_array_size(verdicts) == 0 && train->n_stored > 0) {
        (void)fputs(
            "no verdict yet: what was learnt becomes a version once there is evidence "
            "enough; until then an eager skill serves it, a gated one does not\n",
            file);
    }
    (void)fprintf(file, "live: version %lld, learnt through position %lld\n",
                  (long long)train->live, (long long)train->position);
    hone_output_next(train->input->output, "next: hone versions %s", train->skill);
}

static int report(struct train *train, struct hone_error *err)
{
    int code = ask_versions(train, &train->versions, err);
    if (code != 0) {
        return code;
    }
    json_t *verdicts = new_versions(train);
    if (train->input->output->json) {
        print_json(train, verdicts);
    } else {
        print_text(train, verdicts);
    }
    json_decref(verdicts);
    return 0;
}

static int run(struct train *train, struct hone_error *err)
{
    const struct hone_arguments *arguments = train->input->arguments;
    struct hone_output *output = train->input->output;
    int code = open_all(train, err);
    if (code != 0) {
        return code;
    }
    struct hone_training_file_counts counts = hone_training_file_counts(train->file);
    hone_progress_start(&train->progress, output, "training", counts.n_rows,
                        hone_arguments_flag(arguments, "quiet"));
    train->bad.progress = &train->progress;
    code = send_all(train, err);
    if (code != 0) {
        return code;
    }
    hone_bad_rows_end(&train->bad);
    return report(train, err);
}

static void train_finish(struct train *train)
{
    hone_training_file_close(train->file);
    json_decref(train->versions);
    hone_backend_close(train->backend);
}

int hone_command_train(const struct hone_command_input *input)
{
    struct train train = {.input = input};
    struct hone_error err = {0};
    int code = hone_arguments_check_words(input->arguments, 1, 1, input->usage, &err);
    train.path = hone_arguments_value(input->arguments, "data");
    if (code == 0 && train.path == NULL) {
        code =
            hone_error_set(&err, HONE_E_INVALID, "--data is missing: the file of rows");
        (void)hone_error_hint(&err, "`hone help train` shows what a row looks like");
    }
    if (code == 0) {
        train.skill = input->arguments->words[0];
        train.bad = (struct hone_bad_rows){
            .output = input->output,
            .path = train.path,
            .is_strict = hone_arguments_flag(input->arguments, "strict"),
        };
        code = run(&train, &err);
    }
    int exit_code = hone_backend_exit_code(train.backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    }
    train_finish(&train);
    return exit_code;
}
