#include "gamestream/control/dispatch.h"

#include <errno.h>

static void invalidate(const struct pf_gs_control_sink *sink, uint32_t first, uint32_t last)
{
    if (first && first <= last && last - first < PF_GS_INVALIDATE_MAX)
        sink->invalidate(sink->user, first, last);
    else
        sink->keyframe(sink->user);
}

static int take_input(const struct pf_gs_control_sink *sink, const uint8_t *data, size_t len)
{
    struct pf_gs_input_packet packet;
    int rc = pf_gs_input_packet_decode(data, len, &packet);
    if (rc == 0)
        sink->input(sink->user, &packet);
    return rc;
}

int pf_gs_control_dispatch(
    struct pf_gs_control_seal *seal, const uint8_t *packet, size_t len, const struct pf_gs_control_sink *sink)
{
    uint8_t plain[PF_GS_CONTROL_PLAIN_MAX];
    struct pf_gs_client_message m;
    int n = pf_gs_control_open(seal, PF_GS_FROM_CLIENT, packet, len, plain, sizeof(plain));
    if (n < 0)
        return n;
    int rc = pf_gs_client_message_decode(plain, (size_t)n, &m);
    if (rc < 0)
        return rc;
    switch (m.kind) {
    case PF_GS_CLIENT_IDR:
        sink->keyframe(sink->user);
        break;
    case PF_GS_CLIENT_INVALIDATE:
        invalidate(sink, m.invalidate.first, m.invalidate.last);
        break;
    case PF_GS_CLIENT_INPUT:
        return take_input(sink, m.input.data, m.input.len);
    case PF_GS_CLIENT_FEC_STATUS:
        sink->fec_status(sink->user, &m.fec);
        break;
    case PF_GS_CLIENT_START:
    case PF_GS_CLIENT_KEEP_ALIVE: /* that something came is enough */
    case PF_GS_CLIENT_LTR_DONE:   /* none is ever announced */
        break;
    }
    return 0;
}
