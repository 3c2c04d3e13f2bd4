/* The audio of one GameStream session: Opus packets, numbered, encrypted if the client wants it, with parity
 * (docs/spec/gamestream.md 6). Control loop's thread; packets leave from the audio's own. */
#ifndef PF_GAMESTREAM_AUDIO_SENDER_H
#define PF_GAMESTREAM_AUDIO_SENDER_H

#include "audio/audio.h"
#include "audio/opus_encoder.h"
#include "gamestream/wire/aes.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct pf_media_socket;
struct pf_gs_audio_sender;

struct pf_gs_audio_wish {
    unsigned channels; /* 2, 6 or 8 */
    unsigned frame_ms; /* 5 or 10 */
    bool high_quality;
    bool encrypted;
};

/* The layout that DESCRIBE told, with a rate whose packets fit into a datagram. Pure. */
struct pf_opus_layout pf_gs_audio_layout(const struct pf_gs_audio_wish *wish);

struct pf_gs_audio_sender_config {
    struct pf_audio *audio;
    struct pf_gs_audio_wish wish;
    uint8_t key[PF_GS_KEY_LEN]; /* secret */
    uint32_t key_id;
    const char *label; /* copied */
};

/* The socket is borrowed until stop. -errno with a sentence. */
int pf_gs_audio_sender_start(const struct pf_gs_audio_sender_config *config, struct pf_media_socket *socket,
    struct pf_gs_audio_sender **ret_sender, struct pf_error *err);
/* Where the client is; before this nothing is sent, and no number used. */
void pf_gs_audio_sender_send_to(struct pf_gs_audio_sender *sender, const struct sockaddr_storage *to);
/* The first packet is out. */
bool pf_gs_audio_sender_has_begun(struct pf_gs_audio_sender *sender);
/* NULL is allowed. */
void pf_gs_audio_sender_stop(struct pf_gs_audio_sender *sender);

#endif
