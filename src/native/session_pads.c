#include "native/session_pads.h"

#include "base/env.h"
#include "base/log.h"
#include "base/time.h"
#include "input/pads/service.h"
#include "native/feedback_plane.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEWS 64u /* not read yet by the loop; the oldest give way */

struct pf_session_pads {
    struct pf_session_pads_config config;
    char label[48];
    struct pf_signal *signal;
    struct pf_timer *timer;
    struct pf_feedback_plane plane;
    struct pf_pads *pads; /* NULL: no event yet, or no thread for them */
    bool hopeless;

    pthread_mutex_t lock; /* the following */
    struct pf_pad_feedback news[NEWS];
    unsigned head, len;
};

/* ---- the devices' thread --------------------------------------------------------------------------------
 */

static void on_feedback(void *user, const struct pf_pad_feedback *feedback)
{
    struct pf_session_pads *s = user;
    pthread_mutex_lock(&s->lock);
    if (s->len == NEWS) {
        s->head++;
        s->len--;
    }
    s->news[(s->head + s->len++) % NEWS] = *feedback;
    pthread_mutex_unlock(&s->lock);
    pf_signal_raise(s->signal);
}

/* ---- the control loop -----------------------------------------------------------------------------------
 */

static void send_what_is_due(void *user)
{
    struct pf_session_pads *s = user;
    uint8_t buf[PF_DATAGRAM_SMALL_MAX];
    uint64_t now = pf_time_mono_ns();
    size_t len;
    while ((len = pf_feedback_plane_next(&s->plane, now, buf, sizeof(buf))))
        s->config.send(s->config.user, buf, len);
    uint64_t at = pf_feedback_plane_deadline(&s->plane);
    if (at == UINT64_MAX)
        pf_timer_disarm(s->timer);
    else
        pf_timer_arm(s->timer, at > now ? at - now : 0);
}

static bool next_news(struct pf_session_pads *s, struct pf_pad_feedback *ret)
{
    pthread_mutex_lock(&s->lock);
    bool some = s->len > 0;
    if (some) {
        *ret = s->news[s->head++ % NEWS];
        s->len--;
    }
    pthread_mutex_unlock(&s->lock);
    return some;
}

static void on_signal(void *user)
{
    struct pf_session_pads *s = user;
    struct pf_pad_feedback f;
    while (next_news(s, &f))
        pf_feedback_plane_take(&s->plane, &f, pf_time_mono_ns());
    send_what_is_due(s);
}

void pf_session_pads_feedback(struct pf_session_pads *s, const struct pf_pad_feedback *feedback)
{
    pf_feedback_plane_take(&s->plane, feedback, pf_time_mono_ns());
    send_what_is_due(s);
}

static struct pf_pads *pads_of(struct pf_session_pads *s)
{
    struct pf_error err;
    const struct pf_pads_config config = {
        .user = s, .feedback = on_feedback, .kind = s->config.kind, .label = s->label};
    if (s->pads || s->hopeless)
        return s->pads;
    if (pf_pads_start(&config, &s->pads, &err) < 0) {
        s->hopeless = true;
        pf_log_warn("pads", "the session has no gamepads client=%s: %s", s->label, err.text);
    }
    return s->pads;
}

void pf_session_pads_event(struct pf_session_pads *s, const struct pf_input_event *event)
{
    struct pf_pads *pads = pads_of(s);
    if (pads)
        pf_pads_event(pads, event);
}

/* Rich input makes no pad. */
void pf_session_pads_rich(struct pf_session_pads *s, const struct pf_datagram *rich)
{
    if (s->pads)
        pf_pads_rich(s->pads, rich);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int pf_session_pads_start(struct pf_loop *loop, const struct pf_session_pads_config *config,
    struct pf_session_pads **ret_pads, struct pf_error *err)
{
    struct pf_session_pads *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "there is no memory for gamepads");
    s->config = *config;
    s->config.label = NULL;
    snprintf(s->label, sizeof(s->label), "%s", config->label);
    pthread_mutex_init(&s->lock, NULL);
    pf_feedback_plane_init(&s->plane, (unsigned)pf_env_long("PUNKTFUNK_RUMBLE_TTL_MS", PF_RUMBLE_TTL_MIN_MS,
                                          PF_RUMBLE_TTL_MAX_MS, PF_RUMBLE_TTL_MS));
    int rc = pf_signal_create(loop, on_signal, s, &s->signal);
    if (rc == 0)
        rc = pf_timer_create(loop, send_what_is_due, s, &s->timer);
    if (rc < 0) {
        pf_session_pads_stop(s);
        return pf_error_set(err, rc, "the control loop has no room for gamepads: %s", strerror(-rc));
    }
    *ret_pads = s;
    return 0;
}

void pf_session_pads_stop(struct pf_session_pads *s)
{
    if (!s)
        return;
    pf_pads_stop(s->pads);
    pf_timer_destroy(s->timer);
    pf_signal_destroy(s->signal);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
