#include "gamestream/nvhttp/doorkeeper.h"

#include "base/time.h"
#include "net/address.h"

bool pf_gs_doorkeeper_admit(struct pf_gs_doorkeeper *d, uint64_t now_ns, const struct sockaddr *address)
{
    unsigned seat = 0;
    for (unsigned i = 0; i < PF_GS_DOORKEEPER_SEATS; i++) {
        if (d->seats[i].second_ns && pf_address_same_ip((struct sockaddr *)&d->seats[i].address, address)) {
            seat = i;
            break;
        }
        if (d->seats[i].second_ns < d->seats[seat].second_ns)
            seat = i;
    }
    bool known =
        d->seats[seat].second_ns && pf_address_same_ip((struct sockaddr *)&d->seats[seat].address, address);
    if (!known || now_ns - d->seats[seat].second_ns >= PF_NS_PER_S) {
        pf_address_unmap(address, &d->seats[seat].address);
        d->seats[seat].second_ns = now_ns;
        d->seats[seat].count = 0;
    }
    return ++d->seats[seat].count <= PF_GS_DOORKEEPER_BURST;
}
