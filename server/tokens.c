/* The file, one token a line:
 *
 *     format 1
 *     # a comment
 *     NAME ROLES SHA256 CREATED
 *
 * Changes read the file, and replace it as a whole by a rename, under a lock on its folder:
 * a reader sees the file before or after, and two writers wait for each other. */
#include "server/tokens.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/check.h"
#include "base/file.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE   "format 1"
#define FILE_MODE    0600
#define OTHERS_MODE  0077
#define TOKEN_PREFIX "hone_"
#define RANDOM_BYTES 32
#define N_WORDS      4

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *name;
    enum hone_role role;
} roles_table[] = {
    {"admin", HONE_ROLE_ADMIN},
    {"call", HONE_ROLE_CALL},
    {"feedback", HONE_ROLE_FEEDBACK},
};

/* What tells one state of a file from another. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct hone_tokens {
    char *path;
    struct stamp stamp; /* zeroed when not read from a file */
    struct hone_tokens_entry *entries;
    size_t n_entries;
};

/* ---- roles ---- */

/* Up to the separator, behind which *rest goes on. */
static struct hone_span take_word(struct hone_span *rest, char separator)
{
    const char *end = rest->len > 0 ? memchr(rest->data, separator, rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    size_t used = end != NULL ? len + 1 : len;
    struct hone_span word = hone_span_of(rest->data, len);
    *rest = hone_span_of(rest->data + used, rest->len - used);
    return word;
}

int hone_tokens_parse_roles(unsigned *out, struct hone_span text, struct hone_error *err)
{
    unsigned roles = 0;
    bool goes_on = true;
    while (goes_on) {
        size_t before = text.len;
        struct hone_span word = take_word(&text, ',');
        size_t i = 0;
        goes_on = before > word.len; /* behind a comma there is a word, maybe empty */
        while (i < N_ITEMS(roles_table) && !hone_span_is(word, roles_table[i].name)) {
            i++;
        }
        if (i == N_ITEMS(roles_table)) {
            (void)hone_error_set(err, HONE_E_INVALID, "\"%.*s\" is no role",
                                 (int)(word.len < 40 ? word.len : 40), word.data);
            (void)hone_error_hint(err, "roles are call, feedback and admin, "
                                       "separated by commas");
            return HONE_E_INVALID;
        }
        roles |= (unsigned)roles_table[i].role;
    }
    *out = roles;
    return 0;
}

void hone_tokens_format_roles(char out[HONE_TOKENS_ROLES_SIZE], unsigned roles)
{
    struct hone_buf text;
    hone_buf_init(&text, HONE_TOKENS_ROLES_SIZE - 1);
    (void)hone_buf_append_text(&text, "");
    for (size_t i = 0; i < N_ITEMS(roles_table); i++) {
        if ((roles & (unsigned)roles_table[i].role) != 0) {
            (void)hone_buf_append_format(&text, "%s%s", text.len > 0 ? "," : "",
                                         roles_table[i].name);
        }
    }
    HONE_INVARIANT(text.error == 0);
    memcpy(out, text.data, text.len + 1);
    hone_buf_finish(&text);
}

/* ---- reading ---- */

/* A token must pass neither for who needs none nor for rows of files. */
static bool is_name(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alphanumeric && (i == 0 || (c != '-' && c != '.' && c != '_'))) {
            return false;
        }
    }
    return text.len > 0 && text.len <= HONE_PRINCIPAL_NAME_MAX &&
           !hone_span_is(text, HONE_PRINCIPAL_LOCAL) &&
           !hone_span_is(text, HONE_PRINCIPAL_TRAIN);
}

static int refuse_name(struct hone_span name, struct hone_error *err)
{
    if (hone_span_is(name, HONE_PRINCIPAL_LOCAL)) {
        return hone_error_set(err, HONE_E_INVALID,
                              HONE_PRINCIPAL_LOCAL
                              " is the name of those who need no token");
    }
    if (hone_span_is(name, HONE_PRINCIPAL_TRAIN)) {
        return hone_error_set(err, HONE_E_INVALID,
                              HONE_PRINCIPAL_TRAIN
                              " is the source of rows of files (hone train)");
    }
    return hone_error_set(err, HONE_E_INVALID,
                          "a name has up to %d letters, digits and - . _, not \"%.*s\"",
                          HONE_PRINCIPAL_NAME_MAX,
                          (int)(name.len < 2 * HONE_PRINCIPAL_NAME_MAX
                                    ? name.len
                                    : 2 * HONE_PRINCIPAL_NAME_MAX),
                          name.len > 0 ? name.data : "");
}

