#include "client/input_script.h"

#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 200
#define WORDS_MAX    9u

/* ---- building -------------------------------------------------------------------------------------------
 */

int probe_input_script_add(struct probe_input_script *s, uint64_t at_ns, const struct pf_datagram *message)
{
    if ((s->count & (s->count - 1)) == 0) { /* a power of two: full */
        size_t cap = s->count ? 2 * s->count : 1;
        void *steps = realloc(s->steps, cap * sizeof(s->steps[0]));
        if (!steps)
            return -ENOMEM;
        s->steps = steps;
    }
    s->steps[s->count++] = (struct probe_input_step){.at_ns = at_ns, .message = *message};
    return 0;
}

void probe_input_script_finish(struct probe_input_script *s)
{
    free(s->steps);
    *s = (struct probe_input_script){0};
}

/* ---- scripts --------------------------------------------------------------------------------------------
 */

/* Arguments in their order: code, x, y, pad, and the two halves of an area, width and height. */
static const struct form {
    const char *name;
    enum pf_input_kind kind;
    const char *arguments;
} forms[] = {
    {"key_down", PF_INPUT_KEY_DOWN, "c"},
    {"key_up", PF_INPUT_KEY_UP, "c"},
    {"move", PF_INPUT_MOUSE_MOVE, "xy"},
    {"abs", PF_INPUT_MOUSE_MOVE_ABS, "xywh"},
    {"button_down", PF_INPUT_BUTTON_DOWN, "c"},
    {"button_up", PF_INPUT_BUTTON_UP, "c"},
    {"scroll", PF_INPUT_SCROLL, "cx"},
    {"pad_button", PF_INPUT_PAD_BUTTON, "cxp"},
    {"pad_axis", PF_INPUT_PAD_AXIS, "cxp"},
    {"touch_down", PF_INPUT_TOUCH_DOWN, "cxywh"},
    {"touch_move", PF_INPUT_TOUCH_MOVE, "cxywh"},
    {"touch_up", PF_INPUT_TOUCH_UP, "c"},
    {"text", PF_INPUT_TEXT, "c"},
};

static const struct form *find_form(const char *name)
{
    for (size_t i = 0; name && i < sizeof(forms) / sizeof(forms[0]); i++)
        if (!strcmp(forms[i].name, name))
            return &forms[i];
    return NULL;
}

static bool take_number(const char *word, long long min, long long max, long long *ret)
{
    char *end;
    if (!word)
        return false;
    errno = 0;
    long long v = strtoll(word, &end, 0);
    if (errno || end == word || *end || v < min || v > max)
        return false;
    *ret = v;
    return true;
}

static bool take_argument(char what, const char *word, struct pf_input_event *e)
{
    bool is_signed = what == 'x' || what == 'y', is_half = what == 'w' || what == 'h';
    long long v;
    if (!take_number(word, is_signed ? INT32_MIN : 0,
            is_signed ? INT32_MAX
            : is_half ? 65535
                      : UINT32_MAX,
            &v))
        return false;
    if (what == 'c')
        e->code = (uint32_t)v;
    else if (what == 'x')
        e->x = (int32_t)v;
    else if (what == 'y')
        e->y = (int32_t)v;
    else
        e->flags |= (uint32_t)v << (what == 'w' ? 16 : 0);
    return true;
}

/* ---- forms whose fields are no plain event's ---- */

static void make_pad_state(const long long v[], struct pf_datagram *d)
{
    const struct pf_pad_state state = {.pad = (uint8_t)v[0],
        .seq = (uint8_t)v[1],
        .buttons = (uint32_t)v[2],
        .lsx = (int16_t)v[3],
        .lsy = (int16_t)v[4],
        .rsx = (int16_t)v[5],
        .rsy = (int16_t)v[6],
        .lt = (uint8_t)v[7],
        .rt = (uint8_t)v[8]};
    d->input = pf_pad_state_event(&state);
}

static void make_pad_remove(const long long v[], struct pf_datagram *d)
{
    d->input = (struct pf_input_event){
        .kind = PF_INPUT_PAD_REMOVE, .flags = (uint32_t)(v[1] & 0xFF) << 24 | (uint32_t)(v[0] & 0xFF)};
}

static void make_pad_arrival(const long long v[], struct pf_datagram *d)
{
    d->input = (struct pf_input_event){
        .kind = PF_INPUT_PAD_ARRIVAL, .code = (uint32_t)v[1], .flags = (uint32_t)(v[0] & 0xFF)};
}

static void make_touchpad(const long long v[], struct pf_datagram *d)
{
    d->tag = PF_DATAGRAM_RICH;
    d->kind = PF_RICH_TOUCHPAD;
    d->touchpad.pad = (uint8_t)v[0];
    d->touchpad.finger = (uint8_t)v[1];
    d->touchpad.active = (uint8_t)v[2];
    d->touchpad.x = (uint16_t)v[3];
    d->touchpad.y = (uint16_t)v[4];
}

static void make_touchpad_ex(const long long v[], struct pf_datagram *d)
{
    d->tag = PF_DATAGRAM_RICH;
    d->kind = PF_RICH_TOUCHPAD_EX;
    d->touchpad_ex.pad = (uint8_t)v[0];
    d->touchpad_ex.surface = (uint8_t)v[1];
    d->touchpad_ex.finger = (uint8_t)v[2];
    d->touchpad_ex.state = (uint8_t)v[3];
    d->touchpad_ex.x = (int16_t)v[4];
    d->touchpad_ex.y = (int16_t)v[5];
    d->touchpad_ex.pressure = (uint16_t)v[6];
}

