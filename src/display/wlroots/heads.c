#include "display/wlroots/heads.h"

#include "base/log.h"
#include "base/time.h"
#include "display/wlroots/sway_ipc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SCOPE     "sway"
#define SETTLE_NS (3 * PF_NS_PER_S)
#define POLL_NS   (50 * PF_NS_PER_MS)
#define HOLD_NS   (400 * PF_NS_PER_MS) /* heads that are back must stay so */
#define TRIES     4

void pf_sway_mode_words(const struct pf_mode *mode, bool custom, char out[64])
{
    int n = snprintf(out, 64, "mode %s%ux%u", custom ? "--custom " : "", mode->width, mode->height);
    /* Sway reads the rate as a float and cuts it to thousandths: the trailing 3 keeps 59.940 from becoming
     * 59939. */
    if (mode->refresh_mhz)
        snprintf(out + n, 64 - (size_t)n, "@%u.%03u3Hz", mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
}

/* ---- an arrangement, as it is noted ---- */

json_t *pf_sway_arrangement_of(const struct pf_sway_output *o)
{
    return json_pack("{s:i, s:i, s:i, s:b, s:i, s:i, s:f, s:s}", "width", (int)o->mode.width, "height",
        (int)o->mode.height, "refresh", (int)o->mode.refresh_mhz, "custom", (int)!o->listed_mode, "x", o->x,
        "y", o->y, "scale", o->scale, "transform", o->transform);
}

static bool is_word(const char *text)
{
    return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

bool pf_sway_is_name(const char *text)
{
    return text[0] && !strpbrk(text, " \t\r\n\"'\\;,*[]{}$");
}

static bool read_arrangement(const struct pf_journal_entry *head, struct pf_sway_output *ret)
{
    int width, height, refresh, custom;
    const char *transform;
    struct pf_sway_output o = {.active = true};
    if (!head->before || json_unpack(head->before, "{s:i, s:i, s:i, s:b, s:i, s:i, s:F, s:s}", "width",
                             &width, "height", &height, "refresh", &refresh, "custom", &custom, "x", &o.x,
                             "y", &o.y, "scale", &o.scale, "transform", &transform))
        return false;
    if (width <= 0 || height <= 0 || refresh < 0 || !(o.scale >= 0 && o.scale < 100) ||
        strlen(transform) >= sizeof(o.transform) || strlen(head->name) >= sizeof(o.name) ||
        !pf_sway_is_name(head->name))
        return false;
    o.mode = (struct pf_mode){(uint32_t)width, (uint32_t)height, (uint32_t)refresh};
    o.listed_mode = !custom;
    strcpy(o.transform, transform);
    strcpy(o.name, head->name);
    *ret = o;
    return true;
}

static bool is_arranged(const struct pf_sway_output *now, const struct pf_sway_output *want)
{
    return now->active && pf_mode_equal(&now->mode, &want->mode) && now->x == want->x && now->y == want->y &&
           (want->scale == 0 || fabs(now->scale - want->scale) < 0.001) &&
           (!want->transform[0] || !strcmp(now->transform, want->transform));
}

/* ---- putting back ---- */

/* A head that is to be as it was. */
struct wish {
    struct pf_sway_output want;
    size_t entry; /* its place in the journal's list */
};

struct wishes {
    struct wish item[PF_JOURNAL_MAX];
    size_t count;
};

static bool is_fulfilled(const struct wish *w, const struct pf_sway_outputs *now)
{
    const struct pf_sway_output *o = pf_sway_outputs_find(now, w->want.name);
    return !o || is_arranged(o, &w->want); /* gone counts */
}

static int command_arrangement(int fd, const struct pf_sway_output *want, struct pf_error *err)
{
    const bool turned = is_word(want->transform);
    char mode[64], scale[32] = "";
    pf_sway_mode_words(&want->mode, !want->listed_mode, mode);
    if (want->scale > 0)
        snprintf(scale, sizeof(scale), " scale %.6g", want->scale);
    /* One line, one modeset. */
    return pf_sway_command(fd, err, "output %s enable %s position %d %d%s%s%s", want->name, mode, want->x,
        want->y, scale, turned ? " transform " : "", turned ? want->transform : "");
}

/* Asks for all that is not as wanted. -errno if sway does not answer; what it refuses shows in its list. */
static int command_all(int fd, const struct wishes *w, struct pf_error *err)
{
    struct pf_sway_outputs now;
    int rc = pf_sway_outputs_get(fd, &now, err);
    for (size_t i = 0; !rc && i < w->count; i++) {
        if (!is_fulfilled(&w->item[i], &now))
            rc = command_arrangement(fd, &w->item[i].want, err);
        rc = rc == -EREMOTEIO ? 0 : rc;
    }
    return rc;
}

static size_t count_fulfilled(const struct wishes *w, const struct pf_sway_outputs *now)
{
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        n += is_fulfilled(&w->item[i], now);
    return n;
}

/* True once all have been as wanted for a moment. False after 3 s, or as soon as one changes again: heads may
 * choose a mode of their own when they come up, or when their neighbour does. */
static bool await_all(int fd, const struct wishes *w)
{
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS, since = 0;
    size_t best = 0;
    struct pf_sway_outputs now;
    for (;;) {
        if (pf_sway_outputs_get(fd, &now, NULL))
            return false;
        size_t good = count_fulfilled(w, &now);
        uint64_t t = pf_time_mono_ns();
        bool all = good == w->count;
        if (all && since && t - since >= HOLD_NS)
            return true;
        if (good < best || (!all && t >= deadline))
            return false;
        best = good;
        since = all && !since ? t : since;
        pf_time_sleep_until(t + POLL_NS);
    }
}

static void read_wishes(
    int fd, const char *session, const struct pf_journal_list *list, struct wishes *ret, bool *ret_back)
{
    ret->count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct pf_journal_entry *e = &list->item[i];
        struct wish *w = &ret->item[ret->count];
        if (strcmp(e->owner, PF_SWAY_OWNER) || strcmp(e->kind, PF_SWAY_HEAD) || strcmp(e->session, session))
            continue;
        if (read_arrangement(e, &w->want)) {
            w->entry = i;
            ret->count++;
            continue;
        }
        pf_log_warn(SCOPE, "the note about %s makes no sense; it is only switched on", e->name);
        if (pf_sway_is_name(e->name))
            pf_sway_command(fd, NULL, "output %s enable", e->name);
        ret_back[i] = true;
    }
}

void pf_sway_put_heads_back(int fd, const char *session, const struct pf_journal_list *list, bool *ret_back)
{
    struct wishes wishes;
    struct pf_sway_outputs now = {0};
    struct pf_error err = {"its list shows another arrangement"};
    read_wishes(fd, session, list, &wishes, ret_back);
    for (int i = 0; wishes.count && i < TRIES; i++)
        if (command_all(fd, &wishes, &err) || await_all(fd, &wishes))
            break;
    bool known = wishes.count && !pf_sway_outputs_get(fd, &now, NULL);
    for (size_t i = 0; i < wishes.count; i++) {
        const struct pf_sway_output *want = &wishes.item[i].want;
        ret_back[wishes.item[i].entry] = known && is_fulfilled(&wishes.item[i], &now);
        if (!ret_back[wishes.item[i].entry])
            pf_log_warn(SCOPE, "%s is not back as it was (%ux%u at %d,%d): %s", want->name, want->mode.width,
                want->mode.height, want->x, want->y, err.text);
    }
}
