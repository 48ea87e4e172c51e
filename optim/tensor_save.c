#include "optim/tensor_save.h"

#include "base/check.h"

#include <stdio.h>

static int describe(struct hone_safetensors_writer *writer, const char *format,
                    int version, struct hone_span extra, struct hone_error *err)
{
    char number[16];
    (void)snprintf(number, sizeof(number), "%d", version);
    int code = hone_safetensors_writer_add_metadata(writer, "format",
                                                    hone_span_text(format), err);
    if (code == 0) {
        code = hone_safetensors_writer_add_metadata(writer, "version",
                                                    hone_span_text(number), err);
    }
    return code != 0 ? code
                     : hone_safetensors_writer_add_metadata(writer, "hone", extra, err);
}

int hone_tensor_save_init(struct hone_tensor_save *out,
                          const struct hone_tensor_source *source, const void *state,
                          const char *path, const char *format, int version,
                          struct hone_span extra, struct hone_error *err)
{
    *out = (struct hone_tensor_save){.source = source, .state = state};
    int code = hone_safetensors_writer_create(&out->writer, path, err);
    if (code == 0) {
        code = describe(out->writer, format, version, extra, err);
    }
    if (code != 0) {
        hone_tensor_save_finish(out);
    }
    return code;
}

static size_t n_items(const struct hone_tensor_save *save)
{
    const struct hone_tensor_source *source = save->source;
    return source->n_items != NULL ? source->n_items(save->state, save->tensor) : 1;
}

/* What is left of the item that is written next. */
static struct hone_span rest_of_item(const struct hone_tensor_save *save)
{
    struct hone_span item = save->source->item(save->state, save->tensor, save->item);
    return save->offset == 0
               ? item
               : hone_span_of(item.data + save->offset, item.len - save->offset);
}

int hone_tensor_save_step(struct hone_tensor_save *save, size_t max_bytes,
                          struct hone_error *err)
{
    size_t left = max_bytes;
    int code = 0;
    HONE_REQUIRE(!save->finished);
    while (save->tensor < save->source->n_tensors && left > 0) {
        if (save->item == n_items(save)) {
            save->tensor += 1;
            save->item = 0;
            continue;
        }
        struct hone_span rest = rest_of_item(save);
        size_t n = rest.len < left ? rest.len : left;
        code =
            hone_safetensors_writer_append(save->writer, hone_span_of(rest.data, n), err);
        if (code != 0) {
            return code;
        }
        left -= n;
        save->offset = n < rest.len ? save->offset + n : 0;
        save->item += n < rest.len ? 0 : 1;
    }
    if (save->tensor < save->source->n_tensors) {
        code = hone_safetensors_writer_sync(save->writer, err);
        return code != 0 ? code : 1;
    }
    code = hone_safetensors_writer_end(save->writer, max_bytes != HONE_TENSOR_SAVE_ALL,
                                       &save->digest, &save->size_bytes, err);
    save->finished = code == 0;
    return code;
}

void hone_tensor_save_result(const struct hone_tensor_save *save,
                             struct hone_digest *digest, uint64_t *size_bytes)
{
    HONE_REQUIRE(save->finished);
    *digest = save->digest;
    *size_bytes = save->size_bytes;
}

void hone_tensor_save_finish(struct hone_tensor_save *save)
{
    hone_safetensors_writer_destroy(save->writer);
    save->writer = NULL;
}
