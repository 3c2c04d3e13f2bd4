/* What has come on an RTSP connection, until it is one whole request
 * (docs/spec/gamestream.md 3.1, 3.5, 12.6). Pure; one thread. */
#ifndef PF_GAMESTREAM_RTSP_INBOX_H
#define PF_GAMESTREAM_RTSP_INBOX_H

#include "gamestream/wire/rtsp_message.h"
#include "gamestream/wire/rtsp_seal.h"

#include <stddef.h>
#include <stdint.h>

/* All zero is the empty one. */
struct pf_gs_rtsp_inbox {
    uint8_t *data; /* grows as more comes, up to the largest message */
    size_t len, cap;
    char *text; /* the opened request; NULL: not whole yet */
    size_t text_len;
    uint8_t scratch[512]; /* for what comes behind it, which is not kept */
};

/* Where the next bytes may be read to: their number, or 0 without memory. */
size_t pf_gs_rtsp_inbox_room(struct pf_gs_rtsp_inbox *inbox, uint8_t **ret_room);

/* `n` bytes were read to there. `seal`: of the launch; NULL: the request is plain. 1: the request is whole
 * now; 0: more is needed; negative: it never will be. */
int pf_gs_rtsp_inbox_take(struct pf_gs_rtsp_inbox *inbox, size_t n, struct pf_gs_rtsp_seal *seal);

/* Wipes and frees what it has. */
void pf_gs_rtsp_inbox_finish(struct pf_gs_rtsp_inbox *inbox);

#endif
