/* States, and what moves between them:
 *
 *   anchor     the last gated version. Changes by a promotion (becomes the candidate) or a
 *              rollback.
 *   served     the learner itself. Changes by feedback and package events; a rejection makes it
 *              the anchor again.
 *   base       the anchor, fitted to the package as it is now: what evidence compares with, so
 *              that it speaks of learning and not of labels that came or went.
 *   shown      of a gated skill: the base. It answers calls instead of the served state, which
 *              then is only proposed.
 *              Likewise the state at which the trust region was left, until the gate has
 *              spoken or the served state is back inside.
 *   pinned     of a pinned skill: that version, fitted to the package as it is now. It answers
 *              calls before all others.
 *   candidate  a mark of the served state, there exactly while a verdict is due. Any verdict
 *              removes it.
 *
 * Marks belong to the learner that made them. After a load with a checkpoint the anchor
 * and the served state are two learners, until a promotion or a rejection leaves one of
 * them without use; hence the counted `source`. Everything else that a later event
 * depends on is in `known`. */
#include "skills/trainer.h"

#include "base/alloc.h"
#include "base/check.h"
#include "schema/json.h"
#include "skills/kind.h"
#include "skills/label.h"
#include "skills/package_event.h"
#include "skills/trainer_feedback.h"
#include "skills/trainer_file.h"
#include "skills/trainer_held.h"
#include "skills/trainer_internal.h"
#include "skills/trainer_pair.h"
#include "skills/trainer_verdict.h"

#include <stdlib.h>

#define FIRST_VERSION 1
/* Events learnt outside of the trust region after which there is a verdict whatever the
 * evidence is; those that are barred from being evidence do not count. */
#define OUTSIDE_MAX 1000
/* So many verdicts in a row that cannot tell are one that does. Those that had too few pairs to
 * tell anything do not count. */
#define INCONCLUSIVE_MAX 3

struct hone_trainer {
    const struct hone_package *package; /* as it is today */
    json_t *definition;                 /* in force at the position */
    struct hone_package then;           /* the package by that definition */
    const struct hone_kind *kind;
    void *scratch;
    struct hone_trainer_source *source;      /* served */
    struct hone_trainer_held *anchor, *base; /* the same until the package changes */
    struct hone_trainer_held *candidate;     /* NULL unless a verdict is due */
    struct hone_trainer_held *shown; /* answers when what is learnt does not; else NULL */
    struct hone_gate_report report;
    struct hone_trainer_file known; /* of the served state */
    struct hone_hold hold;
    struct hone_trainer_held *pin;    /* the pinned version as its file has it; or NULL */
    struct hone_trainer_held *pinned; /* answers calls while there is a pin; or NULL */
    unsigned n_outside;               /* events since the trust region was left */
    struct hone_trainer_pair_shares shares;
};

struct hone_trainer_save {
    struct hone_trainer_held *held;
    void *save;
    char *extra;
};

/* Birth. */

static struct hone_trainer *trainer_create(const struct hone_package *package)
{
    struct hone_trainer *trainer = hone_alloc_zeroed(1, sizeof(*trainer));
    trainer->package = package;
    trainer->kind = package->kind;
    trainer->scratch = package->kind->make_scratch();
    return trainer;
}

void hone_trainer_destroy(struct hone_trainer *trainer)
{
    if (trainer == NULL) {
        return;
    }
    hone_trainer_held_unref(trainer->pinned);
    hone_trainer_held_unref(trainer->pin);
    hone_trainer_held_unref(trainer->shown);
    hone_trainer_held_unref(trainer->candidate);
    hone_trainer_held_unref(trainer->base);
    hone_trainer_held_unref(trainer->anchor);
    hone_trainer_held_source_unref(trainer->source);
    trainer->kind->destroy_scratch(trainer->scratch);
    hone_trainer_pair_shares_finish(&trainer->shares);
    hone_package_event_finish(&trainer->then);
    json_decref(trainer->definition);
    free(trainer);
}

/* A version's state made to fit the definition in force. What it was made from does not say what
 * it answers: labels come and go by the package, not by proof. It depends on the two alone, so that
 * a state that is loaded has the same one. */