static bool is_plain(struct hone_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return text.len > 0;
}

static void copy_text(char *out, struct hone_span text)
{
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

static const struct hone_tokens_entry *find_name(const struct hone_tokens *tokens,
                                                 struct hone_span name)
{
    for (size_t i = 0; i < tokens->n_entries; i++) {
        if (hone_span_is(name, tokens->entries[i].name)) {
            return &tokens->entries[i];
        }
    }
    return NULL;
}

static int parse_entry(struct hone_tokens_entry *out, struct hone_span line,
                       struct hone_error *err)
{
    struct hone_span words[N_WORDS];
    for (size_t i = 0; i < N_WORDS; i++) {
        words[i] = take_word(&line, ' ');
    }
    if (line.len > 0 || words[N_WORDS - 1].len == 0) {
        return hone_error_set(err, HONE_E_INVALID, "a line is NAME ROLES SHA256 CREATED");
    }
    if (!is_name(words[0])) {
        return refuse_name(words[0], err);
    }
    if (!is_plain(words[3]) || words[3].len >= sizeof(out->created)) {
        return hone_error_set(err, HONE_E_INVALID, "this is no time of creation");
    }
    if (hone_digest_parse(&out->digest, words[2]) != 0) {
        return hone_error_set(err, HONE_E_INVALID,
                              "the SHA-256 must be 64 hexadecimal digits");
    }
    copy_text(out->name, words[0]);
    copy_text(out->created, words[3]);
    return hone_tokens_parse_roles(&out->roles, words[1], err);
}

static int add_entry(struct hone_tokens *tokens, const struct hone_tokens_entry *entry,
                     struct hone_error *err)
{
    if (find_name(tokens, hone_span_text(entry->name)) != NULL) {
        return hone_error_set(err, HONE_E_EXISTS, "there is a token named %s already",
                              entry->name);
    }
    if (tokens->n_entries == HONE_TOKENS_MAX) {
        return hone_error_set(err, HONE_E_LIMIT, "a file may have up to %d tokens",
                              HONE_TOKENS_MAX);
    }
    tokens->entries = hone_alloc_resize(tokens->entries, tokens->n_entries + 1,
                                        sizeof(*tokens->entries));
    tokens->entries[tokens->n_entries++] = *entry;
    return 0;
}

static int parse_lines(struct hone_tokens *tokens, struct hone_span text,
                       struct hone_error *err)
{
    for (int number = 1; text.len > 0 || number == 1; number++) {
        struct hone_tokens_entry entry = {.roles = 0};
        struct hone_span line = take_word(&text, '\n');
        int code = 0;
        if (number == 1 && !hone_span_is(line, FIRST_LINE)) {
            code = hone_error_set(err, HONE_E_INVALID, "the first line must be \"%s\"",
                                  FIRST_LINE);
        } else if (number > 1 && line.len > 0 && line.data[0] != '#') {
            code = parse_entry(&entry, line, err);
            code = code == 0 ? add_entry(tokens, &entry, err) : code;
        }
        if (code != 0) {
            hone_error_prefix(err, "%s:%d", tokens->path, number);
            return code == HONE_E_EXISTS ? HONE_E_INVALID : code;
        }
    }
    return 0;
}

static struct hone_tokens *make_empty(const char *path)
{
    struct hone_tokens *tokens = hone_alloc_zeroed(1, sizeof(*tokens));
    tokens->path = hone_alloc_text(path);
    return tokens;
}

int hone_tokens_parse(struct hone_tokens **out, struct hone_span text, const char *path,
                      struct hone_error *err)
{
    struct hone_tokens *tokens = make_empty(path);
    int code = parse_lines(tokens, text, err);
    if (code != 0) {
        hone_tokens_destroy(tokens);
        return code;
    }
    *out = tokens;
    return 0;
}

static struct stamp stamp_of(const struct stat *st)
{
    return (struct stamp){st->st_dev, st->st_ino, st->st_size, st->st_mtim};
}

static int check_file(struct stamp *out, const char *path, struct hone_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        int code = hone_error_set_errno(err, errno, "cannot read the tokens in %s", path);
        if (code == HONE_E_NOT_FOUND) {
            (void)hone_error_hint(err, "hone token add NAME --role call --tokens %s",
                                  path);
        }
        return code;
    }
    if ((st.st_mode & OTHERS_MODE) != 0) {
        (void)hone_error_set(err, HONE_E_DENIED,
                             "%s is open to other users (mode %04o), tokens must not be",
                             path, (unsigned)(st.st_mode & 07777));
        (void)hone_error_hint(err, "chmod 600 %s", path);
        return HONE_E_DENIED;
    }
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        return hone_error_set(err, HONE_E_DENIED,
                              "%s belongs to another user, who could add tokens to it",
                              path);
    }
    *out = stamp_of(&st);
    return 0;
}

