/* Streams of a QUIC connection: what is queued on them and how it leaves. Loop thread only. */
#ifndef PF_NET_QUIC_STREAM_H
#define PF_NET_QUIC_STREAM_H

#include <ngtcp2/ngtcp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes must stay where they are until the peer has acknowledged them, so they live in blocks. */
struct pf_quic_block {
    struct pf_quic_block *next;
    size_t len, cap;
    uint8_t data[];
};

struct pf_quic_stream {
    struct pf_quic_stream *next;
    int64_t id;
    struct pf_quic_block *first, *last;
    size_t acked_in_first; /* bytes of the first block that are acknowledged */
    size_t pending;        /* bytes not acknowledged */
    size_t unsent;         /* of these, never sent */
    bool finish, finish_sent;
    bool shut;         /* the peer wants no more, or we have reset it */
    bool tell_stopped; /* the application does not know that yet */
    bool deaf;         /* what arrives is thrown away */
    bool wants_room;   /* a write was refused */
    bool blocked;      /* flow control; during one round of sending */
};

struct pf_quic_stream *pf_quic_stream_create(int64_t id);
void pf_quic_stream_destroy(struct pf_quic_stream *s);

/* 0 or -ENOMEM (then nothing was taken). */
int pf_quic_stream_append(struct pf_quic_stream *s, const void *data, size_t len);

/* True if bytes or the end wait to be sent. */
bool pf_quic_stream_has_news(const struct pf_quic_stream *s);

/* Fills at most `cap` pieces with what was never sent; returns how many. *ret_all: they are all of it. */
size_t pf_quic_stream_peek(const struct pf_quic_stream *s, ngtcp2_vec *vec, size_t cap, bool *ret_all);

void pf_quic_stream_sent(struct pf_quic_stream *s, size_t len);
void pf_quic_stream_acked(struct pf_quic_stream *s, size_t len);

#endif
