/* How many connections a second one address may open. Pure; a fixed amount of memory.
 *
 * It remembers the addresses that came last; a flood from more of them than that is bounded by the number of
 * connections alone.
 */
#ifndef PF_GAMESTREAM_NVHTTP_DOORKEEPER_H
#define PF_GAMESTREAM_NVHTTP_DOORKEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define PF_GS_DOORKEEPER_SEATS 64u
#define PF_GS_DOORKEEPER_BURST 30u /* connections in one second */

struct pf_gs_doorkeeper {
    struct {
        struct sockaddr_storage address;
        uint64_t second_ns; /* when its second began; 0: free */
        unsigned count;
    } seats[PF_GS_DOORKEEPER_SEATS];
};

/* A connection came; whether it may stay. */
bool pf_gs_doorkeeper_admit(struct pf_gs_doorkeeper *d, uint64_t now_ns, const struct sockaddr *address);

#endif
