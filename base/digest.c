#include "base/digest.h"

#include "base/error.h"

#include <nettle/sha2.h>
#include <sodium.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct hone_digest_stream),
               "the opaque state is too small");
_Static_assert(_Alignof(struct sha256_ctx) <= _Alignof(struct hone_digest_stream),
               "the opaque state is not aligned enough");
_Static_assert(SHA256_DIGEST_SIZE == sizeof(struct hone_digest), "SHA-256 is 32 bytes");

static struct sha256_ctx *state_of(struct hone_digest_stream *stream)
{
    return (void *)stream->opaque;
}

void hone_digest_stream_init(struct hone_digest_stream *stream)
{
    sha256_init(state_of(stream));
}

void hone_digest_stream_update(struct hone_digest_stream *stream, const void *data,
                               size_t len)
{
    if (len > 0) {
        sha256_update(state_of(stream), len, data);
    }
}

struct hone_digest hone_digest_stream_final(struct hone_digest_stream *stream)
{
    struct hone_digest digest;
    sha256_digest(state_of(stream), sizeof(digest.bytes), digest.bytes);
    return digest;
}

struct hone_digest hone_digest_of(struct hone_span data)
{
    struct hone_digest_stream stream;
    hone_digest_stream_init(&stream);
    hone_digest_stream_update(&stream, data.data, data.len);
    return hone_digest_stream_final(&stream);
}

bool hone_digest_equal(struct hone_digest a, struct hone_digest b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

void hone_digest_format(struct hone_digest digest, char out[HONE_DIGEST_TEXT_LEN + 1])
{
    (void)sodium_bin2hex(out, HONE_DIGEST_TEXT_LEN + 1, digest.bytes,
                         sizeof(digest.bytes));
}

int hone_digest_parse(struct hone_digest *out, struct hone_span text)
{
    struct hone_digest digest;
    size_t n_bytes = 0;
    const char *end = NULL;
    if (text.len != HONE_DIGEST_TEXT_LEN ||
        sodium_hex2bin(digest.bytes, sizeof(digest.bytes), text.data, text.len, NULL,
                       &n_bytes, &end) != 0 ||
        n_bytes != sizeof(digest.bytes)) {
        return HONE_E_INVALID;
    }
    *out = digest;
    return 0;
}
