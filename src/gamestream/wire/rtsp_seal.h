/* Encrypted RTSP: each whole message is one frame (docs/spec/gamestream.md 3.5). Pure; one thread.
 *
 * A frame is: u32 BE 0x80000000 | length of the text, u32 BE sequence, tag, ciphertext.
 */
#ifndef PF_GAMESTREAM_WIRE_RTSP_SEAL_H
#define PF_GAMESTREAM_WIRE_RTSP_SEAL_H

#include "gamestream/wire/aes.h"
#include "gamestream/wire/control_seal.h"

#define PF_GS_RTSP_SEAL_OVERHEAD 24u
#define PF_GS_RTSP_SEALED_MAX    (128u * 1024)

/* One launch: its sequences go on over all connections. */
struct pf_gs_rtsp_seal {
    struct pf_gs_gcm *gcm;
    uint32_t sent, received; /* last sequences; 0: none yet */
};

int pf_gs_rtsp_seal_init(struct pf_gs_rtsp_seal *seal, const uint8_t key[PF_GS_KEY_LEN]); /* -ENOMEM */
void pf_gs_rtsp_seal_finish(struct pf_gs_rtsp_seal *seal);

/* Writes a frame to `out`: its length, or -EMSGSIZE. */
int pf_gs_rtsp_seal(struct pf_gs_rtsp_seal *seal, enum pf_gs_sender from, const char *text, size_t len,
    uint8_t *out, size_t cap);

/* Bytes of the whole frame that begins here. 0: more is needed; -EINVAL: this is no sealed frame; -EMSGSIZE:
 * it is longer than a client has reason to send. */
int pf_gs_rtsp_sealed_len(const uint8_t *data, size_t len);

/* Opens a whole frame of the other side into `ret_text` (at least as long as the frame). Its length; -EINVAL
 * if it is damaged, -EALREADY if its sequence is not above the last, -EBADMSG if the tag is wrong. */
int pf_gs_rtsp_open(
    struct pf_gs_rtsp_seal *seal, enum pf_gs_sender from, const uint8_t *frame, size_t len, char *ret_text);

#endif
