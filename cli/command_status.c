#include "cli/command.h"

#include "base/buf.h"
#include "cli/backend.h"
#include "cli/hold_lines.h"

#include <string.h>

#define MIB (1024.0 * 1024.0)

static json_int_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void format_share(char out[16], const json_t *value)
{
    if (json_is_number(value)) {
        (void)snprintf(out, 16, "%.1f %%", 100 * json_number_value(value));
    } else {
        (void)snprintf(out, 16, "-");
    }
}

static void print_head(FILE *file, const json_t *status, bool remote)
{
    const char *http = text_of(status, "http");
    if (remote) {
        (void)fprintf(file, "hone %s, process %lld, up %lld s",
                      text_of(status, "version"), (long long)number_of(status, "pid"),
                      (long long)number_of(status, "uptime_ms") / 1000);
        (void)fprintf(file, "%s%s\n", http[0] != '\0' ? ", " : "", http);
    } else {
        (void)fprintf(file, "no server is running; this is what the data folder holds\n");
    }
    (void)fprintf(file, "data %s\n", text_of(status, "data"));
    const json_t *residence = json_object_get(status, "residence");
    (void)fprintf(file, "skills that learn: %lld in memory (%.1f MiB), %lld cold\n",
                  (long long)number_of(residence, "loaded"),
                  (double)number_of(residence, "memory_bytes") / MIB,
                  (long long)number_of(residence, "cold"));
}

static void print_drift(FILE *file, const json_t *drift)
{
    long long n_alarms = (long long)number_of(drift, "alarms");
    if (n_alarms > 0) {
        (void)fprintf(file, "  drift     %lld alarm%s, the last at log position %lld\n",
                      n_alarms, n_alarms == 1 ? "" : "s",
                      (long long)number_of(drift, "last_position"));
    }
}

static void print_calibration(FILE *file, const json_t *calibration)
{
    const json_t *temperature = json_object_get(calibration, "temperature");
    if (!json_is_number(temperature)) {
        return;
    }
    (void)fprintf(file, "  certainty off by %.3f on average, temperature %.2f",
                  json_number_value(json_object_get(calibration, "ece")),
                  json_number_value(temperature));
    double limit = json_number_value(json_object_get(calibration, "limit"));
    if (limit > 0.0) {
        (void)fprintf(file, ", answers from %.2f", limit);
    }
    (void)fputc('\n', file);
}

static void print_residence(FILE *file, const json_t *skill)
{
    double bytes = (double)number_of(skill, "memory_bytes");
    (void)fprintf(file, "  memory    %s", text_of(skill, "residence"));
    if (bytes > 0) {
        (void)fprintf(file, ", %.1f MiB", bytes / MIB);
    }
    (void)fputc('\n', file);
}

static void print_skill(FILE *file, const json_t *skill)
{
    char accuracy[16], recent[16];
    const json_t *evidence = json_object_get(skill, "evidence");
    format_share(accuracy, json_object_get(skill, "accuracy"));
    format_share(recent, json_object_get(skill, "recent_accuracy"));
    (void)fputc('\n', file);
    hone_output_plain(file, text_of(skill, "name"));
    (void)fprintf(file, " (%s): %s, version %lld\n", text_of(skill, "kind"),
                  text_of(skill, "state"), (long long)number_of(skill, "live_version"));
    (void)fprintf(file, "  calls     %lld, feedback %lld\n",
                  (long long)number_of(skill, "calls"),
                  (long long)number_of(skill, "feedback"));
    if (!json_is_true(json_object_get(skill, "learns"))) {
        return;
    }
    (void)fprintf(file, "  accuracy  %s of %lld labelled calls, %s of the last %lld\n",
                  accuracy, (long long)number_of(skill, "labelled"), recent,
                  (long long)number_of(skill, "recent"));
    (void)fprintf(file, "  learned   %lld of %lld events\n",
                  (long long)number_of(skill, "learned_through"),
                  (long long)number_of(skill, "log_end"));
    print_residence(file, skill);
    hone_hold_lines_print(file, json_object_get(skill, "hold"));
    if (number_of(skill, "served_through") < number_of(skill, "learned_through")) {
        (void)fprintf(file,
                      "  served    through event %lld: the rest is not proven yet\n",
                      (long long)number_of(skill, "served_through"));
    }
    (void)fprintf(
        file, "  gate      %lld pairs (%lld needed), mean gain %.3f nats, change %.2f\n",
        (long long)number_of(evidence, "pairs"), (long long)number_of(evidence, "needed"),
        json_number_value(json_object_get(evidence, "mean_gain")),
        json_number_value(json_object_get(evidence, "change")));
    print_calibration(file, json_object_get(skill, "calibration"));
    print_drift(file, json_object_get(skill, "drift"));
}

static void print_store(FILE *file, const json_t *store)
{
    const char *oldest = json_string_value(json_object_get(store, "oldest_call"));
    (void)fprintf(file, "database: %.1f MiB, %.1f of it unused",
                  (double)number_of(store, "database_bytes") / MIB,
                  (double)number_of(store, "unused_bytes") / MIB);
    if (oldest != NULL) {
        (void)fprintf(file, "; oldest call %s", oldest);
    }
    if (number_of(store, "dropped_calls") > 0) {
        (void)fprintf(file, "; dropped since the start: %lld old calls",
                      (long long)number_of(store, "dropped_calls"));
    }
    (void)fputc('\n', file);
}

static void print_status(FILE *file, const json_t *status, bool remote)
{
    size_t index;
    const json_t *entry;
    print_head(file, status, remote);
    print_store(file, json_object_get(status, "store"));
    json_array_foreach(json_object_get(status, "skills"), index, entry)
    {
        print_skill(file, entry);
    }
    json_array_foreach(json_object_get(status, "failures"), index, entry)
    {
        (void)fprintf(file, "\nnot loaded: ");
        hone_output_plain(file, text_of(entry, "folder"));
        (void)fprintf(file, ": ");
        hone_output_plain(file, text_of(entry, "message"));
        (void)fputc('\n', file);
    }
}

int hone_command_status(const struct hone_command_input *input)
{
    struct hone_backend *backend = NULL;
    json_t *params = json_object();
    json_t *status = NULL;
    struct hone_error err;
    int code = hone_arguments_check_words(input->arguments, 0, 1, input->usage, &err);
    if (code == 0 && input->arguments->n_words == 1) {
        json_object_set_new(params, "skill", json_string(input->arguments->words[0]));
    }
    if (code == 0) {
        code = hone_backend_open(&backend, input->arguments, &err);
    }
    if (code == 0) {
        code = hone_backend_request(backend, "hone/status", params, &status, &err);
    }
    int exit_code = hone_backend_exit_code(backend, code);
    if (code != 0) {
        (void)hone_output_fail(input->output, exit_code, &err);
    } else if (input->output->json) {
        hone_output_json(input->output, status);
    } else {
        print_status(input->output->data, status, hone_backend_is_remote(backend));
    }
    json_decref(status);
    json_decref(params);
    hone_backend_close(backend);
    return exit_code;
}
