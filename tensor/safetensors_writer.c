#include "tensor/safetensors_writer.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (256U * 1024U)
#define ALIGN_BYTES  8

struct hone_safetensors_writer {
    int fd;
    char *path;
    json_t *header, *metadata;
    struct hone_buf buffer;
    struct hone_digest_stream digest;
    uint64_t data_bytes;    /* declared */
    uint64_t n_appended;    /* of them */
    uint64_t written_bytes; /* of the file */
};

int hone_safetensors_writer_create(struct hone_safetensors_writer **out, const char *path,
                                   struct hone_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return hone_error_set_errno(err, errno, "%s", path);
    }
    struct hone_safetensors_writer *writer = hone_alloc_zeroed(1, sizeof(*writer));
    writer->fd = fd;
    writer->path = hone_alloc_text(path);
    writer->header = json_object();
    writer->metadata = json_object();
    HONE_INVARIANT(writer->header != NULL && writer->metadata != NULL);
    hone_buf_init(&writer->buffer, HONE_SAFETENSORS_HEADER_MAX + BUFFER_BYTES);
    hone_digest_stream_init(&writer->digest);
    *out = writer;
    return 0;
}

void hone_safetensors_writer_destroy(struct hone_safetensors_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    if (writer->fd >= 0) {
        close(writer->fd);
    }
    free(writer->path);
    json_decref(writer->header);
    json_decref(writer->metadata);
    hone_buf_finish(&writer->buffer);
    free(writer);
}

void hone_safetensors_writer_add(struct hone_safetensors_writer *writer, const char *name,
                                 enum hone_safetensors_type type, const uint64_t *shape,
                                 size_t n_dims)
{
    uint64_t n_bytes = hone_safetensors_type_bytes(type);
    HONE_REQUIRE(n_dims <= HONE_SAFETENSORS_DIMS_MAX);
    HONE_REQUIRE(json_object_get(writer->header, name) == NULL);
    HONE_REQUIRE(writer->data_bytes % n_bytes == 0);
    json_t *sizes = json_array();
    for (size_t i = 0; i < n_dims; i++) {
        HONE_REQUIRE(!__builtin_mul_overflow(n_bytes, shape[i], &n_bytes));
        HONE_INVARIANT(json_array_append_new(sizes, json_integer((json_int_t)shape[i])) ==
                       0);
    }
    json_t *entry =
        json_pack("{s:s, s:o, s:[I, I]}", "dtype", hone_safetensors_type_name(type),
                  "shape", sizes, "data_offsets", (json_int_t)writer->data_bytes,
                  (json_int_t)writer->data_bytes + (json_int_t)n_bytes);
    HONE_INVARIANT(json_object_set_new(writer->header, name, entry) == 0);
    writer->data_bytes += n_bytes;
}

int hone_safetensors_writer_add_metadata(struct hone_safetensors_writer *writer,
                                         const char *key, struct hone_span value,
                                         struct hone_error *err)
{
    bool has_nul = value.len > 0 && memchr(value.data, 0, value.len) != NULL;
    json_t *text =
        has_nul ? NULL : json_stringn(value.data != NULL ? value.data : "", value.len);
    if (text == NULL) {
        return hone_error_set(err, HONE_E_INVALID,
                              "metadata \"%s\" is not UTF-8 without NUL", key);
    }
    HONE_INVARIANT(json_object_set_new(writer->metadata, key, text) == 0);
    return 0;
}

static int flush(struct hone_safetensors_writer *writer, struct hone_error *err)
{
    struct hone_span rest = hone_buf_span(&writer->buffer);
    hone_digest_stream_update(&writer->digest, rest.data, rest.len);
    writer->written_bytes += rest.len;
    while (rest.len > 0) {
        ssize_t n = write(writer->fd, rest.data, rest.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return hone_error_set_errno(err, n < 0 ? errno : ENOSPC, "%s", writer->path);
        }
        rest = hone_span_of(rest.data + n, rest.len - (size_t)n);
    }
    hone_buf_clear(&writer->buffer);
    return 0;
}

int hone_safetensors_writer_begin(struct hone_safetensors_writer *writer,
                                  struct hone_error *err)
{
    int rc = 0;
    if (json_object_size(writer->metadata) > 0) {
        HONE_INVARIANT(
            json_object_set(writer->header, "__metadata__", writer->metadata) == 0);
    }
    char *text = json_dumps(writer->header, JSON_COMPACT | JSON_SORT_KEYS);
    HONE_INVARIANT(text != NULL);
    size_t len = hone_span_text(text).len;
    size_t padded = (len + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    if (padded > HONE_SAFETENSORS_HEADER_MAX) {
        rc = hone_error_set(err, HONE_E_LIMIT,
                            "%s: a header of %zu bytes is over the limit", writer->path,
                            padded);
        goto out;
    }
    (void)hone_buf_append_u64(&writer->buffer, padded);
    (void)hone_buf_append_text(&writer->buffer, text);
    for (size_t i = len; i < padded; i++) {
        (void)hone_buf_append_char(&writer->buffer, ' ');
    }
    HONE_INVARIANT(writer->buffer.error == 0);
out:
    free(text);
    return rc;
}

int hone_safetensors_writer_append(struct hone_safetensors_writer *writer,
                                   struct hone_span data, struct hone_error *err)
{
    HONE_REQUIRE(data.len <= writer->data_bytes - writer->n_appended);
    writer->n_appended += data.len;
    while (data.len > 0) {
        size_t n = data.len < BUFFER_BYTES ? data.len : BUFFER_BYTES;
        if (hone_buf_append(&writer->buffer, data.data, n) != 0) {
            return hone_error_set(err, writer->buffer.error,
                                  "%s: no memory to write with", writer->path);
        }
        data = hone_span_of(data.data + n, data.len - n);
        int rc = writer->buffer.len >= BUFFER_BYTES ? flush(writer, err) : 0;
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

int hone_safetensors_writer_sync(struct hone_safetensors_writer *writer,
                                 struct hone_error *err)
{
    int rc = flush(writer, err);
    if (rc == 0 && fdatasync(writer->fd) != 0) {
        rc = hone_error_set_errno(err, errno, "%s", writer->path);
    }
    return rc;
}

int hone_safetensors_writer_end(struct hone_safetensors_writer *writer, bool durable,
                                struct hone_digest *digest, uint64_t *size_bytes,
                                struct hone_error *err)
{
    HONE_REQUIRE(writer->n_appended == writer->data_bytes);
    int rc = flush(writer, err);
    if (rc != 0) {
        return rc;
    }
    if (durable && fsync(writer->fd) != 0) {
        return hone_error_set_errno(err, errno, "%s", writer->path);
    }
    *digest = hone_digest_stream_final(&writer->digest);
    *size_bytes = writer->written_bytes;
    return 0;
}