static void make_motion(const long long v[], struct pf_datagram *d)
{
    d->tag = PF_DATAGRAM_RICH;
    d->kind = PF_RICH_MOTION;
    d->motion.pad = (uint8_t)v[0];
    for (unsigned i = 0; i < 3; i++) {
        d->motion.gyro[i] = (int16_t)v[1 + i];
        d->motion.accel[i] = (int16_t)v[4 + i];
    }
}

static const struct wide_form {
    const char *name;
    unsigned words;
    void (*make)(const long long v[], struct pf_datagram *d);
} wide_forms[] = {
    {"pad_state", 9, make_pad_state},
    {"pad_remove", 2, make_pad_remove},
    {"pad_arrival", 2, make_pad_arrival},
    {"touchpad", 5, make_touchpad},
    {"touchpad_ex", 7, make_touchpad_ex},
    {"motion", 7, make_motion},
};

static const struct wide_form *find_wide_form(const char *name)
{
    for (size_t i = 0; name && i < sizeof(wide_forms) / sizeof(wide_forms[0]); i++)
        if (!strcmp(wide_forms[i].name, name))
            return &wide_forms[i];
    return NULL;
}

/* ---- lines ---- */

static bool take_event(const char *name, const char *space, char **rest, struct pf_datagram *d)
{
    const struct form *form = find_form(name);
    const struct wide_form *wide = find_wide_form(name);
    long long v[WORDS_MAX];
    *d = (struct pf_datagram){.tag = PF_DATAGRAM_INPUT};
    if (form)
        d->input.kind = (uint8_t)form->kind;
    for (const char *a = form ? form->arguments : ""; *a; a++)
        if (!take_argument(*a, strtok_r(NULL, space, rest), &d->input))
            return false;
    for (unsigned i = 0; wide && i < wide->words; i++)
        if (!take_number(strtok_r(NULL, space, rest), INT16_MIN, UINT32_MAX, &v[i]))
            return false;
    if (wide)
        wide->make(v, d);
    return form || wide;
}

/* One line without its end; it may be empty. */
static int parse_line(char *line, struct probe_input_script *s)
{
    const char *const space = " \t\r";
    char *rest;
    long long ms;
    line[strcspn(line, "#")] = 0;
    const char *word = strtok_r(line, space, &rest);
    if (!word)
        return 0;
    uint64_t before = s->count ? s->steps[s->count - 1].at_ns : 0;
    if (!take_number(word, 0, 86400000, &ms) || (uint64_t)ms * PF_NS_PER_MS < before)
        return -EINVAL;
    struct pf_datagram d = {.tag = PF_DATAGRAM_INPUT};
    const char *name = strtok_r(NULL, space, &rest);
    bool waits = name && !strcmp(name, "wait"), ends = name && !strcmp(name, "end");
    if ((!waits && !ends && !take_event(name, space, &rest, &d)) || strtok_r(NULL, space, &rest))
        return -EINVAL;
    int rc = probe_input_script_add(s, (uint64_t)ms * PF_NS_PER_MS, &d);
    if (rc == 0) {
        s->steps[s->count - 1].waits = waits;
        s->steps[s->count - 1].ends = ends;
    }
    return rc;
}

int probe_input_script_parse(const char *text, struct probe_input_script *ret_script, struct pf_error *err)
{
    struct probe_input_script s = {0};
    char line[LINE_MAX_LEN];
    int rc = 0;
    for (unsigned number = 1; *text && rc == 0; number++) {
        size_t len = strcspn(text, "\n");
        int n = snprintf(line, sizeof(line), "%.*s", len < sizeof(line) ? (int)len : (int)sizeof(line), text);
        rc = (size_t)n < sizeof(line) ? parse_line(line, &s) : -EINVAL;
        if (rc == -EINVAL)
            pf_error_set(err, rc, "line %u is no event: \"%.60s\"", number, line);
        text += len + (text[len] == '\n');
    }
    if (rc == -ENOMEM)
        pf_error_set(err, rc, "out of memory");
    if (rc < 0)
        probe_input_script_finish(&s);
    else
        *ret_script = s;
    return rc;
}

/* ---- playing --------------------------------------------------------------------------------------------
 */

uint64_t probe_input_script_deadline(const struct probe_input_script *s)
{
    return s->next < s->count && !s->steps[s->next].ends ? s->steps[s->next].at_ns : UINT64_MAX;
}

/* The next one is due. */
static const struct probe_input_step *due(const struct probe_input_script *s, uint64_t at_ns)
{
    return s->next < s->count && s->steps[s->next].at_ns <= at_ns ? &s->steps[s->next] : NULL;
}

bool probe_input_script_is_over(const struct probe_input_script *s, uint64_t at_ns)
{
    const struct probe_input_step *step = due(s, at_ns);
    return step && step->ends;
}

bool probe_input_script_is_waiting(const struct probe_input_script *s, uint64_t at_ns)
{
    const struct probe_input_step *step = due(s, at_ns);
    return step && step->waits;
}

uint64_t probe_input_script_go_on(struct probe_input_script *s)
{
    return s->steps[s->next++].at_ns;
}

const struct pf_datagram *probe_input_script_due(struct probe_input_script *s, uint64_t at_ns)
{
    const struct probe_input_step *step = due(s, at_ns);
    if (!step || step->waits || step->ends)
        return NULL;
    s->next++;
    return &step->message;
}
