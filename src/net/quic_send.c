#include "net/quic_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PACKET_BURST = 32, /* packets of one connection in one turn of the loop */
    PIECES = 8,        /* of stream data in one packet */
};

/* One packet in the making. */
struct packet {
    ngtcp2_path_storage path;
    ngtcp2_pkt_info info;
    uint8_t data[PF_QUIC_MAX_PAYLOAD];
};

/* The calls below return a packet's length, 0 if nothing can be sent now, NGTCP2_ERR_WRITE_MORE if there is
 * room left in the packet, or an error. */

static ngtcp2_ssize put_datagram(struct pf_quic_conn *conn, struct packet *p, uint64_t now)
{
    const struct pf_quic_waiting *d = pf_quic_datagrams_first(&conn->datagrams);
    const ngtcp2_vec vec = {.base = (uint8_t *)d->data, .len = d->len};
    int accepted = 0;
    ngtcp2_ssize n =
        ngtcp2_conn_writev_datagram(conn->ng, &p->path.path, &p->info, p->data, sizeof(p->data), &accepted,
            NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, &vec, d->len ? 1 : 0, now); /* it aborts on empty pieces */
    if (accepted || n == NGTCP2_ERR_INVALID_ARGUMENT || n == NGTCP2_ERR_INVALID_STATE)
        pf_quic_datagrams_pop(&conn->datagrams);
    return n == NGTCP2_ERR_INVALID_ARGUMENT || n == NGTCP2_ERR_INVALID_STATE ? NGTCP2_ERR_WRITE_MORE : n;
}

static ngtcp2_ssize put_stream(
    struct pf_quic_conn *conn, struct pf_quic_stream *s, struct packet *p, uint64_t now)
{
    ngtcp2_vec vec[PIECES];
    bool all;
    ngtcp2_ssize taken = -1;
    size_t pieces = pf_quic_stream_peek(s, vec, PIECES, &all);
    uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
    if (all && s->finish)
        flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
    ngtcp2_ssize n = ngtcp2_conn_writev_stream(
        conn->ng, &p->path.path, &p->info, p->data, sizeof(p->data), &taken, flags, s->id, vec, pieces, now);
    if (taken >= 0) {
        pf_quic_stream_sent(s, (size_t)taken);
        s->finish_sent = all && s->finish && !s->unsent;
    }
    if (n == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
        s->blocked = true;
        return NGTCP2_ERR_WRITE_MORE;
    }
    if (n == NGTCP2_ERR_STREAM_SHUT_WR || n == NGTCP2_ERR_STREAM_NOT_FOUND) {
        s->shut = s->tell_stopped = true;
        return NGTCP2_ERR_WRITE_MORE;
    }
    return n;
}

static struct pf_quic_stream *next_stream(const struct pf_quic_conn *conn)
{
    struct pf_quic_stream *s = conn->streams;
    while (s && (s->blocked || !pf_quic_stream_has_news(s)))
        s = s->next;
    return s;
}

/* Streams take turns, packet by packet. */
static void move_to_end(struct pf_quic_conn *conn, struct pf_quic_stream *s)
{
    struct pf_quic_stream **at = &conn->streams;
    if (!s->next)
        return;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    s->next = NULL;
    *conn->last_stream = s;
    conn->last_stream = &s->next;
}

/* Datagrams go first: they carry what ages fastest. */
static ngtcp2_ssize fill(struct pf_quic_conn *conn, struct packet *p, uint64_t now)
{
    const size_t max = pf_quic_datagram_max(conn);
    ngtcp2_ssize n = NGTCP2_ERR_WRITE_MORE;
    while (n == NGTCP2_ERR_WRITE_MORE) {
        const struct pf_quic_waiting *d =
            conn->state == PF_QUIC_READY ? pf_quic_datagrams_first(&conn->datagrams) : NULL;
        struct pf_quic_stream *s = d ? NULL : next_stream(conn);
        if (d && d->len > max) { /* the path became narrower */
            pf_quic_datagrams_pop(&conn->datagrams);
        } else if (d) {
            n = put_datagram(conn, p, now);
        } else if (s) {
            n = put_stream(conn, s, p, now);
            move_to_end(conn, s);
        } else {
            return ngtcp2_conn_writev_stream(conn->ng, &p->path.path, &p->info, p->data, sizeof(p->data),
                NULL, NGTCP2_WRITE_STREAM_FLAG_NONE, -1, NULL, 0, now);
        }
    }
    return n;
}

void pf_quic_conn_drop_kept(struct pf_quic_conn *conn)
{
    if (conn->held)
        conn->ep->held--;
    conn->held = false;
    free(conn->kept);
    conn->kept = NULL;
}

int pf_quic_conn_keep(struct pf_quic_conn *conn, const void *data, size_t len, const ngtcp2_path *path)
{
    uint8_t *copy = malloc(len);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, data, len);
    free(conn->kept);
    conn->kept = copy;
    conn->kept_len = len;
    memset(&conn->kept_route, 0, sizeof(conn->kept_route));
    memcpy(&conn->kept_route.local, path->local.addr, path->local.addrlen);
    memcpy(&conn->kept_route.remote, path->remote.addr, path->remote.addrlen);
    return 0;
}

/* True if the socket wants a pause. */
static bool pass_on(struct pf_quic_conn *conn, const struct packet *p, size_t len)
{
    if (!pf_quic_endpoint_send(conn->ep, p->data, len, &p->path.path))
        return false;
    if (pf_quic_conn_keep(conn, p->data, len, &p->path.path))
        return true; /* lost; it will be sent again */
    conn->held = true;
    conn->ep->held++;
    return true;
}

int pf_quic_conn_send(struct pf_quic_conn *conn, uint64_t now)
{
    struct packet p;
    ngtcp2_ssize n = 0;
    int sent = 0;
    for (struct pf_quic_stream *s = conn->streams; s; s = s->next)
        s->blocked = false;
    for (; sent < PACKET_BURST; sent++) {
        ngtcp2_path_storage_zero(&p.path);
        n = fill(conn, &p, now);
        if (n <= 0 || pass_on(conn, &p, (size_t)n))
            break;
    }
    if (n < 0)
        return (int)n;
    ngtcp2_conn_update_pkt_tx_time(conn->ng, now);
    if (sent == PACKET_BURST)
        pf_quic_endpoint_wake(conn->ep, conn);
    return 0;
}

void pf_quic_conn_writable(struct pf_quic_conn *conn)
{
    const ngtcp2_path path = pf_quic_path_of(&conn->kept_route);
    if (pf_quic_endpoint_send(conn->ep, conn->kept, conn->kept_len, &path))
        return;
    pf_quic_conn_drop_kept(conn);
    pf_quic_endpoint_wake(conn->ep, conn);
}
