/* fuzz: optim - a ranker's file of any bytes; what loads can rank and be saved. */
#include "optim/ranker.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory, by the path under which it can be opened; its descriptor. */
static int make_file(char path[64])
{
    int fd = memfd_create("ranker", MFD_CLOEXEC);
    if (fd < 0) {
        abort();
    }
    (void)snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* HONE_E_INVALID is all that may be wrong: there is no candidate, or numbers from the file
 * that are in range one by one do not add up. */
static void rank(const struct hone_ranker_view *view)
{
    struct hone_error err;
    struct hone_ranker_scores scores;
    struct hone_encoder_field field = {.text = hone_span_text("disks and tables")};
    struct hone_ranker_query query = {.input = {&field, 1}};
    struct hone_ranker_scratch *scratch = hone_ranker_scratch_create();
    int code = hone_ranker_view_rank(view, &query, scratch, &scores, &err);
    for (size_t i = 0; code == 0 && i < scores.n; i++) {
        if (!(scores.probabilities[i] >= 0.0F && scores.probabilities[i] <= 1.0F)) {
            abort();
        }
    }
    if (code != 0 && code != HONE_E_INVALID) {
        abort();
    }
    hone_ranker_scratch_destroy(scratch);
}

static void save(const struct hone_ranker_view *view, const char *extra)
{
    struct hone_error err;
    struct hone_ranker_save *save = NULL;
    char path[64];
    int fd = make_file(path);
    int code = hone_ranker_save_create(&save, view, path, hone_span_text(extra), &err);
    if (code == 0) {
        do {
            code = hone_ranker_save_step(save, 65536, &err);
        } while (code == 1);
    }
    /* The text kept for the caller may be one that a caller of save would not give. */
    if (code != 0 && code != HONE_E_INVALID && code != HONE_E_LIMIT) {
        abort();
    }
    hone_ranker_save_destroy(save);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err;
    struct hone_ranker *ranker = NULL;
    char *extra = NULL;
    char path[64];
    int fd = make_file(path);
    if (size > 0 && write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    if (hone_ranker_load(&ranker, path, &extra, &err) == 0) {
        struct hone_ranker_view *view = hone_ranker_freeze(ranker);
        rank(view);
        save(view, extra);
        hone_ranker_view_unref(view);
        hone_ranker_destroy(ranker);
        free(extra);
    }
    close(fd);
    return 0;
}
