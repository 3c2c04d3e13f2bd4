/* The plan of a session: what will be done for a client, and why not if it is refused.
 *
 * A pure function of the client's wishes, what this host can do and what its owner allows. It is made once,
 * before the client gets its answer; nothing downstream decides again (displays-and-capture.md 16.5,
 * punktfunk1-control.md 2.6).
 */
#ifndef PF_SESSION_PLAN_H
#define PF_SESSION_PLAN_H

#include "base/error.h"
#include "input/pads/kind.h"
#include "session/request.h"

#include <stddef.h>

/* What this host can do now. */
struct pf_host_facts {
    unsigned codecs;               /* mask that working encoders offer (pf_encoder_codecs) */
    unsigned compositors;          /* mask of 1 << enum pf_compositor that work right now */
    enum pf_compositor compositor; /* detected; PF_COMPOSITOR_ANY: none is running */
    bool ten_bit, chroma_444;      /* the encoder can, and the capture delivers what it needs */
    bool invalidation;             /* the encoder can leave out pictures that a client lost */
};

/* What the owner wants. All zero allows everything. */
struct pf_session_policy {
    uint32_t max_bitrate_kbps; /* 0: no ceiling */
    bool ten_bit, chroma_444;  /* PUNKTFUNK_10BIT, PUNKTFUNK_444: offer them at all */
    enum pf_pad_kind gamepad;  /* PUNKTFUNK_GAMEPAD: for clients that do not care */
    bool no_uhid;              /* /dev/uhid is not this user's: no PlayStation pads */
};

/* The three variables above, and a look at the node. */
struct pf_session_policy pf_session_policy_from_env(void);

struct pf_session_plan {
    enum pf_session_source source;
    struct pf_mode mode;
    enum pf_codec codec; /* NONE for the synthetic source */
    uint32_t bitrate_kbps;
    unsigned bit_depth; /* 8 or 10 */
    bool hdr;           /* BT.2020 PQ; exactly with 10 bits */
    struct pf_colour colour;
    unsigned chroma;    /* chroma_format_idc: 1 (4:2:0) or 3 (4:4:4) */
    unsigned slices;    /* as asked for */
    bool one_reference; /* likewise */
    unsigned audio_channels;
    enum pf_compositor compositor; /* to use; AUTO for the synthetic source */
    enum pf_pad_kind gamepad;      /* of pads that do not say theirs */
    bool has_fingerprint;          /* whose display it is */
    uint8_t fingerprint[32];
    char label[65];
    char launch[129];
};

enum pf_refusal {
    PF_REFUSAL_NONE,
    PF_REFUSAL_NO_ENCODER,    /* this host cannot encode anything */
    PF_REFUSAL_CODEC,         /* no codec that both sides know */
    PF_REFUSAL_DIMENSIONS,    /* zero, odd or too large for the codec */
    PF_REFUSAL_REFRESH,       /* not 1 … 1000 Hz */
    PF_REFUSAL_NO_COMPOSITOR, /* nothing to make a virtual display in */
};

/* Returns PF_REFUSAL_NONE and the plan, or why not, with a sentence for the user in err. */
enum pf_refusal pf_session_plan_make(const struct pf_session_request *request,
    const struct pf_host_facts *facts, const struct pf_session_policy *policy,
    struct pf_session_plan *ret_plan, struct pf_error *err);

/* Whether a session with this plan could change to the mode: the rules of Reconfigure (3.2). */
enum pf_refusal pf_session_plan_check_mode(
    const struct pf_session_plan *plan, const struct pf_mode *mode, struct pf_error *err);

/* The rate to use when the client asks for another one: clamped like the first (0: the default). */
uint32_t pf_session_plan_bitrate(const struct pf_session_policy *policy, uint32_t kbps);

/* One line for the log: "1920x1080@60 h264 8-bit 4:2:0 20000 kbps on wlroots, 2 channels". Returns out. */
char *pf_session_plan_describe(const struct pf_session_plan *plan, char *out, size_t cap);

#endif
