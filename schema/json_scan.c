/* A state machine over bytes, with a stack of at most HONE_JSON_DEPTH_MAX containers.
 *
 * Keys of the objects that are open stand in one stack as well, so that a key that comes
 * twice is found by comparing hashes; when the stack is full, that is left to others. */
#include "schema/json_scan.h"

#include "base/error.h"
#include "base/utf8.h"
#include "schema/json.h"
#include "schema/json_bytes.h"
#include "schema/json_walk.h"

#define NO_MEMBER    UINT8_MAX
#define RECORD_DEPTH 2 /* levels whose members are recorded */

#define EXPONENT_MAX   1000000000000LL /* above the length of any text */
#define REAL_POWER_MAX 308             /* of ten, in the largest double */

struct scanner {
    const char *start, *at, *end;
    struct hone_json_scan *out;
    unsigned depth;
    bool is_object[HONE_JSON_DEPTH_MAX + 1]; /* by depth; so are the next two */
    uint8_t first_key[HONE_JSON_DEPTH_MAX + 1];
    uint8_t open_member[RECORD_DEPTH + 1]; /* whose value is being read */
    uint8_t n_keys;
    uint32_t key_hashes[HONE_JSON_SCAN_KEYS_MAX];
    struct hone_span keys[HONE_JSON_SCAN_KEYS_MAX];
};
_Static_assert(HONE_JSON_SCAN_KEYS_MAX < UINT8_MAX, "counted in a byte");

static bool is_digit(const struct scanner *scanner)
{
    return scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9';
}

static bool is_at(const struct scanner *scanner, char c)
{
    return scanner->at < scanner->end && *scanner->at == c;
}

static void skip_space(struct scanner *scanner)
{
    while (is_at(scanner, ' ') || is_at(scanner, '\n') || is_at(scanner, '\t') ||
           is_at(scanner, '\r')) {
        scanner->at += 1;
    }
}

/* ---- strings ---- */

