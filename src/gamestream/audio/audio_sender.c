#include "gamestream/audio/audio_sender.h"

#include "gamestream/wire/audio_packet.h"
#include "net/media_socket.h"
#include "session/audio.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STEREO_LOW 96000u

struct pf_gs_audio_sender {
    struct pf_media_socket *socket;
    struct pf_session_audio *audio;
    struct pf_gs_cbc *cbc; /* NULL: in the clear */

    pthread_mutex_t lock; /* the following */
    bool known, begun;
    struct sockaddr_storage to;

    /* the audio thread's */
    struct pf_gs_audio packets;
    uint8_t datagram[PF_GS_AUDIO_DATAGRAM_MAX];
};

struct pf_opus_layout pf_gs_audio_layout(const struct pf_gs_audio_wish *wish)
{
    struct pf_opus_layout layout = pf_opus_layout_of(wish->channels, wish->high_quality);
    if (wish->channels == 2 && !wish->high_quality)
        layout.bitrate = STEREO_LOW;
    size_t room =
        PF_GS_AUDIO_PAYLOAD_MAX / PF_GS_BLOCK_LEN * PF_GS_BLOCK_LEN - 1; /* padding is a byte at least */
    uint32_t most = (uint32_t)(room * 8 * 1000 / wish->frame_ms);
    if (layout.bitrate > most)
        layout.bitrate = most;
    return layout;
}

static void send_datagrams(
    struct pf_gs_audio_sender *a, const uint8_t *data, size_t len, const struct sockaddr_storage *to)
{
    const struct pf_packet_group group = {.data = data, .datagram_bytes = len, .count = 1};
    (void)pf_media_socket_send_to(a->socket, &group, (const struct sockaddr *)to); /* losses are counted */
}

/* On the audio thread. */
static void on_packet(void *user, const uint8_t *opus, size_t len)
{
    struct pf_gs_audio_sender *a = user;
    pthread_mutex_lock(&a->lock);
    bool known = a->known;
    struct sockaddr_storage to = a->to;
    a->begun |= known;
    pthread_mutex_unlock(&a->lock);
    if (!known)
        return;
    int n = pf_gs_audio_packet(&a->packets, opus, len, a->datagram, sizeof(a->datagram));
    if (n <= 0)
        return;
    send_datagrams(a, a->datagram, (size_t)n, &to);
    size_t parity_len;
    unsigned parity = pf_gs_audio_parity(&a->packets, &parity_len);
    for (unsigned i = 0; i < parity; i++)
        send_datagrams(a, a->packets.parity[i], parity_len, &to);
}

int pf_gs_audio_sender_start(const struct pf_gs_audio_sender_config *config, struct pf_media_socket *socket,
    struct pf_gs_audio_sender **ret_sender, struct pf_error *err)
{
    struct pf_gs_audio_sender *a = calloc(1, sizeof(*a));
    if (!a)
        return pf_error_set(err, -ENOMEM, "there is no memory for audio");
    a->socket = socket;
    pthread_mutex_init(&a->lock, NULL);
    int rc = config->wish.encrypted ? pf_gs_cbc_create(config->key, &a->cbc) : 0;
    if (rc < 0)
        pf_error_set(err, rc, "there is no memory for audio");
    pf_gs_audio_init(&a->packets, config->wish.frame_ms, a->cbc, config->key_id);
    const struct pf_session_audio_config audio = {.audio = config->audio,
        .layout = pf_gs_audio_layout(&config->wish),
        .frame_ms = config->wish.frame_ms,
        .label = config->label,
        .user = a,
        .packet = on_packet};
    if (rc == 0)
        rc = pf_session_audio_start(&audio, &a->audio, err);
    if (rc < 0)
        pf_gs_audio_sender_stop(a);
    else
        *ret_sender = a;
    return rc;
}

void pf_gs_audio_sender_send_to(struct pf_gs_audio_sender *a, const struct sockaddr_storage *to)
{
    pthread_mutex_lock(&a->lock);
    a->known = true;
    a->to = *to;
    pthread_mutex_unlock(&a->lock);
}

bool pf_gs_audio_sender_has_begun(struct pf_gs_audio_sender *a)
{
    pthread_mutex_lock(&a->lock);
    bool begun = a->begun;
    pthread_mutex_unlock(&a->lock);
    return begun;
}

void pf_gs_audio_sender_stop(struct pf_gs_audio_sender *a)
{
    if (!a)
        return;
    pf_session_audio_stop(a->audio);
    pf_gs_cbc_destroy(a->cbc);
    pthread_mutex_destroy(&a->lock);
    free(a);
}
