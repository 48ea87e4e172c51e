#include "tests/support/support.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/map.h"
#include "base/rng.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs body in a child; fails unless that aborts and says `expected` on stderr. */
static void assert_aborts(void (*body)(void), const char *expected)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(ends[1]);
    char said[4096];
    size_t len = 0;
    ssize_t n = 0;
    while ((n = read(ends[0], said + len, sizeof(said) - 1 - len)) > 0) {
        len += (size_t)n;
    }
    said[len] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    if (strstr(said, expected) == NULL) {
        fail_msg("\"%s\" does not contain \"%s\"", said, expected);
    }
}

static void break_requirement(void)
{
    int n = 1;
    HONE_REQUIRE(n == 2);
}

static void break_invariant(void)
{
    int n = 1;
    HONE_INVARIANT(n > 5);
}

static void consume_too_much(void)
{
    struct hone_buf buf;
    hone_buf_init(&buf, 10);
    hone_buf_append_text(&buf, "ab");
    hone_buf_consume(&buf, 3);
}

static void map_to_null(void)
{
    struct hone_map *map = hone_map_create();
    (void)hone_map_set(map, hone_span_text("key"), NULL);
}

static void draw_below_zero(void)
{
    struct hone_rng rng = hone_rng_at(1, 2);
    (void)hone_rng_below(&rng, 0);
}

static void names_place_and_condition(void **state)
{
    (void)state;
    assert_aborts(break_requirement, "test_check.c:");
    assert_aborts(break_requirement, "requirement failed: n == 2\n");
    assert_aborts(break_invariant, "invariant failed: n > 5\n");
}

static void passes_what_holds(void **state)
{
    (void)state;
    int n_evaluated = 0;
    HONE_REQUIRE(++n_evaluated == 1);
    HONE_INVARIANT(++n_evaluated == 2);
    assert_int_equal(n_evaluated, 2);
}

static void broken_contracts_of_base_abort(void **state)
{
    (void)state;
    assert_aborts(consume_too_much, "len <= buf->len");
    assert_aborts(map_to_null, "value != NULL");
    assert_aborts(draw_below_zero, "n >= 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_place_and_condition),
        cmocka_unit_test(passes_what_holds),
        cmocka_unit_test(broken_contracts_of_base_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
