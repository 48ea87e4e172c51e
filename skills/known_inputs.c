#include "skills/known_inputs.h"

#include "base/rng.h"

#include <string.h>

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hash = hash_byte(hash, (unsigned char)bytes[i]);
    }
    return hash;
}

/* As a letter of a word, in lower case; 0 for what is not in words. */
static unsigned char fold_byte(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return (unsigned char)(byte - 'A' + 'a');
    }
    bool in_word =
        byte > 0x7f || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
    return in_word ? byte : 0;
}

/* A text without words is as it is. */
static uint64_t hash_text(const char *text, size_t n)
{
    uint64_t hash = FNV_BASIS;
    bool is_in_word = false, has_words = false;
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = fold_byte((unsigned char)text[i]);
        if (byte != 0 && !is_in_word && has_words) {
            hash = hash_byte(hash, ' ');
        }
        hash = byte != 0 ? hash_byte(hash, byte) : hash;
        is_in_word = byte != 0;
        has_words = has_words || is_in_word;
    }
    return has_words ? hash : hash_bytes(hash, text, n);
}

static uint64_t hash_number(const json_t *value)
{
    double number = json_number_value(value) + 0.0; /* -0 is 0 */
    char bytes[sizeof(number)];
    memcpy(bytes, &number, sizeof(number));
    return hash_bytes(FNV_BASIS, bytes, sizeof(bytes));
}

static uint64_t hash_value(const json_t *value);

/* A sum has no order. */
static uint64_t hash_members(const json_t *object)
{
    const char *name = NULL;
    json_t *member = NULL;
    uint64_t sum = 0;
    json_object_foreach((json_t *)(uintptr_t)object, name, member)
    {
        uint64_t hash = hash_bytes(FNV_BASIS, name, strlen(name) + 1);
        sum += hone_rng_mix(hash ^ hone_rng_mix(hash_value(member)));
    }
    return sum;
}

static uint64_t hash_items(const json_t *array)
{
    size_t index = 0;
    const json_t *item = NULL;
    uint64_t hash = FNV_BASIS;
    json_array_foreach(array, index, item)
    {
        hash = hone_rng_mix(hash ^ hash_value(item));
    }
    return hash;
}

static uint64_t hash_value(const json_t *value)
{
    uint64_t hash = 0;
    switch (json_typeof(value)) {
    case JSON_STRING:
        hash = hash_text(json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        hash = hash_number(value);
        break;
    case JSON_OBJECT:
        hash = hash_members(value);
        break;
    case JSON_ARRAY:
        hash = hash_items(value);
        break;
    default:
        break;
    }
    unsigned kind = json_is_real(value) ? JSON_INTEGER : json_typeof(value);
    return hone_rng_mix(hash + kind);
}

uint64_t hone_known_inputs_key(const json_t *input)
{
    return hash_value(input) >> 1;
}

bool hone_known_inputs_has(const struct hone_known_inputs *inputs, uint64_t key)
{
    for (uint32_t i = 0; i < inputs->n; i++) {
        if (inputs->keys[i] == key) {
            return true;
        }
    }
    return false;
}

void hone_known_inputs_add(struct hone_known_inputs *inputs, uint64_t key)
{
    if (!hone_known_inputs_has(inputs, key)) {
        inputs->keys[inputs->next] = key;
        inputs->next = (inputs->next + 1) % HONE_KNOWN_INPUTS_MAX;
        inputs->n += inputs->n < HONE_KNOWN_INPUTS_MAX ? 1 : 0;
    }
}

json_t *hone_known_inputs_pack(const struct hone_known_inputs *inputs)
{
    json_t *out = json_array();
    uint32_t first = inputs->n < HONE_KNOWN_INPUTS_MAX ? 0 : inputs->next;
    for (uint32_t i = 0; i < inputs->n; i++) {
        uint64_t key = inputs->keys[(first + i) % HONE_KNOWN_INPUTS_MAX];
        (void)json_array_append_new(out, json_integer((json_int_t)key));
    }
    return out;
}

bool hone_known_inputs_unpack(struct hone_known_inputs *out, const json_t *value)
{
    size_t index = 0;
    const json_t *item = NULL;
    *out = (struct hone_known_inputs){0};
    if ((value != NULL && !json_is_array(value)) ||
        json_array_size(value) > HONE_KNOWN_INPUTS_MAX) {
        return false;
    }
    json_array_foreach(value, index, item)
    {
        if (!json_is_integer(item) || json_integer_value(item) < 0) {
            return false;
        }
        hone_known_inputs_add(out, (uint64_t)json_integer_value(item));
    }
    return out->n == json_array_size(value); /* each once */
}