static struct hone_trainer_held *fit(struct hone_trainer *trainer,
                                     struct hone_trainer_held *version, uint64_t position)
{
    const struct hone_kind *kind = trainer->kind;
    if (json_equal(version->definition, trainer->definition) == 1) {
        return hone_trainer_held_ref(version);
    }
    struct hone_error unused;
    void *learner = version->source->learner, *before = kind->mark_create(learner);
    kind->restore(learner, version->mark);
    /* If it cannot be done, the version answers as it is. */
    (void)kind->adapt(learner, &trainer->then, position, &unused);
    struct hone_trainer_held *fitted =
        hone_trainer_held_create(version->source, &version->known, trainer->definition);
    kind->restore(learner, before);
    kind->mark_destroy(before);
    return fitted;
}

static struct hone_trainer_held *fit_anchor(struct hone_trainer *trainer)
{
    return fit(trainer, trainer->anchor, trainer->known.anchor_position);
}

/* After the pin, the anchor or the definition has changed. */
static void refresh_pinned(struct hone_trainer *trainer)
{
    struct hone_trainer_held *pin = trainer->pin;
    hone_trainer_held_unref(trainer->pinned);
    trainer->pinned = NULL;
    if (trainer->hold.pinned != 0) {
        trainer->pinned = pin != NULL ? fit(trainer, pin, trainer->hold.pinned_position)
                                      : hone_trainer_held_ref(trainer->base);
    }
}

/* After the anchor or the definition has changed. */
static void refresh_base(struct hone_trainer *trainer)
{
    hone_trainer_held_unref(trainer->base);
    trainer->base = fit_anchor(trainer);
    hone_trainer_held_unref(trainer->shown);
    trainer->shown = trainer->then.is_gated ? hone_trainer_held_ref(trainer->base) : NULL;
    refresh_pinned(trainer);
}

/* From now on events are folded under this definition. */
static int set_definition(struct hone_trainer *trainer, json_t *definition,
                          struct hone_error *err)
{
    struct hone_package then;
    int code = hone_package_event_read(&then, trainer->package, definition, err);
    if (code != 0) {
        return code;
    }
    json_incref(definition);
    hone_package_event_finish(&trainer->then);
    json_decref(trainer->definition);
    trainer->definition = definition;
    trainer->then = then;
    return 0;
}

static int check_learns(const struct hone_package *package, struct hone_error *err)
{
    if (package->kind->learns) {
        return 0;
    }
    return hone_error_set(err, HONE_E_UNSUPPORTED,
                          "%s: a skill of kind %s does not learn", package->name,
                          package->kind->name);
}

int hone_trainer_create(struct hone_trainer **out, const struct hone_package *package,
                        struct hone_error *err)
{
    void *learner = NULL;
    int code = check_learns(package, err);
    if (code == 0) {
        code = package->kind->create(&learner, package, err);
    }
    if (code != 0) {
        return code;
    }
    struct hone_trainer *trainer = trainer_create(package);
    json_t *definition = hone_package_event_body(package);
    code = set_definition(trainer, definition, err);
    json_decref(definition);
    HONE_INVARIANT(code == 0);
    trainer->known.anchor_version = FIRST_VERSION;
    trainer->source = hone_trainer_held_source_take(package->kind, learner);
    trainer->anchor =
        hone_trainer_held_create(trainer->source, &trainer->known, trainer->definition);
    refresh_base(trainer);
    *out = trainer;
    return 0;
}

/* A learner from a file, with what the file says beside its tensors. */
static int load_file(struct hone_trainer_source **out, struct hone_trainer_file *known,
                     json_t **definition, const struct hone_package *package,
                     const char *path, struct hone_error *err)
{
    void *learner = NULL;
    char *extra = NULL;
    int code = package->kind->load(&learner, package, path, &extra, err);
    if (code != 0) {
        return code;
    }
    code = hone_trainer_file_parse(known, definition, extra, path, err);
    free(extra);
    if (code != 0) {
        package->kind->destroy(learner);
        return code;
    }
    *out = hone_trainer_held_source_take(package->kind, learner);
    return 0;
}

static int load_version(struct hone_trainer *trainer, uint32_t version, uint64_t position,
                        const char *path, struct hone_error *err)
{
    json_t *definition = NULL;
    int code = load_file(&trainer->source, &trainer->known, &definition, trainer->package,
                         path, err);
    if (code == 0) {
        code = set_definition(trainer, definition, err);
    }
    json_decref(definition);
    if (code != 0) {
        return code;
    }
    struct hone_trainer_file *known = &trainer->known;
    if (known->is_checkpoint || known->position > position) {
        return hone_error_set(
            err, HONE_E_CORRUPT,
            "%s: the file is not that of a version at position %llu or before", path,
            (unsigned long long)position);
    }
    known->position = position;
    known->anchor_version = version;
    known->anchor_position = position;
    trainer->anchor =
        hone_trainer_held_create(trainer->source, known, trainer->definition);
    return 0;
}

