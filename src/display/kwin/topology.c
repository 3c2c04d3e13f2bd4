#include "display/kwin/topology.h"

#include "base/log.h"
#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE     "kwin"
#define POLL_NS   (50 * PF_NS_PER_MS)
#define SETTLE_NS (3 * PF_NS_PER_S)
#define HOLD_NS   (400 * PF_NS_PER_MS) /* KWin may apply a stored arrangement right after ours */
#define TRIES     4

/* ---- notes ---- */

json_t *pf_kwin_head_to_json(const struct pf_kwin_head *h)
{
    return json_pack("{s:s, s:b, s:i, s:i, s:i, s:i, s:i, s:f, s:i, s:i, s:s}", "uuid", h->uuid, "enabled",
        (int)h->enabled, "width", (int)h->mode.width, "height", (int)h->mode.height, "refresh",
        (int)h->mode.refresh_mhz, "x", (int)h->x, "y", (int)h->y, "scale", h->scale, "transform",
        (int)h->transform, "priority", (int)h->priority, "mirrored", h->mirrored);
}

bool pf_kwin_head_of_entry(const struct pf_journal_entry *entry, struct pf_kwin_head *ret_head)
{
    struct pf_kwin_head h = {0};
    const char *uuid, *mirrored;
    int enabled, width, height, refresh, priority;
    if (!entry->before ||
        json_unpack(entry->before, "{s:s, s:b, s:i, s:i, s:i, s:i, s:i, s:F, s:i, s:i, s:s}", "uuid", &uuid,
            "enabled", &enabled, "width", &width, "height", &height, "refresh", &refresh, "x", &h.x, "y",
            &h.y, "scale", &h.scale, "transform", &h.transform, "priority", &priority, "mirrored", &mirrored))
        return false;
    if (width < 0 || height < 0 || refresh < 0 || priority < 0 || priority > 1000 || h.transform < 0 ||
        h.transform > 7 || !(h.scale > 0 && h.scale < 100) || strlen(uuid) >= sizeof(h.uuid) ||
        strlen(mirrored) >= sizeof(h.mirrored) || !entry->name[0] || strlen(entry->name) >= sizeof(h.name))
        return false;
    h.enabled = enabled;
    h.mode = (struct pf_mode){(uint32_t)width, (uint32_t)height, (uint32_t)refresh};
    h.priority = (uint32_t)priority;
    strcpy(h.name, entry->name);
    strcpy(h.uuid, uuid);
    strcpy(h.mirrored, mirrored);
    *ret_head = h;
    return true;
}

static bool note(struct pf_journal *journal, const char *session, const struct pf_kwin_head *h)
{
    struct pf_error err = {"out of memory"};
    struct pf_journal_entry e = {.owner = PF_KWIN_OWNER, .kind = PF_KWIN_HEAD, .lasting = true};
    snprintf(e.session, sizeof(e.session), "%s", session);
    snprintf(e.name, sizeof(e.name), "%s", h->name);
    e.before = pf_kwin_head_to_json(h);
    int rc = e.before ? pf_journal_note(journal, &e, &err) : -ENOMEM;
    json_decref(e.before);
    if (rc == 0)
        return true;
    pf_log_warn(
        SCOPE, "%s stays as it is, because nobody could put it back after a crash: %s", h->name, err.text);
    pf_journal_forget(journal, PF_KWIN_OWNER, PF_KWIN_HEAD, session, h->name);
    return false;
}

/* ---- taking over ---- */

bool pf_kwin_await(struct pf_kwin_desk *d, const struct pf_kwin_head *want)
{
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS;
    for (;;) {
        struct pf_kwin_heads now;
        if (pf_kwin_desk_refresh(d) < 0)
            return false;
        pf_kwin_desk_heads(d, &now);
        const struct pf_kwin_head *h = pf_kwin_heads_match(&now, want);
        if (h && pf_kwin_head_is_arranged(h, want))
            return true;
        if (pf_time_mono_ns() >= deadline)
            return false;
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

/* Takes out of the plan what may not change. */
static void note_all(struct pf_journal *journal, const char *session, const struct pf_kwin_heads *now,
    const char *ours, struct pf_kwin_heads *plan)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct pf_kwin_head *h = &now->item[i];
        bool changes = !pf_kwin_head_is_arranged(h, &plan->item[i]);
        if (changes && strcmp(h->name, ours) != 0 && !pf_kwin_head_is_ours(h) && !note(journal, session, h))
            plan->item[i] = *h;
    }
}

int pf_kwin_take_over(struct pf_kwin_desk *d, const char *session, struct pf_journal *journal,
    const char *ours, bool alone, struct pf_error *err)
{
    struct pf_kwin_heads now, plan;
    pf_kwin_desk_heads(d, &now);
    if (!pf_kwin_plan(&now, ours, alone, &plan))
        return 0;
    note_all(journal, session, &now, ours, &plan);
    int rc = pf_kwin_desk_arrange(d, &plan, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < plan.count; i++)
        if (!pf_kwin_await(d, &plan.item[i]))
            pf_log_warn(SCOPE, "%s is not arranged as it was told to be; it is left so", plan.item[i].name);
    return 0;
}

/* ---- putting back ---- */

/* Right of everything that comes back. */
static int32_t edge_of(const struct pf_kwin_heads *heads)
{
    int32_t edge = 0;
    for (size_t i = 0; i < heads->count; i++) {
        double width, height;
        pf_kwin_head_extent(&heads->item[i], &width, &height);
        if (heads->item[i].enabled && heads->item[i].x + (int32_t)width > edge)
            edge = heads->item[i].x + (int32_t)width;
    }
    return edge;
}

