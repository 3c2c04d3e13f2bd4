/* Who may still connect to the management API: programs of this machine always find room, however many of the
 * network do nothing. Pure; any thread. management-and-operations.md 3.1 */
#ifndef PF_MGMT_ROOM_H
#define PF_MGMT_ROOM_H

#include <stdbool.h>
#include <sys/socket.h>

#define PF_MGMT_CONNECTIONS_MAX 256u
#define PF_MGMT_ELSEWHERE_MAX   192u /* of them, from other machines */
#define PF_MGMT_NETWORK_MAX                                                                                  \
    64u /* from one IPv4 address or IPv6 /64: more than may listen to events at once */

struct pf_mgmt_room {
    unsigned all, elsewhere, neighbours;
};

/* 127.0.0.0/8 or ::1, mapped or not. */
bool pf_mgmt_is_loopback(const struct sockaddr *address);

/* One connection that is there; `newcomer` is who asks. Start with a room of zeros. */
void pf_mgmt_room_count(
    struct pf_mgmt_room *room, const struct sockaddr *present, const struct sockaddr *newcomer);
bool pf_mgmt_room_is_there(const struct pf_mgmt_room *room, const struct sockaddr *newcomer);

#endif
