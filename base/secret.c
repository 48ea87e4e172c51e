#include "base/secret.h"

#include "base/check.h"

#include <sodium.h>
#include <unistd.h>

_Static_assert(crypto_auth_hmacsha256_BYTES == sizeof(struct hone_digest),
               "HMAC-SHA-256 is 32 bytes");
_Static_assert(crypto_auth_hmacsha256_KEYBYTES == HONE_SECRET_KEY_BYTES,
               "the key is 32 bytes");

void hone_secret_random(void *out, size_t len)
{
    HONE_REQUIRE(len <= HONE_SECRET_RANDOM_MAX);
    HONE_INVARIANT(getentropy(out, len) == 0);
}

struct hone_secret_key hone_secret_make_key(void)
{
    struct hone_secret_key key;
    hone_secret_random(key.bytes, sizeof(key.bytes));
    return key;
}

struct hone_digest hone_secret_mac(const struct hone_secret_key *key,
                                   struct hone_span data)
{
    struct hone_digest mac;
    HONE_INVARIANT(crypto_auth_hmacsha256(mac.bytes, (const unsigned char *)data.data,
                                          data.len, key->bytes) == 0);
    return mac;
}

bool hone_secret_equal(struct hone_digest a, struct hone_digest b)
{
    return sodium_memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

void hone_secret_wipe(void *data, size_t len)
{
    sodium_memzero(data, len);
}
