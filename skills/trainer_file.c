#include "skills/trainer_file.h"

#include "base/check.h"
#include "schema/json.h"
#include "tensor/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT      3
#define RECENT_MASK ((UINT64_C(1) << HONE_TRAINER_RECENT_MAX) - 1)

static json_t *pack_betting(const struct hone_betting *betting)
{
    const double *wealth = betting->log_wealth;
    return json_pack("{s:I, s:f, s:f, s:[f, f, f], s:f}", "n", (json_int_t)betting->n,
                     "sum", betting->sum, "sum_squares", betting->sum_squares,
                     "log_wealth", wealth[0], wealth[1], wealth[2], "highest",
                     betting->highest);
}

static json_t *pack_evidence(const struct hone_gate_evidence *evidence)
{
    return json_pack("{s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:o, s:o}", "n_pairs",
                     (json_int_t)evidence->n_pairs, "sum_gain", evidence->sum_gain,
                     "sum_gain_squared", evidence->sum_gain_squared, "n_anchor_right",
                     (json_int_t)evidence->n_anchor_right, "n_served_right",
                     (json_int_t)evidence->n_served_right, "n_only_anchor",
                     (json_int_t)evidence->n_only_anchor, "n_only_served",
                     (json_int_t)evidence->n_only_served, "gain",
                     pack_betting(&evidence->gain), "harm",
                     pack_betting(&evidence->harm));
}

static json_t *pack_progress(const struct hone_trainer_progress *progress,
                             uint64_t recent)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I}", "n_labelled",
        (json_int_t)progress->n_labelled, "n_right", (json_int_t)progress->n_right,
        "recent", (json_int_t)recent, "n_rewards", (json_int_t)progress->n_rewards,
        "sum_reward", progress->sum_reward, "n_learnt", (json_int_t)progress->n_learnt,
        "n_withdrawn", (json_int_t)progress->n_withdrawn, "n_drifts",
        (json_int_t)progress->n_drifts, "drifted_at", (json_int_t)progress->drifted_at);
}

/* Oldest first. */
static json_t *pack_region(const struct hone_region *region)
{
    json_t *out = json_array();
    uint32_t first = region->n < HONE_REGION_PROBES ? 0 : region->next;
    for (uint32_t i = 0; i < region->n; i++) {
        uint32_t at = (first + i) % HONE_REGION_PROBES;
        (void)json_array_append_new(out, json_real((double)region->distances[at]));
    }
    return out;
}

static bool unpack_region(struct hone_region *out, const json_t *value)
{
    size_t index = 0;
    const json_t *item = NULL;
    *out = (struct hone_region){0};
    if (json_array_size(value) > HONE_REGION_PROBES) {
        return false;
    }
    json_array_foreach(value, index, item)
    {
        if (!json_is_number(item)) {
            return false;
        }
        hone_region_add(out, (float)json_number_value(item));
    }
    return hone_region_is_valid(out);
}

static json_t *pack_share(const struct hone_evidence_share *share)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < share->n_sources; i++) {
        (void)json_array_append_new(out,
                                    json_pack("[I,I]", (json_int_t)share->sources[i].key,
                                              (json_int_t)share->sources[i].n));
    }
    return out;
}

static bool unpack_share(struct hone_evidence_share *out, const json_t *value)
{
    size_t index = 0;
    json_t *item = NULL;
    *out = (struct hone_evidence_share){0};
    if (json_array_size(value) > HONE_EVIDENCE_SHARE_SOURCES_MAX) {
        return false;
    }
    json_array_foreach(value, index, item)
    {
        json_int_t key = 0, n = 0;
        if (json_unpack(item, "[I,I !]", &key, &n) != 0 || key < 0 || n < 0) {
            return false;
        }
        out->sources[out->n_sources++] =
            (struct hone_evidence_source){(uint64_t)key, (uint64_t)n};
    }
    return hone_evidence_share_is_valid(out);
}

char *hone_trainer_file_format(const struct hone_trainer_file *file, json_t *definition)
{
    json_t *anchor =
        file->is_checkpoint
            ? json_pack("{s:I, s:I}", "version", (json_int_t)file->anchor_version,
                        "position", (json_int_t)file->anchor_position)
            : NULL;
    json_t *root = json_pack(
        "{s:i, s:s, s:I, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:O, s:o*}", "format", FORMAT,
        "state", file->is_checkpoint ? "checkpoint" : "version", "position",
        (json_int_t)file->position, "evidence", pack_evidence(&file->evidence),
        "progress", pack_progress(&file->progress, file->recent), "inconclusive",
        (json_int_t)file->n_inconclusive, "proposals", (json_int_t)file->n_proposals,
        "region", pack_region(&file->region), "sources", pack_share(&file->share),
        "inputs", hone_known_inputs_pack(&file->inputs), "package", definition, "anchor",
        anchor);
    char *text =
        json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
    json_decref(root);
    HONE_INVARIANT(text != NULL); /* all numbers are finite: gate and trainer see to it */
    return text;
}