/* Four hexadecimal digits; -1 when they are not. */
static int scan_hex(struct scanner *scanner)
{
    int value = 0;
    if (scanner->end - scanner->at < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = hone_json_walk_hex(*scanner->at++);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* Behind "\u". A NUL is refused, and so is half of a surrogate pair. */
static bool scan_code_point(struct scanner *scanner)
{
    int value = scan_hex(scanner);
    if (value < 0xd800 || value > 0xdfff) {
        return value > 0;
    }
    if (value > 0xdbff || scanner->end - scanner->at < 2 || scanner->at[0] != '\\' ||
        scanner->at[1] != 'u') {
        return false;
    }
    scanner->at += 2;
    value = scan_hex(scanner);
    return value >= 0xdc00 && value <= 0xdfff;
}

/* At a backslash. */
static bool scan_escape(struct scanner *scanner)
{
    scanner->at += 1;
    if (scanner->at == scanner->end) {
        return false;
    }
    switch (*scanner->at++) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    case 'u':
        return scan_code_point(scanner);
    default:
        return false;
    }
}

/* Characters above ASCII up to the next one that is not. */
static bool scan_characters(struct scanner *scanner)
{
    while (scanner->at < scanner->end && (unsigned char)*scanner->at >= 0x80) {
        size_t len = hone_utf8_len(scanner->at, (size_t)(scanner->end - scanner->at));
        if (len == 0) {
            return false;
        }
        scanner->at += len;
    }
    return true;
}

/* At the opening quote. */
static bool scan_string(struct scanner *scanner, bool *has_escapes)
{
    *has_escapes = false;
    scanner->at += 1;
    for (;;) {
        scanner->at +=
            hone_json_bytes_ascii_run(scanner->at, (size_t)(scanner->end - scanner->at));
        if (scanner->at == scanner->end) {
            return false;
        }
        if (*scanner->at == '"') {
            scanner->at += 1;
            return true;
        }
        bool good = false;
        if (*scanner->at == '\\') {
            *has_escapes = true;
            good = scan_escape(scanner);
        } else if ((unsigned char)*scanner->at >= 0x80) {
            good = scan_characters(scanner);
        }
        if (!good) {
            return false;
        }
    }
}

/* ---- numbers ---- */

/* 2^1024 - 2^970: what is at least that far from zero is rounded to infinity. */
static const char real_limit[] =
    "179769313486231580793728971405303415079934132710037826936173778980444968"
    "292764750946649017977587207096330286416692887910946555547851940402630657"
    "488671505820681908902000708383676273854845817711531764475730270069855571"
    "366959622842914819860834936475292719074168444365510704342711559699508093"
    "042880177904174497792";
_Static_assert(sizeof(real_limit) - 1 == REAL_POWER_MAX + 1, "one digit for each power");

/* digits: those of the number, with at most one point among them; the first stands for
 * power `power` of ten. Compares digit by digit, so that it holds for any length. */
static bool is_beyond_double(struct hone_span digits, long long power)
{
    size_t at = 0, i = 0;
    while (at < digits.len && (digits.data[at] == '0' || digits.data[at] == '.')) {
        power -= digits.data[at] == '0' ? 1 : 0;
        at += 1;
    }
    if (at == digits.len || power != REAL_POWER_MAX) {
        return at < digits.len && power > REAL_POWER_MAX;
    }
    for (; i < sizeof(real_limit) - 1; i++) {
        if (at < digits.len && digits.data[at] == '.') {
            at += 1;
        }
        char digit = '0';
        if (at < digits.len) {
            digit = digits.data[at++];
        }
        if (digit != real_limit[i]) {
            return digit > real_limit[i];
        }
    }
    return true;
}

static size_t scan_digits(struct scanner *scanner)
{
    const char *start = scanner->at;
    while (is_digit(scanner)) {
        scanner->at += 1;
    }
    return (size_t)(scanner->at - start);
}

/* At 'e' or 'E'. */
static bool scan_exponent(struct scanner *scanner, long long *exponent)
{
    scanner->at += 1;
    bool is_negative = is_at(scanner, '-');
    if (is_negative || is_at(scanner, '+')) {
        scanner->at += 1;
    }
    if (!is_digit(scanner)) {
        return false;
    }
    *exponent = 0;
    for (; is_digit(scanner); scanner->at++) {
        if (*exponent < EXPONENT_MAX) {
            *exponent = *exponent * 10 + (*scanner->at - '0');
        }
    }
    *exponent = is_negative ? -*exponent : *exponent;
    return true;
}

/* Behind the digits before the point. */
static bool scan_real(struct scanner *scanner, const char *digits, size_t n_digits)
{
    long long exponent = 0;
    if (is_at(scanner, '.')) {
        scanner->at += 1;
        if (scan_digits(scanner) == 0) {
            return false;
        }
    }
    struct hone_span mantissa = hone_span_of(digits, (size_t)(scanner->at - digits));
    if ((is_at(scanner, 'e') || is_at(scanner, 'E')) &&
        !scan_exponent(scanner, &exponent)) {
        return false;
    }
    long long power = (long long)n_digits - 1 + exponent;
    return power < REAL_POWER_MAX || !is_beyond_double(mantissa, power);
}

static bool fits_integer(const char *digits, size_t n_digits, bool is_negative)
{
    static const char largest[] = "9223372036854775807";
    static const char smallest[] = "9223372036854775808";
    const size_t max = sizeof(largest) - 1;
    return n_digits < max || (n_digits == max &&
                              memcmp(digits, is_negative ? smallest : largest, max) <= 0);
}

static bool scan_number(struct scanner *scanner)
{
    bool is_negative = is_at(scanner, '-');
    scanner->at += is_negative ? 1 : 0;
    const char *digits = scanner->at;
    size_t n_digits = scan_digits(scanner);
    if (n_digits == 0 || (digits[0] == '0' && n_digits > 1)) {
        return false;
    }
    if (is_at(scanner, '.') || is_at(scanner, 'e') || is_at(scanner, 'E')) {
        return scan_real(scanner, digits, n_digits);
    }
    return fits_integer(digits, n_digits, is_negative);
}

static bool scan_word(struct scanner *scanner, const char *word, size_t len)
{
    if ((size_t)(scanner->end - scanner->at) < len ||
        memcmp(scanner->at, word, len) != 0) {
        return false;
    }
    scanner->at += len;
    return true;
}

static bool scan_scalar(struct scanner *scanner)
{
    bool ignored = false;
    if (scanner->at == scanner->end) {
        return false;
    }
    switch (*scanner->at) {
    case '"':
        return scan_string(scanner, &ignored);
    case 't':
        return scan_word(scanner, "true", 4);
    case 'f':
        return scan_word(scanner, "false", 5);
    case 'n':
        return scan_word(scanner, "null", 4);
    default:
        return scan_number(scanner);
    }
}

/* ---- members ---- */

/* Length, first and last bytes: that tells the keys of one object apart, or nearly so. */
static uint32_t hash_key(struct hone_span key)
{
    uint64_t first = 0, last = 0;
    if (key.len >= 8) {
        first = hone_json_bytes_load(key.data);
        last = hone_json_bytes_load(key.data + key.len - 8);
    } else {
        for (size_t i = 0; i < key.len; i++) {
            first = first << 8 | (unsigned char)key.data[i];
        }
    }
    uint64_t mixed = (first ^ key.len) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 29) ^ last) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(mixed >> 32);
}

