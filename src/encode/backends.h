/* The encoder back ends, for the list in encoder.c. Which exist depends on the build. */
#ifndef PF_ENCODE_BACKENDS_H
#define PF_ENCODE_BACKENDS_H

#include "encode/encoder.h"

extern const struct pf_encoder_backend pf_encoder_backend_x264;
extern const struct pf_encoder_backend pf_encoder_backend_openh264;

#endif
