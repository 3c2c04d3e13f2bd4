#include "native/live.h"

#include "native/punch.h"
#include "net/media_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the feed's threads leave for the loop; the newest of each kind. */
struct feed_news {
    pthread_mutex_t lock;
    bool settled, has_wanted, ended;
    uint32_t gap_ms; /* 0: none */
    struct pf_mode wanted, mode;
    uint32_t bitrate_kbps;
    int rc;
    char why[320];
};

struct pf_live {
    struct pf_loop *loop;
    struct pf_live_events events;
    struct pf_media_socket *socket; /* the sender's */
    struct pf_signal *signal;
    struct pf_punch *punch; /* while it waits */
    struct pf_sender *sender;
    struct pf_feed *feed;
    struct feed_news news;

    bool stopping;
    bool sender_started;
    bool feed_over, sender_over, told;
    int rc; /* the first that is not 0 */
    char why[320];
};

/* ---- called by the feed's threads -----------------------------------------------------------------------
 */

static int push(void *user, struct pf_access_unit *au)
{
    struct pf_live *l = user;
    return pf_sender_push(l->sender, au);
}

static void settled(
    void *user, const struct pf_mode *wanted, const struct pf_mode *mode, uint32_t bitrate_kbps)
{
    struct pf_live *l = user;
    pthread_mutex_lock(&l->news.lock);
    l->news.settled = true;
    l->news.has_wanted = wanted != NULL;
    if (wanted)
        l->news.wanted = *wanted;
    l->news.mode = *mode;
    l->news.bitrate_kbps = bitrate_kbps;
    pthread_mutex_unlock(&l->news.lock);
    pf_signal_raise(l->signal);
}

static void gap(void *user, uint32_t gap_ms)
{
    struct pf_live *l = user;
    pthread_mutex_lock(&l->news.lock);
    l->news.gap_ms += gap_ms ? gap_ms : 1;
    pthread_mutex_unlock(&l->news.lock);
    pf_signal_raise(l->signal);
}

static void feed_ended(void *user, int rc, const char *why)
{
    struct pf_live *l = user;
    pthread_mutex_lock(&l->news.lock);
    l->news.ended = true;
    l->news.rc = rc;
    snprintf(l->news.why, sizeof(l->news.why), "%s", why);
    pthread_mutex_unlock(&l->news.lock);
    pf_signal_raise(l->signal);
}

/* ---- ends -----------------------------------------------------------------------------------------------
 */

static void note_end(struct pf_live *l, int rc, const char *why)
{
    if (rc && !l->rc && !l->stopping) {
        l->rc = rc;
        snprintf(l->why, sizeof(l->why), "%s", why);
    }
}

static void stop_sender(struct pf_live *l)
{
    pf_punch_cancel(l->punch);
    l->punch = NULL;
    pf_sender_stop(l->sender);
    if (!l->sender_started)
        l->sender_over = true;
}

/* The last thing a turn of the loop does with `l`: `ended` may free it. */
static void end_if_over(struct pf_live *l)
{
    if (!l->feed_over || !l->sender_over || l->told)
        return;
    l->told = true;
    l->events.ended(l->events.user, l->rc, l->why);
}

static void on_feed_ended(struct pf_live *l, int rc, const char *why)
{
    l->feed_over = true;
    note_end(l, rc, why);
    if (rc < 0)
        stop_sender(l);
    else
        pf_sender_finish(l->sender);
}

static void on_sender_ended(struct pf_live *l, int rc)
{
    l->sender_over = true;
    note_end(l, rc, "the network refused to take video packets");
    if (!l->feed_over)
        l->feed->ops->stop(l->feed, false);
}

static void on_punch(void *user, int rc, const struct sockaddr_storage *to)
{
    struct pf_live *l = user;
    struct pf_error err = {"the video socket broke"};
    pf_punch_cancel(l->punch);
    l->punch = NULL;
    if (rc == 0)
        rc = pf_media_socket_connect(l->socket, (const struct sockaddr *)to, &err);
    if (rc == 0 && (rc = pf_sender_start(l->sender)) < 0)
        pf_error_set(&err, rc, "the thread that sends video could not be started: %s", strerror(-rc));
    if (rc == 0) {
        l->sender_started = true;
        return;
    }
    note_end(l, rc, err.text);
    pf_sender_stop(l->sender);
    on_sender_ended(l, rc);
    end_if_over(l);
}

/* ---- news -----------------------------------------------------------------------------------------------
 */

