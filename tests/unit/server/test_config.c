#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE_BYTES_MAX (256U * 1024)
#define ARGS_MAX       16

/* A folder of its own as current folder, so that a hone.yaml of the machine is not seen. */
struct place {
    char *folder;
    char before[4096];
    struct hone_config config;
    struct hone_error err;
    const char *rest[ARGS_MAX];
    int n_rest;
};

static int set_up(void **state)
{
    struct place *place = hone_alloc_zeroed(1, sizeof(*place));
    place->folder = support_make_folder();
    assert_non_null(getcwd(place->before, sizeof(place->before)));
    assert_int_equal(0, chdir(place->folder));
    hone_config_init(&place->config);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    size_t n_options = 0;
    const struct hone_option *options = hone_config_options(&n_options);
    for (size_t i = 0; i < n_options; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "HONE_%s", options[i].name);
        for (char *c = name; *c != '\0'; c++) {
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        }
        assert_int_equal(0, unsetenv(name));
    }
    assert_int_equal(0, chdir(place->before));
    hone_config_finish(&place->config);
    support_remove_folder(place->folder);
    free(place->folder);
    free(place);
    return 0;
}

/* Reads with these arguments, up to NULL. */
static int read_with(struct place *place, const char *const *words)
{
    char *args[ARGS_MAX];
    int n_args = 0;
    for (; words[n_args] != NULL; n_args++) {
        args[n_args] = hone_alloc_text(words[n_args]);
    }
    int status = hone_config_read(&place->config, n_args, args, 0, place->rest,
                                  &place->n_rest, &place->err);
    for (int i = 0; i < n_args; i++) {
        free(args[i]);
    }
    return status;
}

#define READ(place, ...) read_with((place), (const char *const[]){__VA_ARGS__, NULL})

static void takes_both_forms_of_an_option(void **state)
{
    struct place *place = *state;
    support_ok(READ(place, "--message-bytes-max", "70000", "--record_delay_ms=5",
                    "--log-json", "--data=/d"),
               &place->err);
    assert_int_equal(70000, place->config.message_bytes_max);
    assert_int_equal(5, place->config.record_delay_ms);
    assert_true(place->config.log_json);
    assert_string_equal("/d", place->config.data);
}

static void starts_from_the_defaults(void **state)
{
    const struct place *place = *state;
    const struct hone_option *keep = hone_config_find("keep_versions", 13);
    assert_int_equal(strtol(keep->standard, NULL, 10), place->config.keep_versions);
    assert_int_equal(8388608, place->config.message_bytes_max);
    assert_string_equal("info", place->config.log_level);
    assert_null(place->config.http);
    assert_false(place->config.stdio);
}

static void hands_back_the_words_that_are_no_options(void **state)
{
    struct place *place = *state;
    char first[] = "one", second[] = "--two";
    char flag[] = "--stdio", end[] = "--";
    char *args[] = {first, flag, end, second};
    support_ok(hone_config_read(&place->config, 4, args, 0, place->rest, &place->n_rest,
                                &place->err),
               &place->err);
    assert_int_equal(2, place->n_rest);
    assert_string_equal("one", place->rest[0]);
    assert_string_equal("--two", place->rest[1]);
    assert_true(place->config.stdio);
}

static void names_the_nearest_option(void **state)
{
    struct place *place = *state;
    assert_int_equal(HONE_E_INVALID, READ(place, "--keep-version", "3"));
    assert_string_equal("unknown option --keep-version", place->err.message);
    assert_string_equal("did you mean --keep-versions?", place->err.hint);
}

static void refuses_an_option_without_its_value(void **state)
{
    struct place *place = *state;
    assert_int_equal(HONE_E_INVALID, READ(place, "--http"));
    assert_non_null(strstr(place->err.message, "--http HOST:PORT"));
}