static int load_checkpoint(struct hone_trainer *trainer, const char *path,
                           struct hone_error *err)
{
    struct hone_trainer_source *source = NULL;
    struct hone_trainer_file known = {0};
    json_t *definition = NULL;
    int code = load_file(&source, &known, &definition, trainer->package, path, err);
    if (code != 0) {
        return code;
    }
    if (!known.is_checkpoint || known.anchor_version != trainer->known.anchor_version ||
        known.anchor_position != trainer->known.anchor_position) {
        hone_trainer_held_source_unref(source);
        json_decref(definition);
        return hone_error_set(
            err, HONE_E_CORRUPT,
            "%s: the file is not a checkpoint on version %u at position %llu", path,
            (unsigned)trainer->known.anchor_version,
            (unsigned long long)trainer->known.anchor_position);
    }
    code = set_definition(trainer, definition, err);
    json_decref(definition);
    if (code != 0) {
        hone_trainer_held_source_unref(source);
        return code;
    }
    hone_trainer_held_source_unref(trainer->source);
    trainer->source = source;
    trainer->known = known;
    trainer->known.is_checkpoint = false;
    return 0;
}

int hone_trainer_load(struct hone_trainer **out, const struct hone_package *package,
                      uint32_t version, uint64_t position, const char *version_path,
                      const char *checkpoint_path, struct hone_error *err)
{
    HONE_REQUIRE(version >= FIRST_VERSION);
    int code = check_learns(package, err);
    if (code != 0) {
        return code;
    }
    struct hone_trainer *trainer = trainer_create(package);
    code = load_version(trainer, version, position, version_path, err);
    if (code == 0 && checkpoint_path != NULL) {
        code = load_checkpoint(trainer, checkpoint_path, err);
    }
    if (code != 0) {
        hone_trainer_destroy(trainer);
        return code;
    }
    refresh_base(trainer);
    *out = trainer;
    return 0;
}

/* What is pinned and its file are the same as before: there is nothing to load. */
static bool has_pin(const struct hone_trainer *trainer, const struct hone_hold *hold)
{
    return trainer->pin != NULL && hold->pinned == trainer->hold.pinned &&
           hone_digest_equal(hold->pinned_tensors, trainer->hold.pinned_tensors);
}

static int load_pin(struct hone_trainer *trainer, const char *path,
                    struct hone_error *err)
{
    struct hone_trainer_source *source = NULL;
    struct hone_trainer_file known = {0};
    json_t *definition = NULL;
    if (path == NULL) {
        return hone_error_set(err, HONE_E_NOT_FOUND, "version %u has no file",
                              (unsigned)trainer->hold.pinned);
    }
    int code = load_file(&source, &known, &definition, trainer->package, path, err);
    if (code == 0) {
        trainer->pin = hone_trainer_held_create(source, &known, definition);
    }
    hone_trainer_held_source_unref(source);
    json_decref(definition);
    return code;
}

int hone_trainer_set_hold(struct hone_trainer *trainer, const struct hone_hold *hold,
                          const char *pinned_path, struct hone_error *err)
{
    bool keeps = has_pin(trainer, hold);
    int code = 0;
    trainer->hold = *hold;
    if (!keeps) {
        hone_trainer_held_unref(trainer->pin);
        trainer->pin = NULL;
        code = hold->pinned != 0 ? load_pin(trainer, pinned_path, err) : 0;
    }
    refresh_pinned(trainer);
    return code;
}

/* Feedback. */

static int refuse_event(const struct hone_event *event, const char *what,
                        struct hone_error *err)
{
    return hone_error_set(err, HONE_E_CORRUPT, "log position %llu: %s",
                          (unsigned long long)event->position, what);
}

/* Was this input learnt since the anchor? */
static bool is_known(const struct hone_trainer *trainer, const struct hone_event *event)
{
    return !trainer->kind->takes_repeats &&
           hone_known_inputs_has(&trainer->known.inputs,
                                 hone_known_inputs_key(event->input));
}

