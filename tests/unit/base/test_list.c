#include "tests/support/support.h"

#include "base/list.h"

struct item {
    int number;
    struct hone_list link;
};

static int sum_in_order(struct hone_list *head)
{
    int digits = 0;
    HONE_LIST_EACH(head, link)
    {
        digits = digits * 10 + HONE_LIST_OWNER(link, struct item, link)->number;
    }
    return digits;
}

static void keeps_the_order_of_appends(void **state)
{
    (void)state;
    struct hone_list head;
    hone_list_init(&head);
    assert_true(hone_list_is_empty(&head));
    assert_int_equal(sum_in_order(&head), 0);
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    for (int i = 0; i < 3; i++) {
        hone_list_append(&head, &items[i].link);
    }
    assert_false(hone_list_is_empty(&head));
    assert_int_equal(sum_in_order(&head), 123);
}

static void removes_from_any_place(void **state)
{
    (void)state;
    struct hone_list head;
    hone_list_init(&head);
    struct item items[4] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
    for (int i = 0; i < 4; i++) {
        hone_list_append(&head, &items[i].link);
    }
    hone_list_remove(&items[1].link);
    assert_int_equal(sum_in_order(&head), 134);
    hone_list_remove(&items[1].link);
    assert_int_equal(sum_in_order(&head), 134);
    hone_list_remove(&items[0].link);
    hone_list_remove(&items[3].link);
    assert_int_equal(sum_in_order(&head), 3);
    hone_list_remove(&items[2].link);
    assert_true(hone_list_is_empty(&head));
}

static void survives_removal_while_iterating(void **state)
{
    (void)state;
    struct hone_list head;
    hone_list_init(&head);
    struct item items[5] = {
        {.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}, {.number = 5}};
    for (int i = 0; i < 5; i++) {
        hone_list_append(&head, &items[i].link);
    }
    HONE_LIST_EACH(&head, link)
    {
        if (HONE_LIST_OWNER(link, struct item, link)->number % 2 == 1) {
            hone_list_remove(link);
        }
    }
    assert_int_equal(sum_in_order(&head), 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_order_of_appends),
        cmocka_unit_test(removes_from_any_place),
        cmocka_unit_test(survives_removal_while_iterating),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