static void refuses_numbers_out_of_range_and_what_is_no_number(void **state)
{
    struct place *place = *state;
    int64_t before = place->config.keep_versions;
    assert_int_equal(HONE_E_INVALID, READ(place, "--keep-versions=1"));
    assert_non_null(strstr(place->err.message, "from 2 to 10000, not \"1\""));
    assert_int_equal(HONE_E_INVALID, READ(place, "--keep-versions=10001"));
    assert_int_equal(HONE_E_INVALID, READ(place, "--keep-versions=12x"));
    assert_int_equal(HONE_E_INVALID, READ(place, "--keep-versions="));
    assert_int_equal(HONE_E_INVALID, READ(place, "--keep-versions=99999999999999999999"));
    assert_int_equal(before, place->config.keep_versions);
}

static void refuses_flags_that_are_neither_true_nor_false(void **state)
{
    struct place *place = *state;
    assert_int_equal(HONE_E_INVALID, READ(place, "--log-json=yes"));
    assert_non_null(strstr(place->err.message, "true or false, not \"yes\""));
    support_ok(READ(place, "--log-json=true"), &place->err);
    support_ok(READ(place, "--log-json=false"), &place->err);
    assert_false(place->config.log_json);
}

static void refuses_more_list_items_than_the_limit(void **state)
{
    struct place *place = *state;
    const struct hone_option *skills = hone_config_find("skills", 6);
    for (int i = 0; i < HONE_CONFIG_LIST_MAX; i++) {
        support_ok(hone_config_set(&place->config, skills, "x", &place->err),
                   &place->err);
    }
    assert_int_equal(HONE_E_LIMIT,
                     hone_config_set(&place->config, skills, "x", &place->err));
}

static void command_line_is_stronger_than_environment_and_file(void **state)
{
    struct place *place = *state;
    support_write_file(place->folder, "hone.yaml",
                       "keep_versions: 5\nrecord_delay_ms: 6\nstop_timeout_ms: 7\n"
                       "skills: [from-file]\n");
    assert_int_equal(0, setenv("HONE_KEEP_VERSIONS", "8", 1));
    assert_int_equal(0, setenv("HONE_RECORD_DELAY_MS", "9", 1));
    assert_int_equal(0, setenv("HONE_SKILLS", "from-environment", 1));
    support_ok(READ(place, "--keep-versions", "10", "--skills", "a", "--skills", "b"),
               &place->err);
    assert_int_equal(10, place->config.keep_versions);
    assert_int_equal(9, place->config.record_delay_ms);
    assert_int_equal(7, place->config.stop_timeout_ms);
    assert_int_equal(2, place->config.n_skills);
    assert_string_equal("a", place->config.skills[0]);
    assert_string_equal("b", place->config.skills[1]);
}

static void environment_replaces_the_files_list(void **state)
{
    struct place *place = *state;
    support_write_file(place->folder, "hone.yaml", "skills: [one, two]\n");
    assert_int_equal(0, setenv("HONE_SKILLS", "three", 1));
    support_ok(READ(place, "word"), &place->err);
    assert_int_equal(1, place->config.n_skills);
    assert_string_equal("three", place->config.skills[0]);
}

static void a_group_in_the_file_is_the_beginning_of_names(void **state)
{
    struct place *place = *state;
    support_write_file(place->folder, "hone.yaml",
                       "retention:\n  calls_days: 90\n  calls_bytes: 0\n");
    support_ok(READ(place, "word"), &place->err);
    assert_int_equal(90, place->config.retention_calls_days);
    assert_int_equal(0, place->config.retention_calls_bytes);
    support_write_file(place->folder, "hone.yaml", "retention: {calls_dayz: 90}\n");
    assert_int_equal(HONE_E_INVALID, READ(place, "word"));
    assert_non_null(strstr(place->err.message, "unknown option retention_calls_dayz"));
}

static void errors_of_the_environment_name_the_variable(void **state)
{
    struct place *place = *state;
    assert_int_equal(0, setenv("HONE_KEEP_VERSIONS", "many", 1));
    assert_int_equal(HONE_E_INVALID, READ(place, "word"));
    assert_non_null(strstr(place->err.message, "HONE_KEEP_VERSIONS"));
    assert_non_null(strstr(place->err.message, "\"many\""));
}