static void note_input(struct hone_trainer *trainer, const struct hone_event *event)
{
    if (!trainer->kind->takes_repeats) {
        hone_known_inputs_add(&trainer->known.inputs,
                              hone_known_inputs_key(event->input));
    }
}

static int score_pair(struct hone_trainer *trainer, const struct hone_event *event,
                      struct hone_trainer_pair *out, struct hone_error *err)
{
    const struct hone_kind *kind = trainer->kind;
    struct hone_trainer_pair_sides sides = {
        .package = &trainer->then,
        .scratch = trainer->scratch,
        .anchor = kind->mark_view(trainer->base->mark),
        .served = kind->peek(trainer->source->learner),
        .is_fitted = trainer->base != trainer->anchor,
    };
    return event->is_barred || is_known(trainer, event)
               ? 0
               : hone_trainer_pair_score(out, &trainer->shares, &sides, event, err);
}

static void count_feedback(struct hone_trainer *trainer, const struct hone_event *event)
{
    struct hone_trainer_progress *progress = &trainer->known.progress;
    progress->n_learnt++;
    if (event->is_demonstration) {
        return; /* nothing was answered that could have been right */
    }
    if (event->feedback.kind == HONE_FEEDBACK_REWARD) {
        progress->n_rewards++;
        progress->sum_reward += event->feedback.reward;
        return;
    }
    bool right = hone_kind_is_right(&trainer->then, event);
    uint64_t mask = (UINT64_C(1) << HONE_TRAINER_RECENT_MAX) - 1;
    trainer->known.recent = (trainer->known.recent << 1 | (right ? 1U : 0U)) & mask;
    progress->n_labelled++;
    progress->n_right += right ? 1 : 0;
    hone_trainer_file_count_recent(progress, trainer->known.recent);
}

static bool is_outside(const struct hone_trainer *trainer)
{
    return trainer->shown != NULL && !trainer->then.is_gated;
}

/* Outside of the trust region what is sure is acted on at once: a gain as much as harm. */
static enum hone_gate_rule rule_of(const struct hone_trainer *trainer)
{
    if (trainer->then.is_gated) {
        return HONE_GATE_STRICT;
    }
    return is_outside(trainer) ? HONE_GATE_EITHER : HONE_GATE_FIXED;
}

static void end_outside(struct hone_trainer *trainer)
{
    if (is_outside(trainer)) {
        hone_trainer_held_unref(trainer->shown);
        trainer->shown = NULL;
    }
    trainer->n_outside = 0;
}

/* The distances to an anchor that is no longer. */
static void forget_region(struct hone_trainer *trainer)
{
    end_outside(trainer);
    trainer->known.region = (struct hone_region){0};
}

/* Keeps a candidate once the evidence decides something. */
static void judge(struct hone_trainer *trainer)
{
    struct hone_gate_config config;
    struct hone_gate_report report;
    if (trainer->hold.pinned != 0) {
        return;
    }
    hone_gate_config_default(&config);
    config.min_pairs = trainer->then.gate_min_pairs;
    config.rule = rule_of(trainer);
    config.n_proposals = trainer->known.n_proposals;
    hone_gate_judge(&trainer->known.evidence, &config, &report);
    report.decides = report.decides || trainer->n_outside >= OUTSIDE_MAX;
    report.n_sources = trainer->known.share.n_sources;
    if (report.verdict == HONE_GATE_INCONCLUSIVE && report.decides &&
        config.rule != HONE_GATE_STRICT && report.n_pairs >= config.min_pairs &&
        trainer->known.n_inconclusive + 1 >= INCONCLUSIVE_MAX) {
        report.verdict = HONE_GATE_REJECTED;
        report.reason = "perhaps worse, too many times in a row";
    }
    if (report.decides) {
        trainer->report = report;
        trainer->candidate = hone_trainer_held_create(trainer->source, &trainer->known,
                                                      trainer->definition);
    }
}

/* An anchor that has learnt little is expected to be left far behind. */
static bool has_left(const struct hone_trainer *trainer)
{
    const struct hone_package *then = &trainer->then;
    return !then->is_gated &&
           hone_region_is_left(&trainer->known.region, then->gate_max_change) &&
           trainer->anchor->known.progress.n_learnt >= then->gate_min_pairs;
}

/* Leaves the trust region, or comes back into it. While a version is pinned nothing that is learnt
 * is served, so there is nothing to leave. */
