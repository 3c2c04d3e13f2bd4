/* What became of the last PIN that the user typed. */
#ifndef PF_GAMESTREAM_NVHTTP_PIN_RESULT_H
#define PF_GAMESTREAM_NVHTTP_PIN_RESULT_H

enum pf_gs_pin_result {
    PF_GS_PIN_NONE,   /* none was typed yet */
    PF_GS_PIN_TRYING, /* the client goes on with it */
    PF_GS_PIN_PAIRED,
    PF_GS_PIN_FAILED, /* it was wrong, or the client gave up */
};

#endif