static void errors_of_the_file_name_file_and_line(void **state)
{
    struct place *place = *state;
    support_write_file(place->folder, "my.yaml",
                       "# first line\nstdio: true\n\nhtttp: x\n");
    assert_int_equal(HONE_E_INVALID, READ(place, "--config", "my.yaml"));
    assert_string_equal("my.yaml:4: unknown option htttp", place->err.message);
    assert_string_equal("did you mean http?", place->err.hint);
    support_write_file(place->folder, "my.yaml", "stdio: true\nkeep_versions: 1\n");
    assert_int_equal(HONE_E_INVALID, READ(place, "--config=my.yaml"));
    assert_non_null(strstr(place->err.message, "my.yaml:2: keep_versions must be"));
    support_write_file(place->folder, "my.yaml", "data: {a: b}\n");
    assert_int_equal(HONE_E_INVALID, READ(place, "--config=my.yaml"));
    assert_non_null(strstr(place->err.message, "my.yaml:1"));
}

static void a_file_that_was_named_must_be_there(void **state)
{
    struct place *place = *state;
    assert_int_equal(HONE_E_NOT_FOUND, READ(place, "--config", "nowhere.yaml"));
    assert_non_null(strstr(place->err.message, "nowhere.yaml"));
}

static void a_file_may_not_name_another(void **state)
{
    struct place *place = *state;
    support_write_file(place->folder, "hone.yaml", "config: other.yaml\n");
    assert_int_equal(HONE_E_INVALID, READ(place, "word"));
    assert_non_null(strstr(place->err.message, "hone.yaml:1"));
}

static void folders_in_a_file_are_relative_to_it(void **state)
{
    struct place *place = *state;
    support_ok(hone_file_make_folder("conf", 0700, &place->err), &place->err);
    support_write_file("conf", "my.yaml",
                       "data: state\nsocket: /run/x.sock\nskills: [here, /there]\n");
    support_ok(READ(place, "--config", "conf/my.yaml"), &place->err);
    assert_string_equal("conf/state", place->config.data);
    assert_string_equal("/run/x.sock", place->config.socket);
    assert_string_equal("conf/here", place->config.skills[0]);
    assert_string_equal("/there", place->config.skills[1]);
}

static void data_folder_is_derived_from_the_skills_folders(void **state)
{
    struct place *place = *state;
    struct hone_config other;
    support_ok(hone_file_make_folder("pets", 0700, &place->err), &place->err);
    support_ok(hone_file_make_folder("plants", 0700, &place->err), &place->err);
    assert_int_equal(0, setenv("XDG_STATE_HOME", "/state", 1));
    support_ok(READ(place, "--skills", "pets"), &place->err);
    support_ok(hone_config_finalize(&place->config, &place->err), &place->err);
    assert_ptr_equal(place->config.data, strstr(place->config.data, "/state/hone/pets-"));
    assert_int_equal('/', place->config.skills[0][0]);

    hone_config_init(&other);
    const struct hone_option *skills = hone_config_find("skills", 6);
    support_ok(hone_config_set(&other, skills, "pets", &place->err), &place->err);
    support_ok(hone_config_set(&other, skills, "plants", &place->err), &place->err);
    support_ok(hone_config_finalize(&other, &place->err), &place->err);
    assert_string_not_equal(place->config.data, other.data);
    hone_config_finish(&other);
    assert_int_equal(0, unsetenv("XDG_STATE_HOME"));
}

