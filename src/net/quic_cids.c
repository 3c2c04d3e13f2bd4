#include "net/quic_cids.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

void pf_quic_cids_init(struct pf_quic_cids *cids)
{
    memset(cids, 0, sizeof(*cids));
    if (gnutls_rnd(GNUTLS_RND_NONCE, &cids->key, sizeof(cids->key)) < 0)
        abort(); /* no randomness: nothing would be safe */
    cids->key |= 1;
}

static size_t bucket_of(const struct pf_quic_cids *cids, const uint8_t *cid, size_t len)
{
    uint64_t h = cids->key ^ len;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ cid[i]) * cids->key;
        h ^= h >> 29;
    }
    return (h >> 20) % PF_QUIC_CID_BUCKETS;
}

static struct pf_quic_cid **slot_of(struct pf_quic_cids *cids, const uint8_t *cid, size_t len)
{
    struct pf_quic_cid **slot = &cids->buckets[bucket_of(cids, cid, len)];
    while (*slot && ((*slot)->cid.datalen != len || memcmp((*slot)->cid.data, cid, len) != 0))
        slot = &(*slot)->next;
    return slot;
}

int pf_quic_cids_add(
    struct pf_quic_cids *cids, const ngtcp2_cid *cid, struct pf_quic_conn *conn, struct pf_quic_cid **head)
{
    struct pf_quic_cid **slot = slot_of(cids, cid->data, cid->datalen);
    if (*slot)
        return -EEXIST;
    struct pf_quic_cid *entry = malloc(sizeof(*entry));
    if (!entry)
        return -ENOMEM;
    *entry = (struct pf_quic_cid){.conn = conn, .cid = *cid, .next_of_conn = *head, .prev_of_conn = head};
    if (*head)
        (*head)->prev_of_conn = &entry->next_of_conn;
    *head = entry;
    *slot = entry;
    return 0;
}

void pf_quic_cids_remove(struct pf_quic_cids *cids, const ngtcp2_cid *cid)
{
    struct pf_quic_cid **slot = slot_of(cids, cid->data, cid->datalen), *entry = *slot;
    if (!entry)
        return;
    *slot = entry->next;
    *entry->prev_of_conn = entry->next_of_conn;
    if (entry->next_of_conn)
        entry->next_of_conn->prev_of_conn = entry->prev_of_conn;
    free(entry);
}

void pf_quic_cids_remove_all(struct pf_quic_cids *cids, struct pf_quic_cid **head)
{
    while (*head) {
        const ngtcp2_cid cid = (*head)->cid;
        pf_quic_cids_remove(cids, &cid);
    }
}

struct pf_quic_conn *pf_quic_cids_find(const struct pf_quic_cids *cids, const uint8_t *cid, size_t len)
{
    struct pf_quic_cid *entry = *slot_of((struct pf_quic_cids *)cids, cid, len);
    return entry ? entry->conn : NULL;
}
