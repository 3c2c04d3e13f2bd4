/* Gamepads of a GameStream client as events of the pads, and what games do with them as control messages
 * (docs/spec/gamestream.md 4.5, 7.3). Pure; one thread.
 */
#ifndef PF_GAMESTREAM_INPUT_PAD_MAP_H
#define PF_GAMESTREAM_INPUT_PAD_MAP_H

#include "gamestream/wire/input_packet.h"
#include "input/pads/kind.h"
#include "input/pads/pad.h"

/* Bits of a pad's capabilities (7.2). */
enum pf_gs_pad_capability {
    PF_GS_PAD_TRIGGER_RUMBLE = 0x04,
    PF_GS_PAD_ACCELEROMETER = 0x10,
    PF_GS_PAD_GYROSCOPE = 0x20,
    PF_GS_PAD_TWO_TOUCHPADS = 0x100,
};

struct pf_gs_pad_sink {
    void *user;
    void (*event)(void *user, const struct pf_input_event *event);
    void (*rich)(void *user, const struct pf_datagram *rich);
    /* A plaintext for the client, as wire/control_message.h writes it. */
    void (*tell)(void *user, const uint8_t *message, size_t len);
};

struct pf_gs_pad {
    bool present;
    uint8_t seq;
    uint16_t capabilities;
    uint32_t finger[PF_PAD_CONTACTS]; /* of each contact */
    bool touching[PF_PAD_CONTACTS];
    struct pf_datagram motion; /* gyroscope and accelerometer come apart, and leave together */
    uint16_t left_trigger, right_trigger;
};

struct pf_gs_pad_map {
    struct pf_gs_pad_sink sink;
    enum pf_pad_kind kind; /* of pads that do not say theirs */
    struct pf_gs_pad pads[PF_PADS_MAX];
};

void pf_gs_pad_map_init(
    struct pf_gs_pad_map *map, const struct pf_gs_pad_sink *sink, enum pf_pad_kind session_kind);

/* Any kind of packet; those that are not about pads are ignored. */
void pf_gs_pad_map_take(struct pf_gs_pad_map *map, const struct pf_gs_input_packet *packet);

/* What a game does with a pad: told to the client as far as its pad can do it. */
void pf_gs_pad_map_feedback(struct pf_gs_pad_map *map, const struct pf_pad_feedback *feedback);

#endif
