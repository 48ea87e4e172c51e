#include "server/channel.h"

#include "base/alloc.h"
#include "base/check.h"
#include "server/exchange.h"

#include <stdlib.h>

struct hone_channel *hone_channel_create(const struct hone_channel_carrier *carrier,
                                         void *owner, bool closing_cancels)
{
    struct hone_channel *channel = hone_alloc_zeroed(1, sizeof(*channel));
    channel->carrier = carrier;
    channel->owner = owner;
    channel->n_refs = 1;
    channel->closing_cancels = closing_cancels;
    hone_list_init(&channel->exchanges);
    return channel;
}

bool hone_channel_is_full(const struct hone_channel *channel)
{
    return channel->n_in_flight >= HONE_CHANNEL_IN_FLIGHT_MAX ||
           channel->kept_bytes > HONE_CHANNEL_KEPT_BYTES_MAX;
}

struct hone_channel *hone_channel_ref(struct hone_channel *channel)
{
    HONE_REQUIRE(channel->n_refs > 0);
    channel->n_refs += 1;
    return channel;
}

void hone_channel_unref(struct hone_channel *channel)
{
    HONE_REQUIRE(channel->n_refs > 0);
    channel->n_refs -= 1;
    if (channel->n_refs == 0) {
        free(channel);
    }
}

/* The next one to be cancelled, as cancelling one may end others. */
static struct hone_exchange *find_closing(struct hone_channel *channel)
{
    HONE_LIST_EACH(&channel->exchanges, link)
    {
        struct hone_exchange *exchange =
            HONE_LIST_OWNER(link, struct hone_exchange, in_channel);
        if (!exchange->cancelled &&
            (channel->closing_cancels || exchange->request.era == HONE_MCP_ERA_MODERN)) {
            return exchange;
        }
    }
    return NULL;
}

void hone_channel_close(struct hone_channel *channel)
{
    struct hone_exchange *exchange = NULL;
    channel->owner = NULL;
    while ((exchange = find_closing(channel)) != NULL) {
        hone_exchange_cancel(exchange);
    }
    hone_channel_unref(channel);
}
