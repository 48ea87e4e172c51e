#include "skills/flat_state.h"

#include "base/alloc.h"
#include "optim/tensor_save.h"
#include "tensor/safetensors.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A view, a mark, or what a learner has now. Nobody writes to one with two owners. */
struct block {
    _Atomic uint32_t n_refs;
    const struct hone_flat_form *form;
    _Alignas(max_align_t) unsigned char state[];
};

struct learner {
    struct block *block;
};

struct save {
    struct hone_tensor_save file;
    struct block *block;
};

/* Blocks. */

static struct block *block_create(const struct hone_flat_form *form)
{
    struct block *block = hone_alloc_zeroed(1, sizeof(*block) + form->n_bytes);
    atomic_init(&block->n_refs, 1);
    block->form = form;
    return block;
}

static struct block *block_ref(struct block *block)
{
    (void)atomic_fetch_add_explicit(&block->n_refs, 1, memory_order_relaxed);
    return block;
}

static void block_unref(struct block *block)
{
    if (block != NULL &&
        atomic_fetch_sub_explicit(&block->n_refs, 1, memory_order_acq_rel) == 1) {
        free(block);
    }
}

/* Learner. */

static void *learner_create_take(struct block *block)
{
    struct learner *learner = hone_alloc_zeroed(1, sizeof(*learner));
    learner->block = block;
    return learner;
}

void *hone_flat_state_create(const struct hone_flat_form *form)
{
    return learner_create_take(block_create(form));
}

void hone_flat_state_destroy(void *learner)
{
    struct learner *self = learner;
    if (self != NULL) {
        block_unref(self->block);
        free(self);
    }
}

const void *hone_flat_state_read(const void *learner)
{
    const struct learner *self = learner;
    return self->block->state;
}

void *hone_flat_state_write(void *learner)
{
    struct learner *self = learner;
    struct block *block = self->block;
    if (atomic_load_explicit(&block->n_refs, memory_order_acquire) > 1) {
        self->block = block_create(block->form);
        memcpy(self->block->state, block->state, block->form->n_bytes);
        block_unref(block);
    }
    return self->block->state;
}

void *hone_flat_state_freeze(void *learner)
{
    struct learner *self = learner;
    return block_ref(self->block);
}

void *hone_flat_state_peek(void *learner)
{
    return ((struct learner *)learner)->block;
}

void hone_flat_state_restore(void *learner, void *mark)
{
    struct learner *self = learner;
    struct block *block = block_ref(mark);
    block_unref(self->block);
    self->block = block;
}

/* Views. */

const void *hone_flat_state_view(const void *view)
{
    const struct block *block = view;
    return block->state;
}

void *hone_flat_state_view_ref(void *view)
{
    return block_ref(view);
}

void hone_flat_state_view_unref(void *view)
{
    block_unref(view);
}

void *hone_flat_state_mark_view(void *mark)
{
    return mark;
}

/* Saving. */

static struct hone_span state_of(const void *state, size_t tensor, size_t item)
{
    const struct block *block = state;
    (void)tensor;
    (void)item;
    return hone_span_of((const char *)block->state, block->form->n_bytes);
}

static const struct hone_tensor_source source = {.n_tensors = 1, .item = state_of};

int hone_flat_state_save_create(void **out, void *mark, const char *path,
                                struct hone_span extra, struct hone_error *err)
{
    struct save *save = hone_alloc_zeroed(1, sizeof(*save));
    save->block = block_ref(mark);
    const struct hone_flat_form *form = save->block->form;
    uint64_t shape = form->n_bytes;
    int code = hone_tensor_save_init(&save->file, &source, save->block, path, form->name,
                                     (int)form->version, extra, err);
    if (code == 0) {
        hone_safetensors_writer_add(save->file.writer, "state", HONE_SAFETENSORS_U8,
                                    &shape, 1);
        code = hone_safetensors_writer_begin(save->file.writer, err);
    }
    if (code != 0) {
        hone_flat_state_save_destroy(save);
        return code;
    }
    *out = save;
    return 0;
}

int hone_flat_state_save_step(void *save, size_t max_bytes, struct hone_error *err)
{
    struct save *self = save;
    return hone_tensor_save_step(&self->file, max_bytes, err);
}

void hone_flat_state_save_result(const void *save, struct hone_digest *digest,
                                 uint64_t *size_bytes)
{
    const struct save *self = save;
    hone_tensor_save_result(&self->file, digest, size_bytes);
}

void hone_flat_state_save_destroy(void *save)
{
    struct save *self = save;
    if (self != NULL) {
        hone_tensor_save_finish(&self->file);
        block_unref(self->block);
        free(self);
    }
}

/* Loading. */

static int check_form(const struct hone_safetensors *file,
                      const struct hone_flat_form *form, struct hone_error *err)
{
    const char *format = hone_safetensors_metadata(file, "format");
    const char *version = hone_safetensors_metadata(file, "version");
    char expected[16];
    if (format == NULL || strcmp(format, form->name) != 0 || version == NULL ||
        hone_safetensors_metadata(file, "hone") == NULL) {
        return hone_error_set(err, HONE_E_CORRUPT, "the file does not hold a state of %s",
                              form->name);
    }
    (void)snprintf(expected, sizeof(expected), "%u", (unsigned)form->version);
    if (strcmp(version, expected) != 0) {
        return hone_error_set(err, HONE_E_VERSION,
                              "the file has version %.16s, this build reads %s", version,
                              expected);
    }
    return 0;
}

static int read_state(struct block **out, const struct hone_safetensors *file,
                      const struct hone_flat_form *form, struct hone_error *err)
{
    const struct hone_safetensors_tensor *tensor = hone_safetensors_find(file, "state");
    int code = check_form(file, form, err);
    if (code != 0) {
        return code;
    }
    if (tensor == NULL || hone_safetensors_n(file) != 1 ||
        tensor->type != HONE_SAFETENSORS_U8 || tensor->data.len != form->n_bytes) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "the tensor \"state\" is not one of %zu bytes",
                              form->n_bytes);
    }
    struct block *block = block_create(form);
    memcpy(block->state, tensor->data.data, form->n_bytes);
    if (!form->is_sound(block->state)) {
        block_unref(block);
        return hone_error_set(err, HONE_E_CORRUPT,
                              "the state has values that cannot have been learnt");
    }
    *out = block;
    return 0;
}

int hone_flat_state_load(void **learner, const struct hone_flat_form *form,
                         const char *path, char **extra, struct hone_error *err)
{
    struct hone_safetensors *file = NULL;
    struct block *block = NULL;
    int code = hone_safetensors_open_file(&file, path, err);
    if (code == 0) {
        code = read_state(&block, file, form, err);
        if (code != 0) {
            hone_error_prefix(err, "%s", path);
        }
    }
    if (code == 0) {
        *extra = hone_alloc_text(hone_safetensors_metadata(file, "hone"));
        *learner = learner_create_take(block);
    }
    hone_safetensors_close(file);
    return code;
}
