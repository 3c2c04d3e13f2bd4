#include "input/kwin/place.h"

static struct pf_area area_of(const struct pf_kwin_head *head)
{
    struct pf_area area = {.x = head->x, .y = head->y};
    pf_kwin_head_extent(head, &area.width, &area.height);
    return area;
}

bool pf_kwin_area_find(const struct pf_kwin_heads *heads, const char *name, uint32_t width, uint32_t height,
    struct pf_area *ret_area)
{
    const struct pf_kwin_head *only = NULL, *same = NULL;
    size_t lit = 0;
    for (size_t i = 0; i < heads->count; i++) {
        const struct pf_kwin_head *h = &heads->item[i];
        if (!h->enabled || !h->mode.width)
            continue;
        lit++;
        only = h;
        if (!same && h->mode.width == width && h->mode.height == height)
            same = h;
    }
    const struct pf_kwin_head *found = name[0]    ? pf_kwin_heads_find(heads, name)
                                       : same     ? same
                                       : lit == 1 ? only
                                                  : NULL;
    if (name[0] && (!found || !found->enabled || !found->mode.width))
        return false;
    *ret_area = found ? area_of(found) : (struct pf_area){.width = width, .height = height};
    return true;
}
