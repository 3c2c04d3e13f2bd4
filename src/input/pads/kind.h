/* Which kind of gamepad a client's pad becomes (input-audio-encode.md 2.1). Pure. */
#ifndef PF_INPUT_PADS_KIND_H
#define PF_INPUT_PADS_KIND_H

#include <stdbool.h>

/* The gamepad byte of punktfunk1-control.md 2.6. */
enum pf_pad_kind {
    PF_PAD_KIND_AUTO = 0,
    PF_PAD_KIND_XBOX_360 = 1,
    PF_PAD_KIND_DUALSENSE = 2,
    PF_PAD_KIND_XBOX_ONE = 3,
    PF_PAD_KIND_DUALSHOCK_4 = 4,
};

/* A word of PUNKTFUNK_GAMEPAD in any case ("xbox", "ps5", …); AUTO for an unknown one and for NULL. */
enum pf_pad_kind pf_pad_kind_of_word(const char *word);

/* What the client gets: its wish (any byte), else what the owner prefers, else Xbox 360. Kinds that this host
 * does not make, and without uhid PlayStation pads, are Xbox 360 too. Never AUTO. */
enum pf_pad_kind pf_pad_kind_choose(unsigned wish, enum pf_pad_kind preferred, bool has_uhid);

/* True for the kinds that need /dev/uhid. */
bool pf_pad_kind_needs_uhid(enum pf_pad_kind kind);

/* "Xbox 360", … */
const char *pf_pad_kind_name(enum pf_pad_kind kind);

#endif
