/* What a sending thread sent in the last second, for whoever asks how a session does
 * (management-and-operations.md 3.8). Pure; one thread counts. */
#ifndef PF_SESSION_SENT_SECOND_H
#define PF_SESSION_SENT_SECOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_access_unit;

struct pf_sent_figures {
    unsigned fps;        /* units */
    uint32_t kbps;       /* all that travelled: with headers and parity */
    uint32_t latency_us; /* of an average unit, from the picture's capture until all was sent; 0: none was */
};

struct pf_sent_second {
    uint64_t since_ns; /* before it nothing could be sent: what waited for the client is not slow */
    uint64_t start_ns, bytes, latency_ns;
    unsigned units;
};

void pf_sent_second_start(struct pf_sent_second *s, uint64_t now_ns);

/* A unit went out, in `bytes` on the wire, the last of them now. */
void pf_sent_second_add(
    struct pf_sent_second *s, const struct pf_access_unit *au, size_t bytes, uint64_t now_ns);

/* Call it often, also without units. True if a second is full: then the figures are set, and the next one
 * begins. */
bool pf_sent_second_tick(struct pf_sent_second *s, uint64_t now_ns, struct pf_sent_figures *ret_figures);

#endif