/* False when the object has that key already. */
static bool keep_key(struct scanner *scanner, struct hone_span key)
{
    if (scanner->n_keys == HONE_JSON_SCAN_KEYS_MAX) {
        scanner->out->has_checked_keys = false;
    }
    if (!scanner->out->has_checked_keys) {
        return true;
    }
    uint32_t hash = hash_key(key);
    for (size_t i = scanner->first_key[scanner->depth]; i < scanner->n_keys; i++) {
        if (scanner->key_hashes[i] == hash && hone_span_equal(scanner->keys[i], key)) {
            return false;
        }
    }
    scanner->key_hashes[scanner->n_keys] = hash;
    scanner->keys[scanner->n_keys] = key;
    scanner->n_keys += 1;
    return true;
}

/* An entry of the table for the member whose key was read; its value begins here. */
static void begin_member(struct scanner *scanner, struct hone_span key)
{
    struct hone_json_scan *out = scanner->out;
    uint8_t parent = 0;
    if (scanner->depth > RECORD_DEPTH ||
        (scanner->depth == 2 && !scanner->is_object[1])) {
        return;
    }
    scanner->open_member[scanner->depth] = NO_MEMBER;
    if (scanner->depth == 2) {
        parent = (uint8_t)(scanner->open_member[1] + 1); /* 0 when that has no entry */
    }
    if (out->n_members == HONE_JSON_SCAN_MEMBERS_MAX ||
        (scanner->depth == 2 && parent == 0)) {
        out->has_all_members = false;
        return;
    }
    scanner->open_member[scanner->depth] = out->n_members;
    out->members[out->n_members++] = (struct hone_json_scan_member){
        .key = (uint32_t)(key.data - scanner->start),
        .key_len = (uint32_t)key.len,
        .value = (uint32_t)(scanner->at - scanner->start),
        .parent = parent,
    };
}

/* A value has ended: is it a member's? */
static void end_member(struct scanner *scanner)
{
    if (scanner->depth > RECORD_DEPTH || scanner->depth == 0 ||
        !scanner->is_object[scanner->depth] ||
        (scanner->depth == 2 && !scanner->is_object[1]) ||
        scanner->open_member[scanner->depth] == NO_MEMBER) {
        return;
    }
    struct hone_json_scan_member *member =
        &scanner->out->members[scanner->open_member[scanner->depth]];
    member->value_len = (uint32_t)(scanner->at - scanner->start) - member->value;
}

/* From before a key to the start of its value. */
static bool scan_key(struct scanner *scanner)
{
    bool has_escapes = false;
    skip_space(scanner);
    const char *start = scanner->at + 1;
    if (!is_at(scanner, '"') || !scan_string(scanner, &has_escapes)) {
        return false;
    }
    struct hone_span key = hone_span_of(start, (size_t)(scanner->at - 1 - start));
    if (has_escapes) {
        scanner->out->has_checked_keys = false;
    }
    if (!keep_key(scanner, key)) {
        return false;
    }
    skip_space(scanner);
    if (!is_at(scanner, ':')) {
        return false;
    }
    scanner->at += 1;
    skip_space(scanner);
    begin_member(scanner, key);
    return true;
}

/* ---- values ---- */

static void close_container(struct scanner *scanner)
{
    scanner->at += 1;
    scanner->n_keys = scanner->first_key[scanner->depth];
    scanner->depth -= 1;
    end_member(scanner);
}

/* At a bracket that opens: goes on to the first value inside, or behind an empty
 * container, which is then closed. */
