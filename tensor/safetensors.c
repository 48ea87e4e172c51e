#include "tensor/safetensors.h"

#include "base/alloc.h"
#include "base/check.h"
#include "tensor/safetensors_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are read in place");

#define PREFIX_BYTES 8
#define METADATA_KEY "__metadata__"

static const struct {
    const char *name;
    size_t bytes;
} types[] = {
    [HONE_SAFETENSORS_BOOL] = {"BOOL", 1}, [HONE_SAFETENSORS_U8] = {"U8", 1},
    [HONE_SAFETENSORS_I8] = {"I8", 1},     [HONE_SAFETENSORS_U16] = {"U16", 2},
    [HONE_SAFETENSORS_I16] = {"I16", 2},   [HONE_SAFETENSORS_F16] = {"F16", 2},
    [HONE_SAFETENSORS_BF16] = {"BF16", 2}, [HONE_SAFETENSORS_U32] = {"U32", 4},
    [HONE_SAFETENSORS_I32] = {"I32", 4},   [HONE_SAFETENSORS_F32] = {"F32", 4},
    [HONE_SAFETENSORS_U64] = {"U64", 8},   [HONE_SAFETENSORS_I64] = {"I64", 8},
    [HONE_SAFETENSORS_F64] = {"F64", 8},
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))

struct hone_safetensors {
    json_t *header;                          /* owns the names and the metadata */
    struct hone_safetensors_tensor *tensors; // (n,)
    size_t n;
    void *map; /* NULL for a span of the caller's */
    size_t map_bytes;
};

const char *hone_safetensors_type_name(enum hone_safetensors_type type)
{
    HONE_REQUIRE((size_t)type < N_TYPES);
    return types[type].name;
}

size_t hone_safetensors_type_bytes(enum hone_safetensors_type type)
{
    HONE_REQUIRE((size_t)type < N_TYPES);
    return types[type].bytes;
}

static int parse_type(enum hone_safetensors_type *out, const char *name,
                      const json_t *value, struct hone_error *err)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; i < N_TYPES && text != NULL; i++) {
        if (strcmp(types[i].name, text) == 0) {
            *out = (enum hone_safetensors_type)i;
            return 0;
        }
    }
    return hone_error_set(err, HONE_E_CORRUPT, "tensor \"%s\": dtype \"%s\" is not known",
                          name, text != NULL ? text : "");
}

static int parse_size(uint64_t *out, const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return HONE_E_CORRUPT;
    }
    *out = (uint64_t)json_integer_value(value);
    return 0;
}

/* Shape, and the bytes that it takes. */
static int parse_shape(struct hone_safetensors_tensor *tensor, uint64_t *n_bytes,
                       const json_t *value, struct hone_error *err)
{
    if (!json_is_array(value) || json_array_size(value) > HONE_SAFETENSORS_DIMS_MAX) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "tensor \"%s\": shape is not an array of at most %d sizes",
                              tensor->name, HONE_SAFETENSORS_DIMS_MAX);
    }
    *n_bytes = types[tensor->type].bytes;
    tensor->n_dims = json_array_size(value);
    for (size_t i = 0; i < tensor->n_dims; i++) {
        if (parse_size(&tensor->shape[i], json_array_get(value, i)) != 0) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "tensor \"%s\": a size is not a count", tensor->name);
        }
        if (__builtin_mul_overflow(*n_bytes, tensor->shape[i], n_bytes)) {
            return hone_error_set(err, HONE_E_CORRUPT,
                                  "tensor \"%s\": the shape is too large", tensor->name);
        }
    }
    return 0;
}

static int parse_place(struct hone_safetensors_tensor *tensor, uint64_t n_bytes,
                       const json_t *offsets, struct hone_span data,
                       struct hone_error *err)
{
    uint64_t begin = 0, end = 0;
    if (json_array_size(offsets) != 2 ||
        parse_size(&begin, json_array_get(offsets, 0)) != 0 ||
        parse_size(&end, json_array_get(offsets, 1)) != 0) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "tensor \"%s\": data_offsets is not a pair of offsets",
                              tensor->name);
    }
    if (begin > end || end > data.len) {
        return hone_error_set(
            err, HONE_E_CORRUPT,
            "tensor \"%s\": data_offsets [%llu, %llu] lie outside the file's "
            "%zu bytes of data",
            tensor->name, (unsigned long long)begin, (unsigned long long)end, data.len);
    }
    if (end - begin != n_bytes) {
        return hone_error_set(
            err, HONE_E_CORRUPT,
            "tensor \"%s\": the shape takes %llu bytes, the offsets give %llu",
            tensor->name, (unsigned long long)n_bytes, (unsigned long long)(end - begin));
    }
    if (begin % types[tensor->type].bytes != 0) {
        return hone_error_set(err, HONE_E_CORRUPT, "tensor \"%s\": data is not aligned",
                              tensor->name);
    }
    tensor->data = hone_span_of(data.data + begin, (size_t)n_bytes);
    return 0;
}

