#include "display/wlroots/topology.h"

#include "base/log.h"
#include "base/time.h"
#include "display/wlroots/sway_ipc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE     "sway"
#define SETTLE_NS (3 * PF_NS_PER_S)
#define POLL_NS   (50 * PF_NS_PER_MS)
#define HOLD_NS   (400 * PF_NS_PER_MS) /* a head that is back must stay so */
#define TRIES     4

static struct pf_journal_entry entry_of(
    const struct pf_sway_desktop *d, const char *kind, const char *name, json_t *before)
{
    struct pf_journal_entry e = {.owner = PF_SWAY_OWNER, .before = before};
    snprintf(e.kind, sizeof(e.kind), "%s", kind);
    snprintf(e.session, sizeof(e.session), "%s", d->session);
    snprintf(e.name, sizeof(e.name), "%s", name);
    return e;
}

void pf_sway_mode_words(const struct pf_mode *mode, bool custom, char out[64])
{
    int n = snprintf(out, 64, "mode %s%ux%u", custom ? "--custom " : "", mode->width, mode->height);
    /* Sway reads the rate as a float and cuts it to thousandths: the trailing 3 keeps 59.940 from becoming
     * 59939. */
    if (mode->refresh_mhz)
        snprintf(out + n, 64 - (size_t)n, "@%u.%03u3Hz", mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
}

/* ---- an arrangement, as it is noted ---- */

static json_t *arrangement_of(const struct pf_sway_output *o)
{
    return json_pack("{s:i, s:i, s:i, s:b, s:i, s:i, s:f, s:s}", "width", (int)o->mode.width, "height",
        (int)o->mode.height, "refresh", (int)o->mode.refresh_mhz, "custom", (int)!o->listed_mode, "x", o->x,
        "y", o->y, "scale", o->scale, "transform", o->transform);
}

static bool is_word(const char *text)
{
    return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

/* Output names come from drivers and from our own files, but they are parts of commands. */
static bool is_name(const char *text)
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
        !is_name(head->name))
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

/* ---- focus ---- */

static bool is_ours(const struct pf_journal_list *ours, const char *name)
{
    for (size_t i = 0; i < ours->count; i++)
        if (!strcmp(ours->item[i].kind, PF_SWAY_OUTPUT) && !strcmp(ours->item[i].name, name))
            return true;
    return false;
}

void pf_sway_note_focus(const struct pf_sway_desktop *d, struct pf_error *err)
{
    struct pf_sway_outputs outputs;
    struct pf_journal_list known = {0};
    if (pf_sway_outputs_get(d->fd, &outputs, err) ||
        pf_journal_entries(d->journal, PF_SWAY_OWNER, NULL, d->session, &known))
        return;
    const struct pf_sway_output *focused = pf_sway_outputs_focused(&outputs);
    bool noted = false;
    for (size_t i = 0; i < known.count; i++)
        noted |= !strcmp(known.item[i].kind, PF_SWAY_FOCUS);
    if (focused && !noted && !is_ours(&known, focused->name)) {
        struct pf_journal_entry e = entry_of(d, PF_SWAY_FOCUS, focused->name, NULL);
        pf_journal_note(d->journal, &e, NULL); /* a focus that stays away after a crash hurts nobody */
    }
    pf_journal_list_finish(&known);
}

void pf_sway_put_focus_back(int fd, const struct pf_journal_entry *focus, const struct pf_journal_list *ours)
{
    struct pf_sway_outputs outputs;
    if (!is_name(focus->name) || pf_sway_outputs_get(fd, &outputs, NULL))
        return;
    const struct pf_sway_output *now = pf_sway_outputs_focused(&outputs);
    const struct pf_sway_output *former = pf_sway_outputs_find(&outputs, focus->name);
    if (now && is_ours(ours, now->name) && former && former->active)
        pf_sway_command(fd, NULL, "focus output %s", focus->name);
}

/* ---- switching heads off ---- */

/* The heads of `before` that are to go dark. */
static bool is_victim(const struct pf_sway_output *o)
{
    return o->active && !pf_sway_headless_number(o->name) && is_name(o->name);
}

static bool note_head(const struct pf_sway_desktop *d, const struct pf_sway_output *o)
{
    struct pf_error err = {"unknown reason"};
    struct pf_journal_entry e = entry_of(d, PF_SWAY_HEAD, o->name, arrangement_of(o));
    int rc = e.before ? pf_journal_note(d->journal, &e, &err) : -ENOMEM;
    json_decref(e.before);
    if (!rc)
        return true;
    pf_log_warn(
        SCOPE, "%s stays on, because nobody could switch it on again after a crash: %s", o->name, err.text);
    pf_journal_forget(d->journal, PF_SWAY_OWNER, PF_SWAY_HEAD, d->session, o->name);
    return false;
}

static bool any_lit(const struct pf_sway_outputs *victims, const struct pf_sway_outputs *now)
{
    for (size_t i = 0; i < victims->count; i++) {
        const struct pf_sway_output *o = pf_sway_outputs_find(now, victims->item[i].name);
        if (o && o->active)
            return true;
    }
    return false;
}

static int await_dark(
    int fd, const struct pf_sway_outputs *victims, struct pf_sway_outputs *ret_now, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS;
    for (;;) {
        int rc = pf_sway_outputs_get(fd, ret_now, err);
        if (rc || !any_lit(victims, ret_now) || pf_time_mono_ns() >= deadline)
            return rc;
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

/* Sway said that it is off, but it is not: without `enable` its later modes would be refused (sway 1.7). */
static void spare_the_lit(
    const struct pf_sway_desktop *d, const struct pf_sway_outputs *victims, const struct pf_sway_outputs *now)
{
    for (size_t i = 0; i < victims->count; i++) {
        const struct pf_sway_output *o = pf_sway_outputs_find(now, victims->item[i].name);
        if (!o || !o->active)
            continue;
        pf_log_warn(SCOPE, "%s did not switch off; sway's log says why", o->name);
        pf_sway_command(d->fd, NULL, "output %s enable", o->name);
        pf_journal_forget(d->journal, PF_SWAY_OWNER, PF_SWAY_HEAD, d->session, o->name);
    }
}

int pf_sway_isolate(const struct pf_sway_desktop *d, struct pf_error *err)
{
    struct pf_sway_outputs outputs, now;
    int rc = pf_sway_outputs_get(d->fd, &outputs, err);
    if (rc)
        return rc;
    static const struct pf_sway_outputs none = {0};
    struct pf_sway_outputs victims = none;
    for (size_t i = 0; i < outputs.count; i++)
        if (is_victim(&outputs.item[i]) && note_head(d, &outputs.item[i]))
            victims.item[victims.count++] = outputs.item[i];
    for (size_t i = 0; !rc && i < victims.count; i++) {
        rc = pf_sway_command(d->fd, err, "output %s disable", victims.item[i].name);
        rc = rc == -EREMOTEIO ? 0 : rc; /* what it refused is still lit below */
    }
    if (!rc && victims.count)
        rc = await_dark(d->fd, &victims, &now, err);
    if (!rc && victims.count)
        spare_the_lit(d, &victims, &now);
    return rc;
}

/* ---- putting back ---- */

static int command_arrangement(int fd, const struct pf_sway_output *want, struct pf_error *err)
{
    char mode[64], more[64] = "";
    pf_sway_mode_words(&want->mode, !want->listed_mode, mode);
    int n = want->scale > 0 ? snprintf(more, sizeof(more), " scale %.6g", want->scale) : 0;
    if (is_word(want->transform))
        snprintf(more + n, sizeof(more) - (size_t)n, " transform %s", want->transform);
    /* One line, one modeset. */
    return pf_sway_command(
        fd, err, "output %s enable %s position %d %d%s", want->name, mode, want->x, want->y, more);
}

/* True once it has been as wanted for a moment; false if it changes again, as heads do that choose a mode of
 * their own when they come up, or after 3 s. Gone counts as wanted. */
static bool await_arranged(int fd, const struct pf_sway_output *want)
{
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS, since = 0;
    struct pf_sway_outputs outputs;
    for (;;) {
        if (pf_sway_outputs_get(fd, &outputs, NULL))
            return false;
        const struct pf_sway_output *now = pf_sway_outputs_find(&outputs, want->name);
        bool good = !now || is_arranged(now, want);
        uint64_t t = pf_time_mono_ns();
        if (good && since && t - since >= HOLD_NS)
            return true;
        if ((!good && since) || t >= deadline)
            return false;
        since = good && !since ? t : since;
        pf_time_sleep_until(t + POLL_NS);
    }
}

bool pf_sway_put_head_back(int fd, const struct pf_journal_entry *head)
{
    struct pf_sway_output want;
    struct pf_error err = {"its list shows another arrangement"};
    if (!read_arrangement(head, &want)) {
        pf_log_warn(SCOPE, "the note about %s makes no sense; it is only switched on", head->name);
        if (is_name(head->name))
            pf_sway_command(fd, NULL, "output %s enable", head->name);
        return true;
    }
    for (int i = 0; i < TRIES; i++) {
        int rc = command_arrangement(fd, &want, &err);
        if (rc && rc != -EREMOTEIO)
            break;
        if (await_arranged(fd, &want))
            return true;
    }
    pf_log_warn(SCOPE, "%s is not back as it was (%ux%u at %d,%d): %s", want.name, want.mode.width,
        want.mode.height, want.x, want.y, err.text);
    return false;
}

struct restore {
    char socket[108];
    char session[PF_JOURNAL_SESSION_SIZE];
    struct pf_journal *journal;
};

static void put_all_back(const struct restore *r, int fd)
{
    struct pf_journal_list all = {0};
    if (pf_journal_entries(r->journal, PF_SWAY_OWNER, NULL, r->session, &all))
        return;
    for (size_t i = 0; i < all.count; i++)
        if (!strcmp(all.item[i].kind, PF_SWAY_HEAD) && pf_sway_put_head_back(fd, &all.item[i]))
            pf_journal_forget(r->journal, PF_SWAY_OWNER, PF_SWAY_HEAD, r->session, all.item[i].name);
    for (size_t i = 0; i < all.count; i++)
        if (!strcmp(all.item[i].kind, PF_SWAY_FOCUS))
            pf_sway_put_focus_back(fd, &all.item[i], &all);
    pf_journal_forget(r->journal, PF_SWAY_OWNER, PF_SWAY_FOCUS, r->session, NULL);
    pf_journal_list_finish(&all);
}

/* The truth is in the journal, so a superfluous restore just goes: what it stands for has been noted beside
 * the rest. A dead sway takes everything with it. */
static void finish(void *data, bool undo)
{
    struct restore *r = data;
    char session[PF_JOURNAL_SESSION_SIZE] = "";
    int fd = pf_sway_connect(r->socket, NULL);
    if (fd >= 0)
        pf_sway_session(fd, r->socket, session, sizeof(session));
    if (fd >= 0 && strcmp(session, r->session) == 0) {
        if (undo)
            put_all_back(r, fd);
    } else if (fd >= 0 || fd == -ECONNREFUSED || fd == -ENOENT) {
        pf_journal_forget(r->journal, PF_SWAY_OWNER, PF_SWAY_HEAD, r->session, NULL);
        pf_journal_forget(r->journal, PF_SWAY_OWNER, PF_SWAY_FOCUS, r->session, NULL);
    }
    if (fd >= 0)
        close(fd);
    free(r);
}

int pf_sway_restore_of(const struct pf_sway_desktop *d, const char *socket, struct pf_restore *ret_restore)
{
    struct restore *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    snprintf(r->socket, sizeof(r->socket), "%s", socket);
    snprintf(r->session, sizeof(r->session), "%s", d->session);
    r->journal = d->journal;
    *ret_restore = (struct pf_restore){.finish = finish, .data = r};
    return 0;
}