int hone_tokens_load(struct hone_tokens **out, const char *path, struct hone_error *err)
{
    char *text = NULL;
    size_t len = 0;
    struct stamp stamp;
    int code = check_file(&stamp, path, err);
    if (code == 0) {
        code = hone_file_read(&text, &len, path, HONE_TOKENS_FILE_BYTES_MAX, err);
    }
    if (code == 0) {
        code = hone_tokens_parse(out, hone_span_of(text, len), path, err);
    }
    if (code == 0) {
        (*out)->stamp = stamp;
    }
    free(text);
    return code;
}

bool hone_tokens_has_changed(const struct hone_tokens *tokens)
{
    struct stat st;
    if (stat(tokens->path, &st) != 0) {
        return true;
    }
    struct stamp now = stamp_of(&st);
    const struct stamp *then = &tokens->stamp;
    return now.device != then->device || now.inode != then->inode ||
           now.size != then->size || now.changed.tv_sec != then->changed.tv_sec ||
           now.changed.tv_nsec != then->changed.tv_nsec;
}

void hone_tokens_destroy(struct hone_tokens *tokens)
{
    if (tokens == NULL) {
        return;
    }
    free(tokens->entries);
    free(tokens->path);
    free(tokens);
}

/* ---- asking ---- */

char *hone_tokens_path(const struct hone_config *config)
{
    return config->http_tokens != NULL ? hone_alloc_text(config->http_tokens)
                                       : hone_alloc_format("%s/tokens", config->data);
}

size_t hone_tokens_count(const struct hone_tokens *tokens)
{
    return tokens->n_entries;
}

const struct hone_tokens_entry *hone_tokens_at(const struct hone_tokens *tokens,
                                               size_t index)
{
    HONE_REQUIRE(index < tokens->n_entries);
    return &tokens->entries[index];
}

bool hone_tokens_find(struct hone_principal *out, const struct hone_tokens *tokens,
                      struct hone_span token)
{
    struct hone_digest digest = hone_digest_of(token);
    size_t found = tokens->n_entries;
    for (size_t i = 0; i < tokens->n_entries; i++) {
        /* All of them, also behind the one that fits. */
        bool fits = hone_secret_equal(digest, tokens->entries[i].digest);
        found = fits ? i : found;
    }
    if (found == tokens->n_entries) {
        return false;
    }
    memcpy(out->name, tokens->entries[found].name, sizeof(out->name));
    out->roles = tokens->entries[found].roles;
    return true;
}

/* ---- changing ---- */

static int write_file(const struct hone_tokens *tokens, struct hone_error *err)
{
    struct hone_buf text;
    hone_buf_init(&text, HONE_TOKENS_FILE_BYTES_MAX);
    (void)hone_buf_append_text(&text, FIRST_LINE "\n"
                                                 "# name, roles, SHA-256 of the token, "
                                                 "created; written by hone token\n");
    for (size_t i = 0; i < tokens->n_entries; i++) {
        const struct hone_tokens_entry *entry = &tokens->entries[i];
        char roles[HONE_TOKENS_ROLES_SIZE], digest[HONE_DIGEST_TEXT_LEN + 1];
        hone_tokens_format_roles(roles, entry->roles);
        hone_digest_format(entry->digest, digest);
        (void)hone_buf_append_format(&text, "%s %s %s %s\n", entry->name, roles, digest,
                                     entry->created);
    }
    int code = text.error != 0
                   ? hone_error_set(err, text.error, "too many tokens")
                   : hone_file_write(tokens->path, hone_buf_span(&text), FILE_MODE, err);
    hone_buf_finish(&text);
    return code;
}