/* Displays of ours that are still lit make room, in place and priority. */
static void move_ours(const struct pf_kwin_heads *now, struct pf_kwin_heads *wanted)
{
    int32_t edge = edge_of(wanted);
    uint32_t next = 1;
    for (size_t i = 0; i < wanted->count; i++)
        next = wanted->item[i].priority >= next ? wanted->item[i].priority + 1 : next;
    for (size_t i = 0; i < now->count && wanted->count < PF_KWIN_HEADS; i++) {
        const struct pf_kwin_head *h = &now->item[i];
        double width, height;
        if (!pf_kwin_head_is_ours(h) || !h->enabled)
            continue;
        pf_kwin_head_extent(h, &width, &height);
        struct pf_kwin_head *w = &wanted->item[wanted->count++];
        *w = *h;
        w->x = edge;
        w->y = 0;
        w->priority = next++;
        edge += (int32_t)width;
    }
}

/* The noted outputs that are there. True if all of them are as noted. */
static bool compare(const struct pf_kwin_heads *now, const struct pf_journal_list *notes, bool *ret_settled,
    struct pf_kwin_heads *ret_wanted)
{
    bool all = true;
    ret_wanted->count = 0;
    for (size_t i = 0; i < notes->count; i++) {
        struct pf_kwin_head want;
        ret_settled[i] = true;
        if (strcmp(notes->item[i].owner, PF_KWIN_OWNER) != 0 ||
            strcmp(notes->item[i].kind, PF_KWIN_HEAD) != 0 ||
            !pf_kwin_head_of_entry(&notes->item[i], &want) || ret_wanted->count == PF_KWIN_HEADS)
            continue;
        const struct pf_kwin_head *h = pf_kwin_heads_match(now, &want);
        if (!h)
            continue; /* unplugged */
        ret_settled[i] = pf_kwin_head_is_arranged(h, &want);
        all &= ret_settled[i];
        ret_wanted->item[ret_wanted->count++] = want;
    }
    return all;
}

/* KWin may refuse a complete arrangement where it takes the plain "on": then the rest follows. */
static void enable_only(const struct pf_kwin_heads *now, struct pf_kwin_heads *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct pf_kwin_head *h = pf_kwin_heads_match(now, &wanted->item[i]);
        bool enabled = wanted->item[i].enabled;
        if (h)
            wanted->item[i] = *h;
        wanted->item[i].enabled = enabled;
    }
}

void pf_kwin_put_back(struct pf_kwin_desk *d, const struct pf_journal_list *notes, bool *ret_settled)
{
    struct pf_error err = {"KWin accepted the arrangement but does not show it"};
    struct pf_kwin_heads now, wanted;
    for (unsigned attempt = 0; attempt < TRIES; attempt++) {
        pf_kwin_desk_heads(d, &now);
        if (!compare(&now, notes, ret_settled, &wanted)) {
            if (attempt % 2)
                enable_only(&now, &wanted);
            else
                move_ours(&now, &wanted);
            pf_kwin_desk_arrange(d, &wanted, &err);
        }
        pf_time_sleep_until(pf_time_mono_ns() + HOLD_NS);
        if (pf_kwin_desk_refresh(d) < 0)
            return;
        pf_kwin_desk_heads(d, &now);
        if (compare(&now, notes, ret_settled, &wanted))
            return;
    }
    for (size_t i = 0; i < notes->count; i++)
        if (!ret_settled[i])
            pf_log_warn(SCOPE, "%s is not back as it was: %s", notes->item[i].name, err.text);
}

struct restore {
    char socket[108];
    char session[PF_JOURNAL_SESSION_SIZE];
    struct pf_journal *journal;
};

static void put_all_back(const struct restore *r, struct pf_kwin_desk *d)
{
    struct pf_journal_list notes = {0};
    bool settled[PF_JOURNAL_MAX] = {false};
    if (pf_journal_entries(r->journal, PF_KWIN_OWNER, PF_KWIN_HEAD, r->session, &notes))
        return;
    if (notes.count)
        pf_kwin_put_back(d, &notes, settled);
    for (size_t i = 0; i < notes.count; i++)
        if (settled[i])
            pf_journal_forget(r->journal, PF_KWIN_OWNER, PF_KWIN_HEAD, r->session, notes.item[i].name);
    pf_journal_list_finish(&notes);
}

/* The truth is in the journal, so a superfluous restore just goes. What a KWin that has ended remembers of us
 * stays noted for its next run. */
static void finish(void *data, bool undo)
{
    struct restore *r = data;
    struct pf_kwin_desk desk = {0};
    char session[PF_JOURNAL_SESSION_SIZE] = "";
    if (undo && pf_kwin_desk_open(&desk, r->socket, NULL) == 0) {
        pf_kwin_desk_instance(&desk, r->socket, session, sizeof(session));
        if (strcmp(session, r->session) == 0)
            put_all_back(r, &desk);
    }
    pf_kwin_desk_close(&desk);
    free(r);
}

int pf_kwin_restore_of(
    const char *socket, const char *session, struct pf_journal *journal, struct pf_restore *ret_restore)
{
    struct restore *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    snprintf(r->socket, sizeof(r->socket), "%s", socket);
    snprintf(r->session, sizeof(r->session), "%s", session);
    r->journal = journal;
    *ret_restore = (struct pf_restore){.finish = finish, .data = r};
    return 0;
}
