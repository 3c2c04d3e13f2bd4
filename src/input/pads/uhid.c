#include "input/pads/uhid.h"

#include "base/env.h"
#include "base/log.h"
#include "base/node.h"
#include "base/time.h"
#include "input/pads/ff_mix.h"
#include "input/pads/slots.h"
#include "input/pads/uhid_event.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE "pads"

typedef void (*tell_fn)(void *user, const struct pf_pad_feedback *feedback);

struct uhid_pad {
    struct pf_pad_device base;
    const struct pf_ps_model *model;
    unsigned slot;
    uint8_t mac[PF_PS_MAC_LEN];
    struct pf_ps_state state;
    struct pf_pad_report report;
    uint64_t born_ns, written_ns;

    uint16_t low, high; /* as told last */
    uint64_t heard_ns;  /* the last word about motors */
    uint64_t idle_ns;   /* they stop after so much silence; UINT64_MAX: never */
    struct pf_rate_limit noise;
};

/* ---- reports ---- */

static int send_message(struct uhid_pad *p, const uint8_t *message, size_t len)
{
    ssize_t n = write(p->base.fd, message, len);
    return n == (ssize_t)len ? 0 : n < 0 ? -errno : -EIO;
}

static int send_report(struct uhid_pad *p, uint64_t now_ns)
{
    uint8_t report[PF_PS_REPORT_LEN], message[PF_UHID_EVENT_MAX];
    p->model->encode(&p->state, &p->report, pf_ps_clock(p->model, now_ns - p->born_ns), report);
    p->written_ns = now_ns;
    return send_message(p, message, pf_uhid_put_input(message, report, sizeof(report)));
}

static int uhid_write(struct pf_pad_device *base, const struct pf_pad_report *report)
{
    struct uhid_pad *p = (struct uhid_pad *)base;
    p->report = *report;
    return send_report(p, pf_time_mono_ns());
}

/* ---- what games want ---- */

static void tell_rumble(struct uhid_pad *p, uint16_t low, uint16_t high, tell_fn tell, void *user)
{
    if (low != p->low || high != p->high)
        tell(user, &(struct pf_pad_feedback){.kind = PF_PAD_RUMBLE, .rumble = {.low = low, .high = high}});
    p->low = low;
    p->high = high;
}

static void tell_trigger(unsigned which, const struct pf_ps_wishes *w, tell_fn tell, void *user)
{
    struct pf_pad_feedback f = {.kind = PF_PAD_TRIGGER, .trigger = {.which = (uint8_t)which}};
    memcpy(f.trigger.effect, w->effect[which], sizeof(f.trigger.effect));
    tell(user, &f);
}

static void take_output(
    struct uhid_pad *p, const struct pf_uhid_event *e, uint64_t now_ns, tell_fn tell, void *user)
{
    struct pf_ps_wishes w;
    if (!p->model->decode(e->data, e->len, &w)) {
        if (pf_rate_limit_pass(&p->noise, now_ns, NULL))
            pf_log_debug(SCOPE, "a program wrote what this pad does not know kind=\"%s\" bytes=%zu",
                p->model->name, e->len);
        return;
    }
    if (w.rumble) {
        p->heard_ns = now_ns;
        tell_rumble(p, w.low, w.high, tell, user);
    }
    if (w.light_bar)
        tell(user,
            &(struct pf_pad_feedback){.kind = PF_PAD_LIGHT_BAR, .light_bar = {w.rgb[0], w.rgb[1], w.rgb[2]}});
    if (w.player_leds)
        tell(user, &(struct pf_pad_feedback){.kind = PF_PAD_PLAYER_LEDS, .player_leds = w.leds});
    for (unsigned which = 0; which < 2; which++)
        if (w.trigger[which])
            tell_trigger(which, &w, tell, user);
}

/* ---- what the kernel asks; its driver waits for the answer ---- */

static int answer_get(struct uhid_pad *p, const struct pf_uhid_event *e)
{
    uint8_t report[PF_PS_REPORT_LEN], message[PF_UHID_EVENT_MAX];
    size_t len = e->is_feature ? p->model->feature(e->report, p->mac, report) : 0;
    return send_message(p, message, pf_uhid_put_get_answer(message, e->id, report, len));
}

static int answer_set(struct uhid_pad *p, const struct pf_uhid_event *e)
{
    uint8_t message[PF_UHID_EVENT_MAX];
    return send_message(p, message, pf_uhid_put_set_answer(message, e->id));
}

static int take_event(
    struct uhid_pad *p, const struct pf_uhid_event *e, uint64_t now_ns, tell_fn tell, void *user)
{
    switch (e->kind) {
    case PF_UHID_OUTPUT:
        take_output(p, e, now_ns, tell, user);
        return 0;
    case PF_UHID_SET:
        if (!e->is_feature)
            take_output(p, e, now_ns, tell, user);
        return answer_set(p, e);
    case PF_UHID_GET:
        return answer_get(p, e);
    case PF_UHID_GONE:
        pf_log_debug(
            SCOPE, "the kernel's driver let the pad go kind=\"%s\" slot=%u", p->model->name, p->slot);
        return 0;
    case PF_UHID_OTHER:
        break;
    }
    return 0;
}

