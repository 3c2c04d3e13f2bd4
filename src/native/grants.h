/* What a client may do: the grants of its record (punktfunk1-control.md 5.6). Pure. */
#ifndef PF_NATIVE_GRANTS_H
#define PF_NATIVE_GRANTS_H

#include "punktfunk/wire_datagram.h"

#include <stdbool.h>
#include <stdint.h>

/* The grant (PF_GRANT_*) without which this datagram of a client is dropped; 0: it needs none. */
uint32_t pf_grant_of(const struct pf_datagram *datagram);

/* Whether a client that has `grants` may send it. */
static inline bool pf_grants_allow(uint32_t grants, const struct pf_datagram *datagram)
{
    uint32_t needed = pf_grant_of(datagram);
    return (grants & needed) == needed;
}

#endif
