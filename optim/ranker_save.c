#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "optim/ranker_file.h"
#include "optim/ranker_internal.h"
#include "optim/tensor_save.h"

#include <stdint.h>
#include <stdlib.h>

#define N_TENSORS HONE_RANKER_FILE_N_TENSORS

/* Everything is laid out flat first: reading the view's rows needs no order of writing. */
struct hone_ranker_save {
    struct hone_tensor_save file;
    uint64_t counters[HONE_RANKER_FILE_N_COUNTERS];
    size_t n_memories, n_rows, n_weights;
    uint64_t *keys, *touched; // (n_memories,)
    uint64_t *ends;           // (n_rows,)
    uint32_t *ids, *df;       // (n_rows,)
    uint32_t *slots;          // (n_weights,)
    float *values;            // (n_weights,)
    struct hone_buf candidates;
    struct hone_span data[N_TENSORS];
};

static void count_rows(struct hone_ranker_save *save,
                       const struct hone_memory_table *memory)
{
    for (uint32_t id = 0; id < hone_memory_table_n_ids(memory); id++) {
        const struct hone_memory_row *row = hone_memory_table_find(memory, id);
        if (row != NULL) {
            save->n_rows++;
            save->n_weights += row->n;
        }
    }
}

static void collect_rows(struct hone_ranker_save *save,
                         const struct hone_memory_table *memory)
{
    count_rows(save, memory);
    save->ends = hone_alloc_zeroed(save->n_rows + 1, sizeof(*save->ends));
    save->ids = hone_alloc_zeroed(save->n_rows + 1, sizeof(*save->ids));
    save->df = hone_alloc_zeroed(save->n_rows + 1, sizeof(*save->df));
    save->slots = hone_alloc_zeroed(save->n_weights + 1, sizeof(*save->slots));
    save->values = hone_alloc_zeroed(save->n_weights + 1, sizeof(*save->values));
    size_t r = 0, w = 0;
    for (uint32_t id = 0; id < hone_memory_table_n_ids(memory); id++) {
        const struct hone_memory_row *row = hone_memory_table_find(memory, id);
        if (row == NULL) {
            continue;
        }
        for (size_t e = 0; e < row->n; e++, w++) {
            save->slots[w] = row->entries[e].slot;
            save->values[w] = row->entries[e].weight;
        }
        save->ids[r] = id;
        save->df[r] = row->df;
        save->ends[r++] = w;
    }
}

static void collect_memories(struct hone_ranker_save *save,
                             const struct hone_memory_slots *slots)
{
    save->n_memories = slots->n;
    save->keys = hone_alloc_zeroed(slots->n + 1, sizeof(*save->keys));
    save->touched = hone_alloc_zeroed(slots->n + 1, sizeof(*save->touched));
    for (size_t i = 0; i < slots->n; i++) {
        save->keys[i] = slots->keys[i];
        save->touched[i] = slots->touched[i];
    }
}

static int collect_candidates(struct hone_ranker_save *save,
                              const struct hone_match_corpus *corpus,
                              struct hone_error *err)
{
    int code = 0;
    for (size_t i = 0; i < hone_match_corpus_n(corpus) && code == 0; i++) {
        struct hone_match_candidate candidate = hone_match_corpus_candidate(corpus, i);
        (void)hone_buf_append(&save->candidates, candidate.name.data, candidate.name.len);
        (void)hone_buf_append_char(&save->candidates, '\0');
        (void)hone_buf_append(&save->candidates, candidate.text.data, candidate.text.len);
        code = hone_buf_append_char(&save->candidates, '\0');
    }
    return code == 0 ? 0
                     : hone_error_set(err, HONE_E_LIMIT,
                                      "the candidates' texts are too long to be saved");
}

static void add_tensor(struct hone_ranker_save *save, enum hone_ranker_file_tensor which,
                       const char *name, enum hone_safetensors_type type,
                       const void *data, uint64_t n)
{
    size_t n_bytes = (size_t)n * hone_safetensors_type_bytes(type);
    hone_safetensors_writer_add(save->file.writer, name, type, &n, 1);
    save->data[which] = hone_span_of(data, n_bytes);
}