void hone_trainer_file_count_recent(struct hone_trainer_progress *progress,
                                    uint64_t recent)
{
    progress->n_recent = progress->n_labelled < HONE_TRAINER_RECENT_MAX
                             ? (uint32_t)progress->n_labelled
                             : HONE_TRAINER_RECENT_MAX;
    progress->n_recent_right = 0;
    for (; recent != 0; recent &= recent - 1) {
        progress->n_recent_right++;
    }
}

/* Reads a count; remembers in *ok that one was negative. */
static uint64_t count_of(json_int_t value, bool *ok)
{
    *ok = *ok && value >= 0;
    return value >= 0 ? (uint64_t)value : 0;
}

_Static_assert(HONE_BETTING_CAPS == 3, "pack_betting and unpack_betting name each");

/* Format 1 has none: as if nothing had been seen. */
static bool unpack_betting(struct hone_betting *out, json_t *value, json_int_t format)
{
    double *wealth = out->log_wealth;
    json_int_t n = 0;
    bool ok = true;
    if (value == NULL) {
        return format < 2;
    }
    if (json_unpack(value, "{s:I, s:f, s:f, s:[f, f, f !], s:f !}", "n", &n, "sum",
                    &out->sum, "sum_squares", &out->sum_squares, "log_wealth", &wealth[0],
                    &wealth[1], &wealth[2], "highest", &out->highest) != 0) {
        return false;
    }
    out->n = count_of(n, &ok);
    return ok && hone_betting_is_valid(out);
}

static bool unpack_evidence(struct hone_gate_evidence *out, json_t *value,
                            json_int_t format)
{
    json_t *gain = NULL, *harm = NULL;
    json_int_t n_pairs = 0, anchor_right = 0, served_right = 0, only_anchor = 0,
               only_served = 0;
    if (json_unpack(value, "{s:I, s:f, s:f, s:I, s:I, s:I, s:I, s?o, s?o !}", "n_pairs",
                    &n_pairs, "sum_gain", &out->sum_gain, "sum_gain_squared",
                    &out->sum_gain_squared, "n_anchor_right", &anchor_right,
                    "n_served_right", &served_right, "n_only_anchor", &only_anchor,
                    "n_only_served", &only_served, "gain", &gain, "harm", &harm) != 0) {
        return false;
    }
    bool ok = true;
    out->n_pairs = count_of(n_pairs, &ok);
    out->n_anchor_right = count_of(anchor_right, &ok);
    out->n_served_right = count_of(served_right, &ok);
    out->n_only_anchor = count_of(only_anchor, &ok);
    out->n_only_served = count_of(only_served, &ok);
    return ok && out->n_anchor_right <= out->n_pairs &&
           out->n_served_right <= out->n_pairs &&
           out->n_only_anchor <= out->n_anchor_right &&
           out->n_only_served <= out->n_served_right &&
           unpack_betting(&out->gain, gain, format) &&
           unpack_betting(&out->harm, harm, format);
}

static bool unpack_progress(struct hone_trainer_file *out, json_t *value,
                            json_int_t format)
{
    struct hone_trainer_progress *progress = &out->progress;
    json_int_t labelled = 0, right = 0, recent = 0, rewards = 0, learnt = 0,
               withdrawn = 0;
    /* Format 1 knows no drift: what it does not say is 0. */
    json_int_t drifts = format < 2 ? 0 : -1, drifted_at = drifts;
    if (json_unpack(value, "{s:I, s:I, s:I, s:I, s:f, s:I, s:I, s?I, s?I !}",
                    "n_labelled", &labelled, "n_right", &right, "recent", &recent,
                    "n_rewards", &rewards, "sum_reward", &progress->sum_reward,
                    "n_learnt", &learnt, "n_withdrawn", &withdrawn, "n_drifts", &drifts,
                    "drifted_at", &drifted_at) != 0) {
        return false;
    }
    bool ok = true;
    progress->n_labelled = count_of(labelled, &ok);
    progress->n_right = count_of(right, &ok);
    out->recent = count_of(recent, &ok);
    progress->n_rewards = count_of(rewards, &ok);
    progress->n_learnt = count_of(learnt, &ok);
    progress->n_withdrawn = count_of(withdrawn, &ok);
    progress->n_drifts = count_of(drifts, &ok);
    progress->drifted_at = count_of(drifted_at, &ok);
    hone_trainer_file_count_recent(progress, out->recent);
    return ok && progress->n_right <= progress->n_labelled &&
           out->recent <= RECENT_MASK && progress->n_recent_right <= progress->n_recent;
}

