#include "base/alloc.h"
#include "optim/ranker_file.h"
#include "optim/ranker_internal.h"
#include "optim/tensor_load.h"
#include "tensor/safetensors.h"

#include <stdlib.h>

#define N_TENSORS HONE_RANKER_FILE_N_TENSORS

static const struct {
    const char *name;
    enum hone_safetensors_type type;
} layout[N_TENSORS] = {
    [HONE_RANKER_FILE_COUNTERS] = {"counters", HONE_SAFETENSORS_U64},
    [HONE_RANKER_FILE_KEYS] = {"memory.keys", HONE_SAFETENSORS_U64},
    [HONE_RANKER_FILE_TOUCHED] = {"memory.touched", HONE_SAFETENSORS_U64},
    [HONE_RANKER_FILE_ENDS] = {"rows.ends", HONE_SAFETENSORS_U64},
    [HONE_RANKER_FILE_IDS] = {"rows.ids", HONE_SAFETENSORS_U32},
    [HONE_RANKER_FILE_DF] = {"rows.df", HONE_SAFETENSORS_U32},
    [HONE_RANKER_FILE_SLOTS] = {"weights.slots", HONE_SAFETENSORS_U32},
    [HONE_RANKER_FILE_VALUES] = {"weights.values", HONE_SAFETENSORS_F32},
    [HONE_RANKER_FILE_CANDIDATES] = {"candidates", HONE_SAFETENSORS_U8},
};

struct loader {
    struct hone_safetensors *file;
    struct hone_span data[N_TENSORS];
    size_t sizes[N_TENSORS];
    struct hone_ranker *ranker;
};

static int corrupt(struct hone_error *err, const char *what)
{
    return hone_error_set(err, HONE_E_CORRUPT, "%s", what);
}

static const uint64_t *u64s(const struct loader *loader, size_t tensor)
{
    return (const void *)loader->data[tensor].data;
}

static const uint32_t *u32s(const struct loader *loader, size_t tensor)
{
    return (const void *)loader->data[tensor].data;
}

static int check_format(struct loader *loader, struct hone_error *err)
{
    return hone_tensor_load_check(loader->file, HONE_RANKER_FILE_FORMAT,
                                  HONE_RANKER_FILE_VERSION, NULL, err);
}

static int find_tensors(struct loader *loader, struct hone_error *err)
{
    for (size_t i = 0; i < N_TENSORS; i++) {
        const struct hone_safetensors_tensor *tensor =
            hone_safetensors_find(loader->file, layout[i].name);
        if (tensor == NULL || tensor->type != layout[i].type || tensor->n_dims != 1) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "tensor \"%s\" is missing or has another type or shape",
                                  layout[i].name);
        }
        loader->data[i] = tensor->data;
        loader->sizes[i] = (size_t)tensor->shape[0];
    }
    const size_t *sizes = loader->sizes;
    if (hone_safetensors_n(loader->file) != N_TENSORS ||
        sizes[HONE_RANKER_FILE_COUNTERS] != HONE_RANKER_FILE_N_COUNTERS ||
        sizes[HONE_RANKER_FILE_KEYS] != sizes[HONE_RANKER_FILE_TOUCHED] ||
        sizes[HONE_RANKER_FILE_KEYS] > HONE_RANKER_MEMORIES_MAX ||
        sizes[HONE_RANKER_FILE_ENDS] != sizes[HONE_RANKER_FILE_IDS] ||
        sizes[HONE_RANKER_FILE_ENDS] != sizes[HONE_RANKER_FILE_DF] ||
        sizes[HONE_RANKER_FILE_SLOTS] != sizes[HONE_RANKER_FILE_VALUES] ||
        sizes[HONE_RANKER_FILE_CANDIDATES] > HONE_RANKER_HELD_BYTES_MAX) {
        return corrupt(err, "the tensors' sizes do not go together");
    }
    if (u64s(loader, HONE_RANKER_FILE_COUNTERS)[HONE_RANKER_FILE_DIM_BITS] !=
        HONE_RANKER_DIM_BITS) {
        return corrupt(err, "a setting is out of range");
    }
    return 0;
}

static int load_memories(struct loader *loader, struct hone_error *err)
{
    struct hone_memory_slots *slots = &loader->ranker->state.slots;
    const uint64_t *keys = u64s(loader, HONE_RANKER_FILE_KEYS);
    const uint64_t *touched = u64s(loader, HONE_RANKER_FILE_TOUCHED);
    for (size_t i = 0; i < loader->sizes[HONE_RANKER_FILE_KEYS]; i++) {
        if (hone_memory_slots_find(slots, keys[i]) != HONE_MEMORY_SLOTS_NONE) {
            return corrupt(err, "a memory is there twice");
        }
        uint32_t slot = hone_memory_slots_add(slots, keys[i]);
        slots->touched[slot] = touched[i];
    }
    loader->ranker->state.n_queries =
        u64s(loader, HONE_RANKER_FILE_COUNTERS)[HONE_RANKER_FILE_N_QUERIES];
    return 0;
}