static void declare(struct hone_ranker_save *save)
{
    add_tensor(save, HONE_RANKER_FILE_COUNTERS, "counters", HONE_SAFETENSORS_U64,
               save->counters, HONE_RANKER_FILE_N_COUNTERS);
    add_tensor(save, HONE_RANKER_FILE_KEYS, "memory.keys", HONE_SAFETENSORS_U64,
               save->keys, save->n_memories);
    add_tensor(save, HONE_RANKER_FILE_TOUCHED, "memory.touched", HONE_SAFETENSORS_U64,
               save->touched, save->n_memories);
    add_tensor(save, HONE_RANKER_FILE_ENDS, "rows.ends", HONE_SAFETENSORS_U64, save->ends,
               save->n_rows);
    add_tensor(save, HONE_RANKER_FILE_IDS, "rows.ids", HONE_SAFETENSORS_U32, save->ids,
               save->n_rows);
    add_tensor(save, HONE_RANKER_FILE_DF, "rows.df", HONE_SAFETENSORS_U32, save->df,
               save->n_rows);
    add_tensor(save, HONE_RANKER_FILE_SLOTS, "weights.slots", HONE_SAFETENSORS_U32,
               save->slots, save->n_weights);
    add_tensor(save, HONE_RANKER_FILE_VALUES, "weights.values", HONE_SAFETENSORS_F32,
               save->values, save->n_weights);
    add_tensor(save, HONE_RANKER_FILE_CANDIDATES, "candidates", HONE_SAFETENSORS_U8,
               save->candidates.data, save->candidates.len);
}

static struct hone_span data_of(const void *state, size_t tensor, size_t item)
{
    const struct hone_ranker_save *save = state;
    (void)item;
    return save->data[tensor];
}

static const struct hone_tensor_source source = {.n_tensors = N_TENSORS, .item = data_of};

int hone_ranker_save_create(struct hone_ranker_save **out,
                            const struct hone_ranker_view *view, const char *path,
                            struct hone_span extra, struct hone_error *err)
{
    const struct hone_ranker_state *state = &view->state;
    struct hone_ranker_save *save = hone_alloc_zeroed(1, sizeof(*save));
    hone_buf_init(&save->candidates, HONE_RANKER_HELD_BYTES_MAX);
    save->counters[HONE_RANKER_FILE_DIM_BITS] = HONE_RANKER_DIM_BITS;
    save->counters[HONE_RANKER_FILE_N_QUERIES] = state->n_queries;
    collect_memories(save, &state->slots);
    collect_rows(save, state->memory);
    int code = collect_candidates(save, state->corpus, err);
    if (code == 0) {
        code = hone_tensor_save_init(&save->file, &source, save, path,
                                     HONE_RANKER_FILE_FORMAT, HONE_RANKER_FILE_VERSION,
                                     extra, err);
    }
    if (code == 0) {
        declare(save);
        code = hone_safetensors_writer_begin(save->file.writer, err);
    }
    if (code != 0) {
        hone_ranker_save_destroy(save);
        return code;
    }
    *out = save;
    return 0;
}

int hone_ranker_save_step(struct hone_ranker_save *save, size_t max_bytes,
                          struct hone_error *err)
{
    return hone_tensor_save_step(&save->file, max_bytes, err);
}

void hone_ranker_save_result(const struct hone_ranker_save *save,
                             struct hone_digest *digest, uint64_t *size_bytes)
{
    hone_tensor_save_result(&save->file, digest, size_bytes);
}

void hone_ranker_save_destroy(struct hone_ranker_save *save)
{
    if (save == NULL) {
        return;
    }
    hone_tensor_save_finish(&save->file);
    hone_buf_finish(&save->candidates);
    free(save->keys);
    free(save->touched);
    free(save->ends);
    free(save->ids);
    free(save->df);
    free(save->slots);
    free(save->values);
    free(save);
}
