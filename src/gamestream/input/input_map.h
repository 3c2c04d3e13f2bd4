/* Input packets of a GameStream client as events of the desktop (docs/spec/gamestream.md 7.3).
 *
 * Keeps what has to be known between packets: keys that are down, fingers, the pen. Pure; one thread. Pads
 * are in pad_map.h.
 */
#ifndef PF_GAMESTREAM_INPUT_INPUT_MAP_H
#define PF_GAMESTREAM_INPUT_INPUT_MAP_H

#include "gamestream/wire/input_packet.h"
#include "input/event.h"
#include "input/keymap.h"

#define PF_GS_FINGERS 32u

struct pf_gs_input_map {
    void *user;
    void (*play)(void *user, const struct pf_input *event);

    uint64_t keys[PF_EVDEV_KEYS / 64]; /* down, by evdev code */
    uint32_t fingers[PF_GS_FINGERS];
    unsigned finger_count;
    bool pen_down;       /* the pointer's left button is held by the tip */
    uint8_t pen_buttons; /* held */
};

void pf_gs_input_map_init(
    struct pf_gs_input_map *map, void *user, void (*play)(void *user, const struct pf_input *event));

/* Any kind of packet; those about pads are ignored. */
void pf_gs_input_map_take(struct pf_gs_input_map *map, const struct pf_gs_input_packet *packet);

#endif
