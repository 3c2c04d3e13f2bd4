#include "native/pads_plane.h"

#include "base/env.h"
#include "base/time.h"
#include "native/feedback_plane.h"
#include "session/pads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pf_pads_plane {
    struct pf_pads_plane_config config;
    struct pf_session_pads *pads;
    struct pf_timer *timer;
    struct pf_feedback_plane plane;
};

static void send_what_is_due(void *user)
{
    struct pf_pads_plane *p = user;
    uint8_t buf[PF_DATAGRAM_SMALL_MAX];
    uint64_t now = pf_time_mono_ns();
    size_t len;
    while ((len = pf_feedback_plane_next(&p->plane, now, buf, sizeof(buf))))
        p->config.send(p->config.user, buf, len);
    uint64_t at = pf_feedback_plane_deadline(&p->plane);
    if (at == UINT64_MAX)
        pf_timer_disarm(p->timer);
    else
        pf_timer_arm(p->timer, at > now ? at - now : 0);
}

static void on_feedback(void *user, const struct pf_pad_feedback *feedback)
{
    pf_pads_plane_feedback(user, feedback);
}

void pf_pads_plane_feedback(struct pf_pads_plane *p, const struct pf_pad_feedback *feedback)
{
    pf_feedback_plane_take(&p->plane, feedback, pf_time_mono_ns());
    send_what_is_due(p);
}

void pf_pads_plane_event(struct pf_pads_plane *p, const struct pf_input_event *event)
{
    pf_session_pads_event(p->pads, event);
}

void pf_pads_plane_rich(struct pf_pads_plane *p, const struct pf_datagram *rich)
{
    pf_session_pads_rich(p->pads, rich);
}

int pf_pads_plane_start(struct pf_loop *loop, const struct pf_pads_plane_config *config,
    struct pf_pads_plane **ret_plane, struct pf_error *err)
{
    struct pf_pads_plane *p = calloc(1, sizeof(*p));
    if (!p)
        return pf_error_set(err, -ENOMEM, "there is no memory for gamepads");
    p->config = *config;
    p->config.label = NULL;
    pf_feedback_plane_init(&p->plane, (unsigned)pf_env_long("PUNKTFUNK_RUMBLE_TTL_MS", PF_RUMBLE_TTL_MIN_MS,
                                          PF_RUMBLE_TTL_MAX_MS, PF_RUMBLE_TTL_MS));
    const struct pf_session_pads_config pads = {
        .kind = config->kind, .label = config->label, .user = p, .feedback = on_feedback};
    int rc = pf_timer_create(loop, send_what_is_due, p, &p->timer);
    if (rc < 0)
        pf_error_set(err, rc, "the control loop has no room for gamepads: %s", strerror(-rc));
    else
        rc = pf_session_pads_start(loop, &pads, &p->pads, err);
    if (rc < 0)
        pf_pads_plane_stop(p);
    else
        *ret_plane = p;
    return rc;
}

void pf_pads_plane_stop(struct pf_pads_plane *p)
{
    if (!p)
        return;
    pf_session_pads_stop(p->pads);
    pf_timer_destroy(p->timer);
    free(p);
}