static bool unpack_anchor(struct hone_trainer_file *out, json_t *value)
{
    json_int_t version = 0, position = 0;
    if (json_unpack(value, "{s:I, s:I !}", "version", &version, "position", &position) !=
        0) {
        return false;
    }
    bool ok = version >= 1 && version <= UINT32_MAX;
    out->anchor_version = (uint32_t)version;
    out->anchor_position = count_of(position, &ok);
    return ok && out->anchor_position <= out->position;
}

static bool unpack(struct hone_trainer_file *out, json_t **definition, json_t *root)
{
    const char *state = NULL;
    json_int_t format = 0, position = 0, inconclusive = 0, proposals = 0;
    json_t *evidence = NULL, *progress = NULL, *anchor = NULL, *region = NULL,
           *sources = NULL, *inputs = NULL;
    if (json_unpack(root,
                    "{s:I, s:s, s:I, s:o, s:o, s:I, s?I, s?o, s?o, s?o, s:o, s?o !}",
                    "format", &format, "state", &state, "position", &position, "evidence",
                    &evidence, "progress", &progress, "inconclusive", &inconclusive,
                    "proposals", &proposals, "region", &region, "sources", &sources,
                    "inputs", &inputs, "package", definition, "anchor", &anchor) != 0) {
        return false;
    }
    bool ok = true;
    out->position = count_of(position, &ok);
    out->n_proposals = count_of(proposals, &ok);
    out->n_inconclusive = (uint32_t)(inconclusive & UINT32_MAX);
    out->is_checkpoint = strcmp(state, "checkpoint") == 0;
    return ok && (out->is_checkpoint || strcmp(state, "version") == 0) &&
           out->is_checkpoint == (anchor != NULL) &&
           unpack_evidence(&out->evidence, evidence, format) &&
           unpack_progress(out, progress, format) &&
           unpack_region(&out->region, region) && unpack_share(&out->share, sources) &&
           hone_known_inputs_unpack(&out->inputs, inputs) &&
           (anchor == NULL || unpack_anchor(out, anchor));
}

int hone_trainer_file_parse(struct hone_trainer_file *out, json_t **definition,
                            const char *text, const char *path, struct hone_error *err)
{
    json_t *root = NULL, *package = NULL;
    struct hone_trainer_file file = {0};
    if (hone_json_parse(&root, hone_span_text(text), err) != 0) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "%s: what it says of itself is not JSON", path);
    }
    int code = 0;
    json_int_t format = json_integer_value(json_object_get(root, "format"));
    if (format > FORMAT) {
        code = hone_error_set(
            err, HONE_E_VERSION,
            "%s: format %lld is newer than this build, which reads format %d", path,
            (long long)format, FORMAT);
    } else if (format < 1 || !unpack(&file, &package, root)) {
        code = hone_error_set(err, HONE_E_CORRUPT,
                              "%s: what it says of its training is damaged", path);
    }
    if (code == 0) {
        *out = file;
        *definition = json_incref(package);
    }
    json_decref(root);
    return code;
}

/* A kind may keep something of its own beside what it was given (extra). */
static char *unwrap(const char *text, struct hone_error *err)
{
    json_t *root = NULL;
    char *inner = NULL;
    if (hone_json_parse(&root, hone_span_text(text), err) == 0) {
        const json_t *extra = json_object_get(root, "extra");
        inner = json_dumps(extra != NULL ? extra : root,
                           JSON_COMPACT | JSON_REAL_PRECISION(17));
    }
    json_decref(root);
    return inner;
}

int hone_trainer_file_read(struct hone_trainer_file *out, const char *path,
                           struct hone_error *err)
{
    struct hone_safetensors *file = NULL;
    json_t *definition = NULL;
    int code = hone_safetensors_open_file(&file, path, err);
    if (code != 0) {
        return code;
    }
    const char *text = hone_safetensors_metadata(file, "hone");
    code = HONE_E_CORRUPT;
    if (text != NULL) {
        code = hone_trainer_file_parse(out, &definition, text, path, err);
    }
    if (code == HONE_E_CORRUPT) {
        char *inner = text != NULL ? unwrap(text, err) : NULL;
        code = inner == NULL
                   ? hone_error_set(err, HONE_E_CORRUPT, "%s: no state of a skill", path)
                   : hone_trainer_file_parse(out, &definition, inner, path, err);
        free(inner);
    }
    json_decref(definition);
    hone_safetensors_close(file);
    return code;
}
