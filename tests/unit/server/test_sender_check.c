#include "tests/support/support.h"

#include "server/sender_check.h"

#include <stdio.h>
#include <string.h>

#define N_OF(table) (sizeof(table) / sizeof(table)[0])

static void set(struct hone_config *config, const char *name, const char *value)
{
    struct hone_error err;
    support_ok(hone_config_set(config, hone_config_find(name, strlen(name)), value, &err),
               &err);
}

/* Listens on an address of a network and lets two names and two origins in. */
static void configure(struct hone_config *config)
{
    hone_config_init(config);
    set(config, "http", "hone.lan:8765");
    set(config, "http_allowed_hosts", "mcp.example.com");
    set(config, "http_allowed_hosts", "strict.example.com:8443");
    set(config, "http_allowed_origins", "https://app.example.com");
    set(config, "http_allowed_origins", "http://dev.example.com:3000");
}

struct row {
    const char *text;
    bool plain;      /* passes without any configuration */
    bool configured; /* passes with the one above */
};

typedef bool check_fn(const struct hone_config *config, struct hone_span text);

static void check_rows(check_fn *check, const struct row *rows, size_t n_rows)
{
    struct hone_config plain, configured;
    hone_config_init(&plain);
    configure(&configured);
    for (size_t i = 0; i < n_rows; i++) {
        struct hone_span text = hone_span_text(rows[i].text);
        if (check(&plain, text) != rows[i].plain ||
            check(&configured, text) != rows[i].configured) {
            fail_msg("\"%s\": %d and %d", rows[i].text, check(&plain, text),
                     check(&configured, text));
        }
    }
    hone_config_finish(&plain);
    hone_config_finish(&configured);
}

static void lets_in_hosts_that_name_this_server(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", true, true},
        {"localhost", true, true},
        {"localhost:8765", true, true},
        {"localhost:", true, true},
        {"LOCALHOST:1", true, true},
        {"127.0.0.1", true, true},
        {"127.0.0.1:65535", true, true},
        {"[::1]", true, true},
        {"[::1]:8765", true, true},
        {"hone.lan", false, true},
        {"Hone.LAN:80", false, true},
        {"mcp.example.com", false, true},
        {"MCP.example.com:1234", false, true},
        {"strict.example.com:8443", false, true},
        {"strict.example.com", false, false},
        {"strict.example.com:443", false, false},
        /* names that only look like it */
        {"evil.example.com", false, false},
        {"localhost.", false, false},
        {"localhost.evil.com", false, false},
        {"evil-localhost", false, false},
        {"localhost.localdomain", false, false},
        {"127.0.0.1.nip.io", false, false},
        {"127.0.0.1.", false, false},
        {"127.1", false, false},
        {"0.0.0.0", false, false},
        {"2130706433", false, false},
        {"0x7f.0.0.1", false, false},
        {"::1", false, false},
        {"::1:8765", false, false},
        {"[::1", false, false},
        {"[::1]8765", false, false},
        {"[::ffff:127.0.0.1]", false, false},
        {"[localhost]", false, false},
        {"[]", false, false},
        {"localhost:8765:80", false, false},
        {"localhost:80x", false, false},
        {"localhost:-1", false, false},
        {"localhost:123456", false, false},
        {"localhost@evil.com", false, false},
        {"evil.com@localhost", false, false},
        {"localhost:80@evil.com", false, false},
        {"localhost,evil.com", false, false},
        {"localhost evil.com", false, false},
        {" localhost", false, false},
        {"localhost/", false, false},
        {"http://localhost", false, false},
        {":8765", false, false},
        {"hone.lan.evil.com", false, false},
        {"xmcp.example.com", false, false},
        {"a.mcp.example.com", false, false},
        {"mcp.example.com.", false, false},
    };
    check_rows(hone_sender_check_host, rows, N_OF(rows));
    struct hone_config config;
    hone_config_init(&config);
    assert_false(hone_sender_check_host(&config, hone_span_of("localhost\0.evil", 15)));
    hone_config_finish(&config);
}

