#include "session/titles.h"

#include <stdio.h>
#include <string.h>

static struct pf_title *find(struct pf_titles *t, uint64_t key)
{
    for (size_t i = 0; key && i < PF_TITLES_MAX; i++)
        if (t->list[i].state != PF_TITLE_NONE && t->list[i].key == key)
            return &t->list[i];
    return NULL;
}

const struct pf_title *pf_titles_find(const struct pf_titles *t, uint64_t key)
{
    return find((struct pf_titles *)t, key);
}

static void forget(struct pf_title *e)
{
    *e = (struct pf_title){0};
}

/* What does not run needs no end. */
static void doom(struct pf_title *e)
{
    if (e->state == PF_TITLE_WANTED || e->state == PF_TITLE_OVER)
        e->state = PF_TITLE_OVER;
    e->doomed = true;
    if (e->state == PF_TITLE_OVER && !e->holds)
        forget(e);
}

static bool is_among(uint64_t display, const uint64_t *displays, size_t count)
{
    for (size_t i = 0; display && i < count; i++)
        if (displays[i] == display)
            return true;
    return false;
}

/* ---- sessions come and go ---- */

static struct pf_title *own(struct pf_titles *t, const uint8_t owner[32], const char *id)
{
    for (size_t i = 0; owner && i < PF_TITLES_MAX; i++) {
        struct pf_title *e = &t->list[i];
        if (e->state != PF_TITLE_NONE && e->state != PF_TITLE_ENDING && !e->doomed && e->has_owner &&
            !memcmp(e->owner, owner, sizeof(e->owner)) && !strcmp(e->id, id))
            return e;
    }
    return NULL;
}

static struct pf_title *add(struct pf_titles *t, const uint8_t owner[32], const char *id)
{
    struct pf_title *e = t->list;
    while (e < t->list + PF_TITLES_MAX && e->state != PF_TITLE_NONE)
        e++;
    if (e == t->list + PF_TITLES_MAX)
        return NULL;
    *e = (struct pf_title){.state = PF_TITLE_WANTED, .key = ++t->keys, .has_owner = owner};
    if (owner)
        memcpy(e->owner, owner, sizeof(e->owner));
    snprintf(e->id, sizeof(e->id), "%s", id);
    return e;
}

uint64_t pf_titles_join(
    struct pf_titles *t, const uint8_t owner[32], const char *id, uint64_t now_ns, bool *ret_resumed)
{
    struct pf_title *e = own(t, owner, id);
    bool old = e && e->state == PF_TITLE_OVER && !e->holds && now_ns - e->left_ns >= PF_TITLE_MEMORY_NS;
    if (old) {
        forget(e);
        e = NULL;
    }
    *ret_resumed = e && e->state != PF_TITLE_WANTED;
    if (!e)
        e = add(t, owner, id);
    if (!e)
        return 0;
    e->holds++;
    return e->key;
}

bool pf_titles_place(struct pf_titles *t, uint64_t key, uint64_t display)
{
    struct pf_title *e = find(t, key);
    if (!e)
        return false;
    bool runs = e->state == PF_TITLE_STARTING || e->state == PF_TITLE_RUNNING;
    bool moved = runs && e->display != display;
    e->display = display;
    return moved;
}

void pf_titles_leave(
    struct pf_titles *t, uint64_t key, bool quit, const uint64_t *displays, size_t count, uint64_t now_ns)
{
    struct pf_title *e = find(t, key);
    if (!e || !e->holds)
        return;
    e->holds--;
    e->left_ns = now_ns;
    if (e->holds)
        return;
    if (quit || e->doomed || e->state == PF_TITLE_WANTED || !is_among(e->display, displays, count))
        doom(e);
}

void pf_titles_displays(struct pf_titles *t, const uint64_t *displays, size_t count)
{
    for (struct pf_title *e = t->list; e < t->list + PF_TITLES_MAX; e++)
        if (e->state != PF_TITLE_NONE && !e->holds && !is_among(e->display, displays, count))
            doom(e);
}

void pf_titles_quit(struct pf_titles *t, const uint8_t owner[32])
{
    for (struct pf_title *e = t->list; e < t->list + PF_TITLES_MAX; e++)
        if (e->state != PF_TITLE_NONE && e->has_owner && !memcmp(e->owner, owner, sizeof(e->owner)))
            doom(e);
}

void pf_titles_quit_all(struct pf_titles *t)
{
    for (struct pf_title *e = t->list; e < t->list + PF_TITLES_MAX; e++)
        if (e->state != PF_TITLE_NONE)
            doom(e);
}

/* ---- programs ---- */

enum pf_title_action pf_titles_next(struct pf_titles *t, uint64_t *ret_key)
{
    for (struct pf_title *e = t->list; e < t->list + PF_TITLES_MAX; e++) {
        bool start = e->state == PF_TITLE_WANTED && e->display,
             end = e->state == PF_TITLE_RUNNING && e->doomed;
        if (!start && !end)
            continue;
        e->state = start ? PF_TITLE_STARTING : PF_TITLE_ENDING;
        *ret_key = e->key;
        return start ? PF_TITLE_START : PF_TITLE_END;
    }
    return PF_TITLE_NOTHING;
}

static void end(struct pf_title *e)
{
    e->state = PF_TITLE_OVER;
    if (e->doomed && !e->holds)
        forget(e);
}

void pf_titles_started(struct pf_titles *t, uint64_t key, bool ok)
{
    struct pf_title *e = find(t, key);
    if (e && ok)
        e->state = PF_TITLE_RUNNING;
    else if (e)
        end(e);
}

bool pf_titles_exited(struct pf_titles *t, uint64_t key)
{
    struct pf_title *e = find(t, key);
    bool by_itself = e && e->state == PF_TITLE_RUNNING;
    if (e)
        end(e);
    return by_itself;
}
