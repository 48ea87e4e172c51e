/* Resume is exact: whatever point a trainer is saved at and loaded from, folding the rest
 * of the log gives the same bytes as never having stopped. */
#include "tests/unit/skills/trainer_stream.h"

#include "base/file.h"
#include "skills/package_event.h"
#include "skills/trainer_internal.h"

#define LOG_MAX      1024
#define N_FEEDBACK   600
#define VERDICT_WAIT 7   /* events between the candidate and its verdict */
#define ROLLBACK_AT  430 /* feedback after which somebody goes back to version 2 */
#define PACKAGE_AT   300

#define PIN(version)                                                                     \
    "\"pinned\":{\"version\":" #version ",\"position\":0,\"tensors\":"                   \
    "\"0000000000000000000000000000000000000000000000000000000000000000\"}"
#define PINNED(version) "{\"frozen\":null," PIN(version) "}"

/* Feedback after which the skill is frozen or thawed, pinned or unpinned; once a rollback
 * lies in between. */
static const struct {
    unsigned after;
    const char *body;
} hold_table[] = {
    {60, "{\"frozen\":{\"after\":1}}"},
    {70, "{\"frozen\":null}"},
    {428, "{\"frozen\":{\"after\":1}}"},
    {433, "{\"frozen\":null}"},
    {461, PINNED(1)},
    {472, "{\"frozen\":{\"after\":1}," PIN(2) "}"},
    {475, PINNED(2)},
    {490, "{\"frozen\":null,\"pinned\":null}"},
};

enum entry_kind { ENTRY_FEEDBACK, ENTRY_GATE, ENTRY_PACKAGE, ENTRY_HOLD, ENTRY_ROLLBACK };

struct entry {
    enum entry_kind kind;
    unsigned label, answered;
    double weight;
    bool is_reward;
    json_t *body;
    /* What the store would say after this entry: */
    uint32_t live;     /* version */
    uint64_t position; /* that it counts as */
};

/* The log and the files of one uninterrupted life. Positions begin at 1. */
struct life {
    char *folder;
    struct hone_package *package;
    struct hone_trainer *trainer;
    struct entry log[LOG_MAX];
    size_t n;
    uint32_t last_version;
    unsigned n_promoted, n_rejected, n_held;
    uint64_t n_withdrawn; /* at most, before the rollback forgot it */
};

static char *version_path(const struct life *life, uint32_t version)
{
    return hone_alloc_format("%s/v%u", life->folder, version);
}

/* NULL: none is pinned. */
static char *pinned_path(const struct life *life, const json_t *body)
{
    struct hone_error err = {0};
    struct hone_hold hold;
    support_ok(hone_hold_read(&hold, body, &err), &err);
    return hold.pinned != 0 ? version_path(life, hold.pinned) : NULL;
}

static void fold_entry(const struct life *life, struct hone_trainer *trainer,
                       size_t index)
{
    const struct entry *entry = &life->log[index];
    uint64_t position = index + 1;
    if (entry->kind == ENTRY_ROLLBACK) {
        struct hone_error err = {0};
        char *path = version_path(life, entry->live);
        support_ok(hone_trainer_rollback(trainer, entry->live, path, position, &err),
                   &err);
        free(path);
        return;
    }
    json_t *input = stream_input(entry->label % STREAM_N_LABELS, position);
    struct hone_event event =
        stream_label(position, input, stream_labels[entry->answered % STREAM_N_LABELS],
                     stream_labels[position % STREAM_N_LABELS]);
    event.feedback.weight = entry->weight;
    event.source = hone_span_text(position % 4 == 0 ? "bob" : "ada");
    if (entry->is_reward) {
        event.feedback.kind = HONE_FEEDBACK_REWARD;
        event.feedback.reward = 0.1 * (double)(position % 11);
    }
    if (entry->kind != ENTRY_FEEDBACK) {
        event =
            (struct hone_event){.position = position,
                                .kind = entry->kind == ENTRY_GATE   ? HONE_EVENT_GATE
                                        : entry->kind == ENTRY_HOLD ? HONE_EVENT_HOLD
                                                                    : HONE_EVENT_PACKAGE,
                                .body = entry->body};
    }
    char *pinned = entry->kind == ENTRY_HOLD ? pinned_path(life, entry->body) : NULL;
    event.pinned_path = pinned;
    stream_fold(trainer, &event);
    json_decref(input);
    free(pinned);
}

