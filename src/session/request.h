/* What a client asks of a session, in the same words for every protocol. Plain values. */
#ifndef PF_SESSION_REQUEST_H
#define PF_SESSION_REQUEST_H

#include "media/colour.h"
#include "media/compositor.h"
#include "media/mode.h"

#include <stdbool.h>
#include <stdint.h>

enum pf_session_source {
    PF_SESSION_SOURCE_VIRTUAL,   /* a virtual display of the client's mode, captured and encoded */
    PF_SESSION_SOURCE_SYNTHETIC, /* the verification frames (punktfunk1-control.md 6.11): no picture at all */
};

struct pf_session_request {
    enum pf_session_source source;
    struct pf_mode mode;
    unsigned codecs;    /* mask of enum pf_codec that the client decodes; 0: HEVC, as old clients mean it */
    unsigned preferred; /* one codec bit or 0 */
    uint32_t bitrate_kbps;         /* 0: the host's default */
    enum pf_compositor compositor; /* that the client would like */
    bool ten_bit, chroma_444;      /* the client can show them */
    unsigned slices;               /* of a picture, at least; 0: any number */
    bool one_reference;            /* its decoder keeps one picture only */
    struct pf_colour colour;       /* as its decoder wants it, without HDR */
    unsigned audio_channels;       /* 2, 6 or 8 */
    unsigned gamepad;              /* gamepad byte of punktfunk1-control.md 2.6 */

    bool has_fingerprint;    /* false: anonymous, matches nobody */
    uint8_t fingerprint[32]; /* SHA-256 of the client's certificate */
    char label[65];          /* for people: the name the client gave, cleaned; else its address */
    char launch[129];        /* id of a library entry to start, never a command; "": none */
};

#endif
