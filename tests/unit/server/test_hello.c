#include "tests/support/support.h"

#include "base/alloc.h"
#include "protocol/jsonrpc.h"
#include "server/config_arguments.h"
#include "server/hello.h"
#include "server/package_stamp.h"
#include "server/relay_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_BYTES_MAX (1U << 20)
#define BUILD          "1.2.3+1000"

static void of_two_builds_the_later_is_newer(void **state)
{
    static const char *const ascending[] = {"0.0.0+0", "0.1.0+999", "0.1.0+1000",
                                            "0.1.1+0", "0.2.0+5",   "0.10.0+1",
                                            "1.0.0+0", "10.0.0+0"};
    size_t n = sizeof ascending / sizeof *ascending;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            int order = hone_build_compare(ascending[i], ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
    assert_int_equal(hone_build_compare("nonsense", "0.0.0+0"), 0);
}

static void a_build_names_version_and_time_of_the_program(void **state)
{
    char build[HONE_BUILD_TEXT_MAX];
    (void)state;
    hone_build_format(build);
    assert_int_equal(strncmp(build, HONE_VERSION "+1", strlen(HONE_VERSION) + 2), 0);
    assert_true(hone_build_compare(build, HONE_VERSION "+1") > 0);
}

/* Two skills folders, and a configuration that names them. */
struct place {
    char *folder;
    struct hone_config config;
};

static void use_folders(struct hone_config *config, const char *folder,
                        const char *const *names)
{
    hone_config_init(config);
    config->data = hone_alloc_text("/data");
    for (size_t i = 0; names[i] != NULL; i++) {
        config->skills[i] = hone_alloc_format("%s/%s", folder, names[i]);
        config->n_skills = i + 1;
    }
}

static int set_up(void **state)
{
    static const char *const names[] = {"one", "two", NULL};
    struct place *place = hone_alloc_zeroed(1, sizeof *place);
    place->folder = support_make_folder();
    use_folders(&place->config, place->folder, names);
    for (size_t i = 0; i < place->config.n_skills; i++) {
        assert_int_equal(mkdir(place->config.skills[i], 0700), 0);
        support_write_file(place->config.skills[i], "SKILL.md", "text");
    }
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    hone_config_finish(&place->config);
    support_remove_folder(place->folder);
    free(place->folder);
    free(place);
    return 0;
}

/* What an owner with the place's configuration says to a relay with another one. */
static enum hone_hello_verdict greet(const struct place *place, bool may_leave,
                                     const struct hone_config *relay, const char *build,
                                     struct hone_error *err)
{
    struct hone_hello_owner owner = {.config = &place->config,
                                     .build = BUILD,
                                     .packages = hone_package_stamp_read(&place->config),
                                     .may_leave = may_leave};
    struct hone_jsonrpc_message message;
    struct hone_jsonrpc_problem problem;
    struct hone_arena arena;
    struct hone_buf line;
    enum hone_hello_verdict verdict = HONE_HELLO_REFUSED, read = HONE_HELLO_REFUSED;
    long pid = 0;
    hone_buf_init(&line, TEXT_BYTES_MAX);
    hone_arena_init(&arena, TEXT_BYTES_MAX);
    assert_int_equal(hone_hello_write(&line, relay, build), 0);
    assert_int_equal(hone_jsonrpc_parse(&message, hone_buf_span(&line), &arena, &problem),
                     0);
    assert_true(hone_span_is(message.method, HONE_HELLO_METHOD));
    *err = (struct hone_error){0};
    verdict = hone_hello_judge(&owner, hone_jsonrpc_params(&message), err);
    hone_buf_clear(&line);
    assert_int_equal(hone_hello_write_answer(&line, message.id, &owner, verdict, err), 0);
    support_ok(hone_hello_read_answer(&read, &pid, hone_buf_span(&line), err), err);
    assert_int_equal(read, verdict);
    assert_int_equal(pid, getpid());
    hone_jsonrpc_finish(&message);
    hone_arena_finish(&arena);
    hone_buf_finish(&line);
    return verdict;
}

static void the_same_skills_in_another_order_are_accepted(void **state)
{
    static const char *const names[] = {"two", "one", NULL};
    struct place *place = *state;
    struct hone_config relay;
    struct hone_error err;
    use_folders(&relay, place->folder, names);
    assert_int_equal(greet(place, false, &relay, BUILD, &err), HONE_HELLO_ACCEPTED);
    hone_config_finish(&relay);
}

static void other_skills_are_refused_with_the_folder_and_the_fix(void **state)
{
    static const char *const few[] = {"one", NULL};
    struct place *place = *state;
    struct hone_config relay;
    struct hone_error err;
    use_folders(&relay, place->folder, few);
    assert_int_equal(greet(place, true, &relay, "9.9.9+9", &err), HONE_HELLO_REFUSED);
    assert_non_null(strstr(err.message, place->config.skills[0]));
    assert_non_null(strstr(err.hint, "--data"));
    hone_config_finish(&relay);
}

static void who_names_no_skills_takes_what_is_served(void **state)
{
    static const char *const none[] = {NULL};
    struct place *place = *state;
    struct hone_config relay;
    struct hone_error err;
    use_folders(&relay, place->folder, none);
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_ACCEPTED);
    hone_config_finish(&relay);
}

