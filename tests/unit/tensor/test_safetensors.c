#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_sample(const char *path, struct hone_digest *digest, uint64_t *size)
{
    struct hone_error err;
    struct hone_safetensors_writer *writer = NULL;
    const float f[6] = {1, 2, 3, 4, 5, 6};
    support_ok(hone_safetensors_writer_create(&writer, path, &err), &err);
    hone_safetensors_writer_add(writer, "f", HONE_SAFETENSORS_F32, (uint64_t[]){2, 3}, 2);
    hone_safetensors_writer_add(writer, "none", HONE_SAFETENSORS_F32, (uint64_t[]){0}, 1);
    hone_safetensors_writer_add(writer, "b", HONE_SAFETENSORS_U8, (uint64_t[]){3}, 1);
    support_ok(hone_safetensors_writer_add_metadata(writer, "key",
                                                    hone_span_text("ä \"x\""), &err),
               &err);
    support_ok(hone_safetensors_writer_begin(writer, &err), &err);
    const char *bytes = (const char *)f;
    /* Slices need not end where a tensor ends. */
    support_ok(hone_safetensors_writer_append(writer, hone_span_of(bytes, 5), &err),
               &err);
    support_ok(hone_safetensors_writer_sync(writer, &err), &err);
    support_ok(hone_safetensors_writer_append(writer, hone_span_of(bytes + 5, 19), &err),
               &err);
    support_ok(hone_safetensors_writer_append(writer, hone_span_of("\1\2\3", 3), &err),
               &err);
    support_ok(hone_safetensors_writer_end(writer, true, digest, size, &err), &err);
    hone_safetensors_writer_destroy(writer);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_digest digest;
    uint64_t size = 0;
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/x", folder);
    write_sample(path, &digest, &size);

    char *content = NULL;
    size_t len = 0;
    support_ok(hone_file_read(&content, &len, path, 1 << 20, &err), &err);
    assert_int_equal(len, size);
    assert_true(hone_digest_equal(digest, hone_digest_of(hone_span_of(content, len))));
    uint64_t header_bytes = 0;
    memcpy(&header_bytes, content, 8);
    assert_int_equal(header_bytes % 8, 0);
    free(content);

    struct hone_safetensors *file = NULL;
    support_ok(hone_safetensors_open_file(&file, path, &err), &err);
    assert_int_equal(hone_safetensors_n(file), 3);
    const struct hone_safetensors_tensor *f = hone_safetensors_find(file, "f");
    assert_int_equal(f->type, HONE_SAFETENSORS_F32);
    assert_int_equal(f->shape[0], 2);
    assert_int_equal(f->shape[1], 3);
    assert_true(((const float *)(const void *)f->data.data)[5] == 6.0F);
    assert_int_equal(hone_safetensors_find(file, "none")->data.len, 0);
    assert_int_equal(hone_safetensors_find(file, "b")->data.data[2], 3);
    assert_null(hone_safetensors_find(file, "c"));
    assert_string_equal(hone_safetensors_metadata(file, "key"), "ä \"x\"");
    assert_null(hone_safetensors_metadata(file, "other"));
    hone_safetensors_close(file);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

/* header + n_data bytes of data, padded; opened from memory. */
static int open_text(const char *header, size_t n_data, struct hone_error *err)
{
    size_t len = strlen(header), padded = (len + 7) / 8 * 8;
    uint64_t prefix = padded;
    char *whole = hone_alloc_zeroed(8 + padded + n_data + 8, 1);
    memcpy(whole, &prefix, 8);
    memset(whole + 8, ' ', padded);
    memcpy(whole + 8, header, len);
    struct hone_safetensors *file = NULL;
    int rc =
        hone_safetensors_open_span(&file, hone_span_of(whole, 8 + padded + n_data), err);
    hone_safetensors_close(file);
    free(whole);
    return rc;
}

#define F(shape, offsets)                                                                \
    "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void says_what_is_wrong_with_a_lying_header(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t n_data;
        const char *says;
    } cases[] = {
        {"[]", 0, "begin with '{'"},
        {"{", 0, "not a JSON object"},
        {"{} x", 0, "not a JSON object"},
        {"{\"a\":1}", 0, "must have dtype"},
        {"{\"a\":{\"dtype\":\"F33\",\"shape\":[],\"data_offsets\":[0,4]}}", 4,
         "dtype \"F33\""},
        {"{\"a\":" F("{}", "[0,4]") "}", 4, "shape is not an array"},
        {"{\"a\":" F("[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "shape is not an array"},
        {"{\"a\":" F("[-1]", "[0,4]") "}", 4, "a size is not a count"},
        {"{\"a\":" F("[1.0]", "[0,4]") "}", 4, "a size is not a count"},
        {"{\"a\":" F("[4611686018427387904]", "[0,0]") "}", 0, "too large"},
        {"{\"a\":" F("[4294967296,4294967296]", "[0,0]") "}", 0, "too large"},
        {"{\"a\":" F("[1]", "[0]") "}", 4, "not a pair"},
        {"{\"a\":" F("[1]", "[4,0]") "}", 4, "lie outside"},
        {"{\"a\":" F("[2]", "[0,8]") "}", 4, "lie outside"},
        {"{\"a\":" F("[1]", "[0,9223372036854775807]") "}", 4, "lie outside"},
        {"{\"a\":" F("[1]", "[0,8]") "}", 8, "the shape takes 4 bytes"},
        {"{\"a\":" F("[1]", "[0,4]") ",\"a\":" F("[1]", "[4,8]") "}", 8, "duplicate"},
        {"{\"a\":" F("[1]", "[0,4]") ",\"b\":" F("[1]", "[0,4]") "}", 4, "overlaps"},
        {"{\"a\":" F("[2]", "[0,8]") ",\"b\":" F("[1]", "[4,8]") "}", 8, "overlaps"},
        {"{\"a\":" F("[1]", "[4,8]") "}", 8, "a hole"},
        {"{\"a\":" F("[1]", "[0,4]") "}", 5, "end at byte 4 of 5"},
        {"{\"a\":" F("[1]", "[1,5]") "}", 5, "not aligned"},
        {"{\"__metadata__\":[]}", 0, "not an object"},
        {"{\"__metadata__\":{\"k\":1}}", 0, "not a string"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hone_error err;
        int rc = open_text(cases[i].header, cases[i].n_data, &err);
        if (rc != HONE_E_CORRUPT || strstr(err.message, cases[i].says) == NULL) {
            fail_msg("case %zu %s: %d %s", i, cases[i].header, rc,
                     rc != 0 ? err.message : "accepted");
        }
    }
    struct hone_error err;
    support_ok(open_text("{\"a\":" F("[]", "[0,4]") "}", 4, &err), &err);
    support_ok(open_text("{}", 0, &err), &err);
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_digest digest;
    uint64_t size = 0;
    char *folder = support_make_folder();
    char *path = hone_alloc_format("%s/x", folder), *content = NULL;
    size_t len = 0;
    write_sample(path, &digest, &size);
    support_ok(hone_file_read(&content, &len, path, 1 << 20, &err), &err);
    for (size_t n = 0; n < len; n++) {
        struct hone_safetensors *file = NULL;
        assert_int_equal(
            hone_safetensors_open_span(&file, hone_span_of(content, n), &err),
            HONE_E_CORRUPT);
    }
    free(content);
    support_remove_folder(folder);
    free(path);
    free(folder);
}

static void refuses_lying_lengths_of_the_header(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {0,         1, 9, 16, 1 << 20, UINT64_C(1) << 40,
                                       UINT64_MAX};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct hone_error err;
        struct hone_safetensors *file = NULL;
        uint64_t whole[2];
        whole[0] = lengths[i];
        memcpy(&whole[1], "{}      ", 8);
        int rc = hone_safetensors_open_span(
            &file, hone_span_of((const char *)whole, sizeof(whole)), &err);
        assert_int_equal(rc, HONE_E_CORRUPT);
    }
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct hone_error err;
    struct hone_safetensors *file = NULL;
    assert_int_equal(hone_safetensors_open_file(&file, "/nonexistent/x", &err),
                     HONE_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(says_what_is_wrong_with_a_lying_header),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_lying_lengths_of_the_header),
        cmocka_unit_test(a_file_that_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
