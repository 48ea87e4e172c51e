#include "bench/support/task.h"

#include "base/alloc.h"
#include "bench/support/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 32

static void read_member(struct hone_dataset *out, const char *folder, const char *name,
                        const char *text_key)
{
    char *path = hone_alloc_format("%s/%s", folder, name);
    hone_dataset_read(out, path, text_key);
    free(path);
}

static uint32_t find_label(const struct hone_dataset *labels, const char *name)
{
    for (uint32_t i = 0; i < labels->n_rows; i++) {
        if (strcmp(labels->rows[i].label, name) == 0) {
            return i;
        }
    }
    hone_fail("the label %s is not in labels.jsonl", name);
}

static uint32_t *find_labels(const struct hone_dataset *labels,
                             const struct hone_dataset *rows)
{
    uint32_t *found = hone_alloc_zeroed(rows->n_rows, sizeof(*found));
    for (size_t i = 0; i < rows->n_rows; i++) {
        found[i] = find_label(labels, rows->rows[i].label);
    }
    return found;
}

void hone_task_read(struct hone_task *out, const char *folder)
{
    read_member(&out->labels, folder, "labels.jsonl", "description");
    read_member(&out->train, folder, "train.jsonl", "text");
    read_member(&out->test, folder, "test.jsonl", "text");
    out->train_labels = find_labels(&out->labels, &out->train);
    out->test_labels = find_labels(&out->labels, &out->test);
}

void hone_task_finish(struct hone_task *task)
{
    hone_dataset_finish(&task->labels);
    hone_dataset_finish(&task->train);
    hone_dataset_finish(&task->test);
    free(task->train_labels);
    free(task->test_labels);
    *task = (struct hone_task){0};
}

struct hone_classifier *hone_task_classifier(const struct hone_task *task,
                                             const struct hone_classifier_config *config,
                                             bool descriptions)
{
    struct hone_error err;
    struct hone_classifier *classifier = NULL;
    size_t n = task->labels.n_rows;
    hone_fail_on(hone_classifier_create(&classifier, config, &err), &err);
    struct hone_classifier_label *labels = hone_alloc_zeroed(n, sizeof(*labels));
    char(*numbers)[NAME_BYTES] = hone_alloc_zeroed(n, sizeof(*numbers));
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(numbers[i], sizeof(numbers[i]), "%zu", i);
        const struct hone_dataset_row *row = &task->labels.rows[i];
        labels[i].name = hone_span_text(descriptions ? row->label : numbers[i]);
        labels[i].description = hone_span_text(descriptions ? row->text : "");
    }
    hone_fail_on(hone_classifier_add_labels(classifier, labels, n, 1, &err), &err);
    free(numbers);
    free(labels);
    return classifier;
}

void hone_task_learn(struct hone_classifier *classifier, const char *text, uint32_t label,
                     uint64_t position)
{
    struct hone_error err;
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    struct hone_encoder_input input = {&field, 1};
    hone_fail_on(hone_classifier_learn(classifier, &input, label, 1.0F, position, &err),
                 &err);
}

struct hone_classifier_score hone_task_score(const struct hone_classifier_view *view,
                                             struct hone_classifier_scratch *scratch,
                                             const char *text, uint32_t label)
{
    struct hone_error err;
    struct hone_classifier_score score;
    struct hone_encoder_field field = {.text = hone_span_text(text)};
    struct hone_encoder_input input = {&field, 1};
    hone_fail_on(hone_classifier_view_score(view, &input, scratch, label, &score, &err),
                 &err);
    return score;
}

double hone_task_accuracy(const struct hone_task *task,
                          struct hone_classifier *classifier)
{
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    struct hone_classifier_view *view = hone_classifier_freeze(classifier);
    size_t n_right = 0;
    for (size_t i = 0; i < task->test.n_rows; i++) {
        uint32_t label = task->test_labels[i];
        struct hone_classifier_score score =
            hone_task_score(view, scratch, task->test.rows[i].text, label);
        n_right += score.best == label ? 1 : 0;
    }
    hone_classifier_view_unref(view);
    hone_classifier_scratch_destroy(scratch);
    return (double)n_right / (double)task->test.n_rows;
}

size_t hone_task_number(const char *text, const char *option)
{
    char *end = NULL;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0') {
        hone_fail("%s wants a number", option);
    }
    return value;
}
