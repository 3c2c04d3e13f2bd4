/* What a session has beside its video: audio, microphone, input, gamepads, HDR values. */
#include "native/connection.h"

#include "audio/mic.h"
#include "base/env.h"
#include "base/log.h"
#include "input/pads/device.h"
#include "input/pads/pad_set.h"
#include "native/grants.h"
#include "native/host.h"
#include "punktfunk/wire.h"

/* ---- to the client --------------------------------------------------------------------------------------
 */

static void send_datagram(void *user, const uint8_t *datagram, size_t len)
{
    struct pf_connection *c = user;
    if (c->state == PF_CONNECTION_LIVE)
        pf_quic_datagram_send(c->quic, datagram, len);
}

/* A session without audio goes on. */
static void begin_audio(struct pf_connection *c)
{
    struct pf_error err;
    const struct pf_audio_plane_config config = {.audio = c->native->deps.audio,
        .channels = c->plan.audio_channels,
        .clock = c->clock,
        .label = c->label,
        .user = c,
        .send = send_datagram};
    if (!config.audio || c->plan.source != PF_SESSION_SOURCE_VIRTUAL)
        return;
    if (pf_audio_plane_start(c->native->loop, &config, &c->audio, &err) < 0)
        pf_log_warn("native", "the session has no audio client=%s: %s", c->label, err.text);
}

/* The client asked for a pad that this user may not make. */
static void explain_fallback(const struct pf_connection *c)
{
    struct pf_error err;
    if (pf_pad_kind_needs_uhid(c->hello.gamepad) && c->plan.gamepad != (enum pf_pad_kind)c->hello.gamepad &&
        pf_pad_device_check(c->hello.gamepad, &err) < 0)
        pf_log_warn("pads", "a %s becomes an %s pad client=%s: %s", pf_pad_kind_name(c->hello.gamepad),
            pf_pad_kind_name(c->plan.gamepad), c->label, err.text);
}

/* A session without gamepads goes on. */
static void begin_pads(struct pf_connection *c)
{
    struct pf_error err;
    if (!(c->grants & PF_GRANT_PADS))
        return;
    explain_fallback(c);
    const struct pf_pads_plane_config config = {
        .kind = c->plan.gamepad, .label = c->label, .user = c, .send = send_datagram};
    if (pf_pads_plane_start(c->native->loop, &config, &c->pads, &err) < 0)
        pf_log_warn("native", "the session has no gamepads client=%s: %s", c->label, err.text);
}

/* PUNKTFUNK_TEST_FEEDBACK=1: what a game might do with the first pad (punktfunk1-control.md 6.3, step 11). */
static void play_test_feedback(struct pf_connection *c)
{
    static const struct pf_pad_feedback all[] = {
        {.kind = PF_PAD_RUMBLE, .rumble = {.low = 0x4000, .high = 0x8000}},
        {.kind = PF_PAD_LIGHT_BAR, .light_bar = {.r = 10, .g = 20, .b = 30}},
        {.kind = PF_PAD_PLAYER_LEDS, .player_leds = 0x04},
        {.kind = PF_PAD_TRIGGER, .trigger = {.which = 1, .effect = {0x21, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}},
    };
    if (!c->pads || c->plan.source != PF_SESSION_SOURCE_SYNTHETIC ||
        !pf_env_bool("PUNKTFUNK_TEST_FEEDBACK", false))
        return;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        pf_pads_plane_feedback(c->pads, &all[i]);
}

/* Until the source says better: what the specification calls generic BT.2020. */
static void send_hdr(struct pf_connection *c)
{
    uint8_t buf[PF_DATAGRAM_SMALL_MAX];
    struct pf_datagram d = {.tag = PF_DATAGRAM_HDR, .hdr = pf_hdr_volume_bt2020};
    if (c->hello.has_hdr)
        d.hdr = c->hello.hdr;
    int len = c->plan.hdr ? pf_datagram_encode(&d, buf, sizeof(buf)) : 0;
    if (len > 0)
        pf_quic_datagram_send(c->quic, buf, (size_t)len);
}

void pf_native_session_side_begin(struct pf_connection *c)
{
    begin_audio(c);
    begin_pads(c);
    send_hdr(c);
    play_test_feedback(c);
}

void pf_native_session_side_end(struct pf_connection *c)
{
    pf_audio_plane_stop(c->audio);
    pf_pads_plane_stop(c->pads);
    if (c->native->deps.mic)
        pf_mic_leave(c->native->deps.mic, c->id);
    c->audio = NULL;
    c->pads = NULL;
}

/* ---- from the client ------------------------------------------------------------------------------------
 */

static void take_input(struct pf_connection *c, const struct pf_input_event *event)
{
    struct pf_input input;
    if (!pf_pad_set_knows(event)) {
        if (pf_input_of_wire(event, &input))
            pf_live_input(c->live, &input);
    } else if (c->pads) {
        pf_pads_plane_event(c->pads, event);
    }
}

void pf_native_session_datagram(struct pf_connection *c, const uint8_t *data, size_t len)
{
    struct pf_datagram msg;
    if (c->state != PF_CONNECTION_LIVE || !c->live || pf_datagram_decode(PF_WIRE_V31, data, len, &msg) != 0 ||
        !pf_grants_allow(c->grants, &msg))
        return;
    if (msg.tag == PF_DATAGRAM_INPUT)
        take_input(c, &msg.input);
    else if (msg.tag == PF_DATAGRAM_RICH && c->pads)
        pf_pads_plane_rich(c->pads, &msg);
    else if (msg.tag == PF_DATAGRAM_MIC && c->native->deps.mic)
        pf_mic_push(c->native->deps.mic, c->id, msg.audio.data, msg.audio.len);
}
