#include "gamestream/input/input_map.h"

#include "gamestream/input/keys.h"

#include <linux/input-event-codes.h>
#include <string.h>

/* Fractions of the picture become positions on a surface of this size. */
#define SURFACE 65536u

void pf_gs_input_map_init(
    struct pf_gs_input_map *map, void *user, void (*play)(void *user, const struct pf_input *event))
{
    *map = (struct pf_gs_input_map){.user = user, .play = play};
}

static void play(struct pf_gs_input_map *m, struct pf_input event)
{
    m->play(m->user, &event);
}

/* ---- mouse ----------------------------------------------------------------------------------------------
 */

static void take_position(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p)
{
    if (p->position.right <= 0 || p->position.bottom <= 0)
        return;
    play(m, (struct pf_input){.type = PF_INPUT_POSITION,
                .x = p->position.x,
                .y = p->position.y,
                .width = (uint32_t)p->position.right + 1,
                .height = (uint32_t)p->position.bottom + 1});
}

static void press_button(struct pf_gs_input_map *m, uint32_t code, bool down)
{
    if (code)
        play(m, (struct pf_input){.type = PF_INPUT_BUTTON, .code = code, .down = down});
}

/* ---- keys -----------------------------------------------------------------------------------------------
 */

static bool is_down(const struct pf_gs_input_map *m, uint32_t code)
{
    return m->keys[code / 64] >> (code % 64) & 1;
}

static void press(struct pf_gs_input_map *m, uint32_t code, bool down)
{
    uint64_t bit = 1ull << (code % 64);
    m->keys[code / 64] = down ? m->keys[code / 64] | bit : m->keys[code / 64] & ~bit;
    play(m, (struct pf_input){.type = PF_INPUT_KEY, .code = code, .down = down});
}

static const struct modifier {
    uint8_t bit;
    uint16_t left, right;
} modifiers[] = {
    {PF_GS_MODIFIER_SHIFT, KEY_LEFTSHIFT, KEY_RIGHTSHIFT},
    {PF_GS_MODIFIER_CTRL, KEY_LEFTCTRL, KEY_RIGHTCTRL},
    {PF_GS_MODIFIER_ALT, KEY_LEFTALT, KEY_RIGHTALT},
    {PF_GS_MODIFIER_META, KEY_LEFTMETA, KEY_RIGHTMETA},
};
#define MODIFIERS (sizeof(modifiers) / sizeof(modifiers[0]))

/* The key itself is one: what its packet says of modifiers is about itself. */
static bool is_modifier(uint32_t code)
{
    for (size_t i = 0; i < MODIFIERS; i++)
        if (code == modifiers[i].left || code == modifiers[i].right)
            return true;
    return false;
}

/* Soft keyboards say that a modifier is held without ever having pressed it. */
static void press_with_modifiers(struct pf_gs_input_map *m, uint32_t code, uint8_t claimed)
{
    bool lent[MODIFIERS] = {false};
    for (size_t i = 0; i < MODIFIERS && !is_modifier(code); i++)
        if (claimed & modifiers[i].bit && !is_down(m, modifiers[i].left) && !is_down(m, modifiers[i].right)) {
            lent[i] = true;
            press(m, modifiers[i].left, true);
        }
    press(m, code, true);
    for (size_t i = 0; i < MODIFIERS; i++)
        if (lent[i])
            press(m, modifiers[i].left, false);
}

/* The desktop repeats held keys by itself. */
static void take_key(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p)
{
    uint32_t code = pf_gs_key((uint8_t)p->key.code);
    if (!code || code >= PF_EVDEV_KEYS || is_down(m, code) == p->key.down)
        return;
    if (p->key.down)
        press_with_modifiers(m, code, p->key.modifiers);
    else
        press(m, code, false);
}

/* ---- text -----------------------------------------------------------------------------------------------
 */

/* The next scalar value; 0 if the bytes are no UTF-8. */
static uint32_t next_scalar(const uint8_t *p, size_t len, size_t *ret_used)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    if (!n || n > len)
        return 0;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    *ret_used = n;
    return c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ? 0 : c;
}

static void take_text(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p)
{
    size_t used = 0;
    for (size_t at = 0; at < p->text.len; at += used) {
        uint32_t c = next_scalar(p->text.bytes + at, p->text.len - at, &used);
        if (!c)
            return;
        play(m, (struct pf_input){.type = PF_INPUT_CHARACTER, .code = c});
    }
}

/* ---- touch ----------------------------------------------------------------------------------------------
 */

static int32_t on_surface(float fraction)
{
    return fraction <= 0 ? 0 : fraction >= 1 ? (int32_t)SURFACE - 1 : (int32_t)(fraction * SURFACE);
}

static int find_finger(const struct pf_gs_input_map *m, uint32_t id)
{
    for (unsigned i = 0; i < m->finger_count; i++)
        if (m->fingers[i] == id)
            return (int)i;
    return -1;
}

