/* One control connection from its first byte to its last. Private to src/native.
 *
 *   FIRST ─ PairRequest → PROVING → PAIRED
 *     └──── Hello ─┬─ paired or open ────────────┐
 *                  └─ PARKED ─ approved ─────────┤
 *     TAKING_OVER → WAITING (permit) → PLANNING → STARTING → LIVE → DRAINING
 *
 * Any state may go to CLOSING, where it stays until QUIC has said goodbye and the media threads have ended.
 * The parts: connection.c (QUIC events, closing), gate.c (pairing and admission), setup.c (plan, Welcome,
 * Start), session.c (the live stream), session_side.c (what it has beside the video). All on the control
 * loop's thread.
 */
#ifndef PF_NATIVE_CONNECTION_H
#define PF_NATIVE_CONNECTION_H

#include "native/audio_plane.h"
#include "native/ceremony.h"
#include "native/control_dialogue.h"
#include "native/live.h"
#include "native/native.h"
#include "native/pads_plane.h"
#include "native/terms.h"
#include "net/address.h"
#include "net/quic.h"
#include "session/admission.h"
#include "session/seats.h"
#include "trust/knocks.h"

struct pf_media_socket;
struct setup_work;

enum pf_connection_state {
    PF_CONNECTION_FIRST,       /* waits for the control stream, then for its first message */
    PF_CONNECTION_PROVING,     /* the challenge is out */
    PF_CONNECTION_PAIRED,      /* the result is out: the client closes */
    PF_CONNECTION_PARKED,      /* waits for approval, holding no permit */
    PF_CONNECTION_TAKING_OVER, /* waits for the sessions that it replaces to end */
    PF_CONNECTION_WAITING,     /* in line for a permit */
    PF_CONNECTION_PLANNING,    /* a worker looks at the desktop and the encoders */
    PF_CONNECTION_STARTING,    /* Welcome is out */
    PF_CONNECTION_LIVE,
    PF_CONNECTION_DRAINING, /* the stream has ended: the last packets travel */
    PF_CONNECTION_CLOSING,
};

struct pf_connection {
    struct pf_native *native;
    struct pf_connection *prev, *next;
    uint32_t id;
    enum pf_connection_state state;
    struct pf_quic_conn *quic; /* NULL once it is closed */
    int64_t stream;            /* control stream; −1: not opened yet */
    struct pf_frame_reader reader;
    struct pf_timer *timer; /* limit of the present state */

    struct pf_ticket ticket;
    struct pf_seat seat; /* also who the client is: its fingerprint */
    char address[PF_ADDRESS_TEXT];
    char label[48]; /* 12 hex digits of the fingerprint, else the address */
    char name[PF_NAME_MAX + 1];

    struct pf_mode joined; /* another client's mode, to be used; width 0: the client's own */

    uint32_t grants; /* PF_GRANT_*, from the moment it is admitted on */
    struct pf_ceremony ceremony;
    struct pf_knock_waiter knock;

    struct pf_hello hello;
    struct setup_work *work; /* PLANNING */
    struct pf_session_plan plan;
    struct pf_terms terms;
    struct pf_media_socket *socket; /* STARTING; later the stream's */

    struct pf_live *live;         /* until its threads have ended, in any state */
    struct pf_audio_plane *audio; /* while `live` is there; NULL: none */
    struct pf_pads_plane *pads;   /* likewise */
    bool streaming;               /* the first access unit is out */
    bool title_ended;             /* that is why the stream has ended */
    struct pf_control_dialogue control;
    struct pf_timer *debt_timer; /* pf_control_dialogue_deadline */
    struct pf_wall_clock clock;
    uint64_t started_real_ns;
    bool time_is_access; /* the limit of LIVE is the end of the client's access */
};

/* ---- connection.c ---- */

extern const struct pf_quic_handlers pf_connection_handlers;

/* The limit for the state that has just been entered. */
void pf_connection_enter(struct pf_connection *c, enum pf_connection_state state, uint64_t limit_ns);

/* Queues a whole frame on the control stream. */
void pf_connection_send(struct pf_connection *c, const uint8_t *frame, size_t len);

/* Closes with a code of punktfunk1-control.md 6.4; the reason is for the user. Only the first call counts. */
void pf_connection_close(struct pf_connection *c, uint64_t code, const char *reason);

/* Frees the connection if nothing of it is left; call it last. */
void pf_connection_free_if_over(struct pf_connection *c);

/* ---- gate.c ---- */

void pf_gate_first(struct pf_connection *c, const uint8_t *data, size_t len);
void pf_gate_proof(struct pf_connection *c, const uint8_t *data, size_t len);
/* Who the client is and what it may do to others, before anything else is asked. */
void pf_gate_seat_init(struct pf_connection *c);
/* Its session is over or is being stopped. */
void pf_gate_give_up_seat(struct pf_connection *c);
/* The client is gone or too slow: gives up what the gate holds for it. */
void pf_gate_leave(struct pf_connection *c);
/* The sessions that it replaces have ended, or had their time. */
void pf_gate_took_over(struct pf_connection *c);
/* Seconds until the client's access ends; 0: it does not. */
uint32_t pf_gate_access_left(const struct pf_connection *c);
/* The connection has its permit: the display policy has the last word. */
void pf_gate_permitted(struct pf_connection *c);

/* ---- setup.c ---- */

/* The connection has its permit and may stream. */
void pf_setup_begin(struct pf_connection *c);
void pf_setup_start_message(struct pf_connection *c, const uint8_t *data, size_t len);
/* The client is gone: the worker's result will be thrown away. */
void pf_setup_leave(struct pf_connection *c);

/* ---- session.c ---- */

/* Start has come. */
void pf_native_session_begin(struct pf_connection *c, uint16_t client_port);
/* Ends the stream in good order: drain, close 0. */
void pf_native_session_end(struct pf_connection *c);
/* A frame of the control stream. */
void pf_native_session_message(struct pf_connection *c, const uint8_t *data, size_t len);
/* Timer: what was held back may leave now. */
void pf_native_session_pay_debts(void *connection);
/* Its time is over. */
void pf_native_session_expired(struct pf_connection *c);
void pf_native_session_describe(const struct pf_connection *c, struct pf_native_session_info *ret_info);

/* ---- session_side.c ---- */

/* The stream is live: what it has beside its video begins. What cannot is left out. */
void pf_native_session_side_begin(struct pf_connection *c);
void pf_native_session_side_end(struct pf_connection *c);
/* A datagram. It is dropped if no stream is live, it is damaged, nothing here takes its kind, or the client
 * has no grant for it. */
void pf_native_session_datagram(struct pf_connection *c, const uint8_t *data, size_t len);

#endif
