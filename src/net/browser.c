#include "net/browser.h"

#include "base/time.h"
#include "net/avahi_log.h"

#include <arpa/inet.h>
#include <avahi-common/error.h>
#include <avahi-common/simple-watch.h>
#include <avahi-common/timeval.h>
#include <avahi-core/core.h>
#include <avahi-core/lookup.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define TXT_MAX 4096u
/* A machine is seen once for each network and protocol. */
#define SIGHTINGS_MAX (PF_BROWSER_MAX * 8)

struct browser {
    AvahiSimplePoll *loop;
    AvahiServer *server;
    AvahiSServiceBrowser *services;
    struct sighting *first;
    size_t count;
};

/* One service on one network, whether its details are known yet or not. */
struct sighting {
    struct sighting *next;
    AvahiSServiceResolver *resolver;
    AvahiIfIndex interface;
    AvahiProtocol protocol;
    char name[PF_ADVERT_NAME_SIZE]; /* as announced */
    bool known;
    struct pf_found_host host;
};

static void take_address(struct sighting *s, const AvahiAddress *address, uint16_t port)
{
    struct sockaddr_storage *out = &s->host.address;
    memset(out, 0, sizeof(*out));
    if (address->proto == AVAHI_PROTO_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)out;
        *four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        four->sin_addr.s_addr = address->data.ipv4.address;
    } else {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
        *six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&six->sin6_addr, address->data.ipv6.address, 16);
        if (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
            six->sin6_scope_id = (uint32_t)s->interface;
    }
}

static void on_resolved(AvahiSServiceResolver *r, AvahiIfIndex interface, AvahiProtocol protocol,
    AvahiResolverEvent event, const char *name, const char *type, const char *domain, const char *target,
    const AvahiAddress *address, uint16_t port, AvahiStringList *txt, AvahiLookupResultFlags flags,
    void *user)
{
    struct sighting *s = user;
    struct pf_advert *a = &s->host.advert;
    uint8_t bytes[TXT_MAX];
    s->known = false;
    if (event != AVAHI_RESOLVER_FOUND || !address || port == 0)
        return;
    if (avahi_string_list_serialize(txt, NULL, 0) > sizeof(bytes) ||
        pf_advert_read_txt(bytes, avahi_string_list_serialize(txt, bytes, sizeof(bytes)), a) < 0)
        return;
    pf_advert_clean(name, strlen(name), a->name);
    pf_advert_clean(target, strlen(target), a->host);
    a->port = port;
    take_address(s, address, port);
    s->known = true;
}

static void add(struct browser *b, AvahiIfIndex interface, AvahiProtocol protocol, const char *name,
    const char *type, const char *domain)
{
    if (b->count == SIGHTINGS_MAX || strlen(name) >= PF_ADVERT_NAME_SIZE)
        return;
    struct sighting *s = calloc(1, sizeof(*s));
    if (!s)
        return;
    s->interface = interface;
    s->protocol = protocol;
    strcpy(s->name, name);
    s->next = b->first;
    b->first = s;
    b->count++;
    s->resolver = avahi_s_service_resolver_new(
        b->server, interface, protocol, name, type, domain, AVAHI_PROTO_UNSPEC, 0, on_resolved, s);
}

static void forget(struct browser *b, struct sighting **link)
{
    struct sighting *s = *link;
    *link = s->next;
    b->count--;
    if (s->resolver)
        avahi_s_service_resolver_free(s->resolver);
    free(s);
}

static void on_browsed(AvahiSServiceBrowser *services, AvahiIfIndex interface, AvahiProtocol protocol,
    AvahiBrowserEvent event, const char *name, const char *type, const char *domain,
    AvahiLookupResultFlags flags, void *user)
{
    struct browser *b = user;
    if (event == AVAHI_BROWSER_NEW)
        add(b, interface, protocol, name, type, domain);
    if (event != AVAHI_BROWSER_REMOVE)
        return;
    for (struct sighting **link = &b->first; *link; link = &(*link)->next) {
        struct sighting *s = *link;
        if (s->interface == interface && s->protocol == protocol && strcmp(s->name, name) == 0) {
            forget(b, link);
            break;
        }
    }
}

/* ---- the result ---- */

static int rank(const struct pf_found_host *h)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)&h->address;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)&h->address)->sin6_addr;
    if (h->address.ss_family == AF_INET)
        return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET ? 0 : 3;
    return IN6_IS_ADDR_LOOPBACK(six) ? 0 : IN6_IS_ADDR_LINKLOCAL(six) ? 1 : 2;
}

static int by_name(const void *a, const void *b)
{
    const struct pf_found_host *x = a, *y = b;
    return strcmp(x->advert.name, y->advert.name);
}

static size_t collect(const struct browser *b, struct pf_found_host *hosts)
{
    size_t count = 0, i;
    for (const struct sighting *s = b->first; s; s = s->next) {
        if (!s->known)
            continue;
        for (i = 0; i < count && strcmp(hosts[i].advert.name, s->host.advert.name) != 0; i++)
            ;
        if (i == PF_BROWSER_MAX || (i < count && rank(&s->host) <= rank(&hosts[i])))
            continue;
        hosts[i] = s->host;
        count += i == count;
    }
    qsort(hosts, count, sizeof(*hosts), by_name);
    return count;
}

/* ---- running ---- */

static int start(struct browser *b, struct pf_error *err)
{
    AvahiServerConfig config;
    int error = 0;
    b->loop = avahi_simple_poll_new();
    if (!b->loop)
        return pf_error_set(err, -ENOMEM, "out of memory");
    avahi_server_config_init(&config);
    config.disable_publishing = 1;
    config.enable_wide_area = 0;
    b->server = avahi_server_new(avahi_simple_poll_get(b->loop), &config, NULL, NULL, &error);
    avahi_server_config_free(&config);
    if (b->server)
        b->services = avahi_s_service_browser_new(
            b->server, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, PF_ADVERT_SERVICE, NULL, 0, on_browsed, b);
    if (!b->services)
        return pf_error_set(err, -EIO, "the local network cannot be searched: %s",
            avahi_strerror(b->server ? avahi_server_errno(b->server) : error));
    return 0;
}

static void stop(struct browser *b)
{
    while (b->first)
        forget(b, &b->first);
    if (b->services)
        avahi_s_service_browser_free(b->services);
    if (b->server)
        avahi_server_free(b->server);
    if (b->loop)
        avahi_simple_poll_free(b->loop);
}

int pf_browse(
    unsigned ms, struct pf_found_host ret_hosts[PF_BROWSER_MAX], size_t *ret_count, struct pf_error *err)
{
    struct browser b = {0};
    pf_avahi_take_log();
    int rc = start(&b, err);
    uint64_t now = pf_time_mono_ns(), end = now + ms * PF_NS_PER_MS;
    while (rc == 0 && now < end) {
        if (avahi_simple_poll_iterate(b.loop, (int)((end - now + PF_NS_PER_MS - 1) / PF_NS_PER_MS)) != 0)
            break;
        now = pf_time_mono_ns();
    }
    if (rc == 0)
        *ret_count = collect(&b, ret_hosts);
    stop(&b);
    return rc;
}