static void read_feed(struct pf_live *l)
{
    pthread_mutex_lock(&l->news.lock);
    bool is_settled = l->news.settled, has_wanted = l->news.has_wanted, is_ended = l->news.ended;
    struct pf_mode wanted = l->news.wanted, mode = l->news.mode;
    uint32_t kbps = l->news.bitrate_kbps, gap_ms = l->news.gap_ms;
    l->news.settled = l->news.ended = false;
    l->news.gap_ms = 0;
    pthread_mutex_unlock(&l->news.lock);

    if (is_settled) {
        pf_sender_set_bitrate(l->sender, kbps);
        pf_sender_set_mode(l->sender, &mode);
        l->events.settled(l->events.user, has_wanted ? &wanted : NULL, &mode, kbps);
    }
    if (gap_ms)
        l->events.gap(l->events.user, gap_ms);
    if (is_ended)
        on_feed_ended(l, l->news.rc, l->news.why);
}

static void read_sender(struct pf_live *l)
{
    struct pf_sender_news news;
    while (pf_sender_next(l->sender, &news)) {
        switch (news.kind) {
        case PF_SENDER_STARTED:
            l->events.streaming(l->events.user);
            break;
        case PF_SENDER_SENT:
            l->events.sent(l->events.user, &news);
            break;
        case PF_SENDER_PROBED:
            l->events.probed(l->events.user, &news.probe);
            break;
        case PF_SENDER_ENDED:
            on_sender_ended(l, news.rc);
            break;
        }
    }
}

static void read_news(void *user)
{
    struct pf_live *l = user;
    if (l->told)
        return;
    read_feed(l);
    read_sender(l);
    end_if_over(l);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int pf_live_start(struct pf_loop *loop, const struct pf_live_config *config,
    const struct pf_live_events *events, struct pf_media_socket *socket, struct pf_live **ret_live,
    struct pf_error *err)
{
    struct pf_live *l = calloc(1, sizeof(*l));
    if (!l) {
        pf_media_socket_close(socket);
        return pf_error_set(err, -ENOMEM, "there is no memory for another session");
    }
    l->loop = loop;
    l->events = *events;
    l->socket = socket;
    pthread_mutex_init(&l->news.lock, NULL);
    int rc = pf_signal_create(loop, read_news, l, &l->signal);
    if (rc == 0)
        rc = pf_sender_create(&config->sender, socket, l->signal, &l->sender);
    if (rc == 0)
        rc = pf_punch_wait(
            loop, socket, &config->peer, config->start_port, config->punch_ns, on_punch, l, &l->punch);
    if (rc < 0) {
        pf_error_set(err, rc, "the send path could not be set up");
        goto fail;
    }
    const struct pf_feed_sink sink = {
        .user = l, .push = push, .settled = settled, .gap = gap, .ended = feed_ended};
    rc = config->feed(config->feed_user, &sink, &l->feed, err);
    if (rc < 0)
        goto fail;
    *ret_live = l;
    return 0;

fail:
    pf_punch_cancel(l->punch);
    if (l->sender)
        pf_sender_destroy(l->sender);
    else
        pf_media_socket_close(socket);
    pf_signal_destroy(l->signal);
    pthread_mutex_destroy(&l->news.lock);
    free(l);
    return rc;
}

void pf_live_stop(struct pf_live *l, bool quit)
{
    if (l->stopping)
        return;
    l->stopping = true;
    stop_sender(l);
    if (!l->feed_over)
        l->feed->ops->stop(l->feed, quit);
    /* Not from here: the caller does not expect to lose `l` in this call. */
    pf_signal_raise(l->signal);
}

void pf_live_destroy(struct pf_live *l)
{
    if (!l)
        return;
    l->feed->ops->destroy(l->feed);
    pf_sender_destroy(l->sender);
    pf_signal_destroy(l->signal);
    pthread_mutex_destroy(&l->news.lock);
    free(l);
}

void pf_live_keyframe(struct pf_live *l)
{
    l->feed->ops->keyframe(l->feed);
}

void pf_live_invalidate(struct pf_live *l, uint32_t first_index, uint32_t last_index)
{
    if (l->feed->ops->invalidate)
        l->feed->ops->invalidate(l->feed, first_index, last_index);
}

void pf_live_reconfigure(struct pf_live *l, const struct pf_mode *mode)
{
    if (l->feed->ops->reconfigure)
        l->feed->ops->reconfigure(l->feed, mode);
}

void pf_live_set_bitrate(struct pf_live *l, uint32_t kbps)
{
    if (l->feed->ops->set_bitrate)
        l->feed->ops->set_bitrate(l->feed, kbps);
}

void pf_live_input(struct pf_live *l, const struct pf_input *event)
{
    if (l->feed->ops->input)
        l->feed->ops->input(l->feed, event);
}

void pf_live_set_fec(struct pf_live *l, unsigned percent)
{
    pf_sender_set_fec(l->sender, percent);
}

void pf_live_probe(struct pf_live *l, uint32_t kbps, uint32_t duration_ms)
{
    pf_sender_probe(l->sender, kbps, duration_ms);
}

void pf_live_stats(struct pf_live *l, struct pf_sender_stats *ret_stats)
{
    pf_sender_stats(l->sender, ret_stats);
}