static int parse_tensor(struct hone_safetensors_tensor *tensor, const char *name,
                        const json_t *value, struct hone_span data,
                        struct hone_error *err)
{
    uint64_t n_bytes = 0;
    tensor->name = name;
    if (!json_is_object(value) || json_object_size(value) != 3) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "tensor \"%s\": must have dtype, shape and data_offsets",
                              name);
    }
    int rc = parse_type(&tensor->type, name, json_object_get(value, "dtype"), err);
    if (rc == 0) {
        rc = parse_shape(tensor, &n_bytes, json_object_get(value, "shape"), err);
    }
    if (rc == 0) {
        rc = parse_place(tensor, n_bytes, json_object_get(value, "data_offsets"), data,
                         err);
    }
    return rc;
}

static int check_metadata(json_t *metadata, struct hone_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(metadata)) {
        return hone_error_set(err, HONE_E_CORRUPT, METADATA_KEY " is not an object");
    }
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value)) {
            return hone_error_set(err, HONE_E_CORRUPT, METADATA_KEY ".%s is not a string",
                                  key);
        }
    }
    return 0;
}

/* By place; of two at one place the empty one comes first. */
static int compare_places(const void *a, const void *b)
{
    const struct hone_safetensors_tensor *left = a, *right = b;
    if (left->data.data != right->data.data) {
        return left->data.data < right->data.data ? -1 : 1;
    }
    return (left->data.len > right->data.len) - (left->data.len < right->data.len);
}

/* Every byte of the data belongs to exactly one tensor. */
static int check_cover(const struct hone_safetensors *file, struct hone_span data,
                       struct hone_error *err)
{
    size_t end = 0;
    for (size_t i = 0; i < file->n; i++) {
        const struct hone_safetensors_tensor *tensor = &file->tensors[i];
        size_t begin = (size_t)(tensor->data.data - data.data);
        if (begin != end) {
            return hone_error_set(err, HONE_E_CORRUPT, "tensor \"%s\": %s", tensor->name,
                                  begin < end ? "overlaps another one"
                                              : "there is a hole before it");
        }
        end = begin + tensor->data.len;
    }
    if (end != data.len) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "the tensors end at byte %zu of %zu bytes of data", end,
                              data.len);
    }
    return 0;
}

static int parse_header(struct hone_safetensors *file, struct hone_span data,
                        struct hone_error *err)
{
    const char *name = NULL;
    json_t *value = NULL;
    size_t n = json_object_size(file->header);
    if (n > HONE_SAFETENSORS_TENSORS_MAX) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "there are %zu tensors, the limit is %d", n,
                              HONE_SAFETENSORS_TENSORS_MAX);
    }
    file->tensors = hone_alloc_try_zeroed(n + 1, sizeof(*file->tensors));
    if (file->tensors == NULL) {
        return hone_error_set(err, HONE_E_NOMEM, "no memory for %zu tensors", n);
    }
    json_object_foreach(file->header, name, value)
    {
        int rc = strcmp(name, METADATA_KEY) == 0
                     ? check_metadata(value, err)
                     : parse_tensor(&file->tensors[file->n++], name, value, data, err);
        if (rc != 0) {
            return rc;
        }
    }
    qsort(file->tensors, file->n, sizeof(*file->tensors), compare_places);
    return check_cover(file, data, err);
}

