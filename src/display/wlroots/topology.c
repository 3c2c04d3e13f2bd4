#include "display/wlroots/topology.h"

#include "base/log.h"
#include "base/time.h"
#include "display/wlroots/heads.h"
#include "display/wlroots/sway_ipc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE     "sway"
#define SETTLE_NS (3 * PF_NS_PER_S)
#define POLL_NS   (50 * PF_NS_PER_MS)

static struct pf_journal_entry entry_of(
    const struct pf_sway_desktop *d, const char *kind, const char *name, json_t *before)
{
    struct pf_journal_entry e = {.owner = PF_SWAY_OWNER, .before = before};
    snprintf(e.kind, sizeof(e.kind), "%s", kind);
    snprintf(e.session, sizeof(e.session), "%s", d->session);
    snprintf(e.name, sizeof(e.name), "%s", name);
    return e;
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

int pf_sway_put_focus_back(int fd, const struct pf_journal_entry *focus, const struct pf_journal_list *ours)
{
    struct pf_sway_outputs outputs;
    int rc = pf_sway_is_name(focus->name) ? pf_sway_outputs_get(fd, &outputs, NULL) : -ENOENT;
    if (rc)
        return rc == -ENOENT ? 0 : rc;
    const struct pf_sway_output *now = pf_sway_outputs_focused(&outputs);
    const struct pf_sway_output *former = pf_sway_outputs_find(&outputs, focus->name);
    if (now && is_ours(ours, now->name) && former && former->active)
        rc = pf_sway_command(fd, NULL, "focus output %s", focus->name);
    return rc;
}

/* ---- switching heads off ---- */

/* The heads of `before` that are to go dark. */
static bool is_victim(const struct pf_sway_output *o)
{
    return o->active && !pf_sway_headless_number(o->name) && pf_sway_is_name(o->name);
}

static bool note_head(const struct pf_sway_desktop *d, const struct pf_sway_output *o)
{
    struct pf_error err = {"unknown reason"};
    struct pf_journal_entry e = entry_of(d, PF_SWAY_HEAD, o->name, pf_sway_arrangement_of(o));
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
    bool back[PF_JOURNAL_MAX] = {false};
    pf_sway_put_heads_back(fd, r->session, &all, back);
    for (size_t i = 0; i < all.count; i++)
        if (back[i])
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
        pf_sway_instance(fd, r->socket, session, sizeof(session));
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