/* Appends an entry and folds it; the live version stays unless the caller changes it. */
static struct entry *live_on(struct life *life, struct entry entry)
{
    assert_true(life->n < LOG_MAX);
    struct entry *added = &life->log[life->n];
    *added = entry;
    if (entry.live == 0) {
        added->live = life->n > 0 ? added[-1].live : 1;
        added->position = life->n > 0 ? added[-1].position : 0;
    }
    life->n++;
    fold_entry(life, life->trainer, life->n - 1);
    return added;
}

static void live_verdict(struct life *life)
{
    struct hone_gate_report report;
    uint64_t candidate = 0;
    if (!hone_trainer_due(life->trainer, &report, &candidate) ||
        hone_trainer_position(life->trainer) < candidate + VERDICT_WAIT) {
        return;
    }
    struct entry entry = {.kind = ENTRY_GATE};
    if (report.verdict == HONE_GATE_PROMOTED) {
        char *path = version_path(life, ++life->last_version);
        (void)stream_save(life->trainer, HONE_TRAINER_CANDIDATE, path);
        free(path);
        entry.live = life->last_version;
        entry.position = candidate;
        life->n_promoted++;
    } else {
        life->n_rejected++;
    }
    entry.body = hone_trainer_verdict_body(&report, candidate, entry.live);
    (void)live_on(life, entry);
    uint64_t n_withdrawn = hone_trainer_progress(life->trainer).n_withdrawn;
    life->n_withdrawn = n_withdrawn > life->n_withdrawn ? n_withdrawn : life->n_withdrawn;
}

/* Truth, with every eleventh event a reward; now and then a burst of heavy lies after
 * which the truths are too light to repair them. */
static struct entry feedback_number(unsigned i)
{
    unsigned phase = i % 120;
    struct entry entry = {
        .kind = ENTRY_FEEDBACK, .label = i, .answered = i, .weight = 1.0};
    entry.is_reward = i % 11 == 10;
    if (phase >= 80 && phase < 88) {
        entry.answered = i + 1;
        entry.weight = 100.0;
    } else if (phase >= 88) {
        entry.weight = 1e-6;
    }
    return entry;
}

/* The definition as it is in the folder; of a gated life with a label more. */
static json_t *changed_definition(const struct life *life)
{
    json_t *body = hone_package_event_body(life->package);
    if (life->package->is_gated) {
        (void)json_array_append_new(
            json_object_get(body, "labels"),
            json_pack("{s:s,s:s}", "name", "hail", "description", "ice from above"));
    }
    return body;
}

static void live_hold(struct life *life, unsigned after)
{
    for (size_t i = 0; i < sizeof(hold_table) / sizeof(hold_table[0]); i++) {
        if (hold_table[i].after == after) {
            (void)live_on(
                life, (struct entry){.kind = ENTRY_HOLD,
                                     .body = json_loads(hold_table[i].body, 0, NULL)});
            life->n_held++;
        }
    }
}

