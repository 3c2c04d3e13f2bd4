#include "net/quic_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 };

struct pf_quic_stream *pf_quic_stream_create(int64_t id)
{
    struct pf_quic_stream *s = calloc(1, sizeof(*s));
    if (s)
        s->id = id;
    return s;
}

static void drop_first(struct pf_quic_stream *s)
{
    struct pf_quic_block *block = s->first;
    s->first = block->next;
    if (!s->first)
        s->last = NULL;
    s->acked_in_first = 0;
    free(block);
}

void pf_quic_stream_destroy(struct pf_quic_stream *s)
{
    while (s->first)
        drop_first(s);
    free(s);
}

static void put(struct pf_quic_block *block, const uint8_t *data, size_t len)
{
    if (len)
        memcpy(block->data + block->len, data, len);
    block->len += len;
}

int pf_quic_stream_append(struct pf_quic_stream *s, const void *data, size_t len)
{
    const uint8_t *p = data;
    size_t room = s->last ? s->last->cap - s->last->len : 0;
    size_t here = len < room ? len : room, rest = len - here;
    struct pf_quic_block *block = NULL;
    if (rest) {
        size_t cap = rest > BLOCK ? rest : BLOCK;
        block = malloc(sizeof(*block) + cap);
        if (!block)
            return -ENOMEM;
        *block = (struct pf_quic_block){.cap = cap};
    }
    if (here)
        put(s->last, p, here);
    if (block) {
        put(block, p + here, rest);
        if (s->last)
            s->last->next = block;
        else
            s->first = block;
        s->last = block;
    }
    s->pending += len;
    s->unsent += len;
    return 0;
}

bool pf_quic_stream_has_news(const struct pf_quic_stream *s)
{
    return !s->shut && (s->unsent || (s->finish && !s->finish_sent));
}

size_t pf_quic_stream_peek(const struct pf_quic_stream *s, ngtcp2_vec *vec, size_t cap, bool *ret_all)
{
    size_t skip = s->acked_in_first + (s->pending - s->unsent), left = s->unsent, n = 0;
    for (struct pf_quic_block *b = s->first; b && left && n < cap; b = b->next) {
        if (skip >= b->len) {
            skip -= b->len;
            continue;
        }
        vec[n] = (ngtcp2_vec){.base = b->data + skip, .len = b->len - skip};
        left -= vec[n++].len;
        skip = 0;
    }
    *ret_all = left == 0;
    return n;
}

void pf_quic_stream_sent(struct pf_quic_stream *s, size_t len)
{
    s->unsent -= len;
}

void pf_quic_stream_acked(struct pf_quic_stream *s, size_t len)
{
    s->pending -= len;
    while (len) {
        size_t here = s->first->len - s->acked_in_first;
        if (len < here) {
            s->acked_in_first += len;
            return;
        }
        len -= here;
        drop_first(s);
    }
}
