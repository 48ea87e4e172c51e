#include "bench/support/dataset.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "bench/support/fail.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static char *copy_member(const json_t *object, const char *key, const char *path)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL) {
        hone_fail("%s: a line has no \"%s\"", path, key);
    }
    return hone_alloc_text(text);
}

static void add_row(struct hone_dataset *dataset, const char *line, const char *path,
                    const char *text_key)
{
    json_t *object = json_loads(line, 0, NULL);
    size_t n = dataset->n_rows;
    if (object == NULL) {
        hone_fail("%s: line %zu is not JSON", path, n + 1);
    }
    if ((n & (n - 1)) == 0) { /* the room doubles at each power of two */
        dataset->rows =
            hone_alloc_resize(dataset->rows, n == 0 ? 1 : 2 * n, sizeof(*dataset->rows));
    }
    dataset->rows[n].text = copy_member(object, text_key, path);
    dataset->rows[n].label = copy_member(object, "label", path);
    dataset->n_rows = n + 1;
    json_decref(object);
}

void hone_dataset_read(struct hone_dataset *out, const char *path, const char *text_key)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "rb");
    *out = (struct hone_dataset){0};
    if (file == NULL) {
        hone_fail("%s cannot be opened", path);
    }
    while (getline(&line, &capacity, file) > 0) {
        add_row(out, line, path, text_key);
    }
    (void)fclose(file);
    free(line);
    if (out->n_rows == 0) {
        hone_fail("%s is empty", path);
    }
}

void hone_dataset_finish(struct hone_dataset *dataset)
{
    for (size_t i = 0; i < dataset->n_rows; i++) {
        free(dataset->rows[i].text);
        free(dataset->rows[i].label);
    }
    free(dataset->rows);
    *dataset = (struct hone_dataset){0};
}

size_t *hone_dataset_shuffle(size_t n, uint64_t seed)
{
    size_t *order = hone_alloc_zeroed(n, sizeof(*order));
    struct hone_rng rng = hone_rng_at(seed, 0);
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)hone_rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}
