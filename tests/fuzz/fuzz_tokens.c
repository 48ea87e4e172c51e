/* fuzz: server - a file of tokens that is taken has only names and roles that could have
 * been added, each name once; an Authorization header never yields what is not in it, and
 * no token is found that was not added. Input: a file; its first lines serve as headers. */
#include "protocol/auth.h"
#include "server/tokens.h"

#include "base/check.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_header(struct hone_span header)
{
    struct hone_span token;
    if (hone_auth_parse_bearer(&token, header) == 0) {
        HONE_INVARIANT(token.len > 0 && token.len <= HONE_AUTH_TOKEN_BYTES_MAX);
        HONE_INVARIANT(token.data + token.len == header.data + header.len);
        HONE_INVARIANT(memchr(token.data, ' ', token.len) == NULL);
    }
}

static void check_entry(const struct hone_tokens *tokens, size_t index)
{
    const struct hone_tokens_entry *entry = hone_tokens_at(tokens, index);
    char text[HONE_TOKENS_ROLES_SIZE];
    unsigned roles = 0;
    hone_tokens_format_roles(text, entry->roles);
    HONE_INVARIANT(hone_tokens_parse_roles(&roles, hone_span_text(text), NULL) == 0);
    HONE_INVARIANT(roles == entry->roles && roles != 0);
    for (size_t i = 0; i < index; i++) {
        HONE_INVARIANT(strcmp(entry->name, hone_tokens_at(tokens, i)->name) != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_span text = hone_span_of((const char *)data, size);
    struct hone_tokens *tokens = NULL;
    struct hone_principal principal;
    struct hone_error err;
    const char *end = size > 0 ? memchr(data, '\n', size) : NULL;
    check_header(text);
    check_header(end != NULL ? hone_span_of(text.data, (size_t)(end - text.data)) : text);
    if (hone_tokens_parse(&tokens, text, "tokens", &err) == 0) {
        for (size_t i = 0; i < hone_tokens_count(tokens); i++) {
            check_entry(tokens, i);
        }
        HONE_INVARIANT(!hone_tokens_find(&principal, tokens, text));
    }
    hone_tokens_destroy(tokens);
    return 0;
}
