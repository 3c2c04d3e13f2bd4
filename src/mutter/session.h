/* One conversation with Mutter: a remote desktop session with a virtual monitor in it
 * (displays-and-capture.md 8.1).
 *
 * Mutter ties sessions to the bus connection that made them, so a display and the input into it share one
 * conversation, and whatever a host that dies has made is gone at once. Any thread; calls are serialised by a
 * lock of the conversation. Those that wait for an answer block for ten seconds at most.
 */
#ifndef PF_MUTTER_SESSION_H
#define PF_MUTTER_SESSION_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_mutter_session;

/* Begins one and starts a virtual monitor. `cursor_apart`: the cursor comes as metadata, not in the picture.
 * The monitor itself appears once somebody has agreed with the node on a format. */
int pf_mutter_session_open(const char *dbus_address, bool cursor_apart,
    struct pf_mutter_session **ret_session, struct pf_error *err);

/* Stops the session: its monitor goes, calls fail with -ENODEV from now on. Gives up the reference. */
void pf_mutter_session_close(struct pf_mutter_session *session);

/* A reference to the conversation with this number, or NULL if it has ended. */
struct pf_mutter_session *pf_mutter_session_find(uint64_t id);
void pf_mutter_session_unref(struct pf_mutter_session *session);

uint64_t pf_mutter_session_id(const struct pf_mutter_session *session);   /* never 0 */
uint32_t pf_mutter_session_node(const struct pf_mutter_session *session); /* PipeWire */

/* How many pixels of the monitor are one of the desktop, in each direction: positions in the stream count
 * those of the desktop. 1 until the display says otherwise. Do not wait. */
void pf_mutter_session_set_scale(struct pf_mutter_session *session, double scale);
double pf_mutter_session_scale(const struct pf_mutter_session *session);

/* Takes what Mutter said meanwhile. False once it has ended the session, or has died. Does not wait. */
bool pf_mutter_session_is_open(struct pf_mutter_session *session);

/* Tells the remote desktop session something that needs no answer, such as "NotifyPointerButton"; the
 * arguments are as sd_bus_message_append takes them. 0, or -ENODEV if it has ended. */
int pf_mutter_session_notify(struct pf_mutter_session *session, const char *method, const char *types, ...);
/* The same for calls whose first argument is the stream. */
int pf_mutter_session_notify_stream(
    struct pf_mutter_session *session, const char *method, const char *types, ...);

/* Waits until Mutter has handled what it was told. 0, or -ENODEV if it has ended. */
int pf_mutter_session_settle(struct pf_mutter_session *session);

/* Asks for a connection to Mutter's EIS server that is tied to this session, and what it calls the region of
 * the virtual monitor there ("": it does not say). Returns the descriptor; -ENODEV if the session has ended,
 * -ENOTSUP if this Mutter has no EIS, else what Mutter said. Waits for the answers. */
int pf_mutter_session_connect_eis(
    struct pf_mutter_session *session, char ret_mapping[64], struct pf_error *err);

#endif