static void watch_region(struct hone_trainer *trainer,
                         const struct hone_trainer_pair *pair)
{
    if (!pair->has_distance || trainer->then.is_gated) {
        return;
    }
    hone_region_add(&trainer->known.region, pair->distance);
    bool is_left = has_left(trainer) && trainer->hold.pinned == 0;
    if (is_left && trainer->shown == NULL) {
        trainer->shown = hone_trainer_held_create(trainer->source, &trainer->known,
                                                  trainer->definition);
    } else if (!is_left) {
        end_outside(trainer);
    }
}

/* Feedback is learnt whoever gives it; what it proves depends on who does. */
static bool counts(struct hone_trainer *trainer, const struct hone_event *event)
{
    return hone_trainer_feedback_is_trusted(&trainer->then, event->source) &&
           hone_evidence_share_take(&trainer->known.share,
                                    hone_evidence_share_key(event->source),
                                    trainer->then.max_source_share);
}

static void add_evidence(struct hone_trainer *trainer, const struct hone_event *event,
                         const struct hone_trainer_pair *pair)
{
    if (!pair->is_evidence || event->is_repeated) {
        return;
    }
    watch_region(trainer, pair);
    if (!counts(trainer, event)) {
        return;
    }
    hone_gate_add(&trainer->known.evidence, pair->anchor.loss, pair->served.loss,
                  pair->anchor.right, pair->served.right);
    if (trainer->candidate == NULL) {
        judge(trainer);
    }
}

/* Evidence may be slow to come: the verdict then says so. */
static void count_outside(struct hone_trainer *trainer, const struct hone_event *event)
{
    trainer->n_outside += is_outside(trainer) && !event->is_barred ? 1 : 0;
    if (trainer->n_outside >= OUTSIDE_MAX && trainer->candidate == NULL) {
        judge(trainer);
    }
}

static void note_drift(struct hone_trainer *trainer, const struct hone_event *event)
{
    if (trainer->kind->drifted != NULL &&
        trainer->kind->drifted(trainer->source->learner)) {
        trainer->known.progress.n_drifts++;
        trainer->known.progress.drifted_at = event->position;
    }
}

static int fold_feedback(struct hone_trainer *trainer, const struct hone_event *event,
                         const char **ignored, struct hone_error *err)
{
    struct hone_trainer_pair pair = {0};
    if (trainer->hold.is_frozen) {
        trainer->known.position = event->position;
        *ignored = "the skill is frozen";
        return 0;
    }
    int code = hone_trainer_feedback_check(trainer->kind, event, err);
    if (code == 0) {
        code = score_pair(trainer, event, &pair, err);
    }
    if (code < 0) {
        return code;
    }
    code = trainer->kind->learn(trainer->source->learner, &trainer->then, event, err);
    if (code < 0 && code != HONE_E_INVALID) {
        return code;
    }
    trainer->known.position = event->position;
    if (code == 1) {
        note_input(trainer, event);
        count_feedback(trainer, event);
        note_drift(trainer, event);
        add_evidence(trainer, event, &pair);
        count_outside(trainer, event);
    } else {
        *ignored = code == 0 ? hone_trainer_feedback_why_ignored(event)
                             : "the step was not finite";
    }
    return 0;
}

/* Verdicts. */

static void drop_candidate(struct hone_trainer *trainer, uint32_t n_inconclusive)
{
    hone_trainer_held_unref(trainer->candidate);
    trainer->candidate = NULL;
    trainer->n_outside = 0;
    trainer->known.n_inconclusive = n_inconclusive;
    if (n_inconclusive > 0) {
        hone_gate_renew(&trainer->known.evidence);
    } else {
        hone_gate_reset(&trainer->known.evidence);
        trainer->known.share = (struct hone_evidence_share){0};
        trainer->known.inputs = (struct hone_known_inputs){0};
    }
    if (trainer->then.is_gated) {
        /* The next proposal begins, with a smaller share of the strict test's alpha. */
        trainer->known.evidence.gain = (struct hone_betting){0};
        trainer->known.n_proposals++;
    }
}

static void promote(struct hone_trainer *trainer, uint32_t version)
{
    hone_trainer_held_unref(trainer->anchor);
    trainer->anchor = hone_trainer_held_ref(trainer->candidate);
    trainer->known.anchor_version = version;
    trainer->known.anchor_position = trainer->anchor->known.position;
    drop_candidate(trainer, 0);
    forget_region(trainer);
    refresh_base(trainer);
}