static int live(void **state, bool is_gated)
{
    struct hone_error err = {0};
    struct life *life = hone_alloc_zeroed(1, sizeof(*life));
    life->folder = support_make_folder();
    life->package = stream_load_package("weather");
    life->package->is_gated = is_gated;
    life->package->max_source_share = is_gated ? 1.0 : 0.7;
    life->last_version = 1;
    support_ok(hone_trainer_create(&life->trainer, life->package, &err), &err);
    char *path = version_path(life, 1);
    (void)stream_save(life->trainer, HONE_TRAINER_ANCHOR, path);
    free(path);
    for (unsigned i = 0; i < N_FEEDBACK; i++) {
        (void)live_on(life, feedback_number(i));
        if (i == PACKAGE_AT) {
            (void)live_on(life, (struct entry){.kind = ENTRY_PACKAGE,
                                               .body = changed_definition(life)});
        }
        if (i == ROLLBACK_AT) {
            (void)live_on(life, (struct entry){.kind = ENTRY_ROLLBACK,
                                               .live = 2,
                                               .position = life->n + 1});
        }
        live_hold(life, i);
        live_verdict(life);
    }
    *state = life;
    return 0;
}

static int live_eagerly(void **state)
{
    return live(state, false);
}

static int live_gated(void **state)
{
    return live(state, true);
}

static int end_life(void **state)
{
    struct life *life = *state;
    for (size_t i = 0; i < life->n; i++) {
        json_decref(life->log[i].body);
    }
    hone_trainer_destroy(life->trainer);
    hone_package_destroy(life->package);
    support_remove_folder(life->folder);
    free(life->folder);
    free(life);
    return 0;
}

/* As the newest event before the position that was loaded says. */
static void set_hold(const struct life *life, struct hone_trainer *trainer)
{
    struct hone_error err = {0};
    struct hone_hold hold;
    const json_t *body = NULL;
    for (size_t i = 0; i < hone_trainer_position(trainer); i++) {
        body = life->log[i].kind == ENTRY_HOLD ? life->log[i].body : body;
    }
    support_ok(hone_hold_read(&hold, body, &err), &err);
    char *path = pinned_path(life, body);
    support_ok(hone_trainer_set_hold(trainer, &hold, path, &err), &err);
    free(path);
}

static struct hone_trainer *load(const struct life *life, size_t cut,
                                 const char *checkpoint)
{
    struct hone_error err = {0};
    struct hone_trainer *trainer = NULL;
    uint32_t version = cut > 0 ? life->log[cut - 1].live : 1;
    uint64_t position = cut > 0 ? life->log[cut - 1].position : 0;
    char *path = version_path(life, version);
    support_ok(hone_trainer_load(&trainer, life->package, version, position, path,
                                 checkpoint, &err),
               &err);
    free(path);
    set_hold(life, trainer);
    return trainer;
}

static void fold_up_to(const struct life *life, struct hone_trainer *trainer, size_t n)
{
    for (size_t i = hone_trainer_position(trainer); i < n; i++) {
        fold_entry(life, trainer, i);
    }
}

/* Has left the trust region: there is no checkpoint until the gate has spoken. */
static bool is_outside(const struct life *life, const struct hone_trainer *trainer)
{
    return !life->package->is_gated && hone_trainer_withholds(trainer) &&
           hone_trainer_pinned(trainer) == 0;
}

