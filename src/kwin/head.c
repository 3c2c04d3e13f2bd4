#include "kwin/head.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define GRAIN      8u     /* pixels: widths of the CVT formula are multiples */
#define RATE_RANGE 1000u  /* millihertz that its rates are off at most */
#define SCALE_STEP 0.0035 /* the protocol has 1/256 */

const struct pf_kwin_head *pf_kwin_heads_find(const struct pf_kwin_heads *heads, const char *name)
{
    for (size_t i = 0; i < heads->count; i++)
        if (!strcmp(heads->item[i].name, name))
            return &heads->item[i];
    return NULL;
}

const struct pf_kwin_head *pf_kwin_heads_match(
    const struct pf_kwin_heads *heads, const struct pf_kwin_head *known)
{
    for (size_t i = 0; known->uuid[0] && i < heads->count; i++)
        if (!strcmp(heads->item[i].uuid, known->uuid) && !strcmp(heads->item[i].name, known->name))
            return &heads->item[i];
    for (size_t i = 0; known->uuid[0] && i < heads->count; i++)
        if (!strcmp(heads->item[i].uuid, known->uuid))
            return &heads->item[i];
    return pf_kwin_heads_find(heads, known->name);
}

bool pf_kwin_head_is_ours(const struct pf_kwin_head *head)
{
    return !strncmp(head->name, PF_KWIN_OURS, sizeof(PF_KWIN_OURS) - 1);
}

void pf_kwin_head_extent(const struct pf_kwin_head *head, double *ret_width, double *ret_height)
{
    bool turned = head->transform & 1; /* by 90 or 270 degrees */
    double scale = head->scale > 0 ? head->scale : 1;
    *ret_width = (turned ? head->mode.height : head->mode.width) / scale;
    *ret_height = (turned ? head->mode.width : head->mode.height) / scale;
}

bool pf_kwin_head_is_arranged(const struct pf_kwin_head *now, const struct pf_kwin_head *want)
{
    if (!want->enabled || !now->enabled)
        return want->enabled == now->enabled;
    return (!want->mode.width || pf_mode_equal(&now->mode, &want->mode)) && now->x == want->x &&
           now->y == want->y && now->transform == want->transform &&
           (want->scale <= 0 || fabs(now->scale - want->scale) < SCALE_STEP) &&
           (!want->priority || now->priority == want->priority) && !strcmp(now->mirrored, want->mirrored);
}

void pf_kwin_name(const struct pf_kwin_heads *heads, unsigned slot, char ret_name[PF_KWIN_HEAD_NAME])
{
    char listed[PF_KWIN_HEAD_NAME] = PF_KWIN_OURS;
    size_t base = strlen(listed);
    if (slot)
        base += (size_t)snprintf(listed + base, sizeof(listed) - base, "-%u", slot);
    for (unsigned n = 2; pf_kwin_heads_find(heads, listed) && n < 1000; n++)
        snprintf(listed + base, sizeof(listed) - base, "-%u", n);
    strcpy(ret_name, listed);
}

/* Orders by priority; those without one come last. */
static void sort(const struct pf_kwin_heads *heads, size_t ret_order[PF_KWIN_HEADS])
{
    for (size_t i = 0; i < heads->count; i++) {
        size_t at = i;
        uint32_t mine = heads->item[i].priority - 1; /* 0 becomes the greatest */
        for (; at > 0 && heads->item[ret_order[at - 1]].priority - 1 > mine; at--)
            ret_order[at] = ret_order[at - 1];
        ret_order[at] = i;
    }
}

bool pf_kwin_plan(
    const struct pf_kwin_heads *now, const char *ours, bool alone, struct pf_kwin_heads *ret_wanted)
{
    size_t order[PF_KWIN_HEADS];
    uint32_t next = 2;
    bool differs = false;
    sort(now, order);
    *ret_wanted = *now;
    for (size_t i = 0; i < now->count; i++) {
        struct pf_kwin_head *w = &ret_wanted->item[order[i]];
        bool self = !strcmp(w->name, ours);
        w->priority = self ? 1 : next++;
        if (self)
            w->enabled = true;
        else if (alone && !pf_kwin_head_is_ours(w))
            w->enabled = false;
        if (self && alone)
            w->x = w->y = 0;
        if (self)
            w->mirrored[0] = 0;
        differs |= !pf_kwin_head_is_arranged(&now->item[order[i]], w);
    }
    return differs;
}

bool pf_kwin_order(struct pf_kwin_heads *now, const struct pf_kwin_heads *wanted)
{
    bool fixed[PF_KWIN_HEADS] = {false}, any = false;
    uint32_t last = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct pf_kwin_head *h = pf_kwin_heads_match(now, &wanted->item[i]);
        if (!h || !wanted->item[i].priority)
            continue;
        now->item[h - now->item].priority = wanted->item[i].priority;
        fixed[h - now->item] = any = true;
    }
    for (size_t i = 0; i < now->count; i++)
        last = now->item[i].priority > last ? now->item[i].priority : last;
    for (size_t i = 0; any && i < now->count; i++) {
        bool taken = now->item[i].priority == 0;
        for (size_t k = 0; k < now->count; k++)
            taken |= k != i && (fixed[k] || k < i) && now->item[k].priority == now->item[i].priority;
        if (!fixed[i] && taken)
            now->item[i].priority = ++last;
    }
    return any;
}

bool pf_kwin_mode_is_near(const struct pf_mode *mode, const struct pf_mode *wanted)
{
    int64_t off = (int64_t)mode->refresh_mhz - wanted->refresh_mhz;
    return mode->height == wanted->height && mode->width <= wanted->width &&
           wanted->width - mode->width < GRAIN && off > -(int64_t)RATE_RANGE && off < (int64_t)RATE_RANGE;
}

uint32_t pf_kwin_rate(uint32_t output_mhz, uint32_t wanted_mhz)
{
    return output_mhz && output_mhz < wanted_mhz ? output_mhz : wanted_mhz;
}
