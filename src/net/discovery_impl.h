/* The announcing thread and its responder. Private to src/net/discovery*.c; everything but the members
 * under `lock` belongs to the thread. */
#ifndef PF_NET_DISCOVERY_IMPL_H
#define PF_NET_DISCOVERY_IMPL_H

#include "net/discovery.h"

#include <avahi-common/simple-watch.h>
#include <avahi-common/strlst.h>
#include <avahi-core/core.h>
#include <avahi-core/publish.h>
#include <pthread.h>

struct pf_discovery_daemon;

struct pf_discovery {
    pthread_t thread;
    int wake_fd; /* eventfd: `wanted` or `stopping` changed */
    pthread_mutex_t lock;
    struct pf_advert wanted;
    bool stopping;

    AvahiSimplePoll *loop;
    const AvahiPoll *poll;
    struct pf_advert advert;
    char *name; /* in force: advert.name or an alternative; avahi_free() */
    bool complained, established;
    AvahiTimeout *patience;

    struct pf_discovery_daemon *daemon; /* NULL: out of question */
    AvahiServer *server;                /* our own responder, NULL while the daemon announces */
    AvahiSEntryGroup *server_group;
};

/* The TXT record; avahi_string_list_free(). NULL if memory is exhausted. */
AvahiStringList *pf_discovery_txt(const struct pf_discovery *d);
/* The name is taken: find another. False if memory is exhausted. */
bool pf_discovery_rename(struct pf_discovery *d);
void pf_discovery_established(struct pf_discovery *d, const char *by);
/* One line in the log until the next success. `error` is one of AVAHI_ERR_*. */
void pf_discovery_complain(struct pf_discovery *d, int error);

/* Avahi's daemon. It opens and closes the embedded responder as the daemon goes and comes. Nothing blocks. */
void pf_discovery_daemon_open(struct pf_discovery *d);
void pf_discovery_daemon_close(struct pf_discovery *d);
/* As pf_discovery_embedded_update. False if the daemon does not announce this host. */
bool pf_discovery_daemon_update(struct pf_discovery *d, bool all);

/* The embedded responder. Opening it twice does nothing. */
void pf_discovery_embedded_open(struct pf_discovery *d);
void pf_discovery_embedded_close(struct pf_discovery *d);
/* d->advert changed. `all`: name or port too, not just the TXT record. */
void pf_discovery_embedded_update(struct pf_discovery *d, bool all);

#endif
