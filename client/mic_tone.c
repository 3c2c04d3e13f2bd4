#include "client/mic_tone.h"

#include "base/log.h"
#include "base/time.h"
#include "punktfunk/wire_datagram.h"

#include <errno.h>
#include <math.h>
#include <opus.h>
#include <stdlib.h>
#include <string.h>

#define RATE       48000u
#define CHANNELS   2u
#define FRAMES_MAX 960u /* of a packet */
#define AMPLITUDE  0.25

/* How packets come: smoothly, or as a client's audio library hands them out. */
static const struct cadence {
    unsigned frames, packets; /* of a packet; at once */
} smooth = {240, 1}, bursts = {960, 2};

struct probe_mic_tone {
    const struct cadence *cadence;
    double hertz;
    OpusEncoder *opus;
    struct pf_quic_conn *conn;
    struct pf_timer *timer;
    uint64_t next_ns, frames;
    uint32_t next_seq;
};

static void send_packet(struct probe_mic_tone *t)
{
    float samples[FRAMES_MAX * CHANNELS];
    uint8_t opus[1000], buf[PF_DATAGRAM_AUDIO_HEADER_MAX + sizeof(opus)];
    for (unsigned i = 0; i < t->cadence->frames; i++, t->frames++) {
        double v = AMPLITUDE * sin(2 * M_PI * t->hertz * (double)(t->frames % RATE) / RATE);
        samples[2 * i] = samples[2 * i + 1] = (float)v;
    }
    int len = opus_encode_float(t->opus, samples, (int)t->cadence->frames, opus, (opus_int32)sizeof(opus));
    const struct pf_datagram msg = {.tag = PF_DATAGRAM_MIC,
        .audio = {.seq = t->next_seq++,
            .pts_ns = pf_time_real_ns(),
            .data = opus,
            .len = len > 0 ? (size_t)len : 0}};
    int n = pf_datagram_encode(&msg, buf, sizeof(buf));
    int rc = n > 0 ? pf_quic_datagram_send(t->conn, buf, (size_t)n) : n;
    if (rc < 0)
        pf_log_warn("mic", "a packet was not sent: %s", strerror(-rc));
}

static void due(void *user)
{
    struct probe_mic_tone *t = user;
    if (!t->conn)
        return;
    for (unsigned i = 0; i < t->cadence->packets; i++)
        send_packet(t);
    t->next_ns += t->cadence->packets * t->cadence->frames * PF_NS_PER_S / RATE;
    uint64_t now = pf_time_mono_ns();
    pf_timer_arm(t->timer, t->next_ns > now ? t->next_ns - now : 0);
}

int probe_mic_tone_create(struct pf_loop *loop, const struct probe_options *o,
    struct probe_mic_tone **ret_tone, struct pf_error *err)
{
    *ret_tone = NULL;
    if (!o->mic_test)
        return 0;
    int opus_rc, rc;
    struct probe_mic_tone *t = calloc(1, sizeof(*t));
    if (!t)
        return pf_error_set(err, -ENOMEM, "out of memory");
    t->hertz = (double)o->mic_hertz;
    t->cadence = o->mic_burst ? &bursts : &smooth;
    t->opus = opus_encoder_create((opus_int32)RATE, (int)CHANNELS, OPUS_APPLICATION_VOIP, &opus_rc);
    rc = t->opus ? pf_timer_create(loop, due, t, &t->timer) : -EIO;
    if (rc < 0) {
        probe_mic_tone_destroy(t);
        return pf_error_set(err, rc, "the microphone's tone cannot be made: %s", strerror(-rc));
    }
    opus_encoder_ctl(t->opus, OPUS_SET_BITRATE(64000));
    *ret_tone = t;
    return 0;
}

void probe_mic_tone_start(struct probe_mic_tone *t, struct pf_quic_conn *conn)
{
    if (!t)
        return;
    t->conn = conn;
    t->next_ns = pf_time_mono_ns();
    due(t);
}

void probe_mic_tone_stop(struct probe_mic_tone *t)
{
    if (t)
        t->conn = NULL;
}

void probe_mic_tone_destroy(struct probe_mic_tone *t)
{
    if (!t)
        return;
    pf_timer_destroy(t->timer);
    if (t->opus)
        opus_encoder_destroy(t->opus);
    free(t);
}
