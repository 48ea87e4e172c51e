/* Intrusive doubly linked list. The head is a link of its own; an item on no list is
 * linked to itself after hone_list_init. Not synchronised. */
#ifndef HONE_BASE_LIST_H
#define HONE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct hone_list {
    struct hone_list *prev, *next;
};

#define HONE_LIST_OWNER(link, type, member)                                              \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))
#define HONE_LIST_EACH(head, link)                                                       \
    for (struct hone_list *link = (head)->next, *link##_next = link->next;               \
         link != (head); link = link##_next, link##_next = link->next)

static inline void hone_list_init(struct hone_list *list)
{
    list->prev = list->next = list;
}

static inline bool hone_list_is_empty(const struct hone_list *list)
{
    return list->next == list;
}

/* Appends at the end of head's list. */
static inline void hone_list_append(struct hone_list *head, struct hone_list *item)
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}

/* Removes item from whatever list it is on; harmless on none. */
static inline void hone_list_remove(struct hone_list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    hone_list_init(item);
}

/* Appends all items of from to head's list, in order; from is empty then. */
static inline void hone_list_move(struct hone_list *head, struct hone_list *from)
{
    while (!hone_list_is_empty(from)) {
        struct hone_list *item = from->next;
        hone_list_remove(item);
        hone_list_append(head, item);
    }
}

#endif
