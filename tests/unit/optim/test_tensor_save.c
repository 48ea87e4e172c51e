#include "tests/support/support.h"

#include "base/alloc.h"
#include "optim/tensor_save.h"

#include <stdlib.h>
#include <string.h>

/* Three tensors: one piece, rows of which one is empty, and none at all. */
static const float numbers[] = {1.0F, 2.0F, 3.0F, 4.0F, 5.0F};
static const char *const rows[] = {"ab", "", "cdefg"};

static size_t n_items(const void *state, size_t tensor)
{
    (void)state;
    return tensor == 0 ? 1 : tensor == 1 ? 3 : 0;
}

static struct hone_span item(const void *state, size_t tensor, size_t item)
{
    (void)state;
    return tensor == 0 ? hone_span_of((const char *)numbers, sizeof(numbers))
                       : hone_span_text(rows[item]);
}

static const struct hone_tensor_source source = {
    .n_tensors = 3,
    .n_items = n_items,
    .item = item,
};

static void begin(struct hone_tensor_save *save, const char *path)
{
    struct hone_error err = {0};
    support_ok(hone_tensor_save_init(save, &source, NULL, path, "some", 3,
                                     hone_span_text("{}"), &err),
               &err);
    hone_safetensors_writer_add(save->writer, "numbers", HONE_SAFETENSORS_F32,
                                (uint64_t[]){5}, 1);
    hone_safetensors_writer_add(save->writer, "rows", HONE_SAFETENSORS_U8,
                                (uint64_t[]){7}, 1);
    hone_safetensors_writer_add(save->writer, "none", HONE_SAFETENSORS_U8,
                                (uint64_t[]){0}, 1);
    support_ok(hone_safetensors_writer_begin(save->writer, &err), &err);
}

/* How many steps it took. */
static size_t save_in_slices(const char *path, size_t slice_bytes,
                             struct hone_digest *digest)
{
    struct hone_error err = {0};
    struct hone_tensor_save save;
    uint64_t size_bytes = 0;
    size_t n_steps = 1;
    int code = 0;
    begin(&save, path);
    while ((code = hone_tensor_save_step(&save, slice_bytes, &err)) == 1) {
        n_steps++;
    }
    support_ok(code, &err);
    hone_tensor_save_result(&save, digest, &size_bytes);
    assert_true(size_bytes > sizeof(numbers));
    hone_tensor_save_finish(&save);
    return n_steps;
}

static void the_bytes_do_not_depend_on_the_slices(void **state)
{
    (void)state;
    char *folder = support_make_folder(), *path = hone_alloc_format("%s/x", folder);
    struct hone_digest whole, sliced;
    assert_int_equal(save_in_slices(path, HONE_TENSOR_SAVE_ALL, &whole), 1);
    for (size_t slice = 1; slice < 40; slice++) {
        size_t n_steps = save_in_slices(path, slice, &sliced);
        assert_true(hone_digest_equal(whole, sliced));
        /* 27 bytes of data. A slice that ends with them does not know that yet. */
        assert_int_equal(n_steps, 27 / slice + 1);
    }
    free(path);
    support_remove_folder(folder);
    free(folder);
}

static void what_is_saved_is_read_back(void **state)
{
    (void)state;
    char *folder = support_make_folder(), *path = hone_alloc_format("%s/x", folder);
    struct hone_safetensors *file = NULL;
    struct hone_error err = {0};
    struct hone_digest digest;
    (void)save_in_slices(path, 3, &digest);
    support_ok(hone_safetensors_open_file(&file, path, &err), &err);
    assert_int_equal(hone_safetensors_n(file), 3);
    assert_string_equal(hone_safetensors_metadata(file, "format"), "some");
    assert_string_equal(hone_safetensors_metadata(file, "version"), "3");
    assert_string_equal(hone_safetensors_metadata(file, "hone"), "{}");
    assert_memory_equal(hone_safetensors_find(file, "numbers")->data.data, numbers,
                        sizeof(numbers));
    assert_true(hone_span_is(hone_safetensors_find(file, "rows")->data, "abcdefg"));
    hone_safetensors_close(file);
    free(path);
    support_remove_folder(folder);
    free(folder);
}

static void a_file_that_cannot_be_made_leaves_nothing(void **state)
{
    (void)state;
    struct hone_error err = {0};
    struct hone_tensor_save save;
    assert_true(hone_tensor_save_init(&save, &source, NULL, "/nowhere/at/all", "some", 3,
                                      hone_span_text("{}"), &err) < 0);
    hone_tensor_save_finish(&save);
    char *folder = support_make_folder(), *path = hone_alloc_format("%s/x", folder);
    assert_int_equal(hone_tensor_save_init(&save, &source, NULL, path, "some", 3,
                                           hone_span_text("\xff"), &err),
                     HONE_E_INVALID);
    hone_tensor_save_finish(&save);
    free(path);
    support_remove_folder(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_do_not_depend_on_the_slices),
        cmocka_unit_test(what_is_saved_is_read_back),
        cmocka_unit_test(a_file_that_cannot_be_made_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