/* Serves the anchor again. */
static void withdraw(struct hone_trainer *trainer)
{
    struct hone_trainer_held *anchor = trainer->anchor;
    struct hone_trainer_progress *progress = &trainer->known.progress;
    drop_candidate(trainer, 0);
    if (anchor->source != trainer->source) {
        hone_trainer_held_source_unref(trainer->source);
        trainer->source = hone_trainer_held_source_ref(anchor->source);
    }
    trainer->kind->restore(trainer->source->learner, anchor->mark);
    progress->n_withdrawn += progress->n_learnt - anchor->known.progress.n_learnt;
    progress->n_learnt = anchor->known.progress.n_learnt;
    forget_region(trainer);
    refresh_base(trainer);
}

static int fold_promotion(struct hone_trainer *trainer, const struct hone_event *event,
                          const struct hone_trainer_verdict *verdict,
                          struct hone_error *err)
{
    if (verdict->version == trainer->known.anchor_version) {
        /* Loaded from the version that this event made: its tensors are here already. */
        drop_candidate(trainer, 0);
        forget_region(trainer);
        refresh_base(trainer);
        return 0;
    }
    if (trainer->candidate == NULL ||
        trainer->candidate->known.position != verdict->candidate) {
        return refuse_event(event,
                            "it promotes a candidate that the log does not lead to", err);
    }
    promote(trainer, verdict->version);
    return 0;
}

/* Whoever had too few pairs to tell keeps them: the next verdict has more. */
static void fold_inconclusive(struct hone_trainer *trainer)
{
    const struct hone_trainer_held *candidate = trainer->candidate;
    if (candidate == NULL ||
        candidate->known.evidence.n_pairs >= trainer->then.gate_min_pairs) {
        drop_candidate(trainer, trainer->known.n_inconclusive + 1);
        return;
    }
    hone_trainer_held_unref(trainer->candidate);
    trainer->candidate = NULL;
    trainer->n_outside = 0;
}

static int fold_gate(struct hone_trainer *trainer, const struct hone_event *event,
                     const char **ignored, struct hone_error *err)
{
    struct hone_trainer_verdict verdict = {HONE_GATE_INCONCLUSIVE, 0, 0};
    int code = hone_trainer_verdict_read(&verdict, event, err);
    if (code != 0) {
        return code;
    }
    if (verdict.verdict == HONE_GATE_PROMOTED) {
        code = fold_promotion(trainer, event, &verdict, err);
    } else if (verdict.candidate <= trainer->known.anchor_position) {
        *ignored = "the verdict is about a state from before the anchor";
    } else if (verdict.verdict == HONE_GATE_INCONCLUSIVE) {
        fold_inconclusive(trainer);
    } else {
        withdraw(trainer);
    }
    if (code == 0) {
        trainer->known.position = event->position;
    }
    return code;
}

static int fold_package(struct hone_trainer *trainer, const struct hone_event *event,
                        struct hone_error *err)
{
    struct hone_package then;
    int code = hone_package_event_read(&then, trainer->package, event->body, err);
    if (code != 0) {
        return code;
    }
    code = trainer->kind->adapt(trainer->source->learner, &then, event->position, err);
    hone_package_event_finish(&then);
    if (code < 0) {
        return code;
    }
    trainer->known.position = event->position;
    forget_region(trainer); /* under the definition under which it was left */
    code = set_definition(trainer, (json_t *)(uintptr_t)event->body, err);
    refresh_base(trainer);
    return code;
}

/* The learner is to be served again. What lies outside of the trust region waits for the gate, as
 * ever; but how it was served when it was left is long ago, so the anchor answers. */
static void unpin(struct hone_trainer *trainer)
{
    if (has_left(trainer) && trainer->shown == NULL) {
        trainer->shown = hone_trainer_held_ref(trainer->base);
    }
}

/* While something is held there is no verdict, so none may be due. */
static int fold_hold(struct hone_trainer *trainer, const struct hone_event *event,
                     const char **ignored, struct hone_error *err)
{
    struct hone_hold hold;
    struct hone_error cause;
    bool was_pinned = trainer->hold.pinned != 0;
    int code = hone_hold_read(&hold, event->body, err);
    if (code != 0) {
        return code;
    }
    trainer->known.position = event->position;
    hone_trainer_held_unref(trainer->candidate);
    trainer->candidate = NULL;
    if (hone_trainer_set_hold(trainer, &hold, event->pinned_path, &cause) != 0) {
        *ignored = "the pinned version cannot be read: the live one answers";
    }
    if (hold.pinned != 0) {
        end_outside(trainer);
    } else if (was_pinned) {
        unpin(trainer);
    }
    if (!hold.is_frozen) {
        judge(trainer);
    }
    return 0;
}