static bool open_container(struct scanner *scanner, bool *is_open)
{
    bool is_object = *scanner->at == '{';
    if (scanner->depth == HONE_JSON_DEPTH_MAX) {
        return false;
    }
    scanner->at += 1;
    scanner->depth += 1;
    scanner->is_object[scanner->depth] = is_object;
    scanner->first_key[scanner->depth] = scanner->n_keys;
    skip_space(scanner);
    *is_open = !is_at(scanner, is_object ? '}' : ']');
    if (!*is_open) {
        close_container(scanner);
        return true;
    }
    return !is_object || scan_key(scanner);
}

/* Behind a value: closes what ends here and goes to the start of the next value, if there
 * is one. */
static bool scan_to_next(struct scanner *scanner, bool *has_next)
{
    *has_next = false;
    while (scanner->depth > 0) {
        bool is_object = scanner->is_object[scanner->depth];
        skip_space(scanner);
        if (is_at(scanner, ',')) {
            scanner->at += 1;
            *has_next = true;
            skip_space(scanner);
            return !is_object || scan_key(scanner);
        }
        if (!is_at(scanner, is_object ? '}' : ']')) {
            return false;
        }
        close_container(scanner);
    }
    return true;
}

/* The outermost value with all that is in it. */
static bool scan_values(struct scanner *scanner)
{
    bool has_next = true;
    while (has_next) {
        bool is_open = false;
        if (is_at(scanner, '{') || is_at(scanner, '[')) {
            if (!open_container(scanner, &is_open)) {
                return false;
            }
        } else {
            if (!scan_scalar(scanner)) {
                return false;
            }
            end_member(scanner);
        }
        if (!is_open && !scan_to_next(scanner, &has_next)) {
            return false;
        }
    }
    return true;
}

int hone_json_scan(struct hone_json_scan *out, struct hone_span text)
{
    struct scanner scanner; /* mostly a stack, of which little is used */
    if (text.len == 0 || text.len > UINT32_MAX) {
        return HONE_E_INVALID;
    }
    scanner.at = text.data;
    scanner.end = text.data + text.len;
    scanner.out = out;
    scanner.depth = 0;
    scanner.n_keys = 0;
    out->n_members = 0;
    out->has_all_members = true;
    out->has_checked_keys = true;
    skip_space(&scanner);
    scanner.start = scanner.at;
    if (!scan_values(&scanner)) {
        return HONE_E_INVALID;
    }
    out->value = hone_span_of(scanner.start, (size_t)(scanner.at - scanner.start));
    skip_space(&scanner);
    return scanner.at == scanner.end ? 0 : HONE_E_INVALID;
}

/* ---- look-up ---- */

static const struct hone_json_scan_member *find(const struct hone_json_scan *scan,
                                                size_t parent, const char *key)
{
    struct hone_span wanted = hone_span_text(key);
    for (size_t i = 0; i < scan->n_members; i++) {
        const struct hone_json_scan_member *member = &scan->members[i];
        struct hone_span text =
            hone_span_of(scan->value.data + member->key, member->key_len);
        /* Keys that were checked have no escapes: they say what they are. */
        if (member->parent == parent &&
            (scan->has_checked_keys ? hone_span_equal(text, wanted)
                                    : hone_json_walk_key_is(text, key))) {
            return member;
        }
    }
    return NULL;
}

static struct hone_span value_of(const struct hone_json_scan *scan,
                                 const struct hone_json_scan_member *member)
{
    return hone_span_of(scan->value.data + member->value, member->value_len);
}

struct hone_span hone_json_scan_member(const struct hone_json_scan *scan, const char *key)
{
    const struct hone_json_scan_member *member = find(scan, 0, key);
    if (member != NULL) {
        return value_of(scan, member);
    }
    return scan->has_all_members ? hone_span_of(NULL, 0)
                                 : hone_json_walk_member(scan->value, key);
}

struct hone_span hone_json_scan_inner(const struct hone_json_scan *scan,
                                      const char *outer, const char *key)
{
    const struct hone_json_scan_member *parent = find(scan, 0, outer);
    const struct hone_json_scan_member *member = NULL;
    if (parent != NULL) {
        member = find(scan, 1 + (size_t)(parent - scan->members), key);
    }
    if (member != NULL) {
        return value_of(scan, member);
    }
    return scan->has_all_members
               ? hone_span_of(NULL, 0)
               : hone_json_walk_member(hone_json_walk_member(scan->value, outer), key);
}
