#include "net/quic_datagrams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void pf_quic_datagrams_init(struct pf_quic_datagrams *q, size_t limit)
{
    *q = (struct pf_quic_datagrams){.limit = limit};
    q->last = &q->first;
}

void pf_quic_datagrams_finish(struct pf_quic_datagrams *q)
{
    while (q->first)
        pf_quic_datagrams_pop(q);
}

int pf_quic_datagrams_push(struct pf_quic_datagrams *q, const void *data, size_t len)
{
    struct pf_quic_waiting *d = malloc(sizeof(*d) + len);
    if (!d)
        return -ENOMEM;
    d->next = NULL;
    d->len = len;
    if (len)
        memcpy(d->data, data, len);
    while (q->first && q->bytes + len > q->limit) {
        pf_quic_datagrams_pop(q);
        q->dropped++;
    }
    *q->last = d;
    q->last = &d->next;
    q->bytes += len;
    return 0;
}

const struct pf_quic_waiting *pf_quic_datagrams_first(const struct pf_quic_datagrams *q)
{
    return q->first;
}

void pf_quic_datagrams_pop(struct pf_quic_datagrams *q)
{
    struct pf_quic_waiting *d = q->first;
    q->first = d->next;
    if (!q->first)
        q->last = &q->first;
    q->bytes -= d->len;
    free(d);
}
