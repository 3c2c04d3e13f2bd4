#include "trust/knocks.h"

#include <string.h>

void pf_knocks_init(struct pf_knocks *k)
{
    *k = (struct pf_knocks){.park_ns = PF_KNOCK_PARK_NS};
}

static struct pf_knock *by_fingerprint(struct pf_knocks *k, const uint8_t fingerprint[32])
{
    for (size_t i = 0; i < k->count; i++)
        if (memcmp(k->entries[i].fingerprint, fingerprint, 32) == 0)
            return &k->entries[i];
    return NULL;
}

/* Whoever has an IPv6 address has all the others of its /64 as well. */
static bool same_network(const struct pf_knock_address *a, const struct pf_knock_address *b)
{
    static const uint8_t ipv4[12] = {[10] = 0xff, [11] = 0xff};
    bool is_ipv4 = memcmp(a->bytes, ipv4, sizeof(ipv4)) == 0 || memcmp(b->bytes, ipv4, sizeof(ipv4)) == 0;
    return memcmp(a->bytes, b->bytes, is_ipv4 ? sizeof(a->bytes) : 8) == 0;
}

/* Takes the entry out first, so that the callback finds the queue in order. */
static void drop(struct pf_knocks *k, struct pf_knock *entry, enum pf_knock_outcome outcome)
{
    struct pf_knock_waiter *waiter = entry->waiter;
    size_t after = (size_t)(&k->entries[k->count] - entry) - 1;
    memmove(entry, entry + 1, after * sizeof(*entry));
    k->count--;
    if (waiter)
        waiter->decided(waiter, outcome);
}

static void unpark(struct pf_knock *entry, enum pf_knock_outcome outcome)
{
    struct pf_knock_waiter *waiter = entry->waiter;
    entry->waiter = NULL;
    if (waiter)
        waiter->decided(waiter, outcome);
}

/* Who goes first when room is needed: nobody waits for the answer, and it has been silent longest. */
static bool is_better_victim(const struct pf_knock *a, const struct pf_knock *b)
{
    if (!a->waiter != !b->waiter)
        return !a->waiter;
    return a->last_ns < b->last_ns;
}

/* Evicts until fewer than `limit` entries remain; address NULL counts all of them, else those of its network.
 * `keep` is the device on whose behalf room is made. */
static void make_room(
    struct pf_knocks *k, const struct pf_knock_address *address, size_t limit, const uint8_t keep[32])
{
    for (;;) {
        struct pf_knock *victim = NULL;
        size_t n = 0;
        for (size_t i = 0; i < k->count; i++) {
            struct pf_knock *e = &k->entries[i];
            if (memcmp(e->fingerprint, keep, 32) == 0 || (address && !same_network(&e->address, address)))
                continue;
            n++;
            if (!victim || is_better_victim(e, victim))
                victim = e;
        }
        if (n < limit)
            return;
        drop(k, victim, PF_KNOCK_DENIED);
    }
}

uint32_t pf_knocks_park(struct pf_knocks *k, uint64_t now_ns, const uint8_t fingerprint[32], const char *name,
    const struct pf_knock_address *address, struct pf_knock_waiter *waiter)
{
    pf_knocks_expire(k, now_ns);
    make_room(k, address, PF_KNOCKS_PER_ADDRESS, fingerprint);
    make_room(k, NULL, PF_KNOCKS_MAX, fingerprint);

    struct pf_knock *e = by_fingerprint(k, fingerprint);
    struct pf_knock_waiter *older = e ? e->waiter : NULL;
    if (!e) {
        e = &k->entries[k->count++];
        *e = (struct pf_knock){.id = k->next_id++};
        memcpy(e->fingerprint, fingerprint, 32);
    }
    uint32_t id = e->id;
    size_t n = strnlen(name, PF_NAME_MAX);
    memcpy(e->name, name, n);
    e->name[n] = 0;
    e->address = *address;
    e->last_ns = now_ns;
    e->waiter = waiter;
    e->park_until_ns = now_ns + k->park_ns;
    if (older)
        older->decided(older, PF_KNOCK_SUPERSEDED);
    return id;
}

void pf_knocks_leave(struct pf_knocks *k, struct pf_knock_waiter *waiter)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->entries[i].waiter == waiter)
            k->entries[i].waiter = NULL;
}

bool pf_knocks_admit(struct pf_knocks *k, const uint8_t fingerprint[32])
{
    struct pf_knock *e = by_fingerprint(k, fingerprint);
    if (!e)
        return false;
    drop(k, e, PF_KNOCK_ADMITTED);
    return true;
}

const struct pf_knock *pf_knocks_find(const struct pf_knocks *k, uint32_t id)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->entries[i].id == id)
            return &k->entries[i];
    return NULL;
}

bool pf_knocks_deny(struct pf_knocks *k, uint32_t id)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->entries[i].id == id) {
            drop(k, &k->entries[i], PF_KNOCK_DENIED);
            return true;
        }
    return false;
}

/* One step of expiry; false when nothing is due. */
static bool expire_one(struct pf_knocks *k, uint64_t now_ns)
{
    for (size_t i = 0; i < k->count; i++) {
        struct pf_knock *e = &k->entries[i];
        if (e->waiter && now_ns >= e->park_until_ns) {
            unpark(e, PF_KNOCK_TIMED_OUT);
            return true;
        }
        if (now_ns >= e->last_ns + PF_KNOCK_EXPIRY_NS) {
            drop(k, e, PF_KNOCK_DENIED);
            return true;
        }
    }
    return false;
}

void pf_knocks_expire(struct pf_knocks *k, uint64_t now_ns)
{
    while (expire_one(k, now_ns))
        ; /* the callback may have changed the queue: look again from the start */
}

uint64_t pf_knocks_deadline(const struct pf_knocks *k)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < k->count; i++) {
        const struct pf_knock *e = &k->entries[i];
        uint64_t at = e->last_ns + PF_KNOCK_EXPIRY_NS;
        if (e->waiter && e->park_until_ns < at)
            at = e->park_until_ns;
        if (at < next)
            next = at;
    }
    return next;
}

size_t pf_knocks_list(const struct pf_knocks *k, const struct pf_knock **ret_entries)
{
    *ret_entries = k->entries;
    return k->count;
}

void pf_knocks_clear(struct pf_knocks *k)
{
    while (k->count)
        drop(k, &k->entries[0], PF_KNOCK_DENIED);
}
