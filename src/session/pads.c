#include "session/pads.h"

#include "base/log.h"
#include "input/pads/service.h"

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
    struct pf_pads *pads; /* NULL: no event yet, or no thread for them */
    bool hopeless;

    pthread_mutex_t lock; /* the following */
    struct pf_pad_feedback news[NEWS];
    unsigned head, len;
};

/* ---- the devices' thread --------------------------------------------------------------------------------
 */

void pf_session_pads_tell(struct pf_session_pads *s, const struct pf_pad_feedback *feedback)
{
    pthread_mutex_lock(&s->lock);
    if (s->len == NEWS) {
        s->head++;
        s->len--;
    }
    s->news[(s->head + s->len++) % NEWS] = *feedback;
    pthread_mutex_unlock(&s->lock);
    pf_signal_raise(s->signal);
}

static void on_feedback(void *user, const struct pf_pad_feedback *feedback)
{
    pf_session_pads_tell(user, feedback);
}

/* ---- the control loop -----------------------------------------------------------------------------------
 */

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
        s->config.feedback(s->config.user, &f);
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
    int rc = pf_signal_create(loop, on_signal, s, &s->signal);
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
    pf_signal_destroy(s->signal);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
