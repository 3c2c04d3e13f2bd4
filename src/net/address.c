#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sockaddr_in *as_v4(const struct sockaddr *address)
{
    return (const struct sockaddr_in *)(const void *)address;
}

static const struct sockaddr_in6 *as_v6(const struct sockaddr *address)
{
    return (const struct sockaddr_in6 *)(const void *)address;
}

/* Splits text into host and port; `port` points to nothing but digits' place, or is NULL. */
static bool split(const char *text, char *host, size_t host_cap, const char **ret_port)
{
    const char *start = text, *end = text + strlen(text), *port = NULL;
    const char *colon = strchr(text, ':');
    if (*text == '[') {
        start = text + 1;
        end = strchr(text, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
        port = end[1] ? end + 2 : NULL;
    } else if (colon && !strchr(colon + 1, ':')) { /* one colon: a port; several: a bare IPv6 address */
        end = colon;
        port = colon + 1;
    }
    if (end == start || (size_t)(end - start) >= host_cap)
        return false;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = 0;
    *ret_port = port;
    return *text != '[' || strchr(host, ':');
}

static bool read_port(const char *text, uint16_t *ret_port)
{
    if (!*text || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
        return false;
    unsigned long port = strtoul(text, NULL, 10);
    if (!port || port > 65535)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

int pf_address_parse(
    const char *text, uint16_t default_port, struct sockaddr_storage *ret_address, struct pf_error *err)
{
    char host[PF_ADDRESS_TEXT];
    const char *port_text;
    uint16_t port = default_port;
    if (!split(text, host, sizeof(host), &port_text) || (port_text && !read_port(port_text, &port)))
        goto fail;

    /* getaddrinfo alone understands the interface name of a link-local address. */
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *found;
    if (!strchr(host, ':')) {
        struct in_addr strict; /* and it takes "10.1" for 10.0.0.1 */
        if (inet_pton(AF_INET, host, &strict) != 1)
            goto fail;
    }
    if (getaddrinfo(host, NULL, &hints, &found))
        goto fail;
    struct sockaddr_storage address = {0};
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    pf_address_set_port(&address, port);
    *ret_address = address;
    return 0;
fail:
    return pf_error_set(err, -EINVAL,
        "\"%.80s\" is not a numeric address; write it like 192.168.1.20, 192.168.1.20:9777 or "
        "[fe80::1%%eth0]:9777",
        text);
}

char *pf_address_format_ip(const struct sockaddr *address, char out[PF_ADDRESS_TEXT])
{
    socklen_t size = pf_address_size(address);
    if (!size || getnameinfo(address, size, out, PF_ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST))
        snprintf(out, PF_ADDRESS_TEXT, "unknown");
    return out;
}

char *pf_address_format(const struct sockaddr *address, char out[PF_ADDRESS_TEXT])
{
    char ip[PF_ADDRESS_TEXT];
    pf_address_format_ip(address, ip);
    if (!pf_address_size(address))
        snprintf(out, PF_ADDRESS_TEXT, "unknown");
    else
        snprintf(out, PF_ADDRESS_TEXT, address->sa_family == AF_INET6 ? "[%.65s]:%u" : "%.65s:%u", ip,
            pf_address_port(address));
    return out;
}

socklen_t pf_address_size(const struct sockaddr *address)
{
    switch (address->sa_family) {
    case AF_INET:
        return sizeof(struct sockaddr_in);
    case AF_INET6:
        return sizeof(struct sockaddr_in6);
    default:
        return 0;
    }
}

uint16_t pf_address_port(const struct sockaddr *address)
{
    switch (address->sa_family) {
    case AF_INET:
        return ntohs(as_v4(address)->sin_port);
    case AF_INET6:
        return ntohs(as_v6(address)->sin6_port);
    default:
        return 0;
    }
}

void pf_address_set_port(struct sockaddr_storage *address, uint16_t port)
{
    if (address->ss_family == AF_INET)
        ((struct sockaddr_in *)address)->sin_port = htons(port);
    else if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons(port);
}

void pf_address_unmap(const struct sockaddr *address, struct sockaddr_storage *ret_address)
{
    struct sockaddr_storage copy = {0};
    if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&as_v6(address)->sin6_addr)) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&copy;
        v4->sin_family = AF_INET;
        v4->sin_port = as_v6(address)->sin6_port;
        memcpy(&v4->sin_addr, as_v6(address)->sin6_addr.s6_addr + 12, 4);
    } else {
        memcpy(&copy, address, pf_address_size(address));
    }
    *ret_address = copy;
}

bool pf_address_same_ip(const struct sockaddr *a, const struct sockaddr *b)
{
    struct sockaddr_storage x, y;
    pf_address_unmap(a, &x);
    pf_address_unmap(b, &y);
    if (x.ss_family != y.ss_family)
        return false;
    const struct sockaddr *p = (const struct sockaddr *)&x, *q = (const struct sockaddr *)&y;
    if (x.ss_family == AF_INET)
        return as_v4(p)->sin_addr.s_addr == as_v4(q)->sin_addr.s_addr;
    return x.ss_family == AF_INET6 && as_v6(p)->sin6_scope_id == as_v6(q)->sin6_scope_id &&
           IN6_ARE_ADDR_EQUAL(&as_v6(p)->sin6_addr, &as_v6(q)->sin6_addr);
}

bool pf_address_same_network(const struct sockaddr *a, const struct sockaddr *b)
{
    struct sockaddr_storage x, y;
    pf_address_unmap(a, &x);
    pf_address_unmap(b, &y);
    if (x.ss_family != AF_INET6 || y.ss_family != AF_INET6)
        return pf_address_same_ip(a, b);
    return memcmp(&as_v6((struct sockaddr *)&x)->sin6_addr, &as_v6((struct sockaddr *)&y)->sin6_addr, 8) == 0;
}

bool pf_address_equal(const struct sockaddr *a, const struct sockaddr *b)
{
    return pf_address_same_ip(a, b) && pf_address_port(a) == pf_address_port(b);
}
