#include "console/throttle.h"

#include "base/time.h"
#include "net/address.h"

#include <netinet/in.h>
#include <string.h>

#define FREE_FAILURES 5u
#define LONGEST_NS    (300 * PF_NS_PER_S)
#define FORGET_NS     (900 * PF_NS_PER_S)
#define BURST_NS      (60 * PF_NS_PER_S)
#define BURST_WAIT_NS PF_NS_PER_S

static void network_of(const struct sockaddr *peer, uint8_t out[16])
{
    struct sockaddr_storage a;
    memset(out, 0, 16);
    pf_address_unmap(peer, &a);
    if (a.ss_family == AF_INET6) {
        memcpy(out, &((struct sockaddr_in6 *)&a)->sin6_addr, 8);
    } else if (a.ss_family == AF_INET) {
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &((struct sockaddr_in *)&a)->sin_addr, 4);
    }
}

static unsigned find(const struct pf_throttle *t, const uint8_t network[16])
{
    unsigned i = 0;
    while (i < PF_THROTTLE_PEERS && !(t->peer[i].failures && !memcmp(t->peer[i].network, network, 16)))
        i++;
    return i;
}

/* A free place, else the one whose failure is the oldest. */
static unsigned place(const struct pf_throttle *t)
{
    unsigned best = 0;
    for (unsigned i = 0; i < PF_THROTTLE_PEERS; i++) {
        if (!t->peer[i].failures)
            return i;
        if (t->peer[i].last_ns < t->peer[best].last_ns)
            best = i;
    }
    return best;
}

static uint64_t penalty_ns(unsigned failures)
{
    if (failures <= FREE_FAILURES)
        return 0;
    unsigned doublings = failures - FREE_FAILURES - 1;
    uint64_t ns = doublings < 9 ? PF_NS_PER_S << doublings : LONGEST_NS;
    return ns < LONGEST_NS ? ns : LONGEST_NS;
}

static uint64_t until(uint64_t end_ns, uint64_t now_ns)
{
    return end_ns > now_ns ? end_ns - now_ns : 0;
}

unsigned pf_throttle_wait_s(const struct pf_throttle *t, const struct sockaddr *peer, uint64_t now_ns)
{
    uint8_t network[16];
    uint64_t wait = 0, oldest = t->recent_ns[t->next];
    network_of(peer, network);
    unsigned i = find(t, network);
    if (i < PF_THROTTLE_PEERS && now_ns - t->peer[i].last_ns < FORGET_NS)
        wait = until(t->peer[i].last_ns + penalty_ns(t->peer[i].failures), now_ns);
    if (oldest && now_ns - oldest < BURST_NS) {
        uint64_t newest = t->recent_ns[(t->next + PF_THROTTLE_BURST - 1) % PF_THROTTLE_BURST];
        uint64_t all = until(newest + BURST_WAIT_NS, now_ns);
        wait = all > wait ? all : wait;
    }
    return (unsigned)((wait + PF_NS_PER_S - 1) / PF_NS_PER_S);
}

void pf_throttle_failed(struct pf_throttle *t, const struct sockaddr *peer, uint64_t now_ns)
{
    uint8_t network[16];
    network_of(peer, network);
    unsigned i = find(t, network);
    if (i == PF_THROTTLE_PEERS) {
        i = place(t);
        memcpy(t->peer[i].network, network, 16);
        t->peer[i].failures = 0;
    }
    if (now_ns - t->peer[i].last_ns >= FORGET_NS)
        t->peer[i].failures = 0;
    t->peer[i].failures++;
    t->peer[i].last_ns = now_ns;
    t->recent_ns[t->next] = now_ns;
    t->next = (t->next + 1) % PF_THROTTLE_BURST;
}

void pf_throttle_succeeded(struct pf_throttle *t, const struct sockaddr *peer)
{
    uint8_t network[16];
    network_of(peer, network);
    unsigned i = find(t, network);
    if (i < PF_THROTTLE_PEERS)
        t->peer[i].failures = 0;
}
