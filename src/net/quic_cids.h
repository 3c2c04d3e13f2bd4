/* Which connection a connection ID belongs to. Loop thread only. */
#ifndef PF_NET_QUIC_CIDS_H
#define PF_NET_QUIC_CIDS_H

#include <ngtcp2/ngtcp2.h>
#include <stddef.h>
#include <stdint.h>

struct pf_quic_conn;

/* Length of the IDs we choose; a short packet header does not tell it. */
enum { PF_QUIC_CID_SIZE = 8, PF_QUIC_CID_BUCKETS = 1024 };

struct pf_quic_cid {
    struct pf_quic_cid *next; /* in the bucket */
    struct pf_quic_cid **prev_of_conn, *next_of_conn;
    struct pf_quic_conn *conn;
    ngtcp2_cid cid;
};

struct pf_quic_cids {
    uint64_t key; /* secret, so that peers cannot choose IDs that collide */
    struct pf_quic_cid *buckets[PF_QUIC_CID_BUCKETS];
};

void pf_quic_cids_init(struct pf_quic_cids *cids);

/* Adds the ID to the list *head of its connection. Returns 0, -EEXIST or -ENOMEM. */
int pf_quic_cids_add(
    struct pf_quic_cids *cids, const ngtcp2_cid *cid, struct pf_quic_conn *conn, struct pf_quic_cid **head);
void pf_quic_cids_remove(struct pf_quic_cids *cids, const ngtcp2_cid *cid);
void pf_quic_cids_remove_all(struct pf_quic_cids *cids, struct pf_quic_cid **head);

/* NULL if nobody has this ID. */
struct pf_quic_conn *pf_quic_cids_find(const struct pf_quic_cids *cids, const uint8_t *cid, size_t len);

#endif