/* Cuts the file into header and data. */
static int split(struct hone_span whole, struct hone_span *header, struct hone_span *data,
                 struct hone_error *err)
{
    uint64_t header_bytes = 0;
    if (whole.len < PREFIX_BYTES) {
        return hone_error_set(err, HONE_E_CORRUPT, "the file is too short for a header");
    }
    memcpy(&header_bytes, whole.data, PREFIX_BYTES);
    if (header_bytes > HONE_SAFETENSORS_HEADER_MAX) {
        return hone_error_set(err, HONE_E_CORRUPT,
                              "a header of %llu bytes is over the limit",
                              (unsigned long long)header_bytes);
    }
    if (header_bytes > whole.len - PREFIX_BYTES) {
        return hone_error_set(err, HONE_E_CORRUPT, "the file ends inside its header");
    }
    if (header_bytes % PREFIX_BYTES != 0) {
        return hone_error_set(err, HONE_E_CORRUPT, "the data is not aligned to 8 bytes");
    }
    size_t data_begin = PREFIX_BYTES + (size_t)header_bytes;
    *header = hone_span_of(whole.data + PREFIX_BYTES, (size_t)header_bytes);
    *data = hone_span_of(whole.data + data_begin, whole.len - data_begin);
    if (header->len == 0 || header->data[0] != '{') {
        return hone_error_set(err, HONE_E_CORRUPT, "the header does not begin with '{'");
    }
    return 0;
}

int hone_safetensors_open_span(struct hone_safetensors **out, struct hone_span whole,
                               struct hone_error *err)
{
    struct hone_span header = {0}, data = {0};
    HONE_REQUIRE((uintptr_t)whole.data % PREFIX_BYTES == 0);
    int rc = split(whole, &header, &data, err);
    if (rc != 0) {
        return rc;
    }
    struct hone_safetensors *file = hone_alloc_zeroed(1, sizeof(*file));
    json_error_t json_error;
    file->header =
        json_loadb(header.data, header.len, JSON_REJECT_DUPLICATES, &json_error);
    if (!json_is_object(file->header)) {
        rc = hone_error_set(err, HONE_E_CORRUPT, "the header is not a JSON object: %s",
                            file->header == NULL ? json_error.text
                                                 : "it is something else");
        goto out;
    }
    rc = parse_header(file, data, err);
out:
    if (rc != 0) {
        hone_safetensors_close(file);
        return rc;
    }
    *out = file;
    return 0;
}

static int map_file(void **map, size_t *len, const char *path, struct hone_error *err)
{
    struct stat status;
    int rc = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return hone_error_set_errno(err, errno, "%s", path);
    }
    if (fstat(fd, &status) != 0) {
        rc = hone_error_set_errno(err, errno, "%s", path);
        goto out;
    }
    if (!S_ISREG(status.st_mode) || status.st_size < PREFIX_BYTES) {
        rc = hone_error_set(err, HONE_E_CORRUPT, "%s: not a file with a header", path);
        goto out;
    }
    void *address = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) {
        rc = hone_error_set_errno(err, errno, "%s", path);
        goto out;
    }
    *map = address;
    *len = (size_t)status.st_size;
out:
    close(fd);
    return rc;
}

int hone_safetensors_open_file(struct hone_safetensors **out, const char *path,
                               struct hone_error *err)
{
    void *map = NULL;
    size_t len = 0;
    int rc = map_file(&map, &len, path, err);
    if (rc != 0) {
        return rc;
    }
    rc = hone_safetensors_open_span(out, hone_span_of(map, len), err);
    if (rc != 0) {
        hone_error_prefix(err, "%s", path);
        munmap(map, len);
        return rc;
    }
    (*out)->map = map;
    (*out)->map_bytes = len;
    return 0;
}

void hone_safetensors_close(struct hone_safetensors *file)
{
    if (file == NULL) {
        return;
    }
    json_decref(file->header);
    free(file->tensors);
    if (file->map != NULL) {
        munmap(file->map, file->map_bytes);
    }
    free(file);
}

size_t hone_safetensors_n(const struct hone_safetensors *file)
{
    return file->n;
}

const struct hone_safetensors_tensor *
hone_safetensors_at(const struct hone_safetensors *file, size_t index)
{
    HONE_REQUIRE(index < file->n);
    return &file->tensors[index];
}

const struct hone_safetensors_tensor *
hone_safetensors_find(const struct hone_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->n; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) {
            return &file->tensors[i];
        }
    }
    return NULL;
}

const char *hone_safetensors_metadata(const struct hone_safetensors *file,
                                      const char *key)
{
    return json_string_value(
        json_object_get(json_object_get(file->header, METADATA_KEY), key));
}
