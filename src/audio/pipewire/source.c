#include "audio/pipewire/source.h"

#include "audio/audio.h"

#include <errno.h>
#include <spa/param/audio/format-utils.h>
#include <string.h>

#define STRIDE (PF_MIC_CHANNELS * (uint32_t)sizeof(float))

/* ---- PipeWire's threads ---------------------------------------------------------------------------------
 */

/* Real time. */
static void process(void *user)
{
    struct pf_pw_source *s = user;
    struct pw_buffer *b = pw_stream_dequeue_buffer(s->stream);
    if (!b)
        return;
    struct spa_data *d = &b->buffer->datas[0];
    uint32_t room = d->data ? d->maxsize / STRIDE : 0;
    uint32_t frames = b->requested && b->requested < room ? (uint32_t)b->requested : room;
    if (frames)
        pf_mic_talkers_take(s->talkers, pf_time_mono_ns(), d->data, frames);
    d->chunk->offset = 0;
    d->chunk->stride = (int32_t)STRIDE;
    d->chunk->size = frames * STRIDE;
    pw_stream_queue_buffer(s->stream, b);
}

static void end(struct pf_pw_source *s)
{
    if (!atomic_exchange(&s->over, true))
        s->ended(s->user);
}

static void state_changed(
    void *user, enum pw_stream_state before, enum pw_stream_state now, const char *error)
{
    if (now == PW_STREAM_STATE_ERROR || (now == PW_STREAM_STATE_UNCONNECTED && before > now))
        end(user);
}

static void died(void *user)
{
    end(user);
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS, .process = process, .state_changed = state_changed};

/* ---- ours -----------------------------------------------------------------------------------------------
 */

/* Locked. */
static int connect_stream(struct pf_pw_source *s)
{
    uint8_t buf[1024];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buf, sizeof(buf));
    const struct spa_audio_info_raw info = {.format = SPA_AUDIO_FORMAT_F32,
        .rate = PF_AUDIO_RATE,
        .channels = PF_MIC_CHANNELS,
        .position = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR}};
    const struct spa_pod *params[] = {
        spa_format_audio_raw_build(&b, SPA_PARAM_EnumFormat, (struct spa_audio_info_raw *)&info)};
    struct pw_properties *props =
        pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback", PW_KEY_MEDIA_CLASS,
            "Audio/Source", PW_KEY_NODE_NAME, PF_PW_SOURCE_NAME, PW_KEY_NODE_DESCRIPTION,
            "punktfunk microphone", PW_KEY_NODE_LATENCY, "256/48000", PW_KEY_NODE_VIRTUAL, "true",
            /* It is the default source, which alone gets a driver on PipeWire 1.4. */
            PW_KEY_PRIORITY_SESSION, "3000", NULL);
    if (!props)
        return -ENOMEM;
    s->stream = pw_stream_new(s->connection.core, PF_PW_SOURCE_NAME, props);
    if (!s->stream)
        return -errno;
    pw_stream_add_listener(s->stream, &s->hook, &events, s);
    return pw_stream_connect(s->stream, PW_DIRECTION_OUTPUT, PW_ID_ANY,
        PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS, params, 1);
}

int pf_pw_source_open(struct pf_pw_source *s, struct pf_mic_talkers *talkers, void (*ended)(void *user),
    void *user, struct pf_error *err)
{
    *s = (struct pf_pw_source){.talkers = talkers, .ended = ended, .user = user};
    int rc = pf_pw_connect(&s->connection, "pf-mic", err);
    if (rc < 0)
        return rc;
    pf_pw_lock(&s->connection);
    s->connection.user = s;
    s->connection.died = died;
    rc = connect_stream(s);
    pf_pw_unlock(&s->connection);
    if (rc == 0)
        return 0;
    pf_pw_source_close(s);
    return pf_error_set(err, rc, "PipeWire could not make the microphone: %s", strerror(-rc));
}

void pf_pw_source_close(struct pf_pw_source *s)
{
    pf_pw_lock(&s->connection);
    atomic_store(&s->over, true); /* what happens now is no end that anybody need hear of */
    if (s->stream)
        pw_stream_destroy(s->stream);
    pf_pw_unlock(&s->connection);
    pf_pw_disconnect(&s->connection);
}
