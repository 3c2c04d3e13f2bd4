/* What the probe types, moves and clicks, and when. Pure.
 *
 * A script is a text of lines "MS NAME ARGUMENTS"; MS counts from the start of streaming and never falls.
 * Numbers are decimal or 0x…; # begins a comment.
 *
 *   key_down VK          key_up VK            move DX DY           abs X Y W H
 *   button_down N        button_up N          scroll AXIS V120     text SCALAR
 *   touch_down ID X Y W H                     touch_move ID X Y W H   touch_up ID
 *   pad_button BIT PRESSED PAD                pad_axis AXIS VALUE PAD
 *   pad_state PAD SEQ BUTTONS LSX LSY RSX RSY LT RT
 *   pad_remove PAD SEQ   pad_arrival PAD KIND
 *   touchpad PAD FINGER ACTIVE X Y            motion PAD GYRO×3 ACCEL×3
 *   wait                 the clock stands still until SIGUSR1
 *   end                  the session ends
 *   touchpad_ex PAD SURFACE FINGER STATE X Y PRESSURE
 */
#ifndef PF_CLIENT_INPUT_SCRIPT_H
#define PF_CLIENT_INPUT_SCRIPT_H

#include "base/error.h"
#include "punktfunk/wire_datagram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe_input_step {
    uint64_t at_ns;             /* of streaming */
    bool waits;                 /* until somebody says go on; no message */
    bool ends;                  /* the session; no message */
    struct pf_datagram message; /* INPUT or RICH; borrows nothing */
};

struct probe_input_script {
    struct probe_input_step *steps;
    size_t count, next;
};

/* Fills an all-zero script; probe_input_script_finish frees it. -EINVAL with the line's number, -ENOMEM. */
int probe_input_script_parse(const char *text, struct probe_input_script *ret_script, struct pf_error *err);
/* Appends. Times never fall. 0 or -ENOMEM. */
int probe_input_script_add(
    struct probe_input_script *script, uint64_t at_ns, const struct pf_datagram *message);
void probe_input_script_finish(struct probe_input_script *script);

/* The next event if it is due; call until NULL. Borrowed from the script. */
const struct pf_datagram *probe_input_script_due(struct probe_input_script *script, uint64_t at_ns);
/* When the next one is; UINT64_MAX: there is none. */
uint64_t probe_input_script_deadline(const struct probe_input_script *script);

/* The session shall end now. */
bool probe_input_script_is_over(const struct probe_input_script *script, uint64_t at_ns);

/* The script waits now. */
bool probe_input_script_is_waiting(const struct probe_input_script *script, uint64_t at_ns);
/* It has waited enough: returns the time of the script at which it goes on. */
uint64_t probe_input_script_go_on(struct probe_input_script *script);

#endif
