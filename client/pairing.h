/* The PIN ceremony (docs/spec/punktfunk1-control.md 5), client side. */
#ifndef PF_CLIENT_PAIRING_H
#define PF_CLIENT_PAIRING_H

#include "client/options.h"
#include "client/report.h"

struct pf_identity;
struct pf_loop;

struct probe_pairing;

/* As probe_session_start. */
int probe_pairing_start(struct pf_loop *loop, const struct probe_options *options,
    const struct pf_identity *identity, struct probe_report *report, struct probe_pairing **ret_pairing,
    struct pf_error *err);
void probe_pairing_interrupt(struct probe_pairing *p);
void probe_pairing_destroy(struct probe_pairing *p);

#endif
