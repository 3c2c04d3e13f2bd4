#include "input/pads/playstation.h"

#include <string.h>
#include <strings.h>

/* ---- paddles ---- */

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && !strncasecmp(text, word, len);
}

enum pf_ps_paddles pf_ps_paddles_of_words(const char *words)
{
    static const struct {
        const char *word;
        enum pf_ps_paddles paddles;
    } known[] = {
        {"paddles=stickclicks", PF_PS_PADDLES_STICKS},
        {"paddles=l3r3", PF_PS_PADDLES_STICKS},
        {"paddles=sticks", PF_PS_PADDLES_STICKS},
        {"paddles=shoulders", PF_PS_PADDLES_SHOULDERS},
        {"paddles=lbrb", PF_PS_PADDLES_SHOULDERS},
        {"paddles=bumpers", PF_PS_PADDLES_SHOULDERS},
    };
    const char *const between = " ,;";
    while (words && *words) {
        size_t len = strcspn(words, between);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (is_word(words, len, known[i].word))
                return known[i].paddles;
        words += len + strspn(words + len, between);
    }
    return PF_PS_PADDLES_DROPPED;
}

static uint32_t with_paddles(enum pf_ps_paddles paddles, uint32_t buttons)
{
    bool sticks = paddles == PF_PS_PADDLES_STICKS;
    if (paddles == PF_PS_PADDLES_DROPPED)
        return buttons;
    if (buttons & (PF_PAD_L4 | PF_PAD_L5))
        buttons |= sticks ? PF_PAD_LS : PF_PAD_LB;
    if (buttons & (PF_PAD_R4 | PF_PAD_R5))
        buttons |= sticks ? PF_PAD_RS : PF_PAD_RB;
    return buttons;
}

/* ---- identity and clock ---- */

void pf_ps_mac(unsigned slot, uint8_t out[PF_PS_MAC_LEN])
{
    static const uint8_t base[PF_PS_MAC_LEN] = {0x74, 0xE7, 0xD6, 0x3A, 0x53, 0x35};
    memcpy(out, base, PF_PS_MAC_LEN);
    out[0] = (uint8_t)(out[0] + slot);
}

uint32_t pf_ps_clock(const struct pf_ps_model *m, uint64_t since_ns)
{
    return (uint32_t)(since_ns * m->ticks / (1000ull * m->ticks_us));
}

/* ---- input reports ---- */

static uint8_t across(int16_t v)
{
    return (uint8_t)((v + 32768) >> 8);
}

/* The wire's +y is up; negated first, so that the middle stays in the middle. */
static uint8_t down(int16_t up)
{
    int v = -(int)up;
    return across((int16_t)(v > INT16_MAX ? INT16_MAX : v));
}

void pf_ps_put_sticks(uint8_t out[4], const struct pf_pad_report *r)
{
    out[0] = across(r->lsx);
    out[1] = down(r->lsy);
    out[2] = across(r->rsx);
    out[3] = down(r->rsy);
}

/* 0 north, clockwise to 7; 8 none. */
static uint8_t hat(uint32_t buttons)
{
    static const uint8_t table[3][3] = {{7, 0, 1}, {6, 8, 2}, {5, 4, 3}};
    int x = !!(buttons & PF_PAD_RIGHT) - !!(buttons & PF_PAD_LEFT);
    int y = !!(buttons & PF_PAD_DOWN) - !!(buttons & PF_PAD_UP);
    return table[y + 1][x + 1];
}

void pf_ps_put_buttons(uint8_t out[3], const struct pf_ps_state *state, const struct pf_pad_report *r)
{
    static const struct {
        uint32_t button;
        uint8_t byte, bit;
    } places[] = {
        {PF_PAD_X, 0, 0x10}, /* square */
        {PF_PAD_A, 0, 0x20}, /* cross */
        {PF_PAD_B, 0, 0x40}, /* circle */
        {PF_PAD_Y, 0, 0x80}, /* triangle */
        {PF_PAD_LB, 1, 0x01},
        {PF_PAD_RB, 1, 0x02},
        {PF_PAD_BACK, 1, 0x10},
        {PF_PAD_START, 1, 0x20},
        {PF_PAD_LS, 1, 0x40},
        {PF_PAD_RS, 1, 0x80},
        {PF_PAD_GUIDE, 2, 0x01},
        {PF_PAD_TOUCHPAD_CLICK, 2, 0x02},
    };
    uint32_t buttons = with_paddles(state->paddles, r->buttons);
    out[0] = hat(buttons);
    out[1] = (uint8_t)((r->lt ? 0x04 : 0) | (r->rt ? 0x08 : 0));
    out[2] = r->click ? 0x02 : 0;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (buttons & places[i].button)
            out[places[i].byte] |= places[i].bit;
}

void pf_ps_put_motion(uint8_t out[12], const struct pf_pad_report *r)
{
    for (unsigned i = 0; i < 3; i++) {
        pf_ps_put16(out + 2 * i, r->gyro[i]);
        pf_ps_put16(out + 6 + 2 * i, r->accel[i]);
    }
}

void pf_ps_put_contacts(
    uint8_t out[8], struct pf_ps_state *state, const struct pf_pad_report *r, unsigned width, unsigned height)
{
    for (unsigned i = 0; i < PF_PAD_CONTACTS; i++, out += 4) {
        const struct pf_pad_contact *c = &r->contacts[i];
        unsigned x = c->x * width >> 16, y = c->y * height >> 16;
        if (c->active && !state->contacts[i].active)
            state->contacts[i].id = state->next_id++ & 0x7F;
        state->contacts[i].active = c->active;
        out[0] = (uint8_t)(state->contacts[i].id | (c->active ? 0 : 0x80));
        out[1] = c->active ? (uint8_t)x : 0;
        out[2] = c->active ? (uint8_t)(x >> 8 | (y & 0xF) << 4) : 0;
        out[3] = c->active ? (uint8_t)(y >> 4) : 0;
    }
}

/* ---- feature reports ---- */

static void put_pair(uint8_t *out, int range)
{
    pf_ps_put16(out, range);
    pf_ps_put16(out + 2, -range);
}

/* No bias, and ranges that leave wire units as they are: 20 per °/s, 10 000 per g. */
void pf_ps_put_calibration(uint8_t out[34])
{
    memset(out, 0, 34);
    for (unsigned axis = 0; axis < 3; axis++) {
        put_pair(out + 6 + 4 * axis, PF_PS_GYRO_RANGE);
        put_pair(out + 22 + 4 * axis, PF_PS_ACCEL_RANGE);
    }
    pf_ps_put16(out + 18, PF_PS_SPEED);
    pf_ps_put16(out + 20, PF_PS_SPEED);
}
