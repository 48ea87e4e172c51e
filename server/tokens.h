/* Bearer tokens of the HTTP side: a file of names, roles and hashes, written by
 * `hone token`, read by the server.
 *
 * A token is 256 random bits, so a plain SHA-256 of it can neither be reversed nor
 * guessed, and no slow password hash is needed; the token itself is shown once and kept
 * nowhere. The file must belong to the user and be closed to all others. Its format
 * stands in docs/tokens.md.
 *
 * Thread: any; what takes a path blocks. Entries never change once loaded. */
#ifndef HONE_SERVER_TOKENS_H
#define HONE_SERVER_TOKENS_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/span.h"
#include "server/config.h"
#include "server/principal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_TOKENS_MAX            1000
#define HONE_TOKENS_FILE_BYTES_MAX (256 * 1024)
#define HONE_TOKENS_TEXT_LEN       48 /* "hone_" and 43 characters of base64url */
#define HONE_TOKENS_ROLES_SIZE     32

struct hone_tokens_entry {
    char name[HONE_PRINCIPAL_NAME_MAX + 1];
    unsigned roles;
    struct hone_digest digest; /* SHA-256 of the token's text */
    char created[HONE_CLOCK_TEXT_SIZE];
};

struct hone_tokens; /* the entries of one file as it was read; opaque */

/* "call,feedback" to a set and back; HONE_E_INVALID names the word that is no role. */
int hone_tokens_parse_roles(unsigned *out, struct hone_span text,
                            struct hone_error *err) HONE_MUST_USE;
void hone_tokens_format_roles(char out[HONE_TOKENS_ROLES_SIZE], unsigned roles);

/* The file that the configuration means: http_tokens, or "tokens" in the data folder; free()
 * it. The configuration must be complete. */
char *hone_tokens_path(const struct hone_config *config);

/* HONE_E_NOT_FOUND: no such file; HONE_E_DENIED: others may read or write it;
 * HONE_E_INVALID, HONE_E_LIMIT: its content, with the line. */
int hone_tokens_load(struct hone_tokens **out, const char *path,
                     struct hone_error *err) HONE_MUST_USE;
/* Is the file another one than when it was loaded, or gone? */
bool hone_tokens_has_changed(const struct hone_tokens *tokens);
void hone_tokens_destroy(struct hone_tokens *tokens); /* accepts NULL */

/* The content of a file; path is for messages. */
int hone_tokens_parse(struct hone_tokens **out, struct hone_span text, const char *path,
                      struct hone_error *err) HONE_MUST_USE;

size_t hone_tokens_count(const struct hone_tokens *tokens);
/* In the file's order. */
const struct hone_tokens_entry *hone_tokens_at(const struct hone_tokens *tokens,
                                               size_t index);
/* Whose token is this? Takes as long whichever entry it is, and when it is none. */
bool hone_tokens_find(struct hone_principal *out, const struct hone_tokens *tokens,
                      struct hone_span token);

/* Adds a token to the file, which is made when there is none. token gets the one copy of
 * it. HONE_E_EXISTS: the name is taken; and as hone_tokens_load. */
int hone_tokens_add(const char *path, const char *name, unsigned roles,
                    char token[HONE_TOKENS_TEXT_LEN + 1],
                    struct hone_error *err) HONE_MUST_USE;
/* HONE_E_NOT_FOUND: no token of that name, or no file; and as hone_tokens_load. */
int hone_tokens_revoke(const char *path, const char *name,
                       struct hone_error *err) HONE_MUST_USE;

#endif