/* Everything that a later event could depend on, as bytes. */
static void check_same(const struct life *life, struct hone_trainer *a,
                       struct hone_trainer *b)
{
    struct hone_gate_report report_a = {0}, report_b = {0};
    uint64_t candidate_a = 0, candidate_b = 0;
    bool due = hone_trainer_due(a, &report_a, &candidate_a);
    assert_int_equal(due, hone_trainer_due(b, &report_b, &candidate_b));
    assert_int_equal(candidate_a, candidate_b);
    char *path = hone_alloc_format("%s/compare", life->folder);
    enum hone_trainer_state state = due ? HONE_TRAINER_CANDIDATE : HONE_TRAINER_SERVED;
    struct hone_digest digest_a, digest_b;
    assert_int_equal(is_outside(life, a), is_outside(life, b));
    support_near(hone_trainer_change(a), hone_trainer_change(b), 0.0);
    if (due || !is_outside(life, a)) {
        digest_a = stream_save(a, state, path);
        digest_b = stream_save(b, state, path);
        assert_true(hone_digest_equal(digest_a, digest_b));
    }
    assert_int_equal(hone_trainer_pinned(a), hone_trainer_pinned(b));
    digest_a = stream_save(a, HONE_TRAINER_SHOWN, path);
    digest_b = stream_save(b, HONE_TRAINER_SHOWN, path);
    assert_true(hone_digest_equal(digest_a, digest_b));
    digest_a = stream_save(a, HONE_TRAINER_ANCHOR, path);
    digest_b = stream_save(b, HONE_TRAINER_ANCHOR, path);
    assert_true(hone_digest_equal(digest_a, digest_b));
    struct hone_trainer_progress progress_a = hone_trainer_progress(a),
                                 progress_b = hone_trainer_progress(b);
    assert_memory_equal(&progress_a, &progress_b, sizeof(progress_a));
    free(path);
}

static void the_life_has_promotions_rejections_and_a_rollback(void **state)
{
    struct life *life = *state;
    assert_int_equal(sizeof(hold_table) / sizeof(hold_table[0]), life->n_held);
    if (life->package->is_gated) {
        assert_true(life->n_promoted >= 1);
        assert_true(life->n_rejected >= 3);
        return;
    }
    assert_true(life->n_promoted >= 5);
    assert_true(life->n_rejected >= 2);
    assert_true(life->n_withdrawn >= 60);
}

/* Cut after every 37th event, and before and after each event that is not feedback. */
static bool is_cut(const struct life *life, size_t n)
{
    return n % 37 == 0 || n == life->n || life->log[n].kind != ENTRY_FEEDBACK ||
           (n > 0 && life->log[n - 1].kind != ENTRY_FEEDBACK);
}

static void resuming_from_a_version_is_exact(void **state)
{
    struct life *life = *state;
    struct hone_trainer *whole = load(life, 0, NULL);
    size_t n_cuts = 0;
    for (size_t cut = 0; cut <= life->n; cut++) {
        if (!is_cut(life, cut)) {
            continue;
        }
        struct hone_trainer *resumed = load(life, cut, NULL);
        fold_up_to(life, whole, cut);
        fold_up_to(life, resumed, cut);
        check_same(life, whole, resumed);
        hone_trainer_destroy(resumed);
        n_cuts++;
    }
    assert_true(n_cuts > (life->package->is_gated ? 20 : 40));
    check_same(life, whole, life->trainer);
    hone_trainer_destroy(whole);
}

static void resuming_from_a_checkpoint_is_exact_to_the_end(void **state)
{
    struct life *life = *state;
    char *path = hone_alloc_format("%s/checkpoint", life->folder);
    struct hone_trainer *whole = load(life, 0, NULL);
    size_t n_cuts = 0;
    for (size_t cut = 10; cut < life->n; cut += 61) {
        struct hone_gate_report report;
        uint64_t candidate = 0;
        fold_up_to(life, whole, cut);
        while (hone_trainer_due(whole, &report, &candidate) || is_outside(life, whole)) {
            fold_up_to(life, whole, ++cut);
        }
        (void)stream_save(whole, HONE_TRAINER_SERVED, path);
        struct hone_trainer *resumed = load(life, cut, path);
        assert_int_equal(hone_trainer_position(resumed), cut);
        check_same(life, whole, resumed);
        fold_up_to(life, resumed, life->n);
        check_same(life, life->trainer, resumed);
        hone_trainer_destroy(resumed);
        n_cuts++;
    }
    assert_true(n_cuts >= 8);
    hone_trainer_destroy(whole);
    free(path);
}

