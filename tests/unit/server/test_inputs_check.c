#include "tests/support/support.h"

#include "server/inputs_check.h"

#include <string.h>

#define FORM                                                                             \
    "{\"method\":\"elicitation/create\",\"params\":{\"message\":\"m\","                  \
    "\"requestedSchema\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":"       \
    "\"string\",\"minLength\":2,\"format\":\"email\"},\"tags\":{\"type\":\"array\","     \
    "\"items\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}},\"n\":{\"type\":"           \
    "\"integer\",\"default\":1}},\"required\":[\"name\"]}}}"
#define URL                                                                              \
    "{\"method\":\"elicitation/create\",\"params\":{\"mode\":\"url\",\"url\":\"x\"}}"
#define SAMPLE "{\"method\":\"sampling/createMessage\",\"params\":{}}"
#define ROOTS  "{\"method\":\"roots/list\"}"

/* why NULL: the answer is good. */
static const struct {
    const char *request, *answer, *why;
} cases[] = {
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}", NULL},
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\",\"tags\":[\"a\"]}}",
     NULL},
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\",\"more\":true}}", NULL},
    {FORM, "{\"action\":\"decline\"}", NULL},
    {FORM, "{\"action\":\"cancel\",\"content\":{}}", NULL},
    {FORM, "{\"action\":\"accept\"}", "content"},
    {FORM, "{\"action\":\"accept\",\"content\":{}}", "name"},
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":\"A\"}}", "/name"},
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":5}}", "/name"},
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\",\"n\":1.5}}", "/n"},
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":\"Ann\",\"tags\":[\"c\"]}}",
     "/tags"},
    {FORM, "{\"action\":\"accept\",\"content\":{\"name\":{\"x\":1}}}",
     "values of content"},
    {FORM, "{\"action\":\"decline\",\"content\":{\"x\":[1]}}", "values of content"},
    {FORM, "{\"action\":\"accept\",\"content\":[]}", "content must be an object"},
    {FORM, "{\"action\":\"yes\"}", "action must be"},
    {FORM, "{\"action\":1}", "action must be"},
    {FORM, "{}", "action must be"},
    {FORM, "12345", "must be an object"},
    {FORM, "null", "must be an object"},
    {URL, "{\"action\":\"accept\"}", NULL},
    {URL, "{\"action\":\"open\"}", "action must be"},
    {SAMPLE,
     "{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"x\"},"
     "\"model\":\"m\"}",
     NULL},
    {SAMPLE, "{\"role\":\"assistant\",\"content\":[],\"model\":\"m\"}", NULL},
    {SAMPLE, "{\"role\":\"system\",\"content\":{},\"model\":\"m\"}", "role must be"},
    {SAMPLE, "{\"role\":\"user\",\"content\":\"x\",\"model\":\"m\"}", "content must be"},
    {SAMPLE, "{\"role\":\"user\",\"content\":{}}", "model must be"},
    {ROOTS, "{\"roots\":[]}", NULL},
    {ROOTS, "{\"roots\":[{\"uri\":\"file:///x\"}]}", NULL},
    {ROOTS, "{\"roots\":[{\"name\":\"x\"}]}", "uri"},
    {ROOTS, "{\"roots\":{}}", "roots must be a list"},
    {ROOTS, "{}", "roots must be a list"},
    /* Nobody knows what was asked. */
    {NULL, "{\"anything\":[1]}", NULL},
    {NULL, "{\"action\":\"accept\",\"content\":{\"name\":\"x\"}}", NULL},
    {NULL, "{\"action\":\"yes\"}", "action must be"},
    {NULL, "[]", "must be an object"},
    {NULL, "true", "must be an object"},
};

static void answers_fit_what_was_asked_or_are_refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hone_error err = {0};
        json_t *request =
            cases[i].request != NULL ? json_loads(cases[i].request, 0, NULL) : NULL;
        json_t *answer = json_loads(cases[i].answer, JSON_DECODE_ANY, NULL);
        assert_true(answer != NULL && (request != NULL || cases[i].request == NULL));
        int code = hone_inputs_check(request, answer, &err);
        if (cases[i].why == NULL
                ? code != 0
                : code != HONE_E_INVALID || strstr(err.message, cases[i].why) == NULL) {
            fail_msg("case %zu: %s: %d, %s", i, cases[i].answer, code, err.message);
        }
        json_decref(request);
        json_decref(answer);
    }
}

static void a_form_that_cannot_be_checked_is_refused(void **state)
{
    (void)state;
    struct hone_error err;
    json_t *request = json_loads("{\"method\":\"elicitation/create\",\"params\":{"
                                 "\"requestedSchema\":{\"type\":\"nothing\"}}}",
                                 0, NULL);
    json_t *answer = json_loads("{\"action\":\"accept\",\"content\":{}}", 0, NULL);
    assert_int_equal(HONE_E_INVALID, hone_inputs_check(request, answer, &err));
    json_decref(request);
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_fit_what_was_asked_or_are_refused_with_the_reason),
        cmocka_unit_test(a_form_that_cannot_be_checked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
