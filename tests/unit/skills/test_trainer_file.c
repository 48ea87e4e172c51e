/* What a trainer says of itself beside its tensors: there and back, older formats, damage. */
#include "tests/support/support.h"

#include "skills/trainer_file.h"

#include <stdlib.h>
#include <string.h>

static struct hone_trainer_file make(void)
{
    struct hone_trainer_file file = {.is_checkpoint = true,
                                     .position = 900,
                                     .anchor_version = 3,
                                     .anchor_position = 700,
                                     .n_inconclusive = 1,
                                     .n_proposals = 5};
    for (int i = 0; i < 100; i++) {
        hone_region_add(&file.region, 0.01F * (float)i);
    }
    (void)hone_evidence_share_take(&file.share,
                                   hone_evidence_share_key(hone_span_text("ada")), 1.0);
    (void)hone_evidence_share_take(&file.share,
                                   hone_evidence_share_key(hone_span_text("bob")), 1.0);
    for (uint64_t key = 0; key < HONE_KNOWN_INPUTS_MAX + 7; key++) {
        hone_known_inputs_add(&file.inputs, key);
    }
    hone_gate_add(&file.evidence, 1.0, 0.5, false, true);
    return file;
}

static int parse(struct hone_trainer_file *out, const json_t *root)
{
    struct hone_error err = {0};
    json_t *definition = NULL;
    char *text = json_dumps(root, JSON_REAL_PRECISION(17));
    int code = hone_trainer_file_parse(out, &definition, text, "file", &err);
    json_decref(definition);
    free(text);
    return code;
}

/* The JSON of make(), to be changed. New reference. */
static json_t *make_json(void)
{
    struct hone_trainer_file file = make();
    json_t *definition = json_object();
    char *text = hone_trainer_file_format(&file, definition);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    free(text);
    json_decref(definition);
    return root;
}

static void comes_back_as_it_was(void **state)
{
    (void)state;
    struct hone_trainer_file file = make(), read;
    json_t *root = make_json();
    assert_int_equal(0, parse(&read, root));
    assert_int_equal(5, read.n_proposals);
    assert_int_equal(2, read.share.n_sources);
    assert_memory_equal(&file.share, &read.share, sizeof(file.share));
    assert_false(hone_known_inputs_has(&read.inputs, 6));
    assert_true(hone_known_inputs_has(&read.inputs, 7));
    assert_int_equal(HONE_KNOWN_INPUTS_MAX, read.inputs.n);
    assert_int_equal(HONE_REGION_PROBES, read.region.n);
    support_near(hone_region_mean(&read.region), hone_region_mean(&file.region), 1e-12);
    /* The oldest distance goes first in both. */
    for (int i = 0; i < 10; i++) {
        hone_region_add(&file.region, 0.0F);
        hone_region_add(&read.region, 0.0F);
        support_near(hone_region_mean(&read.region), hone_region_mean(&file.region),
                     1e-12);
    }
    json_decref(root);
}

static void format_2_had_seen_nothing_of_it(void **state)
{
    (void)state;
    struct hone_trainer_file read;
    json_t *root = make_json();
    (void)json_object_set_new(root, "format", json_integer(2));
    (void)json_object_del(root, "proposals");
    (void)json_object_del(root, "region");
    (void)json_object_del(root, "sources");
    (void)json_object_del(root, "inputs");
    assert_int_equal(0, parse(&read, root));
    assert_int_equal(0, read.n_proposals);
    assert_int_equal(0, read.region.n);
    assert_int_equal(0, read.share.n_sources);
    assert_int_equal(0, read.inputs.n);
    assert_int_equal(1, read.evidence.n_pairs);
    json_decref(root);
}

static void damage_and_the_future_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        int code;
    } table[] = {
        {"format", "4", HONE_E_VERSION},
        {"proposals", "-1", HONE_E_CORRUPT},
        {"region", "[2.0]", HONE_E_CORRUPT},
        {"region", "[-0.5]", HONE_E_CORRUPT},
        {"region", "[\"0.5\"]", HONE_E_CORRUPT},
        {"sources", "[[1, 0]]", HONE_E_CORRUPT},
        {"sources", "[[1, 2], [1, 3]]", HONE_E_CORRUPT},
        {"sources", "[[-1, 2]]", HONE_E_CORRUPT},
        {"sources", "[[1]]", HONE_E_CORRUPT},
        {"inputs", "[1, 1]", HONE_E_CORRUPT},
        {"inputs", "[-1]", HONE_E_CORRUPT},
        {"more", "1", HONE_E_CORRUPT},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct hone_trainer_file read;
        json_t *root = make_json();
        (void)json_object_set_new(root, table[i].key,
                                  json_loads(table[i].value, JSON_DECODE_ANY, NULL));
        assert_int_equal(table[i].code, parse(&read, root));
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(format_2_had_seen_nothing_of_it),
        cmocka_unit_test(damage_and_the_future_are_refused),
    };
    return cmocka_run_group_tests_name("trainer_file", tests, NULL, NULL);
}
