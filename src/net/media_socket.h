/* The UDP socket of the data plane. Defined by docs/spec/punktfunk1-data.md 1.
 *
 * One socket per session, bound before Welcome and kept to the end. Opening, the punch wait and connecting
 * belong to the control loop; from connect on, one thread sends. Never blocks: a full send buffer drops.
 *
 * GameStream's media sockets are never connected: they live as long as the host, hear the pings of every
 * client and send where the caller says.
 *
 * Environment: PUNKTFUNK_GSO (default on; 0 turns generic segmentation offload off), PUNKTFUNK_DSCP (1 marks
 * the datagrams CS5, priority 5), PUNKTFUNK_VIDEO_DROP (1 … 90: percentage of datagrams thrown away before
 * sending, for tests). They are read when the socket is opened.
 */
#ifndef PF_NET_MEDIA_SOCKET_H
#define PF_NET_MEDIA_SOCKET_H

#include "base/error.h"
#include "punktfunk/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct pf_media_socket;

struct pf_media_stats {
    uint64_t sent;       /* datagrams the kernel took */
    uint64_t dropped;    /* datagrams it refused for a passing reason */
    uint64_t test_drops; /* thrown away for PUNKTFUNK_VIDEO_DROP */
    uint64_t received;   /* by pf_media_socket_receive */
};

/* Binds to `local` (IPv4 or IPv6, port 0: any free one), preferably the address the peer dialled, so that a
 * connected peer accepts what comes. Returns 0 or -errno. */
int pf_media_socket_open(
    const struct sockaddr *local, struct pf_media_socket **ret_socket, struct pf_error *err);
/* It carries no video: PUNKTFUNK_VIDEO_DROP does not count for it. Before anything is sent. */
void pf_media_socket_keep_all(struct pf_media_socket *s);
/* NULL is allowed. */
void pf_media_socket_close(struct pf_media_socket *s);

/* For polling; readable means punches (host) or datagrams (client). Borrowed. */
int pf_media_socket_fd(const struct pf_media_socket *s);
uint16_t pf_media_socket_port(const struct pf_media_socket *s);

/* Host, not connected yet: reads what has arrived and looks for a punch from the IP address of `peer` (its
 * port does not matter). Everything else is thrown away. Returns 1 and the source, 0 if there is none yet, or
 * -errno for a broken socket. Call it when the socket is readable, until the punch or the time-out of 2.5 s.
 */
int pf_media_socket_take_punch(
    struct pf_media_socket *s, const struct sockaddr *peer, struct sockaddr_storage *ret_source);

/* Fixes the peer; an IPv6 socket takes an IPv4 peer too. Returns 0 or -errno. */
int pf_media_socket_connect(struct pf_media_socket *s, const struct sockaddr *peer, struct pf_error *err);

/* Client: sends a punch. Passing failures are ignored; returns 0 or -errno for a broken socket. */
int pf_media_socket_punch(struct pf_media_socket *s);

/* Sends the group to the connected peer, by GSO where that works. Returns how many datagrams the kernel took;
 * the rest of the group is lost and counted. -errno only for errors that will not pass: the stream ends. */
int pf_media_socket_send(struct pf_media_socket *s, const struct pf_packet_group *group);

/* The same on a socket that is not connected, to an address as pf_media_socket_read gave it. */
int pf_media_socket_send_to(
    struct pf_media_socket *s, const struct pf_packet_group *group, const struct sockaddr *to);

/* Reads one datagram and where it came from. Its length (cut to `cap`), 0 if none waits, -errno for a broken
 * socket. */
int pf_media_socket_read(
    struct pf_media_socket *s, uint8_t *out, size_t cap, struct sockaddr_storage *ret_source);

/* What kind of traffic routers are told that it is. Unless PUNKTFUNK_DSCP says 0. */
enum pf_media_mark { PF_MEDIA_UNMARKED, PF_MEDIA_VIDEO /* CS5 */, PF_MEDIA_VOICE /* CS6 */ };
void pf_media_socket_mark(struct pf_media_socket *s, enum pf_media_mark mark);

/* Host: throws away what the client keeps sending (punches). Cheap; call it now and then. */
void pf_media_socket_drain(struct pf_media_socket *s);

/* Client: hands up to about 64 KiB · 16 of waiting data to `take`, datagram by datagram. The bytes may be
 * changed (opened in place) and are valid during the call. Allocates its buffers at the first call. Returns
 * the number of datagrams, 0 when nothing waits, -errno for a broken socket. */
typedef void (*pf_media_take)(void *user, uint8_t *datagram, size_t len);
int pf_media_socket_receive(struct pf_media_socket *s, pf_media_take take, void *user);

/* Any thread. */
void pf_media_socket_stats(const struct pf_media_socket *s, struct pf_media_stats *ret);
/* True if the next group will go out by GSO. */
bool pf_media_socket_uses_gso(const struct pf_media_socket *s);

#endif
