#include "net/discovery_impl.h"

#include "base/log.h"
#include "base/thread.h"
#include "net/avahi_log.h"

#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/timeval.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCOPE "discovery"

/* Names are free, and announced, within three seconds, or somebody keeps contesting them. */
#define PATIENCE_MS 15000u

const char *const pf_discovery_kind = "mdns";

/* ---- for the back ends ---- */

AvahiStringList *pf_discovery_txt(const struct pf_discovery *d)
{
    uint8_t txt[PF_ADVERT_TXT_SIZE];
    AvahiStringList *list = NULL;
    avahi_string_list_parse(txt, pf_advert_write_txt(&d->advert, txt), &list);
    return list;
}

static void set_name(struct pf_discovery *d, char *name)
{
    avahi_free(d->name);
    d->name = name;
}

bool pf_discovery_rename(struct pf_discovery *d)
{
    char *name = avahi_alternative_service_name(d->name);
    if (!name)
        return false;
    pf_log_info(SCOPE, "the name \"%s\" is taken on the local network; this host is \"%s\"", d->name, name);
    set_name(d, name);
    return true;
}

void pf_discovery_established(struct pf_discovery *d, const char *by)
{
    d->complained = false;
    d->established = true;
    pf_log_info(SCOPE, "announced on the local network as \"%s\" (%s)", d->name, by);
}

void pf_discovery_complain(struct pf_discovery *d, int error)
{
    if (!d->complained)
        pf_log_warn(SCOPE,
            "this host cannot be announced on the local network: %s; clients can still connect by address",
            avahi_strerror(error));
    d->complained = true;
}

/* ---- the thread ---- */

static void on_patience(AvahiTimeout *timeout, void *user)
{
    struct pf_discovery *d = user;
    d->poll->timeout_update(timeout, NULL);
    if (!d->established)
        pf_discovery_complain(d, AVAHI_ERR_TIMEOUT);
}

static bool same_txt(const struct pf_advert *a, const struct pf_advert *b)
{
    uint8_t x[PF_ADVERT_TXT_SIZE], y[PF_ADVERT_TXT_SIZE];
    size_t n = pf_advert_write_txt(a, x);
    return n == pf_advert_write_txt(b, y) && memcmp(x, y, n) == 0;
}

static void apply(struct pf_discovery *d, const struct pf_advert *wanted)
{
    bool renamed = strcmp(wanted->name, d->advert.name) != 0;
    bool all =
        renamed || wanted->port != d->advert.port || wanted->gamestream_port != d->advert.gamestream_port;
    if (!all && same_txt(wanted, &d->advert))
        return;
    d->advert = *wanted;
    if (renamed)
        set_name(d, avahi_strdup(wanted->name));
    if (!pf_discovery_daemon_update(d, all) || d->server)
        pf_discovery_embedded_update(d, all);
}

static void on_wake(AvahiWatch *watch, int fd, AvahiWatchEvent event, void *user)
{
    struct pf_discovery *d = user;
    uint64_t count;
    if (read(fd, &count, sizeof(count)) < 0)
        return;
    pthread_mutex_lock(&d->lock);
    struct pf_advert wanted = d->wanted;
    bool stopping = d->stopping;
    pthread_mutex_unlock(&d->lock);
    if (stopping)
        avahi_simple_poll_quit(d->loop);
    else
        apply(d, &wanted);
}

static void run(void *arg)
{
    struct pf_discovery *d = arg;
    AvahiWatch *wake = d->poll->watch_new(d->poll, d->wake_fd, AVAHI_WATCH_IN, on_wake, d);
    struct timeval when;
    avahi_elapse_time(&when, PATIENCE_MS, 0);
    d->patience = d->poll->timeout_new(d->poll, &when, on_patience, d);
    pf_discovery_daemon_open(d);
    if (wake)
        avahi_simple_poll_loop(d->loop);
    pf_discovery_daemon_close(d);
    pf_discovery_embedded_close(d);
    if (d->patience)
        d->poll->timeout_free(d->patience);
    if (wake)
        d->poll->watch_free(wake);
}

static void wake(struct pf_discovery *d)
{
    const uint64_t one = 1;
    while (write(d->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

/* ---- outside of it ---- */

static void release(struct pf_discovery *d)
{
    if (d->loop)
        avahi_simple_poll_free(d->loop);
    if (d->wake_fd >= 0)
        close(d->wake_fd);
    pthread_mutex_destroy(&d->lock);
    avahi_free(d->name);
    free(d);
}

int pf_discovery_start(
    const struct pf_advert *advert, struct pf_discovery **ret_discovery, struct pf_error *err)
{
    struct pf_discovery *d = calloc(1, sizeof(*d));
    if (!d)
        return pf_error_set(err, -ENOMEM, "this host cannot be announced: out of memory");
    pf_avahi_take_log();
    pthread_mutex_init(&d->lock, NULL);
    d->wanted = d->advert = *advert;
    d->name = avahi_strdup(advert->name);
    d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = d->wake_fd < 0 ? -errno : 0;
    if (rc == 0 && !(d->loop = avahi_simple_poll_new()))
        rc = -ENOMEM;
    if (rc == 0) {
        d->poll = avahi_simple_poll_get(d->loop);
        rc = pf_thread_start(&d->thread, "discovery", PF_THREAD_NORMAL, run, d);
    }
    if (rc < 0) {
        release(d);
        return pf_error_set(err, rc, "this host cannot be announced on the local network: %s", strerror(-rc));
    }
    *ret_discovery = d;
    return 0;
}

void pf_discovery_update(struct pf_discovery *d, const struct pf_advert *advert)
{
    pthread_mutex_lock(&d->lock);
    d->wanted = *advert;
    pthread_mutex_unlock(&d->lock);
    wake(d);
}

void pf_discovery_stop(struct pf_discovery *d)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_mutex_unlock(&d->lock);
    wake(d);
    pthread_join(d->thread, NULL);
    release(d);
}