static void other_settings_and_transports_are_refused(void **state)
{
    static const char *const names[] = {"one", "two", NULL};
    struct place *place = *state;
    struct hone_config relay;
    struct hone_error err;
    use_folders(&relay, place->folder, names);
    relay.record_input_bytes += 1;
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_REFUSED);
    assert_non_null(strstr(err.message, "record_input_bytes"));
    relay.record_input_bytes -= 1;
    relay.http = hone_alloc_text("127.0.0.1:1");
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_REFUSED);
    assert_non_null(strstr(err.message, "127.0.0.1:1"));
    place->config.http = hone_alloc_text("127.0.0.1:1");
    place->config.socket = hone_alloc_text("/run/x");
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_ACCEPTED);
    relay.socket = hone_alloc_text("/run/y");
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_REFUSED);
    place->config.socket[strlen("/run/")] = 'y';
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_ACCEPTED);
    relay.http_socket = hone_alloc_text("/run/z");
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_REFUSED);
    assert_non_null(strstr(err.message, "/run/z"));
    place->config.http_socket = hone_alloc_text("/run/z");
    relay.tcp = hone_alloc_text("127.0.0.1:2");
    assert_int_equal(greet(place, true, &relay, BUILD, &err), HONE_HELLO_REFUSED);
    assert_non_null(strstr(err.message, "127.0.0.1:2"));
    hone_config_finish(&relay);
}

static void only_an_owner_in_the_background_makes_room(void **state)
{
    static const char *const names[] = {"one", "two", NULL};
    struct place *place = *state;
    struct hone_config relay;
    struct hone_error err;
    use_folders(&relay, place->folder, names);
    assert_int_equal(greet(place, true, &relay, "1.2.3+1001", &err), HONE_HELLO_OUTDATED);
    assert_int_equal(greet(place, false, &relay, "1.2.3+1001", &err),
                     HONE_HELLO_ACCEPTED);
    assert_int_equal(greet(place, true, &relay, "1.2.3+999", &err), HONE_HELLO_ACCEPTED);
    hone_config_finish(&relay);
}

static void what_is_no_answer_is_an_error(void **state)
{
    static const char *const lines[] = {"", "x", "{}",
                                        "{\"result\":{\"status\":\"odd\"}}",
                                        "{\"error\":{\"code\":1,\"message\":\"x\"}}"};
    enum hone_hello_verdict verdict = HONE_HELLO_ACCEPTED;
    struct hone_error err;
    long pid = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(
            hone_hello_read_answer(&verdict, &pid, hone_span_text(lines[i]), &err),
            HONE_E_CORRUPT);
    }
}

static void a_stamp_changes_with_the_files_it_sees(void **state)
{
    struct place *place = *state;
    struct hone_digest before = hone_package_stamp_read(&place->config);
    support_write_file(place->config.skills[1], ".hidden", "x");
    assert_true(hone_digest_equal(before, hone_package_stamp_read(&place->config)));
    support_write_file(place->config.skills[1], "more.md", "x");
    struct hone_digest more = hone_package_stamp_read(&place->config);
    assert_false(hone_digest_equal(before, more));
    support_write_file(place->config.skills[1], "more.md", "longer");
    assert_false(hone_digest_equal(more, hone_package_stamp_read(&place->config)));
}

