#include "client/feedback.h"

#include "base/hex.h"

#include <stdio.h>
#include <string.h>

static size_t effect_len(const struct pf_datagram *m)
{
    return m->trigger.effect_len < PF_HID_EFFECT_LEN ? m->trigger.effect_len : PF_HID_EFFECT_LEN;
}

void probe_feedback_feel(struct probe_feedback *f, const struct pf_datagram *m)
{
    if (m->tag == PF_DATAGRAM_RUMBLE && m->rumble.pad == 0) {
        f->rumble_low = m->rumble.low;
        f->rumble_high = m->rumble.high;
        f->rumble_ttl_ms = m->rumble.ttl_ms;
        f->rumble_seq = m->rumble.seq;
    } else if (m->tag == PF_DATAGRAM_RUMBLE) {
        return;
    } else if (m->kind == PF_HID_LIGHT_BAR && m->light_bar.pad == 0) {
        f->light_bar[0] = m->light_bar.r;
        f->light_bar[1] = m->light_bar.g;
        f->light_bar[2] = m->light_bar.b;
    } else if (m->kind == PF_HID_PLAYER_LEDS && m->player_leds.pad == 0) {
        f->player_leds = m->player_leds.bits;
    } else if (m->kind == PF_HID_TRIGGER && m->trigger.pad == 0) {
        f->trigger_which = m->trigger.which;
        memcpy(f->trigger_effect, m->trigger.effect, effect_len(m));
    }
}

void probe_feedback_tell(const struct pf_datagram *m)
{
    char hex[2 * PF_HID_EFFECT_LEN + 1];
    if (m->tag == PF_DATAGRAM_RUMBLE) {
        printf("feedback rumble %u %u %u %u %u %u %u\n", m->rumble.pad, m->rumble.low, m->rumble.high,
            m->rumble.left_trigger, m->rumble.right_trigger, m->rumble.ttl_ms, m->rumble.seq);
    } else if (m->kind == PF_HID_LIGHT_BAR) {
        printf("feedback light_bar %u %u %u %u\n", m->light_bar.pad, m->light_bar.r, m->light_bar.g,
            m->light_bar.b);
    } else if (m->kind == PF_HID_PLAYER_LEDS) {
        printf("feedback player_leds %u %u\n", m->player_leds.pad, m->player_leds.bits);
    } else if (m->kind == PF_HID_TRIGGER) {
        pf_hex_encode(m->trigger.effect, effect_len(m), hex);
        printf("feedback trigger %u %u %s\n", m->trigger.pad, m->trigger.which, hex);
    }
    fflush(stdout);
}
