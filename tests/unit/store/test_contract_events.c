/* What store/store.h promises of events other than feedback, run over each engine. */
#include "tests/unit/store/contract_support.h"

/* A change of what is held back. */
static void hold(struct world *world, const char *body)
{
    struct hone_store_transition transition = make_transition(world, "freeze");
    transition.event = HONE_STORE_EVENT_HOLD;
    transition.event_body = hone_span_text(body);
    world_ok(world, hone_store_begin(world->store, &world->err));
    world_ok(world, hone_store_apply_transition(world->store, &transition, NULL, NULL,
                                                &world->err));
    world_ok(world, hone_store_commit(world->store, &world->err));
}

static void finds_the_newest_event_of_a_kind(void **state)
{
    struct world *world = *state;
    struct hone_store_event event = {0};
    const struct {
        uint64_t through;
        int status;
        uint64_t position;
        const char *body;
    } table[] = {
        {1, HONE_E_NOT_FOUND, 0, ""},    {2, 0, 2, "{\"n\":1}"},
        {3, 0, 2, "{\"n\":1}"},          {4, 0, 4, "{\"n\":2}"},
        {UINT64_MAX, 0, 4, "{\"n\":2}"},
    };
    for (int i = 1; i <= 2; i++) {
        struct hone_store_feedback feedback =
            make_feedback(world, add_call(world), "label", "k");
        add_feedback(world, &feedback);
        hold(world, i == 1 ? "{\"n\":1}" : "{\"n\":2}");
    }
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        int status =
            hone_store_find_event(world->store, world->skill.id, HONE_STORE_EVENT_HOLD,
                                  table[i].through, &world->arena, &event, &world->err);
        assert_int_equal(table[i].status, status);
        assert_true(status != 0 || event.position == table[i].position);
        assert_true(status != 0 || hone_span_is(event.body, table[i].body));
    }
    assert_int_equal(HONE_E_NOT_FOUND,
                     hone_store_find_event(world->store, world->skill.id,
                                           HONE_STORE_EVENT_FORGET, UINT64_MAX,
                                           &world->arena, &event, &world->err));
}

static const struct CMUnitTest promises[] = {
    CONTRACT(finds_the_newest_event_of_a_kind),
};

int main(void)
{
    return contract_run(promises, sizeof(promises) / sizeof(promises[0]));
}
