#include "tests/support/support.h"

#include "optim/evidence_share.h"

#include <stdio.h>

static uint64_t key_of(const char *name)
{
    return hone_evidence_share_key(hone_span_text(name));
}

static void a_sole_source_gives_all(void **state)
{
    (void)state;
    struct hone_evidence_share share = {0};
    for (int i = 0; i < 50; i++) {
        assert_true(hone_evidence_share_take(&share, key_of("ada"), 0.25));
    }
    assert_int_equal(1, share.n_sources);
    assert_int_equal(50, share.sources[0].n);
    assert_true(hone_evidence_share_is_valid(&share));
}

static void of_several_none_gives_more_than_its_share(void **state)
{
    (void)state;
    struct hone_evidence_share share = {0};
    size_t n_loud = 0, n_quiet = 0;
    assert_true(hone_evidence_share_take(&share, key_of("quiet"), 0.5));
    /* Nine of ten records are of the loud one. */
    for (int i = 0; i < 1000; i++) {
        bool is_quiet = i % 10 == 0;
        bool taken =
            hone_evidence_share_take(&share, key_of(is_quiet ? "quiet" : "loud"), 0.5);
        n_quiet += is_quiet && taken ? 1 : 0;
        n_loud += !is_quiet && taken ? 1 : 0;
    }
    assert_int_equal(100, n_quiet);
    assert_true(n_loud <= n_quiet + 2 && n_loud + 2 >= n_quiet);
}

/* A limit that all together cannot keep is that of equal shares. */
static void nobody_is_shut_out_by_a_limit_that_is_too_low(void **state)
{
    (void)state;
    struct hone_evidence_share share = {0};
    static const char *const names[] = {"a", "b", "c"};
    size_t n = 0;
    for (int i = 0; i < 300; i++) {
        n += hone_evidence_share_take(&share, key_of(names[i % 3]), 0.01) ? 1 : 0;
    }
    assert_true(n >= 299);
}

static void without_a_limit_all_is_taken(void **state)
{
    (void)state;
    struct hone_evidence_share share = {0};
    for (int i = 0; i < 100; i++) {
        assert_true(
            hone_evidence_share_take(&share, key_of(i % 7 == 0 ? "a" : "b"), 1.0));
    }
}

static void more_sources_than_fit_count_as_one(void **state)
{
    (void)state;
    struct hone_evidence_share share = {0};
    char name[32];
    for (int i = 0; i < 500; i++) {
        (void)snprintf(name, sizeof(name), "source %d", i);
        (void)hone_evidence_share_take(&share, key_of(name), 1.0);
        assert_true(hone_evidence_share_is_valid(&share));
    }
    assert_int_equal(HONE_EVIDENCE_SHARE_SOURCES_MAX, share.n_sources);
    uint64_t n = 0;
    for (uint32_t i = 0; i < share.n_sources; i++) {
        n += share.sources[i].n;
    }
    assert_int_equal(500, n);
    assert_int_equal(500 - (HONE_EVIDENCE_SHARE_SOURCES_MAX - 1),
                     share.sources[HONE_EVIDENCE_SHARE_SOURCES_MAX - 1].n);
}

static void knows_what_take_cannot_have_made(void **state)
{
    (void)state;
    struct hone_evidence_share share = {
        .n_sources = 2, .sources = {{.key = 1, .n = 1}, {.key = 2, .n = 1}}};
    assert_true(hone_evidence_share_is_valid(&share));
    share.sources[1].key = 1;
    assert_false(hone_evidence_share_is_valid(&share));
    share.sources[1] = (struct hone_evidence_source){2, 0};
    assert_false(hone_evidence_share_is_valid(&share));
    share.n_sources = HONE_EVIDENCE_SHARE_SOURCES_MAX + 1;
    assert_false(hone_evidence_share_is_valid(&share));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sole_source_gives_all),
        cmocka_unit_test(of_several_none_gives_more_than_its_share),
        cmocka_unit_test(nobody_is_shut_out_by_a_limit_that_is_too_low),
        cmocka_unit_test(without_a_limit_all_is_taken),
        cmocka_unit_test(more_sources_than_fit_count_as_one),
        cmocka_unit_test(knows_what_take_cannot_have_made),
    };
    return cmocka_run_group_tests_name("evidence_share", tests, NULL, NULL);
}
