/* What must not be guessed, forged or told by timing: random bytes, HMAC-SHA-256
 * (libsodium), comparison in constant time. Thread: any. */
#ifndef HONE_BASE_SECRET_H
#define HONE_BASE_SECRET_H

#include "base/digest.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HONE_SECRET_KEY_BYTES  32
#define HONE_SECRET_RANDOM_MAX 256

struct hone_secret_key {
    uint8_t bytes[HONE_SECRET_KEY_BYTES];
};

/* Fills out with len <= HONE_SECRET_RANDOM_MAX bytes from the system's generator. */
void hone_secret_random(void *out, size_t len);
struct hone_secret_key hone_secret_make_key(void);
/* HMAC-SHA-256 of data. */
struct hone_digest hone_secret_mac(const struct hone_secret_key *key,
                                   struct hone_span data);
/* Takes as long for any two values. */
bool hone_secret_equal(struct hone_digest a, struct hone_digest b);
/* Overwrites; the compiler does not leave it out. */
void hone_secret_wipe(void *data, size_t len);

#endif
