/* fuzz: optim - a classifier's file of any bytes; what loads can predict and be saved. */
#include "optim/classifier.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory, by the path under which it can be opened; its descriptor. */
static int make_file(char path[64])
{
    int fd = memfd_create("classifier", MFD_CLOEXEC);
    if (fd < 0) {
        abort();
    }
    (void)snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* HONE_E_INVALID is all that may be wrong: no label is on, or numbers from the file that
 * are in range one by one do not add up. */
static void predict(struct hone_classifier_view *view)
{
    struct hone_error err;
    const float *probabilities = NULL;
    struct hone_encoder_field field = {.text = hone_span_text("cards and topups")};
    struct hone_encoder_input input = {&field, 1};
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    int rc = hone_classifier_view_predict(view, &input, scratch, &probabilities, &err);
    for (size_t i = 0; rc == 0 && i < hone_classifier_view_n_labels(view); i++) {
        if (!(probabilities[i] >= 0.0F && probabilities[i] <= 1.0F)) {
            abort();
        }
    }
    if (rc != 0 && rc != HONE_E_INVALID) {
        abort();
    }
    hone_classifier_scratch_destroy(scratch);
}

static void predict_sets(struct hone_classifier_view *view)
{
    struct hone_error err;
    const float *probabilities = NULL, *thresholds = NULL;
    struct hone_encoder_field field = {.text = hone_span_text("cards and topups")};
    struct hone_encoder_input input = {&field, 1};
    struct hone_classifier_scratch *scratch = hone_classifier_scratch_create();
    int rc = hone_classifier_view_sets_predict(view, &input, scratch, &probabilities,
                                               &thresholds, &err);
    for (size_t i = 0; rc == 0 && i < hone_classifier_view_n_labels(view); i++) {
        if (!(probabilities[i] >= 0.0F && probabilities[i] <= 1.0F) ||
            !(thresholds[i] >= 0.0F)) {
            abort();
        }
    }
    if (rc != 0 && rc != HONE_E_INVALID) {
        abort();
    }
    hone_classifier_scratch_destroy(scratch);
}

static void save(const struct hone_classifier_mark *mark, const char *extra)
{
    struct hone_error err;
    struct hone_classifier_save *save = NULL;
    char path[64];
    int fd = make_file(path);
    int rc = hone_classifier_save_create(&save, mark, path, hone_span_text(extra), &err);
    if (rc == 0) {
        do {
            rc = hone_classifier_save_step(save, 65536, &err);
        } while (rc == 1);
    }
    /* The text kept for the caller may be one that a caller of save would not give. */
    if (rc != 0 && rc != HONE_E_INVALID && rc != HONE_E_LIMIT) {
        abort();
    }
    hone_classifier_save_destroy(save);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err;
    struct hone_classifier *classifier = NULL;
    char *extra = NULL;
    char path[64];
    int fd = make_file(path);
    if (size > 0 && write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    if (hone_classifier_load(&classifier, path, &extra, &err) == 0) {
        struct hone_classifier_mark *mark = hone_classifier_mark_create(classifier);
        predict(hone_classifier_mark_view(mark));
        predict_sets(hone_classifier_mark_view(mark));
        save(mark, extra);
        hone_classifier_mark_destroy(mark);
        hone_classifier_destroy(classifier);
        free(extra);
    }
    close(fd);
    return 0;
}
