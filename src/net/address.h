/* Numeric socket addresses: reading, writing, comparing. No names are looked up. Any thread. */
#ifndef PF_NET_ADDRESS_H
#define PF_NET_ADDRESS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Room for the longest text with its NUL: "[IPv6%interface]:port". */
#define PF_ADDRESS_TEXT 80

/* Reads "HOST[:PORT]": 10.0.0.5, 10.0.0.5:9777, ::1, [::1], [::1]:9777, [fe80::1%eth0]:9777. Without a port,
 * `default_port` is taken. Returns 0 or -EINVAL. */
int pf_address_parse(
    const char *text, uint16_t default_port, struct sockaddr_storage *ret_address, struct pf_error *err);

/* Writes "10.0.0.5:9777" or "[::1]:9777"; returns out. Families other than IPv4 and IPv6 give "unknown". */
char *pf_address_format(const struct sockaddr *address, char out[PF_ADDRESS_TEXT]);

/* The same without brackets and port. */
char *pf_address_format_ip(const struct sockaddr *address, char out[PF_ADDRESS_TEXT]);

/* Size of the structure for its family; 0 for other families. */
socklen_t pf_address_size(const struct sockaddr *address);

/* 0 for other families. */
uint16_t pf_address_port(const struct sockaddr *address);
void pf_address_set_port(struct sockaddr_storage *address, uint16_t port);

/* Copies; an IPv4 address in IPv6 clothes (::ffff:10.0.0.5) becomes IPv4. */
void pf_address_unmap(const struct sockaddr *address, struct sockaddr_storage *ret_address);

/* Same host, whatever the port; mapped IPv4 equals IPv4. */
bool pf_address_same_ip(const struct sockaddr *a, const struct sockaddr *b);
/* Same IPv4 address, or same IPv6 /64: what one subscriber may choose from. */
bool pf_address_same_network(const struct sockaddr *a, const struct sockaddr *b);
/* Same host and port. */
bool pf_address_equal(const struct sockaddr *a, const struct sockaddr *b);

#endif