/* Waits until nobody else changes tokens in the file's folder; *lock is to be closed. */
static int lock_folder(int *lock, const char *path, struct hone_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? hone_alloc_text(".")
                   : slash == path ? hone_alloc_text("/")
                                   : hone_alloc_bytes(path, (size_t)(slash - path));
    int code = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        code = hone_error_set_errno(err, errno, "cannot lock the folder %s", folder);
        if (fd >= 0) {
            close(fd);
        }
    } else {
        *lock = fd;
    }
    free(folder);
    return code;
}

static void make_token(char out[HONE_TOKENS_TEXT_LEN + 1])
{
    char random[RANDOM_BYTES];
    struct hone_buf text;
    hone_secret_random(random, sizeof(random));
    hone_buf_init(&text, HONE_TOKENS_TEXT_LEN);
    (void)hone_buf_append_text(&text, TOKEN_PREFIX);
    (void)hone_base64_append(&text, hone_span_of(random, sizeof(random)),
                             HONE_BASE64_URL);
    HONE_INVARIANT(text.error == 0 && text.len == HONE_TOKENS_TEXT_LEN);
    memcpy(out, text.data, HONE_TOKENS_TEXT_LEN + 1);
    hone_secret_wipe(random, sizeof(random));
    hone_secret_wipe(text.data, text.len);
    hone_buf_finish(&text);
}

static int add_locked(const char *path, struct hone_tokens_entry *entry,
                      char token[HONE_TOKENS_TEXT_LEN + 1], struct hone_error *err)
{
    struct hone_tokens *tokens = NULL;
    int code = hone_tokens_load(&tokens, path, err);
    if (code == HONE_E_NOT_FOUND) {
        tokens = make_empty(path);
        code = 0;
    }
    if (code == 0) {
        make_token(token);
        entry->digest = hone_digest_of(hone_span_text(token));
        code = add_entry(tokens, entry, err);
    }
    if (code == 0) {
        code = write_file(tokens, err);
    }
    hone_tokens_destroy(tokens);
    return code;
}

int hone_tokens_add(const char *path, const char *name, unsigned roles,
                    char token[HONE_TOKENS_TEXT_LEN + 1], struct hone_error *err)
{
    struct hone_tokens_entry entry = {.roles = roles};
    int lock = -1;
    HONE_REQUIRE(roles != 0);
    if (!is_name(hone_span_text(name))) {
        return refuse_name(hone_span_text(name), err);
    }
    copy_text(entry.name, hone_span_text(name));
    hone_clock_format_unix_ms(entry.created, hone_clock_unix_ms());
    int code = lock_folder(&lock, path, err);
    if (code != 0) {
        return code;
    }
    code = add_locked(path, &entry, token, err);
    if (code != 0) {
        hone_secret_wipe(token, HONE_TOKENS_TEXT_LEN + 1);
    }
    close(lock);
    return code;
}

static int revoke_locked(const char *path, const char *name, struct hone_error *err)
{
    struct hone_tokens *tokens = NULL;
    int code = hone_tokens_load(&tokens, path, err);
    if (code != 0) {
        return code;
    }
    const struct hone_tokens_entry *entry = find_name(tokens, hone_span_text(name));
    if (entry == NULL) {
        code =
            hone_error_set(err, HONE_E_NOT_FOUND, "there is no token named \"%s\"", name);
        (void)hone_error_hint(err, "\"hone token list\" shows them");
    } else {
        size_t at = (size_t)(entry - tokens->entries);
        tokens->n_entries -= 1;
        memmove(&tokens->entries[at], &tokens->entries[at + 1],
                (tokens->n_entries - at) * sizeof(*tokens->entries));
        code = write_file(tokens, err);
    }
    hone_tokens_destroy(tokens);
    return code;
}

int hone_tokens_revoke(const char *path, const char *name, struct hone_error *err)
{
    int lock = -1;
    int code = lock_folder(&lock, path, err);
    if (code == 0) {
        code = revoke_locked(path, name, err);
        close(lock);
    }
    return code;
}