static void a_configuration_reads_back_from_its_command_line(void **state)
{
    struct place *place = *state;
    struct hone_config *config = &place->config, read;
    const char *rest[64];
    struct hone_error err;
    int n = 0, n_rest = 0;
    config->http = hone_alloc_text("127.0.0.1:0");
    config->socket = hone_alloc_text("clients.sock");
    config->keep_versions = 7;
    config->log_json = true;
    config->stdio = config->standalone = config->background = true;
    char **arguments = hone_config_arguments_make(config);
    while (arguments[n] != NULL) {
        n++;
    }
    hone_config_init(&read);
    support_ok(hone_config_read(&read, n, arguments, 2, rest, &n_rest, &err), &err);
    assert_int_equal(n_rest, 0);
    assert_int_equal(read.n_skills, 2);
    assert_string_equal(read.skills[0], config->skills[0]);
    assert_string_equal(read.skills[1], config->skills[1]);
    assert_string_equal(read.data, "/data");
    assert_string_equal(read.http, "127.0.0.1:0");
    assert_int_equal(read.socket[0], '/');
    assert_int_equal(read.keep_versions, 7);
    assert_true(read.log_json);
    assert_false(read.stdio || read.standalone || read.background);
    hone_config_finish(&read);
    hone_config_arguments_destroy(arguments);
}

static void the_environment_goes_on_without_settings(void **state)
{
    (void)state;
    assert_int_equal(setenv("HONE_KEEP_VERSIONS", "3", 1), 0);
    assert_int_equal(setenv("OTHER_OF_TEST", "3", 1), 0);
    char **environment = hone_config_arguments_environment();
    bool other = false;
    for (size_t i = 0; environment[i] != NULL; i++) {
        assert_int_not_equal(strncmp(environment[i], "HONE_", 5), 0);
        other = other || strcmp(environment[i], "OTHER_OF_TEST=3") == 0;
    }
    assert_true(other);
    free(environment);
    assert_int_equal(unsetenv("HONE_KEEP_VERSIONS"), 0);
}

static void a_full_log_is_set_aside(void **state)
{
    struct place *place = *state;
    struct hone_error err;
    int fd = -1;
    assert_null(hone_relay_log_last_line(place->folder, 0));
    support_ok(hone_relay_log_open(&fd, place->folder, &err), &err);
    assert_int_equal(write(fd, "first\nlast\n", 11), 11);
    close(fd);
    char *line = hone_relay_log_last_line(place->folder, 0);
    assert_string_equal(line, "last");
    free(line);
    line = hone_relay_log_last_line(place->folder, strlen("first\nla"));
    assert_string_equal(line, "st");
    free(line);
    assert_null(hone_relay_log_last_line(place->folder, strlen("first\nlast\n")));
    char *path = hone_alloc_format("%s/hone.log", place->folder);
    assert_int_equal(truncate(path, HONE_RELAY_LOG_BYTES_MAX), 0);
    support_ok(hone_relay_log_open(&fd, place->folder, &err), &err);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 0);
    close(fd);
    char *aside = hone_alloc_format("%s.1", path);
    assert_int_equal(stat(aside, &st), 0);
    assert_int_equal(st.st_size, HONE_RELAY_LOG_BYTES_MAX);
    free(aside);
    free(path);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_builds_the_later_is_newer),
        cmocka_unit_test(a_build_names_version_and_time_of_the_program),
        IN_PLACE(the_same_skills_in_another_order_are_accepted),
        IN_PLACE(other_skills_are_refused_with_the_folder_and_the_fix),
        IN_PLACE(who_names_no_skills_takes_what_is_served),
        IN_PLACE(other_settings_and_transports_are_refused),
        IN_PLACE(only_an_owner_in_the_background_makes_room),
        cmocka_unit_test(what_is_no_answer_is_an_error),
        IN_PLACE(a_stamp_changes_with_the_files_it_sees),
        IN_PLACE(a_configuration_reads_back_from_its_command_line),
        cmocka_unit_test(the_environment_goes_on_without_settings),
        IN_PLACE(a_full_log_is_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
