/* SHA-256 (Nettle), in one go or in pieces.
 * Thread: any; a struct hone_digest_stream belongs to one thread. */
#ifndef HONE_BASE_DIGEST_H
#define HONE_BASE_DIGEST_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define HONE_DIGEST_TEXT_LEN 64

struct hone_digest {
    uint8_t bytes[32];
};

struct hone_digest_stream {
    _Alignas(16) unsigned char opaque[128];
};

void hone_digest_stream_init(struct hone_digest_stream *stream);
void hone_digest_stream_update(struct hone_digest_stream *stream, const void *data,
                               size_t len);
struct hone_digest hone_digest_stream_final(struct hone_digest_stream *stream);

struct hone_digest hone_digest_of(struct hone_span data);
bool hone_digest_equal(struct hone_digest a, struct hone_digest b);
/* 64 lower-case hexadecimal digits and a NUL. */
void hone_digest_format(struct hone_digest digest, char out[HONE_DIGEST_TEXT_LEN + 1]);
/* Exactly 64 hexadecimal digits; 0 or HONE_E_INVALID. */
int hone_digest_parse(struct hone_digest *out, struct hone_span text);

#endif