static void lets_in_origins_of_this_machine_and_listed_ones(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", true, true},
        {"http://localhost", true, true},
        {"http://localhost:3000", true, true},
        {"https://localhost:3000", true, true},
        {"HTTP://LocalHost:3000", true, true},
        {"http://127.0.0.1:8765", true, true},
        {"http://[::1]:8765", true, true},
        {"http://hone.lan:8765", false, true},
        {"https://app.example.com", false, true},
        {"https://APP.example.com", false, true},
        {"https://app.example.com:443", false, true},
        {"http://dev.example.com:3000", false, true},
        {"http://app.example.com", false, false},
        {"https://app.example.com:8443", false, false},
        {"https://dev.example.com:3000", false, false},
        {"http://dev.example.com", false, false},
        {"https://mcp.example.com", false, false}, /* a host, not an origin */
        {"null", false, false},
        {"*", false, false},
        {"localhost", false, false},
        {"http://", false, false},
        {"http:localhost", false, false},
        {"//localhost", false, false},
        {"file://localhost", false, false},
        {"file://", false, false},
        {"ftp://localhost", false, false},
        {"ws://localhost", false, false},
        {"chrome-extension://localhost", false, false},
        {"http://localhost.evil.com", false, false},
        {"http://localhost.", false, false},
        {"http://127.0.0.1.nip.io", false, false},
        {"http://localhost@evil.com", false, false},
        {"http://evil.com@localhost", false, false},
        {"http://localhost:80@evil.com", false, false},
        {"http://localhost#@evil.com", false, false},
        {"http://localhost\\.evil.com", false, false},
        {"http://localhost/", false, false},
        {"http://localhost/path", false, false},
        {"http://localhost?", false, false},
        {"http://localhost http://evil.com", false, false},
        {"http://evil.com", false, false},
        {"https://app.example.com.evil.com", false, false},
        {"https://evil.com/https://app.example.com", false, false},
    };
    check_rows(hone_sender_check_origin, rows, N_OF(rows));
}

static void check_config(const char *name, const char *value, int code)
{
    struct hone_config config;
    struct hone_error err = {0};
    hone_config_init(&config);
    set(&config, name, value);
    int seen = hone_sender_check_config(&config, &err);
    if (seen != code || (code != 0 && strstr(err.message, value) == NULL)) {
        fail_msg("%s %s: %d, %s", name, value, seen, err.message);
    }
    hone_config_finish(&config);
}

static void refuses_a_configuration_that_would_let_nobody_in(void **state)
{
    (void)state;
    check_config("http_allowed_hosts", "mcp.example.com", 0);
    check_config("http_allowed_hosts", "mcp.example.com:443", 0);
    check_config("http_allowed_hosts", "[2001:db8::1]:443", 0);
    check_config("http_allowed_hosts", "https://mcp.example.com", HONE_E_INVALID);
    check_config("http_allowed_hosts", "mcp.example.com/", HONE_E_INVALID);
    check_config("http_allowed_hosts", "*", HONE_E_INVALID);
    check_config("http_allowed_hosts", "*.example.com", HONE_E_INVALID);
    check_config("http_allowed_origins", "https://app.example.com", 0);
    check_config("http_allowed_origins", "http://[::1]:80", 0);
    check_config("http_allowed_origins", "app.example.com", HONE_E_INVALID);
    check_config("http_allowed_origins", "https://app.example.com/", HONE_E_INVALID);
    check_config("http_allowed_origins", "null", HONE_E_INVALID);
    check_config("http_allowed_origins", "*", HONE_E_INVALID);
}

static void tells_browsers_what_they_may(void **state)
{
    (void)state;
    struct hone_buf buf;
    hone_buf_init(&buf, 1000);
    hone_sender_check_write_cors(&buf, hone_span_of(NULL, 0), true);
    assert_int_equal(buf.len, 0);
    hone_sender_check_write_cors(&buf, hone_span_text("https://a.example"), false);
    assert_string_equal(
        buf.data, "Access-Control-Allow-Origin: https://a.example\r\nVary: Origin\r\n"
                  "Access-Control-Expose-Headers: Mcp-Session-Id, WWW-Authenticate\r\n");
    size_t plain_len = buf.len;
    hone_buf_clear(&buf);
    hone_sender_check_write_cors(&buf, hone_span_text("https://a.example"), true);
    assert_int_equal(buf.error, 0);
    assert_true(buf.len > plain_len);
    assert_non_null(strstr(buf.data, "\r\nAccess-Control-Allow-Methods: GET, POST, "
                                     "DELETE\r\n"));
    assert_string_equal(buf.data + buf.len - 2, "\r\n");
    hone_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_in_hosts_that_name_this_server),
        cmocka_unit_test(lets_in_origins_of_this_machine_and_listed_ones),
        cmocka_unit_test(tells_browsers_what_they_may),
        cmocka_unit_test(refuses_a_configuration_that_would_let_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
