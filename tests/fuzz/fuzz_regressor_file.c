/* fuzz: optim - a regressor's file of any bytes; what loads can predict, learn and be saved. */
#include "optim/regressor.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory, by the path under which it can be opened; its descriptor. */
static int make_file(char path[64])
{
    int fd = memfd_create("regressor", MFD_CLOEXEC);
    if (fd < 0) {
        abort();
    }
    (void)snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* What is in range one by one may still not add up: predictions are finite all the same. */
static void predict(struct hone_regressor_view *view)
{
    struct hone_error err;
    const struct hone_dense_field fields[2] = {{{"n", 1}, HONE_DENSE_NUMBER, false},
                                               {{"c", 1}, HONE_DENSE_CATEGORY, false}};
    const struct hone_dense_value values[2] = {
        {.present = true, .number = 3.5}, {.present = true, .text = hone_span_text("x")}};
    struct hone_encoder_field text = {.text = hone_span_text("a page of work")};
    struct hone_regressor_input input = {fields, values, 2, {&text, 1}};
    struct hone_regressor_target target = {-HONE_REGRESSOR_TARGET_MAX,
                                           HONE_REGRESSOR_TARGET_MAX, 0.9, 0.0};
    struct hone_regressor_prediction out;
    struct hone_regressor_scratch *scratch = hone_regressor_scratch_create();
    if (hone_regressor_view_predict(view, &input, &target, scratch, &out, &err) != 0 ||
        !(out.value >= target.min && out.value <= target.max) ||
        (out.has_interval && !(out.low <= out.value && out.value <= out.high))) {
        abort();
    }
    hone_regressor_scratch_destroy(scratch);
}

/* A step may not be finite, but never breaks anything. */
static void learn(struct hone_regressor *regressor)
{
    struct hone_error err;
    const struct hone_dense_field field = {{"n", 1}, HONE_DENSE_NUMBER, false};
    const struct hone_dense_value value = {.present = true, .number = -2.0};
    struct hone_regressor_input input = {&field, &value, 1, {NULL, 0}};
    struct hone_regressor_target target = {0.0, 100.0, 0.9, 50.0};
    int code = hone_regressor_learn(regressor, &input, &target, 5.0, 1.0, &err);
    if (code != 0 && code != HONE_E_INVALID) {
        abort();
    }
}

static void save(const struct hone_regressor_view *view, const char *extra)
{
    struct hone_error err;
    struct hone_regressor_save *save = NULL;
    char path[64];
    int fd = make_file(path);
    int rc = hone_regressor_save_create(&save, view, path, hone_span_text(extra), &err);
    if (rc == 0) {
        do {
            rc = hone_regressor_save_step(save, 65536, &err);
        } while (rc == 1);
    }
    /* The text kept for the caller may be one that a caller of save would not give. */
    if (rc != 0 && rc != HONE_E_INVALID && rc != HONE_E_LIMIT) {
        abort();
    }
    hone_regressor_save_destroy(save);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err;
    struct hone_regressor *regressor = NULL;
    char *extra = NULL;
    char path[64];
    int fd = make_file(path);
    if (size > 0 && write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    if (hone_regressor_load(&regressor, path, &extra, &err) == 0) {
        struct hone_regressor_view *view = hone_regressor_freeze(regressor);
        predict(view);
        save(view, extra);
        learn(regressor);
        hone_regressor_view_unref(view);
        hone_regressor_destroy(regressor);
        free(extra);
    }
    close(fd);
    return 0;
}
