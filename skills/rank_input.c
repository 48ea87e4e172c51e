#include "skills/rank_input.h"

#include "base/alloc.h"
#include "base/text.h"
#include "optim/memory_slots.h"
#include "schema/json.h"
#include "skills/label.h"

#include <stdlib.h>
#include <string.h>

bool hone_rank_input_is_held(const struct hone_package *package)
{
    return package->n_labels > 0;
}

/* Hash of what is left of an id when case and compatibility forms do not matter. */
static uint64_t key_of_word(struct hone_span id)
{
    char lower[HONE_PACKAGE_LABEL_BYTES_MAX];
    bool is_ascii = id.len <= sizeof(lower);
    for (size_t i = 0; i < id.len && is_ascii; i++) {
        char c = id.data[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        is_ascii = (unsigned char)c < 0x80;
    }
    if (is_ascii) {
        return hone_match_corpus_key_of(hone_span_of(lower, id.len));
    }
    char *folded = NULL;
    uint64_t key = hone_match_corpus_key_of(id);
    if (hone_text_fold(&folded, id) == 0) {
        key = hone_match_corpus_key_of(hone_span_text(folded));
    }
    free(folded);
    return key;
}

static int read_candidate(struct hone_match_candidate *out, const json_t *item,
                          size_t index, struct hone_error *err)
{
    out->name = hone_json_text(item, "id");
    out->text = hone_json_text(item, "text");
    int code = hone_label_check(out->name, err);
    if (code != 0) {
        hone_error_prefix(err, "candidates[%zu].id", index);
    }
    return code;
}

static int refuse_twice(const struct hone_match_candidate *given, uint32_t first,
                        size_t second, struct hone_error *err)
{
    int code = hone_error_set(
        err, HONE_E_INVALID, "candidates[%zu] '%.*s' is the same word as [%u] '%.*s'",
        second, (int)given[second].name.len, given[second].name.data, (unsigned)first,
        (int)given[first].name.len, given[first].name.data);
    (void)hone_error_hint(err, "give each candidate once, by an id that differs from the "
                               "others in more than case");
    return code;
}

static int read_given(struct hone_match_candidate *given, const json_t *candidates,
                      struct hone_error *err)
{
    struct hone_memory_slots seen = {0};
    int code = 0;
    for (size_t i = 0; i < json_array_size(candidates) && code == 0; i++) {
        code = read_candidate(&given[i], json_array_get(candidates, i), i, err);
        if (code != 0) {
            break;
        }
        uint64_t key = key_of_word(given[i].name);
        uint32_t first = hone_memory_slots_find(&seen, key);
        if (first != HONE_MEMORY_SLOTS_NONE) {
            code = refuse_twice(given, first, i, err);
        } else {
            (void)hone_memory_slots_add(&seen, key);
        }
    }
    hone_memory_slots_finish(&seen);
    return code;
}

static int fill_given(struct hone_rank_input *out, const json_t *arguments,
                      struct hone_error *err)
{
    const json_t *candidates = json_object_get(arguments, HONE_RANK_INPUT_CANDIDATES);
    size_t n = json_array_size(candidates);
    if (n == 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "candidates is missing or empty: give at least one");
    }
    if (n > HONE_RANKER_CANDIDATES_MAX) {
        return hone_error_set(err, HONE_E_LIMIT,
                              "%zu candidates are over the limit of %d", n,
                              HONE_RANKER_CANDIDATES_MAX);
    }
    out->given = hone_alloc_zeroed(n, sizeof(*out->given));
    int code = read_given(out->given, candidates, err);
    if (code != 0) {
        hone_rank_input_finish(out);
        return code;
    }
    out->query.candidates = out->given;
    out->query.n_candidates = n;
    json_int_t n_ranked =
        json_integer_value(json_object_get(arguments, HONE_RANK_INPUT_RANKED));
    out->query.n_ranked =
        n_ranked > 0 && n_ranked <= HONE_RANKER_CANDIDATES_MAX ? (size_t)n_ranked : 0;
    return 0;
}

int hone_rank_input_fill(struct hone_rank_input *out, const struct hone_package *package,
                         const json_t *arguments, struct hone_error *err)
{
    hone_classify_input_fill(&out->fields, package, arguments);
    for (size_t i = 0; i < out->fields.input.n_fields; i++) {
        out->fields.fields[i].name = hone_span_of(NULL, 0);
    }
    out->query = (struct hone_ranker_query){.input = out->fields.input};
    out->given = NULL;
    return hone_rank_input_is_held(package) ? 0 : fill_given(out, arguments, err);
}

void hone_rank_input_finish(struct hone_rank_input *input)
{
    free(input->given);
    input->given = NULL;
}

size_t hone_rank_input_n(const struct hone_rank_input *input,
                         const struct hone_ranker_view *view)
{
    return input->given != NULL ? input->query.n_candidates
                                : hone_match_corpus_n(hone_ranker_view_corpus(view));
}

struct hone_match_candidate hone_rank_input_candidate(const struct hone_rank_input *input,
                                                      const struct hone_ranker_view *view,
                                                      size_t index)
{
    return input->given != NULL
               ? input->given[index]
               : hone_match_corpus_candidate(hone_ranker_view_corpus(view), index);
}

int hone_rank_input_find(const struct hone_rank_input *input,
                         const struct hone_ranker_view *view, struct hone_span id,
                         uint32_t *index)
{
    size_t n = hone_rank_input_n(input, view), n_same = 0;
    uint32_t same = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (hone_span_equal(hone_rank_input_candidate(input, view, i).name, id)) {
            *index = i;
            return 0;
        }
    }
    uint64_t key = key_of_word(id);
    for (uint32_t i = 0; i < n; i++) {
        if (key_of_word(hone_rank_input_candidate(input, view, i).name) == key) {
            same = i;
            n_same++;
        }
    }
    if (n_same != 1) {
        return HONE_E_NOT_FOUND;
    }
    *index = same;
    return 0;
}

bool hone_rank_input_next_id(struct hone_span *order, struct hone_span *id)
{
    if (order->len == 0) {
        return false;
    }
    const char *end = memchr(order->data, '\n', order->len);
    size_t len = end != NULL ? (size_t)(end - order->data) : order->len;
    *id = hone_span_of(order->data, len);
    size_t used = len < order->len ? len + 1 : len;
    *order = hone_span_of(order->data + used, order->len - used);
    return true;
}
