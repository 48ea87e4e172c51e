/* fuzz: store - blocks of call records: never reads past the end, and what is read
 * appends again to the same bytes. */
#include "base/buf.h"
#include "base/check.h"
#include "store/call_block.h"
#include "store/call_cache.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_span block = hone_span_of((const char *)data, size);
    struct hone_call_record record;
    struct hone_call_cache cache;
    size_t offset = 0;
    size_t start = 0;
    while (hone_call_block_next(block, &offset, &record) == 1) {
        struct hone_buf again;
        hone_buf_init(&again, size);
        HONE_INVARIANT(hone_call_block_append(&again, &record) == 0);
        HONE_INVARIANT(again.len == offset - start &&
                       memcmp(again.data, block.data + start, again.len) == 0);
        hone_buf_finish(&again);
        start = offset;
    }
    hone_call_cache_init(&cache, 1 << 20);
    if (hone_call_cache_add(&cache, 1, block, true) == 0) {
        HONE_INVARIANT(hone_call_cache_find(&cache, record.call_id, &record));
    }
    hone_call_cache_finish(&cache);
    return 0;
}