/* A cut at the promotion itself: the file is that of the candidate, the log goes on behind it. */
static void a_loaded_version_takes_its_own_promotion_as_read(void **state)
{
    struct life *life = *state;
    size_t cut = 0;
    while (life->log[cut].kind != ENTRY_GATE || life->log[cut].live != 2) {
        cut++;
    }
    struct hone_trainer *resumed = load(life, cut + 1, NULL);
    assert_int_equal(hone_trainer_position(resumed), life->log[cut].position);
    fold_up_to(life, resumed, cut);
    assert_in_range(hone_trainer_evidence(resumed)->n_pairs, 1, VERDICT_WAIT);
    fold_up_to(life, resumed, cut + 1);
    assert_int_equal(hone_trainer_evidence(resumed)->n_pairs, 0);
    assert_int_equal(hone_trainer_anchor_version(resumed), 2);
    hone_trainer_destroy(resumed);
}

static void refuses_files_that_do_not_belong_together(void **state)
{
    struct life *life = *state;
    struct hone_error err = {0};
    struct hone_trainer *trainer = load(life, 0, NULL), *other = NULL;
    fold_up_to(life, trainer, 10);
    char *v1 = version_path(life, 1), *v2 = version_path(life, 2);
    char *checkpoint = hone_alloc_format("%s/other", life->folder);
    (void)stream_save(trainer, HONE_TRAINER_SERVED, checkpoint);
    const struct {
        uint32_t version;
        uint64_t position;
        const char *version_path, *checkpoint_path;
    } table[] = {
        {1, 0, checkpoint, NULL}, /* a checkpoint is no version */
        {1, 0, v1, v1},           /* and a version no checkpoint */
        {2, 400, v2, checkpoint}, /* another anchor */
        {1, 3, v1, checkpoint},   /* the same anchor, but rolled back to later */
        {2, 1, v2, NULL},         /* a version from the future */
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        int code =
            hone_trainer_load(&other, life->package, table[i].version, table[i].position,
                              table[i].version_path, table[i].checkpoint_path, &err);
        assert_int_equal(code, HONE_E_CORRUPT);
        assert_null(other);
    }
    free(checkpoint);
    free(v2);
    free(v1);
    hone_trainer_destroy(trainer);
}

static void refuses_a_file_that_was_cut_or_changed(void **state)
{
    struct life *life = *state;
    struct hone_error err = {0};
    struct hone_trainer *trainer = NULL;
    char *v2 = version_path(life, 2),
         *damaged = hone_alloc_format("%s/bad", life->folder);
    char *content = NULL;
    size_t len = 0;
    support_ok(hone_file_read(&content, &len, v2, 64 << 20, &err), &err);
    char *at = strstr(content + 8, "n_withdrawn");
    assert_non_null(at);
    memcpy(at, "n_withdrown", strlen("n_withdrown"));
    support_ok(hone_file_write(damaged, hone_span_of(content, len), 0600, &err), &err);
    assert_int_equal(
        hone_trainer_load(&trainer, life->package, 2, 500, damaged, NULL, &err),
        HONE_E_CORRUPT);
    support_ok(hone_file_write(damaged, hone_span_of(content, len / 2), 0600, &err),
               &err);
    assert_int_equal(
        hone_trainer_load(&trainer, life->package, 2, 500, damaged, NULL, &err),
        HONE_E_CORRUPT);
    assert_null(trainer);
    free(content);
    free(damaged);
    free(v2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_life_has_promotions_rejections_and_a_rollback),
        cmocka_unit_test(resuming_from_a_version_is_exact),
        cmocka_unit_test(resuming_from_a_checkpoint_is_exact_to_the_end),
        cmocka_unit_test(a_loaded_version_takes_its_own_promotion_as_read),
        cmocka_unit_test(refuses_files_that_do_not_belong_together),
        cmocka_unit_test(refuses_a_file_that_was_cut_or_changed),
    };
    int n_failed = cmocka_run_group_tests_name("eager", tests, live_eagerly, end_life);
    return n_failed + cmocka_run_group_tests_name("gated", tests, live_gated, end_life);
}