/* A program that died cannot stop the motors. */
static uint64_t silence_ends(const struct uhid_pad *p)
{
    return (p->low || p->high) && p->idle_ns != UINT64_MAX ? p->heard_ns + p->idle_ns : UINT64_MAX;
}

static int uhid_pump(struct pf_pad_device *base, uint64_t now_ns, tell_fn tell, void *user)
{
    struct uhid_pad *p = (struct uhid_pad *)base;
    uint8_t message[PF_UHID_EVENT_MAX];
    struct pf_uhid_event e;
    ssize_t n = 0;
    int rc = 0;
    for (unsigned i = 0; i < PF_UHID_READS && rc == 0; i++) {
        n = read(base->fd, message, sizeof(message));
        if (n <= 0)
            break;
        rc = pf_uhid_event_parse(message, (size_t)n, &e) ? take_event(p, &e, now_ns, tell, user) : 0;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return -errno;
    if (now_ns >= silence_ends(p))
        tell_rumble(p, 0, 0, tell, user);
    if (rc == 0 && now_ns >= p->written_ns + PF_UHID_BEAT_NS)
        rc = send_report(p, now_ns);
    return rc;
}

static uint64_t uhid_deadline(struct pf_pad_device *base, uint64_t now_ns)
{
    const struct uhid_pad *p = (const struct uhid_pad *)base;
    uint64_t beat = p->written_ns + PF_UHID_BEAT_NS, silence = silence_ends(p);
    return beat < silence ? beat : silence;
}

/* ---- life ---- */

/* Closing the descriptor removes the device. */
static void uhid_destroy(struct pf_pad_device *base)
{
    struct uhid_pad *p = (struct uhid_pad *)base;
    close(base->fd);
    pf_pad_slot_give(p->slot);
    free(p);
}

static const struct pf_pad_device_ops uhid_ops = {
    .write = uhid_write, .pump = uhid_pump, .deadline = uhid_deadline, .destroy = uhid_destroy};

static int create(struct uhid_pad *p)
{
    uint8_t message[PF_UHID_EVENT_MAX];
    char name[64], phys[64], uniq[64];
    snprintf(name, sizeof(name), "Punktfunk %s %u", p->model->name, p->slot);
    snprintf(phys, sizeof(phys), "punktfunk/%s/%u", p->model->path, p->slot);
    snprintf(uniq, sizeof(uniq), "punktfunk-%s-%u", p->model->uniq, p->slot);
    const struct pf_uhid_identity identity = {.name = name,
        .phys = phys,
        .uniq = uniq,
        .vendor = PF_PS_VENDOR,
        .product = p->model->product,
        .descriptor = p->model->descriptor,
        .descriptor_len = p->model->descriptor_len};
    return send_message(p, message, pf_uhid_put_create(message, &identity));
}

int pf_uhid_pad_open_on(
    int fd, const struct pf_ps_model *model, struct pf_pad_device **ret_device, struct pf_error *err)
{
    unsigned slot;
    struct uhid_pad *p = calloc(1, sizeof(*p));
    int rc = p ? pf_pad_slot_take(&slot) : -ENOMEM;
    if (rc < 0) {
        free(p);
        close(fd);
        return pf_error_set(err, rc,
            rc == -ENOMEM ? "there is no memory for a gamepad" : "all %u addresses of gamepads are in use",
            PF_PAD_SLOTS);
    }
    *p = (struct uhid_pad){.base = {.ops = &uhid_ops, .fd = fd},
        .model = model,
        .slot = slot,
        .state = {.paddles = pf_ps_paddles_of_words(pf_env_get("PUNKTFUNK_STEAM_REMAP"))},
        .report = pf_pad_report_neutral(),
        .born_ns = pf_time_mono_ns(),
        .idle_ns = pf_rumble_idle_ns(),
        .noise = {.interval_ns = 10 * PF_NS_PER_S, .burst = 3}};
    pf_ps_mac(slot, p->mac);
    rc = create(p);
    if (rc < 0) {
        uhid_destroy(&p->base);
        return pf_error_set(err, rc, "the kernel made no gamepad: %s", strerror(-rc));
    }
    p->written_ns = p->born_ns;
    *ret_device = &p->base;
    return 0;
}

int pf_uhid_pad_open(const struct pf_ps_model *model, struct pf_pad_device **ret_device, struct pf_error *err)
{
    int fd = open(PF_UHID_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? pf_node_refused(PF_UHID_NODE, "uhid", errno, err)
                  : pf_uhid_pad_open_on(fd, model, ret_device, err);
}