/* One row: weights from begin to end. entries has room for all slots. */
static int load_row(struct loader *loader, size_t row, size_t begin, size_t end,
                    struct hone_memory_entry *entries, struct hone_error *err)
{
    const uint32_t *slots = u32s(loader, HONE_RANKER_FILE_SLOTS);
    const float *values = (const void *)loader->data[HONE_RANKER_FILE_VALUES].data;
    const float max = HONE_RANKER_FILE_VALUE_MAX;
    size_t n = 0;
    for (size_t i = begin; i < end; i++) {
        if (slots[i] >= loader->ranker->state.slots.n ||
            (i > begin && slots[i] <= slots[i - 1])) {
            return corrupt(err, "a weight's slot is out of order or out of range");
        }
        if (!(values[i] >= -max && values[i] <= max)) {
            return corrupt(err, "a weight is out of range");
        }
        entries[n++] = (struct hone_memory_entry){slots[i], values[i]};
    }
    hone_memory_table_add(loader->ranker->state.memory,
                          u32s(loader, HONE_RANKER_FILE_IDS)[row],
                          u32s(loader, HONE_RANKER_FILE_DF)[row], entries, n, 1.0F);
    return 0;
}

static int load_rows(struct loader *loader, struct hone_error *err)
{
    const struct hone_ranker_state *state = &loader->ranker->state;
    const uint64_t *ends = u64s(loader, HONE_RANKER_FILE_ENDS);
    const uint32_t *ids = u32s(loader, HONE_RANKER_FILE_IDS);
    const uint32_t *df = u32s(loader, HONE_RANKER_FILE_DF);
    uint64_t begin = 0;
    int code = 0;
    struct hone_memory_entry *entries =
        hone_alloc_zeroed(state->slots.n + 1, sizeof(*entries));
    for (size_t r = 0; r < loader->sizes[HONE_RANKER_FILE_ENDS] && code == 0; r++) {
        if (ids[r] >> HONE_RANKER_DIM_BITS != 0 || (r > 0 && ids[r] <= ids[r - 1]) ||
            df[r] == 0 || df[r] > state->n_queries || ends[r] < begin ||
            ends[r] > loader->sizes[HONE_RANKER_FILE_SLOTS] ||
            ends[r] - begin > state->slots.n) {
            code = corrupt(err, "a row is out of order or out of range");
            break;
        }
        code = load_row(loader, r, (size_t)begin, (size_t)ends[r], entries, err);
        begin = ends[r];
    }
    free(entries);
    if (code == 0 && begin != loader->sizes[HONE_RANKER_FILE_SLOTS]) {
        code = corrupt(err, "there are weights that belong to no row");
    }
    return code;
}

/* Takes a text and its NUL off the front; false when there is none. */
static bool take_text(struct hone_span *text, struct hone_span *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->data, '\0', rest->len) : NULL;
    if (end == NULL) {
        return false;
    }
    *text = hone_span_of(rest->data, (size_t)(end - rest->data));
    *rest = hone_span_of(end + 1, rest->len - text->len - 1);
    return true;
}

static int load_candidates(struct loader *loader, struct hone_error *err)
{
    struct hone_span rest = loader->data[HONE_RANKER_FILE_CANDIDATES];
    struct hone_memory_slots seen = {0};
    size_t n = 0;
    int code = 0;
    struct hone_match_candidate *candidates =
        hone_alloc_zeroed(HONE_RANKER_CANDIDATES_MAX, sizeof(*candidates));
    while (rest.len > 0 && code == 0) {
        struct hone_match_candidate candidate = {0};
        if (n == HONE_RANKER_CANDIDATES_MAX || !take_text(&candidate.name, &rest) ||
            !take_text(&candidate.text, &rest) || candidate.name.len == 0) {
            code = corrupt(err, "the candidates are damaged");
            break;
        }
        uint64_t key = hone_match_corpus_key_of(candidate.name);
        if (hone_memory_slots_find(&seen, key) != HONE_MEMORY_SLOTS_NONE) {
            code = corrupt(err, "a candidate is there twice");
            break;
        }
        (void)hone_memory_slots_add(&seen, key);
        candidates[n++] = candidate;
    }
    if (code == 0) {
        hone_ranker_hold(loader->ranker, candidates, n);
    }
    hone_memory_slots_finish(&seen);
    free(candidates);
    return code;
}

int hone_ranker_load(struct hone_ranker **out, const char *path, char **extra,
                     struct hone_error *err)
{
    static int (*const steps[])(struct loader *, struct hone_error *) = {
        check_format, find_tensors, load_memories, load_rows, load_candidates};
    struct loader loader = {0};
    int code = hone_safetensors_open_file(&loader.file, path, err);
    if (code != 0) {
        return code;
    }
    loader.ranker = hone_ranker_create();
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && code == 0; i++) {
        code = steps[i](&loader, err);
    }
    if (code != 0) {
        hone_error_prefix(err, "%s", path);
    } else {
        *extra = hone_alloc_text(hone_safetensors_metadata(loader.file, "hone"));
        *out = loader.ranker;
        loader.ranker = NULL;
    }
    hone_ranker_destroy(loader.ranker);
    hone_safetensors_close(loader.file);
    return code;
}