int hone_trainer_fold(struct hone_trainer *trainer, const struct hone_event *event,
                      const char **ignored, struct hone_error *err)
{
    const char *unused = NULL;
    ignored = ignored != NULL ? ignored : &unused;
    *ignored = NULL;
    if (event->position <= trainer->known.position) {
        return refuse_event(event, "it does not come after the one before", err);
    }
    switch (event->kind) {
    case HONE_EVENT_FEEDBACK:
        return fold_feedback(trainer, event, ignored, err);
    case HONE_EVENT_GATE:
        return fold_gate(trainer, event, ignored, err);
    case HONE_EVENT_PACKAGE:
        return fold_package(trainer, event, err);
    case HONE_EVENT_HOLD:
        return fold_hold(trainer, event, ignored, err);
    default:
        return refuse_event(event, "its kind is unknown", err);
    }
}

int hone_trainer_rollback(struct hone_trainer *trainer, uint32_t version,
                          const char *path, uint64_t position, struct hone_error *err)
{
    if (position <= trainer->known.position) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "log position %llu: it does not come after the one before",
                              (unsigned long long)position);
    }
    struct hone_trainer *loaded = NULL;
    int code =
        hone_trainer_load(&loaded, trainer->package, version, position, path, NULL, err);
    if (code != 0) {
        return code;
    }
    struct hone_trainer former = *trainer;
    loaded->hold = former.hold;
    loaded->pin = former.pin;
    former.pin = NULL;
    refresh_pinned(loaded);
    *trainer = *loaded;
    *loaded = former;
    hone_trainer_destroy(loaded);
    return 0;
}

/* What others ask. */

uint64_t hone_trainer_position(const struct hone_trainer *trainer)
{
    return trainer->known.position;
}

double hone_trainer_change(const struct hone_trainer *trainer)
{
    return hone_region_mean(&trainer->known.region);
}

bool hone_trainer_withholds(const struct hone_trainer *trainer)
{
    return trainer->shown != NULL || trainer->pinned != NULL;
}

uint32_t hone_trainer_pinned(const struct hone_trainer *trainer)
{
    return trainer->pin != NULL ? trainer->hold.pinned : 0;
}

uint32_t hone_trainer_anchor_version(const struct hone_trainer *trainer)
{
    return trainer->known.anchor_version;
}

uint64_t hone_trainer_anchor_position(const struct hone_trainer *trainer)
{
    return trainer->known.anchor_position;
}

struct hone_trainer_progress hone_trainer_progress(const struct hone_trainer *trainer)
{
    return trainer->known.progress;
}

json_t *hone_trainer_measure(const struct hone_trainer *trainer)
{
    return trainer->kind->measure != NULL
               ? trainer->kind->measure(trainer->source->learner)
               : NULL;
}

/* The anchor may be a learner of its own, after a load with a checkpoint. */
uint64_t hone_trainer_memory_bytes(const struct hone_trainer *trainer)
{
    size_t (*measure)(void *learner) = trainer->kind->memory_bytes;
    uint64_t bytes = 0;
    if (measure != NULL) {
        bytes += measure(trainer->source->learner);
        bytes += trainer->anchor->source != trainer->source
                     ? measure(trainer->anchor->source->learner)
                     : 0;
        bytes += trainer->pin != NULL ? measure(trainer->pin->source->learner) : 0;
    }
    return bytes;
}

const struct hone_gate_evidence *hone_trainer_evidence(const struct hone_trainer *trainer)
{
    return &trainer->known.evidence;
}

bool hone_trainer_fits_package(const struct hone_trainer *trainer)
{
    json_t *today = hone_package_event_body(trainer->package);
    bool fits = json_equal(today, trainer->definition) == 1 &&
                trainer->kind->fits(trainer->source->learner, trainer->package);
    json_decref(today);
    return fits;
}

bool hone_trainer_due(const struct hone_trainer *trainer, struct hone_gate_report *report,
                      uint64_t *candidate_position)
{
    if (trainer->candidate == NULL) {
        return false;
    }
    *report = trainer->report;
    *candidate_position = trainer->candidate->known.position;
    return true;
}

