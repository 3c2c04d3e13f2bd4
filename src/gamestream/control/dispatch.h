/* What a client's control packets ask for (docs/spec/gamestream.md 4.3, 4.4). Pure; one thread. */
#ifndef PF_GAMESTREAM_CONTROL_DISPATCH_H
#define PF_GAMESTREAM_CONTROL_DISPATCH_H

#include "gamestream/wire/control_message.h"
#include "gamestream/wire/control_seal.h"
#include "gamestream/wire/input_packet.h"

struct pf_gs_control_sink {
    void *user;
    void (*keyframe)(void *user);
    void (*invalidate)(void *user, uint32_t first, uint32_t last); /* frame indices, inclusive */
    void (*input)(void *user, const struct pf_gs_input_packet *packet);
    void (*fec_status)(void *user, const struct pf_gs_fec_status *status);
};

#define PF_GS_INVALIDATE_MAX 256u /* frames; a longer range counts as a request for a key frame */

/* Opens one packet and hands on what is in it. 0; -EBADMSG if its seal is wrong: the session must end;
 * another negative value if it meant nothing (plain, seen before, damaged, unknown) and was skipped. */
int pf_gs_control_dispatch(struct pf_gs_control_seal *seal, const uint8_t *packet, size_t len,
    const struct pf_gs_control_sink *sink);

#endif