static void each_list_is_replaced_on_its_own(void **state)
{
    struct place *place = *state;
    support_write_file(place->folder, "hone.yaml",
                       "skills: [one, two]\nhttp_allowed_hosts: [a.example]\n"
                       "http_allowed_origins: [https://b.example, https://c.example]\n");
    support_ok(READ(place, "--http-allowed-origins", "https://d.example", "--skills", "s",
                    "--http-allowed-origins=https://e.example"),
               &place->err);
    assert_int_equal(1, place->config.n_skills);
    assert_int_equal(1, place->config.n_http_allowed_hosts);
    assert_string_equal("a.example", place->config.http_allowed_hosts[0]);
    assert_int_equal(2, place->config.n_http_allowed_origins);
    assert_string_equal("https://d.example", place->config.http_allowed_origins[0]);
    assert_string_equal("https://e.example", place->config.http_allowed_origins[1]);
}

static void an_origin_must_be_one(void **state)
{
    struct place *place = *state;
    support_ok(READ(place, "--http-allowed-origins", "example.com"), &place->err);
    assert_int_equal(HONE_E_INVALID, hone_config_finalize(&place->config, &place->err));
    assert_non_null(strstr(place->err.message, "\"example.com\""));
}

static void a_skills_folder_must_be_there(void **state)
{
    struct place *place = *state;
    support_ok(READ(place, "--skills", "nowhere"), &place->err);
    assert_int_equal(HONE_E_NOT_FOUND, hone_config_finalize(&place->config, &place->err));
    assert_non_null(strstr(place->err.message, "nowhere"));
}

static void table_is_sorted_and_complete(void **state)
{
    size_t n_options = 0;
    const struct hone_option *options = hone_config_options(&n_options);
    (void)state;
    for (size_t i = 0; i < n_options; i++) {
        assert_true(i == 0 || strcmp(options[i - 1].name, options[i].name) < 0);
        assert_true((options[i].type == HONE_OPTION_FLAG) == (options[i].value == NULL));
        assert_true(options[i].type != HONE_OPTION_NUMBER || options[i].unit != NULL);
        assert_ptr_equal(&options[i],
                         hone_config_find(options[i].name, strlen(options[i].name)));
        assert_int_equal('.', options[i].sentence[strlen(options[i].sentence) - 1]);
    }
}

/* With HONE_UPDATE=1 the page is written instead of compared. */
static void page_in_docs_is_what_the_table_says(void **state)
{
    const struct place *place = *state;
    struct hone_error err;
    struct hone_buf page;
    char *path = support_source_path("docs/config.md");
    char *text = NULL;
    (void)place;
    hone_buf_init(&page, PAGE_BYTES_MAX);
    hone_config_markdown(&page);
    assert_int_equal(0, page.error);
    if (getenv("HONE_UPDATE") != NULL) {
        support_ok(hone_file_write(path, hone_buf_span(&page), 0644, &err), &err);
    }
    support_ok(hone_file_read(&text, NULL, path, PAGE_BYTES_MAX, &err), &err);
    assert_string_equal(page.data, text);
    hone_buf_finish(&page);
    free(text);
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(takes_both_forms_of_an_option),
        TEST(starts_from_the_defaults),
        TEST(hands_back_the_words_that_are_no_options),
        TEST(names_the_nearest_option),
        TEST(refuses_an_option_without_its_value),
        TEST(refuses_numbers_out_of_range_and_what_is_no_number),
        TEST(refuses_flags_that_are_neither_true_nor_false),
        TEST(refuses_more_list_items_than_the_limit),
        TEST(command_line_is_stronger_than_environment_and_file),
        TEST(environment_replaces_the_files_list),
        TEST(a_group_in_the_file_is_the_beginning_of_names),
        TEST(errors_of_the_environment_name_the_variable),
        TEST(errors_of_the_file_name_file_and_line),
        TEST(a_file_that_was_named_must_be_there),
        TEST(a_file_may_not_name_another),
        TEST(folders_in_a_file_are_relative_to_it),
        TEST(data_folder_is_derived_from_the_skills_folders),
        TEST(each_list_is_replaced_on_its_own),
        TEST(an_origin_must_be_one),
        TEST(a_skills_folder_must_be_there),
        TEST(table_is_sorted_and_complete),
        TEST(page_in_docs_is_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