static void lift(struct pf_gs_input_map *m, int finger)
{
    if (finger < 0)
        return;
    uint32_t id = m->fingers[finger];
    m->fingers[finger] = m->fingers[--m->finger_count];
    play(m, (struct pf_input){.type = PF_INPUT_TOUCH, .id = id});
}

static void lay_down(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p, bool moved)
{
    if (!moved && (find_finger(m, p->touch.finger) >= 0 || m->finger_count == PF_GS_FINGERS))
        return;
    if (moved && find_finger(m, p->touch.finger) < 0)
        return;
    if (!moved)
        m->fingers[m->finger_count++] = p->touch.finger;
    play(m, (struct pf_input){.type = PF_INPUT_TOUCH,
                .id = p->touch.finger,
                .down = true,
                .moved = moved,
                .x = on_surface(p->touch.x),
                .y = on_surface(p->touch.y),
                .width = SURFACE,
                .height = SURFACE});
}

/* Fingers that hover touch nothing yet. */
static void take_touch(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p)
{
    switch (p->touch.event) {
    case PF_GS_TOUCH_DOWN:
        lay_down(m, p, false);
        break;
    case PF_GS_TOUCH_MOVE:
        lay_down(m, p, true);
        break;
    case PF_GS_TOUCH_UP:
    case PF_GS_TOUCH_CANCEL:
    case PF_GS_TOUCH_HOVER_LEAVE:
        lift(m, find_finger(m, p->touch.finger));
        break;
    case PF_GS_TOUCH_CANCEL_ALL:
        while (m->finger_count)
            lift(m, 0);
        break;
    default:
        break;
    }
}

/* ---- pen: no injector has one, so it is the pointer: the tip its left button -----------------------------
 */

static void press_tip(struct pf_gs_input_map *m, bool down)
{
    if (m->pen_down != down)
        press_button(m, BTN_LEFT, down);
    m->pen_down = down;
}

static void press_barrel(struct pf_gs_input_map *m, uint8_t buttons)
{
    uint8_t changed = buttons ^ m->pen_buttons;
    m->pen_buttons = buttons;
    if (changed & 1)
        press_button(m, BTN_RIGHT, buttons & 1);
    if (changed & 2)
        press_button(m, BTN_MIDDLE, buttons & 2);
    if (changed & 4)
        press_button(m, BTN_SIDE, buttons & 4);
}

static void point(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p)
{
    play(m, (struct pf_input){.type = PF_INPUT_POSITION,
                .x = on_surface(p->pen.x),
                .y = on_surface(p->pen.y),
                .width = SURFACE,
                .height = SURFACE});
}

static void take_pen(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p)
{
    switch (p->pen.event) {
    case PF_GS_TOUCH_HOVER:
    case PF_GS_TOUCH_DOWN:
    case PF_GS_TOUCH_MOVE:
    case PF_GS_TOUCH_UP:
        point(m, p);
        press_tip(m, p->pen.event == PF_GS_TOUCH_DOWN || (p->pen.event == PF_GS_TOUCH_MOVE && m->pen_down));
        press_barrel(m, p->pen.buttons);
        break;
    case PF_GS_TOUCH_BUTTON_ONLY:
        press_barrel(m, p->pen.buttons);
        break;
    case PF_GS_TOUCH_CANCEL:
    case PF_GS_TOUCH_HOVER_LEAVE:
    case PF_GS_TOUCH_CANCEL_ALL:
        press_tip(m, false);
        press_barrel(m, 0);
        break;
    default:
        break;
    }
}

/* ---- all ------------------------------------------------------------------------------------------------
 */

void pf_gs_input_map_take(struct pf_gs_input_map *m, const struct pf_gs_input_packet *p)
{
    switch (p->kind) {
    case PF_GS_INPUT_MOVE:
        if (p->move.x || p->move.y)
            play(m, (struct pf_input){.type = PF_INPUT_MOTION, .x = p->move.x, .y = p->move.y});
        break;
    case PF_GS_INPUT_POSITION:
        take_position(m, p);
        break;
    case PF_GS_INPUT_BUTTON:
        press_button(m, pf_keymap_button(p->button.button), p->button.down);
        break;
    case PF_GS_INPUT_SCROLL:
        if (p->scroll.amount)
            play(m, (struct pf_input){
                        .type = PF_INPUT_WHEEL, .x = p->scroll.amount, .horizontal = p->scroll.horizontal});
        break;
    case PF_GS_INPUT_KEY:
        take_key(m, p);
        break;
    case PF_GS_INPUT_TEXT:
        take_text(m, p);
        break;
    case PF_GS_INPUT_TOUCH:
        take_touch(m, p);
        break;
    case PF_GS_INPUT_PEN:
        take_pen(m, p);
        break;
    default:
        break;
    }
}
