#include "optim/replay.h"

#include "base/alloc.h"
#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_EXAMPLES 128
#define SIZED_EXAMPLES 16

struct hone_replay_example {
    size_t n_refs;
    struct hone_replay_target target;
    size_t n;
    uint32_t words[]; /* ids (n,), then the bytes of the values (n,), then the set */
};

struct hone_replay_block {
    size_t n_refs;
    struct hone_replay_example *examples[BLOCK_EXAMPLES];
};

_Static_assert(sizeof(float) == sizeof(uint32_t), "values lie behind the ids");

static struct hone_replay_example *make_example(struct hone_encoder_vector x,
                                                struct hone_replay_target target)
{
    struct hone_replay_example *example = hone_alloc_zeroed(
        1, sizeof(*example) + (2 * x.n + target.n_set) * sizeof(uint32_t));
    example->n_refs = 1;
    example->target = target;
    example->n = x.n;
    if (x.n > 0) {
        memcpy(example->words, x.ids, x.n * sizeof(uint32_t));
        memcpy(example->words + x.n, x.values, x.n * sizeof(float));
    }
    if (target.n_set > 0) {
        memcpy(example->words + 2 * x.n, target.set, target.n_set * sizeof(uint32_t));
    }
    example->target.set = example->words + 2 * x.n;
    return example;
}

static void unref_example(struct hone_replay_example *example)
{
    if (example != NULL && --example->n_refs == 0) {
        free(example);
    }
}

static void unref_block(struct hone_replay_block *block)
{
    if (--block->n_refs > 0) {
        return;
    }
    for (size_t i = 0; i < BLOCK_EXAMPLES; i++) {
        unref_example(block->examples[i]);
    }
    free(block);
}

static struct hone_replay_block *copy_block(const struct hone_replay_block *from)
{
    struct hone_replay_block *block = hone_alloc_zeroed(1, sizeof(*block));
    *block = *from;
    block->n_refs = 1;
    for (size_t i = 0; i < BLOCK_EXAMPLES; i++) {
        if (block->examples[i] != NULL) {
            block->examples[i]->n_refs += 1;
        }
    }
    return block;
}

static void list_finish(struct hone_replay_list *list)
{
    for (size_t i = 0; i < list->n_blocks; i++) {
        unref_block(list->blocks[i]);
    }
    free(list->blocks);
    *list = (struct hone_replay_list){0};
}

static void list_copy(struct hone_replay_list *dst, const struct hone_replay_list *src)
{
    *dst = *src;
    dst->blocks = NULL;
    if (src->n_blocks == 0) {
        return;
    }
    dst->blocks = hone_alloc_zeroed(src->n_blocks, sizeof(struct hone_replay_block *));
    for (size_t i = 0; i < src->n_blocks; i++) {
        dst->blocks[i] = src->blocks[i];
        dst->blocks[i]->n_refs += 1;
    }
}

/* Puts an example at a place of the list, or behind its end. Takes the example. */
static void list_set_take(struct hone_replay_list *list, size_t place,
                          struct hone_replay_example *example)
{
    HONE_REQUIRE(place <= list->n);
    size_t index = place / BLOCK_EXAMPLES;
    if (index == list->n_blocks) {
        list->blocks = hone_alloc_resize(list->blocks, index + 1, sizeof(*list->blocks));
        list->blocks[index] = hone_alloc_zeroed(1, sizeof(struct hone_replay_block));
        list->blocks[index]->n_refs = 1;
        list->n_blocks += 1;
    } else if (list->blocks[index]->n_refs > 1) {
        struct hone_replay_block *own = copy_block(list->blocks[index]);
        unref_block(list->blocks[index]);
        list->blocks[index] = own;
    }
    struct hone_replay_example **slot =
        &list->blocks[index]->examples[place % BLOCK_EXAMPLES];
    unref_example(*slot);
    *slot = example;
    list->n += place == list->n ? 1 : 0;
}

void hone_replay_init(struct hone_replay *replay, size_t capacity)
{
    HONE_REQUIRE(capacity <= HONE_REPLAY_CAPACITY_MAX);
    *replay = (struct hone_replay){.capacity = capacity};
}

void hone_replay_finish(struct hone_replay *replay)
{
    list_finish(&replay->priors);
    list_finish(&replay->ring);
    *replay = (struct hone_replay){0};
}

void hone_replay_copy(struct hone_replay *dst, const struct hone_replay *src)
{
    *dst = *src;
    list_copy(&dst->priors, &src->priors);
    list_copy(&dst->ring, &src->ring);
}

void hone_replay_push(struct hone_replay *replay, struct hone_encoder_vector x,
                      struct hone_replay_target target)
{
    if (replay->capacity == 0) {
        return;
    }
    list_set_take(&replay->ring, replay->head, make_example(x, target));
    replay->head = (replay->head + 1) % replay->capacity;
}

void hone_replay_push_prior(struct hone_replay *replay, struct hone_encoder_vector x,
                            struct hone_replay_target target)
{
    list_set_take(&replay->priors, replay->priors.n, make_example(x, target));
}

void hone_replay_keep_newest(struct hone_replay *replay, size_t n)
{
    struct hone_replay_list kept = {0};
    struct hone_replay_list *ring = &replay->ring;
    if (ring->n <= n) {
        return;
    }
    /* The oldest is the one to be overwritten next, or the first while there is room. */
    size_t oldest = ring->n == replay->capacity ? replay->head : 0;
    for (size_t i = ring->n - n; i < ring->n; i++) {
        size_t place = (oldest + i) % ring->n;
        struct hone_replay_example *example =
            ring->blocks[place / BLOCK_EXAMPLES]->examples[place % BLOCK_EXAMPLES];
        example->n_refs += 1;
        list_set_take(&kept, kept.n, example);
    }
    list_finish(ring);
    *ring = kept;
    replay->head = n;
}

size_t hone_replay_n(const struct hone_replay *replay)
{
    return replay->priors.n + replay->ring.n;
}

static const struct hone_replay_example *example_at(const struct hone_replay *replay,
                                                    size_t index)
{
    HONE_REQUIRE(index < hone_replay_n(replay));
    const struct hone_replay_list *list = &replay->priors;
    if (index >= list->n) {
        index -= list->n;
        list = &replay->ring;
    }
    return list->blocks[index / BLOCK_EXAMPLES]->examples[index % BLOCK_EXAMPLES];
}

struct hone_encoder_vector hone_replay_vector(const struct hone_replay *replay,
                                              size_t index)
{
    const struct hone_replay_example *example = example_at(replay, index);
    return (struct hone_encoder_vector){
        example->words, (const float *)(const void *)(example->words + example->n),
        example->n};
}

struct hone_replay_target hone_replay_target(const struct hone_replay *replay,
                                             size_t index)
{
    return example_at(replay, index)->target;
}

size_t hone_replay_bytes(const struct hone_replay *replay)
{
    size_t n = hone_replay_n(replay), n_sized = 0, bytes = 0;
    for (size_t i = 0; i < n; i += n / SIZED_EXAMPLES + 1) {
        bytes += sizeof(struct hone_replay_example) +
                 hone_replay_vector(replay, i).n * (sizeof(uint32_t) + sizeof(float)) +
                 hone_replay_target(replay, i).n_set * sizeof(uint32_t);
        n_sized += 1;
    }
    size_t n_blocks = replay->priors.n_blocks + replay->ring.n_blocks;
    return (n_sized > 0 ? bytes / n_sized * n : 0) +
           n_blocks * sizeof(struct hone_replay_block);
}
