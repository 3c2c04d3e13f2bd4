/* What the host wants of the client's gamepads. */
#ifndef PF_CLIENT_FEEDBACK_H
#define PF_CLIENT_FEEDBACK_H

#include "client/report.h"

/* A datagram of tag RUMBLE or HID. Pad 0 is kept in the report: it is the one that most tests play. */
void probe_feedback_feel(struct probe_feedback *feedback, const struct pf_datagram *message);

/* Prints it on a line, whatever the pad:
 *   feedback rumble PAD LOW HIGH LEFT_TRIGGER RIGHT_TRIGGER TTL_MS SEQ
 *   feedback light_bar PAD R G B          feedback player_leds PAD BITS
 *   feedback trigger PAD WHICH HEX */
void probe_feedback_tell(const struct pf_datagram *message);

#endif
