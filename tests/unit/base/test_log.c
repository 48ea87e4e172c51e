#include "tests/support/support.h"

#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <string.h>
#include <unistd.h>

static int real_stderr, ends[2];

/* A pipe stands in for stderr; only what the test reads from it decides. */
static int catch_stderr(void **state)
{
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    if (pipe(ends) != 0) {
        return -1;
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    dup2(ends[1], STDERR_FILENO);
    return 0;
}

static int release_stderr(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(ends[0]);
    close(ends[1]);
    hone_log_configure(HONE_LOG_INFO, NULL, false);
    return 0;
}

/* What was written since the last time; "" for nothing. */
static const char *caught(char out[8192])
{
    ssize_t n = read(ends[0], out, 8191);
    out[n > 0 ? n : 0] = '\0';
    return out;
}

static void assert_matches(const char *text, const char *pattern)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    int found = regexec(&regex, text, 0, NULL, 0);
    regfree(&regex);
    if (found != 0) {
        fail_msg("\"%s\" does not match %s", text, pattern);
    }
}

#define TIME "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"

static void writes_time_level_component_text(void **state)
{
    (void)state;
    char out[8192];
    hone_log_configure(HONE_LOG_INFO, NULL, false);
    hone_log_info("server", "started port=%d", 80);
    assert_matches(caught(out), "^" TIME " info server started port=80\n$");
}

static void drops_levels_that_are_off(void **state)
{
    (void)state;
    char out[8192];
    hone_log_configure(HONE_LOG_WARN, NULL, false);
    hone_log_debug("a", "x");
    hone_log_info("a", "x");
    assert_string_equal(caught(out), "");
    hone_log_warn("a", "x");
    assert_matches(caught(out), " warn a x\n$");
    hone_log_error("a", "x");
    assert_matches(caught(out), " error a x\n$");
}

static void limits_debug_to_listed_components(void **state)
{
    (void)state;
    char out[8192];
    hone_log_configure(HONE_LOG_DEBUG, "train,store", false);
    hone_log_debug("server", "x");
    hone_log_debug("trai", "x");
    hone_log_debug("trains", "x");
    hone_log_debug("train,store", "x");
    assert_string_equal(caught(out), "");
    hone_log_debug("store", "x");
    assert_matches(caught(out), " debug store x\n$");
    hone_log_debug("train", "x");
    assert_matches(caught(out), " debug train x\n$");
    hone_log_info("server", "x");
    assert_matches(caught(out), " info server x\n$");
    hone_log_configure(HONE_LOG_DEBUG, NULL, false);
    hone_log_debug("server", "x");
    assert_matches(caught(out), " debug server x\n$");
}

static void keeps_one_event_on_one_line(void **state)
{
    (void)state;
    char out[8192];
    hone_log_configure(HONE_LOG_INFO, NULL, false);
    hone_log_info("a", "bad=%s", "x\n2026-01-01T00:00:00.000Z error a forged\x1b[2J\xff");
    assert_matches(caught(out),
                   "^" TIME
                   " info a bad=x 2026-01-01T00:00:00.000Z error a forged \\[2J\\?\n$");
}

static void cuts_a_long_line_between_characters(void **state)
{
    (void)state;
    char text[12001] = "", out[8192];
    for (int i = 0; i < 4000; i++) {
        memcpy(text + 3 * (size_t)i, "\u20ac", 3);
    }
    for (int json = 0; json < 2; json++) {
        for (int offset = 0; offset < 3; offset++) {
            hone_log_configure(HONE_LOG_INFO, NULL, json != 0);
            hone_log_info("a", "%.*s%s", offset, "xx", text);
            size_t len = strlen(caught(out));
            assert_true(len > 3800 && len <= 4096);
            assert_int_equal(out[len - 1], '\n');
            assert_true(hone_text_is_utf8(hone_span_of(out, len)));
            assert_null(strchr(out, '?'));
        }
    }
}

static void writes_valid_json(void **state)
{
    (void)state;
    char out[8192];
    hone_log_configure(HONE_LOG_INFO, NULL, true);
    hone_log_info("server", "path=\"C:\\x\"\t\xff");
    assert_matches(caught(out),
                   "^\\{\"time\":\"" TIME "\",\"level\":\"info\",\"component\":"
                   "\"server\",\"message\":\"path=\\\\\"C:\\\\\\\\x\\\\\" \\?\"\\}\n$");
    char quotes[5000];
    memset(quotes, '"', sizeof(quotes) - 1);
    quotes[sizeof(quotes) - 1] = '\0';
    hone_log_info("a", "%s", quotes);
    size_t len = strlen(caught(out));
    assert_true(len <= 4096);
    assert_string_equal(out + len - 5, "\\\"\"}\n");
}

static void keeps_errno(void **state)
{
    (void)state;
    char out[8192];
    close(STDERR_FILENO);
    hone_log_configure(HONE_LOG_INFO, NULL, false);
    errno = ENOTTY;
    hone_log_info("a", "nobody hears this");
    assert_int_equal(errno, ENOTTY);
    dup2(ends[1], STDERR_FILENO);
    assert_string_equal(caught(out), "");
}

static void parses_level_names(void **state)
{
    (void)state;
    enum hone_log_level level = HONE_LOG_ERROR;
    assert_int_equal(hone_log_level_parse(&level, "debug"), 0);
    assert_int_equal(level, HONE_LOG_DEBUG);
    assert_int_equal(hone_log_level_parse(&level, "warn"), 0);
    assert_int_equal(level, HONE_LOG_WARN);
    assert_int_equal(hone_log_level_parse(&level, "warning"), HONE_E_INVALID);
    assert_int_equal(hone_log_level_parse(&level, ""), HONE_E_INVALID);
    assert_int_equal(level, HONE_LOG_WARN);
}

#define with_pipe(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, catch_stderr, release_stderr)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pipe(writes_time_level_component_text),
        with_pipe(drops_levels_that_are_off),
        with_pipe(limits_debug_to_listed_components),
        with_pipe(keeps_one_event_on_one_line),
        with_pipe(cuts_a_long_line_between_characters),
        with_pipe(writes_valid_json),
        with_pipe(keeps_errno),
        cmocka_unit_test(parses_level_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
