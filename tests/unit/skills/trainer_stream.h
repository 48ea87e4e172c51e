/* Synthetic feedback for the trainer's tests: short weather reports made of the words of
 * their label, the same on every run. */
#ifndef HONE_TESTS_UNIT_SKILLS_TRAINER_STREAM_H
#define HONE_TESTS_UNIT_SKILLS_TRAINER_STREAM_H

#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "skills/trainer.h"
#include "skills/trainer_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_N_LABELS 3

static const char *const stream_labels[STREAM_N_LABELS] = {"sun", "rain", "snow"};

static inline struct hone_package *stream_load_package(const char *name)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    char *relative = hone_alloc_format("tests/data/skills/%s", name);
    char *path = support_source_path(relative);
    support_ok(hone_package_load(&package, path, &err), &err);
    free(path);
    free(relative);
    return package;
}

/* A report of label number `label`; `n` makes it one of many. New reference. */
static inline json_t *stream_input(unsigned label, uint64_t n)
{
    static const char *const words[STREAM_N_LABELS][8] = {
        {"bright", "blue", "warm", "sunny", "dry", "shine", "golden", "clear"},
        {"wet", "shower", "drizzle", "puddle", "umbrella", "pouring", "soaked", "grey"},
        {"flakes", "frost", "ice", "white", "sledge", "freezing", "drift", "blizzard"},
    };
    static const char *const others[8] = {"today",   "in",   "the", "north",
                                          "evening", "very", "and", "report"};
    struct hone_rng rng = hone_rng_at(label + 1, n);
    char text[256] = "";
    for (int i = 0; i < 5; i++) {
        strcat(text, words[label][hone_rng_below(&rng, 8)]);
        strcat(text, " ");
        strcat(text, others[hone_rng_below(&rng, 8)]);
        strcat(text, " ");
    }
    return json_pack("{s:s}", "text", text);
}

/* A label for a report; the call had answered `output`. */
static inline struct hone_event stream_label(uint64_t position, const json_t *input,
                                             const char *label, const char *output)
{
    return (struct hone_event){
        .position = position,
        .kind = HONE_EVENT_FEEDBACK,
        .feedback = {.kind = HONE_FEEDBACK_LABEL,
                     .value = hone_span_text(label),
                     .weight = 1.0},
        .input = input,
        .output = hone_span_text(output),
    };
}

static inline struct hone_event stream_gate(uint64_t position, const json_t *body)
{
    return (struct hone_event){
        .position = position, .kind = HONE_EVENT_GATE, .body = body};
}

static inline void stream_fold(struct hone_trainer *trainer,
                               const struct hone_event *event)
{
    struct hone_error err = {0};
    support_ok(hone_trainer_fold(trainer, event, NULL, &err), &err);
}

/* One right label at the next position. */
static inline void stream_teach(struct hone_trainer *trainer, unsigned label)
{
    uint64_t position = hone_trainer_position(trainer) + 1;
    json_t *input = stream_input(label, position);
    struct hone_event event =
        stream_label(position, input, stream_labels[label], stream_labels[label]);
    stream_fold(trainer, &event);
    json_decref(input);
}

/* One label of this weight at the next position, wrong by `shift`. */
static inline void stream_mislead(struct hone_trainer *trainer, unsigned label,
                                  unsigned shift, double weight)
{
    uint64_t position = hone_trainer_position(trainer) + 1;
    json_t *input = stream_input(label, position);
    struct hone_event event =
        stream_label(position, input, stream_labels[(label + shift) % STREAM_N_LABELS],
                     stream_labels[0]);
    event.feedback.weight = weight;
    stream_fold(trainer, &event);
    json_decref(input);
}

static inline struct hone_digest
stream_save(struct hone_trainer *trainer, enum hone_trainer_state state, const char *path)
{
    struct hone_error err = {0};
    struct hone_trainer_save *save = NULL;
    struct hone_digest digest;
    uint64_t size_bytes = 0, position = 0;
    support_ok(hone_trainer_save_create(&save, trainer, state, path, &err), &err);
    int more = 1;
    while (more == 1) {
        more = hone_trainer_save_step(save, 65536, &err);
    }
    support_ok(more, &err);
    hone_trainer_save_result(save, &digest, &size_bytes, &position);
    assert_true(size_bytes > 0);
    hone_trainer_save_destroy(save);
    return digest;
}

/* The head of a checkpoint tells of the trainer what a load of it would. */
static inline void stream_check_head(const char *path, const struct hone_trainer *trainer)
{
    struct hone_error err = {0};
    struct hone_trainer_file known = {0};
    support_ok(hone_trainer_file_read(&known, path, &err), &err);
    struct hone_trainer_progress progress = hone_trainer_progress(trainer);
    assert_true(known.is_checkpoint);
    assert_int_equal(known.position, hone_trainer_position(trainer));
    assert_int_equal(known.progress.n_labelled, progress.n_labelled);
    assert_int_equal(known.progress.n_recent_right, progress.n_recent_right);
    assert_true(known.progress.sum_reward == progress.sum_reward);
    assert_int_equal(known.evidence.n_pairs, hone_trainer_evidence(trainer)->n_pairs);
}

/* Digest of the served state as a checkpoint would hold it. */
static inline struct hone_digest stream_digest(struct hone_trainer *trainer,
                                               const char *folder)
{
    char *path = hone_alloc_format("%s/digest", folder);
    struct hone_digest digest = stream_save(trainer, HONE_TRAINER_SERVED, path);
    (void)remove(path);
    free(path);
    return digest;
}

#endif
