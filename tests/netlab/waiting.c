#include "waiting.h"

#include <stdlib.h>
#include <string.h>

/* A binary heap of pointers; those from `count` on are the free frames. */
struct waiting {
    unsigned capacity, count;
    uint64_t serial;
    struct waiting_frame *storage;
    struct waiting_frame **heap;
};

struct waiting *waiting_create(unsigned capacity)
{
    struct waiting *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->capacity = capacity;
    w->storage = calloc(capacity, sizeof(*w->storage));
    w->heap = calloc(capacity, sizeof(struct waiting_frame *));
    if (!w->storage || !w->heap) {
        waiting_destroy(w);
        return NULL;
    }
    for (unsigned i = 0; i < capacity; i++)
        w->heap[i] = &w->storage[i];
    return w;
}

void waiting_destroy(struct waiting *w)
{
    if (!w)
        return;
    free(w->storage);
    free(w->heap);
    free(w);
}

static bool is_before(const struct waiting_frame *a, const struct waiting_frame *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->serial < b->serial;
}

static void swap(struct waiting *w, unsigned a, unsigned b)
{
    struct waiting_frame *t = w->heap[a];
    w->heap[a] = w->heap[b];
    w->heap[b] = t;
}

bool waiting_put(struct waiting *w, uint64_t due_ns, unsigned to, const uint8_t *data, size_t len)
{
    if (w->count == w->capacity || len > FRAME_MAX)
        return false;
    unsigned at = w->count++;
    struct waiting_frame *f = w->heap[at];
    f->due_ns = due_ns;
    f->serial = w->serial++;
    f->to = to;
    f->len = len;
    memcpy(f->data, data, len);
    for (; at > 0 && is_before(w->heap[at], w->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(w, at, (at - 1) / 2);
    return true;
}

const struct waiting_frame *waiting_first(const struct waiting *w)
{
    return w->count ? w->heap[0] : NULL;
}

void waiting_drop_first(struct waiting *w)
{
    swap(w, 0, --w->count);
    for (unsigned at = 0;;) {
        unsigned least = at;
        for (unsigned child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < w->count && is_before(w->heap[child], w->heap[least]))
                least = child;
        if (least == at)
            return;
        swap(w, at, least);
        at = least;
    }
}
