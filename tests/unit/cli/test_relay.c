#include "tests/support/support.h"

#include "base/alloc.h"
#include "cli/relay.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY_BYTES (1024u * 1024)

/* The client's two pipes and the connection to the owner. */
struct wires {
    int to_relay[2], from_relay[2], owner[2];
};

static void make_wires(struct wires *wires)
{
    assert_int_equal(0, pipe(wires->to_relay));
    assert_int_equal(0, pipe(wires->from_relay));
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, wires->owner));
}

static void close_pair(const int pair[2])
{
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static int run(const struct wires *wires, struct hone_error *err)
{
    return hone_relay_run(wires->to_relay[0], wires->from_relay[1], wires->owner[0], err);
}

/* An owner that sends back all it gets until the relay has no more. */
static void *echo(void *owner)
{
    const struct wires *wires = owner;
    char block[4096];
    for (;;) {
        ssize_t n = read(wires->owner[1], block, sizeof block);
        if (n <= 0 || write(wires->owner[1], block, (size_t)n) != n) {
            break;
        }
    }
    (void)shutdown(wires->owner[1], SHUT_RDWR);
    return NULL;
}

/* A client that writes much before it reads anything. */
static void *write_many(void *owner)
{
    const struct wires *wires = owner;
    char *block = hone_alloc_zeroed(MANY_BYTES, 1);
    memset(block, 'm', MANY_BYTES);
    block[MANY_BYTES - 1] = '\n';
    for (size_t sent = 0; sent < MANY_BYTES;) {
        ssize_t n = write(wires->to_relay[1], block + sent, MANY_BYTES - sent);
        if (n <= 0) {
            break;
        }
        sent += (size_t)n;
    }
    (void)close(wires->to_relay[1]);
    free(block);
    return NULL;
}

static void *read_all(void *owner)
{
    const struct wires *wires = owner;
    static const size_t limit = 2 * MANY_BYTES;
    size_t *total = hone_alloc_zeroed(1, sizeof *total);
    char block[4096];
    while (*total < limit) {
        ssize_t n = read(wires->from_relay[0], block, sizeof block);
        if (n <= 0) {
            break;
        }
        *total += (size_t)n;
    }
    return total;
}

static void answers_everything_before_it_ends_with_the_client(void **state)
{
    struct wires wires;
    struct hone_error err;
    pthread_t owner, writer, reader;
    void *total = NULL;
    (void)state;
    make_wires(&wires);
    assert_int_equal(0, pthread_create(&owner, NULL, echo, &wires));
    assert_int_equal(0, pthread_create(&writer, NULL, write_many, &wires));
    assert_int_equal(0, pthread_create(&reader, NULL, read_all, &wires));
    support_ok(run(&wires, &err), &err);
    (void)close(wires.from_relay[1]);
    (void)pthread_join(owner, NULL);
    (void)pthread_join(writer, NULL);
    (void)pthread_join(reader, &total);
    assert_int_equal(MANY_BYTES, *(size_t *)total);
    free(total);
    (void)close(wires.to_relay[0]);
    (void)close(wires.from_relay[0]);
    close_pair(wires.owner);
}

/* The owner says this and ends, while the client stays. */
static int run_owner_that_says(const char *text, char *seen, size_t seen_size)
{
    struct wires wires;
    struct hone_error err;
    make_wires(&wires);
    assert_int_equal(strlen(text), write(wires.owner[1], text, strlen(text)));
    (void)close(wires.owner[1]);
    int code = run(&wires, &err);
    (void)close(wires.from_relay[1]);
    ssize_t n = read(wires.from_relay[0], seen, seen_size - 1);
    assert_true(n >= 0);
    seen[n] = '\0';
    (void)close(wires.from_relay[0]);
    (void)close(wires.owner[0]);
    close_pair(wires.to_relay);
    return code;
}

static void another_owner_can_go_on_between_messages(void **state)
{
    char seen[64];
    (void)state;
    assert_int_equal(HONE_E_AGAIN, run_owner_that_says("", seen, sizeof seen));
    assert_string_equal("", seen);
    assert_int_equal(HONE_E_AGAIN, run_owner_that_says("{}\n", seen, sizeof seen));
    assert_string_equal("{}\n", seen);
}

static void nobody_can_go_on_inside_a_message(void **state)
{
    char seen[64];
    (void)state;
    assert_int_equal(HONE_E_CLOSED,
                     run_owner_that_says("{}\n{\"half", seen, sizeof seen));
    assert_string_equal("{}\n{\"half", seen);
}

static void ends_quietly_when_the_client_reads_no_more(void **state)
{
    struct wires wires;
    struct hone_error err;
    (void)state;
    make_wires(&wires);
    (void)close(wires.from_relay[0]);
    assert_int_equal(3, write(wires.owner[1], "{}\n", 3));
    support_ok(run(&wires, &err), &err);
    (void)close(wires.from_relay[1]);
    close_pair(wires.to_relay);
    close_pair(wires.owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_everything_before_it_ends_with_the_client),
        cmocka_unit_test(another_owner_can_go_on_between_messages),
        cmocka_unit_test(nobody_can_go_on_inside_a_message),
        cmocka_unit_test(ends_quietly_when_the_client_reads_no_more),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
