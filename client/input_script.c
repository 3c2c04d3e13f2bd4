#include "client/input_script.h"

#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 200
#define TEST_STEPS   160u
#define TEST_TAPS    20u
#define VK_A         0x41u

/* ---- building -------------------------------------------------------------------------------------------
 */

static int add(struct probe_input_script *s, uint64_t at_ns, const struct pf_input_event *event)
{
    if ((s->count & (s->count - 1)) == 0) { /* a power of two: full */
        size_t cap = s->count ? 2 * s->count : 1;
        void *steps = realloc(s->steps, cap * sizeof(s->steps[0]));
        if (!steps)
            return -ENOMEM;
        s->steps = steps;
    }
    s->steps[s->count++] = (struct probe_input_step){.at_ns = at_ns, .event = *event};
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
    const struct form *form = find_form(strtok_r(NULL, space, &rest));
    if (!form)
        return -EINVAL;
    struct pf_input_event e = {.kind = (uint8_t)form->kind};
    for (const char *a = form->arguments; *a; a++)
        if (!take_argument(*a, strtok_r(NULL, space, &rest), &e))
            return -EINVAL;
    return strtok_r(NULL, space, &rest) ? -EINVAL : add(s, (uint64_t)ms * PF_NS_PER_MS, &e);
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

/* ---- the reference client's test ------------------------------------------------------------------------
 */

static int add_taps(struct probe_input_script *s, uint64_t at_ns, unsigned step)
{
    const struct pf_input_event taps[] = {
        {.kind = PF_INPUT_KEY_DOWN, .code = VK_A},
        {.kind = PF_INPUT_KEY_UP, .code = VK_A},
        {.kind = PF_INPUT_PAD_BUTTON, .code = PF_PAD_A, .x = 1},
        {.kind = PF_INPUT_PAD_BUTTON, .code = PF_PAD_A, .x = 0},
        {.kind = PF_INPUT_PAD_AXIS, .code = PF_PAD_AXIS_LSX, .x = ((int32_t)step % 64 - 32) * 1024},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(taps) / sizeof(taps[0]); i++)
        rc = add(s, at_ns, &taps[i]);
    return rc;
}

static int add_step(struct probe_input_script *s, unsigned step, uint32_t width, uint32_t height)
{
    static const int32_t square[4][2] = {{12, 0}, {0, 12}, {-12, 0}, {0, -12}};
    const int32_t *by = square[step / 10 % 4];
    uint64_t at_ns = 2 * PF_NS_PER_S + step * 40 * PF_NS_PER_MS;
    const struct pf_input_event move = {.kind = PF_INPUT_MOUSE_MOVE, .x = by[0], .y = by[1]};
    const struct pf_input_event sweep = {.kind = PF_INPUT_MOUSE_MOVE_ABS,
        .x = (int32_t)(step * width / TEST_STEPS),
        .y = (int32_t)(step * height / TEST_STEPS),
        .flags = width << 16 | (height & 0xFFFF)};
    int rc = add(s, at_ns, &move);
    if (rc == 0)
        rc = add(s, at_ns, &sweep);
    return rc == 0 && step % TEST_TAPS == 0 ? add_taps(s, at_ns, step) : rc;
}

int probe_input_script_test(
    uint32_t width, uint32_t height, struct probe_input_script *ret_script, struct pf_error *err)
{
    struct probe_input_script s = {0};
    int rc = 0;
    for (unsigned step = 0; rc == 0 && step < TEST_STEPS; step++)
        rc = add_step(&s, step, width, height);
    if (rc < 0) {
        probe_input_script_finish(&s);
        return pf_error_set(err, rc, "out of memory");
    }
    *ret_script = s;
    return 0;
}

/* ---- playing --------------------------------------------------------------------------------------------
 */

uint64_t probe_input_script_deadline(const struct probe_input_script *s)
{
    return s->next < s->count ? s->steps[s->next].at_ns : UINT64_MAX;
}

const struct pf_input_event *probe_input_script_due(struct probe_input_script *s, uint64_t at_ns)
{
    bool is_due = s->next < s->count && s->steps[s->next].at_ns <= at_ns;
    return is_due ? &s->steps[s->next++].event : NULL;
}