struct hone_snapshot *hone_trainer_snapshot(struct hone_trainer *trainer)
{
    const struct hone_kind *kind = trainer->kind;
    const struct hone_trainer_held *shown =
        trainer->pinned != NULL ? trainer->pinned : trainer->shown;
    uint32_t pinned = hone_trainer_pinned(trainer);
    if (shown != NULL) {
        void *view = kind->view_ref(kind->mark_view(shown->mark));
        return hone_snapshot_create_take(
            kind, view, pinned != 0 ? pinned : trainer->known.anchor_version,
            shown->known.position);
    }
    return hone_snapshot_create_take(kind, kind->freeze(trainer->source->learner),
                                     trainer->known.anchor_version,
                                     trainer->known.position);
}

/* Saving. */

/* New reference. */
static int hold_state(struct hone_trainer_held **out, struct hone_trainer *trainer,
                      enum hone_trainer_state state, struct hone_error *err)
{
    switch (state) {
    case HONE_TRAINER_ANCHOR:
        *out = hone_trainer_held_ref(trainer->anchor);
        return 0;
    case HONE_TRAINER_CANDIDATE:
        if (trainer->candidate == NULL) {
            return hone_error_set(err, HONE_E_STALE, "there is no candidate to save");
        }
        *out = hone_trainer_held_ref(trainer->candidate);
        return 0;
    case HONE_TRAINER_SHOWN:
        *out = trainer->pinned != NULL ? hone_trainer_held_ref(trainer->pinned)
               : trainer->shown != NULL
                   ? hone_trainer_held_ref(trainer->shown)
                   : hone_trainer_held_create(trainer->source, &trainer->known,
                                              trainer->definition);
        return 0;
    case HONE_TRAINER_SERVED:
    default:
        if (trainer->candidate != NULL || is_outside(trainer)) {
            return hone_error_set(err, HONE_E_STALE,
                                  "a verdict is due: no checkpoint now");
        }
        *out = hone_trainer_held_create(trainer->source, &trainer->known,
                                        trainer->definition);
        return 0;
    }
}

/* A version begins with no evidence and no verdicts behind it, and says nothing of the anchor that
 * it was measured against. */
static char *format_extra(const struct hone_trainer_held *held,
                          enum hone_trainer_state state)
{
    struct hone_trainer_file file = held->known;
    file.is_checkpoint = state == HONE_TRAINER_SERVED;
    if (!file.is_checkpoint) {
        hone_gate_reset(&file.evidence);
        file.share = (struct hone_evidence_share){0};
        file.inputs = (struct hone_known_inputs){0};
        file.region = (struct hone_region){0};
        file.n_inconclusive = 0;
    }
    return hone_trainer_file_format(&file, held->definition);
}

int hone_trainer_save_create(struct hone_trainer_save **out, struct hone_trainer *trainer,
                             enum hone_trainer_state state, const char *path,
                             struct hone_error *err)
{
    struct hone_trainer_save *save = hone_alloc_zeroed(1, sizeof(*save));
    int code = hold_state(&save->held, trainer, state, err);
    if (code == 0) {
        save->extra = format_extra(save->held, state);
        code = trainer->kind->save_create(&save->save, save->held->mark, path,
                                          hone_span_text(save->extra), err);
    }
    if (code != 0) {
        hone_trainer_save_destroy(save);
        return code;
    }
    *out = save;
    return 0;
}

int hone_trainer_save_step(struct hone_trainer_save *save, size_t max_bytes,
                           struct hone_error *err)
{
    return save->held->source->kind->save_step(save->save, max_bytes, err);
}

void hone_trainer_save_result(const struct hone_trainer_save *save,
                              struct hone_digest *digest, uint64_t *size_bytes,
                              uint64_t *position)
{
    save->held->source->kind->save_result(save->save, digest, size_bytes);
    *position = save->held->known.position;
}

uint32_t hone_trainer_save_version(const struct hone_trainer_save *save)
{
    return save->held->known.anchor_version;
}

void hone_trainer_save_destroy(struct hone_trainer_save *save)
{
    if (save == NULL) {
        return;
    }
    if (save->save != NULL) {
        save->held->source->kind->save_destroy(save->save);
    }
    hone_trainer_held_unref(save->held);
    free(save->extra);
    free(save);
}
