/* A playing half that only remembers what it was told. Private to these tests. */
#ifndef PF_TEST_GAMESTREAM_FAKE_PLAY_H
#define PF_TEST_GAMESTREAM_FAKE_PLAY_H

#include "gamestream/play.h"

struct fake_play {
    bool refuses_to_start;
    enum pf_gs_play_verdict verdict; /* of the next launch, resume or cancel */
    struct pf_gs_launch launch;      /* the last one */
    unsigned launches, resumes, cancels, cuts, idrs, ends;
    uint8_t canceller[32], cut[32];
    uint32_t app; /* that runs */
    struct pf_gs_play_info info;
};

/* There is one at a time. */
extern struct fake_play fake_play;

#endif
