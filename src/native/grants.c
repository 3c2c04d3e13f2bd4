#include "native/grants.h"

#include "punktfunk/wire_handshake.h"

static uint32_t grant_of_input(uint8_t kind)
{
    switch (kind) {
    case PF_INPUT_KEY_DOWN:
    case PF_INPUT_KEY_UP:
    case PF_INPUT_TEXT:
        return PF_GRANT_KEYBOARD;
    case PF_INPUT_PAD_BUTTON:
    case PF_INPUT_PAD_AXIS:
    case PF_INPUT_PAD_STATE:
    case PF_INPUT_PAD_REMOVE:
    case PF_INPUT_PAD_ARRIVAL:
        return PF_GRANT_PADS;
    default: /* mouse, wheel, touch, and what is still to come */
        return PF_GRANT_POINTER;
    }
}

uint32_t pf_grant_of(const struct pf_datagram *d)
{
    switch (d->tag) {
    case PF_DATAGRAM_INPUT:
        return grant_of_input(d->input.kind);
    case PF_DATAGRAM_RICH:
        return d->kind == PF_RICH_PEN ? PF_GRANT_POINTER : PF_GRANT_PADS;
    case PF_DATAGRAM_MIC:
        return PF_GRANT_MICROPHONE;
    default:
        return 0;
    }
}
